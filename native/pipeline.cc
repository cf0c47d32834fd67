// The flow itself: image bytes -> CSV.
#include "pipeline.hh"

#include "augment.hh"
#include "chip.hh"
#include "csv.hh"
#include "quality.hh"

namespace fr {
namespace {

struct Range {
  int from;
  int to;
};

Range variants_of(const Request& request, int face, std::size_t faces) {
  if (request.probe) return {kFirstProbeVariant, kFirstProbeVariant + kProbeVariants};
  const bool chosen = request.face == 0 ? faces == 1 : request.face == face;
  return {0, request.augment && chosen ? kVariants : 1};
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
    const Chip chip = cut_chip(image, vary(detection, variant(0)));
    const double sharp = sharpness(chip);
    const double bright = brightness(chip);
    const Range variants = variants_of(request, ++face, detections.size());
    for (int i = variants.from; i < variants.to; ++i) {
      const Variant look = variant(i);
      // A mirror image is that of the look before it, and variant 0 is cut already.
      chips.push_back(i == 0 ? chip : look.mirror ? chips.back() : cut_chip(image, vary(detection, look)));
      vary(chips.back(), look);
      rows.push_back({detection, {}, face, i, sharp, bright});
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
