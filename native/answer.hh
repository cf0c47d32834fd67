// One picture's answer, whoever asks: the worker's pipes, or JavaScript around the WebAssembly build.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline.hh"

namespace fr {

struct Answer {
  int status;                      // as the program's exit status
  std::string text;                // CSV, or a reason of one line
  std::vector<std::string> notes;  // for a person, one line each
};

/// Gives the picture, decoded within the limits. May add to the notes.
using ReadImage = std::function<Image(const ImageLimits& limits, std::vector<std::string>* notes)>;

/// Reads one picture and describes it. Its time begins now. What is wrong with a picture, out of time and out of memory become
/// an answer; anything else is thrown.
Answer answer(const Pipeline& pipeline, ImageLimits limits, const Request& request, const ReadImage& read);

/// What there is to say when memory runs out.
constexpr const char* kOutOfMemory = "out of memory: use a smaller picture or give more memory";

}  // namespace fr
