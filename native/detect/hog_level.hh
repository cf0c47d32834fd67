// One size of the picture: from its pixels to the places where a detector reaches its threshold.
#pragma once

#include <cstdint>
#include <vector>

#include "deadline.hh"
#include "kernels/kernels.hh"

namespace fr {

/// A window of 10 x 10 cells that scores enough; `column` and `row` are its top left cell's, from 0 where the window
/// begins kBefore cells before the first cell with features.
struct HogHit {
  float score;
  int level;
  int column;
  int row;
};

/// Scans a picture for each of the plan's detectors; `least[d]` is the score it has to reach. Adds to `hits[d]` from
/// top to bottom, left to right. Memory is in proportion to the width alone. Throws TookTooLong.
void scan_level(const Kernels& kernels, const HogPlan& plan, const float* least, const std::uint8_t* pixels,
                int width, int height, int level, const Deadline& deadline, std::vector<HogHit>* hits);

}  // namespace fr
