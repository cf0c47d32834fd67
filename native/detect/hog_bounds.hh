// HOG's filters in 8 and 16 bits, and how far their scores can be from the real ones.
#pragma once

#include <cstdint>
#include <vector>

#include "detect/hog_filters.hh"
#include "kernels/bound_kernels.hh"

namespace fr {

/// Numbers for a first pass that leaves out no place: where a detector's score reaches `least_float[d]`, its score in these
/// numbers reaches `least()[d]`.
class HogBounds {
 public:
  HogBounds(const HogFilters& filters, const std::vector<float>& least_float);
  /// A view of this.
  BoundPlan plan() const;
  const std::int32_t* least() const { return least_.data(); }
  /// Bytes of a plane's features are features * scale.
  static float scale(int plane);

 private:
  int detectors_;
  std::vector<std::int32_t> in_plane_, row_taps_, places_, column_taps_, first_of_, least_;
};

}  // namespace fr
