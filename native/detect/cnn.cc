// Computes scores from the plane, and faces from the scores. Each layer keeps only the rows that the next one still reads.
#include "detect/cnn.hh"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "detect/cnn_plane.hh"

namespace fr {

namespace {

constexpr int kBorder = 4;  // zero pixels left of each row, as far as the widest filter reaches past the edge
// As many on the right, plus what kernels write and read beyond the row at two input pixels an output.
constexpr int kTail = kBorder + 2 * kCnnMostAtOnce + kCnnTaps;
constexpr int kBlock = 16;

constexpr int kSharedHeight = 1000;  // a plane of this many rows is split in two; the second thread recomputes about 150 rows

int padded(int outputs) { return (outputs + kBlock - 1) / kBlock * kBlock; }
int weights_of(const CnnLayer& layer) { return kCnnTaps * kCnnTaps * layer.inputs * padded(layer.outputs); }
int outputs_at_step_2(int side) { return side < kCnnTaps ? 0 : (side - kCnnTaps) / 2 + 1; }

/// The last rows of one layer, in a ring.
class Rows {
 public:
  Rows(int width, int height, int channels, int kept)
      : width_(width), height_(height), channels_(channels), kept_(kept),
        floats_(static_cast<std::size_t>(kBorder + width + kTail) * static_cast<std::size_t>(channels)),
        pixels_(floats_ * static_cast<std::size_t>(kept + 1)) {}

  int width() const { return width_; }
  int height() const { return height_; }
  /// The first float `border` pixels left of row `y`'s first pixel; zeros if there is no such row.
  const float* reading(int y, int border) const {
    const bool inside = y >= 0 && y < height_;
    return slot(inside ? y % kept_ : kept_) + (kBorder - border) * channels_;
  }
  float* writing(int y) { return const_cast<float*>(slot(y % kept_)) + kBorder * channels_; }
  /// Clears what a kernel wrote past the end of the row.
  void end_row(int y) { std::fill_n(writing(y) + width_ * channels_, kTail * channels_, 0.0F); }

 private:
  const float* slot(int index) const { return pixels_.data() + floats_ * static_cast<std::size_t>(index); }

  int width_;
  int height_;
  int channels_;
  int kept_;
  std::size_t floats_;
  std::vector<float> pixels_;
};

/// Computes some rows of the plane's scores.
class Stream {
 public:
  Stream(const CnnPlane& plane, const float* weights, const CnnKernels& kernels) : plane_(plane), kernels_(kernels) {
    int width = plane.width();
    int height = plane.height();
    rows_.emplace_back(width, height, 3, kCnnTaps);
    for (const CnnLayer& layer : cnn_layers()) {
      if (layer.stride == 2) {
        width = outputs_at_step_2(width);
        height = outputs_at_step_2(height);
      }
      weights_.push_back(weights);
      weights += weights_of(layer) + padded(layer.outputs);
      const bool last = weights_.size() == cnn_layers().size();
      rows_.emplace_back(width, height, layer.outputs, last ? kCnnScoreTaps : kCnnTaps);
    }
    weights_.push_back(weights);
    made_.resize(rows_.size());
  }

  int width() const { return rows_.back().width(); }
  int height() const { return rows_.back().height(); }

  /// visit(y, scores) for each row of scores from `first` to before `end`, in order. Once only.
  template <typename Visit>
  void run(int first, int end, Visit visit) {
    start_from(std::max(first - kCnnScoreTaps / 2, 0));
    std::vector<float> scores(static_cast<std::size_t>(width()));
    const float* bias = weights_.back() + kCnnScoreTaps * kCnnScoreRun;
    for (int y = first; y < end; ++y) {
      make(rows_.size() - 1, std::min(y + kCnnScoreTaps / 2, height() - 1));
      const float* in[kCnnScoreTaps];
      for (int r = 0; r < kCnnScoreTaps; ++r) in[r] = rows_.back().reading(y + r - kCnnScoreTaps / 2, kCnnScoreTaps / 2);
      kernels_.score({in, weights_.back(), bias, scores.data(), width()});
      visit(y, scores.data());
    }
  }

