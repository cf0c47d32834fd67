// The CNN face detector, compared with dlib's own network on every instruction set.
//
// FR_PHOTOS names a folder of photographs with faces; FR_FACES, if set, another to take a sample of.
#include <dlib/image_transforms.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "check.hh"
#include "detect/cnn.hh"
#include "detect/cnn_plane.hh"
#include "build_model/dlib_cnn.hh"
#include "photos.hh"
#include "image/resize.hh"

namespace {

using Random = std::mt19937;
using Found = std::vector<fr::ScoredBox>;

fr::CnnDetector ours(fr::Isa isa) {
  static const fr::Weights weights(photos::environment("FR_WEIGHTS_FILE"));
  return {weights, isa};
}

Found dlibs(const fr::Image& image, double threshold) {
  static fr::DlibCnn net = [] {
    fr::DlibCnn loaded;
    dlib::deserialize(photos::environment("FR_MODELS_FROM") + "/mmod_human_face_detector.dat") >> loaded;
    return loaded;
  }();
  dlib::matrix<dlib::rgb_pixel> pixels(image.height, image.width);
  static_assert(sizeof(dlib::rgb_pixel) == 3);
  std::memcpy(&pixels(0, 0), image.rgb.data(), image.rgb.size());
  Found found;
  for (const dlib::mmod_rect& face : net.process(pixels, threshold)) {
    const dlib::rectangle& rect = face.rect;
    found.push_back({{rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1}, face.detection_confidence});
  }
  return found;
}

bool same(const fr::ScoredBox& a, const fr::ScoredBox& b) {
  return a.box.left == b.box.left && a.box.top == b.box.top && a.box.right == b.box.right &&
         a.box.bottom == b.box.bottom && std::abs(a.score - b.score) < 1e-3;
}

// How many faces dlib finds. Fails the test if ours differ. Below dlib's own threshold of 0 there are more.
std::size_t compare(const fr::Image& image, const std::string& name, double threshold = -0.5) {
  const Found theirs = dlibs(image, threshold);
  for (const fr::Isa isa : fr::usable_isas()) {
    const Found found = ours(isa).detect(image, threshold);
    const bool all_there = std::all_of(theirs.begin(), theirs.end(), [&](const fr::ScoredBox& face) {
      return std::any_of(found.begin(), found.end(), [&](const fr::ScoredBox& mine) { return same(mine, face); });
    });
    if (!all_there || found.size() != theirs.size()) {
      check::fail(__FILE__, __LINE__, name + " has other faces on " + fr::name_of(isa));
    }
  }
  return theirs.size();
}

fr::Image cut(const fr::Image& image, int left, int top, int width, int height) {
  fr::Image part{width, height, {}};
  for (int y = top; y < top + height; ++y) {
    const auto from = image.rgb.begin() + 3 * (y * image.width + left);
    part.rgb.insert(part.rgb.end(), from, from + 3 * width);
  }
  return part;
}

fr::Image noise(Random& random, int width, int height) {
  fr::Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
  for (std::uint8_t& value : image.rgb) value = static_cast<std::uint8_t>(random());
  return image;
}

// Ovals with two dark spots and a bar: not faces, but the network is not sure.
fr::Image drawing(Random& random, int width, int height) {
  fr::Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), 90)};
  const auto oval = [&image](double x, double y, double across, double down, const std::uint8_t (&colour)[3]) {
    for (int i = 0; i < image.width * image.height; ++i) {
      const double dx = (i % image.width - x) / across;
      const double dy = (i / image.width - y) / down;
      if (dx * dx + dy * dy < 1) std::copy_n(colour, 3, image.rgb.begin() + 3 * i);
    }
  };
  for (int face = 0; face < 3; ++face) {
    const auto below = [&random](int limit) { return static_cast<double>(random() % static_cast<unsigned>(limit)); };
    const double x = below(width);
    const double y = below(height);
    const double size = 25 + below(40);
    oval(x, y, size, 1.3 * size, {205, 160, 135});
    for (const double side : {-.4, .4}) oval(x + side * size, y - .3 * size, .16 * size, .1 * size, {40, 30, 30});
    oval(x, y + .6 * size, .35 * size, .1 * size, {150, 60, 60});
  }
  return image;
}

TEST("the sizes of a picture are laid out as in dlib") {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const int width = fr::kPlaneLeastWidth + static_cast<int>(random() % (i % 2 == 0 ? 80 : 5000));
    const int height = 1 + static_cast<int>(random() % (i % 3 == 0 ? 60 : 5000));
    std::vector<dlib::rectangle> rects;
    long rows = 0, columns = 0;
    dlib::impl::compute_tiled_image_pyramid_details(dlib::pyramid_down<6>(), height, width, 10, 11, rects, rows, columns);
    const fr::PlaneLayout layout = fr::lay_out(width, height);
    CHECK_EQ(layout.width, columns);
    CHECK_EQ(layout.height, rows);
    CHECK_EQ(layout.tiles.size(), rects.size());
    const bool same_places = std::equal(
        rects.begin(), rects.end(), layout.tiles.begin(), layout.tiles.end(),
        [](const dlib::rectangle& rect, const fr::PlaneTile& tile) {
          return rect == dlib::rectangle(tile.left, tile.top, tile.left + tile.width - 1, tile.top + tile.height - 1);
        });
    CHECK(same_places);
  }
}

// Large enough for two threads, if there are cores for them.
TEST("finds dlib's faces on photographs") {
  std::vector<std::filesystem::path> paths = photos::in_folder(photos::environment("FR_PHOTOS"));
#if defined(FR_SANITIZED)
  paths.erase(paths.begin(), paths.end() - 1);  // with sanitizers a look takes ten times as long
#endif
  std::size_t faces = 0;
  for (const std::filesystem::path& path : paths) {
    const fr::Image small = fr::shrunk(photos::read(path), 600'000);
    const fr::Image part = cut(small, small.width / 4, small.height / 4, small.width / 2, small.height / 2);
    CHECK(fr::lay_out(part.width, part.height).height > 1000);
    faces += compare(part, path.string());
  }
  CHECK(faces >= paths.size());
}

TEST("scores drawings and noise as dlib does") {
  Random random(2);
  std::size_t windows = 0;
  for (int i = 0; i < 6; ++i) {
    const int width = 60 + static_cast<int>(random() % 120);
    const int height = 40 + static_cast<int>(random() % 120);
    windows += compare(drawing(random, width, height), "drawing " + std::to_string(i), -1.2);
    windows += compare(noise(random, width, height), "noise " + std::to_string(i), -1.2);
  }
  CHECK(windows >= 6);
}

TEST("pictures of every small size are scanned without an error") {
  Random random(3);
  for (int i = 0; i < 40; ++i) {
    const fr::Image image = noise(random, 1 + static_cast<int>(random() % 40), 1 + static_cast<int>(random() % 12));
    for (const fr::Isa isa : fr::usable_isas()) (void)ours(isa).detect(image, 0);
  }
  CHECK(ours(fr::Isa::portable).detect({0, 10, {}}, 0).empty());
}

TEST("finds dlib's faces on a sample of research photographs, or else on shrunk photographs") {
  std::size_t faces = 0;
  for (const fr::Image& image : photos::more(100, 700'000)) faces += compare(image, "one more photograph");
  CHECK(faces > 0);
}

}  // namespace

int main() { return check::run_tests(); }
