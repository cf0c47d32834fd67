// The detector's learned part: from the blob it is stored as to what can be trusted.
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "detect/hog.hh"

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
  // Sizes that keep the loop over smaller and smaller pictures finite.
  require(within(head.min_width, 16, 4096) && within(head.min_height, 16, 4096) && within(head.max_levels, 1, 1000),
          "sizes out of range");
  require(head.max_union_overlap >= 0 && head.max_union_overlap <= 1 && head.max_cover >= 0 && head.max_cover <= 1,
          "overlaps out of range");
}

template <typename Number>
void check_finite(const Number* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) require(std::isfinite(values[i]), "a number that is none");
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

}  // namespace fr
