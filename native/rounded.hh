// Values that are rounded where they stand, whatever the compiler would fuse them with.
//
// Rectangles and pixels are rounded from values that are often halves, and dlib's arithmetic as written decides to which
// side. A fused multiply-add would skip one rounding. Kernels have a word of their own for vectors: gray_kernels.cc.
#pragma once

namespace fr {

template <typename Number>
Number rounded(Number value) {
  const volatile Number stored = value;
  return stored;
}

}  // namespace fr
