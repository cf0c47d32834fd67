// JPEG -> pixels through libjpeg, whose errors become UnusablePicture and whose printing and exiting are switched off.
#include <algorithm>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it first
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <jpeglib.h>

#include <jerror.h>

#include "image/image_formats.hh"

namespace fr {
namespace {

// Ordinary progressive files have about ten. Each one walks the whole picture and costs a hostile file a few bytes.
constexpr int kMostScans = 100;

// A file of several scans is held whole until its last one: two bytes a sample, which for three full planes is six bytes
// a pixel, and some more for sides that are no multiple of a block.
constexpr std::size_t kHeldBytesPerPixel = 6;
constexpr std::size_t kHeldSlack = std::size_t{1} << 20;

// More stray bytes than these behind the picture data are data that was not understood, unless they are mere padding.
constexpr int kStrayBytes = 2;

/// Null for the codes whose reason holds a number, or for which libjpeg's own words are as good as any.
const char* plain_reason(int code) {
  switch (code) {
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
      return "the JPEG ends early: part of the file is missing";
    case JWRN_HIT_MARKER:
      return "the JPEG is damaged: part of its picture data is missing";
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_EXTRANEOUS_DATA:
      return "the JPEG is damaged: part of its picture data makes no sense";
    case JERR_IMAGE_TOO_BIG:
      return "the JPEG is wider or taller than 65500 pixels, the most that libjpeg takes: shrink it";
    case JERR_SOF_UNSUPPORTED:
      return "lossless and hierarchical JPEGs are not supported: save it as an ordinary JPEG";
    case JERR_ARITH_NOTIMPL:
      return "arithmetic-coded JPEGs are not supported: save it as an ordinary JPEG";
    case JERR_CONVERSION_NOTIMPL:
    case JERR_BAD_J_COLORSPACE:
      return "the JPEG's colours are of an unknown kind: save it as an ordinary RGB JPEG";
    default:
      return nullptr;
  }
}

/// One jpeg_decompress_struct. Every libjpeg call goes through `guarded`, the only place an error can land.
class JpegReader {
 public:
  JpegReader(Bytes file, const ImageLimits& limits) : file_(file), limits_(limits) {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    progress_.progress_monitor = on_progress;
    guarded([&] { jpeg_create_decompress(&info_); });
    info_.progress = &progress_;
  }
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  void read_header();
  int orientation() const;
  Image read_pixels();
  /// The file stops where its picture data does, before the mark that ends it. Known after read_pixels.
  bool lacks_end() const { return lacks_end_; }

 private:
  /// Runs a step that holds nothing with a destructor: an error inside it jumps straight back here.
  template <typename Step>
  void guarded(Step step) {
    if (setjmp(escape_) != 0) {
      raise();
    }
    step();
  }

  void read_row(std::uint8_t* row) {
    guarded([&] { jpeg_read_scanlines(&info_, &row, 1); });
  }

  [[noreturn]] void raise() const;
  void check_held();
  void check_whole();
  bool is_stray_padding() const;
  void read_cmyk_rows(Image& image);
  [[noreturn]] static void on_error(j_common_ptr info);
  static void on_message(j_common_ptr info, int level);
  static void on_progress(j_common_ptr info);

