// The one translation unit that knows dlib: HOG detector, shape predictor, chips, ResNet.
#include "engine.hh"

#include <dlib/dnn.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>

#include <algorithm>
#include <stdexcept>

namespace fr {
namespace {

// A dlib image that borrows an Image's pixels.
struct RgbView {
  const Image* image;
};

long num_rows(const RgbView& view) { return view.image->height; }
long num_columns(const RgbView& view) { return view.image->width; }
long width_step(const RgbView& view) { return view.image->width * 3L; }
const void* image_data(const RgbView& view) { return view.image->rgb.data(); }

}  // namespace
}  // namespace fr

namespace dlib {
template <>
struct image_traits<fr::RgbView> {
  using pixel_type = rgb_pixel;
};
template <>
struct image_traits<const fr::RgbView> {
  using pixel_type = rgb_pixel;
};
}  // namespace dlib

namespace fr {
namespace {

// dlib's face network (its description: dnn_face_recognition_ex.cpp): residual blocks of two 3x3 convolutions, each
// followed by a fixed affine layer; a block that halves the picture adds a 2x2 average pool of its input.
template <int N, int stride, typename Input>
using Convolution = dlib::affine<dlib::con<N, 3, 3, stride, stride, Input>>;

template <int N, int stride, typename Input>
using TwoConvolutions = Convolution<N, 1, dlib::relu<Convolution<N, stride, Input>>>;

template <int N, typename Input>
using Block = dlib::relu<dlib::add_prev1<TwoConvolutions<N, 1, dlib::tag1<Input>>>>;

template <int N, typename Input>
using HalvingBlock = dlib::relu<
    dlib::add_prev2<dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<TwoConvolutions<N, 2, dlib::tag1<Input>>>>>>>;

template <typename Input>
using Stem = dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, Input>>>>;
template <typename Input>
using Stage32 = Block<32, Block<32, Block<32, Input>>>;
template <typename Input>
using Stage64 = Block<64, Block<64, Block<64, HalvingBlock<64, Input>>>>;
template <typename Input>
using Stage128 = Block<128, Block<128, HalvingBlock<128, Input>>>;
template <typename Input>
using Stage256 = HalvingBlock<256, Block<256, Block<256, HalvingBlock<256, Input>>>>;

using FaceNet = dlib::loss_metric<dlib::fc_no_bias<
    kVectorSize, dlib::avg_pool_everything<
                     Stage256<Stage128<Stage64<Stage32<Stem<dlib::input_rgb_image_sized<kChipSide>>>>>>>>>;

template <typename Model>
Model load(const std::string& path) {
  Model model;
  try {
    dlib::deserialize(path) >> model;
  } catch (const std::exception& error) {
    throw std::runtime_error("cannot read the model file " + path + " (" + error.what() + "): run the build again");
  }
  return model;
}

using GrayImage = dlib::array2d<unsigned char>;

Box to_box(const dlib::rectangle& rect) { return {rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1}; }

// Left to right, then top to bottom, so that a face's number does not depend on the detector's score.
void sort_as_read(std::vector<Detection>& detections) {
  std::sort(detections.begin(), detections.end(), [](const Detection& a, const Detection& b) {
    return std::tie(a.box.left, a.box.top, a.score) < std::tie(b.box.left, b.box.top, b.score);
  });
}

}  // namespace

struct Engine::Networks {
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  dlib::shape_predictor landmarks;
  FaceNet face_net;

  explicit Networks(const std::string& dir)
      : landmarks(load<dlib::shape_predictor>(dir + "/shape_predictor_5_face_landmarks.dat")),
        face_net(load<FaceNet>(dir + "/dlib_face_recognition_resnet_model_v1.dat")) {}

  std::vector<Detection> detect(const GrayImage& gray) {
    std::vector<dlib::rect_detection> found;
    detector(gray, found);
    std::vector<Detection> detections;
    for (const auto& face : found) {
      const dlib::full_object_detection shape = landmarks(gray, face.rect);
      Detection detection{to_box(face.rect), face.detection_confidence, {}};
      for (unsigned long i = 0; i < detection.landmarks.size(); ++i) {
        const dlib::point& part = shape.part(i);
        detection.landmarks[i] = {static_cast<double>(part.x()), static_cast<double>(part.y())};
      }
      detections.push_back(detection);
    }
    return detections;
  }
};

Engine::Engine(const std::string& models_dir) : networks_(std::make_unique<Networks>(models_dir)) {}
Engine::~Engine() = default;

std::vector<Detection> Engine::detect(const Image& image) const {
  GrayImage gray;
  dlib::assign_image(gray, RgbView{&image});
  std::vector<Detection> detections = networks_->detect(gray);
  if (detections.empty() && image.rgb.size() / 3 <= kSecondLookMaxPixels) {
    const dlib::pyramid_down<2> pyramid;
    dlib::pyramid_up(gray, pyramid);
    detections = networks_->detect(gray);
    for (Detection& detection : detections) {
      const Box& big = detection.box;
      detection.box = to_box(pyramid.rect_down(dlib::rectangle(big.left, big.top, big.right - 1, big.bottom - 1)));
      for (Point& point : detection.landmarks) {
        const dlib::dpoint small = pyramid.point_down(dlib::dpoint(point.x, point.y));
        point = {small.x(), small.y()};
      }
    }
  }
  sort_as_read(detections);
  return detections;
}

Chip Engine::cut_chip(const Image& image, const ChipGeometry& geometry) const {
  const auto square = dlib::centered_drect(dlib::dpoint(geometry.center.x, geometry.center.y), geometry.side,
                                           geometry.side);
  const dlib::chip_details details(square, dlib::chip_dims(kChipSide, kChipSide), geometry.angle);
  dlib::matrix<dlib::rgb_pixel> pixels;
  dlib::extract_image_chip(RgbView{&image}, details, pixels);
  Chip chip;
  std::size_t next = 0;
  for (const dlib::rgb_pixel& pixel : pixels) {
    chip.rgb[next++] = pixel.red;
    chip.rgb[next++] = pixel.green;
    chip.rgb[next++] = pixel.blue;
  }
  return chip;
}

std::vector<FaceVector> Engine::embed(const std::vector<Chip>& chips) {
  std::vector<dlib::matrix<dlib::rgb_pixel>> inputs;
  inputs.reserve(chips.size());
  for (const Chip& chip : chips) {
    dlib::matrix<dlib::rgb_pixel> input(kChipSide, kChipSide);
    std::size_t next = 0;
    for (dlib::rgb_pixel& pixel : input) {
      pixel = {chip.rgb[next], chip.rgb[next + 1], chip.rgb[next + 2]};
      next += 3;
    }
    inputs.push_back(std::move(input));
  }
  std::vector<FaceVector> vectors(chips.size());
  if (chips.empty()) return vectors;
  const std::vector<dlib::matrix<float, 0, 1>> outputs = networks_->face_net(inputs, kEmbedBatch);
  for (std::size_t i = 0; i < outputs.size(); ++i) std::copy(outputs[i].begin(), outputs[i].end(), vectors[i].begin());
  return vectors;
}

}  // namespace fr
