// Boxes that are one face: what both detectors share when of many windows they keep the best.
#pragma once

#include <vector>

#include "detect/budget.hh"
#include "face.hh"

namespace fr {

/// A window that a detector takes for a face, and by how much.
struct ScoredBox {
  Box box;
  double score = 0;
};

/// How much of two boxes may be the same before they are one face.
struct OverlapLimits {
  double of_both;    // intersection over the box around both
  double of_either;  // intersection over one of them
};

/// dlib's test_box_overlap.
bool overlap(const Box& a, const Box& b, const OverlapLimits& limits);

/// Non-maximum suppression: the best first, without those that overlap a better one. At most kMostFaces; says in
/// `budget` when there are more.
std::vector<ScoredBox> best_of_each(std::vector<ScoredBox> candidates, const OverlapLimits& limits, Budget& budget);

}  // namespace fr
