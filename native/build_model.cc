// Build time only: dlib's .dat files and built-in detector -> our model file.
//
//   fr-build-model FOLDER_OF_DAT_FILES MODEL
#include <dlib/image_processing.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cnn.hh"
#include "dlib_cnn.hh"
#include "dlib_net.hh"
#include "hog_extract.hh"
#include "landmarks.hh"
#include "model.hh"
#include "net.hh"

namespace {

using Bytes = std::vector<std::uint8_t>;

template <typename T>
Bytes to_bytes(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// A convolution as dlib keeps it: filters [output][input][row][column], then the affine layer after it.
struct Filters {
  int outputs = 0, inputs = 0, rows = 0, columns = 0;
  std::vector<float> weights;
  std::vector<float> biases;
  std::vector<float> gamma;
  std::vector<float> beta;
};

std::vector<float> values_of(const dlib::tensor& tensor) { return {tensor.host(), tensor.host() + tensor.size()}; }

/// dlib visits layers from the last to the first: an affine layer comes before the convolution it follows.
struct Collector {
  std::vector<Filters> convolutions;
  std::vector<float> projection;
  std::vector<float> gamma;
  std::vector<float> beta;

  template <typename Layer>
  void operator()(std::size_t, Layer&) {}
  void operator()(std::size_t, dlib::affine_& layer) {
    gamma = values_of(layer.get_gamma());
    beta = values_of(layer.get_beta());
  }
  void operator()(std::size_t, dlib::fc_<fr::kVectorSize, dlib::FC_NO_BIAS>& layer) {
    projection = values_of(layer.get_layer_params());
  }
  template <long N, long R, long S, int sy, int sx, int py, int px>
  void operator()(std::size_t, dlib::con_<N, R, S, sy, sx, py, px>& layer) {
    const std::vector<float> parameters = values_of(layer.get_layer_params());
    const long weights = static_cast<long>(parameters.size()) - N;
    Filters filters;
    filters.outputs = static_cast<int>(N);
    filters.rows = static_cast<int>(R);
    filters.columns = static_cast<int>(S);
    filters.inputs = static_cast<int>(weights / (N * R * S));
    filters.weights.assign(parameters.begin(), parameters.begin() + weights);
    filters.biases.assign(parameters.begin() + weights, parameters.end());
    filters.gamma = gamma;
    filters.beta = beta;
    convolutions.push_back(filters);
  }
};

float folded_weight(const Filters& f, int k, int c, int r, int s) {
  const auto at = static_cast<std::size_t>(((k * f.inputs + c) * f.rows + r) * f.columns + s);
  return f.weights[at] * f.gamma[static_cast<std::size_t>(k)];
}

void pack(const Filters& f, const fr::ConvLayer& layer, std::vector<float>& out) {
  if (f.outputs != layer.outputs) throw std::runtime_error("the network has another shape than expected");
  // Only the middle tap of a 3x3 filter meets a 1x1 picture.
  const bool middle = layer.shape == fr::kSame1;
  const bool taps_together = fr::by_winograd(layer.shape);
  for (int block = 0; block < f.outputs; block += fr::kOutputBlock) {
    for (int c = 0; taps_together && c < f.inputs; ++c) {
      for (int tap = 0; tap < 9; ++tap) {
        for (int k = block; k < block + fr::kOutputBlock; ++k) out.push_back(folded_weight(f, k, c, tap / 3, tap % 3));
      }
    }
    if (taps_together) continue;
    for (int r = middle ? 1 : 0; r < (middle ? 2 : f.rows); ++r) {
      for (int s = middle ? 1 : 0; s < (middle ? 2 : f.columns); ++s) {
        for (int c = 0; c < f.inputs; ++c) {
          for (int k = block; k < block + fr::kOutputBlock; ++k) out.push_back(folded_weight(f, k, c, r, s));
        }
      }
    }
  }
  for (std::size_t k = 0; k < f.biases.size(); ++k) out.push_back(f.biases[k] * f.gamma[k] + f.beta[k]);
}

Bytes pack_network(const std::string& path) {
  fr::DlibNet net;
  dlib::deserialize(path) >> net;
  Collector collector;
  dlib::visit_computational_layers(net, [&collector](std::size_t i, auto& layer) { collector(i, layer); });
  std::reverse(collector.convolutions.begin(), collector.convolutions.end());
  const std::vector<fr::ConvLayer>& layers = fr::conv_layers();
  if (collector.convolutions.size() != layers.size()) throw std::runtime_error("the network has other layers");
  std::vector<float> floats;
  for (std::size_t i = 0; i < layers.size(); ++i) pack(collector.convolutions[i], layers[i], floats);
  floats.insert(floats.end(), collector.projection.begin(), collector.projection.end());
  if (floats.size() != fr::network_floats()) throw std::runtime_error("the network has another size than expected");
  return to_bytes(floats);
}

void append_padded(std::vector<float>& out, const std::vector<float>& values, std::size_t size) {
  out.insert(out.end(), values.begin(), values.end());
  out.resize(out.size() + size - values.size());
}

/// [row tap][column tap][input][output], outputs padded to a multiple of 16.
void pack_cnn_layer(const Filters& f, const fr::CnnLayer& layer, std::vector<float>& out) {
  if (f.outputs != layer.outputs || f.inputs != layer.inputs || f.rows != fr::kCnnTaps || f.columns != fr::kCnnTaps) {
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
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = f.biases[k] * f.gamma[k] + f.beta[k];
  append_padded(out, values, room);
}

void pack_cnn_score(const Filters& f, std::vector<float>& out) {
  if (f.outputs != 1 || f.rows != fr::kCnnScoreTaps || f.columns != fr::kCnnScoreTaps) {
    throw std::runtime_error("the CNN detector's last layer has another shape than expected");
  }
  for (int r = 0; r < f.rows; ++r) {
    std::vector<float> run;
    for (int s = 0; s < f.columns; ++s) {
      for (int c = 0; c < f.inputs; ++c) {
        run.push_back(f.weights[static_cast<std::size_t>((c * f.rows + r) * f.columns + s)]);
      }
    }
    append_padded(out, run, fr::kCnnScoreRun);
  }
  append_padded(out, f.biases, 16);
}

void require_our_cnn(fr::DlibCnn& net) {
  const dlib::mmod_options& options = net.loss_details().get_options();
  const auto& input = dlib::input_layer(net);
  if (options.detector_windows.size() != 1 || options.detector_windows[0].width != fr::kCnnWindow ||
      options.detector_windows[0].height != fr::kCnnWindow || options.use_bounding_box_regression ||
      options.overlaps_nms.get_iou_thresh() != fr::kCnnOverlap.of_both ||
      options.overlaps_nms.get_percent_covered_thresh() != fr::kCnnOverlap.of_either || input.get_pyramid_padding() != 10 ||
      input.get_pyramid_outer_padding() != 11) {
    throw std::runtime_error("the CNN detector is not the one this program computes");
  }
}

Bytes pack_cnn(const std::string& path) {
  fr::DlibCnn net;
  dlib::deserialize(path) >> net;
  require_our_cnn(net);
  Collector collector;
  dlib::visit_computational_layers(net, [&collector](std::size_t i, auto& layer) { collector(i, layer); });
  std::reverse(collector.convolutions.begin(), collector.convolutions.end());
  const std::vector<fr::CnnLayer>& layers = fr::cnn_layers();
  if (collector.convolutions.size() != layers.size() + 1) throw std::runtime_error("the CNN detector has other layers");
  std::vector<float> floats;
  for (std::size_t i = 0; i < layers.size(); ++i) pack_cnn_layer(collector.convolutions[i], layers[i], floats);
  pack_cnn_score(collector.convolutions.back(), floats);
  if (floats.size() != fr::cnn_floats()) throw std::runtime_error("the CNN detector has another size than expected");
  return to_bytes(floats);
}

Bytes pack_landmarks(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  int version = 0;
  dlib::matrix<float, 0, 1> shape;
  std::vector<std::vector<dlib::impl::regression_tree>> forests;
  std::vector<std::vector<unsigned long>> anchors;
  std::vector<std::vector<dlib::vector<float, 2>>> deltas;
  dlib::deserialize(version, file);
  dlib::deserialize(shape, file);
  dlib::deserialize(forests, file);
  dlib::deserialize(anchors, file);
  dlib::deserialize(deltas, file);
  fr::LandmarkForest forest;
  forest.mean_shape.assign(shape.begin(), shape.end());
  for (std::size_t stage = 0; stage < forests.size(); ++stage) {
    fr::LandmarkForest::Stage packed;
    for (std::size_t i = 0; i < deltas[stage].size(); ++i) {
      packed.probes.push_back({deltas[stage][i].x(), deltas[stage][i].y(), static_cast<std::int32_t>(anchors[stage][i])});
    }
    for (const dlib::impl::regression_tree& tree : forests[stage]) {
      fr::LandmarkTree flat{};
      if (tree.splits.size() != fr::kTreeSplits || tree.leaf_values.size() != fr::kTreeLeaves) {
        throw std::runtime_error("the landmark trees have another depth than expected");
      }
      for (std::size_t i = 0; i < tree.splits.size(); ++i) {
        flat.splits[i] = {static_cast<std::uint16_t>(tree.splits[i].idx1),
                          static_cast<std::uint16_t>(tree.splits[i].idx2), tree.splits[i].thresh};
      }
      for (std::size_t i = 0; i < tree.leaf_values.size(); ++i) {
        std::copy(tree.leaf_values[i].begin(), tree.leaf_values[i].end(), flat.leaves[i]);
      }
      packed.trees.push_back(flat);
    }
    forest.stages.push_back(packed);
  }
  return fr::format_landmarks(forest);
}

int run(const std::string& folder, const std::string& model) {
  const std::vector<std::uint8_t> bytes = fr::format_model({
      {"network", pack_network(folder + "/dlib_face_recognition_resnet_model_v1.dat")},
      {"detector", fr::extract_hog_filters()},
      {"cnn", pack_cnn(folder + "/mmod_human_face_detector.dat")},
      {"landmarks", pack_landmarks(folder + "/shape_predictor_5_face_landmarks.dat")},
  });
  std::ofstream file(model, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + model);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: fr-build-model FOLDER_OF_DAT_FILES MODEL");
    return run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fr-build-model: %s\n", error.what());
    return 1;
  }
}
