// Which pass over a picture comes when.
#include "detect/finder.hh"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <tuple>
#include <utility>

#include "image/resize.hh"
#include "image/turn.hh"

namespace fr {
namespace {

// A HOG hit from a second pass counts only if its score is at least kSureScore or the CNN confirms it: most pictures
// that HOG passes over again show nobody. With such a hit no picture is turned for the CNN either. Measured on pictures without people and on CFP: see
// "Finding faces" in tools/lab/README.md.
constexpr double kSureScore = 0.5;
constexpr double kCnnThreshold = 0;          // dlib's own
constexpr double kTurnedCnnThreshold = 0.4;  // on turned pictures, whose faces the CNN also finds upright, but less surely

// What the CNN is shown of such a face: so many times its box, with the box at so many pixels.
constexpr double kAround = 2.5;
constexpr double kBoxShown = 96;

// A face that HOG and the CNN both find; the CNN's boxes are a tenth wider, and HOG's own limits hold for them too.
constexpr OverlapLimits kSameFace{0.33, 0.79};

HogFilters filters_of(const Weights& weights) {
  const Section section = weights.section("detector");
  return view_hog_filters(section.data, section.size);
}

GrayView view(const GrayImage& gray) { return {gray.pixels.data(), gray.width, gray.height}; }

double best_score(const std::vector<Detection>& faces) {
  double best = -1;
  for (const Detection& face : faces) best = std::max(best, face.score);
  return best;
}

// Left to right, then top to bottom, so that a face's number does not depend on the detector's score.
void sort_as_read(std::vector<Detection>& faces) {
  std::sort(faces.begin(), faces.end(), [](const Detection& a, const Detection& b) {
    return std::tie(a.box.left, a.box.top, a.score) < std::tie(b.box.left, b.box.top, b.score);
  });
}

Box scale_box(const Box& box, double across, double down) {
  const auto at = [](long corner, double scale) { return std::lround(static_cast<double>(corner) * scale); };
  return {at(box.left, across), at(box.top, down), at(box.right, across), at(box.bottom, down)};
}

void turn_back(std::vector<Detection>& faces, int quarters, int width, int height) {
  for (Detection& face : faces) {
    face.box = turned_back(face.box, quarters, width, height);
    for (Landmarks* landmarks : {&face.landmarks, &face.refined}) {
      for (Point& point : *landmarks) point = turned_back(point, quarters, width, height);
    }
  }
}

void keep_best(std::vector<Detection>& faces, Budget& budget) {
  if (faces.size() <= kMostFaces) return;
  std::stable_sort(faces.begin(), faces.end(), [](const Detection& a, const Detection& b) { return a.score > b.score; });
  faces.resize(kMostFaces);
  budget.left_out = true;
}

void add_missing(std::vector<Detection>& faces, const std::vector<Detection>& others) {
  const std::size_t known = faces.size();
  for (const Detection& other : others) {
    const auto end = faces.begin() + static_cast<std::ptrdiff_t>(known);
    const bool there =
        std::any_of(faces.begin(), end, [&](const Detection& face) { return overlap(face.box, other.box, kSameFace); });
    if (!there) faces.push_back(other);
  }
}

}  // namespace

FaceFinder::FaceFinder(const Weights& weights, Isa isa, std::size_t threads)
    : isa_(isa), hog_(filters_of(weights), isa), cnn_(weights, isa, threads), landmarks_(weights) {}

std::vector<Detection> FaceFinder::find(const Image& image, bool thorough, Budget& budget) const {
  const GrayImage gray = to_gray(image, isa_);
  Pass pass = pass_with_hog(image, gray, budget);
  if (pass.faces.empty() || thorough) pass_with_cnn(image, gray, thorough, pass, budget);
  keep_best(pass.faces, budget);
  turn_back(pass.faces, pass.quarters, gray.width, gray.height);
  sort_as_read(pass.faces);
  return std::move(pass.faces);
}

Detection FaceFinder::face_in(const Image& image, const Box& box) const {
  return with_landmarks(to_gray(image, isa_), box, 0);
}

FaceFinder::Pass FaceFinder::pass_with_hog(const Image& image, const GrayImage& gray, Budget& budget) const {
  Pass best{0, with_hog(gray, budget)};
  if (!best.faces.empty()) return best;
  // On a turned picture an upright detector finds a face where there is none more often than elsewhere, so that all
  // passes are made, and the surest counts.
  if (gray.pixels.size() <= kTwiceMaxPixels) best.faces = with_hog_at_twice(gray, budget);
  drop_unconfirmed(image, best, budget);
  for (const int quarters : {1, 3, 2}) {
    Pass pass{quarters, with_hog(turned(gray, quarters), budget)};
    drop_unconfirmed(image, pass, budget);
    if (best_score(pass.faces) > best_score(best.faces)) best = std::move(pass);
  }
  return best;
}

void FaceFinder::pass_with_cnn(const Image& image, const GrayImage& gray, bool thorough, Pass& pass,
                               Budget& budget) const {
  if (!pass.faces.empty()) {
    add_missing(pass.faces, with_cnn(enlarged(image, kCnnMaxPixels), gray, pass.quarters, kCnnThreshold, budget));
    return;
  }
  if (thorough) pass.faces = with_cnn(enlarged(image, kCnnMaxPixels), gray, 0, kCnnThreshold, budget);
  const Image small = shrunk(image, kCnnMaxPixels);
  if (pass.faces.empty()) pass.faces = with_cnn(small, gray, 0, kCnnThreshold, budget);
  if (!thorough || best_score(pass.faces) >= kSureScore) return;
  for (const int quarters : {1, 3, 2}) {
    std::vector<Detection> faces = with_cnn(small, gray, quarters, kTurnedCnnThreshold, budget);
    if (best_score(faces) > best_score(pass.faces)) pass = {quarters, std::move(faces)};
  }
}

Detection FaceFinder::with_landmarks(const GrayImage& gray, const Box& box, double score) const {
  Detection face{box, score, {}, {}};
  face.landmarks = landmarks_.predict(view(gray), box, &face.refined);
  return face;
}

void FaceFinder::drop_unconfirmed(const Image& image, Pass& pass, Budget& budget) const {
  std::vector<Detection> kept;
  for (const Detection& face : pass.faces) {  // the best-scored first
    if (face.score >= kSureScore) {
      kept.push_back(face);
    } else if (budget.confirmations == 0) {
      budget.left_out = true;
    } else {
      --budget.confirmations;
      const Box there = turned_back(face.box, pass.quarters, image.width, image.height);
      if (is_confirmed(image, pass.quarters, there, budget)) kept.push_back(face);
    }
  }
  pass.faces = std::move(kept);
}

bool FaceFinder::is_confirmed(const Image& image, int quarters, const Box& box, Budget& budget) const {
  const auto side = static_cast<double>(box.right - box.left);
  const long more = std::lround(side * (kAround - 1) / 2);
  const long left = std::max(box.left - more, 0L);
  const long top = std::max(box.top - more, 0L);
  const Image part = cut_out(image, {left, top, box.right + more, box.bottom + more});
  const double scale = kBoxShown / side;
  const double pixels = static_cast<double>(part.rgb.size() / 3) * scale * scale;
  const Image shown = scale < 1 ? shrunk(part, static_cast<std::size_t>(pixels)) : resized(part, scale);
  const auto middle_x = std::lround(static_cast<double>((box.left + box.right) / 2 - left) * scale);
  const auto middle_y = std::lround(static_cast<double>((box.top + box.bottom) / 2 - top) * scale);
  const std::vector<ScoredBox> faces = cnn_.detect(turned(shown, quarters), kCnnThreshold, budget);
  return std::any_of(faces.begin(), faces.end(), [&](const ScoredBox& face) {
    const Box there = turned_back(face.box, quarters, shown.width, shown.height);
    return there.left <= middle_x && middle_x < there.right && there.top <= middle_y && middle_y < there.bottom;
  });
}

std::vector<Detection> FaceFinder::with_hog(const GrayImage& gray, Budget& budget) const {
  std::vector<Detection> faces;
  for (const ScoredBox& face : hog_.detect(gray.pixels.data(), gray.width, gray.height, budget)) {
    faces.push_back(with_landmarks(gray, face.box, face.score));
  }
  return faces;
}

std::vector<Detection> FaceFinder::with_hog_at_twice(const GrayImage& gray, Budget& budget) const {
  std::vector<Detection> faces = with_hog(upsample_gray(gray, isa_), budget);
  for (Detection& face : faces) {
    face.box = downsample(face.box);
    for (Landmarks* landmarks : {&face.landmarks, &face.refined}) {
      for (Point& point : *landmarks) point = downsample(point);
    }
  }
  return faces;
}

std::vector<Detection> FaceFinder::with_cnn(const Image& image, const GrayImage& gray, int quarters,
                                            double threshold, Budget& budget) const {
  if (quarters != 0) return with_cnn(turned(image, quarters), turned(gray, quarters), 0, threshold, budget);
  if (image.rgb.empty()) return {};
  const double across = gray.width / static_cast<double>(image.width);
  const double down = gray.height / static_cast<double>(image.height);
  std::vector<Detection> faces;
  for (const ScoredBox& face : cnn_.detect(image, threshold, budget)) {
    const Box box = scale_box(face.box, across, down);
    faces.push_back(with_landmarks(gray, box, face.score));
  }
  return faces;
}

}  // namespace fr
