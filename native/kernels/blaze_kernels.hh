// BlazeFace's hot loops, compiled once for each instruction set.
//
// Activations are float32, channels last, padded to a multiple of 16. Nobody reads the padding, beyond the last vector that holds
// a channel. Where a convolution looks past the edge of its input, zeros lie there.
#pragma once

namespace fr {

constexpr int kBlazeBlock = 16;      // channels are padded to a multiple of it
constexpr int kBlazeMostAtOnce = 12;  // `convolve` may make up to this many pixels less one too many, and read for them

/// A full convolution of a run of pixels: out = in * weights + bias, + residual where given, rectified (all below 0
/// becomes 0) where asked.
struct BlazeRun {
  const float* const* in;  // for each row tap, the first float that the first output reads
  int rows;                // row taps
  int run;                 // floats that lie side by side under one row of the filter
  int step;                // floats between what neighbouring outputs read
  const float* weights;    // [row tap][float of the run][output]
  const float* bias;
  const float* residual;   // pixel by pixel as `out`, with channels of its own; may be null
  int residual_channels;   // the outputs beyond have none
  int residual_step;       // floats between its pixels
  float* out;
  int outputs;   // the others of out_step may or may not be computed
  int out_step;  // floats between its pixels, and between rows of weights: at least two blocks
  int pixels;
  bool rectified;
};

/// One row of a 3x3 convolution of each channel with itself, and its bias.
struct BlazeRow {
  const float* in[3];    // for each row tap, the first pixel that the first output reads
  const float* weights;  // [tap][channel]
  const float* bias;
  float* out;
  int channels;
  int step;      // floats between pixels, and between taps of weights
  int stride;    // pixels between what neighbouring outputs read: 1 or 2
  int width;     // outputs
};

struct BlazeKernels {
  void (*convolve)(const BlazeRun& run);
  void (*depthwise)(const BlazeRow& row);
};

}  // namespace fr
