// Pictures of every EXIF orientation come out upright, and invalid EXIF is ignored.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "check.hh"
#include "image/image.hh"
#include "pictures/pictures.hh"

namespace {

using pictures::decode;
using pictures::difference;
using pictures::File;
using pictures::kJpegError;
using pictures::operator+;

}  // namespace

TEST("every EXIF orientation of a JPEG, in both byte orders, turns upright") {
  const fr::Image patches = pictures::patches();
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      pictures::JpegOptions options;
      options.app1 = pictures::prefixed_exif(orientation, big_endian);
      const File file = pictures::jpeg(pictures::stored_as(patches, orientation), options);
      CHECK(difference(decode(file), patches) <= kJpegError);
    }
  }
}

TEST("every EXIF orientation of a PNG turns upright, also when it follows the pixels") {
  const fr::Image patches = pictures::patches();
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const fr::Image stored = pictures::stored_as(patches, orientation);
    pictures::PngOptions options;
    options.exif = pictures::exif(orientation, orientation % 2 == 0);
    CHECK_EQ(difference(decode(pictures::png(stored.width, stored.height, stored.rgb, options)), patches), 0);
    const File plain = pictures::png(stored);
    const File before_end(plain.begin(), plain.end() - 12);
    const File end(plain.end() - 12, plain.end());
    CHECK_EQ(difference(decode(before_end + pictures::png_chunk("eXIf", options.exif) + end), patches), 0);
  }
}

TEST("every EXIF orientation of a WebP turns upright, with or without the Exif prefix") {
  const fr::Image patches = pictures::patches();
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const fr::Image stored = pictures::stored_as(patches, orientation);
    const File body = pictures::webp_body(pictures::webp_lossless(stored));
    for (const File& exif : {pictures::exif(orientation, true), pictures::prefixed_exif(orientation, false)}) {
      const File file = pictures::webp_extended(0x08, static_cast<std::uint32_t>(stored.width),
                                                static_cast<std::uint32_t>(stored.height),
                                                {body, pictures::riff_chunk("EXIF", exif)});
      CHECK_EQ(difference(decode(file), patches), 0);
    }
  }
}

TEST("a picture with odd sides, larger than the tiles that it is turned in, turns upright") {
  fr::Image image{71, 45, std::vector<std::uint8_t>(71 * 45 * 3)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = static_cast<std::uint8_t>(i * 7 + i / 213 * 31);
  }
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const fr::Image stored = pictures::stored_as(image, orientation);
    pictures::PngOptions options;
    options.exif = pictures::exif(orientation, false);
    CHECK_EQ(difference(decode(pictures::png(stored.width, stored.height, stored.rgb, options)), image), 0);
  }
}

TEST("malformed EXIF is ignored: cut at any byte, an orientation out of range, a list without end") {
  const fr::Image patches = pictures::patches();
  const auto decodes_as_stored = [&](const File& app1) {
    pictures::JpegOptions options;
    options.app1 = app1;
    CHECK(difference(decode(pictures::jpeg(patches, options)), patches) <= kJpegError);
  };
  const File whole = pictures::prefixed_exif(1, true);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    decodes_as_stored(File(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  for (const int orientation : {0, 9, 255, 65535}) {
    decodes_as_stored(pictures::prefixed_exif(orientation, false));
  }
  File endless = pictures::prefixed_exif(6, true);
  endless[6 + 4] = 0xFF;  // the list starts far past the end
  decodes_as_stored(endless);
  decodes_as_stored(pictures::bytes("http://ns.adobe.com/xap/1.0/") + pictures::prefixed_exif(6, true));
}

int main() {
  return check::run_tests();
}
