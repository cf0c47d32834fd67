// Variants of one face for training. The chip varies and not the photo, so no variant can lose its face.
#include "augment.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <random>

namespace fr {
namespace {

constexpr double kDegree = 3.14159265358979323846 / 180;

Variant scaled(double scale) {
  Variant v;
  v.scale = scale;
  return v;
}
Variant turned(double degrees) {
  Variant v;
  v.turn = degrees * kDegree;
  return v;
}
Variant shifted(double x, double y) {
  Variant v;
  v.shift_x = x;
  v.shift_y = y;
  return v;
}
Variant lit(double gamma, double side_light) {
  Variant v;
  v.gamma = gamma;
  v.side_light = side_light;
  return v;
}
Variant degraded(int blur, double noise) {
  Variant v;
  v.blur = blur;
  v.noise = noise;
  return v;
}

// Scales .933 and 1.067 are paddings .20 and .30 of the aligned chip's .25.
const std::array<Variant, kVariants / 2> kLooks{
    Variant{},         scaled(.933),      scaled(1.067),      scaled(.88),       scaled(1.13),     turned(-3),
    turned(3),         turned(-6),        turned(6),          shifted(-.03, 0),  shifted(.03, 0),  shifted(0, -.03),
    shifted(0, .03),   lit(.7, 0),        lit(1.4, 0),        lit(1, -.3),       lit(1, .3),       degraded(1, 0),
    degraded(2, 0),    degraded(0, 8),    degraded(1, 8)};

std::uint8_t clamp_to_byte(double value) { return static_cast<std::uint8_t>(std::clamp(value + .5, 0., 255.)); }

void relight(Chip& chip, const Variant& variant) {
  std::array<double, 256> curve{};
  for (std::size_t i = 0; i < curve.size(); ++i) {
    curve[i] = 255 * std::pow(static_cast<double>(i) / 255, variant.gamma);
  }
  for (std::size_t i = 0; i < chip.rgb.size(); ++i) {
    const double across = static_cast<double>(i / 3 % kChipSide) / (kChipSide - 1) * 2 - 1;  // -1 left, 1 right
    chip.rgb[i] = clamp_to_byte(curve[chip.rgb[i]] * (1 + variant.side_light * across));
  }
}

// One pass along rows (step 3 bytes) or columns (step one row); the edge pixel stands in for what lies beyond it.
void box_blur(Chip& chip, int radius, int step, int line_step) {
  const std::vector<std::uint8_t> source = chip.rgb;
  for (int line = 0; line < kChipSide; ++line) {
    for (int i = 0; i < kChipSide; ++i) {
      for (int channel = 0; channel < 3; ++channel) {
        int sum = 0;
        for (int d = -radius; d <= radius; ++d) {
          const int from = std::clamp(i + d, 0, kChipSide - 1);
          sum += source[static_cast<std::size_t>(line * line_step + from * step + channel)];
        }
        chip.rgb[static_cast<std::size_t>(line * line_step + i * step + channel)] =
            clamp_to_byte(static_cast<double>(sum) / (2 * radius + 1));
      }
    }
  }
}

// The sum of four uniform bytes is near enough to Gaussian, and unlike std::normal_distribution the same everywhere.
void add_noise(Chip& chip, double deviation) {
  std::mt19937 random(20170327);
  constexpr double kDeviationOfSum = 147.8;  // sqrt(4 * (256^2 - 1) / 12)
  for (std::uint8_t& value : chip.rgb) {
    const auto bits = static_cast<std::uint32_t>(random());
    const double sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
    value = clamp_to_byte(value + (sum - 510) / kDeviationOfSum * deviation);
  }
}

void mirror(Chip& chip) {
  for (int y = 0; y < kChipSide; ++y) {
    for (int x = 0; x < kChipSide / 2; ++x) {
      const auto left = chip.rgb.begin() + (y * kChipSide + x) * 3;
      const auto right = chip.rgb.begin() + (y * kChipSide + kChipSide - 1 - x) * 3;
      std::swap_ranges(left, left + 3, right);
    }
  }
}

}  // namespace

Variant variant(int index) {
  Variant v = kLooks.at(static_cast<std::size_t>(index / 2));
  v.mirror = index % 2 == 1;
  return v;
}

ChipGeometry vary(const ChipGeometry& aligned, const Variant& variant) {
  const double right = std::cos(aligned.angle) * aligned.side;
  const double down = std::sin(aligned.angle) * aligned.side;
  return {{aligned.center.x + right * variant.shift_x - down * variant.shift_y,
           aligned.center.y + down * variant.shift_x + right * variant.shift_y},
          aligned.side * variant.scale,
          aligned.angle + variant.turn};
}

void vary(Chip& chip, const Variant& variant) {
  if (variant.gamma != 1 || variant.side_light != 0) relight(chip, variant);
  for (int pass = 0; variant.blur > 0 && pass < 2; ++pass) {
    box_blur(chip, variant.blur, 3, 3 * kChipSide);
    box_blur(chip, variant.blur, 3 * kChipSide, 3);
  }
  if (variant.noise > 0) add_noise(chip, variant.noise);
  if (variant.mirror) mirror(chip);
}

}  // namespace fr
