// Variants of one face: several looks at it. Their mean describes it better than any one of them.
#pragma once

#include <array>

#include "align/align.hh"
#include "face.hh"

namespace fr {

constexpr int kVariants = 8;  // rows of one photo in a person's model

/// The variants of a face to be judged: every square once, two of them mirrored. The four of two squares, each as it is and
/// mirrored, find .002 fewer true matches on LFW at an FMR of 1e-4, and .003 fewer on CFP at 1e-5; all eight find .001 more.
constexpr std::array<int, 4> kProbeVariants{0, 3, 4, 7};

/// One way to look at a face. Variant 0 is dlib's own, unless the face is turned away (detect/mesh.hh).
struct Variant {
  double scale = 1;  // of the chip's square; above 1 it shows more around the face
  bool refined = false;  // aligned by the refined landmarks
  bool mirror = false;
};

/// Variant `index`, 0 <= index < kVariants. An odd one is the mirror image of the even one before it.
Variant variant(int index);

/// Where a face lies: the squares of its chips, before a variant's scale.
struct Place {
  ChipGeometry plain;
  ChipGeometry refined;
};

/// By its landmarks.
Place place_by_landmarks(const Detection& face);

/// The square to cut for a variant of a face.
ChipGeometry square_of(const Place& face, const Variant& variant);

/// Turns a chip into its mirror image.
void mirror(Chip& chip);

}  // namespace fr
