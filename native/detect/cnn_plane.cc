// Makes the plane of a picture's sizes, row by row.
#include "detect/cnn_plane.hh"

#include <algorithm>
#include <cmath>

#include "normalise.hh"
#include "rounded.hh"

namespace fr {
namespace {

constexpr int kGap = 10;
constexpr int kMargin = 11;
constexpr int kLeastHeight = 5;
constexpr int kShrink = 6;  // each size is (kShrink - 1) / kShrink of the one before

std::vector<PlaneTile> sizes_of(int width, int height) {
  const auto shrink = [](int side) { return static_cast<int>(std::floor((kShrink - 1.0) / kShrink * side)); };
  std::vector<PlaneTile> tiles;
  do {
    tiles.push_back({0, 0, width, height});
    width = shrink(width);
    height = shrink(height);
  } while (width > 0 && height >= kLeastHeight);
  return tiles;
}

// How many tiles are stacked on the left before the rest fits to their right. dlib computes the room there with unsigned
// numbers, so in a narrow picture too little room counts as enough.
std::size_t tiles_on_the_left(const std::vector<PlaneTile>& tiles) {
  int total = -2 * kGap;
  for (const PlaneTile& tile : tiles) total += tile.height + kGap;
  int height = 0;
  int width = 0;
  std::size_t count = 0;
  for (const PlaneTile& tile : tiles) {
    const int room = tiles[0].width - width - kGap;
    const bool fits = room < 0 || tile.width <= room;
    if (count > 0 && fits && (height - tiles[0].height) * 2 >= total - tiles[0].height) break;
    height += tile.height + kGap;
    width = tile.width;
    ++count;
  }
  return count;
}

bool meet(const PlaneTile& a, const PlaneTile& b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}

void normalise_row(const Image& image, int y, float* out) {
  const auto width = static_cast<std::size_t>(image.width);
  normalise(image.rgb.data() + 3 * width * static_cast<std::size_t>(y), width, out);
}

struct Between {
  int first;
  int second;
  float part;  // share of the way from the first to the second
};

std::vector<Between> places(int in, int out) {
  std::vector<Between> all;
  const double scale = (in - 1) / static_cast<double>(std::max(out - 1, 1));
  for (int i = 0; i < out; ++i) {
    const double at = scale * i;
    const int first = std::min(static_cast<int>(at), in - 1);
    all.push_back({first, std::min(first + 1, in - 1), static_cast<float>(at - first)});
  }
  return all;
}

// Bilinear, as dlib's resize_image of floats. `row_of(y)` gives a row of the larger picture.
template <typename RowOf>
std::vector<float> resized(const PlaneTile& from, const PlaneTile& to, RowOf row_of) {
  const std::vector<Between> columns = places(from.width, to.width);
  std::vector<float> out(static_cast<std::size_t>(3 * to.width) * static_cast<std::size_t>(to.height));
  std::vector<float> mixed(static_cast<std::size_t>(3 * from.width));
  float* next = out.data();
  for (const Between& rows : places(from.height, to.height)) {
    const float* upper = row_of(rows.first);
    const float* lower = row_of(rows.second);
    for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] = upper[i] + rows.part * (lower[i] - upper[i]);
    for (const Between& column : columns) {
      const float* a = mixed.data() + 3 * column.first;
      const float* b = mixed.data() + 3 * column.second;
      for (int c = 0; c < 3; ++c) *next++ = a[c] + column.part * (b[c] - a[c]);
    }
  }
  return out;
}

}  // namespace

PlaneLayout lay_out(int width, int height) {
  PlaneLayout layout{width + 2 * kMargin, 0, sizes_of(width, height)};
  std::vector<PlaneTile>& tiles = layout.tiles;
  const std::size_t left = tiles_on_the_left(tiles);
  int y = kMargin;
  for (std::size_t i = 0; i < left; ++i) {
    tiles[i].left = kMargin;
    tiles[i].top = y;
    y += tiles[i].height + kGap;
  }
  y -= kGap;
  layout.height = y + kMargin;
  // The others go along the right side, from the bottom up, until the largest tile is in the way.
  std::size_t placed = left;
  for (; placed < tiles.size(); ++placed) {
    PlaneTile& tile = tiles[placed];
    tile.left = kMargin + width - tile.width;
    tile.top = y - tile.height;
    if (meet(tile, tiles[0])) break;
    y -= tile.height + kGap;
  }
  tiles.resize(placed);
  return layout;
}

CnnPlane::CnnPlane(const Image& image) : image_(image), layout_(lay_out(image.width, image.height)) {
  const auto floats = static_cast<std::size_t>(3 * image.width);
  std::vector<float> rows[2] = {std::vector<float>(floats), std::vector<float>(floats)};
  int held[2] = {-1, -1};
  const auto of_picture = [&](int y) {
    if (held[y % 2] != y) normalise_row(image_, y, rows[y % 2].data());
    held[y % 2] = y;
    return rows[y % 2].data();
  };
  for (std::size_t i = 1; i < layout_.tiles.size(); ++i) {
    const PlaneTile& from = layout_.tiles[i - 1];
    if (i == 1) {
      smaller_.push_back(resized(from, layout_.tiles[i], of_picture));
    } else {
      const float* pixels = smaller_.back().data();
      smaller_.push_back(resized(from, layout_.tiles[i], [&](int y) { return pixels + std::ptrdiff_t{3} * from.width * y; }));
    }
  }
}

void CnnPlane::row(int y, float* out) const {
  std::fill_n(out, 3 * layout_.width, 0.0F);
  for (std::size_t i = 0; i < layout_.tiles.size(); ++i) {
    const PlaneTile& tile = layout_.tiles[i];
    if (y < tile.top || y >= tile.top + tile.height) continue;
    float* to = out + 3 * tile.left;
    if (i == 0) {
      normalise_row(image_, y - tile.top, to);
    } else {
      std::copy_n(smaller_[i - 1].data() + std::ptrdiff_t{3} * tile.width * (y - tile.top), 3 * tile.width, to);
    }
  }
}

Box CnnPlane::to_picture(int x, int y, int side) const {
  std::size_t nearest = 0;
  double least = -1;
  for (std::size_t i = 0; i < layout_.tiles.size(); ++i) {
    const PlaneTile& tile = layout_.tiles[i];
    const double dx = x - std::clamp(x, tile.left, tile.left + tile.width - 1);
    const double dy = y - std::clamp(y, tile.top, tile.top + tile.height - 1);
    const double distance = dx * dx + dy * dy;
    if (least < 0 || distance < least) {
      least = distance;
      nearest = i;
    }
  }
  const auto to_pixels = [&](double at) {
    for (std::size_t i = 0; i < nearest; ++i) at = rounded(at * (kShrink / (kShrink - 1.0))) + 0.3;
    return static_cast<long>(std::floor(at + 0.5));
  };
  const PlaneTile& tile = layout_.tiles[nearest];
  const double half = (side - 1) / 2.0;
  return {to_pixels(x - half - tile.left), to_pixels(y - half - tile.top), to_pixels(x + half - tile.left) + 1,
          to_pixels(y + half - tile.top) + 1};
}

}  // namespace fr
