// Build time only: packs MediaPipe's face_detection_short_range.tflite into the section "blaze" of the weights file.
#include "build_model/pack_blaze.hh"

#include <stdexcept>

#include "build_model/pack_layers.hh"
#include "detect/blaze_net.hh"

namespace fr {
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
