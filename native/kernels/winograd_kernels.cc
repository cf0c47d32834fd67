// Winograd's convolution F(4x4, 3x3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
//
// A 6x6 tile of the input and each 3x3 filter are transformed to 36 points, where a convolution is a multiplication: 36
// multiplications give 16 outputs, which otherwise take 144. We transform the filters anew for each batch: that takes less
// time than reading transformed filters, which are four times as large, and no space in the weights file.
// Compiled once for each instruction set; see simd.hh.
#include "kernels/winograd.hh"

#include "kernels/net_kernels.hh"
#include "kernels/winograd_lines.hh"

namespace fr {
namespace {

#if defined(__AVX512F__)
constexpr int kVectors = 2, kMaxTiles = 12;
#elif defined(__AVX2__)
constexpr int kVectors = 2, kMaxTiles = 6;
#elif defined(__aarch64__)
constexpr int kVectors = 4, kMaxTiles = 6;
#else
constexpr int kVectors = 2, kMaxTiles = 4;
#endif
constexpr int kStep = kFloats * kVectors;
constexpr int kSide = kLine, kWindow = kLinePoints;  // pixels of a tile's outputs and inputs

/// Where one tile lies in the pictures of the job.
struct Tile {
  int face, top, left;  // of its outputs, in pixels
  int rows, columns;    // of its outputs that are inside the picture
};

Tile tile_at(const WinogradJob& job, int index) {
  const int across = divide_up(job.side, kSide);
  const int within = index % (across * across);
  const int top = within / across * kSide, left = within % across * kSide;
  return {index / (across * across), top, left, at_most(kSide, job.side - top), at_most(kSide, job.side - left)};
}

/// The three parts of the scratch, each [36 points] of planes: inputs [tile][channel], filters [input][32 outputs],
/// products [tile][32 outputs].
struct Parts {
  float* inputs;
  float* filters;
  float* products;
  int input_plane, filter_plane, product_plane;
};

Parts parts_of(const WinogradJob& job) {
  Parts parts{};
  parts.input_plane = kWinogradGroup * job.channels + kWinogradGap;
  parts.filter_plane = kWinogradInputs * kOutputBlock + kWinogradGap;
  parts.product_plane = kWinogradGroup * kOutputBlock + kWinogradGap;
  parts.inputs = job.scratch;
  parts.filters = parts.inputs + kWinogradPoints * parts.input_plane;
  parts.products = parts.filters + kWinogradPoints * parts.filter_plane;
  return parts;
}

void transform_input(const WinogradJob& job, const Tile& tile, float* to, int plane) {
  const int row = (job.side + 2) * job.channels;
  const float* corner = job.in[tile.face] + tile.top * row + tile.left * job.channels;
  for (int c = 0; c < job.channels; c += kFloats) {
    Floats window[kWindow * kWindow], half[kWindow * kWindow], line[kWindow];
    for (int y = 0; y < kWindow; ++y) {
      for (int x = 0; x < kWindow; ++x) {
        const bool inside = y < tile.rows + 2 && x < tile.columns + 2;
        window[y * kWindow + x] = inside ? load(corner + y * row + x * job.channels + c) : Floats{};
      }
    }
#pragma GCC unroll 6
    for (int y = 0; y < kWindow; ++y) input_line(window + y * kWindow, 1, half + y * kWindow);
#pragma GCC unroll 6
    for (int x = 0; x < kWindow; ++x) {
      input_line(half + x, kWindow, line);
#pragma GCC unroll 6
      for (int y = 0; y < kWindow; ++y) store(to + (y * kWindow + x) * plane + c, line[y]);
    }
  }
}

// `weights` are those of the block, from the first of the `count` inputs on.
void transform_filters(const float* weights, int count, float* to, int plane) {
  for (int c = 0; c < count; ++c, weights += 9 * kOutputBlock, to += kOutputBlock) {
    for (int k = 0; k < kOutputBlock; k += kFloats) {
      Floats taps[9], half[3 * kWindow], line[kWindow];
#pragma GCC unroll 9
      for (int i = 0; i < 9; ++i) taps[i] = load(weights + i * kOutputBlock + k);
#pragma GCC unroll 3
      for (int r = 0; r < 3; ++r) filter_line(taps + 3 * r, 1, half + kWindow * r);
#pragma GCC unroll 6
      for (int x = 0; x < kWindow; ++x) {
        filter_line(half + x, kWindow, line);
#pragma GCC unroll 6
        for (int y = 0; y < kWindow; ++y) store(to + (y * kWindow + x) * plane + k, line[y]);
      }
    }
  }
}

/// products[tile] += inputs[tile] * filters at one point, for `Tiles` tiles and kStep outputs.
template <int Tiles>
void multiply(const float* inputs, int channels, const float* filters, int count, bool first, float* products) {
  Floats sums[Tiles][kVectors];
#pragma GCC unroll 12
  for (int t = 0; t < Tiles; ++t) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums[t][v] = first ? Floats{} : load(products + t * kOutputBlock + v * kFloats);
  }
  for (int c = 0; c < count; ++c) {
    Floats w[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) w[v] = load(filters + c * kOutputBlock + v * kFloats);
#pragma GCC unroll 12
    for (int t = 0; t < Tiles; ++t) {
      const float input = inputs[t * channels + c];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[t][v] += input * w[v];
    }
  }
#pragma GCC unroll 12
  for (int t = 0; t < Tiles; ++t) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) store(products + t * kOutputBlock + v * kFloats, sums[t][v]);
  }
}

