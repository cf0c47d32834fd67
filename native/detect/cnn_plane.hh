// The plane that the CNN face detector looks at: a picture at sizes 5/6 apart, laid out beside each other as dlib does.
//
// dlib judges all sizes in one go, and what lies a few pixels beside a face is part of its score; so the layout is kept
// to the pixel. The plane itself is never in memory: its rows are made when they are wanted.
#pragma once

#include <cstddef>
#include <vector>

#include "face.hh"
#include "image/image.hh"

namespace fr {

/// Where one size of the picture lies in the plane.
struct PlaneTile {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

struct PlaneLayout {
  int width = 0;
  int height = 0;
  std::vector<PlaneTile> tiles;  // largest first
};

/// Narrower pictures have no layout in dlib, and no face.
constexpr int kPlaneLeastWidth = 10;

/// dlib's compute_tiled_image_pyramid_details for pyramid_down<6>, 10 pixels between tiles and 11 around them. The
/// picture is at least kPlaneLeastWidth wide and has a row.
PlaneLayout lay_out(int width, int height);

class CnnPlane {
 public:
  /// Borrows the picture, which is large enough for a layout. The smaller sizes take 27 bytes for each of its pixels.
  explicit CnnPlane(const Image& image);

  int width() const { return layout_.width; }
  int height() const { return layout_.height; }

  /// Row `y` as 3 * width() floats: (rgb - mean) / 256, and 0 between the tiles.
  void row(int y, float* out) const;

  /// The picture's pixels under a window of the plane, by the tile that its middle (x, y) lies in or is nearest to.
  Box to_picture(int x, int y, int side) const;

 private:
  const Image& image_;
  PlaneLayout layout_;
  std::vector<std::vector<float>> smaller_;  // tiles from the second on
};

}  // namespace fr
