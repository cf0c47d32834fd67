// Worker mode: many pictures over one pair of pipes, weights loaded once.
#pragma once

#include <cstdio>

#include "pipeline.hh"

namespace fr {

/// Answers requests until the input ends. A request is a line `BYTES [--pixels WIDTHxHEIGHT] [--augment | --probe]
/// [--face N] [--thorough] [--packed]` and BYTES bytes: a picture's file or, with --pixels, upright pixels that somebody else
/// decoded: red, green and blue in a byte each, rows top to bottom. An answer is a line `STATUS BYTES` and BYTES bytes of text.
/// STATUS is one-shot mode's exit status: 0, and the text is CSV, of the packed form (csv.hh) with --packed; or 1 (out of
/// memory), 2 (not a usable picture) or 3 (it took longer than `limits.max_time` from the request line on), and the text is a
/// reason of one line. When there are notes for a person, the line is `STATUS BYTES NOTE_BYTES`, and NOTE_BYTES bytes of notes
/// follow the text, one a line. Every picture is read to its end, whatever its answer. Throws std::runtime_error when the input
/// is not in this form, because the next request cannot be found then.
void serve(const Pipeline& pipeline, const ImageLimits& limits, std::FILE* in, std::FILE* out);

}  // namespace fr
