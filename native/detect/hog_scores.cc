// Adds each row of features to ten rows of scores, and reads a row of scores when it is complete.
#include "detect/hog_scores.hh"

#include <algorithm>

namespace fr {
namespace {

constexpr int kScoreRows = kTaps + 1;  // the last one collects what falls outside

// Rows that are read together must not be a power of two apart, or they compete for the same part of the cache.
std::size_t padded(int cells) {
  const auto lanes = static_cast<std::size_t>((cells + kScoreBlock - 1) / kLane + 2);
  return (lanes | 1) * kLane;
}

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// Rows of scores of each detector.
template <typename Number>
class ScoreRows {
 public:
  ScoreRows(int detectors, std::size_t step) : step_(step), numbers_(index(detectors * kScoreRows) * step) {}
  Number* at(int detector, int row) { return &numbers_[index(detector * kScoreRows + row % kTaps) * step_]; }
  std::size_t detector_step() const { return kScoreRows * step_; }
  /// Row `row` of features, which is row `row` + kBefore with the zeros above, is read by tap m for row `row` + kBefore - m of scores.
  void find(int row, int rows, Number** found) {
    for (int tap = 0; tap < kTaps; ++tap) {
      const int to = row + kBefore - tap;
      found[tap] = to >= 0 && to < rows ? at(0, to) : &numbers_[kTaps * step_];
    }
  }
  /// For the row that takes its place.
  void clear(int detector, int row) { std::fill_n(at(detector, row), step_, Number{}); }

 private:
  const std::size_t step_;
  std::vector<Number> numbers_;
};

class ExactScores final : public HogScores {
 public:
  ExactScores(const HogScan& scan, int columns, int rows, int level, std::vector<HogHit>* hits)
      : HogScores(scan, columns, rows, level, hits), features_(kPlanes * plane_step_),
        filtered_(index(scan.plan.first_of[scan.plan.detectors]) * kLane), scores_(scan.plan.detectors, score_step_) {}
  float* features() override { return features_.data() + kBefore; }

 private:
  void filter() override {
    HogRow row{features_.data(), plane_step_, columns_, filtered_.data(), {}, scores_.detector_step()};
    scores_.find(row_, rows_, row.scores);
    scan_.kernels.hog.filter(scan_.plan, row);
  }
  void report(int row) override {
    for (int d = 0; d < scan_.plan.detectors; ++d) {
      const float* score = scores_.at(d, row);
      if (scan_.kernels.hog.any(score, columns_, scan_.least[d])) {
        for (int column = 0; column < columns_; ++column) {
          if (score[column] >= scan_.least[d]) hits_[d].push_back({score[column], level_, column, row});
        }
      }
      scores_.clear(d, row);
    }
  }

  std::vector<float> features_, filtered_;
  ScoreRows<float> scores_;
};

class BoundScores final : public HogScores {
 public:
  BoundScores(const HogScan& scan, int columns, int rows, int level, std::vector<HogHit>* hits)
      : HogScores(scan, columns, rows, level, hits), bounds_(scan.bounds->plan()), row_size_(kPlanes * plane_step_),
        features_(kTaps * row_size_), bytes_(row_size_), filtered_(index(bounds_.first_of[bounds_.detectors]) * kScoreBlock),
        scores_(bounds_.detectors, score_step_) {}
  float* features() override { return features_of(row_) + kBefore; }

 private:
  float* features_of(int row) { return &features_[index(row % kTaps) * row_size_]; }
  void filter() override;
  void report(int row) override;
  void look_again(int detector, int row, int first);

  const BoundPlan bounds_;
  const std::size_t row_size_;
  std::vector<float> features_;  // of the last ten rows
  std::vector<std::uint8_t> bytes_;
  std::vector<std::int16_t> filtered_;
  ScoreRows<std::int32_t> scores_;
};

void BoundScores::filter() {
  const float* features = features_of(row_);
  for (std::size_t plane = 0; plane < kPlanes; ++plane) {
    const std::size_t at = plane * plane_step_;
    scan_.kernels.bound.to_bytes(features + at, kBefore + columns_, HogBounds::scale(static_cast<int>(plane)), &bytes_[at]);
  }
  BoundRow row{bytes_.data(), plane_step_, columns_, filtered_.data(), {}, scores_.detector_step()};
  scores_.find(row_, rows_, row.scores);
  scan_.kernels.bound.filter(bounds_, row);
}

void BoundScores::report(int row) {
  for (int d = 0; d < bounds_.detectors; ++d) {
    const std::int32_t* score = scores_.at(d, row);
    const std::int32_t least = scan_.bounds->least()[d];
    const auto any = [&](int first, int count) { return scan_.kernels.bound.any(score + first, count, least); };
    const int blocks = (columns_ + kScoreBlock - 1) / kScoreBlock;
    if (any(0, blocks * kScoreBlock)) {
      for (int block = 0; block < blocks; ++block) {
        if (any(block * kScoreBlock, kScoreBlock)) look_again(d, row, block * kScoreBlock);
      }
    }
    scores_.clear(d, row);
  }
}

void BoundScores::look_again(int detector, int row, int first) {
  const float* rows[kTaps];
  for (int tap = 0; tap < kTaps; ++tap) {
    const int from = row - kBefore + tap;
    rows[tap] = from >= 0 && from < rows_ ? features_of(from) + first : nullptr;
  }
  float scores[kScoreBlock];
  scan_.kernels.hog.rescore(scan_.plan, detector, rows, plane_step_, scores);
  for (int i = 0; i < std::min(kScoreBlock, columns_ - first); ++i) {
    if (scores[i] >= scan_.least[detector]) hits_[detector].push_back({scores[i], level_, first + i, row});
  }
}

}  // namespace

HogScores::HogScores(const HogScan& scan, int columns, int rows, int level, std::vector<HogHit>* hits)
    : scan_(scan), columns_(columns), rows_(rows), level_(level), hits_(hits), plane_step_(padded(columns + kTaps)), score_step_(padded(columns)) {}

void HogScores::add_row() {
  filter();
  const int done = row_ + kBefore - (kTaps - 1);
  if (done >= 0) report(done);
  if (row_ == rows_ - 1) {
    for (int rest = std::max(0, done + 1); rest < rows_; ++rest) report(rest);
  }
  ++row_;
}

std::unique_ptr<HogScores> scores_of(const HogScan& scan, int columns, int rows, int level, std::vector<HogHit>* hits) {
  if (scan.bounds != nullptr) return std::make_unique<BoundScores>(scan, columns, rows, level, hits);
  return std::make_unique<ExactScores>(scan, columns, rows, level, hits);
}

}  // namespace fr
