// Sharpness and brightness of a chip.
#include "align/quality.hh"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace fr {
namespace {

constexpr int kMargin = 30;  // pixels left out on each side: hair and background

struct Spread {
  double sum = 0;
  double squares = 0;
  int count = 0;

  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return sum / count; }
  /// Equal values would have a variance a little below 0, by rounding.
  double variance() const { return std::max(squares / count - sum / count * (sum / count), 0.); }
};

double gray(const Chip& chip, int x, int y) {
  const std::size_t at = static_cast<std::size_t>(y * kChipSide + x) * 3;
  return (chip.rgb[at] + chip.rgb[at + 1] + chip.rgb[at + 2]) / 3.0;
}

template <typename Value>
Spread over_the_middle(const Value& value) {
  Spread spread;
  for (int y = kMargin; y < kChipSide - kMargin; ++y) {
    for (int x = kMargin; x < kChipSide - kMargin; ++x) spread.add(value(x, y));
  }
  return spread;
}

}  // namespace

double sharpness(const Chip& chip) {
  const double light = over_the_middle([&](int x, int y) { return gray(chip, x, y); }).variance();
  const Spread laplacian = over_the_middle([&](int x, int y) {
    return gray(chip, x - 1, y) + gray(chip, x + 1, y) + gray(chip, x, y - 1) + gray(chip, x, y + 1) -
           4 * gray(chip, x, y);
  });
  return light <= 0 ? 0 : std::sqrt(laplacian.variance() / light);
}

double brightness(const Chip& chip) {
  return over_the_middle([&](int x, int y) { return gray(chip, x, y); }).mean();
}

}  // namespace fr
