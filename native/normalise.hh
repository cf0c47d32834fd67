// Pixels -> the input of dlib's networks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fr {

/// (value - mean) / 256 for each channel of `pixels` RGB pixels, as in dlib's input_rgb_image. The means are those of dlib's
/// training data. Writes 3 * pixels floats.
inline void normalise(const std::uint8_t* rgb, std::size_t pixels, float* out) {
  constexpr float kMean[3] = {122.782F, 117.001F, 104.298F};
  for (std::size_t i = 0; i < 3 * pixels; i += 3) {
    for (std::size_t c = 0; c < 3; ++c) out[i + c] = (static_cast<float>(rgb[i + c]) - kMean[c]) / 256;
  }
}

}  // namespace fr
