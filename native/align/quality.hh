// How good a chip is: numbers for the caller's policy on blurred and badly lit faces.
#pragma once

#include "face.hh"

namespace fr {

/// Sharpness of the middle of the chip, >= 0: the standard deviation of its Laplacian, divided by that of its brightness so
/// that neither light nor contrast counts. Based on a focus measure of Pech-Pacheco et al. (ICPR 2000). A small face, which
/// was enlarged to fill the chip, counts as blurred.
double sharpness(const Chip& chip);

/// Mean brightness of the middle of the chip, 0 black to 255 white.
double brightness(const Chip& chip);

}  // namespace fr
