// Worker mode: many pictures over one pair of pipes.
#include "worker.hh"

#include <new>
#include <optional>
#include <stdexcept>
#include <string>

#include "arguments.hh"
#include "pipeline.hh"

namespace fr {
namespace {

struct Answer {
  int status;
  std::string text;
};

constexpr std::size_t kMaxLine = 128;

// nullopt at the end of the input.
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

// A picture above the limit is read past, not kept, so that the next request is found.
std::vector<std::uint8_t> read_picture(std::FILE* in, std::size_t size, const ImageLimits& limits) {
  if (size <= limits.max_bytes) {
    std::vector<std::uint8_t> bytes(size);
    read_exactly(in, bytes.data(), size);
    return bytes;
  }
  std::vector<std::uint8_t> scrap(1 << 16);
  for (std::size_t left = size; left > 0;) {
    const std::size_t step = left < scrap.size() ? left : scrap.size();
    read_exactly(in, scrap.data(), step);
    left -= step;
  }
  throw UnusablePicture(too_many_bytes(limits));
}

Answer answer(Engine& engine, const ImageLimits& limits, std::FILE* in, const PictureRequest& request) {
  try {
    const std::vector<std::uint8_t> bytes = read_picture(in, request.bytes, limits);
    return {0, describe_faces(engine, bytes, limits, request.request)};
  } catch (const UnusablePicture& reason) {
    return {2, reason.what()};
  } catch (const std::bad_alloc&) {
    return {1, "out of memory: use a smaller picture or give more memory"};
  }
}

}  // namespace

void serve(Engine& engine, const ImageLimits& limits, std::FILE* in, std::FILE* out) {
  while (const std::optional<std::string> line = read_line(in)) {
    const Answer reply = answer(engine, limits, in, parse_request(*line));
    const std::string head = std::to_string(reply.status) + ' ' + std::to_string(reply.text.size()) + '\n';
    if (std::fwrite(head.data(), 1, head.size(), out) != head.size() ||
        std::fwrite(reply.text.data(), 1, reply.text.size(), out) != reply.text.size() || std::fflush(out) != 0) {
      throw std::runtime_error("the answer cannot be written: nobody reads it");
    }
  }
}

}  // namespace fr
