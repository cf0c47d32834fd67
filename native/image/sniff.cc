// Tells a picture's format by its first bytes. For files that cannot be used, says what they are and what to do.
#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "image/image_formats.hh"

namespace fr {
namespace {

// string_view literals, so that a signature may hold zero bytes.
using std::string_view_literals::operator""sv;

struct Signature {
  std::size_t offset;
  std::string_view magic;
  const char* reason;
};

// The formats that are read, as messages name them.
#define FR_FORMATS "JPEG, PNG, WebP or GIF"

constexpr const char* kTiff = "TIFF pictures and camera raw files are not supported: convert it to JPEG or PNG";
constexpr const char* kJpeg2000 = "JPEG 2000 pictures are not supported: convert it to JPEG";
constexpr const char* kJpegXl = "JPEG XL pictures are not supported: convert it to JPEG";
constexpr const char* kHeic = "HEIC pictures are not supported: convert it to JPEG";
constexpr const char* kAvif = "AVIF pictures are not supported: convert it to JPEG or PNG";
constexpr const char* kIcon = "Windows icons are not supported: use a photograph in " FR_FORMATS;
constexpr const char* kBase64 = "the file is base64 text, not a picture: decode the base64 first";
constexpr const char* kArchive = "the file is a compressed archive, not a picture: unpack it first";
constexpr const char* kVideo = "the file is a video, not a picture: save one frame of it as JPEG";
constexpr const char* kSvg = "SVG drawings are not supported: use a photograph in " FR_FORMATS;
constexpr const char* kHtml = "the file is a web page (HTML), not a picture: download the picture itself";

constexpr Signature kRefused[] = {
    {0, "\0\0\0\x0CJXL \r\n\x87\n"sv, kJpegXl},
    {0, "\xFF\x0A"sv, kJpegXl},
    {0, "\0\0\0\x0CjP  \r\n\x87\n"sv, kJpeg2000},
    {0, "\xFF\x4F\xFF\x51"sv, kJpeg2000},
    {0, "II*\0"sv, kTiff},
    {0, "MM\0*"sv, kTiff},
    {0, "II+\0"sv, kTiff},
    {0, "MM\0+"sv, kTiff},
    {0, "\0\0\1\0"sv, kIcon},
    {0, "\0\0\2\0"sv, kIcon},
    {0, "8BPS"sv, "Photoshop files are not supported: export it as JPEG or PNG"},
    {0, "%PDF-"sv, "PDF documents are not supported: export the page as JPEG or PNG"},
    {0, "%!PS"sv, "PostScript documents are not supported: export the page as JPEG or PNG"},
    {0, "PK\3\4"sv, kArchive},
    {0, "\x1F\x8B\x08"sv, kArchive},
    {0, "\x1A\x45\xDF\xA3"sv, kVideo},
    {8, "AVI "sv, kVideo},
    {0, "data:image/"sv, kBase64},
    {0, "/9j/"sv, kBase64},
    {0, "iVBORw0KGgo"sv, kBase64},
    {0, "UklGR"sv, kBase64},
    {0, "R0lGODlh"sv, kBase64},
    {0, "R0lGODdh"sv, kBase64},
    {0, "version https://git-lfs"sv, "the file is a Git LFS pointer, not the picture: run 'git lfs pull' first"},
};

bool has(std::string_view text, std::size_t offset, std::string_view magic) {
  return text.size() >= offset + magic.size() && text.substr(offset, magic.size()) == magic;
}

/// HEIC, AVIF and MP4 share one container. The brands in its first box tell which it is.
const char* iso_media_reason(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(text[at])); };
  const std::size_t claimed = byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
  const std::string_view box = text.substr(0, std::min({text.size(), claimed, std::size_t{512}}));
  bool heif = false;
  for (std::size_t at = 8; at + 4 <= box.size(); at += 4) {
    const std::string_view brand = box.substr(at, 4);
    if (brand == "avif" || brand == "avis") {
      return kAvif;
    }
    if (brand == "crx ") {
      return kTiff;
    }
    // heic, heix, heim, heis, hevc, hevx, hevm, hevs, and the two brands of every HEIF.
    heif = heif || brand.substr(0, 3) == "hei" || brand.substr(0, 3) == "hev" || brand == "mif1" || brand == "msf1";
  }
  return heif ? kHeic : kVideo;
}

/// ASCII, or looks like UTF-8: no control characters, no byte that UTF-8 never has, and no start inside a character.
bool is_text(std::string_view start) {
  const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  const auto is_binary = [](char c) {
    const unsigned char byte = static_cast<unsigned char>(c);
    const bool space = byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
    return (byte < 0x20 && !space) || byte == 0x7F || byte == 0xC0 || byte == 0xC1 || byte >= 0xF5;
  };
  return !is_continuation(start.front()) && std::none_of(start.begin(), start.end(), is_binary);
}

/// Null when the bytes are not text.
const char* text_reason(std::string_view text) {
  std::string start(text.substr(0, 1024));
  if (!is_text(start)) {
    return nullptr;
  }
  std::transform(start.begin(), start.end(), start.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (start.find("<!doctype html") != std::string::npos || start.find("<html") != std::string::npos) {
    return kHtml;
  }
  if (start.find("<svg") != std::string::npos) {
    return kSvg;
  }
  return "the file is text, not a picture: use " FR_FORMATS;
}

const char* refusal(std::string_view text) {
  for (const Signature& known : kRefused) {
    if (has(text, known.offset, known.magic)) {
      return known.reason;
    }
  }
  if (has(text, 4, "ftyp")) {
    return iso_media_reason(text);
  }
  // "BM" alone may also start a text; a bitmap has four reserved zero bytes too.
  if (has(text, 0, "BM") && has(text, 6, "\0\0\0\0"sv)) {
    return "BMP pictures are not supported: convert it to JPEG or PNG";
  }
  if (const char* reason = text_reason(text)) {
    return reason;
  }
  return "not a picture in a known format: use " FR_FORMATS;
}

}  // namespace

Format sniff_format(Bytes file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data), file.size);
  if (has(text, 0, "\xFF\xD8\xFF")) {
    return Format::jpeg;
  }
  if (has(text, 0, "\x89PNG")) {
    return Format::png;
  }
  if (has(text, 0, "RIFF") && has(text, 8, "WEBP")) {
    return Format::webp;
  }
  if (has(text, 0, "GIF87a") || has(text, 0, "GIF89a")) {
    return Format::gif;
  }
  throw UnusablePicture(refusal(text));
}

}  // namespace fr
