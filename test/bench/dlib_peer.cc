// dlib as a peer of the benchmark: the whole way on libdlib and OpenBLAS, with dlib's gray detector, which is its faster
// one. FR_MODELS_FROM is the folder of dlib's files. OPENBLAS_CORETYPE chooses OpenBLAS's kernels.
#include <dlib/image_io.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <cstdlib>

#include "dlib_net.hh"
#include "peer.hh"

namespace {

using Chip = dlib::matrix<dlib::rgb_pixel>;

struct Dlib {
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  dlib::shape_predictor landmarks;
  fr::DlibNet net;

  explicit Dlib(const std::string& folder) {
    dlib::deserialize(folder + "/shape_predictor_5_face_landmarks.dat") >> landmarks;
    dlib::deserialize(folder + "/dlib_face_recognition_resnet_model_v1.dat") >> net;
  }

  double embed(int count) {
    std::vector<Chip> chips(static_cast<std::size_t>(count), Chip(fr::kChipSide, fr::kChipSide));
    for (int i = 0; i < count; ++i) {
      std::size_t at = 0;
      for (dlib::rgb_pixel& pixel : chips[static_cast<std::size_t>(i)]) {
        pixel = {bench::chip_byte(i, at), bench::chip_byte(i, at + 1), bench::chip_byte(i, at + 2)};
        at += 3;
      }
    }
    return static_cast<double>(net(chips)[0](0));
  }

  std::vector<dlib::full_object_detection> detect(const dlib::array2d<dlib::rgb_pixel>& image) {
    dlib::array2d<unsigned char> gray;
    dlib::assign_image(gray, image);
    std::vector<dlib::full_object_detection> faces;
    for (const dlib::rectangle& box : detector(gray)) faces.push_back(landmarks(gray, box));
    return faces;
  }

  double picture(const std::string& path) {
    dlib::array2d<dlib::rgb_pixel> image;
    dlib::load_image(image, path);
    std::vector<Chip> chips;
    for (const dlib::full_object_detection& face : detect(image)) {
      chips.emplace_back();
      dlib::extract_image_chip(image, dlib::get_face_chip_details(face, fr::kChipSide, 0.25), chips.back());
    }
    return static_cast<double>(net(chips).size());
  }
};

}  // namespace

int main(int argc, char** argv) {
  Dlib dlib(std::getenv("FR_MODELS_FROM"));
  bench::Peer peer;
  peer.embed = [&](int count) { return dlib.embed(count); };
  peer.picture = [&](const std::string& path) { return dlib.picture(path); };
  peer.detect = [&](const std::string& path) {
    const auto image = std::make_shared<dlib::array2d<dlib::rgb_pixel>>();
    dlib::load_image(*image, path);
    return [&dlib, image] { return static_cast<double>(dlib.detect(*image).size()); };
  };
  return bench::serve(peer, argc, argv);
}
