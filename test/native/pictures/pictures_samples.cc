// A small file for every path through the decoders: for tests of damage, and for the fuzzers.
#include "pictures/pictures.hh"

namespace pictures {
namespace {

File small_gif() {
  GifFrame frame;
  frame.width = 48;
  frame.height = 32;
  for (int i = 0; i < 48 * 32; ++i) {
    frame.indices.push_back(static_cast<std::uint8_t>(i * i / 7 % 4));
  }
  frame.transparent = 3;
  return gif(48, 32, {1, 2, 3, 40, 50, 60, 90, 80, 70, 200, 210, 220}, {frame});
}

}  // namespace

std::vector<std::pair<std::string, File>> samples() {
  const fr::Image picture = patches();
  JpegOptions progressive;
  progressive.progressive = true;
  progressive.app1 = prefixed_exif(6, true);
  JpegOptions cmyk;
  cmyk.channels = 4;
  cmyk.adobe = cmyk.ycck = true;
  JpegOptions restarts;
  restarts.restart_rows = 1;
  restarts.halved = true;
  PngOptions interlaced;
  interlaced.interlaced = true;
  interlaced.exif = exif(8, false);
  PngOptions palette;
  palette.colour_type = 3;
  palette.depth = 4;
  palette.palette = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  palette.transparency = {0, 100};
  std::vector<std::uint8_t> rgba(24 * 24 * 4);
  for (std::size_t i = 0; i < rgba.size(); ++i) {
    rgba[i] = static_cast<std::uint8_t>(i * 5);
  }
  const File animation = webp_extended(
      0x0A, 24, 24,
      {riff_chunk("ANIM", {0, 0, 0, 0, 0, 0}),
       webp_frame(0, 0, 24, 24, webp_body(webp_rgba(24, 24, rgba, true))),
       riff_chunk("EXIF", exif(5, true))});
  return {{"JPEG", jpeg(picture)},
          {"JPEG", jpeg(picture, progressive)},
          {"JPEG", jpeg(picture, cmyk)},
          {"JPEG", jpeg(picture, restarts)},
          {"PNG", png(picture)},
          {"PNG", png(48, 32, picture.rgb, interlaced)},
          {"PNG", png(4, 2, {0x01, 0x21, 0x20, 0x12}, palette)},
          {"WebP", webp_lossy(picture)},
          {"WebP", webp_lossless(picture)},
          {"WebP", webp_rgba(24, 24, rgba, false)},
          {"WebP", animation},
          {"GIF", small_gif()}};
}

}  // namespace pictures
