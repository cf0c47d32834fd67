// Detecting, cutting chips and embedding: the three steps of the flow, over one mapped model.
#pragma once

#include <string>
#include <vector>

#include "align.hh"
#include "face.hh"
#include "hog.hh"
#include "image.hh"
#include "landmarks.hh"
#include "model.hh"
#include "net.hh"

namespace fr {

class Engine {
 public:
  /// Maps the model file. Throws std::runtime_error naming it when it cannot be used.
  explicit Engine(const std::string& model_path);

  /// Faces found on the gray picture, left to right. Where none is found the picture is looked at again at twice the
  /// size, which finds faces down to 40 pixels instead of 80, unless it has more than kSecondLookMaxPixels.
  std::vector<Detection> detect(const Image& image) const;

  /// One vector a chip, as the network gives it (not scaled to unit length).
  std::vector<FaceVector> embed(const std::vector<Chip>& chips) const;

 private:
  Model model_;
  Isa isa_;
  HogDetector detector_;
  LandmarkPredictor landmarks_;
  FaceNet face_net_;
};

/// Pictures above this get no second look, which takes four times as long as the first.
constexpr std::size_t kSecondLookMaxPixels = 12'500'000;

}  // namespace fr
