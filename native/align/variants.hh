// Variants of one face: the looks whose mean describes it better than any one of them.
#pragma once

#include "align/align.hh"
#include "face.hh"

namespace fr {

constexpr int kVariants = 8;  // rows of a person's model

/// The variants that stand for a face to be judged: kProbeVariants from kFirstProbeVariant, a closer look and its mirror
/// image. With the gallery's eight, four looks found 0.001, 0.003 and 0.01 more at FMRs of 1e-3, 1e-4 and 1e-5 on CFP, for
/// twice the time of two.
constexpr int kFirstProbeVariant = 2;
constexpr int kProbeVariants = 2;

/// One way to look at a face. Variant 0 is dlib's: its landmarks, its padding.
struct Variant {
  double scale = 1;  // the chip's square grows by this factor: more than 1 shows more around the face
  bool refined = false;  // aligned by the refined landmarks
  bool mirror = false;
};

/// The fixed list: even numbers look at the face as it is, the odd number after each at the mirror image of that look.
/// `index` is 0 <= index < kVariants.
Variant variant(int index);

/// The square to cut for a variant of a face.
ChipGeometry square_of(const Detection& face, const Variant& variant);

/// Turns a chip into its mirror image.
void mirror(Chip& chip);

}  // namespace fr
