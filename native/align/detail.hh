// Mends a chip's detail, where a photo has too little of it or shows a JPEG's blocks instead.
#pragma once

#include "align/quality.hh"
#include "face.hh"

namespace fr {

/// Softens the chip of a photo whose blocks show, and sharpens that of a blurred one. Any other chip stays as it is.
/// tools/lab/README.md says what it brings.
///
/// @param quality that of the face.
/// @param side of the square that variant 0's chip is cut from, in pixels. A chip from a larger one than itself shows the
/// blocks shrunk, and is not softened.
void mend_detail(Chip& chip, const Quality& quality, double side);

/// Smooths with the binomial filter 1 4 6 4 1 along rows and columns: a standard deviation of one pixel. The edges are
/// repeated outwards.
void soften(Chip& chip);

/// Adds to each pixel its difference from a copy that was softened six times, a standard deviation of 2.4 pixels: unsharp
/// masking. Values are held to 0 to 255.
void sharpen(Chip& chip);

}  // namespace fr
