// The face mesh compared with TensorFlow Lite on the same file, and the squares that it finds in photographs.
#include "detect/mesh.hh"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <string>

#include "align/align.hh"
#include "align/chip.hh"
#include "check.hh"
#include "detect/finder.hh"
#include "image/turn.hh"
#include "photos.hh"
#include "pipeline.hh"

namespace {

const fr::Weights& weights() {
  static const fr::Weights the_weights(photos::environment("FR_WEIGHTS_FILE"));
  return the_weights;
}

/// Colours that are the same on every machine, and not a face.
fr::Image pattern() {
  fr::Image image{fr::kMeshSide, fr::kMeshSide, {}};
  constexpr unsigned kSide = fr::kMeshSide;
  std::uint32_t state = 1;
  for (unsigned i = 0; i < kSide * kSide * 3; ++i) {
    state = state * 1664525U + 1013904223U;
    const unsigned x = i / 3 % kSide, y = i / 3 / kSide, c = i % 3;
    image.rgb.push_back(static_cast<std::uint8_t>((state >> 24) / 4 + (x * y / 64 + c * 40) % 190));
  }
  return image;
}

// TensorFlow Lite gave the 468 points for pattern(): the WebAssembly of npm's @tensorflow/tfjs-tflite 0.0.1-alpha.10, with
// XNNPACK. NumPy fitted the square to those of mesh_template.inc.
TEST("the answer agrees with TensorFlow Lite's points, on every instruction set") {
  for (const fr::Isa isa : fr::usable_isas()) {
    fr::BlazeRoom room;
    const fr::MeshNet net(weights(), isa);
    for (int i = 0; i < 2; ++i) {  // the second time with what the first left in the room
      const fr::MeshAnswer answer = net.look(pattern(), room);
      CHECK(std::abs(answer.across - 138.65714) < 2e-3);
      CHECK(std::abs(answer.down - 1.20399) < 2e-3);
      CHECK(std::abs(answer.x - 99.60401) < 2e-3);
      CHECK(std::abs(answer.y - 106.02093) < 2e-3);
    }
  }
}

/// Four people who look at the camera.
const fr::Image& group() {
  static const fr::Image image = fr::shrunk(photos::read(photos::environment("FR_PHOTOS") + "/sample6.jpg"), 420'000);
  return image;
}

std::vector<fr::Detection> faces() {
  return fr::FaceFinder(weights(), fr::chosen_isa()).find(group(), fr::Search::usual);
}

double between(const fr::Point& a, const fr::Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

TEST("faces that look at the camera lie where the landmarks say") {
  const fr::FaceMesh mesh(weights(), fr::chosen_isa());
  const std::vector<fr::Detection> found = faces();
  CHECK_EQ(found.size(), 4U);
  for (const fr::Detection& face : found) {
    const fr::ChipGeometry expected = fr::align(face.refined);
    const fr::ChipGeometry square = mesh.square_of(group(), face.box, expected);
    CHECK(between(square.center, expected.center) < .06 * expected.side);
    CHECK(std::abs(std::log(square.side / expected.side)) < .15);
    CHECK(std::abs(square.angle - expected.angle) < .1);
  }
}

TEST("a picture turned by quarters gives the same square, turned") {
  const fr::FaceMesh mesh(weights(), fr::chosen_isa());
  const fr::Detection face = faces().at(0);
  const fr::ChipGeometry upright = mesh.square_of(group(), face.box, fr::align(face.landmarks));
  for (int quarters = 1; quarters < 4; ++quarters) {
    const fr::Image image = fr::turned(group(), quarters);
    const int back = (4 - quarters) % 4;
    const fr::Box box = fr::turned_back(face.box, back, image.width, image.height);
    fr::ChipGeometry near = upright;
    near.angle = 1.5707963 * quarters + .3;
    const fr::ChipGeometry square = mesh.square_of(image, box, near);
    const fr::Point center = fr::turned_back(square.center, quarters, group().width, group().height);
    CHECK(between(center, upright.center) < .03 * upright.side);
    CHECK(std::abs(std::log(square.side / upright.side)) < .03);
  }
}

TEST("a square may be of the face in a box if its middle lies inside, and it is neither tiny nor huge") {
  const fr::Box box{100, 200, 160, 260};
  CHECK(fr::may_be_of(box, {{130, 230}, 60, 3}));
  CHECK(fr::may_be_of(box, {{101, 259}, 21, 0}));
  CHECK(!fr::may_be_of(box, {{99, 230}, 60, 0}));
  CHECK(!fr::may_be_of(box, {{130, 261}, 60, 0}));
  CHECK(!fr::may_be_of(box, {{130, 230}, 19, 0}));
  CHECK(!fr::may_be_of(box, {{130, 230}, 181, 0}));
}

/// The columns of a picture that are left at this width: a head looks turned where it is narrow.
fr::Image squeezed(const fr::Image& image, int width) {
  fr::Image narrow{width, image.height, {}};
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto from = image.rgb.begin() + 3 * (static_cast<std::ptrdiff_t>(y) * image.width + x * image.width / width);
      narrow.rgb.insert(narrow.rgb.end(), from, from + 3);
    }
  }
  return narrow;
}

/// The numbers of each row of an answer, by column.
std::vector<std::map<std::string, double>> rows_of(const std::string& csv) {
  std::istringstream lines(csv);
  std::vector<std::string> columns;
  std::vector<std::map<std::string, double>> rows;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::size_t column = 0;
    if (!columns.empty()) rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) {
      if (rows.empty()) {
        columns.push_back(cell);
      } else {
        rows.back()[columns.at(column++)] = std::stod(cell);
      }
    }
  }
  return rows;
}

TEST("of faces that seem turned the mesh says where the chip lies, and of others the landmarks") {
  const fr::Pipeline pipeline(photos::environment("FR_WEIGHTS_FILE"));
  const fr::FaceMesh mesh(weights(), fr::chosen_isa());
  int turned = 0, others = 0;
  for (const int share : {100, 75, 60}) {
    const fr::Image image = squeezed(group(), group().width * share / 100);
    const auto rows = rows_of(pipeline.describe(image, {}, {}));
    const auto found = pipeline.detect(image, fr::Search::usual);
    CHECK_EQ(rows.size(), found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const bool is_turned = rows[i].at("turned") > 0;
      ++(is_turned ? turned : others);
      fr::ChipGeometry square = fr::align(found[i].landmarks);
      if (is_turned) square = mesh.square_of(image, found[i].box, square);
      const fr::FaceVector vector = pipeline.embed({fr::cut_chip(image, square)}).at(0);
      for (std::size_t v = 0; v < vector.size(); ++v) CHECK_EQ(static_cast<float>(rows[i].at("v" + std::to_string(v))), vector[v]);
    }
  }
  CHECK(turned > 0);
  CHECK(others > 0);
}

}  // namespace

int main() { return check::run_tests(); }
