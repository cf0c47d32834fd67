// JPEG -> pixels through libjpeg.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "image/jpeg_reader.hh"

#include <jerror.h>

namespace fr {
namespace {

// libjpeg holds a file of several scans whole until its last one: two bytes a sample, which for three full planes is six
// bytes a pixel, and some more for sides that are no multiple of a block.
constexpr std::size_t kHeldBytesPerPixel = 6;
constexpr std::size_t kHeldSlack = std::size_t{1} << 20;

}  // namespace

JpegReader::JpegReader(Bytes file, const ImageLimits& limits) : file_(file), limits_(limits) {
  listen();
  guarded([&] { jpeg_create_decompress(&info_); });
  info_.progress = &progress_;
}

void JpegReader::read_header() {
  try {
    guarded([&] {
      jpeg_mem_src(&info_, file_.data, static_cast<unsigned long>(file_.size));
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
      jpeg_read_header(&info_, TRUE);
    });
  } catch (const UnusablePicture&) {
    // A side that is too long for libjpeg mostly also makes a picture above our limit, which is then the better reason.
    if (errors_.msg_code == JERR_IMAGE_TOO_BIG) {
      check_pixels(info_.image_width, info_.image_height, limits_);
    }
    throw;
  }
  check_size(info_.image_width, info_.image_height, limits_);
  // libjpeg-turbo 3 reads such headers without complaint, but gives no pixels through this interface.
  if (info_.data_precision != 8) {
    fail(JERR_BAD_PRECISION);
  }
  check_memory();
}

void JpegReader::check_memory() {
  bool several = false;
  guarded([&] { several = jpeg_has_multiple_scans(&info_) != FALSE; });
  if (!several) {
    return;
  }
  std::size_t held = 0;
  for (int i = 0; i < info_.num_components; ++i) {
    const jpeg_component_info& plane = info_.comp_info[i];
    held += std::size_t{plane.width_in_blocks} * plane.height_in_blocks * sizeof(JBLOCK);
  }
  const std::size_t most = kHeldBytesPerPixel * limits_.max_pixels;
  if (held > most + most / 64 + kHeldSlack) {
    throw UnusablePicture("the JPEG stores " + std::to_string(info_.num_components) +
                          " planes in several scans, which takes more memory than the limit of pixels allows: save it " +
                          "as an ordinary JPEG, or shrink it");
  }
}

/// A file that stops between two scans is incomplete, but libjpeg does not complain.
void JpegReader::check_complete() {
  bool complete = true;
  for (int i = 0; i < info_.num_components; ++i) {
    complete = complete && info_.comp_info[i].quant_table != nullptr;
    if (lacks_end_ && info_.progressive_mode != FALSE) {
      const int* bits_to_come = info_.coef_bits[i];
      complete = complete && std::all_of(bits_to_come, bits_to_come + DCTSIZE2, [](int bits) { return bits == 0; });
    }
  }
  if (!complete) {
    fail(lacks_end_ ? JWRN_JPEG_EOF : JWRN_HIT_MARKER);
  }
}

int JpegReader::orientation() const {
  for (const jpeg_marker_struct* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
    // XMP lives in the same kind of marker; the prefix tells them apart.
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length >= 6 && std::memcmp(marker->data, "Exif\0", 5) == 0) {
      return exif_orientation({marker->data, marker->data_length});
    }
  }
  return 1;
}

void JpegReader::read_rgb_rows(Image& image) {
  const std::size_t row_size = std::size_t{3} * info_.output_width;
  while (info_.output_scanline < info_.output_height) {
    limits_.deadline.check();
    read_row(image.rgb.data() + info_.output_scanline * row_size);
  }
}

/// Adobe programs store CMYK inverted (255 means no ink) and mark the file as theirs; others do not invert it.
void JpegReader::read_cmyk_rows(Image& image) {
  const unsigned flip = info_.saw_Adobe_marker ? 0 : 255;
  std::vector<std::uint8_t> row(std::size_t{4} * info_.output_width);
  std::uint8_t* to = image.rgb.data();
  while (info_.output_scanline < info_.output_height) {
    limits_.deadline.check();
    read_row(row.data());
    for (std::size_t at = 0; at < row.size(); at += 4) {
      const unsigned light = row[at + 3] ^ flip;
      for (std::size_t ink = 0; ink < 3; ++ink) {
        *to++ = static_cast<std::uint8_t>(((row[at + ink] ^ flip) * light + 127U) / 255U);
      }
    }
  }
}

/// Always at full size. libjpeg can also decode to half the size for less, but a halved picture hides faces of 80 to 159
/// pixels, and only a look at the whole picture shows that there are none. It also moves the other faces, since the
/// detector's own sizes are 5/6 apart. Decoding takes a fifth of the time of a 12-megapixel picture (46 of 225 ms).
Image JpegReader::read_pixels() {
  const bool cmyk = info_.num_components == 4;
  info_.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  in_pixels_ = true;
  guarded([&] { jpeg_start_decompress(&info_); });
  Image image = blank_image(info_.output_width, info_.output_height, 3);
  if (cmyk) {
    read_cmyk_rows(image);
  } else {
    read_rgb_rows(image);
  }
  check_complete();
  guarded([&] { jpeg_finish_decompress(&info_); });
  return image;
}

Image decode_jpeg(Bytes file, const ImageLimits& limits, std::vector<std::string>* notes) {
  JpegReader reader(file, limits);
  reader.read_header();
  const int orientation = reader.orientation();
  Image stored = reader.read_pixels();
  if (reader.lacks_end() && notes != nullptr) {
    notes->push_back("the JPEG lacks its end mark, and nothing else: it is used as it is");
  }
  return upright(std::move(stored), orientation);
}

}  // namespace fr
