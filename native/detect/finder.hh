// Where the faces of a picture are: which detector looks at it, at what size and turned how, and when one pass is enough.
#pragma once

#include <cstddef>
#include <vector>

#include "detect/budget.hh"
#include "detect/cnn.hh"
#include "face.hh"
#include "image/gray.hh"
#include "detect/hog.hh"
#include "image/image.hh"
#include "align/landmarks.hh"
#include "weights.hh"

namespace fr {

/// Pictures above this are not looked at at twice the size, which takes four times as long as the first pass.
constexpr std::size_t kTwiceMaxPixels = 12'500'000;

/// Pictures above this are shrunk to it for the CNN, which then takes 0.9 s on one core and 90 MB.
constexpr std::size_t kCnnMaxPixels = 3'000'000;

class FaceFinder {
 public:
  /// Borrows the weights, which must outlive this. Throws std::runtime_error if a section is wrong.
  FaceFinder(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// Faces, left to right.
  ///
  /// HOG looks first. Where it finds none, HOG again: at twice the size, which finds faces from 40 pixels instead of 80,
  /// and on the picture turned by a quarter each way and upside down; the surest of these passes counts, and of its faces
  /// those that the CNN confirms. Where that leaves none, the CNN, which also finds profiles.
  ///
  /// `thorough`: the CNN looks too where HOG found a face, and adds those that HOG missed; smaller pictures are enlarged
  /// for it, so that it finds faces from 40 pixels; and where nothing else finds a face it looks at the turned pictures.
  ///
  /// At most kMostFaces, the best-scored, and of those that HOG is not sure of kMostConfirmations a picture; says in
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
  };
  Pass pass_with_hog(const Image& image, const GrayImage& gray, Budget& budget) const;
  void pass_with_cnn(const Image& image, const GrayImage& gray, bool thorough, Pass& pass, Budget& budget) const;
  Detection with_landmarks(const GrayImage& gray, const Box& box, double score) const;
  /// Leaves the faces that HOG is sure of, or that the CNN finds too when it is shown what is around them.
  void drop_unconfirmed(const Image& image, Pass& pass, Budget& budget) const;
  /// `box` is in the pixels of `image`, which has to be turned by `quarters` for its face to be upright.
  bool is_confirmed(const Image& image, int quarters, const Box& box, Budget& budget) const;
  std::vector<Detection> with_hog(const GrayImage& gray, Budget& budget) const;
  std::vector<Detection> with_hog_at_twice(const GrayImage& gray, Budget& budget) const;
  /// `image` may be of another size than `gray`. The faces are in the pixels of `gray` turned by `quarters`.
  std::vector<Detection> with_cnn(const Image& image, const GrayImage& gray, int quarters, double threshold,
                                  Budget& budget) const;

  Isa isa_;
  HogDetector hog_;
  CnnDetector cnn_;
  LandmarkPredictor landmarks_;
};

}  // namespace fr
