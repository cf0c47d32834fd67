// Places where BlazeFace sees a face: from its many boxes to one place a face, and to the box that HOG would have there.
#pragma once

#include <vector>

#include "detect/blaze_net.hh"
#include "detect/budget.hh"
#include "face.hh"

namespace fr {

/// Where a face may be, in pixels of the picture, and the network's score.
struct BlazeFace {
  double x = 0, y = 0;  // its middle
  double side = 0;
  double score = 0;  // 0 to 1
};

/// The place of one of the network's boxes, in pixels of what the network was shown.
BlazeFace face_of(const BlazeHit& hit);

/// One place for all boxes of a face, best first. If there are too many boxes, `budget` says so.
std::vector<BlazeFace> merge(std::vector<BlazeFace> hits, Budget& budget);

/// The box that HOG would have of the face; the landmark predictor was trained on such boxes. `quarters`: how far the picture
/// has to be turned for the face to be upright.
Box hog_box(const BlazeFace& face, int quarters);

/// The place of a face in an upright picture of which HOG has this box. Its score is 0.
BlazeFace place_of(const Box& hog_box);

}  // namespace fr