  Bytes file_;
  const ImageLimits& limits_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf escape_{};
  bool too_many_scans_ = false;
  bool late_ = false;
  bool in_pixels_ = false;
  bool lacks_end_ = false;
};

void JpegReader::on_error(j_common_ptr info) {
  std::longjmp(static_cast<JpegReader*>(info->client_data)->escape_, 1);
}

void JpegReader::on_message(j_common_ptr info, int level) {
  if (level >= 0) {
    return;
  }
  // libjpeg would paint gray what is missing, and what follows damage in wrong places and colours, and go on: faces
  // would be lost or changed without a word.
  JpegReader& self = *static_cast<JpegReader*>(info->client_data);
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:  // no more than the end mark may be missing: what else is shows when it is wanted
      self.lacks_end_ = true;
      if (!self.in_pixels_) {
        on_error(info);
      }
      return;
    case JWRN_HIT_MARKER:
      if (self.lacks_end_) {
        info->err->msg_code = JWRN_JPEG_EOF;
      }
      on_error(info);
    case JWRN_EXTRANEOUS_DATA:
      if (self.in_pixels_ && !self.is_stray_padding()) {
        on_error(info);
      }
      return;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      on_error(info);
    default:
      return;
  }
}

/// Some cameras fill up to a round size before the end mark.
bool JpegReader::is_stray_padding() const {
  const int count = errors_.msg_parm.i[0];
  if (count <= kStrayBytes) {
    return true;
  }
  const std::uint8_t* end = info_.src->next_input_byte;
  if (lacks_end_ || end < file_.data + count || end > file_.data + file_.size) {
    return false;
  }
  return std::all_of(end - count, end, [](std::uint8_t byte) { return byte == 0 || byte == 0xFF; });
}

void JpegReader::on_progress(j_common_ptr info) {
  JpegReader& self = *static_cast<JpegReader*>(info->client_data);
  if (self.info_.input_scan_number > kMostScans) {
    self.too_many_scans_ = true;
    on_error(info);
  }
  if (self.limits_.deadline.passed()) {
    self.late_ = true;
    on_error(info);
  }
}

void JpegReader::raise() const {
  if (late_) {
    limits_.deadline.check();
  }
  if (too_many_scans_) {
    throw UnusablePicture("the JPEG has more than " + std::to_string(kMostScans) +
                          " scans: save it again as an ordinary JPEG");
  }
  if (errors_.msg_code == JERR_OUT_OF_MEMORY) {
    throw std::bad_alloc();
  }
  if (errors_.msg_code == JERR_EMPTY_IMAGE) {
    throw UnusablePicture("the picture is " + std::to_string(info_.image_width) + "x" +
                          std::to_string(info_.image_height) + ": it has no pixels");
  }
  if (errors_.msg_code == JERR_BAD_PRECISION) {
    throw UnusablePicture("the JPEG has " + std::to_string(info_.data_precision) +
                          " bits a channel, and only 8 are supported: save it as an ordinary JPEG");
  }
  if (const char* reason = plain_reason(errors_.msg_code)) {
    throw UnusablePicture(reason);
  }
  char detail[JMSG_LENGTH_MAX] = {};
  // format_message only reads the error's code and parameters, though its signature is not const.
  errors_.format_message(reinterpret_cast<j_common_ptr>(const_cast<jpeg_decompress_struct*>(&info_)), detail);
  throw UnusablePicture(std::string("the JPEG is damaged (") + detail + ")");
}

void JpegReader::read_header() {
  try {
    guarded([&] {
      jpeg_mem_src(&info_, file_.data, static_cast<unsigned long>(file_.size));
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
      jpeg_read_header(&info_, TRUE);
    });
  } catch (const UnusablePicture&) {
    // A side beyond what libjpeg takes is mostly also beyond the limit, and then that is the better reason.
    if (errors_.msg_code == JERR_IMAGE_TOO_BIG) {
      check_pixels(info_.image_width, info_.image_height, limits_);
    }
    throw;
  }
  check_size(info_.image_width, info_.image_height, limits_);
  // libjpeg-turbo 3 reads such headers without complaint, and only then has no pixels to give through this interface.
  if (info_.data_precision != 8) {
    errors_.msg_code = JERR_BAD_PRECISION;
    raise();
  }
  check_held();
}

void JpegReader::check_held() {
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

/// Of a file that stops between two scans, libjpeg misses nothing.
void JpegReader::check_whole() {
  bool whole = true;
  for (int i = 0; i < info_.num_components; ++i) {
    whole = whole && info_.comp_info[i].quant_table != nullptr;
    if (lacks_end_ && info_.progressive_mode != FALSE) {
      const int* bits_to_come = info_.coef_bits[i];
      whole = whole && std::all_of(bits_to_come, bits_to_come + DCTSIZE2, [](int bits) { return bits == 0; });
    }
  }
  if (!whole) {
    errors_.msg_code = lacks_end_ ? JWRN_JPEG_EOF : JWRN_HIT_MARKER;
    raise();
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

/// Adobe programs store CMYK inverted, 255 meaning no ink, and mark the file as theirs; others store it as it is.
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

/// At full size always. libjpeg could also give half of it at less cost, but a halved picture hides the faces of 80 to 159
/// pixels, which nothing but a look at the whole one shows to be absent, and moves the others: the detector's sizes are
/// 5/6 apart and its own. Decoding is a fifth of the time that a picture of 12 megapixels takes (46 of 225 ms).
Image JpegReader::read_pixels() {
  const bool cmyk = info_.num_components == 4;
  info_.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  in_pixels_ = true;
  guarded([&] { jpeg_start_decompress(&info_); });
  Image image = blank_image(info_.output_width, info_.output_height, 3);
  if (cmyk) {
    read_cmyk_rows(image);
  } else {
    const std::size_t row_size = std::size_t{3} * info_.output_width;
    while (info_.output_scanline < info_.output_height) {
      limits_.deadline.check();
      read_row(image.rgb.data() + info_.output_scanline * row_size);
    }
  }
  check_whole();
  guarded([&] { jpeg_finish_decompress(&info_); });
  return image;
}

}  // namespace

Image decode_jpeg(Bytes file, const ImageLimits& limits, std::vector<std::string>* notes) {
  JpegReader reader(file, limits);
  reader.read_header();
  // Before the pixels: finishing them lets go of the saved markers.
  const int orientation = reader.orientation();
  Image stored = reader.read_pixels();
  if (reader.lacks_end() && notes != nullptr) {
    notes->push_back("the JPEG lacks its end mark, and nothing else: it is used as it is");
  }
  return upright(std::move(stored), orientation);
}

}  // namespace fr
