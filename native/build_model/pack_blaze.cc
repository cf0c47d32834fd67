// Build time only: packs MediaPipe's face_detection_short_range.tflite into the section "blaze" of the weights file.
#include "build_model/pack_blaze.hh"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "build_model/tflite.hh"
#include "detect/blaze_net.hh"

namespace fr {
namespace {

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void require(const TfliteConvolution& c, bool depthwise, int outputs, int side, int inputs) {
  if (c.depthwise != depthwise || c.outputs != outputs || c.rows != side || c.columns != side || c.inputs != inputs) {
    throw std::runtime_error("BlazeFace has another shape than expected");
  }
}

/// Writes [row and column tap][input][output]. Two convolutions of the same input are joined by their outputs.
void append_full(const std::vector<const TfliteConvolution*>& together, std::vector<float>& out) {
  int outputs = 0;
  for (const TfliteConvolution* c : together) outputs += c->outputs;
  const auto room = static_cast<std::size_t>(blaze_padded(outputs) - outputs);
  const std::size_t filter = together[0]->weights.size() / static_cast<std::size_t>(together[0]->outputs);
  for (std::size_t i = 0; i < filter; ++i) {
    for (const TfliteConvolution* c : together) {
      for (int k = 0; k < c->outputs; ++k) out.push_back(c->weights[static_cast<std::size_t>(k) * filter + i]);
    }
    out.resize(out.size() + room);
  }
  for (const TfliteConvolution* c : together) out.insert(out.end(), c->biases.begin(), c->biases.end());
  out.resize(out.size() + room);
}

/// Writes [tap][channel].
void append_depthwise(const TfliteConvolution& c, std::vector<float>& out) {
  const auto room = static_cast<std::size_t>(blaze_padded(c.inputs) - c.inputs);
  for (int tap = 0; tap < c.rows * c.columns; ++tap) {
    const auto from = c.weights.begin() + tap * c.inputs;
    out.insert(out.end(), from, from + c.inputs);
    out.resize(out.size() + room);
  }
  out.insert(out.end(), c.biases.begin(), c.biases.end());
  out.resize(out.size() + room);
}

}  // namespace

std::vector<float> pack_blaze(const std::string& path) {
  const std::vector<TfliteConvolution> layers = tflite_convolutions(read_file(path));
  const std::vector<BlazeBlockShape>& blocks = blaze_blocks();
  if (layers.size() != 1 + 2 * blocks.size() + 2 * kHeads.size()) throw std::runtime_error("BlazeFace has other layers");
  std::vector<float> floats;
  const TfliteConvolution* layer = layers.data();
  require(*layer, false, kBlazeStem, kBlazeStemTaps, 3);
  append_full({layer++}, floats);
  for (const BlazeBlockShape& block : blocks) {
    require(*layer, true, 1, 3, block.inputs);
    append_depthwise(*layer++, floats);
    require(*layer, false, block.outputs, 1, block.inputs);
    append_full({layer++}, floats);
  }
  for (const BlazeHead& head : kHeads) {  // the scores of both anchors, then the boxes of both
    const TfliteConvolution* boxes = layer + kHeads.size();
    require(*layer, false, head.anchors, 1, head.inputs);
    require(*boxes, false, head.anchors * kBlazeBoxFloats, 1, head.inputs);
    append_full({layer++, boxes}, floats);
  }
  if (floats.size() != blaze_floats()) throw std::runtime_error("BlazeFace has another size than expected");
  return floats;
}

}  // namespace fr
