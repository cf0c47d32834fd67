// What decode_image cannot use, or what is above its limits, is refused with the reason.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "check.hh"
#include "image/image.hh"
#include "pictures/pictures.hh"

namespace {

using pictures::bytes;
using pictures::decode;
using pictures::File;
using pictures::operator+;

void refuses(const File& file, const std::string& reason) {
  CHECK_THROWS(fr::UnusablePicture, reason, decode(file));
}

/// Where a baseline JPEG says its precision (+4), height (+5) and width (+7).
File::iterator start_of_frame(File& file) {
  const File mark{0xFF, 0xC0};
  return std::search(file.begin(), file.end(), mark.begin(), mark.end());
}

File small_gif() {
  pictures::GifFrame frame;
  frame.width = 48;
  frame.height = 32;
  frame.indices.assign(48 * 32, 1);
  return pictures::gif(48, 32, {1, 2, 3, 40, 50, 60}, {frame});
}

}  // namespace

TEST("an empty file is refused, even as a null pointer") {
  CHECK_THROWS(fr::UnusablePicture, "the file is empty", fr::decode_image(nullptr, 0, fr::ImageLimits{}));
}

TEST("pictures in other formats are refused, with their name and what to do") {
  const auto box = [](const std::string& brands) {
    return File{0, 0, 0, static_cast<std::uint8_t>(8 + brands.size())} + bytes("ftyp" + brands) + File(64, 0);
  };
  refuses(box(std::string("heic\0\0\0\0mif1heic", 16)), "HEIC pictures are not supported: convert it to JPEG");
  refuses(box(std::string("mif1\0\0\0\0mif1miaf", 16)), "HEIC pictures");
  refuses(box(std::string("avif\0\0\0\0mif1", 12)), "AVIF pictures are not supported");
  refuses(box(std::string("mif1\0\0\0\0avif", 12)), "AVIF pictures");
  refuses(box(std::string("crx \0\0\0\1", 8)), "camera raw");
  refuses(box(std::string("isom\0\0\0\0mp42", 12)), "a video");
  refuses(box(std::string("qt  \0\0\0\0", 8)), "a video");
  refuses(bytes(std::string("II*\0\x08\0\0\0", 8)), "TIFF");
  refuses(bytes(std::string("MM\0*\0\0\0\x08", 8)), "TIFF");
  refuses(bytes("BM") + File{1, 2, 3, 4, 0, 0, 0, 0, 54, 0, 0, 0}, "BMP pictures are not supported");
  refuses(File{0, 0, 1, 0, 1, 0}, "Windows icons");
  refuses(bytes(std::string("\0\0\0\x0CJXL \r\n\x87\n", 12)), "JPEG XL");
  refuses(File{0xFF, 0x0A, 1, 2}, "JPEG XL");
  refuses(bytes(std::string("\0\0\0\x0CjP  \r\n\x87\n", 12)), "JPEG 2000");
  refuses(File{0xFF, 0x4F, 0xFF, 0x51}, "JPEG 2000");
  refuses(bytes("8BPS") + File(20, 0), "Photoshop");
  refuses(bytes("RIFF") + File(4, 1) + bytes("AVI LIST"), "a video");
}

