// The table of the network's layers.
#include "embed/layers.hh"

#include "face.hh"

namespace fr {

const std::vector<ConvLayer>& conv_layers() {
  static const std::vector<ConvLayer> layers = [] {
    std::vector<ConvLayer> all{{kStem, 21, 32, 7, 1}};
    const auto add = [&all](ConvShape shape, int inputs, int outputs, int times) {
      const int taps = shape == kSame1 ? 1 : 3;
      for (int i = 0; i < times; ++i) all.push_back({shape, inputs, outputs, taps, taps});
    };
    add(kSame35, 32, 32, 6);
    add(kHalf17, 32, 64, 1);
    add(kSame17, 64, 64, 7);
    add(kHalf8, 64, 128, 1);
    add(kSame8, 128, 128, 5);
    add(kHalf3, 128, 256, 1);
    add(kSame3, 256, 256, 1);
    add(kSame4, 256, 256, 4);
    add(kHalf1, 256, 256, 1);
    add(kSame1, 256, 256, 1);
    return all;
  }();
  return layers;
}

std::size_t network_floats() {
  std::size_t floats = std::size_t{kFeatures} * kVectorSize;
  for (const ConvLayer& layer : conv_layers()) floats += static_cast<std::size_t>(layer.filter_floats() + layer.outputs);
  return floats;
}

}  // namespace fr
