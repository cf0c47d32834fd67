// Faces -> CSV, the sidecar's answer.
#include "csv.hh"

#include <charconv>

namespace fr {
namespace {

template <typename Number>
void append(std::string& line, Number number) {
  char text[32];
  const std::to_chars_result end = std::to_chars(text, text + sizeof text, number);
  if (!line.empty()) line += ',';
  line.append(text, end.ptr);
}

}  // namespace

std::string csv_header() {
  std::string line = "left,top,right,bottom,score";
  for (std::size_t i = 0; i < Landmarks{}.size(); ++i) line += ",x" + std::to_string(i) + ",y" + std::to_string(i);
  for (int i = 0; i < kVectorSize; ++i) line += ",v" + std::to_string(i);
  return line + ",face,variant,sharpness,brightness,least_sharpness,clipped,blocking,turned,eyes_covered,mouth_covered\n";
}

std::string csv_row(const Row& row) {
  std::string line;
  const Box& box = row.detection.box;
  for (const long edge : {box.left, box.top, box.right, box.bottom}) append(line, edge);
  append(line, row.detection.score);
  for (const Point& point : row.detection.landmarks) {
    append(line, point.x);
    append(line, point.y);
  }
  for (const float value : row.vector) append(line, value);
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
