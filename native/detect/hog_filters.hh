// HOG's trained filters: their view in the weights file, and the order in which the kernels read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/hog_kernels.hh"

namespace fr {

constexpr std::int32_t kHogMagic = 0x474f4846;  // "FHOG", read as little-endian
constexpr std::int32_t kHogLayout = 1;

/// A view of the trained filters in memory: a blob of little-endian 4-byte words.
///   magic "FHOG", layout (1), detectors, pairs, planes (31), taps (10), smallest width and height of a picture that
///   is shrunk further, most sizes, 0; overlap limits (2 doubles); a threshold a detector (doubles);
///   detector and plane of each pair; 10 row taps a pair; 10 column taps a pair.
/// The filter of a detector and plane is the sum of its pairs' outer products.
struct HogFilters {
  int detectors = 0;
  int pairs = 0;
  int min_width = 0;
  int min_height = 0;
  int max_levels = 0;
  double max_union_overlap = 0;  // of intersection over union
  double max_cover = 0;          // of intersection over either rectangle
  const double* thresholds = nullptr;
  const std::int32_t* homes = nullptr;  // detector, plane
  const float* rows = nullptr;
  const float* columns = nullptr;
};

/// A view of a blob, which must outlive it and lie at a multiple of 8. Throws std::runtime_error if the blob is cut short or
/// invalid.
HogFilters view_hog_filters(const void* blob, std::size_t bytes);

/// Pairs of a detector, in order.
std::vector<int> pairs_of_detector(const HogFilters& filters, int detector);

/// Pairs that read a plane, in order.
std::vector<int> pairs_of_plane(const HogFilters& filters, int plane);

/// Copies of the filters, ordered for `HogKernels::filter`.
class OrderedFilters {
 public:
  OrderedFilters(const HogFilters& filters, int most_in_group);
  /// A view of this.
  HogPlan plan() const;

 private:
  void add_group(const HogFilters& filters, int plane, const int* pairs, std::size_t count,
                 const std::vector<std::int32_t>& place);

  int detectors_;
  std::vector<HogGroup> groups_;
  std::vector<float> row_taps_;
  std::vector<std::int32_t> places_;
  std::vector<float> column_taps_;
  std::vector<std::int32_t> first_of_;
  std::vector<std::int32_t> planes_;
  std::vector<float> taps_in_rows_;
};

}  // namespace fr
