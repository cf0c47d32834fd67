// Box -> five landmarks.
#include "landmarks.hh"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <stdexcept>

#include "similarity.hh"

namespace fr {
namespace {

constexpr std::size_t kHeadBytes = 64;

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

void look(const GrayView& gray, const ToPixels& to_pixels, const float* mean_shape, const float* shape,
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

void add_leaf(const LandmarkTree& tree, const float* __restrict values, float* __restrict shape) {
  int at = 0;
  while (at < kTreeSplits) {
    const LandmarkSplit& split = tree.splits[at];
    at = 2 * at + (values[split.first] - values[split.second] > split.threshold ? 1 : 2);
  }
  for (int i = 0; i < kShapeFloats; ++i) shape[i] += tree.leaves[at - kTreeSplits][i];
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

LandmarkPredictor::LandmarkPredictor(const Model& model) {
  const Section section = model.section("landmarks");
  Head head{};
  if (section.size >= kHeadBytes) std::memcpy(&head, section.data, sizeof head);
  const auto sane = [](std::int32_t count) { return count > 0 && count < (1 << 16); };
  if (!sane(head.stages) || !sane(head.probes) || !sane(head.trees) ||
      section.size != kHeadBytes + static_cast<std::size_t>(head.stages * stage_bytes(head.probes, head.trees))) {
    throw std::runtime_error("the model's landmarks have another size: run the build again");
  }
  stages_ = head.stages;
  probes_ = head.probes;
  trees_ = head.trees;
  mean_shape_ = reinterpret_cast<const float*>(section.data + 4 * sizeof(std::int32_t));
  first_stage_ = section.data + kHeadBytes;
  for (int i = 0; i < stages_; ++i) {
    const auto* probes = reinterpret_cast<const LandmarkProbe*>(first_stage_ + i * stage_bytes(probes_, trees_));
    if (!in_range(probes, reinterpret_cast<const LandmarkTree*>(probes + probes_), head)) {
      throw std::runtime_error("the model's landmarks point nowhere: run the build again");
    }
  }
}

std::array<float, kShapeFloats> LandmarkPredictor::shape_in(const GrayView& gray, const Box& box) const {
  const ToPixels to_pixels(box);
  std::array<float, kShapeFloats> shape{};
  std::copy_n(mean_shape_, shape.size(), shape.begin());
  std::vector<float> values(static_cast<std::size_t>(probes_));
  const std::uint8_t* stage = first_stage_;
  for (int i = 0; i < stages_; ++i, stage += stage_bytes(probes_, trees_)) {
    const auto* probes = reinterpret_cast<const LandmarkProbe*>(stage);
    const auto* trees = reinterpret_cast<const LandmarkTree*>(probes + probes_);
    look(gray, to_pixels, mean_shape_, shape.data(), probes, values);
    for (int t = 0; t < trees_; ++t) add_leaf(trees[t], values.data(), shape.data());
  }
  return shape;
}

Landmarks LandmarkPredictor::predict(const GrayView& gray, const Box& box) const {
  const std::array<float, kShapeFloats> shape = shape_in(gray, box);
  const ToPixels to_pixels(box);
  Landmarks landmarks;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    landmarks[i] = {static_cast<double>(to_pixels.x(shape[2 * i])), static_cast<double>(to_pixels.y(shape[2 * i + 1]))};
  }
  return landmarks;
}

Landmarks LandmarkPredictor::refine(const GrayView& gray, const Box& box) const {
  // Parts of the box's width.
  constexpr Point kShifts[] = {{0, 0}, {-.05, 0}, {.05, 0}, {0, -.05}, {0, .05}};
  const auto width = static_cast<double>(box.right - box.left);
  Landmarks mean{};
  for (const Point& shift : kShifts) {
    const long x = std::lround(shift.x * width);
    const long y = std::lround(shift.y * width);
    const Box moved{box.left + x, box.top + y, box.right + x, box.bottom + y};
    const ToPixels to_pixels(moved);
    const std::array<float, kShapeFloats> shape = shape_in(gray, moved);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i].x += (to_pixels.left + to_pixels.width * shape[2 * i]) / std::size(kShifts);
      mean[i].y += (to_pixels.top + to_pixels.height * shape[2 * i + 1]) / std::size(kShifts);
    }
  }
  return mean;
}

std::vector<std::uint8_t> format_landmarks(const LandmarkForest& forest) {
  const LandmarkForest::Stage& first = forest.stages.at(0);
  Head head{static_cast<std::int32_t>(forest.stages.size()), static_cast<std::int32_t>(first.probes.size()),
            static_cast<std::int32_t>(first.trees.size()), 0, {}};
  if (forest.mean_shape.size() != kShapeFloats) throw std::runtime_error("the landmarks are not five");
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
