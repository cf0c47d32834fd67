// Checks the size, the light and the detail of the whole picture, and traces of strong JPEG compression.
#include "align/nothing.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "align/quality.hh"
#include "image/resize.hh"

namespace fr {
namespace {

constexpr int kLeastSide = 40;  // pixels: the smallest face that is looked for, unless asked to be thorough
constexpr int kDark = 60;  // of 255. A photo taken with a tenth of its light has nothing brighter than 26
constexpr double kMostClipped = .5;  // with twice the light, half of the median LFW photo is clipped
constexpr std::size_t kBlurPixels = 62'500;  // the size of an LFW photo
constexpr double kLeastDetail = .06;  // blurred by .1 eye distances 99 of 100 photos have less; as they are all have .11 and more (CFP, LFW)

/// The standard deviation of the picture's Laplacian over that of its brightness, as `sharpness` of a chip.
double detail(const Image& image) {
  const auto width = static_cast<std::size_t>(image.width);
  const auto height = static_cast<std::size_t>(image.height);
  const auto light = [&](std::size_t pixel) {
    const std::uint8_t* rgb = &image.rgb[3 * pixel];
    return (rgb[0] + rgb[1] + rgb[2]) / 3.0;
  };
  double sum = 0, squares = 0, changes = 0, square_changes = 0, count = 0;
  for (std::size_t y = 1; y + 1 < height; ++y) {
    for (std::size_t x = 1; x + 1 < width; ++x) {
      const std::size_t at = y * width + x;
      const double own = light(at);
      const double change = light(at - 1) + light(at + 1) + light(at - width) + light(at + width) - 4 * own;
      sum += own;
      squares += own * own;
      changes += change;
      square_changes += change * change;
      ++count;
    }
  }
  const double variance = squares / count - sum / count * (sum / count);
  return variance < 1 ? 1 : std::sqrt(std::max(square_changes / count - changes / count * (changes / count), 0.) / variance);
}

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
  if (detail(shrunk(image, kBlurPixels)) < kLeastDetail) {
    return "the picture is blurred, and hardly any detail is left: hold still, and focus on the face";
  }
  return {};
}

}  // namespace fr
