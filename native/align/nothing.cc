// Checks the size and light of the whole picture, and traces of strong JPEG compression.
#include "align/nothing.hh"

#include <algorithm>
#include <array>
#include <cstddef>

#include "align/quality.hh"

namespace fr {
namespace {

constexpr int kLeastSide = 40;  // pixels: the smallest face that is looked for, unless asked to be thorough
constexpr int kDark = 60;  // of 255. A photo taken with a tenth of its light has nothing brighter than 26
constexpr double kMostClipped = .5;  // with twice the light, half of the median LFW photo is clipped
constexpr double kMostBlocking = .7;  // as in handler/advice.ts

}  // namespace

std::string why_nothing_shows(const Image& image) {
  if (std::min(image.width, image.height) < kLeastSide) {
    return "the picture is too small, " + std::to_string(image.width) + " x " + std::to_string(image.height) +
           " pixels: use a larger one, the face 40 pixels wide or more";
  }
  std::size_t pixels = 0;
  std::size_t clipped = 0;
  std::array<std::size_t, 256> of_brightness{};
  for (std::size_t at = 0; at + 2 < image.rgb.size(); at += 3) {
    const int most = std::max({image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]});
    ++of_brightness[static_cast<std::size_t>(most)];
    ++pixels;
    if (most >= 253) ++clipped;
  }
  std::size_t below = 0;
  int bright = 0;  // one pixel in a hundred is brighter
  while (bright < 255 && (below += of_brightness[static_cast<std::size_t>(bright)]) * 100 < pixels * 99) ++bright;
  if (bright < kDark) {
    return "the picture is dark, almost all of it below " + std::to_string(bright + 1) +
           " of 255: use more light, from the front";
  }
  if (static_cast<double>(clipped) > kMostClipped * static_cast<double>(pixels)) {
    return "the picture is overexposed, " + std::to_string(clipped * 100 / pixels) +
           " % of it too bright to show anything: use less light";
  }
  if (blocking(image, {0, 0, image.width, image.height}) > kMostBlocking) {
    return "the picture is compressed too hard, and its blocks hide what it shows: use the original file";
  }
  return {};
}

}  // namespace fr
