// One dimension of Winograd's F(4, 3): four outputs of a filter of three taps from six inputs, in six multiplications.
// For kernel files only; see simd.hh.
//
// The points are 0, +-kA, +-kB and infinity (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015). Our
// kA and kB lose fewer digits than the usual 1 and 2. Each function reads elements that are `step` apart.
#pragma once

#include "kernels/simd.hh"

namespace fr {
namespace {

constexpr float kA = 0.70710678F, kB = 1.41421356F;
constexpr float kA2 = kA * kA, kB2 = kB * kB;
constexpr int kLine = 4, kLinePoints = 6;

/// Three taps to six points.
inline __attribute__((always_inline)) void filter_line(const Floats* g, int step, Floats* to) {
  constexpr float kZero = 1 / (kA2 * kB2), kOne = 1 / (2 * kA2 * (kA2 - kB2)), kTwo = 1 / (2 * kB2 * (kB2 - kA2));
  const Floats a = g[0], b = g[step], c = g[2 * step];
  const Floats even_one = kOne * a + (kOne * kA2) * c, odd_one = (kOne * kA) * b;
  const Floats even_two = kTwo * a + (kTwo * kB2) * c, odd_two = (kTwo * kB) * b;
  to[0] = kZero * a;
  to[1] = even_one + odd_one;
  to[2] = even_one - odd_one;
  to[3] = even_two + odd_two;
  to[4] = even_two - odd_two;
  to[5] = c;
}

/// Six inputs to six points.
inline __attribute__((always_inline)) void input_line(const Floats* d, int step, Floats* to) {
  const Floats d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  const Floats even_one = d4 - kB2 * d2, odd_one = kA * (d3 - kB2 * d1);
  const Floats even_two = d4 - kA2 * d2, odd_two = kB * (d3 - kA2 * d1);
  to[0] = (kA2 * kB2) * d[0] - (kA2 + kB2) * d2 + d4;
  to[1] = even_one + odd_one;
  to[2] = even_one - odd_one;
  to[3] = even_two + odd_two;
  to[4] = even_two - odd_two;
  to[5] = (kA2 * kB2) * d1 - (kA2 + kB2) * d3 + d[5 * step];
}

/// Sums at six points to four outputs.
inline __attribute__((always_inline)) void output_line(const Floats* m, int step, Floats* to) {
  const Floats even_one = m[step] + m[2 * step], odd_one = m[step] - m[2 * step];
  const Floats even_two = m[3 * step] + m[4 * step], odd_two = m[3 * step] - m[4 * step];
  to[0] = m[0] + even_one + even_two;
  to[1] = kA * odd_one + kB * odd_two;
  to[2] = kA2 * even_one + kB2 * even_two;
  to[3] = (kA2 * kA) * odd_one + (kB2 * kB) * odd_two + m[5 * step];
}

}  // namespace
}  // namespace fr
