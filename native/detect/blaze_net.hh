// BlazeFace's network (Bazarevsky et al., 2019, arXiv:1907.05047; the short-range model of MediaPipe), without a runtime.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "detect/blaze_block.hh"
#include "face.hh"
#include "image/image.hh"
#include "kernels/kernels.hh"
#include "weights.hh"

namespace fr {

constexpr int kBlazeStemTaps = 5;  // rows and columns of the first convolution, at stride 2
constexpr int kBlazeStem = 24;     // its output channels

/// The sixteen blocks in the order they run.
const std::vector<BlazeBlockShape>& blaze_blocks();

/// A level of the network that predicts boxes: `anchors` of them every `step` pixels.
struct BlazeHead {
  int after;   // this many blocks
  int inputs;  // channels
  int step;
  int anchors;
};
constexpr int kBlazeHeads = 2;
extern const std::array<BlazeHead, kBlazeHeads> kHeads;
constexpr int kBlazeBoxFloats = 16;  // of an anchor, beside its score: middle, size, six keypoints

/// Floats of the weights file's section "blaze", outputs padded. The first convolution: [row tap][column tap and
/// colour][output], biases. Each block: [tap][input, padded], biases; [input][output], biases. Each head: [input][its
/// scores, then its boxes], biases.
std::size_t blaze_floats();

/// A face, in pixels of the image that the network was shown. Keypoints: the eye on the left of an upright picture, the
/// other eye, the tip of the nose, the middle of the mouth, the ear on the left, the other ear.
struct BlazeHit {
  float score = 0;  // 0 to 1
  float left = 0, top = 0, right = 0, bottom = 0;
  std::array<Point, 6> keypoints;
};

/// Many threads may use it at once, each with its own BlazeRoom.
class BlazeNet {
 public:
  /// Borrows the weights file's section "blaze", which must outlive this. Throws std::runtime_error if its size is wrong.
  BlazeNet(const Weights& weights, Isa isa);

  /// The anchors that score at least `least` in the part of the picture that begins at (left, top) and is width x height,
  /// both multiples of 16. What lies outside the picture is black.
  std::vector<BlazeHit> look(const Image& image, int left, int top, int width, int height, float least, BlazeRoom& room) const;

 private:
  void run_stem(int width, int height, BlazeRoom& room) const;
  void read_head(const BlazeHead& head, const float* weights, const BlazeMap& map, float least, BlazeRoom& room,
                 std::vector<BlazeHit>& hits) const;

  const float* weights_;
  const BlazeKernels& kernels_;
};

}  // namespace fr
