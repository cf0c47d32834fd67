// Build time only: float32 -> half-precision numbers (IEEE 754 binary16), for the half-size weights file, and back.
#pragma once

#include <cstdint>
#include <cstring>

namespace fr {

/// The nearest half, ties to even. Infinite from 65520 on, and for NaN.
inline std::uint16_t to_half(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  float size = value < 0 ? -value : value;
  if (!(size < 65520)) return sign | 0x7c00;
  // Below 2^-14 halves are 2^-24 apart, and so are floats from 1/2 on: adding 1/2 rounds as we want.
  if (size < 0x1p-14F) {
    size += 0.5F;
    std::memcpy(&bits, &size, sizeof bits);
    return static_cast<std::uint16_t>(sign | (bits - 0x3f000000));
  }
  std::memcpy(&bits, &size, sizeof bits);
  bits += 0xfff + (bits >> 13 & 1);
  return static_cast<std::uint16_t>(sign | ((bits >> 13) - (112 << 10)));
}

/// Exactly; of a half that is finite.
inline float from_half(std::uint16_t half) {
  const std::uint32_t exponent = half >> 10 & 31;
  const auto digits = static_cast<float>(half & 0x3ff);
  const std::uint32_t bits = (exponent == 0 ? 103U : exponent + 102) << 23;  // what the last digit is worth
  float unit;
  std::memcpy(&unit, &bits, sizeof unit);
  const float size = (exponent == 0 ? digits : digits + 1024) * unit;
  return (half & 0x8000) != 0 ? -size : size;
}

}  // namespace fr
