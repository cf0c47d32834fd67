// Colour pictures at other sizes, for a detector that would take too long over large ones and misses small faces.
#pragma once

#include <cstddef>

#include "face.hh"
#include "image/image.hh"

namespace fr {

/// The part of the picture under the box, which may reach past its edges; empty where they do not meet.
Image cut_out(const Image& image, const Box& box);

/// Resized bilinearly, each side `scale` times as long and at least one pixel. For scales from about .7.
Image resized(const Image& image, double scale);

/// The picture with at most `max_pixels` and its proportions, though each side has a pixel at least: halved by means of 2x2 pixels while it has more than twice as
/// many, then resized bilinearly. Its corner pixels stay corner pixels up to half a pixel.
Image shrunk(const Image& image, std::size_t max_pixels);

/// The picture with `max_pixels`, but no more than twice as wide and high; shrunk where it has more.
Image enlarged(const Image& image, std::size_t max_pixels);

}  // namespace fr
