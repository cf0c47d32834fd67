// Image bytes -> upright RGB pixels: the first step of the flow, and the only one that knows file formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace fr {

/// An upright picture (EXIF orientation applied): 8-bit sRGB, rows top to bottom, `3 * width * height` bytes.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// What a picture may cost. Both limits are checked before any pixel is decoded.
struct ImageLimits {
  std::size_t max_bytes = std::size_t{64} << 20;
  std::size_t max_pixels = 50'000'000;
};

/// The bytes are not a picture this program can use. `what()` is one line for a person: what is wrong with the
/// picture, and where it helps, what to do.
class UnusablePicture : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Decodes JPEG (baseline, progressive, gray, CMYK), PNG (every colour type and depth), WebP and GIF (first frame),
/// told apart by content. Transparent pixels are laid over white. Throws UnusablePicture.
Image decode_image(const std::uint8_t* data, std::size_t size, const ImageLimits& limits);

}  // namespace fr
