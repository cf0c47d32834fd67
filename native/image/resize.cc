// Colour pictures at other sizes.
#include "image/resize.hh"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "image/image_formats.hh"

namespace fr {
namespace {

std::size_t pixels_of(const Image& image) { return image.rgb.size() / 3; }

const std::uint8_t* row_of(const Image& image, int y) {
  return image.rgb.data() + std::ptrdiff_t{3} * image.width * y;
}

typedef std::uint8_t Bytes __attribute__((vector_size(16)));
typedef std::uint16_t Shorts __attribute__((vector_size(16)));
typedef std::int32_t Ints __attribute__((vector_size(16)));
typedef float Floats __attribute__((vector_size(16)));

constexpr int kRead = 3;  // pixels from the first of two whose colours are read in vectors, which hold eight bytes

// GCC compiles these shuffles well, and conversions of bytes badly.
Shorts two_pixels(const std::uint8_t* from) {
  std::uint64_t eight;
  std::memcpy(&eight, from, sizeof eight);
  typedef std::uint64_t Longs __attribute__((vector_size(16)));
  const Bytes bytes = reinterpret_cast<Bytes>(Longs{eight, 0});
  return reinterpret_cast<Shorts>(
      __builtin_shufflevector(bytes, Bytes{}, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
}

// Writes one byte too many.
void half_pixel(const std::uint8_t* upper, const std::uint8_t* lower, std::uint8_t* out) {
  const Shorts columns = two_pixels(upper) + two_pixels(lower);
  const Shorts sums = columns + __builtin_shufflevector(columns, Shorts{}, 3, 4, 5, 6, 7, 8, 9, 10);
  const Bytes means = reinterpret_cast<Bytes>((sums + 2) >> 2);
  const Bytes packed = __builtin_shufflevector(means, means, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  std::memcpy(out, &packed, 4);
}

// Where the last row or column has no partner, it is taken twice.
Image half_the_size(const Image& image) {
  Image half = blank_image((image.width + 1) / 2, (image.height + 1) / 2, 3);
  const int in_vectors = std::max((image.width - kRead) / 2, 0);
  for (int y = 0; y < half.height; ++y) {
    const std::uint8_t* upper = row_of(image, 2 * y);
    const std::uint8_t* lower = row_of(image, std::min(2 * y + 1, image.height - 1));
    std::uint8_t* out = half.rgb.data() + std::ptrdiff_t{3} * half.width * y;
    for (int x = 0; x < in_vectors; ++x, out += 3) half_pixel(upper + 6 * x, lower + 6 * x, out);
    for (int x = in_vectors; x < half.width; ++x) {
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

struct Between {
  int first;
  float part;  // share of the way from the first to the next
};

Between place(int at, double step) {
  const int first = static_cast<int>(at * step);
  return {first, static_cast<float>(at * step - first)};
}

Floats first_of(Shorts pixels) {
  return __builtin_convertvector(reinterpret_cast<Ints>(__builtin_shufflevector(pixels, Shorts{}, 0, 8, 1, 9, 2, 10, 3, 11)), Floats);
}

Floats second_of(Shorts pixels) { return first_of(__builtin_shufflevector(pixels, Shorts{}, 3, 4, 5, 6, 7, 8, 9, 10)); }

// Three colours of `Number`, float or Floats, between four pixels.
template <typename Number>
Number mixed(const Number (&corners)[4], float right_part, float lower_part) {
  const Number above = corners[0] + right_part * (corners[1] - corners[0]);
  const Number below = corners[2] + right_part * (corners[3] - corners[2]);
  return above + lower_part * (below - above) + 0.5F;
}

void mixed_pixel(const std::uint8_t* upper, const std::uint8_t* lower, float right_part, float lower_part, std::uint8_t* out) {
  const Shorts above = two_pixels(upper), below = two_pixels(lower);
  const Floats corners[4] = {first_of(above), second_of(above), first_of(below), second_of(below)};
  const Ints colours = __builtin_convertvector(mixed(corners, right_part, lower_part), Ints);
  for (int c = 0; c < 3; ++c) out[c] = static_cast<std::uint8_t>(colours[c]);
}

Image resized_to(const Image& image, int width, int height) {
  Image out = blank_image(width, height, 3);
  const double down = (image.height - 1) / static_cast<double>(std::max(height - 1, 1));
  std::vector<Between> columns;
  for (int x = 0; x < width; ++x) columns.push_back(place(x, (image.width - 1) / static_cast<double>(std::max(width - 1, 1))));
  std::uint8_t* next = out.rgb.data();
  for (int y = 0; y < height; ++y) {
    const Between row = place(y, down);
    const std::uint8_t* upper = row_of(image, row.first);
    const std::uint8_t* lower = row_of(image, std::min(row.first + 1, image.height - 1));
    for (const auto& [first, part] : columns) {
      const int left = 3 * first;
      if (first + kRead <= image.width) {
        mixed_pixel(upper + left, lower + left, part, row.part, next);
        next += 3;
        continue;
      }
      const int right = left + (first + 1 < image.width ? 3 : 0);
      for (int c = 0; c < 3; ++c) {
        const float corners[4] = {static_cast<float>(upper[left + c]), static_cast<float>(upper[right + c]),
                                  static_cast<float>(lower[left + c]), static_cast<float>(lower[right + c])};
        *next++ = static_cast<std::uint8_t>(mixed(corners, part, row.part));
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
