// Histograms -> features -> scores: what each of the copies of hog_kernels.cc, one an instruction set, offers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cell_kernels.hh"

namespace fr {

constexpr int kPlanes = 31;  // 18 signed and 9 unsigned orientations, and 4 energies
constexpr int kTaps = 10;    // windows are 10 x 10 cells
constexpr int kLane = 16;    // cells: rows of them are padded to a multiple of it
constexpr int kBefore = 4;   // cells of zeros that dlib puts before a row and above the first one

/// Row filters that read one plane: `first` is the number of the first of them, in the plan's order.
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
  const float* row_taps;          // a group's: kTaps times one tap of each of its filters
  const std::int32_t* place;      // of a row filter's output: its number among the column filters
  const float* column_taps;       // kTaps a filter
  const std::int32_t* first_of;   // detectors + 1: each detector's first column filter
};

/// One row of cells on its way into the scores. `scores[m]` is the row of the first detector's scores that tap m of
/// the column filters adds to; the others' follow `detector_step` floats apart.
struct HogRow {
  const float* features;  // plane after plane, each of kBefore zeros, `cells` features, and zeros to the padding's end
  std::size_t plane_step;
  int cells;
  float* filtered;  // room for kLane floats a pair
  float* scores[kTaps];
  std::size_t detector_step;
};

struct HogKernels {
  int most_in_group;  // row filters that are run together
  /// Turns a row of cells into kOrientations planes, `plane_step` apart, and the row of their energies.
  void (*planar)(const float* cells, std::size_t count, float* planes, std::size_t plane_step, float* energy);
  /// `count` cells' features from their orientations and the energy of three rows of cells; pointers are to the cell
  /// left of and above the first. Writes up to kLane - 1 cells too many.
  void (*features)(const float* planes, std::size_t plane_step, const float* const energy[3], int count,
                   float* features, std::size_t feature_step);
  void (*filter)(const HogPlan& plan, const HogRow& row);
  /// Whether any of the scores is at least the threshold.
  bool (*any)(const float* scores, int count, float threshold);
};

}  // namespace fr
