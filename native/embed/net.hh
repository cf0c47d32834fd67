// Chip -> face vector: dlib's ResNet. Its weights are packed for our kernels and mapped from the weights file.
#pragma once

#include <vector>

#include "deadline.hh"
#include "face.hh"
#include "kernels/kernels.hh"
#include "threads.hh"
#include "weights.hh"

namespace fr {

class FaceNet {
 public:
  /// Borrows the weights file's section "network", which must outlive this. Throws std::runtime_error if its size is wrong.
  FaceNet(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// One vector a chip, as the network gives it (not scaled to unit length). Each is the same to the bit whatever the other
  /// chips and the number of threads are. One chip starts no thread. Throws TookTooLong.
  std::vector<FaceVector> embed(const Chip* chips, std::size_t count, const Deadline& deadline = {}) const;

 private:
  void embed_batch(const Chip* chips, std::size_t count, FaceVector* vectors) const;

  std::size_t threads_;
  const std::uint8_t* weights_;
  bool half_ = false;
  const NetKernels& kernels_;
};

}  // namespace fr
