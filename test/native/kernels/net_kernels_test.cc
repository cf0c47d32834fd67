// The network's kernels give what their definitions give, on every instruction set of this processor.
#include <algorithm>
#include <cmath>
#include <random>

#include "check.hh"
#include "build_model/half.hh"
#include "embed/layers.hh"
#include "kernels/kernels.hh"

namespace {

using Values = std::vector<float>;

/// A layer, and pictures with a border of zeros to run it on. The same every time.
struct Example {
  fr::ConvLayer layer;
  int side;  // of what comes out
  int in_side;
  std::vector<Values> in, residual;
  Values weights, biases;
};

constexpr std::size_t kFaces = 3;

Values random_values(std::size_t count, float size, std::mt19937& random) {
  Values values(count);
  std::uniform_real_distribution<float> any(-size, size);
  for (float& value : values) value = any(random);
  return values;
}

Values random_picture(int side, int channels, std::mt19937& random) {
  const int row = (side + 2) * channels;
  Values picture = random_values(static_cast<std::size_t>((side + 2) * row), 1, random);
  for (int i = 0; i < (side + 2) * row; ++i) {
    const int y = i / row, x = i % row / channels;
    if (y == 0 || x == 0 || y == side + 1 || x == side + 1) picture[static_cast<std::size_t>(i)] = 0;
  }
  return picture;
}

Example example_of(const fr::ConvLayer& layer) {
  const int sides[] = {72, 35, 17, 17, 8, 8, 3, 3, 4, 1, 1};
  const int in_sides[] = {150, 35, 35, 17, 17, 8, 8, 3, 4, 4, 1};
  std::mt19937 random(static_cast<unsigned>(layer.shape));
  Example example{layer, sides[layer.shape], in_sides[layer.shape], {}, {}, {}, {}};
  const auto filter = static_cast<std::size_t>(layer.row_taps * layer.column_taps * layer.inputs);
  for (std::size_t i = 0; i < kFaces; ++i) {
    example.in.push_back(random_picture(example.in_side, layer.inputs, random));
    example.residual.push_back(random_picture(example.side, layer.outputs, random));
  }
  example.weights = random_values(filter * static_cast<std::size_t>(layer.outputs), 1 / std::sqrt(static_cast<float>(filter)), random);
  example.biases = random_values(static_cast<std::size_t>(layer.outputs), 1, random);
  return example;
}

bool halves(const Example& example) { return example.side != example.in_side; }

float weight(const Example& e, int k, int c, int r, int s) {
  const fr::ConvLayer& l = e.layer;
  const int block = k / fr::kOutputBlock, within = k % fr::kOutputBlock;
  const int taps = l.row_taps * l.column_taps, tap = r * l.column_taps + s;
  const int at = fr::by_winograd(l.shape) ? c * taps + tap : tap * l.inputs + c;
  return e.weights[static_cast<std::size_t>((block * taps * l.inputs + at) * fr::kOutputBlock + within)];
}

/// The definition, in double precision.
double expected(const Example& e, std::size_t face, int y, int x, int k) {
  const int row = (e.in_side + 2) * e.layer.inputs;
  const int step = halves(e) ? 2 : 1;
  // A 1x1 filter, and a 3x3 filter that halves the picture, begin inside the border.
  const int border = halves(e) || e.layer.row_taps == 1 ? 1 : 0;
  double sum = e.biases[static_cast<std::size_t>(k)];
  for (int r = 0; r < e.layer.row_taps; ++r) {
    for (int s = 0; s < e.layer.column_taps; ++s) {
      const int pixel = (y * step + r + border) * row + (x * step + s + border) * e.layer.inputs;
      for (int c = 0; c < e.layer.inputs; ++c) {
        sum += static_cast<double>(e.in[face][static_cast<std::size_t>(pixel + c)]) * static_cast<double>(weight(e, k, c, r, s));
      }
    }
  }
  const int at = ((y + 1) * (e.side + 2) + x + 1) * e.layer.outputs + k;
  return std::max(0., sum + static_cast<double>(e.residual[face][static_cast<std::size_t>(at)]));
}

std::vector<float*> corners(std::vector<Values>& pictures) {
  std::vector<float*> all;
  for (Values& picture : pictures) all.push_back(picture.data());
  return all;
}

/// Adds the residual in place, as embed/net.cc does.
std::vector<Values> run(const fr::NetKernels& kernels, Example e) {
  const fr::ConvLayer& l = e.layer;
  std::vector<Values> out = e.residual;
  if (kernels.convolve[l.shape] == nullptr) {
    Values scratch(fr::winograd_scratch(l.inputs));
    const std::vector<float*> in = corners(e.in), to = corners(out);
    kernels.winograd({in.data(), to.data(), to.data(), static_cast<int>(kFaces), e.side, l.inputs, e.weights.data(),
                      e.biases.data(), scratch.data()});
    return out;
  }
  const int in_row = (e.in_side + 2) * l.inputs, row = (e.side + 2) * l.outputs;
  const int start = halves(e) || l.row_taps == 1 ? in_row + l.inputs : 0;
  for (std::size_t face = 0; face < kFaces; ++face) {
    for (int k = 0; k < l.outputs; k += fr::kOutputBlock) {
      float* to = out[face].data() + row + l.outputs + k;
      const float* residual = e.residual[face].data() + row + l.outputs + k;
      kernels.convolve[l.shape]({e.in[face].data() + start, e.weights.data() + l.row_taps * l.column_taps * l.inputs * k,
                                 e.biases.data() + k, residual, to, row, l.outputs});
    }
  }
  return out;
}

double largest_difference(const Example& e, const std::vector<Values>& out) {
  double largest = 0;
  for (std::size_t face = 0; face < kFaces; ++face) {
    for (int y = 0; y < e.side; ++y) {
      for (int x = 0; x < e.side; ++x) {
        for (int k = static_cast<int>(face); k < e.layer.outputs; k += 7) {
          const int at = ((y + 1) * (e.side + 2) + x + 1) * e.layer.outputs + k;
          const auto got = static_cast<double>(out[face][static_cast<std::size_t>(at)]);
          largest = std::max(largest, std::abs(got - expected(e, face, y, x, k)));
        }
      }
    }
  }
  return largest;
}

TEST("every convolution but the stem is within 1e-5 of its definition, on every instruction set") {
  int last = -1;
  for (const fr::ConvLayer& layer : fr::conv_layers()) {
    // The stem reads RGB pixels without a border; net_test covers it, with vectors of whole chips.
    if (layer.shape == fr::kStem || layer.shape == last) continue;
    last = layer.shape;
    const Example example = example_of(layer);
    for (const fr::Isa isa : fr::usable_isas()) {
      const double difference = largest_difference(example, run(fr::kernels_for(isa).net, example));
      if (difference > 1e-5) std::printf("  shape %d, %s: %.1e\n", layer.shape, fr::name_of(isa).c_str(), difference);
      CHECK(difference < 1e-5);
    }
  }
}

/// IEEE 754's definition of a finite half.
double value_of(std::uint16_t half) {
  const int exponent = half >> 10 & 31, rest = half & 1023;
  const double size = exponent == 0 ? std::ldexp(rest, -24) : std::ldexp(1024 + rest, exponent - 25);
  return half < 0x8000 ? size : -size;
}

TEST("every finite half becomes the float of its value on every instruction set, and the half again") {
  std::vector<std::uint16_t> halves;
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    if ((i & 0x7c00) != 0x7c00) halves.push_back(static_cast<std::uint16_t>(i));
  }
  for (const fr::Isa isa : fr::usable_isas()) {
    Values widened(halves.size());
    fr::kernels_for(isa).net.widen(halves.data(), static_cast<int>(halves.size()), widened.data());
    int wrong = 0;
    for (std::size_t i = 0; i < halves.size(); ++i) {
      wrong += static_cast<double>(widened[i]) != value_of(halves[i]) || fr::to_half(widened[i]) != halves[i];
    }
    CHECK_EQ(wrong, 0);
  }
}

