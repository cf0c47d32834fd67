// The blocks that BlazeFace and the face mesh are made of, and the maps of pixels between them.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "kernels/blaze_kernels.hh"

namespace fr {

/// One block: a 3x3 convolution of each channel, a 1x1 convolution, plus the block's input, then ReLU or PReLU. At stride 2 the input
/// is first reduced to the largest of each 2x2 pixels.
struct BlazeBlockShape {
  int inputs;   // channels
  int outputs;  // channels
  int stride;
};

/// Channels, padded to what the kernels need.
constexpr int blaze_padded(int channels) { return (channels + kBlazeBlock - 1) / kBlazeBlock * kBlazeBlock; }

/// Floats of a block's weights, outputs padded: [tap][input, padded], biases; [input][output], biases.
int block_floats(const BlazeBlockShape& shape);

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

/// Runs one block. `slopes`: for each output channel, padded, what values below 0 are multiplied by (PReLU); null for ReLU.
void run_block(const BlazeKernels& kernels, const BlazeBlockShape& shape, const float* weights, const float* slopes,
               const BlazeMap& in, BlazeMap& out, BlazeRoom& room);

/// Multiplies what is below 0 in the rows of a map by its channel's slope.
void apply_slopes(const float* slopes, BlazeMap& map);

}  // namespace fr
