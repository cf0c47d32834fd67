// The CNN face detector's hot loops, compiled once for each instruction set.
//
// Activations are float32, channels last and without gaps, so that the five pixels under a row of a filter are one run
// of floats. Weights are packed [row tap][float of that run][output], the outputs padded to a multiple of 16.
#pragma once

namespace fr {

constexpr int kCnnTaps = 5;        // rows and columns of a filter
constexpr int kCnnScoreTaps = 9;   // those of the last one
constexpr int kCnnScoreRun = 416;  // floats under a row of it: 9 pixels of 45 channels, padded to a multiple of 16
constexpr int kCnnMostAtOnce = 24;  // a kernel may make up to this many pixels less one too many, and read for them

/// The four shapes of convolution: inputs to outputs, and the step between the pixels that neighbouring outputs read.
enum CnnShape { kCnn3To16Half, kCnn16To32Half, kCnn32To32Half, kCnn32To45, kCnn45To45, kCnnShapes };

/// One row of a convolution's output.
struct CnnRow {
  const float* const* in;  // for each row tap, the first float that the first output reads
  const float* weights;
  const float* bias;
  float* out;
  int width;  // outputs
};

struct CnnKernels {
  /// Each convolves one row, adds the bias and rectifies (all below 0 becomes 0).
  void (*convolve[kCnnShapes])(const CnnRow& row);
  /// The last convolution: one score a pixel, not rectified. Reads past each run as far as it is padded.
  void (*score)(const CnnRow& row);
};

}  // namespace fr
