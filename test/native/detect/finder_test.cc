// Finding faces: turned and shrunk pictures, and which faces a plain and a thorough look find.
#include <algorithm>
#include <cmath>
#include <random>

#include "check.hh"
#include "detect/finder.hh"
#include "photos.hh"
#include "image/resize.hh"
#include "image/turn.hh"

namespace {

const fr::FaceFinder& finder() {
  static const fr::Weights weights(photos::environment("FR_WEIGHTS_FILE"));
  static const fr::FaceFinder the_finder(weights, fr::chosen_isa());
  return the_finder;
}

fr::Image photo(const std::string& name) {
  return fr::shrunk(photos::read(photos::environment("FR_PHOTOS") + "/" + name), 420'000);
}

/// Four people side by side.
const fr::Image& group() {
  static const fr::Image image = photo("sample6.jpg");
  return image;
}

fr::Image noise(int width, int height) {
  std::mt19937 random(1);
  fr::Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>(random());
  return image;
}

fr::Box moved_back(const fr::Box& box, int quarters, const fr::Image& image) {
  return fr::turned_back(box, quarters, image.width, image.height);
}

bool holds(const fr::Box& box, const fr::Point& point) {
  return point.x >= static_cast<double>(box.left) && point.x < static_cast<double>(box.right) &&
         point.y >= static_cast<double>(box.top) && point.y < static_cast<double>(box.bottom);
}

TEST("a face in a given box has the landmarks of the face that was found there") {
  const std::vector<fr::Detection> found = finder().find(group(), fr::Search::usual);
  CHECK(!found.empty());
  for (const fr::Detection& face : found) {
    const fr::Detection given = finder().face_in(group(), face.box);
    for (std::size_t i = 0; i < face.landmarks.size(); ++i) {
      CHECK_EQ(given.landmarks[i].x, face.landmarks[i].x);
      CHECK_EQ(given.landmarks[i].y, face.landmarks[i].y);
    }
  }
}

TEST("each pixel of a turned picture maps back to its place") {
  const fr::Image image = noise(7, 5);
  const fr::GrayImage gray = fr::to_gray(image, fr::Isa::portable);
  for (int quarters = 0; quarters < 4; ++quarters) {
    const fr::Image turned = fr::turned(image, quarters);
    const fr::GrayImage gray_turned = fr::turned(gray, quarters);
    CHECK_EQ(turned.width, quarters % 2 == 0 ? 7 : 5);
    CHECK_EQ(gray_turned.height, turned.height);
    for (int i = 0; i < 35; ++i) {
      const int x = i % turned.width;
      const int y = i / turned.width;
      const fr::Point from = fr::turned_back(fr::Point{static_cast<double>(x), static_cast<double>(y)}, quarters, 7, 5);
      const auto at = static_cast<std::size_t>(from.y * 7 + from.x);
      CHECK(std::equal(turned.rgb.begin() + 3 * i, turned.rgb.begin() + 3 * i + 3, image.rgb.begin() + 3 * static_cast<long>(at)));
      CHECK_EQ(gray_turned.pixels[static_cast<std::size_t>(i)], gray.pixels[at]);
      const fr::Box box = moved_back({x, y, x + 1, y + 1}, quarters, image);
      CHECK(holds(box, from) && box.right - box.left == 1 && box.bottom - box.top == 1);
    }
  }
  // Clockwise: the top left goes to the top right.
  CHECK_EQ(fr::turned(gray, 1).pixels[4], gray.pixels[0]);
  CHECK(fr::turned(fr::Image{0, 3, {}}, 1).rgb.empty());
}

TEST("a shrunk picture has at most the pixels asked for, and keeps proportions and colours") {
  const fr::Image image = noise(401, 203);
  CHECK(fr::shrunk(image, 401 * 203).rgb == image.rgb);
  for (const std::size_t most : {80'000UL, 50'000UL, 20'000UL, 1'000UL, 1UL}) {
    const fr::Image small = fr::shrunk(image, most);
    const std::size_t pixels = small.rgb.size() / 3;
    CHECK_EQ(pixels, static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height));
    CHECK(pixels <= most && pixels >= 1);
    if (most >= 1'000) CHECK(std::abs(small.width * 203.0 / (small.height * 401.0) - 1) < 0.1);
  }
  fr::Image flat{301, 99, std::vector<std::uint8_t>(3 * 301 * 99, 200)};
  const fr::Image small = fr::shrunk(flat, 5'000);
  CHECK(std::all_of(small.rgb.begin(), small.rgb.end(), [](std::uint8_t value) { return value == 200; }));
}

TEST("a scaled picture has the size asked for, and keeps its colours") {
  const fr::Image flat{301, 99, std::vector<std::uint8_t>(3 * 301 * 99, 200)};
  for (const double scale : {2.0, 1.0, .77, .5, .31, .01}) {
    const fr::Image other = fr::scaled(flat, scale);
    CHECK_EQ(other.width, static_cast<int>(std::lround(301 * scale)));
    CHECK_EQ(other.height, std::max(1, static_cast<int>(std::lround(99 * scale))));
    CHECK(std::all_of(other.rgb.begin(), other.rgb.end(), [](std::uint8_t value) { return value == 200; }));
  }
  CHECK(fr::scaled({0, 0, {}}, .5).rgb.empty());
}

TEST("HOG's box of a place leads back to the place") {
  const fr::Box box{100, 200, 180, 280};
  const fr::Box again = fr::hog_box(fr::place_of(box), 0);
  CHECK(again.left == box.left && again.top == box.top && again.right == box.right && again.bottom == box.bottom);
}

TEST("enrolment finds a large face beside a small one, and no smaller ones") {
  fr::Image picture = group();  // the small copy's faces are half as large as the others
  const fr::Image small = fr::scaled(group(), .5);
  for (int y = 0; y < small.height; ++y) {
    std::copy_n(small.rgb.begin() + 3 * y * small.width, 3 * small.width, picture.rgb.begin() + 3 * y * picture.width);
  }
  CHECK_EQ(finder().find(picture, fr::Search::enrolment).size(), finder().find(picture, fr::Search::usual).size());
}

TEST("enrolment finds several people of one size, of whom HOG finds one") {
  const fr::Image picture = photo("sample2.jpg");
  CHECK_EQ(finder().find(picture, fr::Search::usual).size(), std::size_t{1});
  CHECK_EQ(finder().find(picture, fr::Search::enrolment).size(), std::size_t{3});
}

// The picture turned by `quarters` gives only faces of the picture, in their places, and no fewer than a plain look at the
// upright picture.
void check_turned(const fr::Image& image, int quarters) {
  const std::vector<fr::Detection> upright = finder().find(image, fr::Search::thorough);
  const std::vector<fr::Detection> found = finder().find(fr::turned(image, quarters), fr::Search::usual);
  CHECK(!found.empty());
  CHECK(found.size() >= finder().find(image, fr::Search::usual).size());
  for (const fr::Detection& face : found) {
    const fr::Point nose = fr::turned_back(face.landmarks[4], quarters, image.width, image.height);
    const bool known = std::any_of(upright.begin(), upright.end(), [&](const fr::Detection& other) {
      return std::hypot(other.landmarks[4].x - nose.x, other.landmarks[4].y - nose.y) < 8 &&
             holds(moved_back(face.box, quarters, image), other.landmarks[4]);
    });
    CHECK(known);
  }
  CHECK(std::is_sorted(found.begin(), found.end(),
                       [](const fr::Detection& a, const fr::Detection& b) { return a.box.left < b.box.left; }));
}

TEST("a thorough look finds small faces beside a large one") {
  fr::Image picture = group();
  const fr::Image small = fr::shrunk(group(), picture.rgb.size() / 3 / 4);
  for (int y = 0; y < small.height; ++y) {
    std::copy_n(small.rgb.begin() + 3 * y * small.width, 3 * small.width, picture.rgb.begin() + 3 * y * picture.width);
  }
  const std::size_t plain = finder().find(picture, fr::Search::usual).size();
  const std::size_t thorough = finder().find(picture, fr::Search::thorough).size();
  CHECK(plain >= 1);
  CHECK(thorough >= plain + 3);
}

TEST("faces of a sideways or upside-down picture are found, in the right places") {
  check_turned(group(), 1);
  check_turned(group(), 3);
  check_turned(photo("sample2.jpg"), 2);
}

TEST("a thorough look counts no face twice") {
  const std::vector<fr::Detection> plain = finder().find(group(), fr::Search::usual);
  const std::vector<fr::Detection> thorough = finder().find(group(), fr::Search::thorough);
  CHECK_EQ(thorough.size(), plain.size());
  for (std::size_t i = 0; i < plain.size() && i < thorough.size(); ++i) {
    CHECK_EQ(thorough[i].box.left, plain[i].box.left);
    CHECK_EQ(thorough[i].score, plain[i].score);
  }
}

TEST("no look finds a face in a picture of nobody") {
  CHECK(finder().find(noise(120, 90), fr::Search::thorough).empty());
  CHECK(finder().find(noise(1, 1), fr::Search::thorough).empty());
  CHECK(finder().find({0, 0, {}}, fr::Search::thorough).empty());
}

}  // namespace

int main() { return check::run_tests(); }
