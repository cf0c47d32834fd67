// The flow itself: image bytes -> CSV.
#include "pipeline.hh"

#include "augment.hh"
#include "chip.hh"
#include "csv.hh"
#include "quality.hh"

namespace fr {
namespace {

bool is_augmented(const Request& request, int face, std::size_t faces) {
  return request.augment && (request.face == 0 ? faces == 1 : request.face == face);
}

}  // namespace

std::string describe_faces(Engine& engine, const std::vector<std::uint8_t>& bytes, const ImageLimits& limits,
                           const Request& request) {
  const Image image = decode_image(bytes.data(), bytes.size(), limits);
  const std::vector<Detection> detections = engine.detect(image, request.thorough);
  std::vector<Row> rows;
  std::vector<Chip> chips;
  int face = 0;
  for (const Detection& detection : detections) {
    const ChipGeometry aligned = align(detection.landmarks);
    const int variants = is_augmented(request, ++face, detections.size()) ? kVariants : 1;
    double face_sharpness = 0;
    for (int i = 0; i < variants; ++i) {
      chips.push_back(cut_chip(image, vary(aligned, variant(i))));
      if (i == 0) face_sharpness = sharpness(chips.back());
      vary(chips.back(), variant(i));
      rows.push_back({detection, {}, face, i, face_sharpness});
    }
  }
  const std::vector<FaceVector> vectors = engine.embed(chips);
  std::string csv = csv_header();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].vector = vectors[i];
    csv += csv_row(rows[i]);
  }
  return csv;
}

}  // namespace fr
