// Two sets of five points -> the shift, turn and scale that bring the first closest to the second.
#pragma once

#include <array>
#include <complex>
#include <cstddef>

namespace fr {

/// A shift, turn and scale. With points as complex numbers: to = turn * (from - from_middle) + to_middle.
struct Similarity {
  std::complex<double> turn;
  std::complex<double> from_middle;
  std::complex<double> to_middle;
};

using FivePoints = std::array<std::complex<double>, 5>;

/// The least-squares fit, which has a closed form in complex numbers. The points of `from` may not all be the same.
inline Similarity fit_similarity(const FivePoints& from, const FivePoints& to) {
  Similarity fit;
  for (std::size_t i = 0; i < from.size(); ++i) {
    fit.from_middle += from[i] / 5.0;
    fit.to_middle += to[i] / 5.0;
  }
  std::complex<double> covariance;
  double variance = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::complex<double> offset = from[i] - fit.from_middle;
    covariance += std::conj(offset) * (to[i] - fit.to_middle);
    variance += std::norm(offset);
  }
  fit.turn = covariance / variance;
  return fit;
}

}  // namespace fr
