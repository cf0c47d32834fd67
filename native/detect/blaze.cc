// Runs BlazeFace over a picture of any size.
#include "detect/blaze.hh"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "image/resize.hh"
#include "image/turn.hh"

namespace fr {
namespace {

// The network was trained on 128 x 128 pixels and finds faces of a sixth of that and more. Larger pictures are scanned in
// overlapping tiles. A face that does not fit into the overlap is found at the next smaller size.
constexpr int kSide = 128;
constexpr int kTile = 640;
constexpr int kShared = 128;
constexpr int kUnit = 16;  // the sides of a tile are multiples of this

// The least score that earns a place a second look. Upside-down faces score lowest, and 199 of 200 reach .3. Small places are
// many and often wrong, so they need more.
constexpr float kLeastLarge = .3F;
constexpr float kLeastSmall = .5F;
constexpr int kLargeLevel = 2 * kSide;  // pixels of the longer side: in a picture shrunk to this or less, places are large

constexpr std::size_t kMostHits = 4000;  // of a picture
constexpr double kSameFace = .3;         // intersection over union, as in MediaPipe's graph

// In a second look, the side of the face is this share of the side of the square shown.
constexpr double kShown = .5;
// A face found there is the same one if its middle moved less than this share of its side, and its side stays within these
// ratios. An upside-down face is first found half a side off, so any middle will do when the question is how it is turned.
constexpr double kFurthest = .35;
constexpr double kAnywhere = 1;
constexpr double kLeastSide = .6;
constexpr double kMostSide = 1.6;
constexpr float kLeastAgain = .3F;

// HOG's box has this many times the side of BlazeFace's, and its middle lies this share of the side higher: medians over 498
// frontal faces of CFP (.935, .033) and 1,044 of LFW (.965, .034) that both find.
constexpr double kHogSide = .95;
constexpr double kHogHigher = .033;

struct Level {
  Image image;
  double across;  // pixels of the picture for each of the level's
  double down;
  float least;
};

struct Tile {
  std::size_t level;
  int left, top, width, height;
};

// Uses both functions, since `shrunk` may halve a picture to less than what it is asked for.
Image at_scale(const Image& image, double scale) {
  const double pixels = static_cast<double>(image.rgb.size() / 3) * scale * scale;
  const Image larger = scale < 1 ? shrunk(image, static_cast<std::size_t>(2 * pixels) + 1) : image;
  const double rest = scale * image.width / larger.width;
  return resized(larger, rest * (1 + 1e-9));
}

// The picture turned by `quarters`, at each size, largest first. Each level is made from the one before.
std::vector<Level> levels_of(const Image& image, int quarters, const BlazeReach& reach) {
  const double longest = std::max(image.width, image.height);
  const double pixels = static_cast<double>(image.width) * image.height;
  const double least = kSide / longest;
  const double most = std::max(std::min(reach.scale, std::sqrt(reach.pixels / pixels)), least);
  std::vector<double> scales{least};
  while (scales.back() * 2 <= most) scales.push_back(scales.back() * 2);
  if (scales.back() * 1.25 < most) scales.push_back(most);
  const bool swapped = quarters % 2 == 1;
  const int width = swapped ? image.height : image.width;
  const int height = swapped ? image.width : image.height;
  std::vector<Level> levels;
  double before = 1;
  for (auto scale = scales.rbegin(); scale != scales.rend(); ++scale) {
    Image shown = levels.empty() ? turned(at_scale(image, *scale), quarters) : at_scale(levels.back().image, *scale / before);
    before = *scale;
    const double across = width / static_cast<double>(shown.width);
    const double down = height / static_cast<double>(shown.height);
    const bool large = *scale * longest <= kLargeLevel + 1;
    levels.push_back({std::move(shown), across, down, large ? kLeastLarge : kLeastSmall});
  }
  return levels;
}

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

BlazeFace face_of(const BlazeHit& hit) {
  return {(hit.left + hit.right) / 2.0, (hit.top + hit.bottom) / 2.0,
          (hit.right - hit.left + hit.bottom - hit.top) / 2.0, hit.score};
}

bool same_face(const BlazeFace& a, const BlazeFace& b) {
  const double across = (a.side + b.side) / 2 - std::abs(a.x - b.x);
  const double down = (a.side + b.side) / 2 - std::abs(a.y - b.y);
  if (across <= 0 || down <= 0) return false;
  const double inner = std::min({across, a.side, b.side}) * std::min({down, a.side, b.side});
  return inner > kSameFace * (a.side * a.side + b.side * b.side - inner);
}

// The mean of one face's boxes, weighted by score, with the best score: neighbouring anchors place a face a little differently.
class Mean {
 public:
  void add(const BlazeFace& face) {
    x_ += face.score * face.x;
    y_ += face.score * face.y;
    side_ += face.score * face.side;
    weight_ += face.score;
    best_ = std::max(best_, face.score);
  }
  BlazeFace face() const {
    return weight_ > 0 ? BlazeFace{x_ / weight_, y_ / weight_, side_ / weight_, best_} : BlazeFace{};
  }

