// How much detail a chip holds.
#include "quality.hh"

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
  double variance() const { return squares / count - sum / count * (sum / count); }
};

}  // namespace

double sharpness(const Chip& chip) {
  const auto gray = [&chip](int x, int y) {
    const std::size_t at = static_cast<std::size_t>(y * kChipSide + x) * 3;
    return (chip.rgb[at] + chip.rgb[at + 1] + chip.rgb[at + 2]) / 3.0;
  };
  Spread laplacian;
  Spread brightness;
  for (int y = kMargin; y < kChipSide - kMargin; ++y) {
    for (int x = kMargin; x < kChipSide - kMargin; ++x) {
      laplacian.add(gray(x - 1, y) + gray(x + 1, y) + gray(x, y - 1) + gray(x, y + 1) - 4 * gray(x, y));
      brightness.add(gray(x, y));
    }
  }
  return brightness.variance() <= 0 ? 0 : std::sqrt(laplacian.variance() / brightness.variance());
}

}  // namespace fr
