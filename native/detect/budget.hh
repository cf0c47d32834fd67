// What finding the faces of one picture may cost. All detectors share one budget.
#pragma once

#include <cstddef>

#include "deadline.hh"

namespace fr {

/// Faces that a picture can have; of more, the best-scored count. To embed two looks at each took 16 s on one
/// core; a face to be judged now has four.
constexpr std::size_t kMostFaces = 1000;

/// Places where HOG scores enough, for each of its five detectors; of more, the best-scored count. A face makes about
/// 20 of them.
constexpr std::size_t kMostHits = 40'000;

/// Places found by BlazeFace that the CNN is shown, best-scored first: 2 s on one core.
constexpr int kMostConfirmations = 300;

struct Budget {
  Deadline deadline;
  int confirmations = kMostConfirmations;
  bool left_out = false;  // more faces may be there than were looked at: one of the limits above was met
};

}  // namespace fr
