// Computes the texture of a chip, and from it the signs of a spoiled photo.
#include "align/signs.hh"

#include <cmath>
#include <cstddef>

#include "align/chip.hh"

namespace fr {
namespace {

// Made by tools/lab/coach-fit.ts: kTextureSize weights and a constant for each sign.
constexpr double kTurned[] = {
#include "align/signs_turned.inc"
};
constexpr double kEyesCovered[] = {
#include "align/signs_eyes.inc"
};
constexpr double kMouthCovered[] = {
#include "align/signs_mouth.inc"
};

constexpr int kCellSide = 10;  // pixels
constexpr int kMargin = (kChipSide - kCells * kCellSide) / 2;

/// Writes one third of the texture: the mean of `value` in each cell, passed through `scale`, with mean 0 and deviation 1.
template <typename Value, typename Scale>
void fill(float* third, const Value& value, const Scale& scale) {
  std::array<double, kCells * kCells> cells{};
  for (int y = 0; y < kCells * kCellSide; ++y) {
    for (int x = 0; x < kCells * kCellSide; ++x) {
      cells[static_cast<std::size_t>(y / kCellSide * kCells + x / kCellSide)] += value(kMargin + x, kMargin + y);
    }
  }
  double mean = 0;
  for (double& cell : cells) mean += cell = scale(cell / (kCellSide * kCellSide));
  mean /= cells.size();
  double squares = 0;
  for (const double cell : cells) squares += (cell - mean) * (cell - mean);
  const double deviation = std::sqrt(squares / cells.size());
  for (const double cell : cells) *third++ = deviation < 1e-6 ? 0 : static_cast<float>((cell - mean) / deviation);
}

template <std::size_t size>
double sign(const Texture& texture, const double (&weights)[size]) {
  static_assert(size == kTextureSize + 1);
  double sum = weights[kTextureSize];
  for (std::size_t i = 0; i < texture.size(); ++i) sum += double{texture[i]} * weights[i];
  return sum;
}

}  // namespace

Texture texture_of(const Chip& chip) {
  Texture texture;
  float* third = texture.data();
  const auto log_of = [](double step) { return std::log1p(step); };
  fill(third, [&](int x, int y) { return gray(chip, x, y); }, [](double light) { return light; });
  third += kCells * kCells;
  fill(third, [&](int x, int y) { return std::abs(gray(chip, x + 1, y) - gray(chip, x - 1, y)) / 2; }, log_of);
  third += kCells * kCells;
  fill(third, [&](int x, int y) { return std::abs(gray(chip, x, y + 1) - gray(chip, x, y - 1)) / 2; }, log_of);
  return texture;
}

Signs signs_of(const Chip& chip) {
  const Texture texture = texture_of(chip);
  return {sign(texture, kTurned), sign(texture, kEyesCovered), sign(texture, kMouthCovered)};
}

}  // namespace fr
