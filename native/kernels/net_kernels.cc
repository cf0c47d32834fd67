// The face network's hot loops. Compiled once for each instruction set; see simd.hh.
#include "kernels/net_kernels.hh"

#include "kernels/simd.hh"

namespace fr {
namespace {

// A tile of sums (pixels by vectors) fits the processor's registers.
#if defined(__AVX512F__)
constexpr int kVectors = 2, kMaxPixels = 12;
#elif defined(__AVX2__)
constexpr int kVectors = 2, kMaxPixels = 6;
#elif defined(__aarch64__)
constexpr int kVectors = 4, kMaxPixels = 6;
#else
constexpr int kVectors = 2, kMaxPixels = 4;
#endif

constexpr int kTileOutputs = kFloats * kVectors;
constexpr int kPrefetch = 1024;  // floats ahead in the weights: 4 kB was the fastest

// The shortest tile that covers `length` in as few steps as the longest does.
constexpr int tile_length(int length, int longest) { return divide_up(length, divide_up(length, longest)); }

/// Side: pixels of the output's side. Inputs: floats that one tap reads for one pixel. Step: floats between the first
/// inputs of neighbouring outputs. Row: floats between rows of the input. RowStride: rows of the input from one output to
/// the next. RowTaps, ColumnTaps: of the filter.
template <int Side, int Inputs, int Step, int Row, int RowStride, int RowTaps, int ColumnTaps>
struct Convolution {
  static constexpr int kWide = tile_length(Side, at_most(Side, kMaxPixels));
  static constexpr int kHigh = tile_length(Side, at_most(Side, kMaxPixels / kWide));

  using Sums = Floats[kHigh][kWide][kVectors];

  static inline __attribute__((always_inline)) void add_tap(Sums& sums, const float* in, const float* weights) {
    for (int c = 0; c < Inputs; ++c) {
      Floats w[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) w[v] = load(weights + v * kFloats);
      __builtin_prefetch(weights + kPrefetch);
#pragma GCC unroll 12
      for (int y = 0; y < kHigh; ++y) {
#pragma GCC unroll 12
        for (int x = 0; x < kWide; ++x) {
          const float pixel = in[y * RowStride * Row + x * Step + c];
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) sums[y][x][v] += pixel * w[v];
        }
      }
      weights += kOutputBlock;
    }
  }

  static void tile(const ConvJob& job, int top, int left, int first) {
    Sums sums;
#pragma GCC unroll 12
    for (int y = 0; y < kHigh; ++y) {
#pragma GCC unroll 12
      for (int x = 0; x < kWide; ++x) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[y][x][v] = load(job.bias + first + v * kFloats);
      }
    }
    const float* in = job.in + top * RowStride * Row + left * Step;
    const float* weights = job.weights + first;
    for (int r = 0; r < RowTaps; ++r) {
      for (int s = 0; s < ColumnTaps; ++s) {
        add_tap(sums, in + r * Row + s * Inputs, weights);
        weights += Inputs * kOutputBlock;
      }
    }
    finish(job, sums, top * job.out_row + left * job.out_pixel + first);
  }

  static inline __attribute__((always_inline)) void finish(const ConvJob& job, Sums& sums, int offset) {
    const Floats zero{};
#pragma GCC unroll 12
    for (int y = 0; y < kHigh; ++y) {
#pragma GCC unroll 12
      for (int x = 0; x < kWide; ++x) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          const int at = offset + y * job.out_row + x * job.out_pixel + v * kFloats;
          Floats sum = sums[y][x][v];
          if (job.residual != nullptr) sum += load(job.residual + at);
          store(job.out + at, larger(sum, zero));
        }
      }
    }
  }

  // The last tile of a row or column may overlap the one before; it then calculates some outputs again, to the same bits.
  static void run(const ConvJob& job) {
    for (int first = 0; first < kOutputBlock; first += kTileOutputs) {
      for (int y = 0; y < Side; y += kHigh) {
        for (int x = 0; x < Side; x += kWide) tile(job, at_most(y, Side - kHigh), at_most(x, Side - kWide), first);
      }
    }
  }
};

// A 3x3 convolution at stride 2 over a bordered input of `InSide` pixels.
template <int Side, int InSide, int Channels>
using Half = Convolution<Side, Channels, 2 * Channels, (InSide + 2) * Channels, 2, 3, 3>;
// Seven RGB pixels of a row are 21 neighbouring floats in memory: one tap.
using Stem = Convolution<72, 21, 6, 450, 2, 7, 1>;
// On a 1x1 picture only the middle of a 3x3 filter counts.
using Same1 = Convolution<1, 256, 256, 256, 1, 1, 1>;