TEST("documents and text are refused, with their name") {
  refuses(bytes("%PDF-1.7\n"), "PDF documents are not supported");
  refuses(bytes("%!PS-Adobe-3.0\n"), "PostScript");
  refuses(bytes("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "SVG drawings");
  refuses(bytes("<!DOCTYPE html><html><svg/></html>"), "HTML");
  refuses(bytes("  <HTML>"), "HTML");
  refuses(bytes("data:image/png;base64,iVBORw0KGgo="), "base64");
  refuses(bytes("/9j/4AAQSkZJRg=="), "base64");
  refuses(bytes("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull");
  refuses(bytes("PK\3\4abc"), "compressed archive");
  refuses(bytes("just words, \xC3\xA9t\xC3\xA9"), "the file is text");
  refuses(bytes("BMW builds cars"), "the file is text");
}

TEST("anything else is refused as an unknown format") {
  refuses(File(100, 0), "not a picture in a known format: use JPEG, PNG, WebP or GIF");
  refuses(File{0xFF, 0xD8}, "not a picture in a known format");
  refuses(File{0x89}, "not a picture in a known format");
  refuses(bytes("RIFF") + File(4, 1) + bytes("WAVEfmt \1"), "not a picture in a known format");
}

TEST("the format is told by the content, and a file of a signature alone ends early") {
  refuses(File{0xFF, 0xD8, 0xFF}, "the JPEG ends early");
  refuses(bytes("\x89PNG\r\n\x1A\n"), "the PNG ends early");
  refuses(bytes("RIFF") + File{4, 0, 0, 0} + bytes("WEBP"), "the WebP ends early");
  refuses(bytes("GIF89a"), "the GIF ends early");
}

TEST("a file above the limit of bytes is refused before it is decoded") {
  fr::ImageLimits limits;
  limits.max_bytes = 10;
  CHECK_THROWS(fr::UnusablePicture, "the file is 11 bytes, above the limit of 10 bytes", decode(File(11, 0), limits));
  limits.max_bytes = 2 << 20;
  CHECK_THROWS(fr::UnusablePicture, "the file is 3.0 MiB, above the limit of 2.0 MiB",
               decode(File(3 << 20, 0), limits));
}

TEST("a picture at the limit of pixels decodes, and one above it is refused, in every format") {
  fr::ImageLimits limits;
  const fr::Image patches = pictures::patches();
  for (const File& file : {pictures::jpeg(patches), pictures::png(patches), pictures::webp_lossy(patches),
                           pictures::webp_lossless(patches), small_gif()}) {
    limits.max_pixels = 48 * 32;
    CHECK_EQ(decode(file, limits).width, 48);
    limits.max_pixels = 48 * 32 - 1;
    CHECK_THROWS(fr::UnusablePicture,
                 "the picture is 48x32 (1536 pixels), above the limit of 1535 pixels: shrink it or raise the limit",
                 decode(file, limits));
  }
}

TEST("a small file that claims a huge picture is refused by its header") {
  File file = pictures::png(pictures::patches());
  const File header{0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0};
  const File signature(file.begin(), file.begin() + 8);
  refuses(signature + pictures::png_chunk("IHDR", header),
          "the picture is 60000x60000 (3600.0 megapixels), above the limit of 50.0 megapixels");
  refuses(bytes("GIF89a") + File{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0}, "the picture is 65535x65535");
  file = pictures::webp_lossless(pictures::patches());
  std::fill_n(file.begin() + 21, 3, std::uint8_t{0xFF});
  file[24] |= 0x0F;
  refuses(file, "the picture is 16384x16384 (268.4 megapixels)");
  const File still = pictures::webp_body(pictures::webp_lossless(pictures::patches()));
  const File timing = pictures::riff_chunk("ANIM", {0, 0, 0, 0, 0, 0});
  refuses(pictures::webp_extended(0x02, 1 << 24, 100, {timing, pictures::webp_frame(0, 0, 48, 32, still)}),
          "the picture is 16777216x100");
  file = pictures::jpeg(pictures::patches());
  const auto frame = start_of_frame(file);
  std::fill_n(frame + 5, 4, std::uint8_t{0xFF});
  refuses(file, "the picture is 65535x65535 (4294.8 megapixels), above the limit of 50.0 megapixels");
  std::fill_n(frame + 5, 4, std::uint8_t{0x70});
  refuses(file, "the picture is 28784x28784");
}

TEST("pixels that somebody else decoded are taken as they are, within the limits and of the size that is said") {
  const File pixels = {1, 2, 3, 4, 5, 6};
  const fr::Image image = fr::image_of_pixels(pixels, 2, 1, {});
  CHECK_EQ(image.width, 2);
  CHECK_EQ(image.height, 1);
  CHECK(image.rgb == pixels);
  CHECK_THROWS(fr::UnusablePicture, "the pixels are 6 bytes, which 1x1", fr::image_of_pixels(pixels, 1, 1, {}));
  CHECK_THROWS(fr::UnusablePicture, "has no pixels", fr::image_of_pixels({}, 0, 1, {}));
  fr::ImageLimits limits;
  limits.max_pixels = 1;
  CHECK_THROWS(fr::UnusablePicture, "above the limit", fr::image_of_pixels(pixels, 2, 1, limits));
  CHECK_THROWS(fr::UnusablePicture, "more than 100 times", fr::image_of_pixels(File(3 * 20'000), 20'000, 1, {}));
}

TEST("a GIF frame far larger than its canvas is refused") {
  const File canvas = bytes("GIF89a") + File{1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255};
  refuses(canvas + File{0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2}, "the picture is 65535x65535");
}

TEST("a picture without pixels is refused") {
  File file = pictures::jpeg(pictures::patches());
  const auto frame = start_of_frame(file);
  std::fill_n(frame + 5, 2, std::uint8_t{0});
  refuses(file, "it has no pixels");
  file = pictures::png(pictures::patches());
  std::fill_n(file.begin() + 16, 4, std::uint8_t{0});
  refuses(file, "the picture is 0x32: it has no pixels");
  refuses(bytes("GIF89a") + File{0, 0, 5, 0, 0, 0, 0}, "the picture is 0x5: it has no pixels");
  refuses(pictures::gif(2, 2, {1, 2, 3, 4, 5, 6}, {}), "the GIF holds no picture");
}

TEST("a JPEG one pixel high but wider than libjpeg takes is refused") {
  File file = pictures::jpeg(pictures::patches());
  const auto frame = start_of_frame(file);
  std::copy_n(File{0, 1, 0xFF, 0xFF}.begin(), 4, frame + 5);
  refuses(file, "the JPEG is wider or taller than 65500 pixels");
}

TEST("JPEG kinds that libjpeg cannot decode are refused by name") {
  File file = pictures::jpeg(pictures::patches());
  const auto frame = start_of_frame(file);
  *(frame + 4) = 12;
  refuses(file, "the JPEG has 12 bits a channel, and only 8 are supported");
  *(frame + 4) = 8;
  *(frame + 1) = 0xC3;
  CHECK_THROWS(fr::UnusablePicture, "", decode(file));
  *(frame + 1) = 0xC5;
  refuses(file, "lossless and hierarchical JPEGs are not supported");
}

TEST("a progressive JPEG with hundreds of scans is refused") {
  pictures::JpegOptions options;
  options.progressive = true;
  const File file = pictures::jpeg(pictures::patches(), options);
  const File scan_mark{0xFF, 0xDA};
  // Repeats the last scan. Each one costs libjpeg a walk over the whole picture.
  const auto last = std::find_end(file.begin(), file.end(), scan_mark.begin(), scan_mark.end());
  const File scan(last, file.end() - 2);
  File many(file.begin(), file.end() - 2);
  for (int i = 0; i < 200; ++i) {
    many = many + scan;
  }
  refuses(many + File{0xFF, 0xD9}, "the JPEG has more than 100 scans");
}

TEST("a JPEG whose picture data stops before its end is refused, not painted gray") {
  const File file = pictures::jpeg(pictures::patches());
  const File cut(file.begin(), file.end() - static_cast<std::ptrdiff_t>(file.size() / 20));
  refuses(cut, "the JPEG ends early: part of the file is missing");
  const File scan_mark{0xFF, 0xDA};
  const auto scan = std::search(file.begin(), file.end(), scan_mark.begin(), scan_mark.end());
  // The scan's header and two bytes of data, then the end mark.
  refuses(File(file.begin(), scan + 16) + File{0xFF, 0xD9}, "part of its picture data is missing");
}

TEST("a JPEG that lacks only its end mark is used, with a note") {
  pictures::JpegOptions progressive;
  progressive.progressive = true;
  for (const pictures::JpegOptions& options : {pictures::JpegOptions{}, progressive}) {
    const File whole = pictures::jpeg(pictures::patches(), options);
    const fr::Image meant = decode(whole);
    for (const std::ptrdiff_t lacks : {1, 2}) {
      const File cut(whole.begin(), whole.end() - lacks);
      std::vector<std::string> notes;
      const fr::Image image = fr::decode_image(cut.data(), cut.size(), fr::ImageLimits{}, &notes);
      CHECK(image.rgb == meant.rgb);
      CHECK_EQ(notes.size(), 1U);
      CHECK_EQ(notes[0], "the JPEG lacks its end mark, and nothing else: it is used as it is");
    }
  }
}

TEST("a progressive JPEG that stops between two scans is refused") {
  pictures::JpegOptions options;
  options.progressive = true;
  const File file = pictures::jpeg(pictures::patches(), options);
  const File scan_mark{0xFF, 0xDA}, tables_mark{0xFF, 0xC4};
  const auto last = std::find_end(file.begin(), file.end(), scan_mark.begin(), scan_mark.end());
  const auto tables = std::find_end(file.begin(), last, tables_mark.begin(), tables_mark.end());
  refuses(File(file.begin(), tables), "the JPEG ends early: part of the file is missing");
}

TEST("a JPEG whose picture data makes no sense is refused") {
  const std::string reason = "the JPEG is damaged: part of its picture data makes no sense";
  const File file = pictures::jpeg(pictures::patches());
  const File end{0xFF, 0xD9};
  const File data(file.begin(), file.end() - 2);
  // Bytes that are left over were not understood; but zeros are a camera's padding.
  refuses(data + File(40, 0x5A) + end, reason);
  CHECK(decode(data + File(500, 0) + end).rgb == decode(file).rgb);
  CHECK(decode(data + File{0x12} + end).rgb == decode(file).rgb);
  const File scan_mark{0xFF, 0xDA};
  const auto scan = std::search(file.begin(), file.end(), scan_mark.begin(), scan_mark.end());
  File ones = file;
  const std::ptrdiff_t start = scan - file.begin() + 14;
  for (std::ptrdiff_t i = 0; i < 12; i += 2) {  // no code has so many ones
    ones[static_cast<std::size_t>(start + i)] = 0xFF;
    ones[static_cast<std::size_t>(start + i + 1)] = 0;
  }
  refuses(ones, "the JPEG is damaged: part of its picture data");
  pictures::JpegOptions options;
  options.restart_rows = 1;
  File restarts = pictures::jpeg(pictures::patches(), options);
  const File first{0xFF, 0xD0};
  const auto mark = std::search(restarts.begin(), restarts.end(), first.begin(), first.end());
  CHECK(mark != restarts.end());
  *(mark + 1) = 0xD5;
  refuses(restarts, reason);
}

TEST("a PNG with a wrong checksum is refused") {
  File file = pictures::png(pictures::patches());
  file[file.size() - 13] ^= 1;
  refuses(file, "the PNG is damaged (");
}

TEST("a compressed text in a PNG is skipped, so that it cannot be a zip bomb") {
  const fr::Image patches = pictures::patches();
  const File plain = pictures::png(patches);
  const File head(plain.begin(), plain.begin() + 33);
  const File rest(plain.begin() + 33, plain.end());
  // Not a valid compressed stream: the picture decodes only when it is skipped.
  const File text = pictures::png_chunk("zTXt", bytes(std::string("key\0\0", 5)) + File(1000, 0x5A));
  CHECK_EQ(pictures::difference(decode(head + text + rest), patches), 0);
}

TEST("a WebP whose frame lies outside its canvas is refused") {
  const File body = pictures::webp_body(pictures::webp_lossless(pictures::patches()));
  const File timing = pictures::riff_chunk("ANIM", {0, 0, 0, 0, 0, 0});
  refuses(pictures::webp_extended(0x02, 50, 40, {timing, pictures::webp_frame(40, 0, 48, 32, body)}),
          "the WebP is damaged");
  refuses(pictures::webp_extended(0x00, 50, 40, {body}), "the WebP is damaged");
}

int main() {
  return check::run_tests();
}
