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

/// How a row holds its vector: as v0 to v127, each the shortest text that reads back to the same bits; or packed, in one column
/// `vector`: base64 of the 128 float32, little-endian.
enum class Vectors { text, packed };

/// `left,top,right,bottom,score,x0,y0,...,x4,y4`, the vector, `face,variant` and the measures of quality, in the order of
/// Quality, and a line end.
std::string csv_header(Vectors form);

/// The row's text and a line end.
std::string csv_row(const Row& row, Vectors form);

}  // namespace fr
