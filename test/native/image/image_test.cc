// Pictures of every format and kind decode to the pixels that were encoded, over white.
#include "image/image.hh"

#include <cstdint>
#include <string>
#include <vector>

#include "check.hh"
#include "pictures/pictures.hh"

namespace {

using pictures::decode;
using pictures::difference;
using pictures::File;
using pictures::kJpegError;
using pictures::operator+;

fr::Image rgb(int width, int height, const std::vector<std::uint8_t>& bytes) {
  return {width, height, bytes};
}

/// What a gray JPEG of the patches shows: their red channel, which the encoder takes.
fr::Image gray_patches() {
  fr::Image image = pictures::patches();
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    image.rgb[i + 1] = image.rgb[i + 2] = image.rgb[i];
  }
  return image;
}

void check_jpeg(const pictures::JpegOptions& options, const fr::Image& expected, int error = kJpegError) {
  const fr::Image decoded = decode(pictures::jpeg(pictures::patches(), options));
  CHECK_EQ(decoded.width, expected.width);
  CHECK_EQ(decoded.height, expected.height);
  CHECK(difference(decoded, expected) <= error);
}

}  // namespace

TEST("a baseline JPEG decodes") {
  check_jpeg({}, pictures::patches());
}

TEST("a JPEG decodes when progressive, subsampled, with restarts, and stored as RGB") {
  pictures::JpegOptions options;
  options.progressive = true;
  check_jpeg(options, pictures::patches());
  options = {};
  options.restart_rows = 1;
  check_jpeg(options, pictures::patches());
  options = {};
  options.rgb = true;
  check_jpeg(options, pictures::patches());
  // 4:2:0 blends the colours of neighbouring patches; the middle of a patch keeps its own.
  options = {};
  options.halved = true;
  const fr::Image decoded = decode(pictures::jpeg(pictures::patches(), options));
  const std::size_t middle = (8 * 48 + 8) * 3;
  CHECK(decoded.rgb[middle] > 210 && decoded.rgb[middle + 1] < 50);
}

TEST("a gray JPEG becomes RGB") {
  pictures::JpegOptions options;
  options.channels = 1;
  check_jpeg(options, gray_patches());
  options.progressive = true;
  check_jpeg(options, gray_patches());
}

TEST("a CMYK JPEG becomes RGB, plain and as Adobe inverts it") {
  pictures::JpegOptions options;
  options.channels = 4;
  check_jpeg(options, pictures::patches());
  options.adobe = true;
  check_jpeg(options, pictures::patches());
  options.ycck = true;
  check_jpeg(options, pictures::patches(), 6);
}

TEST("an arithmetic-coded JPEG decodes, or is refused where libjpeg has no such decoder") {
  pictures::JpegOptions options;
  options.arithmetic = true;
  const File file = pictures::jpeg(pictures::patches(), options);
  try {
    CHECK(difference(decode(file), pictures::patches()) <= kJpegError);
  } catch (const fr::UnusablePicture& reason) {
    CHECK(std::string(reason.what()).find("arithmetic-coded") != std::string::npos);
  }
}

TEST("bytes after the end of a JPEG are ignored") {
  CHECK(difference(decode(pictures::jpeg(pictures::patches()) + File(100, 0x55)), pictures::patches()) <= kJpegError);
}

TEST("stray bytes between the markers of a JPEG are ignored") {
  const File file = pictures::jpeg(pictures::patches());
  const File start(file.begin(), file.begin() + 2);
  const File rest(file.begin() + 2, file.end());
  // A comment, then bytes that belong to no marker.
  const File odd = start + File{0xFF, 0xFE, 0, 3, 'x', 1, 2, 3} + rest;
  CHECK(difference(decode(odd), pictures::patches()) <= kJpegError);
}

TEST("an RGB PNG decodes to exactly the same bytes, interlaced or not") {
  const fr::Image patches = pictures::patches();
  CHECK_EQ(difference(decode(pictures::png(patches)), patches), 0);
  pictures::PngOptions options;
  options.interlaced = true;
  CHECK_EQ(difference(decode(pictures::png(48, 32, patches.rgb, options)), patches), 0);
}

