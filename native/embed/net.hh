// Chip -> face vector: dlib's ResNet with its weights folded, packed and mapped.
#pragma once

#include <vector>

#include "deadline.hh"
#include "face.hh"
#include "weights.hh"
#include "kernels/kernels.hh"
#include "threads.hh"

namespace fr {

/// One convolution of the network, in the order they run.
struct ConvLayer {
  ConvShape shape;
  int inputs;       // channels
  int outputs;      // channels, a multiple of kOutputBlock
  int row_taps;     // rows of the filter as packed
  int column_taps;  // columns of the filter as packed
};

/// The 29 convolutions. A block that halves the picture is a kHalf and the convolution after it.
const std::vector<ConvLayer>& conv_layers();

/// Chips that go through the network together, where its weights outweigh its pictures.
constexpr std::size_t kEmbedBatch = 8;

constexpr int kFeatures = 256;  // averages that the last layer turns into a vector

/// Floats of the weights file's section "network": for each layer its weights, then its biases; then the last layer's
/// kFeatures x kVectorSize. Or as many half-precision numbers: the section's size tells which.
std::size_t network_floats();

class FaceNet {
 public:
  /// Borrows the weights file's section "network", which must outlive this. Throws std::runtime_error if its size is wrong.
  FaceNet(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// One vector a chip, the same to the bit in whatever company and on however many threads. One chip starts none. Throws
  /// TookTooLong.
  std::vector<FaceVector> embed(const Chip* chips, std::size_t count, const Deadline& deadline = {}) const;

 private:
  void embed_batch(const Chip* chips, std::size_t count, FaceVector* vectors) const;

  std::size_t threads_;
  const std::uint8_t* weights_;
  bool half_ = false;
  const NetKernels& kernels_;
};

}  // namespace fr
