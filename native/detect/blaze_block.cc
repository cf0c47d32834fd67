// Computes a block of BlazeFace or of the face mesh.
#include "detect/blaze_block.hh"

#include <algorithm>
#include <cstring>
#include <new>

#include "platform.hh"

namespace fr {
namespace {

constexpr int kDeepTaps = 9;
// Pixels that a block computes at a time, so that what passes between its two convolutions stays in the cache.
constexpr int kRunPixels = 96;

// Writes the largest of each 2x2 pixels, for rows [from, to) of the result, laid out like rows of a map.
void pool(const BlazeMap& in, int from, int to, float* out) {
  const int step = in.step();
  for (int y = from; y < to; ++y) {
    for (int x = 0; x < in.width() / 2; ++x, out += step) {
      const float* upper = in.at(2 * x, 2 * y);
      const float* lower = in.at(2 * x, 2 * y + 1);
      for (int c = 0; c < step; ++c) {
        out[c] = std::max(std::max(upper[c], upper[c + step]), std::max(lower[c], lower[c + step]));
      }
    }
    out += step;  // the border
  }
}

void clear(float* from, int count) { std::memset(from, 0, static_cast<std::size_t>(count) * sizeof(float)); }

}  // namespace

int block_floats(const BlazeBlockShape& shape) {
  return (kDeepTaps + 1) * blaze_padded(shape.inputs) + (shape.inputs + 1) * blaze_padded(shape.outputs);
}

void BlazeBuffer::make_room(int count) {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kLargePage = 2 << 20;
  const std::size_t wanted = static_cast<std::size_t>(count) * sizeof(float);
  if (wanted <= size_) return;
  const std::size_t unit = wanted < kLargePage ? kLine : kLargePage;
  const std::size_t bytes = (wanted + unit - 1) / unit * unit;
  size_ = 0;
  floats_.reset(static_cast<float*>(std::aligned_alloc(unit, bytes)));
  if (floats_ == nullptr) throw std::bad_alloc();
  if (unit == kLargePage) prefer_large_pages(floats_.get(), bytes);
  size_ = bytes;
}

void BlazeMap::resize(int width, int height, int step) {
  width_ = width;
  height_ = height;
  step_ = step;
  floats_.make_room(pixels_with_border() * step);
}

void BlazeMap::clear_border() {
  clear(at(-1, -1), row_pixels() * step_);
  for (int y = 0; y < height_; ++y) clear(at(-1, y), step_);
  const auto from = at(width_, height_ - 1) - floats_.data();
  clear(at(width_, height_ - 1), pixels_with_border() * step_ - static_cast<int>(from));
}

void run_block(const BlazeKernels& kernels, const BlazeBlockShape& shape, const float* weights, const float* slopes,
               const BlazeMap& in, BlazeMap& out, BlazeRoom& room) {
  const int inputs = in.step();
  const int outputs = blaze_padded(shape.outputs);
  const float* deep_bias = weights + kDeepTaps * inputs;
  const float* wide = deep_bias + inputs;
  const float* wide_bias = wide + shape.inputs * outputs;
  out.resize(in.width() / shape.stride, in.height() / shape.stride, outputs);
  const int row = out.row_pixels();
  const int rows = std::max(1, kRunPixels / row);
  room.deep.make_room((rows * row + kBlazeMostAtOnce) * inputs);
  room.pooled.make_room((rows * row + kBlazeMostAtOnce) * inputs);
  const int before = shape.stride == 1 ? 1 : 0;  // as in TensorFlow's "same" padding
  for (int top = 0; top < out.height(); top += rows) {
    const int end = std::min(top + rows, out.height());
    for (int y = top; y < end; ++y) {
      const int first = y * shape.stride - before;
      kernels.depthwise({{in.at(-before, first), in.at(-before, first + 1), in.at(-before, first + 2)}, weights, deep_bias,
                          room.deep.data() + (y - top) * row * inputs, shape.inputs, inputs, shape.stride, out.width()});
    }
    const float* residual = in.at(0, top);
    if (shape.stride == 2) {
      pool(in, top, end, room.pooled.data());
      residual = room.pooled.data();
    }
    const float* deep = room.deep.data();
    kernels.convolve({&deep, 1, shape.inputs, inputs, wide, wide_bias, residual, shape.inputs, inputs, out.at(0, top),
                       shape.outputs, outputs, (end - top) * row - 1, slopes == nullptr});
  }
  if (slopes != nullptr) apply_slopes(slopes, out);
  out.clear_border();
}

void apply_slopes(const float* slopes, BlazeMap& map) {
  for (int y = 0; y < map.height(); ++y) {
    float* pixel = map.at(0, y);
    for (int x = 0; x < map.width(); ++x, pixel += map.step()) {
      for (int c = 0; c < map.step(); ++c) pixel[c] = pixel[c] < 0 ? pixel[c] * slopes[c] : pixel[c];
    }
  }
}

}  // namespace fr
