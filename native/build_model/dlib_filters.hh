// Build time only: a dlib network's convolutions as plain numbers. The affine layer after each is folded into it.
#pragma once

#include <dlib/dnn.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "face.hh"

namespace fr {

/// A convolution as dlib keeps it: filters [output][input][row][column], then the affine layer after it.
struct Filters {
  int outputs = 0, inputs = 0, rows = 0, columns = 0;
  std::vector<float> weights;
  std::vector<float> biases;
  std::vector<float> gamma;
  std::vector<float> beta;
};

inline std::vector<float> values_of(const dlib::tensor& tensor) { return {tensor.host(), tensor.host() + tensor.size()}; }

/// Collects a network's layers. dlib visits them from the last to the first, so an affine layer comes before its convolution.
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
  void operator()(std::size_t, dlib::fc_<kVectorSize, dlib::FC_NO_BIAS>& layer) {
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

/// The weight of output k, input c, row r and column s.
inline float folded_weight(const Filters& f, int k, int c, int r, int s) {
  const auto at = static_cast<std::size_t>(((k * f.inputs + c) * f.rows + r) * f.columns + s);
  return f.weights[at] * f.gamma[static_cast<std::size_t>(k)];
}

inline float folded_bias(const Filters& f, std::size_t k) { return f.biases[k] * f.gamma[k] + f.beta[k]; }

/// Loads the file into `net`. Returns its convolutions in the order they run.
template <typename Net>
Collector collect(Net& net, const std::string& path) {
  dlib::deserialize(path) >> net;
  Collector collector;
  dlib::visit_computational_layers(net, [&collector](std::size_t i, auto& layer) { collector(i, layer); });
  std::reverse(collector.convolutions.begin(), collector.convolutions.end());
  return collector;
}

}  // namespace fr
