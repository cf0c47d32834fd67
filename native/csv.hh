// Faces -> CSV, the sidecar's answer.
#pragma once

#include <string>

#include "align/quality.hh"
#include "face.hh"

namespace fr {

/// One row of the answer.
struct Row {
  Detection detection;
  FaceVector vector{};
  int face = 0;          // number of the face in the picture, from 1, left to right
  int variant = 0;       // 0: the face as photographed
  Quality quality;       // variant 0's
};

/// `left,top,right,bottom,score,x0,y0,...,x4,y4,v0,...,v127,face,variant` and the measures of quality, in the order of
/// Quality, and a line end.
std::string csv_header();

/// The row's text and a line end. Each float is written as the shortest text that reads back to the same bits.
std::string csv_row(const Row& row);

}  // namespace fr
