// Finds the windows where a detector reaches its threshold, at one size of the picture.
#pragma once

#include <cstdint>
#include <vector>

#include "deadline.hh"
#include "detect/hog_scores.hh"

namespace fr {

/// Scans a picture for each of the scan's detectors. Adds to `hits[d]` from top to bottom, left to right. Memory grows with the
/// width only. Throws TookTooLong.
void scan_level(const HogScan& scan, const std::uint8_t* pixels, int width, int height, int level, const Deadline& deadline,
                std::vector<HogHit>* hits);

}  // namespace fr
