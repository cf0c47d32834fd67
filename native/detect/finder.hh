// Where the faces of a picture are: which detector looks at it, at what size and turned how, and when one pass is enough.
#pragma once

#include <cstddef>
#include <vector>

#include "detect/blaze.hh"
#include "detect/budget.hh"
#include "detect/cnn.hh"
#include "face.hh"
#include "image/gray.hh"
#include "detect/hog.hh"
#include "image/image.hh"
#include "align/landmarks.hh"
#include "weights.hh"

namespace fr {

class FaceFinder {
 public:
  /// Borrows the weights, which must outlive this. Throws std::runtime_error if a section is wrong.
  FaceFinder(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// Faces, left to right.
  ///
  /// HOG looks first. Where it finds none that it is sure of, BlazeFace looks for places that may be faces, from 40 pixels
  /// and however they are turned; those that the CNN confirms, with the picture turned the way that suits them best, count. HOG's then count too if that way is upright.
  ///
  /// `thorough`: BlazeFace looks too where HOG is sure, for faces from 20 pixels, and adds those that HOG missed.
  ///
  /// At most kMostFaces, the best-scored, and of those that BlazeFace finds kMostConfirmations a picture; says in
  /// `budget` when that left some out. Throws TookTooLong.
  std::vector<Detection> find(const Image& image, bool thorough, Budget& budget) const;
  std::vector<Detection> find(const Image& image, bool thorough) const {
    Budget budget;
    return find(image, thorough, budget);
  }

  /// The face that somebody else has found in `box`, upright in the picture. Its score is 0.
  Detection face_in(const Image& image, const Box& box) const;

 private:
  /// Faces in the pixels of the picture turned by `quarters`.
  struct Pass {
    int quarters = 0;
    std::vector<Detection> faces;
    double sureness = 0;  // of BlazeFace and the CNN together, of the best face they found
  };
  std::vector<Detection> with_hog(const GrayImage& gray, Budget& budget) const;
  Detection with_landmarks(const GrayImage& gray, const Box& box, double score) const;
  /// Adds faces to HOG's, or replaces them where the picture is surer when it is turned.
  void pass_with_blaze(const Image& image, const GrayImage& gray, bool thorough, Pass& pass, Budget& budget) const;
  /// Adds the places that are faces and not yet there. `upright`: the picture turned by the pass's quarters.
  void add_confirmed(const Image& image, const GrayImage& upright, const std::vector<BlazeFace>& places, Pass& pass,
                     Budget& budget) const;
  /// By how many quarters the picture may have to be turned for its places to be upright faces.
  int likely_turn(const Image& image, const std::vector<BlazeFace>& places) const;
  /// The CNN's score of the face at `box`, in the picture turned by `quarters`; kCnnThreshold where it finds none. `box` is
  /// in the pixels of `image`.
  double cnn_score(const Image& image, int quarters, const Box& box, Budget& budget) const;

  Isa isa_;
  HogDetector hog_;
  BlazeDetector blaze_;
  CnnDetector cnn_;
  LandmarkPredictor landmarks_;
};

}  // namespace fr
