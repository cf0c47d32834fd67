// Picture and square -> chip: the pixels that the network looks at.
#pragma once

#include "align/align.hh"
#include "face.hh"
#include "image/image.hh"

namespace fr {

/// Samples one chip bilinearly, as dlib's extract_image_chip does. Where the square is larger than the chip, we first halve
/// a copy of it as often as needed, so that no pixel is skipped. What lies outside the picture is black.
Chip cut_chip(const Image& image, const ChipGeometry& geometry);

}  // namespace fr
