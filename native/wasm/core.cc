// The sidecar as a library with C functions: JavaScript puts the weights and pictures into its memory and asks. fr-core.mjs is
// the other side.
//
// A picture takes four calls, so that a picture that is refused is never held: fr_line for the request line of the worker's
// protocol (../worker.hh), fr_request, fr_room for the picture's bytes, fr_answer. There is one request at a time.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "answer.hh"
#include "arguments.hh"
#include "pipeline.hh"

namespace {

enum Status { kDone = 0, kFailed = 1, kNotARequest = -1 };

std::optional<fr::Pipeline> pipeline;
fr::ImageLimits limits;
std::string line;
fr::PictureRequest request;
std::vector<std::uint8_t> picture;
std::optional<fr::Answer> refusal;  // set when the picture's bytes cannot be taken
std::string text;
std::string notes;

std::size_t most_bytes() { return request.width == 0 ? limits.max_bytes : 3 * limits.max_pixels; }

fr::Image read_picture(const fr::ImageLimits& timed, std::vector<std::string>* said) {
  const std::vector<std::uint8_t> bytes = std::move(picture);
  picture = {};
  if (request.width == 0) return fr::decode_image(bytes.data(), bytes.size(), timed, said);
  fr::ImageLimits pixels = timed;
  pixels.max_bytes = most_bytes();
  return fr::image_of_pixels(bytes, request.width, request.height, pixels);
}

int give(fr::Answer answer) {
  text = std::move(answer.text);
  notes.clear();
  for (const std::string& note : answer.notes) notes += note + '\n';
  return answer.status;
}

}  // namespace

#define FR_EXPORT(name) __attribute__((export_name(#name))) name

extern "C" {

/// `size` bytes at a multiple of 64, or null. For the weights; whoever asks keeps them for ever.
void* FR_EXPORT(fr_allocate)(std::size_t size) { return std::aligned_alloc(64, size); }

/// Reads the weights that lie at `weights`. Returns 0, or 1 and a reason in the text.
int FR_EXPORT(fr_open)(const std::uint8_t* weights, std::size_t size, std::size_t max_bytes, std::size_t max_pixels,
                       int timeout_ms) {
  try {
    limits.max_bytes = max_bytes;
    limits.max_pixels = max_pixels;
    limits.max_time = std::chrono::milliseconds(timeout_ms);
    pipeline.emplace(fr::Section{weights, size});
    return kDone;
  } catch (const std::bad_alloc&) {
    text = fr::kOutOfMemory;
  } catch (const std::exception& error) {
    text = error.what();
  }
  return kFailed;
}

/// Where a request line goes, without its end.
char* FR_EXPORT(fr_line)(std::size_t size) {
  line.resize(size);
  return line.data();
}

/// Takes the request line. Returns 0, or -1 and a reason in the text: it is not in the worker's form.
int FR_EXPORT(fr_request)() {
  try {
    request = fr::parse_request(line);
    return kDone;
  } catch (const std::exception& error) {
    text = error.what();
    return kNotARequest;
  }
}

/// How many bytes the request said will follow.
std::size_t FR_EXPORT(fr_bytes)() { return request.bytes; }

/// Where these bytes go, or null: they are not wanted, and fr_answer says why.
std::uint8_t* FR_EXPORT(fr_room)() {
  refusal.reset();
  if (request.bytes > most_bytes()) {
    refusal = fr::Answer{2, fr::too_many_bytes(limits), {}};
    return nullptr;
  }
  try {
    picture.assign(request.bytes == 0 ? 1 : request.bytes, 0);
    picture.resize(request.bytes);
    return picture.data();
  } catch (const std::bad_alloc&) {
    refusal = fr::Answer{kFailed, fr::kOutOfMemory, {}};
    return nullptr;
  }
}

/// Describes the picture. Returns the answer's status, as the program's exit status.
int FR_EXPORT(fr_answer)() {
  if (refusal) return give(*std::exchange(refusal, std::nullopt));
  try {
    return give(fr::answer(*pipeline, limits, request.request, read_picture));
  } catch (const std::exception& error) {
    return give({kFailed, error.what(), {}});
  }
}

/// The last answer's CSV or reason, and its notes, a line each.
const char* FR_EXPORT(fr_text)() { return text.data(); }
std::size_t FR_EXPORT(fr_text_size)() { return text.size(); }
const char* FR_EXPORT(fr_notes)() { return notes.data(); }
std::size_t FR_EXPORT(fr_notes_size)() { return notes.size(); }
}
