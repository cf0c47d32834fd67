// Build time only: reads the convolutions of a TensorFlow Lite file, without its library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fr {

/// A convolution as stored in the file, with half-precision numbers widened to floats.
struct TfliteConvolution {
  bool depthwise = false;
  int outputs = 0, rows = 0, columns = 0, inputs = 0;  // a depthwise convolution has one output and `inputs` filters
  std::vector<float> weights;                          // [output][row][column][input]
  std::vector<float> biases;
  std::vector<float> slopes;  // a channel, of the PReLU that follows, perhaps after a sum; empty if none does
};

/// The convolutions of the file's only graph, in the order they run. Every offset is checked before it is followed.
/// Throws std::runtime_error if the file is cut short, or holds weights of a kind that this does not read.
std::vector<TfliteConvolution> tflite_convolutions(const std::vector<std::uint8_t>& file);

}  // namespace fr
