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

struct Head {
  std::int32_t magic, layout, detectors, pairs, planes, taps, min_width, min_height, max_levels, zero;
  double max_union_overlap, max_cover;
};
static_assert(sizeof(Head) == 56);

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(std::string("the face detector's data is unusable: ") + what);
}

bool within(std::int32_t value, std::int32_t least, std::int32_t most) { return value >= least && value <= most; }

void check_head(const Head& head) {
  require(head.magic == kHogMagic && head.layout == kHogLayout, "another kind of data");
  require(head.planes == kPlanes && head.taps == kTaps, "another kind of filter");
  require(within(head.detectors, 1, 64) && within(head.pairs, 1, 64 * kPlanes * kTaps), "too many filters or none");
  // With these values the loop over smaller and smaller pictures ends.
  require(within(head.min_width, 16, 4096) && within(head.min_height, 16, 4096) && within(head.max_levels, 1, 1000),
          "sizes out of range");
  require(head.max_union_overlap >= 0 && head.max_union_overlap <= 1 && head.max_cover >= 0 && head.max_cover <= 1,
          "overlaps out of range");
}

template <typename Number>
void check_finite(const Number* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) require(std::isfinite(values[i]), "a number that is none");
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

HogFilters view_hog_filters(const void* blob, std::size_t bytes) {
  require(blob != nullptr && bytes >= sizeof(Head), "cut short");
  require(reinterpret_cast<std::uintptr_t>(blob) % alignof(double) == 0, "not aligned");
  Head head;
  std::memcpy(&head, blob, sizeof head);
  check_head(head);
  const auto detectors = static_cast<std::size_t>(head.detectors);
  const auto pairs = static_cast<std::size_t>(head.pairs);
  require(bytes == sizeof head + detectors * sizeof(double) + pairs * (2 + 2 * kTaps) * 4, "of another size");

  HogFilters filters{head.detectors, head.pairs, head.min_width, head.min_height, head.max_levels,
                     head.max_union_overlap, head.max_cover};
  const auto* at = static_cast<const std::uint8_t*>(blob) + sizeof head;
  filters.thresholds = reinterpret_cast<const double*>(at);
  filters.homes = reinterpret_cast<const std::int32_t*>(at + detectors * sizeof(double));
  filters.rows = reinterpret_cast<const float*>(filters.homes + 2 * pairs);
  filters.columns = filters.rows + pairs * kTaps;
  check_finite(filters.thresholds, detectors);
  check_finite(filters.rows, 2 * pairs * kTaps);
  for (std::size_t i = 0; i < pairs; ++i) {
    require(within(filters.homes[2 * i], 0, head.detectors - 1) && within(filters.homes[2 * i + 1], 0, kPlanes - 1),
            "a filter of no detector or plane");
  }
  return filters;
}

HogDetector::HogDetector(const HogFilters& filters, Isa isa, std::size_t threads)
    : threads_(threads),
      settings_(filters),
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
    // Groups are as even as possible, since small ones use the processor badly.
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

// A thread makes a size from the one before, and scans it while others make and scan smaller ones.
void HogDetector::scan(const std::uint8_t* pixels, int width, int height, const Deadline& deadline,
                       std::vector<LevelHits>& levels) const {
  const HogPlan filters = plan();
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
    return [=, &filters, &deadline, &levels, held = image] {
      scan_level(kernels_, filters, least_.data(), pixels, width, height, static_cast<int>(level), deadline, levels[level].data());
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