TEST("every usable instruction set has kernels, and one that this program was not built for is refused") {
  for (const fr::Isa isa : fr::usable_isas()) CHECK(fr::kernels_for(isa).isa == isa);
#if defined(__x86_64__)
  CHECK_THROWS(std::logic_error, "no kernels for neon", fr::kernels_for(fr::Isa::neon));
#else
  CHECK_THROWS(std::logic_error, "no kernels for avx2", fr::kernels_for(fr::Isa::avx2));
#endif
}

TEST("a float becomes the nearest half, of two equally near ones the even one, and infinity when it is too large") {
  for (std::uint16_t half = 0; half < 0x7bff; ++half) {
    const double middle = (value_of(half) + value_of(half + 1)) / 2;
    const auto exactly = static_cast<float>(middle);
    CHECK_EQ(fr::to_half(exactly), half + half % 2);
    CHECK_EQ(fr::to_half(-std::nextafter(exactly, 0.0F)), 0x8000 + half);
    CHECK_EQ(fr::to_half(std::nextafter(exactly, 1e9F)), half + 1);
  }
  CHECK_EQ(fr::to_half(65520), 0x7c00);
  CHECK_EQ(fr::to_half(std::nanf("")), 0x7c00);
}

}  // namespace

int main() { return check::run_tests(); }
