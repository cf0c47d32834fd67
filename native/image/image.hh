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

/// The highest limit of pixels that can be set: the arithmetic on sides and sizes is made for no more.
constexpr std::size_t kMostPixels = 1'000'000'000;

/// A side longer than kFreeSide pixels may be at most kMostProportion times the other. The memory of every stage grows with
/// the pixels or with a side, and the limit of pixels alone would allow a picture of a single row with an endless side.
constexpr std::uint64_t kFreeSide = 10'000;
constexpr std::uint64_t kMostProportion = 100;

/// What a picture may cost. Bytes and pixels are checked before any pixel is decoded.
struct ImageLimits {
  std::size_t max_bytes = std::size_t{64} << 20;
  std::size_t max_pixels = 50'000'000;  // at most kMostPixels
  std::chrono::milliseconds max_time{0};  // 0: no limit
  Deadline deadline;  // of the picture at hand
};

/// The bytes are not a picture that this program can use. `what()` is one line for a person: what is wrong with the
/// picture and, where there is something, what to do about it.
class UnusablePicture : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Decodes JPEG (baseline, progressive, gray, CMYK), PNG (every colour type and depth), WebP and GIF (first frame). The
/// content tells the format. Transparent pixels are laid over white. Adds a line to `notes`, unless null, when a picture has
/// a fault but can be used. Throws UnusablePicture, TookTooLong, and std::bad_alloc when memory is short.
Image decode_image(const std::uint8_t* data, std::size_t size, const ImageLimits& limits,
                   std::vector<std::string>* notes = nullptr);

/// A picture that somebody else has decoded, `rgb` as in Image; it is not copied. Throws UnusablePicture where `rgb` is not
/// of this size, or the size is above the limits.
Image image_of_pixels(std::vector<std::uint8_t> rgb, std::uint32_t width, std::uint32_t height,
                      const ImageLimits& limits);

}  // namespace fr
