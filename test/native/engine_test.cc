// Facts about the sidecar's engine, held against dlib itself on a picture that dlib calls a face.
#include <dlib/image_processing.h>
#include <dlib/image_transforms.h>

#include <cmath>
#include <random>

#include "check.hh"
#include "engine.hh"

namespace {

TEST("alignment agrees with dlib's get_face_chip_details on random landmarks") {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> position(0, 400);
  for (int i = 0; i < 1000; ++i) {
    std::vector<dlib::point> parts;
    fr::Landmarks landmarks;
    for (fr::Point& landmark : landmarks) {
      parts.emplace_back(position(random), position(random));
      landmark = {static_cast<double>(parts.back().x()), static_cast<double>(parts.back().y())};
    }
    const dlib::full_object_detection shape(dlib::rectangle(0, 0, 400, 400), parts);
    const dlib::chip_details theirs = dlib::get_face_chip_details(shape, fr::kChipSide, 0.25);
    const fr::ChipGeometry ours = fr::align(landmarks);
    const dlib::dpoint center = dlib::center(theirs.rect);
    // dlib's rectangle is inclusive: its sides are one more than the distance of its edges.
    CHECK(std::abs(ours.side - theirs.rect.width()) < 1e-6);
    CHECK(std::abs(ours.center.x - center.x()) < 1e-6 && std::abs(ours.center.y - center.y()) < 1e-6);
    CHECK(std::abs(std::remainder(ours.angle - theirs.angle, 2 * 3.14159265358979323846)) < 1e-6);
  }
}

TEST("a missing model file is named") {
  CHECK_THROWS(std::runtime_error, "/nowhere/shape_predictor_5_face_landmarks.dat", fr::Engine("/nowhere"));
}

}  // namespace

int main() { return check::run_tests(); }
