// What BlazeFace is shown of a picture: the picture at several sizes, in tiles, and squares around single places.
#pragma once

#include <cstddef>
#include <vector>

#include "image/image.hh"

namespace fr {

/// The sides of what the network is shown when it looks at one place, and of the smallest size of a picture.
constexpr int kBlazeSide = 128;

/// The largest size at which a picture is scanned: its scale, and its number of pixels.
struct BlazeReach {
  double scale;
  double pixels;
};

/// Faces from 40 pixels.
constexpr BlazeReach kBlazeUsual{.5, 1e6};
/// Faces from 20 pixels.
constexpr BlazeReach kBlazeThorough{1, 3e6};

/// One size of a picture.
struct BlazeLevel {
  Image image;
  double across;  // pixels of the picture for each of the level's
  double down;
  float least;  // the least score that counts
};

/// The picture turned by `quarters`, at each size, largest first.
std::vector<BlazeLevel> blaze_levels(const Image& image, int quarters, const BlazeReach& reach);

/// A part of a level, which may reach past its edge.
struct BlazeTile {
  std::size_t level;
  int left, top, width, height;
};

/// Parts that overlap, of all levels.
std::vector<BlazeTile> blaze_tiles(const std::vector<BlazeLevel>& levels);

/// The square of `side` pixels around (x, y) at kBlazeSide x kBlazeSide pixels, black outside the picture.
Image square_around(const Image& image, double x, double y, double side);

}  // namespace fr
