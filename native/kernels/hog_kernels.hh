// Histograms -> features -> scores: the functions that every copy of hog_kernels.cc offers, one copy an instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cell_kernels.hh"

namespace fr {

constexpr int kPlanes = 31;  // 18 signed and 9 unsigned orientations, and 4 energies
constexpr int kTaps = 10;    // windows are 10 x 10 cells
constexpr int kScoreBlock = 16;  // places that `rescore` and the 8-bit filters take together
constexpr int kLane = 16;    // rows of cells are padded to a multiple of so many
constexpr int kBefore = 4;   // cells of zeros that dlib puts to the left of each row and above the first

/// The row filters that read one plane. `first` is the number of the first, in the plan's order.
struct HogGroup {
  std::int32_t plane;
  std::int32_t pairs;
  std::int32_t first;
};

/// Separable filters in the order the kernels read them.
struct HogPlan {
  int detectors;
  int groups;
  const HogGroup* group;
  const float* row_taps;          // for each group, tap by tap: that tap of each of its filters
  const std::int32_t* place;      // for each row filter: the column filter that takes its output
  const float* column_taps;       // kTaps a filter
  const std::int32_t* first_of;   // detectors + 1: each detector's first column filter
  const std::int32_t* plane;      // for each column filter: the plane that its row filter reads,
  const float* taps_in_row;       // and kTaps of that row filter
};

/// One row of cells, and the scores that it adds to. Tap m of the column filters adds to the row `scores[m]` of the first
/// detector; the other detectors' scores follow, `detector_step` floats apart.
struct HogRow {
  const float* features;  // by plane: kBefore zeros, `cells` features, and zeros up to the end of the padding
  std::size_t plane_step;
  int cells;
  float* filtered;  // room for kLane floats a pair
  float* scores[kTaps];
  std::size_t detector_step;
};

struct HogKernels {
  int most_in_group;  // row filters that `filter` can run together
  /// Turns a row of `count` cells into kOrientations planes, `plane_step` apart, and a row of their energies.
  void (*planar)(const float* cells, std::size_t count, float* planes, std::size_t plane_step, float* energy);
  /// The features of `count` cells, from their orientations and the energies of three rows of cells. Pointers are to the
  /// cell to the left of the first, and `energy` starts one row above. Writes up to kLane - 1 cells too many.
  void (*features)(const float* planes, std::size_t plane_step, const float* const energy[3], int count,
                   float* features, std::size_t feature_step);
  /// Adds the row's part to the scores.
  void (*filter)(const HogPlan& plan, const HogRow& row);
  /// One detector's scores at kScoreBlock places, to the bit what `filter` adds up. `rows`: the features that each tap reads,
  /// from the leftmost place on; nothing where the tap lies outside.
  void (*rescore)(const HogPlan& plan, int detector, const float* const rows[kTaps], std::size_t plane_step, float* scores);
  /// Whether any of the scores is at least the threshold.
  bool (*any)(const float* scores, int count, float threshold);
};

}  // namespace fr
