// Signs that a photo is spoiled: a face turned away, covered eyes, a covered mouth.
#pragma once

#include <array>

#include "face.hh"

namespace fr {

constexpr int kCells = 10;  // cells a side, of 10 x 10 pixels each, over the middle of the chip
constexpr int kTextures = 3;  // brightness, steps along rows, steps along columns
constexpr int kTextureSize = kTextures * kCells * kCells;

/// The brightness of each cell, then its change along rows, then along columns. Each third has mean 0 and standard deviation
/// 1, so that light and contrast do not matter; it is all 0 if its cells are alike.
using Texture = std::array<float, kTextureSize>;

Texture texture_of(const Chip& chip);

/// Each is above 0 if the chip looks as if it has that sign. Linear in the texture. tools/lab/coach-fit.ts fits the weights and
/// says on which photos.
struct Signs {
  double turned = 0;
  double eyes_covered = 0;
  double mouth_covered = 0;
};

Signs signs_of(const Chip& chip);

}  // namespace fr
