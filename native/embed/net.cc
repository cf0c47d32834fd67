// Chip -> face vector.
#include "embed/net.hh"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "normalise.hh"

namespace fr {

namespace {

constexpr int kStemSide = 72, kPooledSide = 35;
constexpr int kWinogradChannels = 128;  // at most
constexpr int kMostWidened = 9 * kWinogradChannels * kWinogradChannels;  // the largest layer that is read in one piece
constexpr int kMostOutputs = 256;

/// Floats of no value yet, at a multiple of 64 bytes, so that no vector straddles two cache lines.
class Buffer {
 public:
  explicit Buffer(std::size_t size) : data_(static_cast<float*>(std::aligned_alloc(64, (size * 4 + 63) / 64 * 64))) {
    if (!data_) throw std::bad_alloc();
  }
  float* get() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float, Free> data_;
};

/// The pictures of a batch between two layers: one a face, of `side` x `side` pixels in a border of zeros.
class Batch {
 public:
  Batch(std::size_t faces, int side, int channels) : side_(side), channels_(channels) {
    for (std::size_t i = 0; i < faces; ++i) {
      pictures_.emplace_back(static_cast<std::size_t>((side + 2) * row()));
      clear_border(corner(i));
    }
  }
  /// Takes the faces of another batch of the same layer.
  void append(Batch other) {
    for (Buffer& picture : other.pictures_) pictures_.push_back(std::move(picture));
  }
  std::size_t faces() const { return pictures_.size(); }
  int side() const { return side_; }
  int row() const { return (side_ + 2) * channels_; }
  int channels() const { return channels_; }
  float* corner(std::size_t face) const { return pictures_[face].get(); }
  float* first_pixel(std::size_t face) const { return corner(face) + row() + channels_; }
  std::vector<float*> corners() const {
    std::vector<float*> all;
    for (const Buffer& picture : pictures_) all.push_back(picture.get());
    return all;
  }

 private:
  void clear_border(float* picture) const {
    std::fill_n(picture, row() + channels_, 0.0F);
    // A row's last pixel and the next row's first lie together.
    for (int y = 1; y < side_; ++y) std::fill_n(picture + (y + 1) * row() - channels_, 2 * channels_, 0.0F);
    std::fill_n(picture + (side_ + 1) * row() - channels_, row() + channels_, 0.0F);
  }

  int side_;
  int channels_;
  std::vector<Buffer> pictures_;
};

/// The network's numbers one after the other, as float32. Halves are widened a piece at a time: they take the cache's room
/// that way, and not another 22 MB.
class WeightReader {
 public:
  WeightReader(const std::uint8_t* data, bool half, const NetKernels& kernels)
      : data_(data), half_(half), kernels_(kernels), pieces_(half ? kMostWidened + kMostOutputs : 1) {}

  /// `count` numbers, `skipped` on from where reading is. Good until the next call.
  const float* read(int skipped, int count) const { return read(skipped, count, 0); }
  /// The same for biases, which stay good beside weights.
  const float* read_biases(int skipped, int count) const { return read(skipped, count, kMostWidened); }
  void pass(int count) { at_ += count; }
  void restart() { at_ = 0; }

 private:
  const float* read(int skipped, int count, std::size_t piece) const {
    if (!half_) return reinterpret_cast<const float*>(data_) + at_ + skipped;
    float* to = pieces_.get() + piece;
    kernels_.widen(reinterpret_cast<const std::uint16_t*>(data_) + at_ + skipped, count, to);
    return to;
  }

  const std::uint8_t* data_;
  bool half_;
  const NetKernels& kernels_;
  Buffer pieces_;
  std::ptrdiff_t at_ = 0;
};

/// Walks the layers and their weights, and runs each on every face of a batch.
class Walk {
 public:
  /// Starts anew with `weights`. These and `scratch`, winograd_scratch(kWinogradChannels) floats, must outlive this.
  Walk(WeightReader& weights, const NetKernels& kernels, float* scratch)
      : weights_(&weights), kernels_(&kernels), scratch_(scratch) {
    weights.restart();
  }

