// Gray pictures: the functions that every copy of gray_kernels.cc offers, one copy an instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fr {

constexpr int kResizeStep = 8;  // columns of a resized row that are calculated together

constexpr int kResizeReach = 16;  // they come from so many neighbouring pixels, and one more to the right

/// Where kResizeStep columns of a resized row come from. Column k lies between pixel first + left[k] and the next one, at
/// right[k] of the way, 0 to 1. The rest of `left` is 0.
struct ResizeStep {
  std::int32_t first;
  std::uint8_t left[kResizeReach];
  float right[kResizeStep];
};

/// The two rows of pixels around a resized row, and their weights.
struct ResizeRows {
  const std::uint8_t* top;
  const std::uint8_t* bottom;
  float top_weight;
  float bottom_weight;
};

struct GrayKernels {
  /// (r + g + b) / 3 of each pixel.
  void (*gray)(const std::uint8_t* rgb, std::size_t count, std::uint8_t* gray);
  /// `steps` times kResizeStep pixels of one row, rounded as dlib rounds them.
  void (*resize)(const ResizeStep* step, std::size_t steps, const ResizeRows& rows, std::uint8_t* out);
};

}  // namespace fr
