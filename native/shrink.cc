// Colour pictures made smaller.
#include "shrink.hh"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace fr {
namespace {

std::size_t pixels_of(const Image& image) { return image.rgb.size() / 3; }

Image blank(int width, int height) {
  Image image{width, height, {}};
  image.rgb.resize(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  return image;
}

const std::uint8_t* row_of(const Image& image, int y) {
  return image.rgb.data() + std::ptrdiff_t{3} * image.width * y;
}

// An odd last row or column is its own second.
Image halved(const Image& image) {
  Image half = blank((image.width + 1) / 2, (image.height + 1) / 2);
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

Image resized(const Image& image, int width, int height) {
  Image out = blank(width, height);
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

}  // namespace

Image shrunk(const Image& image, std::size_t max_pixels) {
  if (pixels_of(image) <= max_pixels) return image;
  Image small = image;
  while (pixels_of(small) > 2 * max_pixels) small = halved(small);
  if (pixels_of(small) <= max_pixels) return small;
  const double scale = std::sqrt(static_cast<double>(max_pixels) / static_cast<double>(pixels_of(small)));
  const auto side = [&](int length) { return std::max(1, static_cast<int>(length * scale)); };
  return resized(small, side(small.width), side(small.height));
}

}  // namespace fr