using Multiply = void (*)(const float*, int, const float*, int, bool, float*);
constexpr Multiply kMultiply[] = {nullptr,     multiply<1>, multiply<2>, multiply<3>, multiply<4>,
#if defined(__AVX2__) || defined(__aarch64__)
                                  multiply<5>, multiply<6>,
#endif
#if defined(__AVX512F__)
                                  multiply<7>, multiply<8>, multiply<9>, multiply<10>, multiply<11>, multiply<12>
#endif
};

void multiply_all(const Parts& parts, int tiles, int channels, int from, int count,
                  const float* next_weights) {
  const int step = divide_up(tiles, divide_up(tiles, kMaxTiles));
  for (int point = 0; point < kWinogradPoints; ++point) {
    const float* inputs = parts.inputs + point * parts.input_plane + from;
    const float* filters = parts.filters + point * parts.filter_plane;
    float* products = parts.products + point * parts.product_plane;
    for (int line = point; line < count * 18; line += kWinogradPoints) __builtin_prefetch(next_weights + 16 * line, 0, 2);
    for (int k = 0; k < kOutputBlock; k += kStep) {
      for (int t = 0; t < tiles; t += step) {
        kMultiply[at_most(step, tiles - t)](inputs + t * channels, channels, filters + k, count, from == 0,
                                            products + t * kOutputBlock + k);
      }
    }
  }
}

void transform_output(const WinogradJob& job, const Tile& tile, const float* from, int plane, int block) {
  const int row = (job.side + 2) * job.channels;
  const int corner = (tile.top + 1) * row + (tile.left + 1) * job.channels + block;
  const Floats zero{};
  for (int k = 0; k < kOutputBlock; k += kFloats) {
    Floats half[kSide * kWindow], line[kSide];
    const Floats bias = load(job.biases + block + k);
#pragma GCC unroll 6
    for (int x = 0; x < kWindow; ++x) {
      Floats column[kWindow];
#pragma GCC unroll 6
      for (int y = 0; y < kWindow; ++y) column[y] = load(from + (y * kWindow + x) * plane + k);
      output_line(column, 1, line);
#pragma GCC unroll 4
      for (int y = 0; y < kSide; ++y) half[y * kWindow + x] = line[y];
    }
    for (int y = 0; y < tile.rows; ++y) {
      output_line(half + y * kWindow, 1, line);
      for (int x = 0; x < tile.columns; ++x) {
        const int at = corner + y * row + x * job.channels + k;
        Floats sum = line[x] + bias;
        if (job.residual != nullptr) sum += load(job.residual[tile.face] + at);
        store(job.out[tile.face] + at, sum > zero ? sum : zero);
      }
    }
  }
}

void convolve_group(const WinogradJob& job, const Parts& parts, int first, int tiles) {
  for (int t = 0; t < tiles; ++t) {
    transform_input(job, tile_at(job, first + t), parts.inputs + t * job.channels, parts.input_plane);
  }
  for (int block = 0; block < job.channels; block += kOutputBlock) {
    for (int from = 0; from < job.channels; from += kWinogradInputs) {
      const int count = at_most(kWinogradInputs, job.channels - from);
      const float* weights = job.weights + 9 * (job.channels * block + from * kOutputBlock);
      transform_filters(weights, count, parts.filters, parts.filter_plane);
      multiply_all(parts, tiles, job.channels, from, count, weights + 9 * count * kOutputBlock);
    }
    for (int t = 0; t < tiles; ++t) {
      transform_output(job, tile_at(job, first + t), parts.products + t * kOutputBlock, parts.product_plane, block);
    }
  }
}

void convolve(const WinogradJob& job) {
  const Parts parts = parts_of(job);
  const int across = divide_up(job.side, kSide);
  const int tiles = job.faces * across * across;
  const int step = divide_up(tiles, divide_up(tiles, kWinogradGroup));
  for (int first = 0; first < tiles; first += step) convolve_group(job, parts, first, at_most(step, tiles - first));
}

}  // namespace

void FR_JOIN(winograd_, FR_ISA_NAME)(const WinogradJob& job);
void FR_JOIN(winograd_, FR_ISA_NAME)(const WinogradJob& job) { convolve(job); }

}  // namespace fr
