// Measures how good a face's picture is, for callers that refuse or advise on blurred and badly lit faces.
#pragma once

#include "align/signs.hh"
#include "face.hh"
#include "image/image.hh"

namespace fr {

/// `blocking` above this means that blocks hide what a photo shows. Of photos as they are 9 of 5,000 (CFP) and none of 3,221
/// (LFW) are above, and of those compressed with quality 10 all.
constexpr double kMostBlocking = .7;

/// The measures of one face.
struct Quality {
  double sharpness = 0;
  double brightness = 0;
  double least_sharpness = 0;
  double clipped = 0;
  double blocking = 0;
  Signs signs;
};

/// All measures, from variant 0's chip and the picture that it was cut from.
Quality quality_of(const Image& image, const Box& box, const Chip& chip);

/// Sharpness of the middle of the chip, >= 0: the standard deviation of its Laplacian, divided by that of its brightness so
/// that neither light nor contrast counts. Based on a focus measure of Pech-Pacheco et al. (ICPR 2000). A small face, which
/// was enlarged to fill the chip, counts as blurred.
double sharpness(const Chip& chip);

/// Mean brightness of the middle of the chip, 0 black to 255 white.
double brightness(const Chip& chip);

/// Sharpness in the least sharp direction, >= 0: the least standard deviation of the second difference along a row, a column
/// and the two diagonals, divided by that of the brightness. A moving camera or head blurs one direction and leaves the others
/// sharp, so `sharpness` hardly falls.
double least_sharpness(const Chip& chip);

/// Share of the middle of the chip, 0 to 1, where a channel has its highest value: overexposed parts show nothing.
double clipped(const Chip& chip);

/// How visible JPEG blocks are in the middle of a box, >= 0: how much larger the steps of gray are at every eighth pixel than
/// beside it, divided by the mean step. Measures at most 256 x 256 pixels. The block grid may start anywhere. 0 if the box
/// holds fewer than four blocks. After Wang, Sheikh and Bovik (ICIP 2002).
double blocking(const Image& image, const Box& box);

}  // namespace fr