TEST("a gray PNG of 1, 2, 4 or 8 bits scales to the full range") {
  pictures::PngOptions options;
  options.colour_type = 0;
  options.depth = 1;
  CHECK_EQ(difference(decode(pictures::png(2, 1, {0x40}, options)), rgb(2, 1, {0, 0, 0, 255, 255, 255})), 0);
  options.depth = 2;
  CHECK_EQ(difference(decode(pictures::png(2, 1, {0x60}, options)), rgb(2, 1, {85, 85, 85, 170, 170, 170})), 0);
  options.depth = 4;
  CHECK_EQ(difference(decode(pictures::png(2, 1, {0x1F}, options)), rgb(2, 1, {17, 17, 17, 255, 255, 255})), 0);
  options.depth = 8;
  CHECK_EQ(difference(decode(pictures::png(2, 1, {7, 200}, options)), rgb(2, 1, {7, 7, 7, 200, 200, 200})), 0);
}

TEST("a 16-bit PNG is rounded to 8 bits, not truncated") {
  pictures::PngOptions options;
  options.depth = 16;
  // 0x00FF is 0.99 of an 8-bit step, 0x7FFF is 127.498 of them, 0xFEFF is 254.004.
  const File file = pictures::png(1, 1, {0x00, 0xFF, 0x7F, 0xFF, 0xFE, 0xFF}, options);
  CHECK_EQ(difference(decode(file), rgb(1, 1, {1, 127, 254})), 0);
  options.colour_type = 0;
  CHECK_EQ(difference(decode(pictures::png(1, 1, {0x80, 0x80}, options)), rgb(1, 1, {128, 128, 128})), 0);
}

TEST("a palette PNG of 1, 2, 4 or 8 bits decodes, its transparent entries over white") {
  pictures::PngOptions options;
  options.colour_type = 3;
  options.palette = {10, 20, 30, 200, 100, 50};
  const fr::Image opaque = rgb(2, 1, {10, 20, 30, 200, 100, 50});
  const std::vector<std::vector<std::uint8_t>> rows{{0x40}, {0x10}, {0x01}, {0, 1}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    options.depth = 1 << i;
    CHECK_EQ(difference(decode(pictures::png(2, 1, rows[i], options)), opaque), 0);
  }
  options.transparency = {0, 128};
  CHECK_EQ(difference(decode(pictures::png(2, 1, {0, 1}, options)), rgb(2, 1, {255, 255, 255, 227, 177, 152})), 0);
}

TEST("PNG alpha is laid over white, interlaced or not, 8 bits or 16, gray or colour") {
  pictures::PngOptions options;
  options.colour_type = 6;
  const std::vector<std::uint8_t> rgba{10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128};
  const fr::Image expected = rgb(3, 1, {10, 20, 30, 255, 255, 255, 127, 177, 255});
  CHECK_EQ(difference(decode(pictures::png(3, 1, rgba, options)), expected), 0);
  options.interlaced = true;
  CHECK_EQ(difference(decode(pictures::png(3, 1, rgba, options)), expected), 0);
  options.depth = 16;
  std::vector<std::uint8_t> wide;
  for (const std::uint8_t value : rgba) {
    wide.insert(wide.end(), 2, value);
  }
  CHECK_EQ(difference(decode(pictures::png(3, 1, wide, options)), expected), 0);
  options = {};
  options.colour_type = 4;
  CHECK_EQ(difference(decode(pictures::png(2, 1, {9, 255, 9, 0}, options)), rgb(2, 1, {9, 9, 9, 255, 255, 255})), 0);
}

TEST("a PNG's one transparent colour becomes white") {
  pictures::PngOptions options;
  options.transparency = {0, 1, 0, 2, 0, 3};
  const fr::Image decoded = decode(pictures::png(2, 1, {1, 2, 3, 1, 2, 4}, options));
  CHECK_EQ(difference(decoded, rgb(2, 1, {255, 255, 255, 1, 2, 4})), 0);
  options.colour_type = 0;
  options.transparency = {0, 5};
  CHECK_EQ(difference(decode(pictures::png(2, 1, {5, 6}, options)), rgb(2, 1, {255, 255, 255, 6, 6, 6})), 0);
}

TEST("a lossless WebP decodes to exactly the same bytes, a lossy one nearly") {
  const fr::Image patches = pictures::patches();
  CHECK_EQ(difference(decode(pictures::webp_lossless(patches)), patches), 0);
  const fr::Image lossy = decode(pictures::webp_lossy(patches));
  CHECK_EQ(lossy.width, 48);
  CHECK_EQ(lossy.height, 32);
  const std::size_t middle = (24 * 48 + 8) * 3;
  CHECK(lossy.rgb[middle] > 230 && lossy.rgb[middle + 1] > 210 && lossy.rgb[middle + 2] < 60);
}

