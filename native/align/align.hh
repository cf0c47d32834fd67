// Landmarks -> where the chip lies in the picture.
#pragma once

#include "face.hh"

namespace fr {

/// A square of the picture that becomes a chip: its centre and side in pixels, turned by `angle` radians
/// (the chip's x axis in picture coordinates, clockwise as y points down).
struct ChipGeometry {
  Point center;
  double side = 0;
  double angle = 0;
};

/// The square in which the five landmarks come closest to those of the mean face that the network was trained on: a
/// least-squares fit by shift, turn and scale only (dlib's get_face_chip_details with 5 points, padding 0.25).
ChipGeometry align(const Landmarks& landmarks);

}  // namespace fr
