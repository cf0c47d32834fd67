// Finding faces: the picture's sizes, and of the windows that score enough, one a face.
#include "detect/hog.hh"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "image/gray.hh"

namespace fr {
namespace {

constexpr int kShrink = 6;  // sizes are (kShrink - 1) / kShrink apart

// A product that is rounded before anything is added to it, whatever the compiler would fuse: rectangles are rounded
// to pixels from values that are often halves, and dlib's arithmetic as written decides to which side.
double product(double a, double b) {
  const volatile double value = a * b;
  return value;
}

long nearest(double value) { return static_cast<long>(std::floor(value + 0.5)); }

// A corner of a window in cells -> pixels of the picture (dlib's fhog_to_image, then rect_up once a level).
long to_pixels(int cell, int level) {
  const int corner = (cell - kBefore + 1) * kCell + 1;
  double at = corner + (corner >= 0 ? kCell / 2 : -kCell / 2);
  for (int i = 0; i < level; ++i) at = product(at, kShrink / (kShrink - 1.0)) + 0.3;
  return nearest(at);
}

Box to_box(const HogHit& hit) {
  return {to_pixels(hit.column, hit.level), to_pixels(hit.row, hit.level),
          to_pixels(hit.column + kTaps - 1, hit.level) + 1, to_pixels(hit.row + kTaps - 1, hit.level) + 1};
}

// How many sizes dlib looks at: it follows the picture's rectangle down, not its pixels.
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

float least_float(double threshold) {
  const auto value = static_cast<float>(threshold);
  return static_cast<double>(value) >= threshold ? value
                                                 : std::nextafter(value, std::numeric_limits<float>::infinity());
}

void keep_best(std::vector<HogHit>& hits, Budget& budget) {
  if (hits.size() <= kMostHits) return;
  std::stable_sort(hits.begin(), hits.end(), [](const HogHit& a, const HogHit& b) { return a.score > b.score; });
  hits.resize(kMostHits);
  budget.left_out = true;
}

// Pairs of a detector (`which` 0) or a plane (1), in order.
std::vector<int> pairs_with(const HogFilters& filters, int which, int number) {
  std::vector<int> pairs;
  for (int pair = 0; pair < filters.pairs; ++pair) {
    if (filters.homes[2 * pair + which] == number) pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace

HogDetector::HogDetector(const HogFilters& filters, Isa isa)
    : settings_(filters),
      thresholds_(filters.thresholds, filters.thresholds + filters.detectors),
      kernels_(kernels_for(isa)) {
  for (const double threshold : thresholds_) least_.push_back(least_float(threshold));
  std::vector<std::int32_t> place(static_cast<std::size_t>(filters.pairs));
  for (int d = 0; d < filters.detectors; ++d) {
    first_of_.push_back(static_cast<std::int32_t>(column_taps_.size() / kTaps));
    for (const int pair : pairs_with(filters, 0, d)) {
      place[static_cast<std::size_t>(pair)] = static_cast<std::int32_t>(column_taps_.size() / kTaps);
      column_taps_.insert(column_taps_.end(), filters.columns + pair * kTaps, filters.columns + (pair + 1) * kTaps);
    }
  }
  first_of_.push_back(filters.pairs);
  const auto most = static_cast<std::size_t>(kernels_.hog.most_in_group);
  for (int plane = 0; plane < kPlanes; ++plane) {
    const std::vector<int> pairs = pairs_with(filters, 1, plane);
    // Groups as even as possible, since small ones make poor use of the processor.
    const int* next = pairs.data();
    for (std::size_t rest = pairs.size(), groups = (rest + most - 1) / most; groups > 0; --groups) {
      const std::size_t count = (rest + groups - 1) / groups;
      add_group(filters, plane, next, count, place);
      next += count;
      rest -= count;
    }
  }
  settings_.thresholds = nullptr;
  settings_.homes = nullptr;
  settings_.rows = settings_.columns = nullptr;
}

void HogDetector::add_group(const HogFilters& filters, int plane, const int* pairs, std::size_t count,
                            const std::vector<std::int32_t>& place) {
  groups_.push_back({plane, static_cast<std::int32_t>(count), static_cast<std::int32_t>(places_.size())});
  for (int tap = 0; tap < kTaps; ++tap) {
    for (std::size_t i = 0; i < count; ++i) row_taps_.push_back(filters.rows[pairs[i] * kTaps + tap]);
  }
  for (std::size_t i = 0; i < count; ++i) places_.push_back(place[static_cast<std::size_t>(pairs[i])]);
}

HogPlan HogDetector::plan() const {
  return {settings_.detectors, static_cast<int>(groups_.size()), groups_.data(),     row_taps_.data(),
          places_.data(),      column_taps_.data(),              first_of_.data()};
}

std::vector<ScoredBox> HogDetector::detect(const std::uint8_t* gray, int width, int height, Budget& budget) const {
  if (width <= 0 || height <= 0) return {};
  const HogPlan filters = plan();
  std::vector<std::vector<HogHit>> hits(thresholds_.size());
  const int levels = count_levels(settings_, width, height);
  GrayImage small, smaller;
  for (int level = 0; level < levels; ++level) {
    const std::uint8_t* pixels = level == 0 ? gray : small.pixels.data();
    scan_level(kernels_, filters, least_.data(), pixels, width, height, level, budget.deadline, hits.data());
    for (std::vector<HogHit>& of_detector : hits) keep_best(of_detector, budget);
    if (level + 1 == levels) break;
    smaller.width = width * (kShrink - 1) / kShrink;
    smaller.height = height * (kShrink - 1) / kShrink;
    resize_gray(kernels_.gray, pixels, width, height, smaller);
    std::swap(small, smaller);
    width = small.width;
    height = small.height;
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
