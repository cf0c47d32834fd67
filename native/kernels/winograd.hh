// A 3x3 convolution at stride 1 with a quarter of the multiplications: see winograd_kernels.cc.
#pragma once

#include <cstddef>

namespace fr {

/// One layer on a batch of faces, with as many outputs as inputs. net_kernels.hh describes the layout of the pictures. Each
/// pointer in `in`, `residual` and `out` is to the top left corner of one face's border.
struct WinogradJob {
  float* const* in;
  float* const* residual;  // added before the rectifier; may be null, or be `out`
  float* const* out;
  int faces;
  int side;              // pixels
  int channels;          // a multiple of kOutputBlock
  const float* weights;  // [block of 32 outputs][input][3][3][32 outputs]
  const float* biases;   // [channels]
  float* scratch;        // winograd_scratch(channels) floats at a multiple of 64 bytes; need not be initialised
};

/// Tiles of 4x4 outputs that go through a layer together.
constexpr int kWinogradGroup = 48;
/// Inputs whose filters are transformed at a time, so that they stay in the second-level cache.
constexpr int kWinogradInputs = 64;
/// Numbers that a 6x6 tile of one channel is transformed to.
constexpr int kWinogradPoints = 36;
/// Unused floats between the planes of two points, so that the planes do not compete for the same set of the cache.
constexpr int kWinogradGap = 16;

/// Floats of scratch for one job.
constexpr std::size_t winograd_scratch(int channels) {
  return std::size_t{kWinogradPoints} *
         static_cast<std::size_t>(kWinogradGroup * channels + kWinogradInputs * 32 + kWinogradGroup * 32 + 3 * kWinogradGap);
}

}  // namespace fr
