// BlazeFace's hot loops. Compiled once for each instruction set; see simd.hh.
#include "kernels/blaze_kernels.hh"

#include "kernels/simd.hh"

namespace fr {
namespace {

// A tile of sums, of pixels by vectors, that fits the processor's registers.
template <int Vectors, int Pixels>
void tile(const BlazeRun& job, int first, int x) {
  static_assert(Pixels <= kBlazeMostAtOnce);
  Floats sums[Pixels][Vectors];
#pragma GCC unroll 12
  for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sums[p][v] = load(job.bias + first + v * kFloats);
  }
  const float* weights = job.weights + first;
  const int step = job.step;
  for (int r = 0; r < job.rows; ++r) {
    const float* in = job.in[r] + static_cast<std::ptrdiff_t>(x) * step;
    for (int i = 0; i < job.run; ++i, ++in, weights += job.out_step) {
      Floats w[Vectors];
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) w[v] = load(weights + v * kFloats);
#pragma GCC unroll 12
      for (int p = 0; p < Pixels; ++p) {
        const float pixel = in[p * step];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) sums[p][v] += pixel * w[v];
      }
    }
  }
  float* out = job.out + static_cast<std::ptrdiff_t>(x) * job.out_step + first;
  const int kept = job.residual == nullptr ? 0 : job.residual_channels - first;
  const float* residual = kept > 0 ? job.residual + static_cast<std::ptrdiff_t>(x) * job.residual_step + first : nullptr;
#pragma GCC unroll 12
  for (int p = 0; p < Pixels; ++p) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      Floats sum = sums[p][v];
      if (v * kFloats < kept) sum += load(residual + p * job.residual_step + v * kFloats);
      store(out + p * job.out_step + v * kFloats, job.rectified ? larger(sum, Floats{}) : sum);
    }
  }
}

template <int Vectors, int Pixels>
void pass(const BlazeRun& job, int first) {
  for (int x = 0; x < job.pixels; x += Pixels) tile<Vectors, Pixels>(job, first, x);
}

// A pass of three vectors makes the number that is left even.
void convolve(const BlazeRun& job) {
  int first = 0;
#if defined(__AVX2__)
#if defined(__AVX512F__)
  constexpr int kTwo = 12, kThree = 8;
#else
  constexpr int kTwo = 6, kThree = 4;
#endif
  if (job.outputs > kFloats && divide_up(job.outputs, kFloats) % 2 == 1) {
    pass<3, kThree>(job, 0);
    first = 3 * kFloats;
  }
  for (; first < job.outputs; first += 2 * kFloats) pass<2, kTwo>(job, first);
#elif defined(__aarch64__)
  for (; first + 2 * kFloats < job.outputs; first += 4 * kFloats) pass<4, 6>(job, first);
  if (first < job.outputs) pass<2, 12>(job, first);
#else
  for (; first < job.outputs; first += 2 * kFloats) pass<2, 4>(job, first);
#endif
}

// The sums of `Pixels` outputs that are side by side, of the channels of one vector. Neighbours share what they read.
template <int Stride, int Pixels>
inline void depthwise_tile(const BlazeRow& row, const Floats (&weights)[9], int c, int x) {
  const std::ptrdiff_t step = row.step;
  Floats sums[Pixels];
  const Floats bias = load(row.bias + c);
#pragma GCC unroll 4
  for (int p = 0; p < Pixels; ++p) sums[p] = bias;
#pragma GCC unroll 3
  for (int r = 0; r < 3; ++r) {
    const float* in = row.in[r] + x * Stride * step + c;
    Floats pixels[(Pixels - 1) * Stride + 3];
#pragma GCC unroll 9
    for (int i = 0; i < (Pixels - 1) * Stride + 3; ++i) pixels[i] = load(in + i * step);
#pragma GCC unroll 3
    for (int s = 0; s < 3; ++s) {
#pragma GCC unroll 4
      for (int p = 0; p < Pixels; ++p) sums[p] += pixels[p * Stride + s] * weights[3 * r + s];
    }
  }
  float* out = row.out + x * step + c;
#pragma GCC unroll 4
  for (int p = 0; p < Pixels; ++p) store(out + p * step, sums[p]);
}

template <int Stride>
void depthwise_row(const BlazeRow& row) {
  constexpr int kPixels = Stride == 1 ? 4 : 2;
  for (int c = 0; c < row.channels; c += kFloats) {
    Floats w[9];
#pragma GCC unroll 9
    for (int tap = 0; tap < 9; ++tap) w[tap] = load(row.weights + static_cast<std::ptrdiff_t>(tap) * row.step + c);
    int x = 0;
    for (; x + kPixels <= row.width; x += kPixels) depthwise_tile<Stride, kPixels>(row, w, c, x);
    for (; x < row.width; ++x) depthwise_tile<Stride, 1>(row, w, c, x);
  }
}

void depthwise(const BlazeRow& row) {
  if (row.stride == 1) {
    depthwise_row<1>(row);
  } else {
    depthwise_row<2>(row);
  }
}

}  // namespace

extern const BlazeKernels FR_JOIN(blaze_kernels_, FR_ISA_NAME);
const BlazeKernels FR_JOIN(blaze_kernels_, FR_ISA_NAME) = {convolve, depthwise};

}  // namespace fr