void pool_stem(const float* in, float* out) {
  constexpr int kChannels = 32, kIn = 72, kOut = 35;
  for (int y = 0; y < kOut; ++y) {
    for (int x = 0; x < kOut; ++x) {
      for (int c = 0; c < kChannels; c += kFloats) {
        const float* corner = in + ((2 * y * kIn) + 2 * x) * kChannels + c;
        Floats most = load(corner);
        for (int r = 0; r < 3; ++r) {
          for (int s = 0; s < 3; ++s) most = larger(most, load(corner + (r * kIn + s) * kChannels));
        }
        store(out + ((y + 1) * (kOut + 2) + x + 1) * kChannels + c, most);
      }
    }
  }
}

void pool_shortcut(const float* in, int side, int channels, float* out, int to_channels) {
  const int row = (side + 2) * channels;
  const int half = side / 2;
  const Floats zero{};
  for (int y = 0; y < half; ++y) {
    for (int x = 0; x < half; ++x) {
      const float* corner = in + (2 * y + 1) * row + (2 * x + 1) * channels;
      float* to = out + ((y + 1) * (half + 2) + x + 1) * to_channels;
      for (int c = 0; c < channels; c += kFloats) {
        const Floats upper = load(corner + c) + load(corner + channels + c);
        const Floats lower = load(corner + row + c) + load(corner + row + channels + c);
        store(to + c, (upper + lower) * 0.25F);
      }
      for (int c = channels; c < to_channels; c += kFloats) store(to + c, zero);
    }
  }
}

void project(const float* in, const float* weights, float* out) {
  constexpr int kIn = 256, kOut = 128;
  for (int i = 0; i < kOut; i += kTileOutputs) {
    Floats sums[kVectors] = {};
    for (int j = 0; j < kIn; ++j) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[v] += in[j] * load(weights + j * kOut + i + v * kFloats);
    }
    for (int v = 0; v < kVectors; ++v) store(out + i + v * kFloats, sums[v]);
  }
}

void widen(const std::uint16_t* halves, int count, float* out) {
  typedef std::int16_t Halves __attribute__((vector_size(FR_VECTOR_BYTES / 2), aligned(2), may_alias));
  typedef std::int32_t Words __attribute__((vector_size(FR_VECTOR_BYTES)));
  constexpr std::int32_t kExponent = 0x1f << 10, kSign = INT32_MIN, kRebias = 112 << 23;
  for (int i = 0; i < count; i += kFloats) {
    const Words half = __builtin_convertvector(*reinterpret_cast<const Halves*>(halves + i), Words);
    // A half's exponent is biased by 15 and a float's by 127. A subnormal half has no leading 1: with one it is 2^-14 too large.
    // No float here is subnormal: x86 processors take a hundred times as long for those.
    const Words size = (half << 13 & 0x0fffe000) + kRebias;
    const Words subnormal = reinterpret_cast<Words>(reinterpret_cast<Floats>(size + (1 << 23)) - 0x1p-14F);
    const Words isSubnormal = (half & kExponent) == 0;
    const Words bits = (subnormal & isSubnormal) | (size & ~isSubnormal) | (half & kSign);
    store(out + i, reinterpret_cast<Floats>(bits));
  }
}

}  // namespace

void FR_JOIN(winograd_, FR_ISA_NAME)(const WinogradJob& job);   // winograd_kernels.cc
void FR_JOIN(convolve_3x3_, FR_ISA_NAME)(const ConvJob& job);  // small_map_kernels.cc
void FR_JOIN(convolve_4x4_, FR_ISA_NAME)(const ConvJob& job);
extern const NetKernels FR_JOIN(net_kernels_, FR_ISA_NAME);
const NetKernels FR_JOIN(net_kernels_, FR_ISA_NAME) = {
    {Stem::run, nullptr, Half<17, 35, 32>::run, nullptr, Half<8, 17, 64>::run, nullptr, Half<3, 8, 128>::run,
     FR_JOIN(convolve_3x3_, FR_ISA_NAME), FR_JOIN(convolve_4x4_, FR_ISA_NAME), Half<1, 4, 256>::run, Same1::run},
    FR_JOIN(winograd_, FR_ISA_NAME),
    pool_stem,
    pool_shortcut,
    project,
    widen,
};

}  // namespace fr
