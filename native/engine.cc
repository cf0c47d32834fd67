// Detecting, cutting chips and embedding.
#include "engine.hh"

#include <algorithm>
#include <tuple>

#include "gray.hh"

namespace fr {
namespace {

// Left to right, then top to bottom, so that a face's number does not depend on the detector's score.
void sort_as_read(std::vector<Detection>& detections) {
  std::sort(detections.begin(), detections.end(), [](const Detection& a, const Detection& b) {
    return std::tie(a.box.left, a.box.top, a.score) < std::tie(b.box.left, b.box.top, b.score);
  });
}

HogFilters filters_of(const Model& model) {
  const Section section = model.section("detector");
  return view_hog_filters(section.data, section.size);
}

std::vector<Detection> look(const HogDetector& detector, const LandmarkPredictor& landmarks, const GrayImage& gray) {
  std::vector<Detection> detections;
  for (const HogDetection& face : detector.detect(gray.pixels.data(), gray.width, gray.height)) {
    const GrayView view{gray.pixels.data(), gray.width, gray.height};
    detections.push_back({face.box, face.score, landmarks.predict(view, face.box)});
  }
  return detections;
}

}  // namespace

Engine::Engine(const std::string& model_path)
    : model_(model_path),
      isa_(chosen_isa()),
      detector_(filters_of(model_), isa_),
      landmarks_(model_),
      face_net_(model_, isa_) {}

std::vector<Detection> Engine::detect(const Image& image) const {
  const GrayImage gray = to_gray(image, isa_);
  std::vector<Detection> detections = look(detector_, landmarks_, gray);
  if (detections.empty() && gray.pixels.size() <= kSecondLookMaxPixels) {
    detections = look(detector_, landmarks_, upsample_gray(gray, isa_));
    for (Detection& detection : detections) {
      detection.box = downsample(detection.box);
      for (Point& point : detection.landmarks) point = downsample(point);
    }
  }
  sort_as_read(detections);
  return detections;
}

std::vector<FaceVector> Engine::embed(const std::vector<Chip>& chips) const {
  return face_net_.embed(chips.data(), chips.size());
}

}  // namespace fr
