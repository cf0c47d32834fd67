// Colour pictures made smaller, for a detector that would take too long over large ones.
#pragma once

#include <cstddef>

#include "image.hh"

namespace fr {

/// The picture with at most `max_pixels` and its proportions: halved by means of 2x2 pixels while it has more than twice as
/// many, then resized bilinearly. Its corner pixels stay corner pixels up to half a pixel.
Image shrunk(const Image& image, std::size_t max_pixels);

}  // namespace fr
