// The sidecar: image bytes in, face vectors out. Exit status: 0 done, 1 internal fault or out of memory, 2 not a usable
// picture, 3 the picture takes too long.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "answer.hh"
#include "arguments.hh"
#include "pipeline.hh"
#include "platform.hh"
#include "threads.hh"
#include "worker.hh"

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// The most that any picture within its limits needs: the file, a progressive JPEG's six bytes a pixel, the three bytes
// a pixel that it is decoded to, and a little more. A small hostile file can make libwebp ask for a gigabyte of tables: it is
// then out of memory.
std::size_t most_memory(const fr::ImageLimits& limits) {
  constexpr std::size_t kOther = std::size_t{24} << 20;
  constexpr std::size_t kStack = std::size_t{8} << 20;
  const std::size_t file = std::min(limits.max_bytes, std::size_t{1} << 40);
  return file + limits.max_pixels * 92 / 10 + kOther + fr::usable_threads() * kStack;
}

File open_picture(const std::string& path) {
  File file(path.empty() ? stdin : std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) throw fr::UnusablePicture("cannot be opened: " + std::string(std::strerror(errno)));
  if (fr::is_folder(file.get())) throw fr::UnusablePicture("is a folder");
  return file;
}

std::vector<std::uint8_t> read_all(std::FILE* file, const fr::ImageLimits& limits) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> block(1 << 16);
  for (std::size_t got = 1; got > 0;) {
    got = std::fread(block.data(), 1, block.size(), file);
    bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
    if (bytes.size() > limits.max_bytes) throw fr::UnusablePicture(fr::too_many_bytes(limits));
  }
  if (std::ferror(file) != 0) throw fr::UnusablePicture("cannot be read: " + std::string(std::strerror(errno)));
  return bytes;
}

int run(const std::vector<std::string>& words) {
  fr::Arguments arguments = fr::parse_arguments(words);
  fr::leave_no_core_dumps();
  fr::keep_freed_memory();
  fr::limit_memory(most_memory(arguments.limits));
  const std::string weights = arguments.weights_path.empty() ? fr::default_weights() : arguments.weights_path;
  if (arguments.worker) {
    const fr::Pipeline pipeline(weights);
    fr::serve(pipeline, arguments.limits, stdin, stdout);
    return 0;
  }
  arguments.limits.deadline = fr::Deadline::after(arguments.limits.max_time);
  // Before the weights, so that a bad path is refused at once.
  const std::vector<std::uint8_t> bytes = read_all(open_picture(arguments.path).get(), arguments.limits);
  const fr::Pipeline pipeline(weights);
  std::vector<std::string> notes;
  const std::string csv = pipeline.describe(bytes, arguments.limits, arguments.request, &notes);
  for (const std::string& note : notes) std::fprintf(stderr, "fr-sidecar: note: %s\n", note.c_str());
  if (std::fwrite(csv.data(), 1, csv.size(), stdout) != csv.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error("the answer cannot be written");
  }
  return 0;
}

int fail(int status, const char* reason) {
  std::fprintf(stderr, "fr-sidecar: %s\n", reason);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // when nobody reads the answer, the write fails and we can say so
  try {
    return run({argv + 1, argv + argc});
  } catch (const fr::UnusablePicture& reason) {
    return fail(2, reason.what());
  } catch (const fr::TookTooLong& reason) {
    return fail(3, reason.what());
  } catch (const std::bad_alloc&) {
    return fail(1, fr::kOutOfMemory);
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
