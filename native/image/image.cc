// decode_image: checks the limits, asks sniff.cc for the format, and calls that format's decoder.
#include "image/image.hh"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "image/image_formats.hh"

namespace fr {
namespace {

std::string one_decimal(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

struct Unit {
  double size;
  const char* name;
  const char* plain;
};
constexpr Unit kMegapixels{1e6, "megapixels", "pixels"};
constexpr Unit kMebibytes{1024.0 * 1024.0, "MiB", "bytes"};

/// `count` and `limit` in the same unit: the large one, unless rounding hides their difference.
struct Measured {
  std::string count;
  std::string limit;
};

Measured measure(std::uint64_t count, std::uint64_t limit, const Unit& unit) {
  const std::string large_count = one_decimal(static_cast<double>(count) / unit.size);
  const std::string large_limit = one_decimal(static_cast<double>(limit) / unit.size);
  if (large_count == large_limit || large_limit == "0.0") {
    return {std::to_string(count) + " " + unit.plain, std::to_string(limit) + " " + unit.plain};
  }
  return {large_count + " " + unit.name, large_limit + " " + unit.name};
}

}  // namespace

void check_pixels(std::uint64_t width, std::uint64_t height, const ImageLimits& limits) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  if (width == 0 || height == 0) {
    throw UnusablePicture("the picture is " + size + ": it has no pixels");
  }
  // No format has sides above 32 bits, so the product cannot overflow.
  const std::uint64_t pixels = width * height;
  const std::uint64_t limit = std::min<std::uint64_t>(limits.max_pixels, kMostPixels);
  if (pixels <= limit) {
    return;
  }
  const Measured said = measure(pixels, limit, kMegapixels);
  throw UnusablePicture("the picture is " + size + " (" + said.count + "), above the limit of " + said.limit +
                        ": shrink it or raise the limit");
}

void check_size(std::uint64_t width, std::uint64_t height, const ImageLimits& limits) {
  check_pixels(width, height, limits);
  const auto [shorter, longer] = std::minmax(width, height);
  if (longer > kFreeSide && longer > kMostProportion * shorter) {
    throw UnusablePicture("the picture is " + std::to_string(width) + "x" + std::to_string(height) +
                          ", and one side is more than " + std::to_string(kMostProportion) +
                          " times the other: crop it");
  }
}

Image blank_image(std::int64_t width, std::int64_t height, std::size_t channels) {
  Image image;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.rgb.resize(static_cast<std::size_t>(width * height) * channels);
  return image;
}

void lay_over_white(Image& image) {
  const std::size_t pixels = image.rgb.size() / 4;
  const std::uint8_t* from = image.rgb.data();
  std::uint8_t* to = image.rgb.data();
  for (std::size_t i = 0; i < pixels; ++i, from += 4) {
    const unsigned alpha = from[3];
    for (int channel = 0; channel < 3; ++channel) {
      const unsigned mixed = from[channel] * alpha + 255U * (255U - alpha);
      *to++ = static_cast<std::uint8_t>((mixed + 127U) / 255U);
    }
  }
  image.rgb.resize(pixels * 3);
}

Image decode_image(const std::uint8_t* data, std::size_t size, const ImageLimits& limits,
                   std::vector<std::string>* notes) {
  if (size == 0) {
    throw UnusablePicture("the file is empty");
  }
  if (size > limits.max_bytes) {
    const Measured said = measure(size, limits.max_bytes, kMebibytes);
    throw UnusablePicture("the file is " + said.count + ", above the limit of " + said.limit +
                          ": shrink the picture or raise the limit");
  }
  const Bytes file{data, size};
  switch (sniff_format(file)) {
    case Format::jpeg:
      return decode_jpeg(file, limits, notes);
    case Format::png:
      return decode_png(file, limits);
    case Format::webp:
      return decode_webp(file, limits);
    case Format::gif:
      return decode_gif(file, limits);
  }
  throw std::logic_error("decode_image does not know the format");
}

Image image_of_pixels(std::vector<std::uint8_t> rgb, std::uint32_t width, std::uint32_t height,
                      const ImageLimits& limits) {
  check_size(width, height, limits);
  if (rgb.size() != std::size_t{3} * width * height) {
    throw UnusablePicture("the pixels are " + std::to_string(rgb.size()) + " bytes, which " + std::to_string(width) + "x" +
                          std::to_string(height) + " of three bytes are not");
  }
  Image image;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.rgb = std::move(rgb);
  return image;
}

}  // namespace fr
