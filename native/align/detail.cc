// Softens and sharpens chips.
#include "align/detail.hh"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace fr {
namespace {

/// Below this sharpness a chip is sharpened; handler/enrolling.ts does not enrol such a face. Photos that were taken a little soft
/// and not blurred, with .08 to .14, lose by it (LFW).
constexpr double kSharpEnough = .08;

constexpr std::array<int, 5> kBinomial{1, 4, 6, 4, 1};
constexpr int kSum = 16;

/// Filters one line of kChipSide values, `step` bytes apart.
void soften_line(std::uint8_t* first, std::size_t step) {
  std::array<std::uint8_t, kChipSide + 4> line;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto at = std::clamp<std::size_t>(i, 2, kChipSide + 1) - 2;
    line[i] = first[at * step];
  }
  for (std::size_t i = 0; i < kChipSide; ++i) {
    int sum = kSum / 2;  // rounds
    for (std::size_t k = 0; k < kBinomial.size(); ++k) sum += kBinomial[k] * line[i + k];
    first[i * step] = static_cast<std::uint8_t>(sum / kSum);
  }
}

}  // namespace

void soften(Chip& chip) {
  constexpr std::size_t kRow = 3u * kChipSide;
  for (std::size_t i = 0; i < kRow; ++i) soften_line(&chip.rgb[i], kRow);
  for (std::size_t y = 0; y < kChipSide; ++y) {
    for (std::size_t colour = 0; colour < 3; ++colour) soften_line(&chip.rgb[y * kRow + colour], 3);
  }
}

void sharpen(Chip& chip) {
  Chip soft = chip;
  for (int i = 0; i < 6; ++i) soften(soft);
  for (std::size_t i = 0; i < chip.rgb.size(); ++i) {
    chip.rgb[i] = static_cast<std::uint8_t>(std::clamp(2 * chip.rgb[i] - soft.rgb[i], 0, 255));
  }
}

void mend_detail(Chip& chip, const Quality& quality, double side) {
  if (quality.blocking > kMostBlocking) {
    if (side < kChipSide) soften(chip);
  } else if (quality.sharpness < kSharpEnough) {
    sharpen(chip);
  }
}

}  // namespace fr
