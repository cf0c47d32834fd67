// Makes a picture's sizes, tiles and squares.
#include "detect/blaze_sizes.hh"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "image/resize.hh"
#include "image/turn.hh"

namespace fr {
namespace {

// The network was trained on 128 x 128 pixels and finds faces of a sixth of that and more. Larger pictures are scanned in
// overlapping tiles. A face that does not fit into the overlap is found at the next smaller size.
constexpr int kTile = 640;
constexpr int kShared = 128;
constexpr int kUnit = 16;  // the sides of a tile are multiples of this

// The least score that earns a place a second look. Upside-down faces score lowest, and 199 of 200 reach .3. Small places are
// many and often wrong, so they need more.
constexpr float kLeastLarge = .3F;
constexpr float kLeastSmall = .4F;
constexpr int kLargeLevel = 2 * kBlazeSide;  // pixels of the longer side: in a picture shrunk to this or less, places are large

struct Part {
  int from;
  int length;
};

// Divides a side into parts of at most kTile. A small side becomes one part, with equal black borders.
std::vector<Part> parts_of(int side) {
  const auto whole = [](int length) { return (length + kUnit - 1) / kUnit * kUnit; };
  if (side <= kTile) return {{-(whole(side) - side) / 2, whole(side)}};
  const int count = (side - kShared + kTile - kShared - 1) / (kTile - kShared);
  const int length = std::min(whole((side - kShared + count - 1) / count + kShared), kTile);
  std::vector<Part> parts;
  for (int i = 0; i < count; ++i) {
    parts.push_back({static_cast<int>(static_cast<std::int64_t>(side - length) * i / (count - 1)), length});
  }
  return parts;
}

}  // namespace

// Each level is made from the one before.
std::vector<BlazeLevel> blaze_levels(const Image& image, int quarters, const BlazeReach& reach) {
  const double longest = std::max(image.width, image.height);
  const double pixels = static_cast<double>(image.width) * image.height;
  const double least = kBlazeSide / longest;
  const double most = std::max(std::min(reach.scale, std::sqrt(reach.pixels / pixels)), least);
  std::vector<double> scales{least};
  while (scales.back() * 2 <= most) scales.push_back(scales.back() * 2);
  if (scales.back() * 1.25 < most) scales.push_back(most);
  const bool swapped = quarters % 2 == 1;
  const int width = swapped ? image.height : image.width;
  const int height = swapped ? image.width : image.height;
  std::vector<BlazeLevel> levels;
  double before = 1;
  for (auto scale = scales.rbegin(); scale != scales.rend(); ++scale) {
    Image shown = levels.empty() ? scaled(image, *scale) : scaled(levels.back().image, *scale / before);
    if (levels.empty() && quarters != 0) shown = turned(shown, quarters);
    before = *scale;
    const double across = width / static_cast<double>(shown.width);
    const double down = height / static_cast<double>(shown.height);
    const bool large = *scale * longest <= kLargeLevel + 1;
    levels.push_back({std::move(shown), across, down, large ? kLeastLarge : kLeastSmall});
  }
  return levels;
}

std::vector<BlazeTile> blaze_tiles(const std::vector<BlazeLevel>& levels) {
  std::vector<BlazeTile> tiles;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    for (const Part& down : parts_of(levels[i].image.height)) {
      for (const Part& across : parts_of(levels[i].image.width)) {
        tiles.push_back({i, across.from, down.from, across.length, down.length});
      }
    }
  }
  return tiles;
}

Image square_around(const Image& image, double x, double y, double side) {
  const double scale = kBlazeSide / side;
  const long left = std::lround(x - side / 2);
  const long top = std::lround(y - side / 2);
  const long end = std::lround(side);
  const Image part = cut_out(image, {left, top, left + end, top + end});
  Image square{kBlazeSide, kBlazeSide, std::vector<std::uint8_t>(std::size_t{3} * kBlazeSide * kBlazeSide)};
  if (part.rgb.empty()) return square;
  const Image shown = scaled(part, scale);
  const long across = std::clamp(std::lround(static_cast<double>(std::max(-left, 0L)) * scale), 0L, kBlazeSide - 1L);
  const long down = std::clamp(std::lround(static_cast<double>(std::max(-top, 0L)) * scale), 0L, kBlazeSide - 1L);
  const long width = std::min<long>(shown.width, kBlazeSide - across);
  const long height = std::min<long>(shown.height, kBlazeSide - down);
  for (long row = 0; row < height; ++row) {
    std::memcpy(square.rgb.data() + 3 * ((down + row) * kBlazeSide + across), shown.rgb.data() + 3 * row * shown.width,
                static_cast<std::size_t>(3 * width));
  }
  return square;
}

}  // namespace fr
