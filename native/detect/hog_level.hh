// Finds the windows where a detector reaches its threshold, at one size of the picture.
#pragma once

#include <cstdint>
#include <vector>

#include "deadline.hh"
#include "kernels/kernels.hh"

namespace fr {

/// A window of 10 x 10 cells that scores enough. `column` and `row` are those of its top left cell; 0 is kBefore cells before
/// the first cell with features.
struct HogHit {
  float score;
  int level;
  int column;
  int row;
};

/// Scans a picture for each of the plan's detectors; `least[d]` is the score it has to reach. Adds to `hits[d]` from
/// top to bottom, left to right. Memory grows with the width only. Throws TookTooLong.
void scan_level(const Kernels& kernels, const HogPlan& plan, const float* least, const std::uint8_t* pixels,
                int width, int height, int level, const Deadline& deadline, std::vector<HogHit>* hits);

}  // namespace fr