 private:
  double x_ = 0, y_ = 0, side_ = 0, weight_ = 0, best_ = 0;
};

// Weighted non-maximum suppression (Bazarevsky et al., 2019, section 3.4).
std::vector<BlazeFace> merge(std::vector<BlazeFace> hits, Budget& budget) {
  std::stable_sort(hits.begin(), hits.end(), [](const BlazeFace& a, const BlazeFace& b) { return a.score > b.score; });
  if (hits.size() > kMostHits) {
    hits.resize(kMostHits);
    budget.left_out = true;
  }
  std::vector<BlazeFace> best;
  std::vector<Mean> means;
  for (const BlazeFace& hit : hits) {
    const auto same = [&](const BlazeFace& face) { return same_face(face, hit); };
    const auto known = static_cast<std::size_t>(std::find_if(best.begin(), best.end(), same) - best.begin());
    if (known == best.size()) {
      best.push_back(hit);
      means.emplace_back();
    }
    means[known].add(hit);
  }
  for (std::size_t i = 0; i < best.size(); ++i) best[i] = means[i].face();
  return best;
}

double shown_side(const BlazeFace& place) { return std::max(place.side / kShown, 8.0); }

// A square of the picture at kSide x kSide pixels, black outside the picture.
Image square_around(const Image& image, double x, double y, double side) {
  const double scale = kSide / side;
  const long left = std::lround(x - side / 2);
  const long top = std::lround(y - side / 2);
  const long end = std::lround(side);
  const Image part = cut_out(image, {left, top, left + end, top + end});
  Image square{kSide, kSide, std::vector<std::uint8_t>(std::size_t{3} * kSide * kSide)};
  if (part.rgb.empty()) return square;
  const Image shown = at_scale(part, scale);
  const long across = std::clamp(std::lround(static_cast<double>(std::max(-left, 0L)) * scale), 0L, kSide - 1L);
  const long down = std::clamp(std::lround(static_cast<double>(std::max(-top, 0L)) * scale), 0L, kSide - 1L);
  const long width = std::min<long>(shown.width, kSide - across);
  const long height = std::min<long>(shown.height, kSide - down);
  for (long row = 0; row < height; ++row) {
    std::memcpy(square.rgb.data() + 3 * ((down + row) * kSide + across), shown.rgb.data() + 3 * row * shown.width,
                static_cast<std::size_t>(3 * width));
  }
  return square;
}

}  // namespace

Box hog_box(const BlazeFace& face, int quarters) {
  const double side = face.side * kHogSide;
  const double higher = face.side * kHogHigher;
  // Where "up" of the upright picture points in this one.
  const double across[] = {0, -1, 0, 1};
  const double down[] = {-1, 0, 1, 0};
  const double x = face.x + higher * across[quarters];
  const double y = face.y + higher * down[quarters];
  return {std::lround(x - side / 2), std::lround(y - side / 2), std::lround(x + side / 2), std::lround(y + side / 2)};
}

BlazeDetector::BlazeDetector(const Weights& weights, Isa isa, std::size_t threads) : net_(weights, isa), threads_(threads) {}

std::vector<BlazeFace> BlazeDetector::scan(const Image& image, int quarters, const BlazeReach& reach, Budget& budget) const {
  if (image.rgb.empty()) return {};
  const std::vector<Level> levels = levels_of(image, quarters, reach);
  std::vector<Tile> tiles;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    for (const Part& down : parts_of(levels[i].image.height)) {
      for (const Part& across : parts_of(levels[i].image.width)) {
        tiles.push_back({i, across.from, down.from, across.length, down.length});
      }
    }
  }
  std::vector<std::vector<BlazeFace>> found(tiles.size());
  share(tiles.size(), tiles.size() < 4 ? 1 : threads_, [&](std::size_t from, std::size_t to) {
    BlazeRoom room;
    for (std::size_t i = from; i < to; ++i) {
      budget.deadline.check();
      const Tile& tile = tiles[i];
      const Level& level = levels[tile.level];
      for (const BlazeHit& hit : net_.look(level.image, tile.left, tile.top, tile.width, tile.height, level.least, room)) {
        const BlazeFace there = face_of(hit);
        const Point turned_middle{(there.x + tile.left) * level.across, (there.y + tile.top) * level.down};
        const Point middle = turned_back(turned_middle, quarters, image.width, image.height);
        found[i].push_back({middle.x, middle.y, there.side * (level.across + level.down) / 2, there.score});
      }
    }
  });
  std::vector<BlazeFace> all;
  for (const std::vector<BlazeFace>& some : found) all.insert(all.end(), some.begin(), some.end());
  return merge(std::move(all), budget);
}

BlazeFace BlazeDetector::look_again(const Image& image, const BlazeFace& place, int quarters) const {
  BlazeRoom room;
  return seen(square_around(image, place.x, place.y, shown_side(place)), place, quarters, kFurthest, room);
}

std::array<double, 4> BlazeDetector::score_turned(const Image& image, const BlazeFace& place) const {
  BlazeRoom room;
  const Image square = square_around(image, place.x, place.y, shown_side(place));
  std::array<double, 4> scores;
  for (int quarters = 0; quarters < 4; ++quarters) {
    scores[static_cast<std::size_t>(quarters)] = seen(square, place, quarters, kAnywhere, room).score;
  }
  return scores;
}

BlazeFace BlazeDetector::seen(const Image& square, const BlazeFace& place, int quarters, double furthest,
                              BlazeRoom& room) const {
  const double scale = shown_side(place) / kSide;
  std::vector<BlazeFace> faces;
  for (const BlazeHit& hit : net_.look(turned(square, quarters), 0, 0, kSide, kSide, kLeastAgain, room)) {
    const BlazeFace shown = face_of(hit);
    const Point middle = turned_back(Point{shown.x, shown.y}, quarters, kSide, kSide);
    const BlazeFace face{place.x + (middle.x - kSide / 2.0) * scale, place.y + (middle.y - kSide / 2.0) * scale,
                         shown.side * scale, shown.score};
    const bool near = std::max(std::abs(face.x - place.x), std::abs(face.y - place.y)) < furthest * place.side;
    if (near && face.side > kLeastSide * place.side && face.side < kMostSide * place.side) faces.push_back(face);
  }
  Budget budget;
  const std::vector<BlazeFace> merged = merge(std::move(faces), budget);
  return merged.empty() ? BlazeFace{} : merged.front();
}

}  // namespace fr
