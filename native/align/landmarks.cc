// Box -> five landmarks.
#include "align/landmarks.hh"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "align/similarity.hh"

namespace fr {
namespace {

constexpr std::size_t kHeadBytes = 64;
constexpr int kTreeDepth = 4;
constexpr int kTreesAhead = 6;  // of the one in use, the tree to prefetch

struct Head {
  std::int32_t stages;
  std::int32_t probes;
  std::int32_t trees;
  std::int32_t unused;
  float mean_shape[kShapeFloats];
};
static_assert(sizeof(Head) <= kHeadBytes);

std::ptrdiff_t stage_bytes(int probes, int trees) {
  return probes * static_cast<std::ptrdiff_t>(sizeof(LandmarkProbe)) +
         trees * static_cast<std::ptrdiff_t>(sizeof(LandmarkTree));
}

FivePoints points_of(const float* shape) {
  FivePoints points;
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = {shape[2 * i], shape[2 * i + 1]};
  return points;
}

/// From units of the box to whole pixels.
struct ToPixels {
  double left, top, width, height;

  explicit ToPixels(const Box& box)
      : left(static_cast<double>(box.left)),
        top(static_cast<double>(box.top)),
        width(static_cast<double>(box.right - 1 - box.left)),
        height(static_cast<double>(box.bottom - 1 - box.top)) {}
  long x(double unit) const { return std::lround(std::floor(left + width * unit + 0.5)); }
  long y(double unit) const { return std::lround(std::floor(top + height * unit + 0.5)); }
};

/// The probes' pixels for one shape; 0 outside of the picture.
void read_probes(const GrayView& gray, const ToPixels& to_pixels, const float* mean_shape, const float* shape,
                 const LandmarkProbe* probes, std::vector<float>& values) {
  const std::complex<double> turn = fit_similarity(points_of(mean_shape), points_of(shape)).turn;
  const auto cosine = static_cast<float>(turn.real());
  const auto sine = static_cast<float>(turn.imag());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const LandmarkProbe& probe = probes[i];
    const long x = to_pixels.x(cosine * probe.x - sine * probe.y + shape[2 * probe.landmark]);
    const long y = to_pixels.y(sine * probe.x + cosine * probe.y + shape[2 * probe.landmark + 1]);
    const bool inside = x >= 0 && y >= 0 && x < gray.width && y < gray.height;
    values[i] = inside ? gray.pixels[y * gray.width + x] : 0;
  }
}

const float* leaf_of(const LandmarkTree& tree, const float* values) {
  int at = 0;
  for (int depth = 0; depth < kTreeDepth; ++depth) {
    const LandmarkSplit& split = tree.splits[at];
    // Branch-free: the direction is unpredictable.
    at = 2 * at + 2 - static_cast<int>(values[split.first] - values[split.second] > split.threshold);
  }
  return tree.leaves[at - kTreeSplits];
}

/// The leaves that all boxes reach in each of a stage's trees, tree by tree. `values` are each box's probes.
void find_leaves(const LandmarkTree* trees, int count, const std::vector<std::vector<float>>& values,
                 std::vector<const float*>& leaves) {
  leaves.clear();
  for (int t = 0; t < count; ++t) {
    // Trees and leaves do not fit into the first cache: we prefetch each some time before we read it.
    const auto* ahead = reinterpret_cast<const std::uint8_t*>(trees + std::min(t + kTreesAhead, count - 1));
    for (std::size_t at = 0; at < sizeof trees->splits; at += 64) __builtin_prefetch(ahead + at);
    for (const std::vector<float>& probes : values) {
      const float* leaf = leaf_of(trees[t], probes.data());
      leaves.push_back(leaf);
      __builtin_prefetch(leaf);
      __builtin_prefetch(leaf + kShapeFloats - 1);
    }
  }
}

bool in_range(const LandmarkProbe* probes, const LandmarkTree* trees, const Head& head) {
  for (int i = 0; i < head.probes; ++i) {
    if (probes[i].landmark < 0 || probes[i].landmark >= kShapeFloats / 2) return false;
  }
  for (int i = 0; i < head.trees; ++i) {
    for (const LandmarkSplit& split : trees[i].splits) {
      if (split.first >= head.probes || split.second >= head.probes) return false;
    }
  }
  return true;
}

}  // namespace

