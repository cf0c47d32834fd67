// The weights file's section "landmarks": written by the build, checked and borrowed by the sidecar.
#include <cstring>
#include <stdexcept>

#include "align/landmarks.hh"

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

/// Whether all indices of a stage point to something.
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
  stage_bytes_ = stage_bytes(probes_, trees_);
  mean_shape_ = reinterpret_cast<const float*>(section.data + 4 * sizeof(std::int32_t));
  first_stage_ = section.data + kHeadBytes;
  for (int i = 0; i < stages_; ++i) {
    const auto* probes = reinterpret_cast<const LandmarkProbe*>(first_stage_ + i * stage_bytes_);
    if (!in_range(probes, reinterpret_cast<const LandmarkTree*>(probes + probes_), head)) {
      throw std::runtime_error("the weights file's landmarks point nowhere: run the build again");
    }
  }
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
