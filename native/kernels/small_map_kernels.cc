// 3x3 convolutions of the network's smallest pictures, 4x4 and 3x3: Winograd's F(4, 3) along each row.
//
// Such a layer has many weights for few pixels. So each filter is transformed in registers when it is read, and never
// stored. Rows of the border are zero and are skipped. Compiled once for each instruction set; see simd.hh.
#include "kernels/net_kernels.hh"
#include "kernels/winograd_lines.hh"

namespace fr {
namespace {

constexpr int kChannels = 256;
constexpr int kInputs = 16;  // the filters of so many inputs fit into the first-level cache
constexpr int kPrefetch = 2 * kInputs * 9 * kOutputBlock;  // floats ahead in the weights

// Of the six points, so many at once that their sums fit the processor's registers.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kPoints = 6;
#else
constexpr int kPoints = 3;
#endif

template <int Side>
struct SmallMap {
  using Inputs = float[Side][kLinePoints][kChannels];
  using Sums = Floats[Side][kLinePoints];

  static void transform(const float* in, Inputs& to) {
    for (int y = 0; y < Side; ++y) {
      const float* row = in + (y + 1) * (Side + 2) * kChannels;
      for (int c = 0; c < kChannels; c += kFloats) {
        Floats line[kLinePoints] = {}, points[kLinePoints];
        for (int x = 0; x < Side + 2; ++x) line[x] = load(row + x * kChannels + c);
        input_line(line, 1, points);
        for (int p = 0; p < kLinePoints; ++p) store(&to[y][p][c], points[p]);
      }
    }
  }

  /// Adds the products of kInputs inputs to the sums of kPoints points from `From` on. `weights` is [input][3][3][32].
  template <int From>
  static void multiply(const Inputs& inputs, int input, const float* weights, Sums& out) {
    Floats sums[Side][kPoints];
    for (int y = 0; y < Side; ++y) {
      for (int p = 0; p < kPoints; ++p) sums[y][p] = out[y][From + p];
    }
    for (int c = input; c < input + kInputs; ++c, weights += 9 * kOutputBlock) {
#pragma GCC unroll 3
      for (int r = 0; r < 3; ++r) {
        Floats taps[3], filter[kLinePoints];
#pragma GCC unroll 3
        for (int s = 0; s < 3; ++s) {
          taps[s] = load(weights + (3 * r + s) * kOutputBlock);
          __builtin_prefetch(weights + (3 * r + s) * kOutputBlock + kPrefetch, 0, 2);
        }
        filter_line(taps, 1, filter);
#pragma GCC unroll 4
        for (int y = 0; y < Side; ++y) {
          if (y + r < 1 || y + r > Side) continue;
#pragma GCC unroll 6
          for (int p = 0; p < kPoints; ++p) sums[y][p] += inputs[y + r - 1][From + p][c] * filter[From + p];
        }
      }
    }
    for (int y = 0; y < Side; ++y) {
      for (int p = 0; p < kPoints; ++p) out[y][From + p] = sums[y][p];
    }
  }

  static void finish(const ConvJob& job, const Sums& sums, int first) {
    const Floats zero{}, bias = load(job.bias + first);
    for (int y = 0; y < Side; ++y) {
      Floats line[kLine];
      output_line(sums[y], 1, line);
      for (int x = 0; x < Side; ++x) {
        const int at = y * job.out_row + x * job.out_pixel + first;
        Floats sum = line[x] + bias;
        if (job.residual != nullptr) sum += load(job.residual + at);
        store(job.out + at, sum > zero ? sum : zero);
      }
    }
  }

  static void run(const ConvJob& job) {
    alignas(64) Inputs inputs;
    transform(job.in, inputs);
    Sums sums[kOutputBlock / kFloats] = {};
    const float* weights = job.weights;
    for (int input = 0; input < kChannels; input += kInputs, weights += kInputs * 9 * kOutputBlock) {
      for (int v = 0; v < kOutputBlock / kFloats; ++v) {
        multiply<0>(inputs, input, weights + v * kFloats, sums[v]);
        if constexpr (kPoints < kLinePoints) multiply<kPoints>(inputs, input, weights + v * kFloats, sums[v]);
      }
    }
    for (int v = 0; v < kOutputBlock / kFloats; ++v) finish(job, sums[v], v * kFloats);
  }
};

}  // namespace

void FR_JOIN(convolve_4x4_, FR_ISA_NAME)(const ConvJob& job);
void FR_JOIN(convolve_3x3_, FR_ISA_NAME)(const ConvJob& job);
void FR_JOIN(convolve_4x4_, FR_ISA_NAME)(const ConvJob& job) { SmallMap<4>::run(job); }
void FR_JOIN(convolve_3x3_, FR_ISA_NAME)(const ConvJob& job) { SmallMap<3>::run(job); }

}  // namespace fr
