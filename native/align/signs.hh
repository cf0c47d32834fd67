// What a chip shows that spoils a photo: a face turned away, covered eyes, a covered mouth.
#pragma once

#include <array>

#include "face.hh"

namespace fr {

constexpr int kCells = 10;  // a side, of 10 x 10 pixels each, over the middle of the chip
constexpr int kTextures = 3;  // brightness, steps along rows, steps along columns
constexpr int kTextureSize = kTextures * kCells * kCells;

/// How bright each cell of the chip is, then how much it changes along rows and along columns; each third has mean 0 and
/// standard deviation 1, or is 0 where all its cells are alike, so that neither light nor contrast counts.
using Texture = std::array<float, kTextureSize>;

Texture texture_of(const Chip& chip);

/// Each is above 0 where the chip looks like one that has it. Linear in the texture; the weights are fitted by
/// tools/lab/coach-fit.ts, which says on what.
struct Signs {
  double turned = 0;
  double eyes_covered = 0;
  double mouth_covered = 0;
};

Signs signs_of(const Chip& chip);

}  // namespace fr
