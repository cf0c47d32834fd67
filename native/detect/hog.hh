// dlib's frontal face detector without dlib, with the same rectangles.
//
// A picture is scanned at many sizes, each 5/6 of the one before. Each size becomes cells of 31 HOG features, and five linear
// filters of 10 x 10 cells (front, left, right, front turned left, front turned right) slide over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "detect/budget.hh"
#include "face.hh"
#include "detect/hog_bounds.hh"
#include "detect/hog_filters.hh"
#include "detect/hog_level.hh"
#include "kernels/kernels.hh"
#include "detect/overlap.hh"
#include "threads.hh"

namespace fr {

/// May be used by many threads at once.
class HogDetector {
 public:
  /// Copies what it needs of the filters. `isa` has to be one of usable_isas().
  HogDetector(const HogFilters& filters, Isa isa, std::size_t threads = usable_threads());

  /// Faces of at least 80 pixels on a gray picture of width * height bytes, best first. A score is the margin above
  /// its detector's threshold, >= 0. Smaller copies of the picture take 1.2 bytes for each of its pixels, and up to 2.3 with several
  /// threads. Throws TookTooLong.
  std::vector<ScoredBox> detect(const std::uint8_t* gray, int width, int height, Budget& budget) const;
  std::vector<ScoredBox> detect(const std::uint8_t* gray, int width, int height) const {
    Budget budget;
    return detect(gray, width, height, budget);
  }

 private:
  using LevelHits = std::vector<std::vector<HogHit>>;  // of each detector
  /// Scans the picture at `levels.size()` sizes.
  void scan(const std::uint8_t* pixels, int width, int height, const Deadline& deadline, std::vector<LevelHits>& levels) const;

  std::size_t threads_;
  HogFilters settings_;  // its pointers are not set
  std::vector<double> thresholds_;
  std::vector<float> least_;  // the least float that reaches each threshold
  const Kernels& kernels_;
  OrderedFilters filters_;
  std::unique_ptr<const HogBounds> bounds_;  // where the processor is fast at them
};

}  // namespace fr