LandmarkPredictor::LandmarkPredictor(const Weights& weights) {
  const Section section = weights.section("landmarks");
  Head head{};
  if (section.size >= kHeadBytes) std::memcpy(&head, section.data, sizeof head);
  const auto sane = [](std::int32_t count) { return count > 0 && count < (1 << 16); };
  if (!sane(head.stages) || !sane(head.probes) || !sane(head.trees) ||
      section.size != kHeadBytes + static_cast<std::size_t>(head.stages * stage_bytes(head.probes, head.trees))) {
    throw std::runtime_error("the weights file's landmarks have another size: run the build again");
  }
  stages_ = head.stages;
  probes_ = head.probes;
  trees_ = head.trees;
  mean_shape_ = reinterpret_cast<const float*>(section.data + 4 * sizeof(std::int32_t));
  first_stage_ = section.data + kHeadBytes;
  for (int i = 0; i < stages_; ++i) {
    const auto* probes = reinterpret_cast<const LandmarkProbe*>(first_stage_ + i * stage_bytes(probes_, trees_));
    if (!in_range(probes, reinterpret_cast<const LandmarkTree*>(probes + probes_), head)) {
      throw std::runtime_error("the weights file's landmarks point nowhere: run the build again");
    }
  }
}

std::vector<LandmarkPredictor::Shape> LandmarkPredictor::shapes_in(const GrayView& gray,
                                                                   const std::vector<Box>& boxes) const {
  Shape mean_shape;
  std::copy_n(mean_shape_, mean_shape.size(), mean_shape.begin());
  std::vector<Shape> shapes(boxes.size(), mean_shape);
  std::vector<std::vector<float>> values(boxes.size(), std::vector<float>(static_cast<std::size_t>(probes_)));
  std::vector<const float*> leaves;
  leaves.reserve(static_cast<std::size_t>(trees_) * boxes.size());
  const std::uint8_t* stage = first_stage_;
  for (int i = 0; i < stages_; ++i, stage += stage_bytes(probes_, trees_)) {
    const auto* probes = reinterpret_cast<const LandmarkProbe*>(stage);
    const auto* trees = reinterpret_cast<const LandmarkTree*>(probes + probes_);
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      read_probes(gray, ToPixels(boxes[b]), mean_shape_, shapes[b].data(), probes, values[b]);
    }
    find_leaves(trees, trees_, values, leaves);
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      Shape shape = shapes[b];
      for (std::size_t leaf = b; leaf < leaves.size(); leaf += boxes.size()) {
        for (std::size_t j = 0; j < shape.size(); ++j) shape[j] += leaves[leaf][j];
      }
      shapes[b] = shape;
    }
  }
  return shapes;
}

Landmarks LandmarkPredictor::predict(const GrayView& gray, const Box& box, Landmarks* refined) const {
  std::vector<Box> boxes{box};
  if (refined != nullptr) {
    const auto width = static_cast<double>(box.right - box.left);
    const long shift = std::lround(.05 * width);
    for (const long x : {-shift, shift}) boxes.push_back({box.left + x, box.top, box.right + x, box.bottom});
    for (const long y : {-shift, shift}) boxes.push_back({box.left, box.top + y, box.right, box.bottom + y});
    *refined = {};
  }
  const std::vector<Shape> shapes = shapes_in(gray, boxes);
  for (std::size_t b = 0; b < boxes.size() && refined != nullptr; ++b) {
    const ToPixels to_pixels(boxes[b]);
    const auto share = static_cast<double>(boxes.size());
    for (std::size_t i = 0; i < refined->size(); ++i) {
      (*refined)[i].x += (to_pixels.left + to_pixels.width * shapes[b][2 * i]) / share;
      (*refined)[i].y += (to_pixels.top + to_pixels.height * shapes[b][2 * i + 1]) / share;
    }
  }
  const ToPixels to_pixels(box);
  Landmarks landmarks;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    landmarks[i] = {static_cast<double>(to_pixels.x(shapes[0][2 * i])),
                    static_cast<double>(to_pixels.y(shapes[0][2 * i + 1]))};
  }
  return landmarks;
}

std::vector<std::uint8_t> format_landmarks(const LandmarkForest& forest) {
  const LandmarkForest::Stage& first = forest.stages.at(0);
  Head head{static_cast<std::int32_t>(forest.stages.size()), static_cast<std::int32_t>(first.probes.size()),
            static_cast<std::int32_t>(first.trees.size()), 0, {}};
  if (forest.mean_shape.size() != kShapeFloats) throw std::runtime_error("the landmark file has other landmarks than the five");
  std::memcpy(head.mean_shape, forest.mean_shape.data(), sizeof head.mean_shape);
  std::vector<std::uint8_t> bytes(kHeadBytes);
  std::memcpy(bytes.data(), &head, sizeof head);
  const auto append = [&bytes](const void* data, std::size_t size) {
    const auto* from = static_cast<const std::uint8_t*>(data);
    bytes.insert(bytes.end(), from, from + size);
  };
  for (const LandmarkForest::Stage& stage : forest.stages) {
    if (stage.probes.size() != first.probes.size() || stage.trees.size() != first.trees.size()) {
      throw std::runtime_error("the landmark stages differ in size");
    }
    append(stage.probes.data(), stage.probes.size() * sizeof(LandmarkProbe));
    append(stage.trees.data(), stage.trees.size() * sizeof(LandmarkTree));
  }
  return bytes;
}

}  // namespace fr
