// Picture and square -> chip.
#include "align/chip.hh"

#include <algorithm>
#include <cmath>

namespace fr {
namespace {

/// A square before it is turned; its edges are the centres of its outer pixels.
struct Square {
  double left, top, right, bottom;

  double area() const { return (right - left + 1) * (bottom - top + 1); }
  Point middle() const { return {(left + right) / 2, (top + bottom) / 2}; }
};

/// RGB pixels, with `stride` bytes from one row to the next.
struct Pixels {
  const std::uint8_t* first;
  long width;
  long height;
  long stride;

  const std::uint8_t* at(long x, long y) const { return first + y * stride + 3 * x; }
};

// Halving drops a border of two pixels. Pixel p of the smaller picture lies over pixel 2p + 2.5 (x) and 2p + 1.5 (y) of the
// larger one, as in dlib's pyramid_down<2>.
Square one_level_down(const Square& s) {
  return {s.left / 2 - 1.25, s.top / 2 - .75, s.right / 2 - 1.25, s.bottom / 2 - .75};
}

Point turned(const Point& center, double x, double y, double angle) {
  const double dx = x - center.x;
  const double dy = y - center.y;
  return {center.x + std::cos(angle) * dx - std::sin(angle) * dy, center.y + std::sin(angle) * dx + std::cos(angle) * dy};
}

struct Region {
  long left, top, right, bottom;  // inclusive
};

/// The part of the picture that the turned square and `grow` pixels around it cover.
Region region_of(const Square& s, double angle, double grow, const Image& image) {
  const Point center = s.middle();
  Point low{1e300, 1e300};
  Point high{-1e300, -1e300};
  for (const double x : {s.left, s.right}) {
    for (const double y : {s.top, s.bottom}) {
      const Point corner = turned(center, x, y, angle);
      low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
      high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
    }
  }
  const auto inside = [](double value, int size) {
    return std::lround(std::floor(std::clamp(value, 0., size - 1.) + .5));
  };
  return {inside(low.x - grow, image.width), inside(low.y - grow, image.height), inside(high.x + grow, image.width),
          inside(high.y + grow, image.height)};
}

/// Half the width and height, by the binomial filter 1 4 6 4 1 along rows and columns.
std::vector<std::uint8_t> halve(const Pixels& in) {
  const long width = (in.width - 3) / 2;
  const long height = (in.height - 3) / 2;
  std::vector<std::uint16_t> rows(static_cast<std::size_t>(in.height * width * 3));
  for (long y = 0; y < in.height; ++y) {
    for (long x = 0; x < width; ++x) {
      const std::uint8_t* p = in.at(2 * x, y);
      std::uint16_t* to = rows.data() + (y * width + x) * 3;
      for (long c = 0; c < 3; ++c) {
        to[c] = static_cast<std::uint16_t>(p[c] + 4 * p[c + 3] + 6 * p[c + 6] + 4 * p[c + 9] + p[c + 12]);
      }
    }
  }
  const long row = width * 3;
  std::vector<std::uint8_t> out(static_cast<std::size_t>(height * row));
  for (long y = 0; y < height; ++y) {
    const std::uint16_t* p = rows.data() + 2 * y * row;
    for (long i = 0; i < row; ++i, ++p) {
      const int sum = p[0] + 4 * p[row] + 6 * p[2 * row] + 4 * p[3 * row] + p[4 * row];
      out[static_cast<std::size_t>(y * row + i)] = static_cast<std::uint8_t>(sum / 256);
    }
  }
  return out;
}

void sample(const Pixels& in, double x, double y, std::uint8_t* to) {
  const double left = std::floor(x);
  const double top = std::floor(y);
  if (!(left >= 0 && top >= 0 && left + 1 < static_cast<double>(in.width) && top + 1 < static_cast<double>(in.height))) {
    to[0] = to[1] = to[2] = 0;
    return;
  }
  const double right_part = x - left;
  const double lower_part = y - top;
  const std::uint8_t* p = in.at(static_cast<long>(left), static_cast<long>(top));
  for (long c = 0; c < 3; ++c) {
    const double upper = (1 - right_part) * p[c] + right_part * p[c + 3];
    const double lower = (1 - right_part) * p[c + in.stride] + right_part * p[c + 3 + in.stride];
    to[c] = static_cast<std::uint8_t>((1 - lower_part) * upper + lower_part * lower);
  }
}

/// Samples the square, turned by `angle` about its middle, at `side` x `side` points.
std::vector<std::uint8_t> sample_square(const Pixels& pixels, const Square& square, double angle, int side) {
  const Point origin = turned(square.middle(), square.left, square.top, angle);
  const double step = (square.right - square.left) / (side - 1);
  const double across = std::cos(angle) * step;
  const double down = std::sin(angle) * step;
  std::vector<std::uint8_t> rgb(3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  std::uint8_t* to = rgb.data();
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x, to += 3) {
      sample(pixels, origin.x + across * x - down * y, origin.y + down * x + across * y, to);
    }
  }
  return rgb;
}

}  // namespace

Chip cut_chip(const Image& image, const ChipGeometry& geometry) { return {cut_square(image, geometry, kChipSide).rgb}; }

Image cut_square(const Image& image, const ChipGeometry& geometry, int side) {
  const double reach = (geometry.side - 1) / 2;
  Square square{geometry.center.x - reach, geometry.center.y - reach, geometry.center.x + reach,
                geometry.center.y + reach};
  int halvings = 0;
  double grow = 2;
  for (Square s = one_level_down(square); s.area() > side * side; s = one_level_down(s)) {
    ++halvings;
    grow = grow * 2 + 2;
  }
  const Region region = region_of(square, geometry.angle, grow, image);
  Pixels pixels{image.rgb.data() + (region.top * image.width + region.left) * 3, region.right - region.left + 1,
                region.bottom - region.top + 1, image.width * 3L};
  square = {square.left - static_cast<double>(region.left), square.top - static_cast<double>(region.top),
            square.right - static_cast<double>(region.left), square.bottom - static_cast<double>(region.top)};
  std::vector<std::uint8_t> level;
  for (; halvings > 0; --halvings) {
    if (pixels.width <= 8 || pixels.height <= 8) {  // too small to show anything: black
      return {side, side, std::vector<std::uint8_t>(3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side))};
    }
    std::vector<std::uint8_t> half = halve(pixels);
    level.swap(half);
    const long width = (pixels.width - 3) / 2;
    pixels = {level.data(), width, (pixels.height - 3) / 2, width * 3};
    square = one_level_down(square);
  }
  return {side, side, sample_square(pixels, square, geometry.angle, side)};
}

}  // namespace fr
