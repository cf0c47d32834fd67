// The parts of the HOG face detector, compared with dlib on every instruction set.
#include <dlib/image_transforms.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "check.hh"
#include "image/gray.hh"
#include "detect/hog.hh"
#include "detect/hog_blob.hh"

namespace {

using Random = std::mt19937;

fr::HogFilters view(const std::vector<std::uint8_t>& bytes) {
  const Aligned aligned(bytes);
  fr::HogFilters filters = fr::view_hog_filters(aligned.words.data(), bytes.size());
  filters.thresholds = nullptr;  // they point into `aligned`, which is freed
  return filters;
}

TEST("gray values are dlib's") {
  Random random(3);
  fr::Image image{257, 1, std::vector<std::uint8_t>(3 * 257)};
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>(random());
  image.rgb[0] = image.rgb[1] = image.rgb[2] = 255;
  for (const fr::Isa isa : fr::usable_isas()) {
    const fr::GrayImage gray = fr::to_gray(image, isa);
    for (std::size_t i = 0; i < gray.pixels.size(); ++i) {
      unsigned char expected = 0;
      dlib::assign_pixel(expected, dlib::rgb_pixel(image.rgb[3 * i], image.rgb[3 * i + 1], image.rgb[3 * i + 2]));
      CHECK_EQ(gray.pixels[i], expected);
    }
  }
}

// dlib's choice among 18 directions, as its fhog.h describes it.
int nearest_direction(int x, int y) {
  constexpr float kDirections[9][2] = {{1.0000f, 0.0000f}, {0.9397f, 0.3420f},  {0.7660f, 0.6428f},
                                       {0.500f, 0.8660f},  {0.1736f, 0.9848f},  {-0.1736f, 0.9848f},
                                       {-0.5000f, 0.8660f}, {-0.7660f, 0.6428f}, {-0.9397f, 0.3420f}};
  float best = 0;
  int direction = 0;
  for (int i = 0; i < 9; ++i) {
    const float product = static_cast<float>(x) * kDirections[i][0] + static_cast<float>(y) * kDirections[i][1];
    if (std::abs(product) > best) direction = product > 0 ? i : i + 9;
    best = std::max(best, std::abs(product));
  }
  return direction;
}

// The bin of a tile's only vote, 0 to 17; -1 if the vote has the wrong size or falls into several bins.
int bin_of_vote(const fr::CellKernels& kernels, int x, int y) {
  std::uint8_t pixels[fr::kCell + 2][fr::kTileWidth + 2] = {};
  const int column = (x + 255) % fr::kTileWidth;
  const int row = (y + 255) % fr::kCell;
  pixels[row + 1][column + 2] = static_cast<std::uint8_t>(std::max(x, 0));
  pixels[row + 1][column] = static_cast<std::uint8_t>(std::max(-x, 0));
  pixels[row + 2][column + 1] = static_cast<std::uint8_t>(std::max(y, 0));
  pixels[row][column + 1] = static_cast<std::uint8_t>(std::max(-y, 0));
  const fr::HogTile tile{&pixels[1][1], fr::kTileWidth + 2, row, row + 1, column, column + 1};
  constexpr std::size_t kSize = (fr::kTileBlocks + 1) * fr::kBins;
  alignas(16) float cells[2][kSize] = {};
  kernels.histogram(tile, cells[0], cells[1]);
  float sums[fr::kBins] = {};
  for (std::size_t i = 0; i < 2 * kSize; ++i) sums[i % kSize % fr::kBins] += cells[i / kSize][i % kSize];
  sums[0] += sums[fr::kOrientations];
  const float* most = std::max_element(sums, sums + fr::kOrientations);
  float others = -*most;
  for (int bin = 0; bin < fr::kOrientations; ++bin) others += sums[bin];
  const double size = std::sqrt(static_cast<double>(x * x + y * y));
  return others == 0 && std::abs(static_cast<double>(*most) - size) < 1e-5 * size ? static_cast<int>(most - sums) : -1;
}

TEST("every gradient votes for dlib's direction") {
  for (const fr::Isa isa : fr::usable_isas()) {
    int wrong = 0;
    for (int y = -255; y <= 255; ++y) {
      for (int x = -255; x <= 255; ++x) {
        if (x == 0 && y == 0) continue;
        wrong += bin_of_vote(fr::kernels_for(isa).cell, x, y) != nearest_direction(x, y);
      }
    }
    CHECK_EQ(wrong, 0);
  }
}

TEST("filters that are cut short, of another kind or not numbers are refused") {
  CHECK_EQ(view(hog_blob()).detectors, 5);
  const auto refuses = [](std::size_t word, std::int32_t value, const char* why) {
    std::vector<std::uint8_t> bytes = hog_blob();
    std::memcpy(bytes.data() + word * 4, &value, sizeof value);
    CHECK_THROWS(std::runtime_error, why, view(bytes));
  };
  for (const std::size_t size : {std::size_t{0}, std::size_t{55}, std::size_t{56}, hog_blob().size() - 4}) {
    CHECK_THROWS(std::runtime_error, "unusable", view({hog_blob().begin(), hog_blob().begin() + static_cast<long>(size)}));
  }
  refuses(0, 0, "another kind of data");
  refuses(1, 2, "another kind of data");
  refuses(2, -1, "too many filters or none");
  refuses(3, 1 << 30, "too many filters or none");
  refuses(4, 32, "another kind of filter");
  refuses(6, 0, "sizes out of range");
  refuses(11, 0x7ff80000, "overlaps out of range");
  refuses(15, 0x7ff00000, "a number that is none");
  refuses(14 + 10, 5, "no detector or plane");
  refuses(14 + 11, 31, "no detector or plane");
  refuses(hog_blob().size() / 4 - 1, 0x7fc00000, "a number that is none");
}

}  // namespace

int main() { return check::run_tests(); }
