// Makes test PNGs of every colour type and depth.
#include "pictures/pictures.hh"

#include <png.h>
#include <zlib.h>

namespace pictures {
namespace {

void append(png_structp png, png_bytep data, std::size_t size) {
  File& file = *static_cast<File*>(png_get_io_ptr(png));
  file.insert(file.end(), data, data + size);
}

void no_flush(png_structp) {}

void write_png_header(png_structp png, png_infop info, const PngOptions& options) {
  std::vector<png_color> colours;
  for (std::size_t i = 0; i + 2 < options.palette.size(); i += 3) {
    colours.push_back({options.palette[i], options.palette[i + 1], options.palette[i + 2]});
  }
  if (!colours.empty()) {
    png_set_PLTE(png, info, colours.data(), static_cast<int>(colours.size()));
  }
  const std::vector<std::uint8_t>& clear = options.transparency;
  if (!clear.empty() && options.colour_type == 3) {
    png_set_tRNS(png, info, clear.data(), static_cast<int>(clear.size()), nullptr);
  } else if (!clear.empty()) {
    const auto sample = [&](std::size_t i) {
      return static_cast<png_uint_16>(i + 1 < clear.size() ? clear[i] << 8 | clear[i + 1] : 0);
    };
    png_color_16 key{0, sample(0), sample(2), sample(4), sample(0)};
    png_set_tRNS(png, info, nullptr, 0, &key);
  }
  if (!options.exif.empty()) {
    File copy = options.exif;
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(copy.size()), copy.data());
  }
  png_write_info(png, info);
}

}  // namespace

File png(int width, int height, const std::vector<std::uint8_t>& rows, const PngOptions& options) {
  File file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, append, no_flush);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), options.depth,
               options.colour_type, options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  write_png_header(png, info, options);
  const std::size_t row_size = png_get_rowbytes(png, info);
  require(rows.size() == row_size * static_cast<std::size_t>(height), "rows of another size");
  const int passes = png_set_interlace_handling(png);
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < height; ++y) {
      png_write_row(png, rows.data() + static_cast<std::size_t>(y) * row_size);
    }
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

File png(const fr::Image& image) {
  return png(image.width, image.height, image.rgb, {});
}

File png_chunk(const std::string& type, const File& body) {
  const File checked = bytes(type) + body;
  File chunk;
  put(chunk, body.size(), 4, true);
  chunk = chunk + checked;
  put(chunk, crc32(0, checked.data(), static_cast<uInt>(checked.size())), 4, true);
  return chunk;
}

}  // namespace pictures
