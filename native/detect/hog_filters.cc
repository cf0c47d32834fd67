// Checks HOG's filters, and puts them in the kernels' order.
#include "detect/hog_filters.hh"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

namespace fr {
namespace {

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

std::vector<int> pairs_of_detector(const HogFilters& filters, int detector) { return pairs_with(filters, 0, detector); }

std::vector<int> pairs_of_plane(const HogFilters& filters, int plane) { return pairs_with(filters, 1, plane); }

OrderedFilters::OrderedFilters(const HogFilters& filters, int most_in_group) : detectors_(filters.detectors) {
  std::vector<std::int32_t> place(static_cast<std::size_t>(filters.pairs));
  for (int d = 0; d < filters.detectors; ++d) {
    first_of_.push_back(static_cast<std::int32_t>(planes_.size()));
    for (const int pair : pairs_of_detector(filters, d)) {
      place[static_cast<std::size_t>(pair)] = static_cast<std::int32_t>(planes_.size());
      column_taps_.insert(column_taps_.end(), filters.columns + pair * kTaps, filters.columns + (pair + 1) * kTaps);
      taps_in_rows_.insert(taps_in_rows_.end(), filters.rows + pair * kTaps, filters.rows + (pair + 1) * kTaps);
      planes_.push_back(filters.homes[2 * pair + 1]);
    }
  }
  first_of_.push_back(filters.pairs);
  const auto most = static_cast<std::size_t>(most_in_group);
  for (int plane = 0; plane < kPlanes; ++plane) {
    const std::vector<int> pairs = pairs_of_plane(filters, plane);
    // Groups are as even as possible, since small ones use the processor badly.
    const int* next = pairs.data();
    for (std::size_t rest = pairs.size(), groups = (rest + most - 1) / most; groups > 0; --groups) {
      const std::size_t count = (rest + groups - 1) / groups;
      add_group(filters, plane, next, count, place);
      next += count;
      rest -= count;
    }
  }
}

void OrderedFilters::add_group(const HogFilters& filters, int plane, const int* pairs, std::size_t count,
                               const std::vector<std::int32_t>& place) {
  groups_.push_back({plane, static_cast<std::int32_t>(count), static_cast<std::int32_t>(places_.size())});
  for (int tap = 0; tap < kTaps; ++tap) {
    for (std::size_t i = 0; i < count; ++i) row_taps_.push_back(filters.rows[pairs[i] * kTaps + tap]);
  }
  for (std::size_t i = 0; i < count; ++i) places_.push_back(place[static_cast<std::size_t>(pairs[i])]);
}

HogPlan OrderedFilters::plan() const {
  return {detectors_,     static_cast<int>(groups_.size()), groups_.data(),   row_taps_.data(), places_.data(),
          column_taps_.data(), first_of_.data(),            planes_.data(), taps_in_rows_.data()};
}

}  // namespace fr
