// Picture and square -> chip: the pixels that the network looks at.
#pragma once

#include <cstddef>

#include "align/align.hh"
#include "face.hh"
#include "image/image.hh"

namespace fr {

/// Samples one chip bilinearly, as dlib's extract_image_chip does. Where the square is larger than the chip, we first halve
/// a copy of it as often as needed, so that no pixel is skipped. What lies outside the picture is black.
Chip cut_chip(const Image& image, const ChipGeometry& geometry);

/// The same at `side` x `side` pixels.
Image cut_square(const Image& image, const ChipGeometry& geometry, int side);

/// The mean of a pixel's three colours, 0 to 255.
inline double gray(const Chip& chip, int x, int y) {
  const std::size_t at = static_cast<std::size_t>(y * kChipSide + x) * 3;
  return (chip.rgb[at] + chip.rgb[at + 1] + chip.rgb[at + 2]) / 3.0;
}

}  // namespace fr
