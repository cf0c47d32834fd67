// Quarter turns of pictures, for those that are stored sideways without an EXIF orientation, and of what was found there.
#pragma once

#include "face.hh"
#include "image/gray.hh"
#include "image/image.hh"

namespace fr {

/// Turned clockwise by `quarters`, 0 to 3.
GrayImage turned(const GrayImage& gray, int quarters);
Image turned(const Image& image, int quarters);

/// From the turned picture back to the picture itself, which is `width` x `height`.
Point turned_back(const Point& point, int quarters, int width, int height);
Box turned_back(const Box& box, int quarters, int width, int height);

}  // namespace fr
