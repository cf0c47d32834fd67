// Build time only: rearranges layers of a TensorFlow Lite file.
#include "build_model/pack_layers.hh"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "detect/blaze_block.hh"

namespace fr {
namespace {

void append_filled_up(const std::vector<float>& values, int count, std::vector<float>& out) {
  out.insert(out.end(), values.begin(), values.end());
  out.resize(out.size() + static_cast<std::size_t>(count) - values.size());
}

}  // namespace

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void require(const TfliteConvolution& c, bool depthwise, int outputs, int side, int inputs) {
  if (c.depthwise != depthwise || c.outputs != outputs || c.rows != side || c.columns != side || c.inputs != inputs) {
    throw std::runtime_error("a TensorFlow Lite file's network has another shape than expected");
  }
}

void append_full(const std::vector<const TfliteConvolution*>& together, std::vector<float>& out, int inputs, int outputs) {
  std::vector<float> biases;
  for (const TfliteConvolution* c : together) biases.insert(biases.end(), c->biases.begin(), c->biases.end());
  const int padded = blaze_padded(std::max(outputs, static_cast<int>(biases.size())));
  const TfliteConvolution& first = *together.front();
  const auto filter = static_cast<std::size_t>(first.rows * first.columns * first.inputs);
  std::vector<float> row;
  for (int tap = 0; tap < first.rows * first.columns; ++tap) {
    for (int i = 0; i < std::max(inputs, first.inputs); ++i, row.clear()) {
      const auto at = static_cast<std::size_t>(tap * first.inputs + i);
      for (const TfliteConvolution* c : together) {
        for (std::size_t k = 0; i < c->inputs && k < c->biases.size(); ++k) row.push_back(c->weights[k * filter + at]);
      }
      append_filled_up(row, padded, out);
    }
  }
  append_filled_up(biases, padded, out);
}

void append_depthwise(const TfliteConvolution& c, std::vector<float>& out, int channels) {
  const int padded = blaze_padded(std::max(channels, c.inputs));
  for (int tap = 0; tap < c.rows * c.columns; ++tap) {
    const auto from = c.weights.begin() + tap * c.inputs;
    append_filled_up({from, from + c.inputs}, padded, out);
  }
  append_filled_up(c.biases, padded, out);
}

void append_slopes(const TfliteConvolution& c, std::vector<float>& out, int channels) {
  if (c.slopes.size() != c.biases.size()) throw std::runtime_error("a layer has no PReLU");
  append_filled_up(c.slopes, channels, out);
}

}  // namespace fr
