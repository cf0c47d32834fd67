// Decides which detector looks at a picture when, and whether the picture has to be turned.
#include "detect/finder.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "image/turn.hh"

namespace fr {
namespace {

// If HOG finds a face with at least this score, no other detector looks. One in twenty of 1,044 LFW photographs has no such
// face. No face that HOG found in an upside-down photograph scored as much.
constexpr double kSureScore = 0.5;

// A HOG face with a lower score counts only if BlazeFace and the CNN agree. 1 % of frontal photographs of CFP and LFW score
// below .19; maps and screenshots reach it.
constexpr double kDoubtfulScore = 0.2;

// For enrolment, faces that have at least this share of the side of HOG's largest are looked for, at a size where such a face
// has this many pixels: any of several people of one size may be the one who is meant. Of 1,957 photographs of LFW and CFP
// 26 show such a face; at .7 it would be 56, at 1 it is 13, and a face that HOG missed could be larger than the one it found.
constexpr double kLeastBeside = 0.9;
constexpr double kBesideShown = 32;

// A picture is scanned again turned if one of its kTurnedPlaces best places scores this much when turned. Of 621 frontal photographs of CFP
// and LFW that lie sideways or on their heads, 617 are turned the right way; at .6, with five places, no more.
constexpr double kTurnedScore = 0.7;

// How much a HOG box and a BlazeFace box overlap if they are of the same face.
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

double largest_side(const std::vector<Detection>& faces) {
  double largest = 0;
  for (const Detection& face : faces) largest = std::max(largest, static_cast<double>(face.box.right - face.box.left));
  return largest;
}

// Left to right, then top to bottom, so that a face's number does not depend on the detector's score.
void sort_as_read(std::vector<Detection>& faces) {
  std::sort(faces.begin(), faces.end(), [](const Detection& a, const Detection& b) {
    return std::tie(a.box.left, a.box.top, a.score) < std::tie(b.box.left, b.box.top, b.score);
  });
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

bool has(const std::vector<Detection>& faces, const Box& box) {
  return std::any_of(faces.begin(), faces.end(), [&](const Detection& face) { return overlap(face.box, box, kSameFace); });
}

}  // namespace

FaceFinder::FaceFinder(const Weights& weights, Isa isa, std::size_t threads)
    : isa_(isa), threads_(threads), hog_(filters_of(weights), isa, threads), blaze_(weights, isa, threads), cnn_(weights, isa, threads),
      landmarks_(weights) {}

std::vector<Detection> FaceFinder::find(const Image& image, Search search, Budget& budget) const {
  const GrayImage gray = to_gray(image, isa_, threads_);
  Pass pass;
  for (const Detection& face : with_hog(gray, budget)) {
    if (face.score >= kDoubtfulScore || judge().agrees(image, face.box, budget)) pass.faces.push_back(face);
  }
  if (search == Search::thorough) {
    pass_with_blaze(image, gray, kBlazeThorough, pass, budget);
  } else if (best_score(pass.faces) < kSureScore) {
    pass_with_blaze(image, gray, kBlazeUsual, pass, budget);
  } else if (search == Search::enrolment) {
    const double least_side = kLeastBeside * largest_side(pass.faces);
    const BlazeReach reach{std::min(kBesideShown / least_side, kBlazeUsual.scale), kBlazeUsual.pixels};
    add_confirmed(image, gray, blaze_.scan(image, 0, reach, budget), least_side, pass, budget);
  }
  keep_best(pass.faces, budget);
  turn_back(pass.faces, pass.quarters, gray.width, gray.height);
  sort_as_read(pass.faces);
  return std::move(pass.faces);
}

Detection FaceFinder::face_in(const Image& image, const Box& box) const {
  return with_landmarks(to_gray(image, isa_, threads_), box, 0);
}

Detection FaceFinder::with_landmarks(const GrayImage& gray, const Box& box, double score) const {
  Detection face{box, score, {}, {}};
  landmarks_.predict(view(gray), &face, 1);
  return face;
}

std::vector<Detection> FaceFinder::with_hog(const GrayImage& gray, Budget& budget) const {
  const std::vector<ScoredBox> boxes = hog_.detect(gray.pixels.data(), gray.width, gray.height, budget);
  std::vector<Detection> faces(boxes.size());
  share(boxes.size(), threads_, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) faces[i] = {boxes[i].box, boxes[i].score, {}, {}};
    for (; from < to; from += kFacesTogether) {
      budget.deadline.check();
      landmarks_.predict(view(gray), faces.data() + from, std::min(kFacesTogether, to - from));
    }
  });
  return faces;
}

void FaceFinder::pass_with_blaze(const Image& image, const GrayImage& gray, const BlazeReach& reach, Pass& pass,
                                 Budget& budget) const {
  const bool sure = best_score(pass.faces) >= kSureScore;
  const std::vector<BlazeFace> places = blaze_.scan(image, 0, reach, budget);
  add_confirmed(image, gray, places, 0, pass, budget);
  const int quarters = sure ? 0 : likely_turn(image, places, pass);
  if (quarters == 0) return;
  Pass other{quarters, {}, 0, {}};
  add_confirmed(image, turned(gray, quarters), blaze_.scan(image, quarters, reach, budget), 0, other, budget);
  if (other.sureness > pass.sureness) pass = std::move(other);
}

void FaceFinder::add_confirmed(const Image& image, const GrayImage& upright, const std::vector<BlazeFace>& places,
                               double least_side, Pass& pass, Budget& budget) const {
  const auto here = [&](const BlazeFace& face) {
    return turned_back(hog_box(face, pass.quarters), (4 - pass.quarters) % 4, upright.width, upright.height);
  };
  for (std::size_t i = 0; i < places.size(); ++i) {
    budget.deadline.check();
    if (has(pass.faces, here(places[i]))) continue;
    const auto [face, best_score] = judge().look_again(image, places[i], pass.quarters);
    if (i < pass.scores.size()) pass.scores[i] = best_score;
    const Box box = here(face);
    if (!FaceJudge::is_likely(face) || static_cast<double>(box.right - box.left) < least_side || has(pass.faces, box)) continue;
    if (budget.confirmations == 0) {
      budget.left_out = true;
      return;
    }
    --budget.confirmations;
    const double margin = judge().margin(image, pass.quarters, face, budget);
    if (margin <= 0) continue;
    pass.faces.push_back(with_landmarks(upright, box, margin));
    pass.sureness = std::max(pass.sureness, margin);
  }
}

int FaceFinder::likely_turn(const Image& image, const std::vector<BlazeFace>& places, const Pass& upright) const {
  std::array<std::array<double, 4>, kTurnedPlaces> scores{};
  const std::size_t count = std::min(places.size(), kTurnedPlaces);
  share(count, threads_, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) scores[i] = blaze_.score_turned(image, places[i], upright.scores[i]);
  });
  std::array<double, 4> best{};
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t quarters = 0; quarters < best.size(); ++quarters) best[quarters] = std::max(best[quarters], scores[i][quarters]);
  }
  const auto surest = std::max_element(best.begin(), best.end());
  return *surest >= kTurnedScore ? static_cast<int>(surest - best.begin()) : 0;
}

}  // namespace fr
