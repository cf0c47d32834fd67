// Worker mode: many pictures over one pair of pipes, weights loaded once.
#pragma once

#include <cstdio>

#include "pipeline.hh"

namespace fr {

/// Answers requests until the input ends. A request is a line `BYTES [--augment | --probe] [--face N] [--thorough]` and
/// that many bytes of picture; an answer is a line `STATUS BYTES` and that many bytes of text. STATUS is what one-shot mode
/// would exit with: 0 and CSV, or a one-line reason and 1 (out of memory), 2 (not a usable picture) or 3 (it takes longer
/// than `limits.max_time`, which begins when its line is read). Where a person should know something of a picture that is
/// used all the same, the line is `STATUS BYTES NOTE_BYTES`, and the notes stand behind the text, a line each. Whatever
/// comes of a picture, it is read to its end. Throws std::runtime_error when the input is not in this form, since nothing
/// after it can be told apart.
void serve(const Pipeline& pipeline, const ImageLimits& limits, std::FILE* in, std::FILE* out);

}  // namespace fr
