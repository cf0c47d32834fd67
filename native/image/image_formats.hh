// What the decoders share: one function a format, and the steps common to all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "image/image.hh"

namespace fr {

/// Borrowed bytes: the caller keeps them alive during the call.
struct Bytes {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

enum class Format { jpeg, png, webp, gif };

/// Tells the format by content alone. Throws UnusablePicture, which names what the bytes are, when they are something else.
Format sniff_format(Bytes file);

// Each takes a whole file of its format and returns an upright picture, or throws as decode_image does.
Image decode_jpeg(Bytes file, const ImageLimits& limits, std::vector<std::string>* notes);
Image decode_png(Bytes file, const ImageLimits& limits);
Image decode_webp(Bytes file, const ImageLimits& limits);
Image decode_gif(Bytes file, const ImageLimits& limits);

/// Throws UnusablePicture when a picture of this size has no pixels, or more than the limit.
void check_pixels(std::uint64_t width, std::uint64_t height, const ImageLimits& limits);

/// The same, and also when one side is too long for the other; see kMostProportion.
void check_size(std::uint64_t width, std::uint64_t height, const ImageLimits& limits);

/// A picture of zeros, of a size that check_size has passed. `channels` is 3, or 4 until lay_over_white has run.
Image blank_image(std::int64_t width, std::int64_t height, std::size_t channels);

/// Turns the RGBA bytes in `image.rgb` into RGB over white, in place: no second buffer.
void lay_over_white(Image& image);

/// The EXIF orientation, 1 to 8, of a TIFF block with or without its "Exif\0\0" prefix; 1 when absent or malformed.
int exif_orientation(Bytes exif);

/// Turns a stored picture upright: nothing to do for 1, in place for 2 to 4; 5 to 8 swap the sides and need a copy.
Image upright(Image stored, int orientation);

}  // namespace fr