 private:
  // The first row that each layer has to compute so that the last one can begin at `row`.
  void start_from(int row) {
    for (std::size_t layer = rows_.size() - 1;; --layer) {
      made_[layer] = row;
      if (layer == 0) break;
      const int stride = cnn_layers()[layer - 1].stride;
      row = std::max(row * stride - (stride == 2 ? 0 : kCnnTaps / 2), 0);
    }
  }

  // Computes rows of layer `to` (0 is the plane) up to `last`.
  void make(std::size_t to, int last) {
    for (int& y = made_[to]; y <= last; ++y) {
      Rows& out = rows_[to];
      if (to == 0) {
        plane_.row(y, out.writing(y));
        continue;
      }
      const CnnLayer& layer = cnn_layers()[to - 1];
      const Rows& from = rows_[to - 1];
      const int border = layer.stride == 2 ? 0 : kCnnTaps / 2;
      const int first = y * layer.stride - border;
      make(to - 1, std::min(first + kCnnTaps - 1, from.height() - 1));
      const float* in[kCnnTaps];
      for (int r = 0; r < kCnnTaps; ++r) in[r] = from.reading(first + r, border);
      const float* weights = weights_[to - 1];
      kernels_.convolve[layer.shape]({in, weights, weights + weights_of(layer), out.writing(y), out.width()});
      out.end_row(y);
    }
  }

  const CnnPlane& plane_;
  const CnnKernels& kernels_;
  std::vector<Rows> rows_;
  std::vector<const float*> weights_;
  std::vector<int> made_;
};

// Maps a score's place to the middle of the window it judges: three steps of two, each from the middle of five pixels.
int in_plane(int place) { return 8 * place + 14; }

}  // namespace

const std::vector<CnnLayer>& cnn_layers() {
  static const std::vector<CnnLayer> layers{{kCnn3To16Half, 3, 16, 2}, {kCnn16To32Half, 16, 32, 2},
                                            {kCnn32To32Half, 32, 32, 2}, {kCnn32To45, 32, 45, 1},
                                            {kCnn45To45, 45, 45, 1},    {kCnn45To45, 45, 45, 1}};
  return layers;
}

std::size_t cnn_floats() {
  int floats = kCnnScoreTaps * kCnnScoreRun + kBlock;
  for (const CnnLayer& layer : cnn_layers()) floats += weights_of(layer) + padded(layer.outputs);
  return static_cast<std::size_t>(floats);
}

CnnDetector::CnnDetector(const Weights& weights, Isa isa, std::size_t threads)
    : kernels_(kernels_for(isa).cnn), threads_(threads) {
  const Section section = weights.section("cnn");
  if (section.size != cnn_floats() * sizeof(float)) {
    throw std::runtime_error("the weights file's CNN detector has another size: run the build again");
  }
  weights_ = reinterpret_cast<const float*>(section.data);
}

std::vector<ScoredBox> CnnDetector::detect(const Image& image, double threshold, Budget& budget) const {
  if (image.width < kPlaneLeastWidth || image.height <= 0) return {};
  const CnnPlane plane(image);
  const auto scan = [&](int part, int parts) {
    std::vector<ScoredBox> found;
    Stream stream(plane, weights_, kernels_);
    const int end = stream.height() * (part + 1) / parts;
    stream.run(stream.height() * part / parts, end, [&](int y, const float* scores) {
      budget.deadline.check();
      for (int x = 0; x < stream.width(); ++x) {
        const auto score = static_cast<double>(scores[x]);
        if (score > threshold) found.push_back({plane.to_picture(in_plane(x), in_plane(y), kCnnWindow), score});
      }
    });
    return found;
  };
  const std::size_t parts = plane.height() >= kSharedHeight && threads_ > 1 ? 2 : 1;
  std::vector<std::vector<ScoredBox>> found(parts);
  share(parts, parts, [&](std::size_t part, std::size_t) { found[part] = scan(static_cast<int>(part), static_cast<int>(parts)); });
  std::vector<ScoredBox> candidates;
  for (const std::vector<ScoredBox>& some : found) candidates.insert(candidates.end(), some.begin(), some.end());
  return best_of_each(std::move(candidates), kCnnOverlap, budget);
}

}  // namespace fr
