// Test pictures, orientations, EXIF blocks and bytes: all that needs no encoder.
#include "pictures/pictures.hh"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace pictures {
namespace {

std::uint8_t* pixel(fr::Image& image, int x, int y) {
  return image.rgb.data() + (std::ptrdiff_t{y} * image.width + x) * 3;
}

const std::uint8_t* pixel(const fr::Image& image, int x, int y) {
  return image.rgb.data() + (std::ptrdiff_t{y} * image.width + x) * 3;
}

fr::Image blank(int width, int height) {
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return {width, height, std::vector<std::uint8_t>(pixels * 3)};
}

}  // namespace

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "cannot make a test picture: %s\n", what);
    std::abort();
  }
}

void put(File& file, std::uint64_t value, int width, bool big_endian) {
  for (int i = 0; i < width; ++i) {
    const int shift = 8 * (big_endian ? width - 1 - i : i);
    file.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

File operator+(const File& a, const File& b) {
  File both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

File bytes(const std::string& text) {
  return File(text.begin(), text.end());
}

fr::Image patches() {
  static constexpr std::uint8_t kColours[6][3] = {{220, 40, 30},  {30, 180, 60},   {40, 60, 200},
                                                  {240, 220, 50}, {120, 120, 120}, {20, 20, 20}};
  fr::Image image = blank(48, 32);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 48; ++x) {
      std::memcpy(pixel(image, x, y), kColours[y / 16 * 3 + x / 16], 3);
    }
  }
  return image;
}

// EXIF 2.3, tag 274, says on which sides of the upright picture the stored row 0 and column 0 lie. This follows that text,
// and not the code under test.
fr::Image stored_as(const fr::Image& upright, int orientation) {
  struct Sides {
    bool swapped, row_far, column_far;  // far: the right or the bottom
  };
  static constexpr Sides kSides[9] = {{false, false, false}, {false, false, false}, {false, false, true},
                                      {false, true, true},   {false, true, false},  {true, false, false},
                                      {true, true, false},   {true, true, true},    {true, false, true}};
  const Sides& sides = kSides[orientation];
  fr::Image stored = sides.swapped ? blank(upright.height, upright.width) : blank(upright.width, upright.height);
  for (int row = 0; row < stored.height; ++row) {
    for (int column = 0; column < stored.width; ++column) {
      const int along_row_axis = sides.row_far ? stored.height - 1 - row : row;
      const int along_column_axis = sides.column_far ? stored.width - 1 - column : column;
      const int x = sides.swapped ? along_row_axis : along_column_axis;
      const int y = sides.swapped ? along_column_axis : along_row_axis;
      std::memcpy(pixel(stored, column, row), pixel(upright, x, y), 3);
    }
  }
  return stored;
}

fr::Image decode(const File& file, const fr::ImageLimits& limits) {
  return fr::decode_image(file.data(), file.size(), limits);
}

int difference(const fr::Image& a, const fr::Image& b) {
  if (a.width != b.width || a.height != b.height || a.rgb.size() != b.rgb.size()) {
    return 256;
  }
  int largest = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) {
    largest = std::max(largest, std::abs(int{a.rgb[i]} - int{b.rgb[i]}));
  }
  return largest;
}

File exif(int orientation, bool big_endian) {
  File block = bytes(big_endian ? "MM" : "II");
  put(block, 42, 2, big_endian);
  put(block, 8, 4, big_endian);
  put(block, 2, 2, big_endian);
  const auto short_entry = [&](unsigned tag, int value) {
    put(block, tag, 2, big_endian);
    put(block, 3, 2, big_endian);
    put(block, 1, 4, big_endian);
    put(block, static_cast<std::uint64_t>(value), 2, big_endian);
    put(block, 0, 2, big_endian);
  };
  short_entry(0x0106, 2);
  short_entry(0x0112, orientation);
  put(block, 0, 4, big_endian);
  return block;
}

File prefixed_exif(int orientation, bool big_endian) {
  return bytes(std::string("Exif\0\0", 6)) + exif(orientation, big_endian);
}

}  // namespace pictures
