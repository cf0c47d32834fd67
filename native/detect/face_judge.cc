// Adds up what BlazeFace and the CNN say about a place.
#include "detect/face_judge.hh"

#include <algorithm>
#include <cmath>

#include "image/resize.hh"
#include "image/turn.hh"

namespace fr {
namespace {

// A place is a face if the CNN's score and kBlazeWeight times the logit of BlazeFace's second score exceed kLeastSum. The CNN
// is not asked below kLikely. Chosen on CFP's 2,000 profiles and 1,120 pictures of nobody; see "Finding faces" in
// tools/lab/README.md.
constexpr double kLikely = .4;
constexpr double kBlazeWeight = .4;
constexpr double kLeastSum = .1;

// What the CNN scores lower is no face, whatever BlazeFace says.
constexpr double kLeastCnnScore = -1.2;
constexpr double kNoFace = -10;

// A face that HOG doubts needs no CNN if BlazeFace scores it this high. No place in a picture of nobody does.
constexpr double kBlazeSure = .9;

// The CNN sees this many times the box of a place, scaled so that the box has this many pixels a side. With 2.5 times it
// finds no more profiles and takes 2.5 times as long; with 1.4 it finds nine fewer.
constexpr double kAround = 1.6;
constexpr double kBoxShown = 96;
// A face that it finds there is the same one if the sides' ratio lies between these. A part of a face does not count.
constexpr double kLeastTimes = 0.6;
constexpr double kMostTimes = 1.6;

double logit(double share) {
  const double within = std::clamp(share, 1e-4, 1 - 1e-4);
  return std::log(within / (1 - within));
}

}  // namespace

bool FaceJudge::is_likely(const BlazeFace& seen) { return seen.score >= kLikely; }

double FaceJudge::margin(const Image& image, int quarters, const BlazeFace& seen, Budget& budget) const {
  return cnn_score(image, quarters, hog_box(seen, quarters), budget) + kBlazeWeight * logit(seen.score) - kLeastSum;
}

bool FaceJudge::agrees(const Image& image, const Box& hog_box, Budget& budget) const {
  const BlazeFace seen = look_again(image, place_of(hog_box), 0).face;
  if (!is_likely(seen)) return false;
  return seen.score >= kBlazeSure || margin(image, 0, seen, budget) > 0;
}

double FaceJudge::cnn_score(const Image& image, int quarters, const Box& box, Budget& budget) const {
  const auto side = static_cast<double>(box.right - box.left);
  const long more = std::lround(side * (kAround - 1) / 2);
  const long left = std::max(box.left - more, 0L);
  const long top = std::max(box.top - more, 0L);
  const double scale = kBoxShown / side;
  const Image shown = scaled(cut_out(image, {left, top, box.right + more, box.bottom + more}), scale);
  const auto middle_x = std::lround(static_cast<double>((box.left + box.right) / 2 - left) * scale);
  const auto middle_y = std::lround(static_cast<double>((box.top + box.bottom) / 2 - top) * scale);
  double best = kNoFace;
  for (const ScoredBox& face : cnn_.detect(turned(shown, quarters), kLeastCnnScore, budget)) {
    const Box there = turned_back(face.box, quarters, shown.width, shown.height);
    const bool holds = there.left <= middle_x && middle_x < there.right && there.top <= middle_y && middle_y < there.bottom;
    const double times = static_cast<double>(there.right - there.left) / kBoxShown;
    if (holds && times > kLeastTimes && times < kMostTimes) best = std::max(best, face.score);
  }
  return best;
}

}  // namespace fr
