// Where the faces of a picture are: which detector looks at it, at what size and turned how, and when one look is enough.
#pragma once

#include <cstddef>
#include <vector>

#include "cnn.hh"
#include "face.hh"
#include "gray.hh"
#include "hog.hh"
#include "image.hh"
#include "landmarks.hh"
#include "model.hh"

namespace fr {

/// Pictures above this are not looked at at twice the size, which takes four times as long as the first look.
constexpr std::size_t kTwiceMaxPixels = 12'500'000;

/// Pictures above this are shrunk to it for the CNN: 0.9 s on one core of 2026, and 80 MB.
constexpr std::size_t kCnnMaxPixels = 3'000'000;

class FaceFinder {
 public:
  /// Borrows the model, which must outlive this. Throws std::runtime_error if a section is wrong.
  FaceFinder(const Model& model, Isa isa);

  /// Faces, left to right.
  ///
  /// HOG looks first. Where it finds none, HOG again: at twice the size, which finds faces from 40 pixels instead of 80,
  /// and on the picture turned by a quarter each way and upside down; the surest of these looks counts. Where that
  /// finds none, the CNN, which also finds profiles.
  ///
  /// `thorough`: the CNN looks too where HOG found a face, and adds those that HOG missed; and where HOG found none it
  /// looks at the turned pictures as well.
  std::vector<Detection> find(const Image& image, bool thorough) const;

 private:
  /// Faces in the pixels of the picture turned by `quarters`.
  struct Look {
    int quarters = 0;
    std::vector<Detection> faces;
  };
  Look look_with_hog(const GrayImage& gray) const;
  void look_with_cnn(const Image& image, const GrayImage& gray, bool thorough, Look& look) const;
  Detection with_landmarks(const GrayImage& gray, const Box& box, double score) const;
  std::vector<Detection> with_hog(const GrayImage& gray, double margin) const;
  std::vector<Detection> with_hog_at_twice(const GrayImage& gray) const;
  /// `image` may be smaller than `gray`, whose pixels the faces are in.
  std::vector<Detection> with_cnn(const Image& image, const GrayImage& gray) const;

  Isa isa_;
  HogDetector hog_;
  CnnDetector cnn_;
  LandmarkPredictor landmarks_;
};

}  // namespace fr
