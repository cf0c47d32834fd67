// Detecting, cutting chips and embedding: everything that dlib does for us, behind a header that does not show dlib.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "align.hh"
#include "face.hh"
#include "image.hh"

namespace fr {

/// dlib's HOG face detector, 5-point shape predictor and ResNet, loaded once. Not for use by two threads at once.
class Engine {
 public:
  /// Reads the two model files from `models_dir`. Throws std::runtime_error naming the file that cannot be read.
  explicit Engine(const std::string& models_dir);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Faces found on the gray picture, left to right. Where none is found the picture is looked at again at twice the
  /// size, which finds faces down to 40 pixels instead of 80, unless it has more than kSecondLookMaxPixels.
  std::vector<Detection> detect(const Image& image) const;

  /// Samples one chip bilinearly, from a smaller copy of the region where the chip shrinks it.
  Chip cut_chip(const Image& image, const ChipGeometry& geometry) const;

  /// One vector a chip, as the network gives it (not scaled to unit length).
  std::vector<FaceVector> embed(const std::vector<Chip>& chips);

 private:
  struct Networks;
  std::unique_ptr<Networks> networks_;
};

/// Chips the network takes at a time: more gains no speed and costs 5 MB a chip.
constexpr std::size_t kEmbedBatch = 8;

/// Pictures above this get no second look: at twice the size their feature pyramid alone would take 6 bytes for each
/// of four times as many pixels (300 MB at this limit).
constexpr std::size_t kSecondLookMaxPixels = 12'500'000;

}  // namespace fr
