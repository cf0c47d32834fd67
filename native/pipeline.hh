// The flow itself: image bytes -> CSV. What one-shot and worker mode share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine.hh"

namespace fr {

/// What is asked about one picture.
struct Request {
  /// Adds the kVariants - 1 further variants of one face: of the face numbered `face`, or of the only one.
  bool augment = false;
  int face = 0;  // from 1, left to right; 0 is none
  bool thorough = false;  // every detector looks, and not only until one finds a face
};

/// One row a face, in order, each followed by its variants if they were asked for; only a header when no face is
/// found. Throws UnusablePicture.
std::string describe_faces(Engine& engine, const std::vector<std::uint8_t>& bytes, const ImageLimits& limits,
                           const Request& request);

}  // namespace fr
