// Decides which boxes are the same face.
#include "detect/overlap.hh"

#include <algorithm>

namespace fr {
namespace {

double area(const Box& box) {
  if (box.right <= box.left || box.bottom <= box.top) return 0;
  return static_cast<double>(box.right - box.left) * static_cast<double>(box.bottom - box.top);
}

}  // namespace

bool overlap(const Box& a, const Box& b, const OverlapLimits& limits) {
  const double inner = area({std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
                             std::min(a.bottom, b.bottom)});
  if (inner == 0) return false;
  const double outer = area({std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
                             std::max(a.bottom, b.bottom)});
  return inner / outer > limits.of_both || inner / area(a) > limits.of_either || inner / area(b) > limits.of_either;
}

std::vector<ScoredBox> best_of_each(std::vector<ScoredBox> candidates, const OverlapLimits& limits, Budget& budget) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const ScoredBox& a, const ScoredBox& b) { return a.score > b.score; });
  std::vector<ScoredBox> faces;
  for (const ScoredBox& candidate : candidates) {
    budget.deadline.check();
    const bool known = std::any_of(faces.begin(), faces.end(),
                                   [&](const ScoredBox& face) { return overlap(face.box, candidate.box, limits); });
    if (known) continue;
    if (faces.size() == kMostFaces) {
      budget.left_out = true;
      break;
    }
    faces.push_back(candidate);
  }
  return faces;
}

}  // namespace fr
