// Worker mode: many pictures over one pair of pipes.
#include "worker.hh"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "answer.hh"
#include "arguments.hh"
#include "pipeline.hh"

namespace fr {
namespace {

constexpr std::size_t kMaxLine = 128;
constexpr std::size_t kAnswerBuffer = 1 << 16;  // most answers, so that each wakes its reader once

/// nullopt at the end of the input.
std::optional<std::string> read_line(std::FILE* in) {
  std::string line;
  for (int c = std::getc(in); c != '\n'; c = std::getc(in)) {
    if (c == EOF && line.empty()) return std::nullopt;
    if (c == EOF || line.size() == kMaxLine) throw std::runtime_error("the request line is not in the worker's form");
    line += static_cast<char>(c);
  }
  return line;
}

void read_exactly(std::FILE* in, std::uint8_t* to, std::size_t size) {
  if (std::fread(to, 1, size, in) != size) throw std::runtime_error("the input ended inside a picture");
}

/// Needs only memory of the stack.
void read_past(std::FILE* in, std::size_t size) {
  std::array<std::uint8_t, 1 << 14> scrap;
  for (std::size_t left = size; left > 0;) {
    const std::size_t step = std::min(left, scrap.size());
    read_exactly(in, scrap.data(), step);
    left -= step;
  }
}

/// Also reads past a picture that cannot be kept, so that the next request is found.
std::vector<std::uint8_t> read_picture(std::FILE* in, std::size_t size, const ImageLimits& limits) {
  if (size > limits.max_bytes) {
    read_past(in, size);
    throw UnusablePicture(too_many_bytes(limits));
  }
  std::vector<std::uint8_t> bytes;
  if (size > bytes.max_size()) {
    read_past(in, size);
    throw std::bad_alloc();
  }
  try {
    bytes.resize(size);
  } catch (const std::bad_alloc&) {
    read_past(in, size);
    throw;
  }
  read_exactly(in, bytes.data(), size);
  return bytes;
}

Image read_image(std::FILE* in, const PictureRequest& request, ImageLimits limits, std::vector<std::string>* notes) {
  if (request.width == 0) {
    const std::vector<std::uint8_t> file = read_picture(in, request.bytes, limits);
    return decode_image(file.data(), file.size(), limits, notes);
  }
  limits.max_bytes = 3 * limits.max_pixels;
  return image_of_pixels(read_picture(in, request.bytes, limits), request.width, request.height, limits);
}

void write(std::FILE* out, const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), out) != text.size()) {
    throw std::runtime_error("the answer cannot be written: nobody reads it");
  }
}

}  // namespace

void serve(const Pipeline& pipeline, const ImageLimits& limits, std::FILE* in, std::FILE* out) {
  std::setvbuf(out, nullptr, _IOFBF, kAnswerBuffer);
  while (const std::optional<std::string> line = read_line(in)) {
    const PictureRequest request = parse_request(*line);
    const Answer reply = answer(pipeline, limits, request.request, [&](const ImageLimits& timed, std::vector<std::string>* said) {
      return read_image(in, request, timed, said);
    });
    std::string notes;
    for (const std::string& note : reply.notes) notes += note + '\n';
    std::string head = std::to_string(reply.status) + ' ' + std::to_string(reply.text.size());
    if (!notes.empty()) head += ' ' + std::to_string(notes.size());
    write(out, head + '\n');
    write(out, reply.text);
    write(out, notes);
    if (std::fflush(out) != 0) throw std::runtime_error("the answer cannot be written: nobody reads it");
  }
}

}  // namespace fr
