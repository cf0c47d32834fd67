// Build time only: dlib's mmod_human_face_detector.dat -> the weights file's section "cnn".
#include "build_model/pack_cnn.hh"

#include <stdexcept>

#include "detect/cnn.hh"
#include "build_model/dlib_cnn.hh"
#include "build_model/dlib_filters.hh"

namespace fr {
namespace {

void append_padded(std::vector<float>& out, const std::vector<float>& values, std::size_t size) {
  out.insert(out.end(), values.begin(), values.end());
  out.resize(out.size() + size - values.size());
}

/// [row tap][column tap][input][output], outputs padded to a multiple of 16.
void pack_cnn_layer(const Filters& f, const CnnLayer& layer, std::vector<float>& out) {
  if (f.outputs != layer.outputs || f.inputs != layer.inputs || f.rows != kCnnTaps || f.columns != kCnnTaps) {
    throw std::runtime_error("the CNN detector has another shape than expected");
  }
  const auto room = static_cast<std::size_t>((f.outputs + 15) / 16 * 16);
  std::vector<float> values(static_cast<std::size_t>(f.outputs));
  for (int r = 0; r < f.rows; ++r) {
    for (int s = 0; s < f.columns; ++s) {
      for (int c = 0; c < f.inputs; ++c) {
        for (int k = 0; k < f.outputs; ++k) values[static_cast<std::size_t>(k)] = folded_weight(f, k, c, r, s);
        append_padded(out, values, room);
      }
    }
  }
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = folded_bias(f, k);
  append_padded(out, values, room);
}

void pack_cnn_score(const Filters& f, std::vector<float>& out) {
  if (f.outputs != 1 || f.rows != kCnnScoreTaps || f.columns != kCnnScoreTaps) {
    throw std::runtime_error("the CNN detector's last layer has another shape than expected");
  }
  for (int r = 0; r < f.rows; ++r) {
    std::vector<float> run;
    for (int s = 0; s < f.columns; ++s) {
      for (int c = 0; c < f.inputs; ++c) {
        run.push_back(f.weights[static_cast<std::size_t>((c * f.rows + r) * f.columns + s)]);
      }
    }
    append_padded(out, run, kCnnScoreRun);
  }
  append_padded(out, f.biases, 16);
}

void require_our_cnn(DlibCnn& net) {
  const dlib::mmod_options& options = net.loss_details().get_options();
  const auto& input = dlib::input_layer(net);
  if (options.detector_windows.size() != 1 || options.detector_windows[0].width != kCnnWindow ||
      options.detector_windows[0].height != kCnnWindow || options.use_bounding_box_regression ||
      options.overlaps_nms.get_iou_thresh() != kCnnOverlap.of_both ||
      options.overlaps_nms.get_percent_covered_thresh() != kCnnOverlap.of_either || input.get_pyramid_padding() != 10 ||
      input.get_pyramid_outer_padding() != 11) {
    throw std::runtime_error("the CNN detector is not the one this program computes");
  }
}

}  // namespace

std::vector<float> pack_cnn(const std::string& path) {
  DlibCnn net;
  const Collector collector = collect(net, path);
  require_our_cnn(net);
  const std::vector<CnnLayer>& layers = cnn_layers();
  if (collector.convolutions.size() != layers.size() + 1) throw std::runtime_error("the CNN detector has other layers");
  std::vector<float> floats;
  for (std::size_t i = 0; i < layers.size(); ++i) pack_cnn_layer(collector.convolutions[i], layers[i], floats);
  pack_cnn_score(collector.convolutions.back(), floats);
  if (floats.size() != cnn_floats()) throw std::runtime_error("the CNN detector has another size than expected");
  return floats;
}

}  // namespace fr
