// Decides which boxes are the same face, so that HOG and the CNN keep the best box of each.
#pragma once

#include <vector>

#include "detect/budget.hh"
#include "face.hh"

namespace fr {

/// A window that a detector takes for a face, and its score.
struct ScoredBox {
  Box box;
  double score = 0;
};

/// The most that two boxes may overlap and still be two faces.
struct OverlapLimits {
  double of_both;    // intersection over the box around both
  double of_either;  // intersection over one of them
};

/// dlib's test_box_overlap.
bool overlap(const Box& a, const Box& b, const OverlapLimits& limits);

/// Non-maximum suppression: best first, without boxes that overlap a better one. Returns at most kMostFaces; if there are
/// more, `budget` says so.
std::vector<ScoredBox> best_of_each(std::vector<ScoredBox> candidates, const OverlapLimits& limits, Budget& budget);

}  // namespace fr
