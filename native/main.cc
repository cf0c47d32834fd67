// The sidecar: image bytes in, face vectors out. Exit status: 0 done, 1 internal fault or out of memory, 2 not a usable
// picture, 3 the picture takes too long.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "arguments.hh"
#include "pipeline.hh"
#include "threads.hh"
#include "worker.hh"

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// A crash must not leave anyone's picture on a disk: no core file, and nothing for a program that collects crashes.
void leave_no_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

// Sanitizers map terabytes of address space.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

// Allows the most that any picture within its limits needs: the file, a progressive JPEG's six bytes a pixel, the three bytes
// a pixel that it is decoded to, and a little more. A small hostile file can make libwebp ask for a gigabyte of tables: it is
// then out of memory.
void limit_memory(const fr::ImageLimits& limits) {
  constexpr std::size_t kOther = std::size_t{24} << 20;
  constexpr std::size_t kStack = std::size_t{8} << 20;
  rlimit limit{};
  if (kSanitized || getrlimit(RLIMIT_DATA, &limit) != 0) return;
  const std::size_t file = std::min(limits.max_bytes, std::size_t{1} << 40);
  const std::size_t most = file + limits.max_pixels * 92 / 10 + kOther + fr::usable_threads() * kStack;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, most);
  setrlimit(RLIMIT_DATA, &limit);
}

// The build puts the weights beside the program.
std::string default_weights() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "fr-sidecar.weights").string();
}

File open_picture(const std::string& path) {
  File file(path.empty() ? stdin : std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) throw fr::UnusablePicture("cannot be opened: " + std::string(std::strerror(errno)));
  struct stat about {};
  if (fstat(fileno(file.get()), &about) == 0 && S_ISDIR(about.st_mode)) throw fr::UnusablePicture("is a folder");
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
  leave_no_core_dumps();
  limit_memory(arguments.limits);
  const std::string weights = arguments.weights_path.empty() ? default_weights() : arguments.weights_path;
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
    return fail(1, "out of memory: use a smaller picture or give more memory");
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
