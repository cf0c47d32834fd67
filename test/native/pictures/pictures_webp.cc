// Makes test WebPs; the extended ones chunk by chunk.
#include "pictures/pictures.hh"

#include <algorithm>

#include <webp/encode.h>

namespace pictures {
namespace {

File take(std::uint8_t* made, std::size_t size) {
  require(size != 0, "WebP");
  File file(made, made + size);
  WebPFree(made);
  return file;
}

}  // namespace

File webp_lossless(const fr::Image& image) {
  std::uint8_t* made = nullptr;
  const std::size_t size = WebPEncodeLosslessRGB(image.rgb.data(), image.width, image.height, image.width * 3, &made);
  return take(made, size);
}

File webp_lossy(const fr::Image& image) {
  std::uint8_t* made = nullptr;
  const std::size_t size = WebPEncodeRGB(image.rgb.data(), image.width, image.height, image.width * 3, 100, &made);
  return take(made, size);
}

File webp_rgba(int width, int height, const std::vector<std::uint8_t>& rgba, bool lossless) {
  std::uint8_t* made = nullptr;
  const std::size_t size = lossless ? WebPEncodeLosslessRGBA(rgba.data(), width, height, width * 4, &made)
                                    : WebPEncodeRGBA(rgba.data(), width, height, width * 4, 100, &made);
  return take(made, size);
}

File webp_body(const File& webp) {
  const bool extended = std::equal(webp.begin() + 12, webp.begin() + 16, "VP8X");
  return File(webp.begin() + (extended ? 30 : 12), webp.end());
}

File riff_chunk(const std::string& type, const File& body) {
  File chunk = bytes(type);
  put(chunk, body.size(), 4, false);
  chunk = chunk + body;
  if (body.size() % 2 != 0) {
    chunk.push_back(0);
  }
  return chunk;
}

File webp_extended(std::uint8_t flags, std::uint32_t width, std::uint32_t height, const std::vector<File>& chunks) {
  File header{flags, 0, 0, 0};
  put(header, width - 1, 3, false);
  put(header, height - 1, 3, false);
  File body = bytes("WEBP") + riff_chunk("VP8X", header);
  for (const File& chunk : chunks) {
    body = body + chunk;
  }
  return riff_chunk("RIFF", body);
}

File webp_frame(std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height, const File& body) {
  File header;
  for (const std::uint32_t value : {x / 2, y / 2, width - 1, height - 1, std::uint32_t{100}}) {
    put(header, value, 3, false);
  }
  header.push_back(0);
  return riff_chunk("ANMF", header + body);
}

}  // namespace pictures
