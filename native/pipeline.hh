// The flow itself: image bytes -> CSV. What one-shot and worker mode share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine.hh"

namespace fr {

/// What is asked about one picture.
struct Request {
  /// All kVariants variants of one face, in place of the first alone: of the face numbered `face`, or of the only one.
  bool augment = false;
  bool probe = false;  // of every face its probe variants, in place of the first; not with `augment`
  int face = 0;  // from 1, left to right; 0 is none
  bool thorough = false;  // every detector looks, and not only until one finds a face
};

/// Rows face by face, in order: variant 0, or the variants asked for; only a header when no face is found. Adds to
/// `notes`, where given, what a person should know of the answer, a line each. Throws UnusablePicture, TookTooLong, and
/// std::bad_alloc.
std::string describe_faces(Engine& engine, const std::vector<std::uint8_t>& bytes, const ImageLimits& limits,
                           const Request& request, std::vector<std::string>* notes = nullptr);

}  // namespace fr
