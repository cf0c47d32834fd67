// Measures the quality of a face: sharpness, light, and traces of strong JPEG compression.
#include "align/quality.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "align/chip.hh"

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
  /// Rounding could make the variance of equal values a little less than 0.
  double variance() const { return std::max(squares / count - sum / count * (sum / count), 0.); }
};

template <typename Value>
Spread over_the_middle(const Value& value) {
  Spread spread;
  for (int y = kMargin; y < kChipSide - kMargin; ++y) {
    for (int x = kMargin; x < kChipSide - kMargin; ++x) spread.add(value(x, y));
  }
  return spread;
}

/// Standard deviation of the second difference along a direction.
double variance_along(const Chip& chip, int dx, int dy) {
  return over_the_middle([&](int x, int y) {
           return gray(chip, x - dx, y - dy) + gray(chip, x + dx, y + dy) - 2 * gray(chip, x, y);
         })
      .variance();
}

constexpr int kBlock = 8;  // pixels a side of a JPEG block
constexpr long kMostSide = 256;  // pixels a side of the part that is measured

/// Part of the picture, read row by row or column by column.
struct Part {
  const Image& image;
  long left, top, width, height;
  bool is_turned;

  long length() const { return is_turned ? height : width; }
  long lines() const { return is_turned ? width : height; }
  double gray(long along, long line) const {
    const long x = left + (is_turned ? line : along);
    const long y = top + (is_turned ? along : line);
    const auto at = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x));
    return (image.rgb[at] + 2 * image.rgb[at + 1] + image.rgb[at + 2]) / 4.0;
  }
};

/// The mean step between neighbours, and how much larger it is at every eighth pixel than beside it.
struct Steps {
  double mean = 0;
  double jump = 0;
};

Steps steps_along(const Part& part) {
  const long steps = part.length() - 1;
  std::vector<double> mean(static_cast<std::size_t>(steps));  // at each place, over the lines
  std::vector<double> jump(static_cast<std::size_t>(steps));
  std::vector<double> step(static_cast<std::size_t>(steps));
  for (long line = 0; line < part.lines(); ++line) {
    for (long i = 0; i < steps; ++i) step[static_cast<std::size_t>(i)] = std::abs(part.gray(i + 1, line) - part.gray(i, line));
    for (std::size_t i = 1; i + 1 < step.size(); ++i) {
      mean[i] += step[i];
      jump[i] += step[i] - (step[i - 1] + step[i + 1]) / 2;
    }
  }
  std::array<Spread, kBlock> phases;
  Spread all;
  for (std::size_t i = 1; i + 1 < step.size(); ++i) {
    phases[i % kBlock].add(jump[i]);
    all.add(mean[i]);
  }
  double most = 0;
  for (const Spread& phase : phases) most = std::max(most, phase.mean());
  const auto lines = static_cast<double>(part.lines());
  return {all.mean() / lines, most / lines};
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

double least_sharpness(const Chip& chip) {
  // A diagonal step is longer: smooth shapes differ twice as much along it, noise the same. 1.6 lies between.
  constexpr double kDiagonal = 1.6;
  const double light = over_the_middle([&](int x, int y) { return gray(chip, x, y); }).variance();
  const double straight = std::min(variance_along(chip, 1, 0), variance_along(chip, 0, 1));
  const double diagonal = std::min(variance_along(chip, 1, 1), variance_along(chip, 1, -1));
  return light <= 0 ? 0 : std::sqrt(std::min(straight, diagonal / (kDiagonal * kDiagonal)) / light);
}

double clipped(const Chip& chip) {
  constexpr int kEnd = 253;  // of 255, because JPEG rounds
  return over_the_middle([&](int x, int y) {
           const auto* pixel = &chip.rgb[static_cast<std::size_t>(y * kChipSide + x) * 3];
           return *std::max_element(pixel, pixel + 3) >= kEnd ? 1.0 : 0.0;
         })
      .mean();
}

double blocking(const Image& image, const Box& box) {
  Part part{image, std::max(box.left, 0L), std::max(box.top, 0L), 0, 0, false};
  part.width = std::min<long>(box.right, image.width) - part.left;
  part.height = std::min<long>(box.bottom, image.height) - part.top;
  for (auto [start, size] : {std::pair{&part.left, &part.width}, std::pair{&part.top, &part.height}}) {
    if (*size < 4 * kBlock) return 0;
    *start += std::max(*size - kMostSide, 0L) / 2;
    *size = std::min(*size, kMostSide);
  }
  const Steps across = steps_along(part);
  part.is_turned = true;
  const Steps down = steps_along(part);
  const double mean = across.mean + down.mean;
  return mean <= 0 ? 0 : (across.jump + down.jump) / mean;
}

Quality quality_of(const Image& image, const Box& box, const Chip& chip) {
  return {sharpness(chip), brightness(chip), least_sharpness(chip), clipped(chip), blocking(image, box),
          signs_of(chip)};
}

}  // namespace fr
