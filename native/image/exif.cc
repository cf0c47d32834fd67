// EXIF orientation: reads the tag, and turns a stored picture upright.
#include <algorithm>
#include <cstring>
#include <utility>

#include "image/image_formats.hh"

namespace fr {
namespace {

constexpr unsigned kOrientationTag = 0x0112;
constexpr unsigned kShortType = 3;
constexpr std::size_t kEntrySize = 12;

/// The numbers of a TIFF block, in its own byte order. Past the end they read as 0, which is no valid value of any field here.
class Tiff {
 public:
  explicit Tiff(Bytes block) : block_(block), big_endian_(block.size > 0 && block.data[0] == 'M') {}

  std::uint32_t number(std::size_t at, std::size_t width) const {
    if (at > block_.size || block_.size - at < width) {
      return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      value = value << 8 | block_.data[at + (big_endian_ ? i : width - 1 - i)];
    }
    return value;
  }

 private:
  Bytes block_;
  bool big_endian_;
};

void swap_pixels(std::uint8_t* a, std::uint8_t* b) {
  std::swap_ranges(a, a + 3, b);
}

void reverse_pixels(std::uint8_t* first, std::size_t pixels) {
  for (std::size_t i = 0, j = pixels; i + 1 < j; ++i) {
    --j;
    swap_pixels(first + 3 * i, first + 3 * j);
  }
}

void mirror_rows(Image& image) {
  const std::size_t width = static_cast<std::size_t>(image.width);
  for (std::size_t at = 0; at < image.rgb.size(); at += 3 * width) {
    reverse_pixels(image.rgb.data() + at, width);
  }
}

void flip_rows(Image& image) {
  const std::ptrdiff_t row = std::ptrdiff_t{3} * image.width;
  for (int top = 0, bottom = image.height - 1; top < bottom; ++top, --bottom) {
    std::swap_ranges(image.rgb.begin() + top * row, image.rgb.begin() + (top + 1) * row,
                     image.rgb.begin() + bottom * row);
  }
}

/// Rows become columns (orientation 5). Orientations 6 to 8 also start from the right, from the bottom or both.
Image transpose(const Image& stored, bool from_right, bool from_bottom) {
  Image result = blank_image(stored.height, stored.width, 3);
  // Tile by tile, since one of the two pictures is read or written down its columns: a tile of both fits into the cache.
  constexpr int kTile = 32;
  for (int top = 0; top < result.height; top += kTile) {
    for (int left = 0; left < result.width; left += kTile) {
      const int bottom = std::min(top + kTile, result.height);
      const int right = std::min(left + kTile, result.width);
      for (int y = top; y < bottom; ++y) {
        const std::ptrdiff_t from_x = from_right ? stored.width - 1 - y : y;
        std::uint8_t* to = result.rgb.data() + (std::ptrdiff_t{y} * result.width + left) * 3;
        for (int x = left; x < right; ++x, to += 3) {
          const std::ptrdiff_t from_y = from_bottom ? stored.height - 1 - x : x;
          std::memcpy(to, stored.rgb.data() + (from_y * stored.width + from_x) * 3, 3);
        }
      }
    }
  }
  return result;
}

}  // namespace

int exif_orientation(Bytes exif) {
  constexpr std::size_t kPrefix = 6;
  if (exif.size >= kPrefix && std::memcmp(exif.data, "Exif\0\0", kPrefix) == 0) {
    exif = {exif.data + kPrefix, exif.size - kPrefix};
  }
  if (exif.size < 8 || (std::memcmp(exif.data, "II", 2) != 0 && std::memcmp(exif.data, "MM", 2) != 0)) {
    return 1;
  }
  const Tiff tiff(exif);
  if (tiff.number(2, 2) != 42) {
    return 1;
  }
  const std::size_t directory = tiff.number(4, 4);
  const std::size_t entries = tiff.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntrySize;
    if (tiff.number(entry, 2) == kOrientationTag) {
      const std::uint32_t value = tiff.number(entry + 2, 2) == kShortType ? tiff.number(entry + 8, 2) : 0;
      return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
    }
  }
  return 1;
}

Image upright(Image stored, int orientation) {
  switch (orientation) {
    case 2:
      mirror_rows(stored);
      return stored;
    case 3:
      reverse_pixels(stored.rgb.data(), stored.rgb.size() / 3);
      return stored;
    case 4:
      flip_rows(stored);
      return stored;
    case 5:
      return transpose(stored, false, false);
    case 6:
      return transpose(stored, false, true);
    case 7:
      return transpose(stored, true, true);
    case 8:
      return transpose(stored, true, false);
    default:
      return stored;
  }
}

}  // namespace fr
