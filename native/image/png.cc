// PNG -> pixels through libpng: every colour type and depth, brought to 8-bit RGB over white.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include <png.h>

#include "image/escape.hh"
#include "image/image_formats.hh"

namespace fr {
namespace {

constexpr std::size_t kHeaderEnd = 24;
constexpr png_uint_32 kPixelChunk = 0x49444154;  // "IDAT"
constexpr std::size_t kMostSurplus = 64 << 10;  // bytes of picture data after the last row; unpacking them takes 0.2 s

/// One png_struct. Every libpng call that can fail goes through `guarded`: an error in it becomes UnusablePicture or
/// std::bad_alloc.
class PngReader {
 public:
  PngReader(Bytes file, const ImageLimits& limits) : file_(file), limits_(limits) {
    png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, on_error, on_warning, this, on_malloc, nullptr);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  void read_header();
  Image read_pixels();
  int orientation();

 private:
  template <typename Step>
  void guarded(Step step) {
    if (!escape_.finishes(step)) {
      raise();
    }
  }

  [[noreturn]] void raise() const;
  static void on_read(png_structp png, png_bytep to, std::size_t size);
  static png_voidp on_malloc(png_structp png, png_alloc_size_t size);
  [[noreturn]] static void on_error(png_structp png, png_const_charp message);
  static void on_warning(png_structp, png_const_charp) {}

  Bytes file_;
  const ImageLimits& limits_;
  std::size_t position_ = 0;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  Escape escape_;
  char message_[128] = {};
  bool ended_early_ = false;
  bool in_last_row_ = false;
  std::size_t still_due_ = 0;  // bytes of picture data that may still come
  bool out_of_memory_ = false;
};

void PngReader::on_read(png_structp png, png_bytep to, std::size_t size) {
  PngReader& self = *static_cast<PngReader*>(png_get_io_ptr(png));
  if (self.file_.size - self.position_ < size) {
    self.ended_early_ = true;
    png_error(png, "end of file");
  }
  // With the last row libpng unpacks all data that follow it, and a small file can hold gigabytes of them.
  if (self.in_last_row_ && png_get_io_chunk_type(png) == kPixelChunk) {
    if (self.still_due_ < size) {
      png_error(png, "more picture data than pixels");
    }
    self.still_due_ -= size;
  }
  std::memcpy(to, self.file_.data + self.position_, size);
  self.position_ += size;
}

/// libpng has no error codes, and several messages for want of memory: so we note it here.
png_voidp PngReader::on_malloc(png_structp png, png_alloc_size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) {
    static_cast<PngReader*>(png_get_mem_ptr(png))->out_of_memory_ = true;
  }
  return memory;
}

void PngReader::on_error(png_structp png, png_const_charp message) {
  PngReader& self = *static_cast<PngReader*>(png_get_error_ptr(png));
  std::snprintf(self.message_, sizeof self.message_, "%s", message);
  self.escape_.leave();
}

void PngReader::raise() const {
  if (out_of_memory_) {
    throw std::bad_alloc();
  }
  if (ended_early_) {
    throw UnusablePicture("the PNG ends early: part of the file is missing");
  }
  throw UnusablePicture(std::string("the PNG is damaged (") + message_ + ")");
}

void PngReader::read_header() {
  guarded([&] {
    png_set_read_fn(png_, this, on_read);
    // check_size alone decides on the size.
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    // Skip chunks that do not change the pixels, so that none of them can be a zip bomb. Keep only the orientation,
    // which may claim no more memory than a file of this size can hold.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_AS_DEFAULT, reinterpret_cast<png_const_bytep>("eXIf"), 1);
    png_set_chunk_malloc_max(png_, std::max<std::size_t>(file_.size, PNG_USER_CHUNK_MALLOC_MAX));
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_read_info(png_, info_);
  });
  // check_header does not see the size where another chunk stands before the header.
  check_size(png_get_image_width(png_, info_), png_get_image_height(png_, info_), limits_);
}

Image PngReader::read_pixels() {
  const bool alpha = (png_get_color_type(png_, info_) & PNG_COLOR_MASK_ALPHA) != 0 ||
                     png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
  int passes = 1;
  guarded([&] {
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_gray_to_rgb(png_);
    passes = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  });
  const std::size_t row_size = png_get_rowbytes(png_, info_);
  Image image = blank_image(png_get_image_width(png_, info_), png_get_image_height(png_, info_), alpha ? 4 : 3);
  if (row_size * static_cast<std::size_t>(image.height) != image.rgb.size()) {
    throw UnusablePicture("the PNG's colours are of an unknown kind: save it as an ordinary RGB PNG");
  }
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < image.height; ++y) {
      limits_.deadline.check();
      if (pass + 1 == passes && y + 1 == image.height) {
        in_last_row_ = true;
        still_due_ = kMostSurplus + 4 * row_size;  // the file's samples may be 16 bits wide and hardly compressed
      }
      guarded([&] { png_read_row(png_, image.rgb.data() + static_cast<std::size_t>(y) * row_size, nullptr); });
    }
  }
  // The orientation may follow the pixels, and a file without its end chunk is cut off.
  guarded([&] { png_read_end(png_, info_); });
  if (alpha) {
    lay_over_white(image);
  }
  return image;
}

int PngReader::orientation() {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  guarded([&] { png_get_eXIf_1(png_, info_, &size, &exif); });
  return exif == nullptr ? 1 : exif_orientation({exif, size});
}

/// The size is almost always at a fixed place. Reading it here refuses a picture that is too large before libpng starts.
void check_header(Bytes file, const ImageLimits& limits) {
  if (file.size < kHeaderEnd || std::memcmp(file.data + 12, "IHDR", 4) != 0) {
    return;  // libpng says what is wrong
  }
  check_size(png_get_uint_32(file.data + 16), png_get_uint_32(file.data + 20), limits);
}

}  // namespace

Image decode_png(Bytes file, const ImageLimits& limits) {
  check_header(file, limits);
  PngReader reader(file, limits);
  reader.read_header();
  Image stored = reader.read_pixels();
  return upright(std::move(stored), reader.orientation());
}

}  // namespace fr
