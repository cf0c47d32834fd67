// What finding the faces of one picture may cost; all looks at the picture share it.
#pragma once

#include <cstddef>

#include "deadline.hh"

namespace fr {

/// Faces that a picture can have; of more, the best-scored count. Two looks each take 16 s to embed on one core.
constexpr std::size_t kMostFaces = 1000;

/// Places where HOG scores enough, for each of its five detectors; of more, the best-scored count. A face makes about
/// 20 of them.
constexpr std::size_t kMostHits = 40'000;

/// Faces of which HOG is not sure that the CNN is asked about: 6 s on one core. The best-scored come first.
constexpr int kMostConfirmations = 300;

struct Budget {
  Deadline deadline;
  int confirmations = kMostConfirmations;
  bool left_out = false;  // more faces may be there than were looked at: one of the limits above was met
};

}  // namespace fr
