// Rounds a value to its type at once, so that the compiler cannot fuse a multiplication with an addition.
//
// Rectangles and pixels are rounded from values that are often exact halves. dlib's arithmetic as it is written decides to
// which side, and a fused multiply-add would leave out one rounding. gray_kernels.cc has the same for vectors.
#pragma once

namespace fr {

template <typename Number>
Number rounded(Number value) {
  const volatile Number stored = value;
  return stored;
}

}  // namespace fr
