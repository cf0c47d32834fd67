// Colour pictures at other sizes, for a detector that takes too long on large pictures and misses small faces.
#pragma once

#include <cstddef>

#include "face.hh"
#include "image/image.hh"

namespace fr {

/// The part of the picture inside the box. The box may reach past the picture's edges; the part is empty when it lies outside.
Image cut_out(const Image& image, const Box& box);

/// Resized bilinearly: each side is `scale` times as long, and at least one pixel. Meant for scales of .7 and more.
Image resized(const Image& image, double scale);

/// The picture at `scale` times its size, above 0. It is halved as often as possible, which is fast and leaves no fine pattern
/// that a smaller picture cannot show; the rest is bilinear.
Image scaled(const Image& image, double scale);

/// The picture with at most `max_pixels`, in its proportions, but each side at least one pixel. It is halved (means of 2x2
/// pixels) while it has more than twice as many, then resized bilinearly. Its corners move by half a pixel at most.
Image shrunk(const Image& image, std::size_t max_pixels);

}  // namespace fr
