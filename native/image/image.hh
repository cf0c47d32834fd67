// Image bytes -> upright RGB pixels: the first step of the flow, and the only one that knows file formats.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "deadline.hh"

namespace fr {

/// An upright picture (EXIF orientation applied): 8-bit sRGB, rows top to bottom, `3 * width * height` bytes.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// The most pixels that a limit can allow: what the arithmetic on sides and sizes is made for.
constexpr std::size_t kMostPixels = 1'000'000'000;

/// The longest side that any picture may have; a longer one may be this many times the other, and no more. Every stage's
/// memory is in proportion to the pixels or to a side, and a picture one pixel high would have sides without end.
constexpr std::uint64_t kFreeSide = 10'000;
constexpr std::uint64_t kMostProportion = 100;

/// What a picture may cost. Bytes and pixels are checked before any pixel is decoded.
struct ImageLimits {
  std::size_t max_bytes = std::size_t{64} << 20;
  std::size_t max_pixels = 50'000'000;  // at most kMostPixels
  std::chrono::milliseconds max_time{0};  // 0: without end
  Deadline deadline;  // of the picture at hand
};

/// The bytes are not a picture this program can use. `what()` is one line for a person: what is wrong with the
/// picture, and where it helps, what to do.
class UnusablePicture : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Decodes JPEG (baseline, progressive, gray, CMYK), PNG (every colour type and depth), WebP and GIF (first frame),
/// told apart by content. Transparent pixels are laid over white. Adds to `notes`, where given, what a person should know
/// of a picture that is used all the same. Throws UnusablePicture, TookTooLong; std::bad_alloc where memory is short.
Image decode_image(const std::uint8_t* data, std::size_t size, const ImageLimits& limits,
                   std::vector<std::string>* notes = nullptr);

}  // namespace fr
