// dlib as a peer of the benchmark: the whole way on libdlib and OpenBLAS, with dlib's gray detector, which is its faster
// one. FR_MODELS_FROM is the folder of dlib's files. OPENBLAS_CORETYPE chooses OpenBLAS's kernels; `--kernels` says which
// these are.
#include <dlib/image_io.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <cstdlib>

#include "build_model/dlib_net.hh"
#include "peer.hh"

extern "C" const char* openblas_get_corename();

namespace {

using Chip = dlib::matrix<dlib::rgb_pixel>;
using Picture = dlib::array2d<dlib::rgb_pixel>;

std::vector<Chip> some_chips(std::size_t count) {
  std::vector<Chip> chips(count, Chip(fr::kChipSide, fr::kChipSide));
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t at = 0;
    for (dlib::rgb_pixel& pixel : chips[i]) {
      pixel = {bench::chip_byte(i, at), bench::chip_byte(i, at + 1), bench::chip_byte(i, at + 2)};
      at += 3;
    }
  }
  return chips;
}

struct Dlib {
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  dlib::shape_predictor landmarks;
  fr::DlibNet net;

  explicit Dlib(const std::string& folder) {
    dlib::deserialize(folder + "/shape_predictor_5_face_landmarks.dat") >> landmarks;
    dlib::deserialize(folder + "/dlib_face_recognition_resnet_model_v1.dat") >> net;
  }

  std::vector<dlib::full_object_detection> detect(const Picture& picture) {
    dlib::array2d<unsigned char> gray;
    dlib::assign_image(gray, picture);
    std::vector<dlib::full_object_detection> faces;
    for (const dlib::rectangle& box : detector(gray)) faces.push_back(landmarks(gray, box));
    return faces;
  }

  double describe(const std::string& path) {
    Picture picture;
    dlib::load_image(picture, path);
    std::vector<Chip> chips;
    for (const dlib::full_object_detection& face : detect(picture)) {
      chips.emplace_back();
      dlib::extract_image_chip(picture, dlib::get_face_chip_details(face, fr::kChipSide, 0.25), chips.back());
    }
    return static_cast<double>(net(chips).size());
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == std::string("--kernels")) return std::puts(openblas_get_corename()) < 0;
  Dlib dlib(std::getenv("FR_MODELS_FROM"));
  bench::Tasks tasks;
  tasks["embed"] = [&](const std::string& count) {
    return [&dlib, chips = some_chips(std::stoul(count))] { return static_cast<double>(dlib.net(chips)[0](0)); };
  };
  tasks["detect"] = [&](const std::string& path) {
    const auto picture = std::make_shared<Picture>();
    dlib::load_image(*picture, path);
    return [&dlib, picture] { return static_cast<double>(dlib.detect(*picture).size()); };
  };
  tasks["picture"] = [&](const std::string& path) { return [&dlib, path] { return dlib.describe(path); }; };
  return bench::serve(tasks, argc, argv);
}
