// Box -> five landmarks: an ensemble of regression trees over differences of pixels (Kazemi and Sullivan, CVPR 2014),
// as dlib's shape_predictor runs it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "face.hh"
#include "weights.hh"

namespace fr {

/// Borrowed gray pixels, rows top to bottom without gaps.
struct GrayView {
  const std::uint8_t* pixels;
  int width;
  int height;
};

constexpr int kTreeSplits = 15;
constexpr int kTreeLeaves = 16;
constexpr std::size_t kFacesTogether = 4;  // the trees are read once for all; more faces' probes would not fit into the first cache
constexpr int kShapeFloats = 10;  // five landmarks, x and y, in units of the box

/// Compares the pixels of two probes. Goes to the left child when the first is brighter by more than `threshold`.
struct LandmarkSplit {
  std::uint16_t first;
  std::uint16_t second;
  float threshold;
};

/// A full tree of depth four. The children of split i are 2i + 1 and 2i + 2.
struct LandmarkTree {
  LandmarkSplit splits[kTreeSplits];
  float leaves[kTreeLeaves][kShapeFloats];
};

/// A pixel to read: its offset from a landmark of the mean shape, in units of the box.
struct LandmarkProbe {
  float x;
  float y;
  std::int32_t landmark;
};

/// The content of the weights file's section "landmarks".
struct LandmarkForest {
  struct Stage {
    std::vector<LandmarkProbe> probes;
    std::vector<LandmarkTree> trees;
  };
  std::vector<float> mean_shape;
  std::vector<Stage> stages;
};

/// The bytes of that section: four int32 (stages, probes a stage, trees a stage, unused) and the mean shape, padded to 64
/// bytes; then each stage's probes and trees. Throws std::runtime_error when the stages differ in size.
std::vector<std::uint8_t> format_landmarks(const LandmarkForest& forest);

class LandmarkPredictor {
 public:
  /// Borrows the weights file's section "landmarks", which must outlive this. Throws std::runtime_error on a wrong section.
  explicit LandmarkPredictor(const Weights& weights);

  /// Whole pixels, as dlib rounds them.
  Landmarks predict(const GrayView& gray, const Box& box) const;
  /// The landmarks of `count` faces, best kFacesTogether at a time, by their boxes. `refined` is the mean of the predictions from the face's box and from
  /// four boxes around it, in fractions of a pixel. It is steadier than one prediction; variants of a face are aligned by it.
  void predict(const GrayView& gray, Detection* faces, std::size_t count) const;

 private:
  using Shape = std::array<float, kShapeFloats>;  // in units of the box

  std::vector<Shape> shapes_in(const GrayView& gray, const std::vector<Box>& boxes) const;

  int stages_;
  int probes_;
  int trees_;
  std::ptrdiff_t stage_bytes_;
  const float* mean_shape_;
  const std::uint8_t* first_stage_;
};

}  // namespace fr
