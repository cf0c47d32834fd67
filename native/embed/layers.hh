// The layers of dlib's ResNet, as the weights file packs them and net.cc runs them.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/net_kernels.hh"

namespace fr {

/// One convolution of the network.
struct ConvLayer {
  ConvShape shape;
  int inputs;       // channels
  int outputs;      // channels, a multiple of kOutputBlock
  int row_taps;     // rows of the filter as packed
  int column_taps;  // columns of the filter as packed

  /// Floats of the layer's filters; as many biases as `outputs` follow them.
  int filter_floats() const { return row_taps * column_taps * inputs * outputs; }
};

constexpr int kFeatures = 256;  // averages that the last layer turns into a face vector

/// The 29 convolutions in the order they run. A block that halves the picture is a kHalf and the convolution after it.
const std::vector<ConvLayer>& conv_layers();

/// Numbers in the weights file's section "network": for each layer its filters, then its biases; then the last layer's
/// kFeatures x kVectorSize. They are float32 or half-precision: the section's size tells which.
std::size_t network_floats();

}  // namespace fr
