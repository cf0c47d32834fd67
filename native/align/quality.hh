// How good a chip is: numbers for the caller's policy on blurred and badly lit faces.
#pragma once

#include "align/signs.hh"
#include "face.hh"
#include "image/image.hh"

namespace fr {

/// What is measured of a face for the caller's policy.
struct Quality {
  double sharpness = 0;
  double brightness = 0;
  double least_sharpness = 0;
  double clipped = 0;
  double blocking = 0;
  Signs signs;
};

/// All of them, of variant 0's chip and of the picture that it was cut from.
Quality quality_of(const Image& image, const Box& box, const Chip& chip);

/// Sharpness of the middle of the chip, >= 0: the standard deviation of its Laplacian, divided by that of its brightness so
/// that neither light nor contrast counts. Based on a focus measure of Pech-Pacheco et al. (ICPR 2000). A small face, which
/// was enlarged to fill the chip, counts as blurred.
double sharpness(const Chip& chip);

/// Mean brightness of the middle of the chip, 0 black to 255 white.
double brightness(const Chip& chip);

/// Sharpness along the direction in which there is least of it, >= 0: the least standard deviation of the second difference
/// along a row, a column and the two diagonals, divided by that of the brightness. A moving camera or head smears a picture
/// in one direction and leaves the others sharp, so that `sharpness` hardly falls.
double least_sharpness(const Chip& chip);

/// Share of the middle of the chip, 0 to 1, in which a channel is at its end: what is overexposed shows nothing there.
double clipped(const Chip& chip);

/// How much a JPEG's blocks show in the middle of a box, >= 0: how much larger the steps of gray are at every eighth pixel
/// than beside it, divided by the mean step. Looks at 256 x 256 pixels at most; the grid may start anywhere. 0 where
/// the box holds less than four blocks. The idea is that of Wang, Sheikh and Bovik (ICIP 2002).
double blocking(const Image& image, const Box& box);

}  // namespace fr
