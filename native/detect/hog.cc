// Finds faces: scans the picture at its sizes, and keeps one window for each face.
#include "detect/hog.hh"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "image/gray.hh"
#include "rounded.hh"

namespace fr {
namespace {

constexpr int kShrink = 6;  // each size is (kShrink - 1) / kShrink of the one before

// The largest size takes a third of the time, so that more threads than these would not end sooner. Small pictures take no longer
// than threads take to start.
constexpr std::size_t kMostThreadsAtOnce = 4;
constexpr std::int64_t kSharedPixels = 100'000;

long nearest(double value) { return static_cast<long>(std::floor(value + 0.5)); }

// Maps a window's corner from cells to pixels of the picture (dlib's fhog_to_image, then rect_up for each level).
long to_pixels(int cell, int level) {
  const int corner = (cell - kBefore + 1) * kCell + 1;
  double at = corner + (corner >= 0 ? kCell / 2 : -kCell / 2);
  for (int i = 0; i < level; ++i) at = rounded(at * (kShrink / (kShrink - 1.0))) + 0.3;
  return nearest(at);
}

Box to_box(const HogHit& hit) {
  return {to_pixels(hit.column, hit.level), to_pixels(hit.row, hit.level),
          to_pixels(hit.column + kTaps - 1, hit.level) + 1, to_pixels(hit.row + kTaps - 1, hit.level) + 1};
}

// How many sizes dlib scans. It shrinks the picture's rectangle, not its pixels.
int count_levels(const HogFilters& settings, int width, int height) {
  const auto down = [](long at) { return nearest((static_cast<double>(at) - 0.3) * ((kShrink - 1.0) / kShrink)); };
  long left = 0, top = 0, right = width - 1, bottom = height - 1;
  int levels = 0;
  do {
    left = down(left), top = down(top), right = down(right), bottom = down(bottom);
    ++levels;
  } while (right - left + 1 >= settings.min_width && bottom - top + 1 >= settings.min_height &&
           levels < settings.max_levels);
  return levels;
}

std::vector<float> least_floats(const std::vector<double>& thresholds) {
  std::vector<float> least;
  for (const double threshold : thresholds) {
    const auto value = static_cast<float>(threshold);
    least.push_back(static_cast<double>(value) >= threshold ? value : std::nextafter(value, std::numeric_limits<float>::infinity()));
  }
  return least;
}

void keep_best(std::vector<HogHit>& hits, Budget& budget) {
  if (hits.size() <= kMostHits) return;
  std::stable_sort(hits.begin(), hits.end(), [](const HogHit& a, const HogHit& b) { return a.score > b.score; });
  hits.resize(kMostHits);
  budget.left_out = true;
}

}  // namespace

HogDetector::HogDetector(const HogFilters& filters, Isa isa, std::size_t threads)
    : threads_(threads),
      settings_(filters),
      thresholds_(filters.thresholds, filters.thresholds + filters.detectors),
      least_(least_floats(thresholds_)),
      kernels_(kernels_for(isa)),
      filters_(filters, kernels_.hog.most_in_group),
      bounds_(kernels_.bound.usable ? std::make_unique<HogBounds>(filters, least_) : nullptr) {
  settings_.thresholds = nullptr;
  settings_.homes = nullptr;
  settings_.rows = settings_.columns = nullptr;
}

// A thread makes a size from the one before, and scans it while others make and scan smaller ones.
void HogDetector::scan(const std::uint8_t* pixels, int width, int height, const Deadline& deadline,
                       std::vector<LevelHits>& levels) const {
  const HogScan scan{kernels_, filters_.plan(), least_.data(), bounds_.get()};
  const bool is_small = static_cast<std::int64_t>(width) * height < kSharedPixels;
  std::shared_ptr<const GrayImage> image;  // that `pixels` belong to
  std::size_t next = 0;
  take_turns(is_small ? 1 : std::min(threads_, kMostThreadsAtOnce), [&]() -> std::function<void()> {
    if (next == levels.size()) return {};
    if (next > 0) {
      const auto smaller = std::make_shared<GrayImage>();
      smaller->width = width * (kShrink - 1) / kShrink;
      smaller->height = height * (kShrink - 1) / kShrink;
      resize_gray(kernels_.gray, pixels, width, height, *smaller);
      width = smaller->width;
      height = smaller->height;
      pixels = smaller->pixels.data();
      image = smaller;
    }
    const std::size_t level = next++;
    return [=, &deadline, &levels, held = image] {
      scan_level(scan, pixels, width, height, static_cast<int>(level), deadline, levels[level].data());
    };
  });
}

std::vector<ScoredBox> HogDetector::detect(const std::uint8_t* gray, int width, int height, Budget& budget) const {
  if (width <= 0 || height <= 0) return {};
  std::vector<LevelHits> levels(static_cast<std::size_t>(count_levels(settings_, width, height)), LevelHits(thresholds_.size()));
  scan(gray, width, height, budget.deadline, levels);
  LevelHits hits(thresholds_.size());
  for (const LevelHits& level : levels) {
    for (std::size_t d = 0; d < hits.size(); ++d) {
      hits[d].insert(hits[d].end(), level[d].begin(), level[d].end());
      keep_best(hits[d], budget);
    }
  }
  std::vector<ScoredBox> candidates;
  for (std::size_t d = 0; d < hits.size(); ++d) {
    for (const HogHit& hit : hits[d]) {
      candidates.push_back({to_box(hit), static_cast<double>(hit.score) - thresholds_[d]});
    }
  }
  return best_of_each(std::move(candidates), {settings_.max_union_overlap, settings_.max_cover}, budget);
}

}  // namespace fr
