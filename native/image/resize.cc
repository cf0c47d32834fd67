// Colour pictures at other sizes.
#include "image/resize.hh"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "image/image_formats.hh"

namespace fr {
namespace {

std::size_t pixels_of(const Image& image) { return image.rgb.size() / 3; }

const std::uint8_t* row_of(const Image& image, int y) {
  return image.rgb.data() + std::ptrdiff_t{3} * image.width * y;
}

// Where the last row or column has no partner, it is taken twice.
Image half_the_size(const Image& image) {
  Image half = blank_image((image.width + 1) / 2, (image.height + 1) / 2, 3);
  std::uint8_t* out = half.rgb.data();
  for (int y = 0; y < half.height; ++y) {
    const std::uint8_t* upper = row_of(image, 2 * y);
    const std::uint8_t* lower = row_of(image, std::min(2 * y + 1, image.height - 1));
    for (int x = 0; x < half.width; ++x) {
      const int left = 6 * x;
      const int right = 3 * std::min(2 * x + 1, image.width - 1);
      for (int c = 0; c < 3; ++c) {
        const int sum = upper[left + c] + upper[right + c] + lower[left + c] + lower[right + c];
        *out++ = static_cast<std::uint8_t>((sum + 2) / 4);
      }
    }
  }
  return half;
}

Image resized_to(const Image& image, int width, int height) {
  Image out = blank_image(width, height, 3);
  const double across = (image.width - 1) / static_cast<double>(std::max(width - 1, 1));
  const double down = (image.height - 1) / static_cast<double>(std::max(height - 1, 1));
  std::uint8_t* next = out.rgb.data();
  for (int y = 0; y < height; ++y) {
    const int top = static_cast<int>(y * down);
    const auto lower_part = static_cast<float>(y * down - top);
    const std::uint8_t* upper = row_of(image, top);
    const std::uint8_t* lower = row_of(image, std::min(top + 1, image.height - 1));
    for (int x = 0; x < width; ++x) {
      const int left = static_cast<int>(x * across);
      const auto right_part = static_cast<float>(x * across - left);
      const int step = left + 1 < image.width ? 3 : 0;
      for (int c = 3 * left; c < 3 * left + 3; ++c) {
        const float above = static_cast<float>(upper[c]) + right_part * static_cast<float>(upper[c + step] - upper[c]);
        const float below = static_cast<float>(lower[c]) + right_part * static_cast<float>(lower[c + step] - lower[c]);
        *next++ = static_cast<std::uint8_t>(above + lower_part * (below - above) + 0.5F);
      }
    }
  }
  return out;
}

Image scaled_to(const Image& image, int width, int height) {
  if (2 * width <= image.width + 1 && 2 * height <= image.height + 1 && image.width > 1 && image.height > 1) {
    return scaled_to(half_the_size(image), width, height);
  }
  return width == image.width && height == image.height ? image : resized_to(image, width, height);
}

// The factor for the sides that gives the picture so many pixels.
double scale_to(const Image& image, std::size_t pixels) {
  return std::sqrt(static_cast<double>(pixels) / static_cast<double>(pixels_of(image)));
}

}  // namespace

Image cut_out(const Image& image, const Box& box) {
  const long left = std::clamp(box.left, 0L, long{image.width});
  const long top = std::clamp(box.top, 0L, long{image.height});
  const long width = std::max(std::min(box.right, long{image.width}) - left, 0L);
  const long height = std::max(std::min(box.bottom, long{image.height}) - top, 0L);
  Image part = blank_image(width, height, 3);
  for (long y = 0; y < height; ++y) {
    std::copy_n(row_of(image, static_cast<int>(top + y)) + 3 * left, 3 * width, part.rgb.begin() + 3 * width * y);
  }
  return part;
}

Image resized(const Image& image, double scale) {
  if (image.rgb.empty()) return image;
  const auto side = [scale](int length) { return std::max(1, static_cast<int>(length * scale)); };
  return resized_to(image, side(image.width), side(image.height));
}

Image scaled(const Image& image, double scale) {
  if (image.rgb.empty()) return image;
  const auto side = [scale](int length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
  return scaled_to(image, side(image.width), side(image.height));
}

Image shrunk(const Image& image, std::size_t max_pixels) {
  // One pixel is as small as a picture gets.
  if (pixels_of(image) <= std::max<std::size_t>(max_pixels, 1)) return image;
  if (pixels_of(image) > 2 * max_pixels) return shrunk(half_the_size(image), max_pixels);
  return resized(image, scale_to(image, max_pixels));
}

}  // namespace fr
