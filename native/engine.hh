// Detecting, cutting chips and embedding: the three steps of the flow, over one mapped weights file.
#pragma once

#include <string>
#include <vector>

#include "align/align.hh"
#include "face.hh"
#include "detect/finder.hh"
#include "image/image.hh"
#include "weights.hh"
#include "embed/net.hh"

namespace fr {

class Engine {
 public:
  /// Maps the weights file. Throws std::runtime_error naming it when it cannot be used.
  explicit Engine(const std::string& weights_path);

  /// Faces, left to right. `thorough` looks at every picture with every detector: see FaceFinder. Throws TookTooLong.
  std::vector<Detection> detect(const Image& image, bool thorough, Budget& budget) const;
  std::vector<Detection> detect(const Image& image, bool thorough) const {
    Budget budget;
    return detect(image, thorough, budget);
  }

  /// One vector a chip, as the network gives it (not scaled to unit length). Throws TookTooLong.
  std::vector<FaceVector> embed(const std::vector<Chip>& chips, const Deadline& deadline = {}) const;

 private:
  Weights weights_;
  Isa isa_;
  std::size_t threads_;
  FaceFinder finder_;
  FaceNet face_net_;
};

}  // namespace fr
