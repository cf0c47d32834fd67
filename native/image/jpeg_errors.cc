// What libjpeg reports, as a reason for a person. Most of its warnings are errors here: libjpeg would paint missing parts
// gray, show what follows damage in wrong places and colours, and go on; faces would be lost or changed without a word.
#include <algorithm>
#include <new>
#include <string>

#include "image/jpeg_reader.hh"

#include <jerror.h>

namespace fr {
namespace {

// Ordinary progressive files have about ten. Each scan costs a hostile file a few bytes, and us a walk over the whole picture.
constexpr int kMostScans = 100;

// More stray bytes than these behind the picture data are data that libjpeg did not understand, unless they are padding.
constexpr int kStrayBytes = 2;

/// Null for the codes whose reason holds a number, and for those that libjpeg's own words explain well enough.
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

JpegReader& reader_of(j_common_ptr info) { return *static_cast<JpegReader*>(info->client_data); }

}  // namespace

void JpegReader::listen() {
  info_.err = jpeg_std_error(&errors_);
  info_.client_data = this;
  errors_.error_exit = on_error;
  errors_.emit_message = on_message;
  progress_.progress_monitor = on_progress;
}

void JpegReader::on_error(j_common_ptr info) { reader_of(info).escape_.leave(); }

void JpegReader::on_message(j_common_ptr info, int level) {
  if (level < 0) {  // a warning
    reader_of(info).on_warning(info->err->msg_code);
  }
}

void JpegReader::on_warning(int code) {
  switch (code) {
    case JWRN_JPEG_EOF:  // perhaps only the end mark is missing: if more is, JWRN_HIT_MARKER or check_complete finds it
      lacks_end_ = true;
      if (!in_pixels_) {
        escape_.leave();
      }
      return;
    case JWRN_HIT_MARKER:
      if (lacks_end_) {
        errors_.msg_code = JWRN_JPEG_EOF;
      }
      escape_.leave();
    case JWRN_EXTRANEOUS_DATA:
      if (in_pixels_ && !is_stray_padding()) {
        escape_.leave();
      }
      return;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      escape_.leave();
    default:
      return;
  }
}

/// Some cameras fill the file up to a round size before the end mark.
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
  JpegReader& self = reader_of(info);
  self.too_many_scans_ = self.info_.input_scan_number > kMostScans;
  self.late_ = !self.too_many_scans_ && self.limits_.deadline.passed();
  if (self.too_many_scans_ || self.late_) {
    self.escape_.leave();
  }
}

void JpegReader::fail(int code) {
  errors_.msg_code = code;
  raise();
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

}  // namespace fr
