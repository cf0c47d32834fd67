// A damaged picture, cut anywhere or with bytes changed, is refused with a reason or decodes, and nothing worse.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "check.hh"
#include "image.hh"
#include "pictures.hh"

namespace {

using pictures::File;

/// The message is one line for a person.
void check_message(const std::string& message) {
  CHECK(!message.empty() && message.size() < 300);
  CHECK(std::none_of(message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

/// The reason, or nothing when the file decodes.
std::string reason_of(const File& file) {
  // A small limit keeps a corrupted size from costing seconds.
  fr::ImageLimits limits;
  limits.max_pixels = 100'000;
  try {
    const fr::Image image = fr::decode_image(file.data(), file.size(), limits);
    CHECK_EQ(image.rgb.size(), static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
    return "";
  } catch (const fr::UnusablePicture& error) {
    check_message(error.what());
    return error.what();
  }
}

File small_gif() {
  pictures::GifFrame frame;
  frame.width = 48;
  frame.height = 32;
  for (int i = 0; i < 48 * 32; ++i) {
    frame.indices.push_back(static_cast<std::uint8_t>(i * i / 7 % 4));
  }
  frame.transparent = 3;
  return pictures::gif(48, 32, {1, 2, 3, 40, 50, 60, 90, 80, 70, 200, 210, 220}, {frame});
}

/// One small file of every path through the decoders.
std::vector<std::pair<std::string, File>> samples() {
  const fr::Image patches = pictures::patches();
  pictures::JpegOptions progressive;
  progressive.progressive = true;
  progressive.app1 = pictures::prefixed_exif(6, true);
  pictures::JpegOptions cmyk;
  cmyk.channels = 4;
  cmyk.adobe = cmyk.ycck = true;
  pictures::JpegOptions restarts;
  restarts.restart_rows = 1;
  restarts.halved = true;
  pictures::PngOptions interlaced;
  interlaced.interlaced = true;
  interlaced.exif = pictures::exif(8, false);
  pictures::PngOptions palette;
  palette.colour_type = 3;
  palette.depth = 4;
  palette.palette = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  palette.transparency = {0, 100};
  std::vector<std::uint8_t> rgba(24 * 24 * 4);
  for (std::size_t i = 0; i < rgba.size(); ++i) {
    rgba[i] = static_cast<std::uint8_t>(i * 5);
  }
  const File animation = pictures::webp_extended(
      0x0A, 24, 24,
      {pictures::riff_chunk("ANIM", {0, 0, 0, 0, 0, 0}),
       pictures::webp_frame(0, 0, 24, 24, pictures::webp_body(pictures::webp_rgba(24, 24, rgba, true))),
       pictures::riff_chunk("EXIF", pictures::exif(5, true))});
  return {{"JPEG", pictures::jpeg(patches)},
          {"JPEG", pictures::jpeg(patches, progressive)},
          {"JPEG", pictures::jpeg(patches, cmyk)},
          {"JPEG", pictures::jpeg(patches, restarts)},
          {"PNG", pictures::png(patches)},
          {"PNG", pictures::png(48, 32, patches.rgb, interlaced)},
          {"PNG", pictures::png(4, 2, {0x01, 0x21, 0x20, 0x12}, palette)},
          {"WebP", pictures::webp_lossy(patches)},
          {"WebP", pictures::webp_lossless(patches)},
          {"WebP", pictures::webp_rgba(24, 24, rgba, false)},
          {"WebP", animation},
          {"GIF", small_gif()}};
}

}  // namespace

TEST("half a file of any format is refused, and said to end early") {
  for (const auto& [name, file] : samples()) {
    const File half(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(file.size() / 2));
    CHECK_EQ(reason_of(half), "the " + name + " ends early: part of the file is missing");
  }
}

TEST("a file cut at any byte is refused or decodes, and a cut JPEG, PNG or WebP never passes for whole") {
  for (const auto& [name, file] : samples()) {
    CHECK_EQ(reason_of(file), "");
    for (std::size_t size = 1; size < file.size(); ++size) {
      // Exactly sized, so that the address sanitizer sees a read past the cut.
      const std::string reason = reason_of(File(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
      CHECK(!reason.empty() || name == "GIF");
    }
  }
}

TEST("a file with one byte changed is refused or decodes") {
  std::mt19937 random(20240607);  // the same bytes every time
  for (const auto& [name, file] : samples()) {
    for (int i = 0; i < 1500; ++i) {
      File changed = file;
      changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
      reason_of(changed);
    }
  }
}

TEST("a file with several bytes changed and its end cut is refused or decodes") {
  std::mt19937 random(7);
  for (const auto& [name, file] : samples()) {
    for (int i = 0; i < 1000; ++i) {
      File changed = file;
      for (int change = 0; change < 8; ++change) {
        changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
      }
      changed.resize(changed.size() - random() % (changed.size() / 4));
      reason_of(changed);
    }
  }
}

int main() {
  return check::run_tests();
}
