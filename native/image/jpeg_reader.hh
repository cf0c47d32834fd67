// One JPEG on its way through libjpeg. jpeg.cc reads it, jpeg_errors.cc says what is wrong with it.
#pragma once

#include <cstdio>  // jpeglib.h needs it first

#include <jpeglib.h>

#include "image/escape.hh"
#include "image/image_formats.hh"

namespace fr {

/// Every libjpeg call that can fail goes through `guarded`: an error in it becomes UnusablePicture, TookTooLong or
/// std::bad_alloc. libjpeg itself neither prints nor ends the program.
class JpegReader {
 public:
  JpegReader(Bytes file, const ImageLimits& limits);
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// Reads up to the first scan, and checks the limits before any pixel is decoded.
  void read_header();
  /// The EXIF orientation, 1 to 8. Ask before read_pixels, which lets go of the saved markers.
  int orientation() const;
  Image read_pixels();
  /// The file stops where its picture data ends: only the end mark is missing. Known after read_pixels.
  bool lacks_end() const { return lacks_end_; }

 private:
  template <typename Step>
  void guarded(Step step) {
    if (!escape_.finishes(step)) {
      raise();
    }
  }

  // jpeg.cc
  void check_memory();
  void check_complete();
  void read_rgb_rows(Image& image);
  void read_cmyk_rows(Image& image);
  void read_row(std::uint8_t* row) {
    guarded([&] { jpeg_read_scanlines(&info_, &row, 1); });
  }

  // jpeg_errors.cc
  void listen();
  void on_warning(int code);
  bool is_stray_padding() const;
  [[noreturn]] void fail(int code);
  [[noreturn]] void raise() const;
  [[noreturn]] static void on_error(j_common_ptr info);
  static void on_message(j_common_ptr info, int level);
  static void on_progress(j_common_ptr info);

  Bytes file_;
  const ImageLimits& limits_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  Escape escape_;
  bool too_many_scans_ = false;
  bool late_ = false;
  bool in_pixels_ = false;
  bool lacks_end_ = false;
};

}  // namespace fr
