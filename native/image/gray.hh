// Gray pictures, which the face detector and the landmarks look at, and their resizing.
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
GrayImage to_gray(const Image& image, Isa isa, std::size_t threads = 1);

/// Resizes `in` bilinearly to `out`'s width and height, as dlib::resize_image does it. Replaces `out.pixels`.
void resize_gray(const GrayKernels& kernels, const std::uint8_t* in, int in_width, int in_height, GrayImage& out);

}  // namespace fr
