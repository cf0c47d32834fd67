// Faces -> CSV, the sidecar's answer.
#include "csv.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace fr {
namespace {

template <typename Number>
void append(std::string& line, Number number) {
  char text[32];
  const std::to_chars_result end = std::to_chars(text, text + sizeof text, number);
  if (!line.empty()) line += ',';
  line.append(text, end.ptr);
}

// Four bytes a number, the lowest first, on any processor.
std::array<std::uint8_t, 4 * kVectorSize> bytes_of(const FaceVector& vector) {
  std::array<std::uint8_t, 4 * kVectorSize> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &vector[i / 4], sizeof bits);
    bytes[i] = static_cast<std::uint8_t>(bits >> (8 * (i % 4)));
  }
  return bytes;
}

void append_base64(std::string& line, const FaceVector& vector) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::array<std::uint8_t, 4 * kVectorSize> bytes = bytes_of(vector);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < count ? bytes[at + i] : 0U);
    for (std::size_t i = 0; i < 4; ++i) line += i <= count ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
  }
}

}  // namespace

std::string csv_header(Vectors form) {
  std::string line = "left,top,right,bottom,score";
  for (std::size_t i = 0; i < Landmarks{}.size(); ++i) line += ",x" + std::to_string(i) + ",y" + std::to_string(i);
  if (form == Vectors::packed) line += ",vector";
  for (int i = 0; form == Vectors::text && i < kVectorSize; ++i) line += ",v" + std::to_string(i);
  return line + ",face,variant,sharpness,brightness,least_sharpness,clipped,blocking,turned,eyes_covered,mouth_covered\n";
}

std::string csv_row(const Row& row, Vectors form) {
  std::string line;
  const Box& box = row.detection.box;
  for (const long edge : {box.left, box.top, box.right, box.bottom}) append(line, edge);
  append(line, row.detection.score);
  for (const Point& point : row.detection.landmarks) {
    append(line, point.x);
    append(line, point.y);
  }
  if (form == Vectors::packed) {
    append_base64(line += ',', row.vector);
  } else {
    for (const float value : row.vector) append(line, value);
  }
  append(line, row.face);
  append(line, row.variant);
  const Quality& quality = row.quality;
  append(line, quality.sharpness);
  append(line, quality.brightness);
  append(line, quality.least_sharpness);
  append(line, quality.clipped);
  append(line, quality.blocking);
  append(line, quality.signs.turned);
  append(line, quality.signs.eyes_covered);
  append(line, quality.signs.mouth_covered);
  return line + '\n';
}

}  // namespace fr
