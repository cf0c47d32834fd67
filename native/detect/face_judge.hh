// Decides whether a place shows a face: BlazeFace looks at it once more, then the CNN does.
#pragma once

#include "detect/blaze.hh"
#include "detect/budget.hh"
#include "detect/cnn.hh"
#include "image/image.hh"

namespace fr {

/// May be used by many threads at once.
class FaceJudge {
 public:
  /// Borrows both detectors, which must outlive this.
  FaceJudge(const BlazeDetector& blaze, const CnnDetector& cnn) : blaze_(blaze), cnn_(cnn) {}

  /// What BlazeFace sees in its second look, with the picture turned by `quarters`.
  BlazeLook look_again(const Image& image, const BlazeFace& place, int quarters) const {
    return blaze_.look_again(image, place, quarters);
  }

  /// Whether BlazeFace's second look lets the CNN decide. Otherwise the place is not a face.
  static bool is_likely(const BlazeFace& seen);

  /// By how much the place of a second look is a face, with the picture turned by `quarters`; up to 0 it is not one.
  double margin(const Image& image, int quarters, const BlazeFace& seen, Budget& budget) const;

  /// Whether a face that HOG doubts is one: BlazeFace is sure of it, or the CNN decides.
  bool agrees(const Image& image, const Box& hog_box, Budget& budget) const;

 private:
  /// The CNN's score of the face at `box`, in the picture turned by `quarters`; kNoFace if it finds none. `box` is in pixels
  /// of `image`, not turned.
  double cnn_score(const Image& image, int quarters, const Box& box, Budget& budget) const;

  const BlazeDetector& blaze_;
  const CnnDetector& cnn_;
};

}  // namespace fr
