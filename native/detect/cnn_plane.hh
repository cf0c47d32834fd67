// The plane that the CNN face detector sees: a picture at many sizes, each 5/6 of the one before, laid out as dlib does.
//
// dlib judges all sizes at once, and what lies a few pixels beside a face affects its score. So the layout is the same to the
// pixel. The plane is never in memory as a whole: rows are made when they are needed.
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

/// dlib has no layout for narrower pictures, so they have no face.
constexpr int kPlaneLeastWidth = 10;

/// dlib's compute_tiled_image_pyramid_details for pyramid_down<6>, 10 pixels between tiles and 11 around them. The
/// picture is at least kPlaneLeastWidth wide and has a row.
PlaneLayout lay_out(int width, int height);

class CnnPlane {
 public:
  /// Borrows the picture, which must be large enough for a layout. The smaller sizes take 27 bytes for each of its pixels.
  explicit CnnPlane(const Image& image);

  int width() const { return layout_.width; }
  int height() const { return layout_.height; }

  /// Row `y` as 3 * width() floats: (rgb - mean) / 256, and 0 between the tiles.
  void row(int y, float* out) const;

  /// The picture's pixels under a window of the plane. Uses the tile that contains its middle (x, y), or the nearest one.
  Box to_picture(int x, int y, int side) const;

 private:
  const Image& image_;
  PlaneLayout layout_;
  std::vector<std::vector<float>> smaller_;  // tiles from the second on
};

}  // namespace fr
