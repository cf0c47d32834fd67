// The HOG face detector, compared with dlib's own get_frontal_face_detector() on every instruction set.
//
// FR_PHOTOS names a folder of photographs with faces; FR_FACES, if set, another to take a sample of.
// Build with -ffp-contract=off: the reference is dlib's arithmetic as written, and fused multiply-adds move some rectangles
// by a pixel.
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "check.hh"
#include "image/gray.hh"
#include "detect/hog.hh"
#include "detect/hog_blob.hh"
#include "photos.hh"

namespace {

using DlibGray = dlib::array2d<unsigned char>;
using Random = std::mt19937;

const fr::HogDetector& ours(fr::Isa isa) {
  static const Aligned aligned(hog_blob());
  static std::vector<std::pair<fr::Isa, fr::HogDetector>> detectors;
  for (const auto& known : detectors) {
    if (known.first == isa) return known.second;
  }
  detectors.reserve(8);
  detectors.emplace_back(isa, fr::HogDetector(fr::view_hog_filters(aligned.words.data(), hog_blob().size()), isa));
  return detectors.back().second;
}

fr::GrayImage to_gray(const DlibGray& image) {
  fr::GrayImage gray{static_cast<int>(image.nc()), static_cast<int>(image.nr()), {}};
  gray.pixels.assign(&image[0][0], &image[0][0] + image.size());
  return gray;
}

DlibGray to_dlib(const fr::GrayImage& gray) {
  DlibGray image(gray.height, gray.width);
  std::copy(gray.pixels.begin(), gray.pixels.end(), &image[0][0]);
  return image;
}

bool same(const fr::ScoredBox& found, const dlib::rect_detection& theirs) {
  const dlib::rectangle& rect = theirs.rect;
  return found.box.left == rect.left() && found.box.top == rect.top() && found.box.right == rect.right() + 1 &&
         found.box.bottom == rect.bottom() + 1 && std::abs(found.score - theirs.detection_confidence) < 1e-4;
}

// How many faces dlib finds. Fails the test if ours differ.
std::size_t compare(const DlibGray& image, const std::string& name) {
  static dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  std::vector<dlib::rect_detection> theirs;
  detector(image, theirs);
  const fr::GrayImage gray = to_gray(image);
  for (const fr::Isa isa : fr::usable_isas()) {
    const std::vector<fr::ScoredBox> found = ours(isa).detect(gray.pixels.data(), gray.width, gray.height);
    // dlib's rectangles are all different, so if each has a match, all match.
    const bool all_there = std::all_of(theirs.begin(), theirs.end(), [&](const dlib::rect_detection& face) {
      return std::any_of(found.begin(), found.end(), [&](const fr::ScoredBox& mine) { return same(mine, face); });
    });
    if (!all_there || found.size() != theirs.size()) {
      check::fail(__FILE__, __LINE__, name + " has other faces on " + fr::name_of(isa));
    }
  }
  return theirs.size();
}

// Compares a picture at its size and at twice the size, where small faces are large enough.
std::size_t compare_twice(const fr::GrayImage& gray, const std::string& name) {
  const DlibGray image = to_dlib(gray);
  DlibGray big;
  dlib::pyramid_up(image, big, dlib::pyramid_down<2>());
  return compare(image, name) + compare(big, name + ", upsampled");
}

const std::vector<fr::GrayImage>& gray_photos() {
  static const std::vector<fr::GrayImage> all = [] {
    std::vector<fr::GrayImage> images;
    const std::string folder = photos::environment("FR_PHOTOS");
    for (const auto& path : photos::in_folder(folder)) images.push_back(fr::to_gray(photos::read(path), fr::Isa::portable));
    return images;
  }();
  return all;
}

fr::GrayImage noise(Random& random, int width, int height) {
  fr::GrayImage gray{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))};
  for (std::uint8_t& pixel : gray.pixels) pixel = static_cast<std::uint8_t>(random());
  return gray;
}

fr::GrayImage resized(const fr::GrayImage& gray, double wider, double higher) {
  DlibGray image(std::lround(gray.height * higher), std::lround(gray.width * wider));
  dlib::resize_image(to_dlib(gray), image);
  return to_gray(image);
}

TEST("finds dlib's faces on photographs") {
  std::size_t faces = 0;
  for (const fr::GrayImage& gray : gray_photos()) {
    faces += compare(to_dlib(gray), "a photograph") + compare_twice(resized(gray, 0.3, 0.3), "a small photograph");
  }
  CHECK(faces >= 30);
}

TEST("finds dlib's faces on stretched and noisy photographs of many sizes") {
  Random random(1);
  std::size_t faces = 0;
  for (std::size_t i = 0; i < 24; ++i) {
    const double scale = 0.3 + 0.01 * static_cast<double>(random() % 20);
    const double stretch = 0.9 + 0.01 * static_cast<double>(random() % 20);
    fr::GrayImage gray = resized(gray_photos()[i % gray_photos().size()], scale * stretch, scale);
    for (std::uint8_t& pixel : gray.pixels) pixel = static_cast<std::uint8_t>(pixel / 2 + pixel / 3 + random() % 30);
    faces += compare(to_dlib(gray), "picture " + std::to_string(i));
  }
  CHECK(faces >= 20);
}

TEST("finds dlib's faces on a sample of research photographs, or else on shrunk photographs") {
  std::size_t faces = 0;
  for (const fr::Image& image : photos::more(50, 250'000)) faces += compare_twice(fr::to_gray(image, fr::Isa::portable), "one more");
  CHECK(faces > 0);
}

TEST("agrees with dlib on pictures of every small or odd size") {
  Random random(2);
  for (int i = 0; i < 60; ++i) {
    const int around = 8 * static_cast<int>(random() % 14) + static_cast<int>(random() % 9) - 4;
    const int width = i % 3 == 0 ? 1 + static_cast<int>(random() % 3) : std::max(1, around);
    const int height = i % 3 == 1 ? 1 + static_cast<int>(random() % 3) : 1 + static_cast<int>(random() % 120);
    compare_twice(noise(random, width, height), std::to_string(width) + "x" + std::to_string(height));
  }
}

TEST("a picture without pixels has no faces") {
  const std::uint8_t pixel = 0;
  CHECK(ours(fr::Isa::portable).detect(&pixel, 0, 10).empty());
  CHECK(ours(fr::Isa::portable).detect(&pixel, 10, 0).empty());
}

}  // namespace

int main() { return check::run_tests(); }
