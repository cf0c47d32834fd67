// Alignment and chips agree with dlib's.
#include <dlib/image_processing.h>
#include <dlib/image_transforms.h>

#include <cmath>
#include <random>

#include "align/align.hh"
#include "check.hh"
#include "align/chip.hh"

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
    // dlib's rectangles include their edges, so a side is one more than the difference of its coordinates.
    CHECK(std::abs(ours.side - theirs.rect.width()) < 1e-6);
    CHECK(std::abs(ours.center.x - center.x()) < 1e-6 && std::abs(ours.center.y - center.y()) < 1e-6);
    CHECK(std::abs(std::remainder(ours.angle - theirs.angle, 2 * 3.14159265358979323846)) < 1e-6);
  }
}

fr::Image random_picture(std::mt19937& random) {
  fr::Image image;
  image.width = 60 + static_cast<int>(random() % 1200);
  image.height = 60 + static_cast<int>(random() % 1200);
  image.rgb.resize(static_cast<std::size_t>(image.width * image.height * 3));
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<std::uint8_t>(i / 70 + random() % 40);
  return image;
}

dlib::matrix<dlib::rgb_pixel> dlib_chip(const fr::Image& image, const fr::ChipGeometry& geometry) {
  dlib::array2d<dlib::rgb_pixel> picture(image.height, image.width);
  std::size_t next = 0;
  for (dlib::rgb_pixel& pixel : picture) {
    pixel = {image.rgb[next], image.rgb[next + 1], image.rgb[next + 2]};
    next += 3;
  }
  const auto square =
      dlib::centered_drect(dlib::dpoint(geometry.center.x, geometry.center.y), geometry.side, geometry.side);
  dlib::matrix<dlib::rgb_pixel> chip;
  dlib::extract_image_chip(picture,
                           dlib::chip_details(square, dlib::chip_dims(fr::kChipSide, fr::kChipSide), geometry.angle), chip);
  return chip;
}

TEST("chips are dlib's, byte for byte: enlarged, shrunk, turned, and across the picture's edge") {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> part(0, 1);
  for (int i = 0; i < 60; ++i) {
    const fr::Image image = random_picture(random);
    const fr::ChipGeometry geometry{{part(random) * image.width, part(random) * image.height},
                                    20 + 1300 * part(random) * part(random), 6.3 * part(random)};
    const fr::Chip ours = fr::cut_chip(image, geometry);
    std::size_t next = 0;
    int differing = 0;
    for (const dlib::rgb_pixel& pixel : dlib_chip(image, geometry)) {
      for (const unsigned char value : {pixel.red, pixel.green, pixel.blue}) differing += value != ours.rgb[next++];
    }
    CHECK_EQ(differing, 0);
  }
}

}  // namespace

int main() { return check::run_tests(); }
