// Gray pictures: what the face detector and the landmarks look at, at its own size and at others.
#pragma once

#include <cstdint>
#include <vector>

#include "face.hh"
#include "image/image.hh"
#include "kernels/kernels.hh"

namespace fr {

/// 8-bit gray, rows top to bottom, `width * height` bytes.
struct GrayImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

/// The mean of red, green and blue, rounded down, as dlib's assign_pixel has it.
GrayImage to_gray(const Image& image, Isa isa);

/// A picture 2 width + 2 by 2 height + 1: bit for bit what dlib::pyramid_up with pyramid_down<2> gives when its
/// arithmetic is done as written, without fused multiply-adds. Empty pictures stay so.
GrayImage upsample_gray(const GrayImage& gray, Isa isa);

/// From pixels of upsample_gray's picture to the original's, as pyramid_down<2>'s rect_down and point_down have it.
Box downsample(const Box& box);
Point downsample(const Point& point);

/// `in` resized bilinearly to `out`'s width and height, as dlib::resize_image does it; `out.pixels` is replaced.
void resize_gray(const GrayKernels& kernels, const std::uint8_t* in, int in_width, int in_height, GrayImage& out);

}  // namespace fr
