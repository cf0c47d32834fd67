// What a program needs that links OpenBLAS statically: a choice of OpenBLAS's kernels, and one function of its Fortran
// library.
//
// Debian's OpenBLAS 0.3.21 does not know newer processors. On these it falls back to SSE3 kernels, which are four to five
// times slower. It chooses in a constructor, so our constructor must run before.
#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace {

constexpr int kFirst = 101;  // the first priority that a program may use; OpenBLAS's constructor has none and runs later

[[gnu::constructor(kFirst)]] void choose_blas_kernels() {
  // One face is too little work for several threads.
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd")) {
    setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
  } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    setenv("OPENBLAS_CORETYPE", "Haswell", 0);
  }
#endif
}

}  // namespace

// Joins two blank-padded strings: the only function of libgfortran that dlib's use of LAPACK needs. With it here, the build
// needs no Fortran compiler.
extern "C" void _gfortran_concat_string(std::size_t size, char* to, std::size_t first_size, const char* first,
                                        std::size_t second_size, const char* second) {
  const std::size_t from_first = std::min(size, first_size);
  const std::size_t from_second = std::min(size - from_first, second_size);
  std::copy_n(first, from_first, to);
  std::copy_n(second, from_second, to + from_first);
  std::fill_n(to + from_first + from_second, size - from_first - from_second, ' ');
}
