// What a program must do to carry OpenBLAS inside: choose its kernels, and stand in for its Fortran library.
//
// Debian's OpenBLAS 0.3.21 does not know newer processors and then falls back to SSE3 kernels, four to five times
// slower. It chooses in a constructor of its own, so ours must run first; both live in this program because OpenBLAS
// is linked statically.
#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace {

constexpr int kFirst = 101;  // the earliest priority a program may use; OpenBLAS's constructor has none and is later

[[gnu::constructor(kFirst)]] void choose_blas_kernels() {
  // A face is too small a job to share between threads; several pictures are several processes.
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

// The one function of libgfortran that dlib's use of LAPACK reaches: joins two blank-padded strings. Having it here
// spares the build a Fortran compiler.
extern "C" void _gfortran_concat_string(std::size_t size, char* to, std::size_t first_size, const char* first,
                                        std::size_t second_size, const char* second) {
  const std::size_t from_first = std::min(size, first_size);
  const std::size_t from_second = std::min(size - from_first, second_size);
  std::copy_n(first, from_first, to);
  std::copy_n(second, from_second, to + from_first);
  std::fill_n(to + from_first + from_second, size - from_first - from_second, ' ');
}
