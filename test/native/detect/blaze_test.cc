// BlazeFace compared with TensorFlow Lite on the same file, and its scans of pictures.
#include <algorithm>
#include <cmath>

#include "check.hh"
#include "detect/blaze.hh"
#include "image/resize.hh"
#include "image/turn.hh"
#include "photos.hh"

namespace {

const fr::Weights& weights() {
  static const fr::Weights the_weights(photos::environment("FR_WEIGHTS_FILE"));
  return the_weights;
}

/// Colours that are the same on every machine, and not a face.
fr::Image pattern() {
  fr::Image image{128, 128, {}};
  std::uint32_t state = 1;
  for (unsigned i = 0; i < 128 * 128 * 3; ++i) {
    state = state * 1664525U + 1013904223U;
    const unsigned x = i / 3 % 128, y = i / 3 / 128, c = i % 3;
    image.rgb.push_back(static_cast<std::uint8_t>((state >> 24) / 4 + (x * y / 64 + c * 40) % 190));
  }
  return image;
}

/// An anchor's number, and its score, box and last keypoint, in pixels.
struct Expected {
  std::size_t anchor;
  double score, left, top, right, bottom, ear_x, ear_y;
};

// TensorFlow Lite's output for pattern(): the WebAssembly of npm's @tensorflow/tfjs-tflite 0.0.1-alpha.10, with XNNPACK.
constexpr Expected kReference[] = {
    {0, 0.0119825, -9.74324, -9.57297, 17.83676, 18.00659, 12.51966, 2.50997},
    {1, 0.0233803, -15.93975, -14.50492, 23.31355, 24.74817, 16.60491, 2.45383},
    {301, 0.1009794, 34.57491, 60.44648, 68.77582, 94.64735, 59.32426, 69.06299},
    {511, 0.0237531, 96.63687, 99.14097, 148.15953, 150.66360, 134.30438, 120.58261},
    {512, 0.0075445, -14.14030, -14.14547, 33.46710, 33.44873, 25.17174, 2.11203},
    {700, 0.0000011, 78.50027, 18.64844, 166.42724, 106.56270, 149.72256, 55.02153},
    {895, 0.0000000, 68.42454, 65.66013, 195.08471, 192.44180, 169.19725, 122.24972},
};

TEST("every anchor agrees with TensorFlow Lite") {
  for (const fr::Isa isa : fr::usable_isas()) {
    fr::BlazeRoom room;
    const auto hits = fr::BlazeNet(weights(), isa).look(pattern(), 0, 0, 128, 128, 0, room);
    CHECK_EQ(hits.size(), 896U);
    for (const Expected& e : kReference) {
      const fr::BlazeHit& hit = hits.at(e.anchor);
      CHECK(std::abs(hit.score - e.score) < 1e-6);
      const double found[] = {hit.left, hit.top, hit.right, hit.bottom, hit.keypoints[5].x, hit.keypoints[5].y};
      const double theirs[] = {e.left, e.top, e.right, e.bottom, e.ear_x, e.ear_y};
      for (int i = 0; i < 6; ++i) CHECK(std::abs(found[i] - theirs[i]) < 1e-3);
    }
  }
}

TEST("a look at a part of another size does not affect the next look") {
  fr::BlazeRoom room;
  const fr::BlazeNet net(weights(), fr::chosen_isa());
  const auto first = net.look(pattern(), 0, 0, 128, 128, 0, room);
  (void)net.look(pattern(), -32, 16, 176, 48, 0, room);
  const auto again = net.look(pattern(), 0, 0, 128, 128, 0, room);
  CHECK(std::equal(first.begin(), first.end(), again.begin(), again.end(),
                   [](const fr::BlazeHit& a, const fr::BlazeHit& b) { return a.score == b.score && a.left == b.left; }));
}

/// Four people side by side.
fr::Image group(std::size_t pixels) {
  return fr::shrunk(photos::read(photos::environment("FR_PHOTOS") + "/sample6.jpg"), pixels);
}

std::size_t sure_places(const fr::Image& image, int quarters, const fr::BlazeReach& reach) {
  const fr::BlazeDetector blaze(weights(), fr::chosen_isa());
  fr::Budget budget;
  const auto places = blaze.scan(image, quarters, reach, budget);
  return static_cast<std::size_t>(
      std::count_if(places.begin(), places.end(), [](const fr::BlazeFace& place) { return place.score > .8; }));
}

TEST("four people give four places, on one tile, on many, and on the turned picture") {
  CHECK_EQ(sure_places(group(420'000), 0, fr::kBlazeUsual), 4U);
  CHECK_EQ(sure_places(group(2'500'000), 0, fr::kBlazeThorough), 4U);
  CHECK_EQ(sure_places(fr::turned(group(420'000), 3), 1, fr::kBlazeUsual), 4U);
}

TEST("a place scores best with its face upright, and its box then holds the face") {
  const fr::BlazeDetector blaze(weights(), fr::chosen_isa());
  const fr::Image upright = group(420'000);
  fr::Budget budget;
  const fr::BlazeFace face = blaze.scan(upright, 0, fr::kBlazeUsual, budget).at(0);
  for (int quarters = 0; quarters < 4; ++quarters) {
    const fr::Image turned = fr::turned(upright, quarters);
    const int back = (4 - quarters) % 4;
    const fr::BlazeFace place = blaze.scan(turned, back, fr::kBlazeUsual, budget).at(0);
    const auto scores = blaze.score_turned(turned, place);
    CHECK_EQ(std::max_element(scores.begin(), scores.end()) - scores.begin(), back);
    const fr::Point middle = fr::turned_back(fr::Point{place.x, place.y}, quarters, upright.width, upright.height);
    CHECK(std::hypot(middle.x - face.x, middle.y - face.y) < face.side / 10);
    CHECK(blaze.look_again(turned, place, back).face.score > .8);
    const double first_score = blaze.look_again(turned, place, 0).best_score;
    CHECK(blaze.score_turned(turned, place, first_score) == scores);
  }
}

TEST("pictures of every size are scanned without an error") {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 900}, {1300, 2}, {641, 640}, {17, 33}}) {
    const fr::Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), 128)};
    CHECK_EQ(sure_places(image, 0, fr::kBlazeThorough), 0U);
    CHECK_EQ(sure_places(image, 1, fr::kBlazeUsual), 0U);
  }
  CHECK_EQ(sure_places({0, 0, {}}, 0, fr::kBlazeUsual), 0U);
}

}  // namespace

int main() { return check::run_tests(); }
