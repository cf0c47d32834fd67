// Box -> five landmarks: runs the trees.
#include "align/landmarks.hh"

#include <algorithm>
#include <cmath>

#include "align/similarity.hh"

namespace fr {
namespace {

constexpr int kTreeDepth = 4;
constexpr int kTreesAhead = 6;  // of the one in use, the tree to prefetch
constexpr std::size_t kBoxesOfFace = 5;

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
  long x(double unit) const { return floor(left + width * unit + 0.5); }
  long y(double unit) const { return floor(top + height * unit + 0.5); }

 private:
  // Processors without SSE 4.1 lack the instruction, and the library's function takes most of the time of reading a pixel.
  static long floor(double value) {
    const auto cut = static_cast<long>(value);
    return cut - static_cast<long>(static_cast<double>(cut) > value);
  }
};

Landmarks rounded_points(const ToPixels& to_pixels, const float* shape) {
  Landmarks landmarks;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    landmarks[i] = {static_cast<double>(to_pixels.x(shape[2 * i])), static_cast<double>(to_pixels.y(shape[2 * i + 1]))};
  }
  return landmarks;
}

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

}  // namespace

std::vector<LandmarkPredictor::Shape> LandmarkPredictor::shapes_in(const GrayView& gray,
                                                                   const std::vector<Box>& boxes) const {
  Shape mean_shape;
  std::copy_n(mean_shape_, mean_shape.size(), mean_shape.begin());
  std::vector<Shape> shapes(boxes.size(), mean_shape);
  std::vector<std::vector<float>> values(boxes.size(), std::vector<float>(static_cast<std::size_t>(probes_)));
  std::vector<const float*> leaves;
  leaves.reserve(static_cast<std::size_t>(trees_) * boxes.size());
  const std::uint8_t* stage = first_stage_;
  for (int i = 0; i < stages_; ++i, stage += stage_bytes_) {
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

Landmarks LandmarkPredictor::predict(const GrayView& gray, const Box& box) const {
  return rounded_points(ToPixels(box), shapes_in(gray, {box})[0].data());
}

void LandmarkPredictor::predict(const GrayView& gray, Detection* faces, std::size_t count) const {
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < count; ++i) {
    const Box& box = faces[i].box;
    const long shift = std::lround(.05 * static_cast<double>(box.right - box.left));
    boxes.push_back(box);
    for (const long x : {-shift, shift}) boxes.push_back({box.left + x, box.top, box.right + x, box.bottom});
    for (const long y : {-shift, shift}) boxes.push_back({box.left, box.top + y, box.right, box.bottom + y});
  }
  const std::vector<Shape> shapes = shapes_in(gray, boxes);
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    const ToPixels to_pixels(boxes[b]);
    Detection& face = faces[b / kBoxesOfFace];
    if (b % kBoxesOfFace == 0) {
      face.landmarks = rounded_points(to_pixels, shapes[b].data());
      face.refined = {};
    }
    for (std::size_t i = 0; i < face.refined.size(); ++i) {
      face.refined[i].x += (to_pixels.left + to_pixels.width * shapes[b][2 * i]) / kBoxesOfFace;
      face.refined[i].y += (to_pixels.top + to_pixels.height * shapes[b][2 * i + 1]) / kBoxesOfFace;
    }
  }
}

}  // namespace fr