TEST("WebP alpha is laid over white") {
  const std::vector<std::uint8_t> rgba{10, 20, 30, 255, 0, 100, 255, 128};
  CHECK_EQ(difference(decode(pictures::webp_rgba(2, 1, rgba, true)), rgb(2, 1, {10, 20, 30, 127, 177, 255})), 0);
  const std::vector<std::uint8_t> clear(16 * 16 * 4, 0);
  const fr::Image white = rgb(16, 16, std::vector<std::uint8_t>(16 * 16 * 3, 255));
  CHECK_EQ(difference(decode(pictures::webp_rgba(16, 16, clear, false)), white), 0);
}

TEST("an animated WebP decodes to its first frame, in its place on a white canvas") {
  const fr::Image reds = rgb(2, 2, {200, 0, 0, 200, 0, 0, 200, 0, 0, 200, 0, 0});
  const File red = pictures::webp_body(pictures::webp_lossless(reds));
  const File blue = pictures::webp_body(pictures::webp_lossless(rgb(1, 1, {0, 0, 200})));
  const File timing = pictures::riff_chunk("ANIM", {0, 0, 0, 0, 0, 0});
  const File file = pictures::webp_extended(
      0x02, 4, 2, {timing, pictures::webp_frame(2, 0, 2, 2, red), pictures::webp_frame(0, 0, 1, 1, blue)});
  const std::vector<std::uint8_t> row{255, 255, 255, 255, 255, 255, 200, 0, 0, 200, 0, 0};
  CHECK_EQ(difference(decode(file), rgb(4, 2, row + row)), 0);
}

TEST("a GIF decodes with its global palette, or the frame's own") {
  const std::vector<std::uint8_t> palette{10, 20, 30, 200, 100, 50};
  pictures::GifFrame frame;
  frame.width = 2;
  frame.height = 1;
  frame.indices = {1, 0};
  CHECK_EQ(difference(decode(pictures::gif(2, 1, palette, {frame})), rgb(2, 1, {200, 100, 50, 10, 20, 30})), 0);
  frame.palette = {1, 2, 3, 4, 5, 6};
  CHECK_EQ(difference(decode(pictures::gif(2, 1, palette, {frame})), rgb(2, 1, {4, 5, 6, 1, 2, 3})), 0);
  CHECK_EQ(difference(decode(pictures::gif(2, 1, {}, {frame})), rgb(2, 1, {4, 5, 6, 1, 2, 3})), 0);
}

TEST("an interlaced GIF has its rows in order") {
  std::vector<std::uint8_t> palette;
  pictures::GifFrame frame;
  frame.width = 1;
  frame.height = 16;
  frame.interlaced = true;
  for (std::uint8_t i = 0; i < 16; ++i) {
    palette.insert(palette.end(), 3, static_cast<std::uint8_t>(i * 10));
    frame.indices.push_back(i);
  }
  CHECK_EQ(difference(decode(pictures::gif(1, 16, palette, {frame})), rgb(1, 16, palette)), 0);
}

TEST("a GIF's transparent pixels and uncovered canvas are white, and later frames are ignored") {
  pictures::GifFrame first;
  first.left = 1;
  first.width = 2;
  first.height = 1;
  first.indices = {0, 1};
  first.transparent = 1;
  pictures::GifFrame second = first;
  second.left = 0;
  second.transparent = -1;
  const File file = pictures::gif(4, 1, {10, 20, 30, 40, 50, 60}, {first, second});
  CHECK_EQ(difference(decode(file), rgb(4, 1, {255, 255, 255, 10, 20, 30, 255, 255, 255, 255, 255, 255})), 0);
}

TEST("a GIF frame partly or wholly outside the canvas is clipped") {
  pictures::GifFrame frame;
  frame.left = 1;
  frame.top = 1;
  frame.width = 2;
  frame.height = 2;
  frame.indices = {0, 0, 0, 0};
  const std::vector<std::uint8_t> palette{10, 20, 30, 40, 50, 60};
  const std::vector<std::uint8_t> white(9, 255);
  CHECK_EQ(difference(decode(pictures::gif(2, 2, palette, {frame})), rgb(2, 2, white + File{10, 20, 30})), 0);
  frame.left = 60000;
  frame.top = 60000;
  CHECK_EQ(difference(decode(pictures::gif(1, 3, palette, {frame})), rgb(1, 3, white)), 0);
}

int main() {
  return check::run_tests();
}