  Batch stem(const Chip& chip) {
    const ConvLayer& layer = conv_layers()[next_++];
    const Buffer pixels(3 * kChipSide * kChipSide);
    const Buffer map(kStemSide * kStemSide * kOutputBlock);
    Batch out(1, kPooledSide, kOutputBlock);
    normalise(chip.rgb.data(), chip.rgb.size() / 3, pixels.get());
    kernels_->convolve[layer.shape]({pixels.get(), weights_->read(0, filter(layer)),
                                     weights_->read_biases(filter(layer), layer.outputs), nullptr, map.get(),
                                     kStemSide * kOutputBlock, kOutputBlock});
    kernels_->pool_stem(map.get(), out.corner(0));
    weights_->pass(filter(layer) + layer.outputs);
    return out;
  }

  /// Two convolutions and the way past them.
  Batch block(Batch in) {
    const ConvLayer& first = conv_layers()[next_];
    const bool halves = first.shape == kHalf17 || first.shape == kHalf8 || first.shape == kHalf3 || first.shape == kHalf1;
    if (!halves) {
      Batch middle(in.faces(), in.side(), in.channels());
      Batch out(in.faces(), in.side(), in.channels());
      convolve(in, true, nullptr, middle);
      convolve(middle, true, &in, out);
      return out;
    }
    Batch out(in.faces(), in.side() / 2, first.outputs);
    for (std::size_t i = 0; i < in.faces(); ++i) {
      kernels_->pool_shortcut(in.corner(i), in.side(), in.channels(), out.corner(i), first.outputs);
    }
    Batch middle(in.faces(), (in.side() - 1) / 2, first.outputs);
    convolve(in, false, nullptr, middle);
    // The sum takes the pool's place; where the convolutions make less than the pool, the pool alone counts.
    convolve(middle, conv_layers()[next_].column_taps == 3, &out, out);
    return out;
  }

  /// The shape of the next convolution.
  ConvShape next() const { return conv_layers()[next_].shape; }
  bool done() const { return next_ == conv_layers().size(); }

 private:
  static int filter(const ConvLayer& layer) {
    return layer.row_taps * layer.column_taps * layer.inputs * layer.outputs;
  }

  void convolve(const Batch& in, bool from_corner, const Batch* residual, const Batch& out) {
    const ConvLayer& layer = conv_layers()[next_++];
    const float* biases = weights_->read_biases(filter(layer), layer.outputs);
    if (kernels_->convolve[layer.shape] == nullptr) {
      const std::vector<float*> from = in.corners(), to = out.corners();
      const std::vector<float*> past = residual != nullptr ? residual->corners() : std::vector<float*>{};
      kernels_->winograd({from.data(), residual != nullptr ? past.data() : nullptr, to.data(),
                          static_cast<int>(in.faces()), in.side(), in.channels(), weights_->read(0, filter(layer)),
                          biases, scratch_});
      weights_->pass(filter(layer) + layer.outputs);
      return;
    }
    const int block = filter(layer) / layer.outputs * kOutputBlock;
    for (int k = 0; k < layer.outputs; k += kOutputBlock) {
      const float* weights = weights_->read(block * (k / kOutputBlock), block);
      for (std::size_t i = 0; i < in.faces(); ++i) {
        kernels_->convolve[layer.shape]({from_corner ? in.corner(i) : in.first_pixel(i), weights, biases + k,
                                         residual != nullptr ? residual->first_pixel(i) + k : nullptr,
                                         out.first_pixel(i) + k, out.row(), out.channels()});
      }
    }
    weights_->pass(filter(layer) + layer.outputs);
  }

  WeightReader* weights_;
  const NetKernels* kernels_;
  float* scratch_;
  std::size_t next_ = 0;
};

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
  for (const ConvLayer& layer : conv_layers()) {
    floats += static_cast<std::size_t>((layer.row_taps * layer.column_taps * layer.inputs + 1) * layer.outputs);
  }
  return floats;
}

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
    for (std::size_t i = from; i < to; i += kEmbedBatch) {
      deadline.check();
      embed_batch(chips + i, std::min(kEmbedBatch, to - i), vectors.data() + i);
    }
  });
  return vectors;
}

void FaceNet::embed_batch(const Chip* chips, std::size_t count, FaceVector* vectors) const {
  // Down to 17x17 filters are small and pictures large: face by face these stay in the cache. Below it is the filters
  // that are large, and shared by all faces.
  const Buffer scratch(winograd_scratch(kWinogradChannels));
  WeightReader weights(weights_, half_, kernels_);
  Walk walk(weights, kernels_, scratch.get());
  Batch batch(0, 8, kWinogradChannels);
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
