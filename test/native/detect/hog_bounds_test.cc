// HOG's first pass in 8 bits, compared with the scores in floats: to the bit the same windows, on every instruction set that has it.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <utility>

#include "check.hh"
#include "detect/hog_blob.hh"
#include "detect/hog_level.hh"
#include "image/gray.hh"
#include "photos.hh"

namespace {

using Random = std::mt19937;

using Hits = std::vector<std::vector<fr::HogHit>>;  // of each detector

bool same(const Hits& some, const Hits& others) {
  const auto same_hit = [](const fr::HogHit& a, const fr::HogHit& b) {
    return std::memcmp(&a.score, &b.score, sizeof a.score) == 0 && a.level == b.level && a.column == b.column && a.row == b.row;
  };
  return std::equal(some.begin(), some.end(), others.begin(), others.end(), [&](const auto& mine, const auto& theirs) {
    return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(), same_hit);
  });
}

// dlib's filters, with every threshold lowered by `lower`.
class Scanner {
 public:
  Scanner(const fr::Kernels& kernels, float lower)
      : kernels_(kernels), aligned_(hog_blob()), view_(fr::view_hog_filters(aligned_.words.data(), hog_blob().size())),
        filters_(view_, kernels.hog.most_in_group) {
    for (int d = 0; d < view_.detectors; ++d) least_.push_back(static_cast<float>(view_.thresholds[d]) - lower);
    bounds_ = std::make_unique<fr::HogBounds>(view_, least_);
  }
  // Calls `use` with and without bounds; returns how many hits there were, or fails the test if they differ.
  template <typename Use>
  std::size_t compare(const Use& use) const {
    Hits with(least_.size()), without(least_.size());
    use(fr::HogScan{kernels_, filters_.plan(), least_.data(), bounds_.get()}, with.data());
    use(fr::HogScan{kernels_, filters_.plan(), least_.data(), nullptr}, without.data());
    CHECK(same(with, without));
    std::size_t count = 0;
    for (const auto& hits : without) count += hits.size();
    return count;
  }
  const fr::HogFilters& view() const { return view_; }

 private:
  const fr::Kernels& kernels_;
  const Aligned aligned_;
  const fr::HogFilters view_;
  const fr::OrderedFilters filters_;
  std::vector<float> least_;
  std::unique_ptr<fr::HogBounds> bounds_;
};

TEST("the first pass in 8 bits leaves out no window of photographs, at any threshold") {
  std::size_t hits = 0;
  for (const fr::Isa isa : fr::usable_isas()) {
    if (!fr::kernels_for(isa).bound.usable) continue;
    for (const float lower : {0.f, 1.5f, 3.f}) {
      const Scanner scanner(fr::kernels_for(isa), lower);
      for (const fr::Image& image : photos::more(30, 250'000)) {
        const fr::GrayImage gray = fr::to_gray(image, isa);
        hits += scanner.compare([&](const fr::HogScan& scan, std::vector<fr::HogHit>* found) {
          fr::scan_level(scan, gray.pixels.data(), gray.width, gray.height, 0, {}, found);
        });
      }
    }
    CHECK(hits > 1'000);  // under sanitizers there is one photograph
  }
}

// One row a call: noise between 0 and the most that features can be, or only these two.
std::vector<float> features(Random& random, std::size_t cells, bool extreme) {
  std::vector<float> row(fr::kPlanes * cells);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const float most = i / cells < fr::kPlanes - 4 ? .4f : .7f;
    row[i] = most * (extreme ? static_cast<float>(random() % 2) : static_cast<float>(random() % 1024) / 1023);
  }
  return row;
}

TEST("the first pass in 8 bits leaves out no window of random features") {
  for (const fr::Isa isa : fr::usable_isas()) {
    if (!fr::kernels_for(isa).bound.usable) continue;
    std::size_t hits = 0;
    for (int i = 0; i < 200; ++i) {
      Random random(static_cast<unsigned>(i));
      const Scanner scanner(fr::kernels_for(isa), static_cast<float>(random() % 5));
      const int columns = 1 + static_cast<int>(random() % 70), rows = 1 + static_cast<int>(random() % 24);
      std::vector<std::vector<float>> all;
      for (int row = 0; row < rows; ++row) all.push_back(features(random, static_cast<std::size_t>(columns), i % 2 != 0));
      hits += scanner.compare([&](const fr::HogScan& scan, std::vector<fr::HogHit>* found) {
        const auto scores = fr::scores_of(scan, columns, rows, 0, found);
        for (const std::vector<float>& row : all) {
          for (std::size_t plane = 0; plane < fr::kPlanes; ++plane) {
            const auto from = row.begin() + static_cast<std::ptrdiff_t>(plane) * columns;
            std::copy(from, from + columns, scores->features() + plane * scores->plane_step());
          }
          scores->add_row();
        }
      });
    }
    CHECK(hits > 10'000);
  }
}

// A detector's filter, by row and plane.
std::vector<float> weights_of(const fr::HogFilters& view, int detector) {
  std::vector<float> weights(fr::kTaps * fr::kPlanes * fr::kTaps);
  for (int pair = 0; pair < view.pairs; ++pair) {
    if (view.homes[2 * pair] != detector) continue;
    for (int y = 0; y < fr::kTaps; ++y) {
      for (int x = 0; x < fr::kTaps; ++x) {
        weights[static_cast<std::size_t>((y * fr::kPlanes + view.homes[2 * pair + 1]) * fr::kTaps + x)] +=
            view.columns[pair * fr::kTaps + y] * view.rows[pair * fr::kTaps + x];
      }
    }
  }
  return weights;
}

// Features that 8 bits round down where the weight is positive, and up where it is not: the score in few bits is far too low.
TEST("the first pass in 8 bits leaves out no window that just reaches the threshold") {
  for (const fr::Isa isa : fr::usable_isas()) {
    if (!fr::kernels_for(isa).bound.usable) continue;
    std::size_t hits = 0;
    for (unsigned seed = 0; seed < 300; ++seed) {
      Random random(seed);
      const Scanner scanner(fr::kernels_for(isa), 0);
      const std::vector<float> weights = weights_of(scanner.view(), static_cast<int>(seed) % scanner.view().detectors);
      const float level = .02f + .002f * static_cast<float>(random() % 100);
      hits += scanner.compare([&](const fr::HogScan& scan, std::vector<fr::HogHit>* found) {
        const auto scores = fr::scores_of(scan, fr::kTaps, fr::kTaps, 0, found);
        for (std::size_t y = 0; y < fr::kTaps; ++y) {
          for (std::size_t plane = 0; plane < fr::kPlanes; ++plane) {
            const float step = 1 / fr::HogBounds::scale(static_cast<int>(plane));
            for (std::size_t x = 0; x < fr::kTaps; ++x) {
              const float weight = weights[(y * fr::kPlanes + plane) * fr::kTaps + x];
              const float whole = std::floor((weight > 0 ? level : level / 4) / step);
              scores->features()[plane * scores->plane_step() + x] = (whole + (weight > 0 ? .49f : .51f)) * step;
            }
          }
          scores->add_row();
        }
      });
    }
    CHECK(hits > 100);
  }
}

}  // namespace

int main() { return check::run_tests(); }
