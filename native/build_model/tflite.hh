// Build time only: the convolutions of a TensorFlow Lite file, read without its library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fr {

/// A convolution as the file keeps it, half-precision numbers made into floats.
struct TfliteConvolution {
  bool depthwise = false;
  int outputs = 0, rows = 0, columns = 0, inputs = 0;  // a depthwise one has one output, and `inputs` filters
  std::vector<float> weights;                          // [output][row][column][input]
  std::vector<float> biases;
};

/// The convolutions of the file's only graph, in the order they run. Every offset is checked before it is followed.
/// Throws std::runtime_error when the file is not whole, or its weights are not what this reads.
std::vector<TfliteConvolution> tflite_convolutions(const std::vector<std::uint8_t>& file);

}  // namespace fr
