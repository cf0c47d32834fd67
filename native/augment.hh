// Variants of one face for training: what another photograph of the same person might have looked like.
#pragma once

#include "align.hh"
#include "face.hh"

namespace fr {

constexpr int kVariants = 42;  // rows of a trained model, as in the original system

/// One way to look at a face again. Variant 0 changes nothing.
struct Variant {
  double scale = 1;    // the chip's square grows by this factor: more than 1 shows more around the face
  double turn = 0;     // radians, clockwise as seen in the picture
  double shift_x = 0;  // parts of the chip's side
  double shift_y = 0;
  double gamma = 1;       // less than 1 is lighter
  double side_light = 0;  // brightness gained at the right edge and lost at the left, as a fraction
  double noise = 0;       // standard deviation of Gaussian noise, of 255
  int blur = 0;           // radius in pixels of a box blur, applied twice
  bool mirror = false;
};

/// The fixed list: even numbers look at the face as it is, odd numbers at its mirror image.
/// `index` is 0 <= index < kVariants.
Variant variant(int index);

/// The square to cut for a variant, from the aligned one.
ChipGeometry vary(const ChipGeometry& aligned, const Variant& variant);

/// Light, blur, noise and mirror, on the chip's pixels. The noise is the same for every photo and run.
void vary(Chip& chip, const Variant& variant);

}  // namespace fr
