// Chip -> face vector.
#include "net.hh"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace fr {

extern const NetKernels net_kernels_portable;
extern const NetKernels net_kernels_avx2;
extern const NetKernels net_kernels_avx512;
extern const NetKernels net_kernels_neon;

const NetKernels& net_kernels(Isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case Isa::avx2: return net_kernels_avx2;
    case Isa::avx512: return net_kernels_avx512;
#elif defined(__aarch64__)
    case Isa::neon: return net_kernels_neon;
#endif
    case Isa::portable: return net_kernels_portable;
    default: throw std::logic_error("this program has no kernels for " + name_of(isa));
  }
}

namespace {

constexpr int kStemSide = 72;

/// Zeroed floats at a multiple of 64 bytes, so that no vector straddles two cache lines.
class Buffer {
 public:
  explicit Buffer(std::size_t size) : size_(size), data_(static_cast<float*>(std::aligned_alloc(64, (size * 4 + 63) / 64 * 64))) {
    if (!data_) throw std::bad_alloc();
    std::fill_n(data_.get(), size, 0.0F);
  }
  Buffer(const Buffer& other) : Buffer(other.size_) { std::copy_n(other.get(), size_, get()); }
  Buffer(Buffer&&) = default;
  Buffer& operator=(Buffer&&) = default;
  float* get() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::size_t size_;
  std::unique_ptr<float, Free> data_;
};

/// The pictures of a batch between two layers: one a face, of `side` x `side` pixels in a border of zeros.
class Batch {
 public:
  Batch(std::size_t faces, int side, int channels) : side_(side), channels_(channels), faces_(faces) {
    for (std::size_t i = 0; i < faces; ++i) pictures_.emplace_back(floats());
  }
  std::size_t faces() const { return faces_; }
  std::size_t floats() const { return static_cast<std::size_t>((side_ + 2) * (side_ + 2) * channels_); }
  int side() const { return side_; }
  int row() const { return (side_ + 2) * channels_; }
  int channels() const { return channels_; }
  float* corner(std::size_t face) const { return pictures_[face].get(); }
  float* first_pixel(std::size_t face) const { return corner(face) + row() + channels_; }

 private:
  int side_;
  int channels_;
  std::size_t faces_;
  std::vector<Buffer> pictures_;
};

/// Walks the layers and their weights, and runs each on every face of a batch.
class Walk {
 public:
  Walk(const float* weights, const NetKernels& kernels) : weights_(weights), kernels_(kernels) {}

  void stem(const Chip* chips, const Batch& out) {
    const ConvLayer& layer = conv_layers()[next_++];
    const Buffer pixels(3 * kChipSide * kChipSide);
    const Buffer map(kStemSide * kStemSide * kOutputBlock);
    for (std::size_t face = 0; face < out.faces(); ++face) {
      normalise(chips[face], pixels.get());
      kernels_.convolve[layer.shape]({pixels.get(), weights_, weights_ + filter(layer), nullptr, map.get(),
                                      kStemSide * kOutputBlock, kOutputBlock});
      kernels_.pool_stem(map.get(), out.corner(face));
    }
    weights_ += filter(layer) + layer.outputs;
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
    Batch shortcut(in.faces(), in.side() / 2, first.outputs);
    for (std::size_t i = 0; i < in.faces(); ++i) {
      kernels_.pool_shortcut(in.corner(i), in.side(), in.channels(), shortcut.corner(i), first.outputs);
    }
    Batch middle(in.faces(), (in.side() - 1) / 2, first.outputs);
    Batch out = shortcut;  // where the convolutions make less than the pool, the pool alone counts
    convolve(in, false, nullptr, middle);
    convolve(middle, conv_layers()[next_].column_taps == 3, &shortcut, out);
    return out;
  }

  bool done() const { return next_ == conv_layers().size(); }
  const float* weights() const { return weights_; }

 private:
  static int filter(const ConvLayer& layer) {
    return layer.row_taps * layer.column_taps * layer.inputs * layer.outputs;
  }

  // dlib's input_rgb_image_sized: the mean of its training data, and 256 levels.
  static void normalise(const Chip& chip, float* pixels) {
    constexpr float kMean[3] = {122.782F, 117.001F, 104.298F};
    for (std::size_t i = 0; i < chip.rgb.size(); ++i) {
      pixels[i] = (static_cast<float>(chip.rgb[i]) - kMean[i % 3]) / 256;
    }
  }

  void convolve(const Batch& in, bool from_corner, const Batch* residual, const Batch& out) {
    const ConvLayer& layer = conv_layers()[next_++];
    const int block = filter(layer) / layer.outputs * kOutputBlock;
    const float* biases = weights_ + filter(layer);
    for (int k = 0; k < layer.outputs; k += kOutputBlock) {
      for (std::size_t i = 0; i < in.faces(); ++i) {
        kernels_.convolve[layer.shape]({from_corner ? in.corner(i) : in.first_pixel(i),
                                        weights_ + block * (k / kOutputBlock), biases + k,
                                        residual ? residual->first_pixel(i) + k : nullptr, out.first_pixel(i) + k,
                                        out.row(), out.channels()});
      }
    }
    weights_ = biases + layer.outputs;
  }

  const float* weights_;
  const NetKernels& kernels_;
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

FaceNet::FaceNet(const Model& model, Isa isa) : kernels_(net_kernels(isa)) {
  const Section section = model.section("network");
  if (section.size != network_floats() * sizeof(float)) {
    throw std::runtime_error("the model's network has another size: run the build again");
  }
  weights_ = reinterpret_cast<const float*>(section.data);
}

std::vector<FaceVector> FaceNet::embed(const Chip* chips, std::size_t count) const {
  Walk walk(weights_, kernels_);
  Batch batch(count, 35, kOutputBlock);
  walk.stem(chips, batch);
  while (!walk.done()) batch = walk.block(std::move(batch));
  std::vector<FaceVector> vectors(count);
  for (std::size_t i = 0; i < count; ++i) {
    float features[kFeatures];
    average(batch, i, features);
    kernels_.project(features, walk.weights(), vectors[i].data());
  }
  return vectors;
}

}  // namespace fr
