// Finds the faces of a picture: chooses detectors, sizes and turns, and decides when one pass is enough.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "detect/blaze.hh"
#include "detect/budget.hh"
#include "detect/cnn.hh"
#include "detect/face_judge.hh"
#include "face.hh"
#include "image/gray.hh"
#include "detect/hog.hh"
#include "image/image.hh"
#include "align/landmarks.hh"
#include "weights.hh"

namespace fr {

/// How hard to look where HOG is sure of a face.
enum class Search {
  usual,     // no further
  enrolment,  // BlazeFace looks for faces that are about as large as HOG's largest, or larger: the person may be one of them
  thorough,  // BlazeFace looks for all faces from 20 pixels
};

/// A picture is scanned again turned if one of so many places, its best, scores high when turned.
constexpr std::size_t kTurnedPlaces = 3;

class FaceFinder {
 public:
  /// Borrows the weights, which must outlive this. Throws std::runtime_error if a section is wrong.
  FaceFinder(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// Returns faces, left to right.
  ///
  /// HOG looks first. If it is sure of no face, BlazeFace looks for places that may be faces: from 40 pixels, turned in any
  /// way. Places count if the CNN confirms them, with the picture turned the way that suits them best. HOG's faces also
  /// count if that way is upright.
  ///
  /// If HOG is sure, `search` says whether BlazeFace looks too, and adds faces that HOG missed.
  ///
  /// Returns the kMostFaces with the best scores at most. The CNN is shown at most kMostConfirmations places. If either
  /// limit left faces out, `budget` says so. Throws TookTooLong.
  std::vector<Detection> find(const Image& image, Search search, Budget& budget) const;
  std::vector<Detection> find(const Image& image, Search search) const {
    Budget budget;
    return find(image, search, budget);
  }

  /// The face in `box`, which the caller gives; it must be upright in the picture. Its score is 0.
  Detection face_in(const Image& image, const Box& box) const;

 private:
  /// Faces in the pixels of the picture turned by `quarters`.
  struct Pass {
    int quarters = 0;
    std::vector<Detection> faces;
    double sureness = 0;  // the largest margin of a face that was not found by HOG
    std::array<std::optional<double>, kTurnedPlaces> scores = {};  // of the second looks at BlazeFace's best places
  };
  std::vector<Detection> with_hog(const GrayImage& gray, Budget& budget) const;
  Detection with_landmarks(const GrayImage& gray, const Box& box, double score) const;
  /// Adds faces to HOG's, or replaces all of them if the turned picture gives a surer face.
  void pass_with_blaze(const Image& image, const GrayImage& gray, const BlazeReach& reach, Pass& pass, Budget& budget) const;
  /// Adds the places that are faces of `least_side` pixels or more and are not known yet. `upright`: the picture turned by
  /// the pass's quarters.
  void add_confirmed(const Image& image, const GrayImage& upright, const std::vector<BlazeFace>& places, double least_side,
                     Pass& pass, Budget& budget) const;
  /// How many quarters the picture probably has to be turned for its faces to be upright.
  /// `upright`: second looks at the first of them, upright, where there were any.
  int likely_turn(const Image& image, const std::vector<BlazeFace>& places, const Pass& upright) const;
  FaceJudge judge() const { return {blaze_, cnn_}; }

  Isa isa_;
  std::size_t threads_;
  HogDetector hog_;
  BlazeDetector blaze_;
  CnnDetector cnn_;
  LandmarkPredictor landmarks_;
};

}  // namespace fr
