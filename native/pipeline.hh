// The flow itself: image bytes -> CSV. What one-shot and worker mode share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detect/finder.hh"
#include "embed/net.hh"
#include "face.hh"
#include "image/image.hh"
#include "weights.hh"

namespace fr {

/// What is asked about one picture.
struct Request {
  /// All kVariants variants of one face, in place of the first alone: of the face numbered `face`, or of the only one.
  bool augment = false;
  bool probe = false;  // of every face its probe variants, in place of the first; not with `augment`
  int face = 0;  // from 1, left to right; 0 is none
  bool thorough = false;  // every detector looks, and not only until one finds a face
};

/// Holds the mapped weights, the finder and the network.
class Pipeline {
 public:
  /// Maps the weights file. Throws std::runtime_error naming it when it cannot be used.
  explicit Pipeline(const std::string& weights_path);

  /// Rows face by face, in order: variant 0, or the variants asked for; only a header when no face is found. Adds to
  /// `notes`, where given, what a person should know of the answer, a line each. Throws UnusablePicture, TookTooLong,
  /// and std::bad_alloc.
  std::string describe(const std::vector<std::uint8_t>& bytes, const ImageLimits& limits, const Request& request,
                       std::vector<std::string>* notes = nullptr) const;

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
