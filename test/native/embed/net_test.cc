// The network and the landmarks give what dlib's own give, on every instruction set of this processor.
#include <dlib/image_processing.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "align/landmarks.hh"
#include "build_model/dlib_net.hh"
#include "check.hh"
#include "embed/layers.hh"
#include "embed/net.hh"
#include "photos.hh"

namespace {

const fr::Weights& weights() {
  static const fr::Weights the_weights(photos::environment("FR_WEIGHTS_FILE"));
  return the_weights;
}

std::vector<fr::Chip> chips(std::size_t count) {
  std::mt19937 random(1);
  std::vector<fr::Chip> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < all[i].rgb.size(); ++j) {
      all[i].rgb[j] = static_cast<std::uint8_t>(j / 450 * (i + 1) + j % 450 / 3 + random() % 90);
    }
  }
  return all;
}

std::vector<dlib::matrix<float, 0, 1>> dlib_vectors(const std::vector<fr::Chip>& all) {
  static fr::DlibNet net = [] {
    fr::DlibNet loaded;
    dlib::deserialize(photos::environment("FR_MODELS_FROM") + "/dlib_face_recognition_resnet_model_v1.dat") >> loaded;
    return loaded;
  }();
  std::vector<dlib::matrix<dlib::rgb_pixel>> inputs;
  for (const fr::Chip& chip : all) {
    dlib::matrix<dlib::rgb_pixel> input(fr::kChipSide, fr::kChipSide);
    std::size_t next = 0;
    for (dlib::rgb_pixel& pixel : input) {
      pixel = {chip.rgb[next], chip.rgb[next + 1], chip.rgb[next + 2]};
      next += 3;
    }
    inputs.push_back(input);
  }
  return net(inputs);
}

// Within 1e-5 in full precision, within 1e-3 with the weights that ship.
void check_vectors(const fr::Weights& weights) {
  const float limit = weights.section("network").size < 4 * fr::network_floats() ? 1e-3F : 1e-5F;
  const std::vector<fr::Chip> all = chips(5);
  const std::vector<dlib::matrix<float, 0, 1>> theirs = dlib_vectors(all);
  for (const fr::Isa isa : fr::usable_isas()) {
    const fr::FaceNet net(weights, isa);
    const std::vector<fr::FaceVector> batch = net.embed(all.data(), all.size());
    const fr::FaceVector alone = net.embed(&all[3], 1)[0];
    CHECK(alone == batch[3]);
    float worst = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < batch[i].size(); ++j) {
        worst = std::max(worst, std::abs(batch[i][j] - theirs[i](static_cast<long>(j))));
      }
    }
    std::printf("  %s: largest difference to dlib %.1e\n", fr::name_of(isa).c_str(), static_cast<double>(worst));
    CHECK(worst < limit);
  }
}

TEST("vectors are within 1e-3 of dlib's, alone and in batches, on every instruction set") { check_vectors(weights()); }

TEST("vectors from weights in full precision are within 1e-5 of dlib's") {
  const fr::Weights full(photos::environment("FR_FULL_WEIGHTS_FILE"));
  CHECK_EQ(full.section("network").size, 4 * fr::network_floats());
  check_vectors(full);
}

TEST("vectors are the same to the bit on any number of threads") {
  const std::vector<fr::Chip> all = chips(11);
  const fr::Isa isa = fr::usable_isas().back();
  const std::vector<fr::FaceVector> one = fr::FaceNet(weights(), isa, 1).embed(all.data(), all.size());
  for (const std::size_t threads : {2U, 3U, 20U}) {
    CHECK(fr::FaceNet(weights(), isa, threads).embed(all.data(), all.size()) == one);
  }
  CHECK(fr::FaceNet(weights(), isa, 4).embed(all.data(), 0).empty());
}

// Smooth like a photograph: in noise, a probe that is rounded to the next pixel would read something else entirely.
dlib::array2d<unsigned char> smooth_picture(int width, int height, std::mt19937& random) {
  std::uniform_real_distribution<double> part(0, 1);
  std::vector<double> sums(static_cast<std::size_t>(width * height), 128);
  for (int wave = 0; wave < 12; ++wave) {
    const double along = (part(random) - .5) / 6;
    const double down = (part(random) - .5) / 6;
    const double phase = 6.3 * part(random);
    for (int i = 0; i < width * height; ++i) {
      sums[static_cast<std::size_t>(i)] += 14 * std::sin(along * (i % width) + down * (i / width) + phase);
    }
  }
  dlib::array2d<unsigned char> picture(height, width);
  std::size_t next = 0;
  for (unsigned char& pixel : picture) pixel = static_cast<unsigned char>(std::clamp(sums[next++], 0., 255.));
  return picture;
}

TEST("landmarks are dlib's to the pixel, also when the box reaches past the picture") {
  dlib::shape_predictor theirs;
  dlib::deserialize(photos::environment("FR_MODELS_FROM") + "/shape_predictor_5_face_landmarks.dat") >> theirs;
  const fr::LandmarkPredictor ours(weights());
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    const dlib::array2d<unsigned char> picture = smooth_picture(400, 300, random);
    const long left = static_cast<long>(random() % 500) - 100;
    const long top = static_cast<long>(random() % 400) - 100;
    const long side = 30 + static_cast<long>(random() % 200);
    const dlib::full_object_detection shape = theirs(picture, dlib::rectangle(left, top, left + side - 1, top + side - 1));
    const fr::Landmarks found = ours.predict({&picture[0][0], 400, 300}, {left, top, left + side, top + side});
    for (unsigned long p = 0; p < 5; ++p) {
      CHECK_EQ(found[p].x, static_cast<double>(shape.part(p).x()));
      CHECK_EQ(found[p].y, static_cast<double>(shape.part(p).y()));
    }
  }
}

}  // namespace

int main() { return check::run_tests(); }
