// Worker mode: many pictures over one pair of pipes, models loaded once.
#pragma once

#include <cstdio>

#include "engine.hh"

namespace fr {

/// Answers requests until the input ends. A request is a line `BYTES [--augment | --probe] [--face N] [--thorough]` and
/// that many bytes of picture; an answer is a line `STATUS BYTES` and that many bytes of text. STATUS is what one-shot mode would exit
/// with: 0 and CSV, 1 or 2 and a one-line reason. Throws std::runtime_error when the input is not in this form, since
/// nothing after it can be told apart.
void serve(Engine& engine, const ImageLimits& limits, std::FILE* in, std::FILE* out);

}  // namespace fr
