// HOG's scores in 8 bits: the functions that every copy of bound_kernels.cc offers, one copy an instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/hog_kernels.hh"

namespace fr {

constexpr int kTapPairs = kTaps / 2;
constexpr int kMostByte = 127;  // of features: two of their products with a tap fit 16 bits

/// Separable filters of 8-bit rows and 16-bit columns, in the order the kernels read them.
struct BoundPlan {
  int detectors;
  const std::int32_t* in_plane;      // kPlanes: how many row filters read each plane
  const std::int32_t* row_taps;      // kTapPairs a filter: two neighbouring taps of 8 bits, and the same again
  const std::int32_t* place;         // for each row filter: the column filter that takes its output
  const std::int32_t* column_taps;   // for each two column filters, kTaps times: a tap of 16 bits of each
  const std::int32_t* first_of;      // detectors + 1: each detector's first column filter, an even number
};

/// As HogRow. The scores of kScoreBlock neighbouring places lie together, in an order of the kernel's own.
struct BoundRow {
  const std::uint8_t* features;
  std::size_t plane_step;
  int cells;
  std::int16_t* filtered;  // room for kScoreBlock numbers a column filter
  std::int32_t* scores[kTaps];
  std::size_t detector_step;
};

struct BoundKernels {
  bool usable;  // false where the set has no fast products of 8 bits; then there are no functions
  /// The bytes nearest to features * scale, kMostByte at most. Writes up to 31 too many.
  void (*to_bytes)(const float* features, int count, float scale, std::uint8_t* bytes);
  /// Adds the row's part to the scores.
  void (*filter)(const BoundPlan& plan, const BoundRow& row);
  /// Whether any of the scores is at least `least`. `count` is a multiple of kScoreBlock.
  bool (*any)(const std::int32_t* scores, int count, std::int32_t least);
};

}  // namespace fr
