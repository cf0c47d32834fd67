// JPEG -> pixels through libjpeg, whose errors become UnusablePicture and whose printing and exiting are switched off.
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it first
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include <jpeglib.h>

#include <jerror.h>

#include "image_formats.hh"

namespace fr {
namespace {

// Ordinary progressive files have about ten. Each one walks the whole picture and costs a hostile file a few bytes.
constexpr int kMostScans = 100;

/// Null for the codes whose reason holds a number, or for which libjpeg's own words are as good as any.
const char* plain_reason(int code) {
  switch (code) {
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
      return "the JPEG ends early: part of the file is missing";
    case JWRN_HIT_MARKER:
      return "the JPEG is damaged: part of its picture data is missing";
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
  explicit JpegReader(Bytes file) : file_(file) {
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

  void read_header(const ImageLimits& limits);
  int orientation() const;
  Image read_pixels();

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
  void read_cmyk_rows(Image& image);
  [[noreturn]] static void on_error(j_common_ptr info);
  static void on_message(j_common_ptr info, int level);
  static void on_progress(j_common_ptr info);

  Bytes file_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf escape_{};
  bool too_many_scans_ = false;
};

void JpegReader::on_error(j_common_ptr info) {
  std::longjmp(static_cast<JpegReader*>(info->client_data)->escape_, 1);
}

void JpegReader::on_message(j_common_ptr info, int level) {
  if (level >= 0) {
    return;
  }
  // libjpeg would paint what is missing gray and go on; faces in that part would be lost without a word.
  const JpegReader& self = *static_cast<JpegReader*>(info->client_data);
  const int code = info->err->msg_code;
  const bool before_last_row = self.info_.input_iMCU_row + 1 < self.info_.total_iMCU_rows;
  if (code == JWRN_JPEG_EOF || (code == JWRN_HIT_MARKER && before_last_row)) {
    on_error(info);
  }
}

void JpegReader::on_progress(j_common_ptr info) {
  JpegReader& self = *static_cast<JpegReader*>(info->client_data);
  if (self.info_.input_scan_number > kMostScans) {
    self.too_many_scans_ = true;
    on_error(info);
  }
}

void JpegReader::raise() const {
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

void JpegReader::read_header(const ImageLimits& limits) {
  try {
    guarded([&] {
      jpeg_mem_src(&info_, file_.data, static_cast<unsigned long>(file_.size));
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
      jpeg_read_header(&info_, TRUE);
    });
  } catch (const UnusablePicture&) {
    // A side beyond what libjpeg takes is mostly also beyond the limit, and then that is the better reason.
    if (errors_.msg_code == JERR_IMAGE_TOO_BIG) {
      check_pixels(info_.image_width, info_.image_height, limits);
    }
    throw;
  }
  check_pixels(info_.image_width, info_.image_height, limits);
  // libjpeg-turbo 3 reads such headers without complaint, and only then has no pixels to give through this interface.
  if (info_.data_precision != 8) {
    errors_.msg_code = JERR_BAD_PRECISION;
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
  guarded([&] { jpeg_start_decompress(&info_); });
  Image image = blank_image(info_.output_width, info_.output_height, 3);
  if (cmyk) {
    read_cmyk_rows(image);
  } else {
    const std::size_t row_size = std::size_t{3} * info_.output_width;
    while (info_.output_scanline < info_.output_height) {
      read_row(image.rgb.data() + info_.output_scanline * row_size);
    }
  }
  guarded([&] { jpeg_finish_decompress(&info_); });
  return image;
}

}  // namespace

Image decode_jpeg(Bytes file, const ImageLimits& limits) {
  JpegReader reader(file);
  reader.read_header(limits);
  // Before the pixels: finishing them lets go of the saved markers.
  const int orientation = reader.orientation();
  return upright(reader.read_pixels(), orientation);
}

}  // namespace fr
