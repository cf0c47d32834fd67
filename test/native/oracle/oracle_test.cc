// The whole flow gives what dlib gives, on every instruction set. dlib's answers come from oracle_says through standard input,
// so that this program also runs where dlib is not built.
#include <algorithm>
#include <cmath>

#include "align/align.hh"
#include "check.hh"
#include "align/chip.hh"
#include "detect/finder.hh"
#include "embed/layers.hh"
#include "embed/net.hh"
#include "oracle/oracle.hh"
#include "photos.hh"

namespace {

const fr::Weights& weights() {
  static const fr::Weights the_weights(photos::environment("FR_WEIGHTS_FILE"));
  return the_weights;
}

const std::vector<oracle::Picture>& pictures() {
  static const std::vector<oracle::Picture> all = [] {
    std::vector<oracle::Picture> read;
    oracle::Channel(stdin, false).pass(read);
    return read;
  }();
  return all;
}

std::vector<const oracle::Face*> faces() {
  std::vector<const oracle::Face*> all;
  for (const oracle::Picture& picture : pictures()) {
    for (const oracle::Face& face : picture.faces) all.push_back(&face);
  }
  return all;
}

bool same_box(const fr::Box& a, const fr::Box& b) {
  return a.left == b.left && a.top == b.top && a.right == b.right && a.bottom == b.bottom;
}

float largest_difference(const fr::FaceVector& a, const fr::FaceVector& b) {
  float largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST("gray pictures are dlib's to the bit") {
  for (const oracle::Picture& picture : pictures()) {
    for (const fr::Isa isa : fr::usable_isas()) {
      CHECK(fr::to_gray(picture.image, isa).pixels == picture.gray);
    }
  }
}

// Within 1e-5 in full precision, within 1e-3 with the weights that ship.
void check_vectors(const fr::Weights& weights) {
  const float limit = weights.section("network").size < 4 * fr::network_floats() ? 1e-3F : 1e-5F;
  std::vector<fr::Chip> chips;
  for (const oracle::Face* face : faces()) chips.push_back(face->chip);
  CHECK(chips.size() >= 8);
  for (const fr::Isa isa : fr::usable_isas()) {
    const std::vector<fr::FaceVector> vectors = fr::FaceNet(weights, isa).embed(chips.data(), chips.size());
    float worst = 0;
    for (std::size_t i = 0; i < chips.size(); ++i) {
      worst = std::max(worst, largest_difference(vectors[i], faces()[i]->vector));
    }
    std::printf("  %s: largest difference to dlib %.1e\n", fr::name_of(isa).c_str(), static_cast<double>(worst));
    CHECK(worst < limit);
  }
}

TEST("vectors of dlib's chips are within 1e-3 of dlib's") { check_vectors(weights()); }

TEST("vectors of dlib's chips from weights in full precision are within 1e-5 of dlib's") {
  check_vectors(fr::Weights(photos::environment("FR_FULL_WEIGHTS_FILE")));
}

// From the picture to the vector. When the chip is dlib's to the byte, the test above has checked its vector.
void check_flow(const oracle::Face& theirs, const fr::Detection& ours, const fr::Image& image, fr::Isa isa) {
  CHECK(same_box(ours.box, theirs.found.box));
  CHECK(std::abs(ours.score - theirs.found.score) < 1e-4);
  for (std::size_t i = 0; i < ours.landmarks.size(); ++i) {
    CHECK(std::abs(ours.landmarks[i].x - theirs.landmarks[i].x) < 0.1);
    CHECK(std::abs(ours.landmarks[i].y - theirs.landmarks[i].y) < 0.1);
  }
  const fr::Chip chip = fr::cut_chip(image, fr::align(ours.landmarks));
  if (chip.rgb == theirs.chip.rgb) return;
  std::size_t differing = 0;
  int most = 0;
  for (std::size_t i = 0; i < chip.rgb.size(); ++i) {
    differing += chip.rgb[i] != theirs.chip.rgb[i];
    most = std::max(most, std::abs(chip.rgb[i] - theirs.chip.rgb[i]));
  }
  const float difference = largest_difference(fr::FaceNet(weights(), isa).embed(&chip, 1)[0], theirs.vector);
  std::printf("  %s: %zu bytes of a chip differ, by %d at most; its vector by %.1e\n", fr::name_of(isa).c_str(), differing,
              most, static_cast<double>(difference));
  CHECK(difference < 1e-3F);
}

// As in detect/finder.cc: with a face of the first score our finder looks no further than HOG, and a face below the second
// has to be one for BlazeFace too.
constexpr double kSureScore = 0.5;
constexpr double kDoubtfulScore = 0.2;

TEST("from a picture on, boxes are dlib's, landmarks within 0.1 pixels of dlib's, and vectors within 1e-3") {
  for (const fr::Isa isa : fr::usable_isas()) {
    const fr::FaceFinder finder(weights(), isa);
    std::size_t followed = 0;
    std::size_t sure = 0;
    for (const oracle::Picture& picture : pictures()) {
      if (picture.faces.empty()) continue;
      const std::vector<fr::Detection> found = finder.find(picture.image, fr::Search::usual);
      double surest = 0;
      for (const oracle::Face& theirs : picture.faces) {
        surest = std::max(surest, theirs.found.score);
        if (theirs.found.score < kDoubtfulScore) continue;
        const auto ours = std::find_if(found.begin(), found.end(), [&](const fr::Detection& face) {
          return same_box(face.box, theirs.found.box);
        });
        CHECK(ours != found.end());
        if (ours == found.end()) continue;
        check_flow(theirs, *ours, picture.image, isa);
        ++followed;
      }
      if (surest >= kSureScore) {
        CHECK(found.size() <= picture.faces.size());
        ++sure;
      }
    }
    CHECK(followed >= 6);
    CHECK(sure > 0);
  }
}

TEST("HOG finds nothing where dlib's HOG finds nothing") {
  const fr::Section filters = weights().section("detector");
  std::size_t looks = 0;
  for (const oracle::Picture& picture : pictures()) {
    if (!picture.faces.empty()) continue;
    for (const fr::Isa isa : fr::usable_isas()) {
      const fr::HogDetector hog(fr::view_hog_filters(filters.data, filters.size), isa);
      CHECK(hog.detect(picture.gray.data(), picture.image.width, picture.image.height).empty());
      ++looks;
    }
  }
  CHECK(looks > 0);
}

TEST("the CNN's boxes are dlib's and their scores within 1e-3") {
  std::size_t boxes = 0;
  for (const fr::Isa isa : fr::usable_isas()) {
    const fr::CnnDetector cnn(weights(), isa);
    for (const oracle::Picture& picture : pictures()) {
      if (!picture.with_cnn) continue;
      const std::vector<fr::ScoredBox> found = cnn.detect(picture.image, picture.cnn_threshold);
      CHECK_EQ(found.size(), picture.cnn.size());
      for (const fr::ScoredBox& theirs : picture.cnn) {
        const bool there = std::any_of(found.begin(), found.end(), [&](const fr::ScoredBox& ours) {
          return same_box(ours.box, theirs.box) && std::abs(ours.score - theirs.score) < 1e-3;
        });
        CHECK(there);
        ++boxes;
      }
    }
  }
  CHECK(boxes >= 3 * fr::usable_isas().size());
}

}  // namespace

int main() { return check::run_tests(); }
