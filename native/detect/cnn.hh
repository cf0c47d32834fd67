// dlib's CNN face detector (mmod_human_face_detector), without dlib. It confirms faces that HOG or BlazeFace finds.
//
// A picture lies in one plane at many sizes, each 5/6 of the one before (cnn_plane.hh). Seven convolutions compute a score for
// every eighth pixel of every eighth row. Where it is above the threshold, the 80x80 window around it is a face.
#pragma once

#include <cstddef>
#include <vector>

#include "detect/budget.hh"
#include "image/image.hh"
#include "kernels/kernels.hh"
#include "weights.hh"
#include "detect/overlap.hh"
#include "threads.hh"

namespace fr {

/// One convolution with ReLU.
struct CnnLayer {
  CnnShape shape;
  int inputs;   // channels
  int outputs;  // channels
  int stride;   // 2 has no border; 1 has a border of zeros, which keeps the size
};

/// In the order they run, without the last convolution, which has 45 inputs, one output and 9x9 taps.
const std::vector<CnnLayer>& cnn_layers();

/// Floats of the weights file's section "cnn": for each layer its weights and then its biases, outputs padded to a multiple of
/// 16; then the last one's [row tap][float of the run] and its bias, each padded as kCnnScoreRun and 16.
std::size_t cnn_floats();

constexpr int kCnnWindow = 80;  // pixels: the side of a face at the size it is found at

/// When two boxes are one face, from the detector's file.
constexpr OverlapLimits kCnnOverlap{0.33827613511099552, 1};

/// May be used by many threads at once.
class CnnDetector {
 public:
  /// Borrows the weights file's section "cnn", which must outlive this. Throws std::runtime_error if its size is wrong.
  CnnDetector(const Weights& weights, Isa isa, std::size_t threads = usable_threads());

  /// Faces of about 80 pixels and more that the network scores above `threshold` (dlib's own is 0), best first. Large
  /// pictures are shared with a second thread if one is allowed. Memory grows with the pixels, and by a kilobyte with each
  /// pixel of width. Throws TookTooLong.
  std::vector<ScoredBox> detect(const Image& image, double threshold, Budget& budget) const;
  std::vector<ScoredBox> detect(const Image& image, double threshold) const {
    Budget budget;
    return detect(image, threshold, budget);
  }

 private:
  const float* weights_;
  const CnnKernels& kernels_;
  std::size_t threads_;
};

}  // namespace fr
