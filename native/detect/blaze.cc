// Runs BlazeFace over a picture of any size, and over single places.
#include "detect/blaze.hh"

#include <algorithm>
#include <cmath>

#include "image/turn.hh"

namespace fr {
namespace {

// In a second look, the side of the face is this share of the side of the square shown.
constexpr double kShown = .5;
// A face found there is the same one if its middle moved less than this share of its side, and its side stays within these
// ratios. An upside-down face is first found half a side off, so any middle will do when the question is how it is turned.
constexpr double kFurthest = .35;
constexpr double kAnywhere = 1;
constexpr double kLeastSide = .6;
constexpr double kMostSide = 1.6;
constexpr float kLeastAgain = .3F;

// Of 621 frontal photographs of CFP and LFW that lie sideways or on their heads, none has a place that scores this much upright.
constexpr double kUpright = .9;

double shown_side(const BlazeFace& place) { return std::max(place.side / kShown, 8.0); }

}  // namespace

BlazeDetector::BlazeDetector(const Weights& weights, Isa isa, std::size_t threads) : net_(weights, isa), threads_(threads) {}

std::vector<BlazeFace> BlazeDetector::scan(const Image& image, int quarters, const BlazeReach& reach, Budget& budget) const {
  if (image.rgb.empty()) return {};
  const std::vector<BlazeLevel> levels = blaze_levels(image, quarters, reach);
  const std::vector<BlazeTile> tiles = blaze_tiles(levels);
  std::vector<std::vector<BlazeFace>> found(tiles.size());
  // The large tiles come first: threads take them in turns.
  const std::size_t parts = std::min(tiles.size(), threads_);
  share(parts, parts, [&](std::size_t part, std::size_t) {
    BlazeRoom room;
    for (std::size_t i = part; i < tiles.size(); i += parts) {
      budget.deadline.check();
      const BlazeTile& tile = tiles[i];
      const BlazeLevel& level = levels[tile.level];
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

BlazeLook BlazeDetector::look_again(const Image& image, const BlazeFace& place, int quarters) const {
  BlazeRoom room;
  return look(square_around(image, place.x, place.y, shown_side(place)), place, quarters, room);
}

std::array<double, 4> BlazeDetector::score_turned(const Image& image, const BlazeFace& place,
                                                  std::optional<double> upright) const {
  BlazeRoom room;
  const Image square = square_around(image, place.x, place.y, shown_side(place));
  std::array<double, 4> scores{};
  scores[0] = upright ? *upright : look(square, place, 0, room).best_score;
  for (int quarters = 1; quarters < 4 && scores[0] < kUpright; ++quarters) {
    scores[static_cast<std::size_t>(quarters)] = look(square, place, quarters, room).best_score;
  }
  return scores;
}

BlazeLook BlazeDetector::look(const Image& square, const BlazeFace& place, int quarters, BlazeRoom& room) const {
  const double scale = shown_side(place) / kBlazeSide;
  std::vector<BlazeFace> near, anywhere;
  for (const BlazeHit& hit : net_.look(turned(square, quarters), 0, 0, kBlazeSide, kBlazeSide, kLeastAgain, room)) {
    const BlazeFace shown = face_of(hit);
    const Point middle = turned_back(Point{shown.x, shown.y}, quarters, kBlazeSide, kBlazeSide);
    const BlazeFace face{place.x + (middle.x - kBlazeSide / 2.0) * scale, place.y + (middle.y - kBlazeSide / 2.0) * scale,
                         shown.side * scale, shown.score};
    if (face.side <= kLeastSide * place.side || face.side >= kMostSide * place.side) continue;
    const double away = std::max(std::abs(face.x - place.x), std::abs(face.y - place.y));
    if (away < kFurthest * place.side) near.push_back(face);
    if (away < kAnywhere * place.side) anywhere.push_back(face);
  }
  const auto best = [](std::vector<BlazeFace>& faces) {
    Budget budget;
    const std::vector<BlazeFace> merged = merge(std::move(faces), budget);
    return merged.empty() ? BlazeFace{} : merged.front();
  };
  return {best(near), best(anywhere).score};
}

}  // namespace fr
