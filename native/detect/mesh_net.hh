// The face mesh's network (Kartynnik et al., 2019, arXiv:1907.06724; MediaPipe's face_landmark.tflite), without a runtime.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "detect/blaze_block.hh"
#include "image/image.hh"
#include "kernels/kernels.hh"
#include "weights.hh"

namespace fr {

constexpr int kMeshSide = 192;     // pixels of the square that the network is shown
constexpr int kMeshStemTaps = 3;   // rows and columns of the first convolution, at stride 2
constexpr int kMeshStem = 32;      // its output channels. In the file 16: the kernels need two blocks, so half of them stay 0
constexpr int kMeshNarrow = 32;    // channels of the 1x1 convolution after the blocks, and of the block after it
constexpr int kMeshEnd = 3;        // pixels of a side of the last map
constexpr int kMeshAnswers = 4;

/// The blocks before the narrow ones, in the order they run. Channels that the file has 16 of are 32, as above.
const std::vector<BlazeBlockShape>& mesh_blocks();

/// Floats of the weights file's section "mesh", outputs padded. The first convolution: [row tap][column tap and
/// colour][output], biases, slopes. Each block: as block_floats says, slopes. The narrow convolution: [input][output],
/// biases, slopes. Its block and slopes. The end: [pixel][input][answer], biases.
std::size_t mesh_floats();

/// Where the network sees the face: the square of its chip, in pixels of what it was shown. The file's network gives 468
/// points; the square that fits them best is linear in them, so pack_mesh.cc has joined the two.
struct MeshAnswer {
  float across, down;  // from the square's left edge to its right one
  float x, y;          // its centre
};

class MeshNet {
 public:
  /// Borrows the weights file's section "mesh", which must outlive this. Throws std::runtime_error if its size is wrong.
  MeshNet(const Weights& weights, Isa isa);

  /// `image`: kMeshSide x kMeshSide pixels. Many threads may call it at once, each with its own room.
  MeshAnswer look(const Image& image, BlazeRoom& room) const;

 private:
  const float* run_stem(const Image& image, BlazeRoom& room) const;
  const float* run_narrow(const float* weights, const BlazeMap& in, BlazeMap& out) const;

  const float* weights_;
  const BlazeKernels& kernels_;
};

}  // namespace fr
