// What runs on several threads. The same tests also run under the thread sanitizer: see FR_SANITIZE_THREADS.
#include <atomic>
#include <random>
#include <stdexcept>

#include "check.hh"
#include "pipeline.hh"
#include "photos.hh"
#include "image/resize.hh"
#include "threads.hh"

namespace {

const fr::Weights& weights() {
  static const fr::Weights the_weights(photos::environment("FR_WEIGHTS_FILE"));
  return the_weights;
}

TEST("what one thread throws reaches the caller when all threads are done") {
  std::atomic<int> done{0};
  const auto run = [&](std::size_t from, std::size_t) {
    ++done;
    if (from > 0) throw std::runtime_error("part " + std::to_string(from));
  };
  CHECK_THROWS(std::runtime_error, "part ", fr::share(4, 4, run));
  CHECK_EQ(done.load(), 4);
}

TEST("vectors are the same to the bit on one thread and on four") {
  std::mt19937 random(1);
  std::vector<fr::Chip> chips(9);
  for (fr::Chip& chip : chips) {
    for (std::uint8_t& value : chip.rgb) value = static_cast<std::uint8_t>(random());
  }
  const auto embed = [&](std::size_t threads) {
    return fr::FaceNet(weights(), fr::chosen_isa(), threads).embed(chips.data(), chips.size());
  };
  CHECK(embed(1) == embed(4));
}

TEST("turns are taken one at a time, by all threads, and each runs what it took") {
  int taken = 0;
  std::atomic<int> sum{0};
  fr::take_turns(4, [&]() -> std::function<void()> {
    if (taken == 100) return {};
    return [&sum, number = ++taken] { sum += number; };
  });
  CHECK_EQ(sum.load(), 5050);
}

TEST("what a turn throws reaches the caller") {
  const auto take = []() -> std::function<void()> { return [] { throw std::runtime_error("a turn"); }; };
  CHECK_THROWS(std::runtime_error, "a turn", fr::take_turns(4, take));
}

TEST("HOG's faces are the same on one thread and on four") {
  const fr::Image photo = fr::shrunk(photos::read(photos::environment("FR_PHOTOS") + "/sample6.jpg"), 600'000);
  const fr::Section section = weights().section("detector");
  const auto detect = [&](std::size_t threads) {
    const fr::GrayImage gray = fr::to_gray(photo, fr::chosen_isa(), threads);
    const fr::HogDetector hog(fr::view_hog_filters(section.data, section.size), fr::chosen_isa(), threads);
    return hog.detect(gray.pixels.data(), gray.width, gray.height);
  };
  const auto alone = detect(1);
  const auto shared = detect(4);
  CHECK(alone.size() >= 4);
  CHECK(std::equal(alone.begin(), alone.end(), shared.begin(), shared.end(), [](const fr::ScoredBox& a, const fr::ScoredBox& b) {
    return a.box.left == b.box.left && a.box.right == b.box.right && a.score == b.score;
  }));
}

TEST("BlazeFace's places are the same on one thread and on four") {
  const fr::Image photo = fr::shrunk(photos::read(photos::environment("FR_PHOTOS") + "/sample6.jpg"), 2'000'000);
  const auto scan = [&](std::size_t threads) {
    fr::Budget budget;
    return fr::BlazeDetector(weights(), fr::chosen_isa(), threads).scan(photo, 0, fr::kBlazeThorough, budget);
  };
  const auto alone = scan(1);
  const auto shared = scan(4);
  CHECK(alone.size() >= 4);
  CHECK(std::equal(alone.begin(), alone.end(), shared.begin(), shared.end(), [](const fr::BlazeFace& a, const fr::BlazeFace& b) {
    return a.x == b.x && a.side == b.side && a.score == b.score;
  }));
}

TEST("a picture that is tall enough to be split has the same faces on one thread and on two") {
  const fr::Image photo = fr::shrunk(photos::read(photos::environment("FR_PHOTOS") + "/sample6.jpg"), 600'000);
  const auto detect = [&](std::size_t threads) {
    return fr::CnnDetector(weights(), fr::chosen_isa(), threads).detect(photo, 0);
  };
  const auto alone = detect(1);
  const auto split = detect(2);
  CHECK(!alone.empty());
  CHECK_EQ(split.size(), alone.size());
  for (std::size_t i = 0; i < alone.size() && i < split.size(); ++i) {
    CHECK_EQ(split[i].box.left, alone[i].box.left);
    CHECK_EQ(split[i].score, alone[i].score);
  }
}

}  // namespace

int main() { return check::run_tests(); }
