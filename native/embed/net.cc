// Chip -> face vector.
#include "embed/net.hh"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "embed/batch.hh"
#include "embed/layers.hh"
#include "embed/weight_reader.hh"
#include "normalise.hh"

namespace fr {

namespace {

constexpr int kStemSide = 72, kPooledSide = 35;
constexpr std::size_t kFacesAtOnce = 8;  // in layers whose weights are larger than their pictures

/// Goes through the layers and their weights, and runs each on every face of a batch.
class Walk {
 public:
  /// Starts at the first layer and rewinds `weights`. `weights` and `scratch`, which has winograd_scratch(kWinogradChannels)
  /// floats, must outlive this.
  Walk(WeightReader& weights, const NetKernels& kernels, float* scratch)
      : weights_(&weights), kernels_(&kernels), scratch_(scratch) {
    weights.restart();
  }

  /// The first convolution and the pool after it.
  Batch stem(const Chip& chip) {
    const ConvLayer& layer = conv_layers()[next_++];
    const Buffer pixels(3 * kChipSide * kChipSide);
    const Buffer map(kStemSide * kStemSide * kOutputBlock);
    Batch out(1, kPooledSide, kOutputBlock);
    normalise(chip.rgb.data(), chip.rgb.size() / 3, pixels.get());
    kernels_->convolve[layer.shape]({pixels.get(), weights_->read(0, layer.filter_floats()), biases_of(layer), nullptr,
                                     map.get(), kStemSide * kOutputBlock, kOutputBlock});
    kernels_->pool_stem(map.get(), out.corner(0));
    pass(layer);
    return out;
  }

  /// Two convolutions and the shortcut around them.
  Batch block(Batch in) {
    const ConvLayer& first = conv_layers()[next_];
    const bool halves = first.shape == kHalf17 || first.shape == kHalf8 || first.shape == kHalf3 || first.shape == kHalf1;
    return halves ? halving_block(in, first.outputs) : same_size_block(in);
  }

  /// The shape of the next convolution.
  ConvShape next() const { return conv_layers()[next_].shape; }
  bool done() const { return next_ == conv_layers().size(); }

 private:
  Batch same_size_block(const Batch& in) {
    Batch middle(in.faces(), in.side(), in.channels());
    Batch out(in.faces(), in.side(), in.channels());
    convolve(in, true, nullptr, middle);
    convolve(middle, true, &in, out);
    return out;
  }

  Batch halving_block(const Batch& in, int outputs) {
    Batch out(in.faces(), in.side() / 2, outputs);
    for (std::size_t i = 0; i < in.faces(); ++i) {
      kernels_->pool_shortcut(in.corner(i), in.side(), in.channels(), out.corner(i), outputs);
    }
    Batch middle(in.faces(), (in.side() - 1) / 2, outputs);
    convolve(in, false, nullptr, middle);
    // The sum replaces the pooled picture. Where the convolutions give a smaller picture, what is outside of it stays pooled.
    convolve(middle, conv_layers()[next_].column_taps == 3, &out, out);
    return out;
  }

  /// Runs the next layer. `from_corner`: the first output reads from the border's corner on, and not from the first pixel.
  void convolve(const Batch& in, bool from_corner, const Batch* residual, const Batch& out) {
    const ConvLayer& layer = conv_layers()[next_++];
    if (kernels_->convolve[layer.shape] == nullptr) {
      convolve_batch(layer, in, residual, out);
    } else {
      convolve_each(layer, in, from_corner, residual, out);
    }
    pass(layer);
  }

  void convolve_batch(const ConvLayer& layer, const Batch& in, const Batch* residual, const Batch& out) {
    const std::vector<float*> from = in.corners(), to = out.corners();
    const std::vector<float*> past = residual != nullptr ? residual->corners() : std::vector<float*>{};
    const float* biases = biases_of(layer);
    kernels_->winograd({from.data(), residual != nullptr ? past.data() : nullptr, to.data(), static_cast<int>(in.faces()),
                        in.side(), in.channels(), weights_->read(0, layer.filter_floats()), biases, scratch_});
  }

  void convolve_each(const ConvLayer& layer, const Batch& in, bool from_corner, const Batch* residual, const Batch& out) {
    const float* biases = biases_of(layer);
    const int block = layer.filter_floats() / layer.outputs * kOutputBlock;
    for (int k = 0; k < layer.outputs; k += kOutputBlock) {
      const float* weights = weights_->read(block * (k / kOutputBlock), block);
      for (std::size_t i = 0; i < in.faces(); ++i) {
        kernels_->convolve[layer.shape]({from_corner ? in.corner(i) : in.first_pixel(i), weights, biases + k,
                                         residual != nullptr ? residual->first_pixel(i) + k : nullptr,
                                         out.first_pixel(i) + k, out.row(), out.channels()});
      }
    }
  }

  const float* biases_of(const ConvLayer& layer) const {
    return weights_->read_biases(layer.filter_floats(), layer.outputs);
  }
  void pass(const ConvLayer& layer) { weights_->pass(layer.filter_floats() + layer.outputs); }

  WeightReader* weights_;
  const NetKernels* kernels_;
  float* scratch_;
  std::size_t next_ = 0;
};

/// The mean of each channel.
void average(const Batch& batch, std::size_t face, float* features) {
  for (int c = 0; c < kFeatures; ++c) {
    float sum = 0;
    for (int y = 0; y < batch.side(); ++y) {
      for (int x = 0; x < batch.side(); ++x) sum += batch.first_pixel(face)[y * batch.row() + x * kFeatures + c];
    }
    features[c] = sum / static_cast<float>(batch.side() * batch.side());
  }
}

}  // namespace

FaceNet::FaceNet(const Weights& weights, Isa isa, std::size_t threads) : threads_(threads), kernels_(kernels_for(isa).net) {
  const Section section = weights.section("network");
  weights_ = section.data;
  half_ = section.size == network_floats() * sizeof(std::uint16_t);
  if (!half_ && section.size != network_floats() * sizeof(float)) {
    throw std::runtime_error("the weights file's network has another size: run the build again");
  }
}

std::vector<FaceVector> FaceNet::embed(const Chip* chips, std::size_t count, const Deadline& deadline) const {
  std::vector<FaceVector> vectors(count);
  share(count, threads_, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; i += kFacesAtOnce) {
      deadline.check();
      embed_batch(chips + i, std::min(kFacesAtOnce, to - i), vectors.data() + i);
    }
  });
  return vectors;
}

void FaceNet::embed_batch(const Chip* chips, std::size_t count, FaceVector* vectors) const {
  const Buffer scratch(winograd_scratch(kWinogradChannels));
  WeightReader weights(weights_, half_, kernels_);
  Walk walk(weights, kernels_, scratch.get());
  Batch batch(0, 8, kWinogradChannels);
  // Down to 17x17 the filters are small and the pictures large: face by face, both stay in the cache. After that the
  // filters are large, and all faces share each reading of them.
  for (std::size_t i = 0; i < count; ++i) {
    walk = Walk(weights, kernels_, scratch.get());
    Batch one = walk.stem(chips[i]);
    while (walk.next() != kSame8) one = walk.block(std::move(one));
    batch.append(std::move(one));
  }
  while (!walk.done()) batch = walk.block(std::move(batch));
  for (std::size_t i = 0; i < count; ++i) {
    float features[kFeatures];
    average(batch, i, features);
    kernels_.project(features, weights.read(0, kFeatures * kVectorSize), vectors[i].data());
  }
}

}  // namespace fr
