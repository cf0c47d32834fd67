// The hot loops of gray pictures: what each of the copies of gray_kernels.cc, one an instruction set, offers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fr {

constexpr int kResizeStep = 8;  // columns of a resized row that are worked out together

constexpr int kResizeReach = 16;  // pixels that such columns lie among, and one more to the right

/// Where kResizeStep columns of a resized row come from: column k lies between pixels first + left[k] and the next, and
/// right[k] of the way to that one. The rest of `left` is 0.
struct ResizeStep {
  std::int32_t first;
  std::uint8_t left[kResizeReach];
  float right[kResizeStep];
};

/// Two rows of pixels that a resized row lies between, and the weight of each.
struct ResizeRows {
  const std::uint8_t* top;
  const std::uint8_t* bottom;
  float top_weight;
  float bottom_weight;
};

struct GrayKernels {
  /// (r + g + b) / 3 of each pixel.
  void (*gray)(const std::uint8_t* rgb, std::size_t count, std::uint8_t* gray);
  /// `steps` times kResizeStep columns, rounded as dlib rounds them.
  void (*resize)(const ResizeStep* step, std::size_t steps, const ResizeRows& rows, std::uint8_t* out);
};

}  // namespace fr
