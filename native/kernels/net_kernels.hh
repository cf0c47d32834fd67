// The network's hot loops, compiled once for each instruction set.
//
// Activations are float32, channels last, rows of (width + 2) pixels with a border of zeros where a 3x3 convolution
// reads past the edge. Weights are packed [block of 32 outputs][row tap][column tap][input][32 outputs], and where
// filters are transformed [block of 32 outputs][input][row tap][column tap][32 outputs].
#pragma once

#include <cstdint>

#include "kernels/winograd.hh"

namespace fr {

constexpr int kOutputBlock = 32;

/// The eleven shapes of convolution that the network has, named by the side of what they make.
enum ConvShape { kStem, kSame35, kHalf17, kSame17, kHalf8, kSame8, kHalf3, kSame3, kSame4, kHalf1, kSame1, kConvShapes };

/// Whether the layer's filters are transformed before they are used.
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
  /// Each convolves and adds bias and residual; the result is rectified (all below 0 becomes 0). Null for the shapes
  /// that `winograd` is for.
  void (*convolve[kConvShapes])(const ConvJob& job);
  /// The same for kSame35, kSame17 and kSame8, on a whole batch and all outputs.
  void (*winograd)(const WinogradJob& job);
  /// 3x3 maximum at stride 2: 72x72x32 to the inside of 37x37x32.
  void (*pool_stem)(const float* in, float* out);
  /// 2x2 average at stride 2 of a bordered `side` picture into a bordered one of `to_channels`, the further channels 0.
  void (*pool_shortcut)(const float* in, int side, int channels, float* out, int to_channels);
  /// out[i] = sum over j of in[j] * weights[j][i]; 256 to 128.
  void (*project)(const float* in, const float* weights, float* out);
  /// Half-precision numbers, all finite, to float32, exactly. `count` is a multiple of kOutputBlock.
  void (*widen)(const std::uint16_t* halves, int count, float* out);
};

}  // namespace fr
