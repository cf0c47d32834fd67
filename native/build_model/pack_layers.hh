// Build time only: layers of a TensorFlow Lite file -> floats as the kernels of BlazeFace and of the face mesh read them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "build_model/tflite.hh"

namespace fr {

/// Throws std::runtime_error, which names the file, if it cannot be read.
std::vector<std::uint8_t> read_file(const std::string& path);

/// Throws std::runtime_error if the layer has another shape. A depthwise layer has one output.
void require(const TfliteConvolution& layer, bool depthwise, int outputs, int side, int inputs);

/// Writes [row and column tap][input][output] and the biases, filled up with zeros to `inputs` and `outputs` at least, and
/// to what the kernels need. Convolutions of the same input are joined by their outputs.
void append_full(const std::vector<const TfliteConvolution*>& together, std::vector<float>& out, int inputs = 0,
                 int outputs = 0);

/// Writes [tap][channel] and the biases, filled up likewise.
void append_depthwise(const TfliteConvolution& layer, std::vector<float>& out, int channels = 0);

/// Writes the slopes of the PReLU after the layer, filled up likewise. Throws std::runtime_error if it has none.
void append_slopes(const TfliteConvolution& layer, std::vector<float>& out, int channels);

}  // namespace fr
