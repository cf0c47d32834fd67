// How many multiply-adds this processor can do, for the floor under an embedding: `GFLOP/s GFLOP/s` with the widest
// vectors and with AVX2's, the better of some short runs each, on stdout; one figure twice where there is one width.
#include <algorithm>
#include <cstdio>

#include "peer.hh"

namespace {

constexpr int kChains = 12;  // apart from each other, so that none waits: twice the latency in use today
constexpr int kSteps = 1000000, kRuns = 20;

typedef float Narrow __attribute__((vector_size(32)));
typedef float Wide __attribute__((vector_size(64)));

template <typename Vector>
inline __attribute__((always_inline)) double peak() {
  const Vector factor = Vector{} + 0.9999F, term = Vector{} + 1e-4F;
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    Vector sums[kChains];
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = Vector{} + static_cast<float>(i);  // unlike, or one would do
    const double from = bench::now_ms();
    for (int step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) sums[i] = sums[i] * factor + term;
    }
    Vector total = {};
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) total += sums[i];
    asm volatile("" : : "m"(total));  // wanted before the clock is read
    best = std::max(best, 2e-6 * kSteps * kChains * (sizeof(Vector) / sizeof(float)) / (bench::now_ms() - from));
  }
  return best;
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512vl,prefer-vector-width=512"))) double avx512() { return peak<Wide>(); }
__attribute__((target("avx2,fma"))) double avx2() { return peak<Narrow>(); }
#endif

}  // namespace

int main() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const double narrow = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2() : peak<Narrow>();
  const double wide = __builtin_cpu_supports("avx512vl") ? avx512() : narrow;
#else
  const double narrow = peak<Narrow>(), wide = narrow;
#endif
  std::printf("%.1f %.1f\n", wide, narrow);
}
