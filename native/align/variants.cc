// The list of variants. We vary the chip and not the photo, so no variant can lose its face.
#include "align/variants.hh"

#include <algorithm>
#include <array>
#include <cstddef>

namespace fr {
namespace {

// Scales of .933, .9 and 1.033 give paddings of .20, .175 and .275; dlib's chip has .25. We chose them on CFP's frontal
// pictures among scales from .8 to 1.2, turns of 3 to 8 degrees, shifts, light, blur and noise. A gallery of 12 or 26 looks
// finds no more than these eight.
constexpr std::array<Variant, kVariants / 2> kLooks{
    {{1, false, false}, {.933, true, false}, {.9, true, false}, {1.033, true, false}}};

}  // namespace

Variant variant(int index) {
  Variant v = kLooks.at(static_cast<std::size_t>(index / 2));
  v.mirror = index % 2 == 1;
  return v;
}

Place place_by_landmarks(const Detection& face) { return {align(face.landmarks), align(face.refined)}; }

ChipGeometry square_of(const Place& face, const Variant& variant) {
  ChipGeometry geometry = variant.refined ? face.refined : face.plain;
  geometry.side *= variant.scale;
  return geometry;
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

}  // namespace fr
