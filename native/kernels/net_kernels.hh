// The face network: the functions that every copy of net_kernels.cc offers, one copy an instruction set.
//
// Activations are float32, channels last, in rows of (width + 2) pixels: a border of zeros is there for 3x3 convolutions,
// which read past the edge. Weights are packed [block of 32 outputs][row tap][column tap][input][32 outputs]. Those that
// by_winograd names are packed [block of 32 outputs][input][row tap][column tap][32 outputs].
#pragma once

#include <cstdint>

#include "kernels/winograd.hh"

namespace fr {

constexpr int kOutputBlock = 32;

/// The eleven shapes of convolution in the network, named by the side of their output.
enum ConvShape { kStem, kSame35, kHalf17, kSame17, kHalf8, kSame8, kHalf3, kSame3, kSame4, kHalf1, kSame1, kConvShapes };

/// Whether the layer's filters are transformed (Winograd) before they are used.
constexpr bool by_winograd(ConvShape shape) {
  return shape == kSame35 || shape == kSame17 || shape == kSame8 || shape == kSame3 || shape == kSame4;
}

/// One convolution of one face, for one block of 32 outputs. Pointers are to that block's first output channel.
struct ConvJob {
  const float* in;        // the top left pixel that the first output reads
  const float* weights;   // the block's
  const float* bias;      // [32]
  const float* residual;  // added before the rectifier, laid out as `out`; may be null
  float* out;
  int out_row;    // floats from one row of `out` to the next
  int out_pixel;  // floats from one pixel of `out` to the next
};

struct NetKernels {
  /// Each convolves, adds bias and residual, and rectifies (values below 0 become 0). Null for the shapes that `winograd`
  /// does.
  void (*convolve[kConvShapes])(const ConvJob& job);
  /// The same for kSame35, kSame17 and kSame8, on a whole batch and all outputs.
  void (*winograd)(const WinogradJob& job);
  /// 3x3 maximum at stride 2: 72x72x32 to the inside of 37x37x32.
  void (*pool_stem)(const float* in, float* out);
  /// 2x2 average at stride 2, from a bordered picture of `side` pixels to a bordered one of `to_channels`. Channels that the
  /// input does not have become 0.
  void (*pool_shortcut)(const float* in, int side, int channels, float* out, int to_channels);
  /// out[i] = sum over j of in[j] * weights[j][i]; 256 to 128.
  void (*project)(const float* in, const float* weights, float* out);
  /// Finite half-precision numbers to float32, exactly. `count` is a multiple of kOutputBlock.
  void (*widen)(const std::uint16_t* halves, int count, float* out);
};

}  // namespace fr
