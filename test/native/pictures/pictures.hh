// Makes test pictures in memory, with the encoders of the same libraries or byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "image/image.hh"

namespace pictures {

using File = std::vector<std::uint8_t>;

/// 48x32 pixels: six patches of 16x16 in six colours. There is no symmetry, and JPEG hardly changes flat patches on its grid.
fr::Image patches();

/// The pixels that a camera would store for `upright` when it is held so that EXIF says `orientation`.
fr::Image stored_as(const fr::Image& upright, int orientation);

/// The file's pixels, upright.
fr::Image decode(const File& file, const fr::ImageLimits& limits = {});

/// The largest difference that JPEG makes to flat patches at quality 100, where only rounding is left.
constexpr int kJpegError = 4;

/// The largest difference of a channel; 256 when the sizes differ.
int difference(const fr::Image& a, const fr::Image& b);

/// A TIFF block with the orientation and another tag, without the prefix "Exif\0\0".
File exif(int orientation, bool big_endian);
/// The same with the prefix.
File prefixed_exif(int orientation, bool big_endian);

struct JpegOptions {
  int channels = 3;  // 1 gray, 3 YCbCr, 4 CMYK
  bool progressive = false;
  bool arithmetic = false;
  bool rgb = false;     // three channels stored as RGB
  bool ycck = false;    // four channels stored as YCCK
  bool adobe = false;   // four channels inverted, and marked so
  bool halved = false;  // 4:2:0
  int restart_rows = 0;
  File app1;
};
File jpeg(const fr::Image& image, const JpegOptions& options = {});

struct PngOptions {
  int colour_type = 2;  // 0 gray, 2 RGB, 3 palette, 4 gray + alpha, 6 RGBA
  int depth = 8;
  bool interlaced = false;
  std::vector<std::uint8_t> palette;  // RGB triples
  std::vector<std::uint8_t> transparency;  // with a palette its alphas; else a 16-bit value a channel, big-endian
  File exif;
};
/// `rows` are the raw samples, packed as PNG stores them.
File png(int width, int height, const std::vector<std::uint8_t>& rows, const PngOptions& options);
File png(const fr::Image& image);
/// One PNG chunk with its length and CRC.
File png_chunk(const std::string& type, const File& body);

File webp_lossless(const fr::Image& image);
File webp_lossy(const fr::Image& image);
/// RGBA, lossless or lossy.
File webp_rgba(int width, int height, const std::vector<std::uint8_t>& rgba, bool lossless);
/// The image chunks of a WebP: what follows its header.
File webp_body(const File& webp);
File riff_chunk(const std::string& type, const File& body);
/// An extended WebP: these flags, this canvas and these chunks.
File webp_extended(std::uint8_t flags, std::uint32_t width, std::uint32_t height, const std::vector<File>& chunks);
/// An ANMF chunk; x and y are even.
File webp_frame(std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height, const File& body);

struct GifFrame {
  int left = 0, top = 0, width = 0, height = 0;
  std::vector<std::uint8_t> indices;
  bool interlaced = false;
  int transparent = -1;
  std::vector<std::uint8_t> palette;  // RGB triples, a power of two of them; empty: the global one
};
/// `palette` empty: no global one.
File gif(int width, int height, const std::vector<std::uint8_t>& palette, const std::vector<GifFrame>& frames);

/// A small file for every path through the decoders, with the name of its format as it is in messages.
std::vector<std::pair<std::string, File>> samples();

File operator+(const File& a, const File& b);
File bytes(const std::string& text);
/// Appends the low `width` bytes of a number.
void put(File& file, std::uint64_t value, int width, bool big_endian);
/// For encoders, which do not fail on what the tests give them. If one does, the test is wrong, and the program ends.
void require(bool holds, const char* what);

}  // namespace pictures
