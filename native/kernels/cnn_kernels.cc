// The CNN face detector's hot loops. Compiled once for each instruction set; see simd.hh.
#include "kernels/cnn_kernels.hh"

#include "kernels/simd.hh"

namespace fr {
namespace {

// A tile of sums, of pixels by vectors, that fits the processor's registers: with 32 wide ones all outputs at once.
template <int Outputs>
struct Tile {
#if defined(__AVX512F__)
  static constexpr int kVectors = divide_up(Outputs, kFloats), kPixels = 24 / kVectors;
#elif defined(__AVX2__)
  static constexpr int kVectors = 2, kPixels = 6;
#elif defined(__aarch64__)
  static constexpr int kVectors = 4, kPixels = 6;
#else
  static constexpr int kVectors = 2, kPixels = 4;
#endif
};

template <int Inputs, int Outputs, int Stride>
struct Convolution {
  static constexpr int kVectors = Tile<Outputs>::kVectors;
  static constexpr int kPixels = Tile<Outputs>::kPixels;
  static_assert(kPixels <= kCnnMostAtOnce);
  static constexpr int kPadded = divide_up(Outputs, 16) * 16;
  static constexpr int kRun = kCnnTaps * Inputs;

  // Of the last vector only the outputs that there are: what follows is the next pixel's.
  static inline __attribute__((always_inline)) void store_outputs(float* to, Floats value, int left) {
    if (left >= kFloats) {
      store(to, value);
    } else {
      __builtin_memcpy(to, &value, static_cast<std::size_t>(left) * sizeof(float));
    }
  }

  template <int First>
  static void tile(const CnnRow& row, int x) {
    Floats sums[kPixels][kVectors];
#pragma GCC unroll 24
    for (int p = 0; p < kPixels; ++p) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[p][v] = load(row.bias + First + v * kFloats);
    }
    const float* weights = row.weights + First;
    for (int r = 0; r < kCnnTaps; ++r) {
      const float* in = row.in[r] + x * Stride * Inputs;
      for (int i = 0; i < kRun; ++i, ++in, weights += kPadded) {
        Floats w[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) w[v] = load(weights + v * kFloats);
#pragma GCC unroll 24
        for (int p = 0; p < kPixels; ++p) {
          const float pixel = in[p * Stride * Inputs];
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) sums[p][v] += pixel * w[v];
        }
      }
    }
    const Floats zero{};
    float* out = row.out + x * Outputs + First;
#pragma GCC unroll 24
    for (int p = 0; p < kPixels; ++p) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        if (First + v * kFloats >= Outputs) continue;
        store_outputs(out + p * Outputs + v * kFloats, larger(sums[p][v], zero), Outputs - First - v * kFloats);
      }
    }
  }

  template <int First>
  static void passes(const CnnRow& row) {
    for (int x = 0; x < row.width; x += kPixels) tile<First>(row, x);
    if constexpr (First + kVectors * kFloats < Outputs) passes<First + kVectors * kFloats>(row);
  }

  static void run(const CnnRow& row) { passes<0>(row); }
};

void score(const CnnRow& row) {
  constexpr int kChannels = 45, kSums = 4;
  constexpr int kWhole = kCnnScoreRun / kFloats;
  for (int x = 0; x < row.width; ++x) {
    Floats sums[kSums] = {};
    for (int r = 0; r < kCnnScoreTaps; ++r) {
      const float* in = row.in[r] + x * kChannels;
      const float* weights = row.weights + r * kCnnScoreRun;
      int i = 0;
      for (; i + kSums <= kWhole; i += kSums) {
#pragma GCC unroll 4
        for (int s = 0; s < kSums; ++s) sums[s] += load(in + (i + s) * kFloats) * load(weights + (i + s) * kFloats);
      }
      for (; i < kWhole; ++i) sums[0] += load(in + i * kFloats) * load(weights + i * kFloats);
    }
    const Floats all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    float sum = row.bias[0];
    for (int i = 0; i < kFloats; ++i) sum += all[i];
    row.out[x] = sum;
  }
}

}  // namespace

extern const CnnKernels FR_JOIN(cnn_kernels_, FR_ISA_NAME);
const CnnKernels FR_JOIN(cnn_kernels_, FR_ISA_NAME) = {
    {Convolution<3, 16, 2>::run, Convolution<16, 32, 2>::run, Convolution<32, 32, 2>::run, Convolution<32, 45, 1>::run,
     Convolution<45, 45, 1>::run},
    score,
};

}  // namespace fr
