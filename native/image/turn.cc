// Quarter turns.
#include "image/turn.hh"

#include <cstddef>

namespace fr {
namespace {

// How to read a picture so that it comes out turned: where the first pixel is, and the steps to the next pixel of a row and
// to the next row.
struct Walk {
  std::ptrdiff_t start;
  std::ptrdiff_t along;
  std::ptrdiff_t down;
};

Walk walk_of(int width, int height, int quarters) {
  const std::ptrdiff_t w = width;
  const std::ptrdiff_t last_row = w * (height - 1);
  switch (quarters) {
    case 1: return {last_row, -w, 1};
    case 2: return {last_row + w - 1, -1, -w};
    case 3: return {w - 1, w, -1};
    default: return {0, 1, w};
  }
}

template <int kBytes>
void turn(const std::uint8_t* in, int width, int height, int quarters, std::uint8_t* out) {
  const Walk walk = walk_of(width, height, quarters);
  const bool swapped = quarters % 2 == 1;
  const int rows = swapped ? width : height;
  const int columns = swapped ? height : width;
  for (int y = 0; y < rows; ++y) {
    const std::uint8_t* from = in + (walk.start + y * walk.down) * kBytes;
    for (int x = 0; x < columns; ++x, from += walk.along * kBytes) {
      for (int b = 0; b < kBytes; ++b) *out++ = from[b];
    }
  }
}

}  // namespace

GrayImage turned(const GrayImage& gray, int quarters) {
  const bool swapped = quarters % 2 == 1;
  GrayImage out{swapped ? gray.height : gray.width, swapped ? gray.width : gray.height, {}};
  out.pixels.resize(gray.pixels.size());
  if (!out.pixels.empty()) turn<1>(gray.pixels.data(), gray.width, gray.height, quarters, out.pixels.data());
  return out;
}

Image turned(const Image& image, int quarters) {
  const bool swapped = quarters % 2 == 1;
  Image out{swapped ? image.height : image.width, swapped ? image.width : image.height, {}};
  out.rgb.resize(image.rgb.size());
  if (!out.rgb.empty()) turn<3>(image.rgb.data(), image.width, image.height, quarters, out.rgb.data());
  return out;
}

Point turned_back(const Point& point, int quarters, int width, int height) {
  switch (quarters) {
    case 1: return {point.y, height - 1 - point.x};
    case 2: return {width - 1 - point.x, height - 1 - point.y};
    case 3: return {width - 1 - point.y, point.x};
    default: return point;
  }
}

// Boxes are half-open: a first pixel can become the one past the last.
Box turned_back(const Box& box, int quarters, int width, int height) {
  switch (quarters) {
    case 1: return {box.top, height - box.right, box.bottom, height - box.left};
    case 2: return {width - box.right, height - box.bottom, width - box.left, height - box.top};
    case 3: return {width - box.bottom, box.left, width - box.top, box.right};
    default: return box;
  }
}

}  // namespace fr
