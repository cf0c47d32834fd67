// What is Linux's own.
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "platform.hh"

namespace fr {
namespace {

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

}  // namespace

Section map_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw std::runtime_error("cannot be opened: " + std::string(std::strerror(errno)));
  struct stat about {};
  void* data = MAP_FAILED;
  if (fstat(file, &about) == 0 && about.st_size > 0) {
    data = mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  }
  close(file);
  if (data == MAP_FAILED) throw std::runtime_error("is too short, or cannot be mapped");
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(about.st_size)};
}

void unmap_file(Section file) {
  if (file.data != nullptr) munmap(const_cast<std::uint8_t*>(file.data), file.size);
}

std::string default_weights() {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) throw std::runtime_error("/proc does not say where this program is: name the weights with --weights");
  return (program.parent_path() / "fr-sidecar.weights").string();
}

bool is_folder(std::FILE* file) {
  struct stat about {};
  return fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode);
}

std::size_t processors() {
  // On the largest machines a set of the usual size is too small, and the call fails.
  for (std::size_t most = 1024; most <= (1 << 16); most *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(most), [](cpu_set_t* old) { CPU_FREE(old); });
    const std::size_t bytes = CPU_ALLOC_SIZE(most);
    if (set && sched_getaffinity(0, bytes, set.get()) == 0) {
      return static_cast<std::size_t>(std::max(1, CPU_COUNT_S(bytes, set.get())));
    }
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

void leave_no_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

void prefer_large_pages(void* data, std::size_t bytes) { madvise(data, bytes, MADV_HUGEPAGE); }

// By itself malloc maps what is larger than 128 kB, and the kernel clears its pages anew each time.
void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

void limit_memory(std::size_t most) {
  rlimit limit{};
  if (kSanitized || getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, most);
  setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace fr
