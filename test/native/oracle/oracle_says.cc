// Asks dlib about a few pictures, and writes its answers to standard output for oracle_test.
//
//   oracle_says FOLDER_OF_DAT_FILES FOLDER_OF_PHOTOS
//
// The pictures are small because oracle_test also runs under an emulator, which takes a hundred times as long.
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_processing.h>
#include <dlib/image_transforms.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "build_model/dlib_cnn.hh"
#include "build_model/dlib_net.hh"
#include "oracle/oracle.hh"
#include "photos.hh"
#include "image/resize.hh"

namespace {

using DlibGray = dlib::array2d<unsigned char>;
using DlibRgb = dlib::matrix<dlib::rgb_pixel>;

constexpr std::size_t kGroupPixels = 420'000;  // with so many HOG finds the four people of sample6
constexpr std::size_t kPortraitPixels = 160'000;  // for photographs of one person
constexpr int kCnnSide = 112;  // of a face and its surroundings

fr::Box to_box(const dlib::rectangle& rect) { return {rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1}; }

DlibRgb to_dlib(const std::vector<std::uint8_t>& rgb, int width, int height) {
  static_assert(sizeof(dlib::rgb_pixel) == 3);
  DlibRgb pixels(height, width);
  std::memcpy(&pixels(0, 0), rgb.data(), rgb.size());
  return pixels;
}

std::vector<std::uint8_t> bytes_of(const DlibGray& gray) { return {&gray[0][0], &gray[0][0] + gray.size()}; }

/// dlib's detectors and networks, as it publishes them.
class Dlib {
 public:
  explicit Dlib(const std::string& folder) : hog_(dlib::get_frontal_face_detector()) {
    dlib::deserialize(folder + "/shape_predictor_5_face_landmarks.dat") >> landmarks_;
    dlib::deserialize(folder + "/dlib_face_recognition_resnet_model_v1.dat") >> net_;
    dlib::deserialize(folder + "/mmod_human_face_detector.dat") >> cnn_;
  }

  oracle::Picture look(const fr::Image& image) {
    oracle::Picture picture;
    picture.image = image;
    const DlibRgb rgb = to_dlib(image.rgb, image.width, image.height);
    DlibGray gray;
    dlib::assign_image(gray, rgb);
    picture.gray = bytes_of(gray);
    std::vector<dlib::rect_detection> found;
    hog_(gray, found);
    std::sort(found.begin(), found.end(), [](const dlib::rect_detection& a, const dlib::rect_detection& b) {
      return a.rect.left() < b.rect.left();
    });
    for (const dlib::rect_detection& face : found) picture.faces.push_back(describe(rgb, gray, face));
    return picture;
  }

  void look_with_cnn(oracle::Picture& picture, double threshold) {
    picture.with_cnn = true;
    picture.cnn_threshold = threshold;
    const DlibRgb rgb = to_dlib(picture.image.rgb, picture.image.width, picture.image.height);
    for (const dlib::mmod_rect& face : cnn_.process(rgb, threshold)) {
      picture.cnn.push_back({to_box(face.rect), face.detection_confidence});
    }
  }

 private:
  oracle::Face describe(const DlibRgb& rgb, const DlibGray& gray, const dlib::rect_detection& found) {
    oracle::Face face;
    face.found = {to_box(found.rect), found.detection_confidence};
    const dlib::full_object_detection shape = landmarks_(gray, found.rect);
    for (unsigned long i = 0; i < shape.num_parts(); ++i) {
      face.landmarks[i] = {static_cast<double>(shape.part(i).x()), static_cast<double>(shape.part(i).y())};
    }
    DlibRgb chip;
    dlib::extract_image_chip(rgb, dlib::get_face_chip_details(shape, fr::kChipSide, 0.25), chip);
    std::memcpy(face.chip.rgb.data(), &chip(0, 0), face.chip.rgb.size());
    const dlib::matrix<float, 0, 1> vector = net_(chip);
    std::copy(vector.begin(), vector.end(), face.vector.begin());
    return face;
  }

  dlib::frontal_face_detector hog_;
  dlib::shape_predictor landmarks_;
  fr::DlibNet net_;
  fr::DlibCnn cnn_;
};

fr::Image noise(int width, int height) {
  std::mt19937 random(1);
  fr::Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>(random());
  return image;
}

// The face and its surroundings, shrunk.
fr::Image around(const oracle::Face& face, const fr::Image& image) {
  const fr::Box& box = face.found.box;
  const long more = (box.right - box.left) / 4;
  const fr::Image part = fr::cut_out(image, {box.left - more, box.top - more, box.right + more, box.bottom + more});
  return fr::shrunk(part, std::size_t{kCnnSide} * kCnnSide);
}

std::vector<oracle::Picture> pictures(Dlib& dlib, const std::string& photos) {
  std::vector<oracle::Picture> all;
  all.push_back(dlib.look(fr::shrunk(photos::read(photos + "/sample6.jpg"), kGroupPixels)));
  for (const char* name : {"/sample3.jpg", "/sample5.jpg"}) {
    all.push_back(dlib.look(fr::shrunk(photos::read(photos + name), kPortraitPixels)));
  }
  for (const std::size_t i : {0, 1}) {
    all.push_back(dlib.look(around(all.at(i).faces.at(0), all[i].image)));
    dlib.look_with_cnn(all.back(), -0.5);
  }
  all.push_back(dlib.look(noise(61, 83)));
  dlib.look_with_cnn(all.back(), -1.5);
  return all;
}

int run(const std::string& folder, const std::string& photos) {
  Dlib dlib(folder);
  std::vector<oracle::Picture> all = pictures(dlib, photos);
  oracle::Channel(stdout, true).pass(all);
  if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
  for (const oracle::Picture& picture : all) {
    std::fprintf(stderr, "%d x %d: %zu faces, %zu by the CNN\n", picture.image.width, picture.image.height,
                 picture.faces.size(), picture.cnn.size());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: oracle_says FOLDER_OF_DAT_FILES FOLDER_OF_PHOTOS");
    return run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "oracle_says: %s\n", error.what());
    return 1;
  }
}
