// BlazeFace's network (Bazarevsky et al., 2019, arXiv:1907.05047; the short-range model of MediaPipe), without a runtime.
#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

#include "face.hh"
#include "image/image.hh"
#include "kernels/kernels.hh"
#include "weights.hh"

namespace fr {

/// One block: a 3x3 convolution of each channel, a 1x1 convolution, plus the block's input, then ReLU. At stride 2 the input
/// is first reduced to the largest of each 2x2 pixels.
struct BlazeBlockShape {
  int inputs;   // channels
  int outputs;  // channels
  int stride;
};

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

/// Channels, padded to what the kernels need.
constexpr int blaze_padded(int channels) { return (channels + kBlazeBlock - 1) / kBlazeBlock * kBlazeBlock; }

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

/// Floats without values that begin where a cache line does: reading vectors across two lines takes twice as long.
class BlazeBuffer {
 public:
  /// Keeps no values if it has to grow. Throws std::bad_alloc.
  void make_room(int count);
  float* data() { return floats_.get(); }
  const float* data() const { return floats_.get(); }

 private:
  struct Free {
    void operator()(float* floats) const { std::free(floats); }
  };
  std::size_t size_ = 0;
  std::unique_ptr<float, Free> floats_;
};

/// A map of pixels without gaps, channels last, with a border of zeros.
class BlazeMap {
 public:
  /// Its pixels and border have no values yet.
  void resize(int width, int height, int step);
  int width() const { return width_; }
  int height() const { return height_; }
  /// Floats from one pixel to the next: its channels, padded.
  int step() const { return step_; }
  /// Pixels from one row to the next. The border right of a row is also the border left of the next.
  int row_pixels() const { return width_ + 1; }
  /// -1 <= x <= width, -1 <= y <= height.
  float* at(int x, int y) { return floats_.data() + offset(x, y); }
  const float* at(int x, int y) const { return floats_.data() + offset(x, y); }
  /// Makes the border zero, over what a kernel wrote beside the rows.
  void clear_border();

 private:
  int pixels_with_border() const { return (height_ + 2) * row_pixels() + 1 + kBlazeMostAtOnce; }
  std::size_t offset(int x, int y) const {
    return static_cast<std::size_t>((y + 1) * row_pixels() + x + 1) * static_cast<std::size_t>(step_);
  }
  int width_ = 0;
  int height_ = 0;
  int step_ = 0;
  BlazeBuffer floats_;
};

/// Memory that is reused from look to look.
struct BlazeRoom {
  BlazeMap maps[2];
  BlazeBuffer input, deep, pooled, head, boxes;
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
  void run_block(const BlazeBlockShape& shape, const float* weights, const BlazeMap& in, BlazeMap& out, BlazeRoom& room) const;
  void read_head(const BlazeHead& head, const float* weights, const BlazeMap& map, float least, BlazeRoom& room,
                 std::vector<BlazeHit>& hits) const;

  const float* weights_;
  const BlazeKernels& kernels_;
};

}  // namespace fr
