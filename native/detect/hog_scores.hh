// Rows of features -> windows where a detector reaches its threshold.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "detect/hog_bounds.hh"
#include "kernels/kernels.hh"

namespace fr {

/// What all sizes of a picture are scanned with.
struct HogScan {
  const Kernels& kernels;
  HogPlan plan;
  const float* least;       // the score that each detector has to reach
  const HogBounds* bounds;  // of these filters; null to do without
};

/// A window of 10 x 10 cells that scores enough. `column` and `row` are those of its top left cell; 0 is kBefore cells before
/// the first cell with features.
struct HogHit {
  float score;
  int level;
  int column;
  int row;
};

/// The scores of one size of the picture, of which it keeps ten rows. With bounds it calculates in 8 bits, and again in floats
/// where a place may reach a threshold, so that it finds the same with them and without.
class HogScores {
 public:
  virtual ~HogScores() = default;
  /// Where the next row's features are to be written, `plane_step()` apart. All that is not written stays 0.
  virtual float* features() = 0;
  std::size_t plane_step() const { return plane_step_; }
  /// Takes the row of features that has been written. Adds to the hits when a row of scores is complete.
  void add_row();

 protected:
  HogScores(const HogScan& scan, int columns, int rows, int level, std::vector<HogHit>* hits);
  virtual void filter() = 0;
  virtual void report(int row) = 0;

  const HogScan& scan_;
  const int columns_, rows_, level_;
  std::vector<HogHit>* hits_;
  const std::size_t plane_step_, score_step_;
  int row_ = 0;  // of features
};

/// Columns and rows of features.
std::unique_ptr<HogScores> scores_of(const HogScan& scan, int columns, int rows, int level, std::vector<HogHit>* hits);

}  // namespace fr
