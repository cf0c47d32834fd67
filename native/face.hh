// The types that the sidecar's rooms share: box, landmarks, detection, chip, face vector.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace fr {

constexpr int kChipSide = 150;    // pixels; the network's input is kChipSide x kChipSide RGB
constexpr int kVectorSize = 128;  // values of one face vector

/// In pixels of the upright picture, half-open: right and bottom are one past the last pixel. May reach past the edges.
struct Box {
  long left = 0;
  long top = 0;
  long right = 0;
  long bottom = 0;
};

/// In pixels of the upright picture, from the centre of the first pixel.
struct Point {
  double x = 0;
  double y = 0;
};

/// The five points of dlib's shape_predictor_5_face_landmarks: outer and inner corner of the eye on the picture's
/// right, outer and inner corner of the eye on its left, base of the nose.
using Landmarks = std::array<Point, 5>;

/// A face that was found. `score` is how far the detector's score is above its threshold, >= 0.
struct Detection {
  Box box;
  double score = 0;
  Landmarks landmarks;
  /// The same five in fractions of a pixel, and steadier. Variants of the face are aligned by them.
  Landmarks refined;
};

/// An aligned face: kChipSide x kChipSide RGB, rows top to bottom.
struct Chip {
  std::vector<std::uint8_t> rgb = std::vector<std::uint8_t>(3u * kChipSide * kChipSide);
};

using FaceVector = std::array<float, kVectorSize>;

}  // namespace fr
