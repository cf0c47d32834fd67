// The flow: image bytes -> CSV. One-shot and worker mode share it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detect/finder.hh"
#include "detect/mesh.hh"
#include "embed/net.hh"
#include "face.hh"
#include "image/image.hh"
#include "weights.hh"

namespace fr {

/// What is asked about one picture.
struct Request {
  bool augment = false;   // for enrolment: all kVariants variants of the face numbered `face`, or of the largest
  bool probe = false;     // the probe variants of every face, and not variant 0; not with `augment`
  int face = 0;           // from 1, left to right; 0: none is chosen
  std::optional<Box> box;  // the one face is here, upright: no detector looks; not with `face`
  bool thorough = false;  // every detector looks, even if one before has found a face
  bool packed = false;    // rows hold their vectors packed; see csv.hh
};

/// Holds the mapped weights, the finder and the networks.
class Pipeline {
 public:
  /// Maps the weights file. Throws std::runtime_error, which names the file, when it cannot be used.
  explicit Pipeline(const std::string& weights_path);
  /// The same of the file's bytes, which must outlive this.
  explicit Pipeline(Section weights);

  /// The answer as CSV: face by face, variant 0 or the variants that were asked for. Only a header when no face is found. Adds
  /// to `notes`, unless null, what a person should know about the answer, one line each. Throws UnusablePicture, TookTooLong
  /// and std::bad_alloc.
  std::string describe(const std::vector<std::uint8_t>& bytes, const ImageLimits& limits, const Request& request,
                       std::vector<std::string>* notes = nullptr) const;

  /// The same for a picture that is decoded already.
  std::string describe(const Image& image, const ImageLimits& limits, const Request& request,
                       std::vector<std::string>* notes = nullptr) const;

  /// Faces, left to right. See FaceFinder. Throws TookTooLong.
  std::vector<Detection> detect(const Image& image, Search search, Budget& budget) const;
  std::vector<Detection> detect(const Image& image, Search search) const {
    Budget budget;
    return detect(image, search, budget);
  }

  /// One vector a chip, not scaled to unit length. Throws TookTooLong.
  std::vector<FaceVector> embed(const std::vector<Chip>& chips, const Deadline& deadline = {}) const;

 private:
  explicit Pipeline(std::unique_ptr<Weights> weights);

  std::unique_ptr<Weights> weights_;
  Isa isa_;
  std::size_t threads_;
  FaceFinder finder_;
  FaceMesh mesh_;
  FaceNet face_net_;
};

}  // namespace fr
