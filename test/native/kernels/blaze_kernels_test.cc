// BlazeFace's kernels, held against the definition on every instruction set of this processor.
#include <cmath>
#include <random>
#include <vector>

#include "check.hh"
#include "kernels/kernels.hh"

namespace {

using Values = std::vector<float>;

Values random_values(int count, std::mt19937& random) {
  Values values(static_cast<std::size_t>(count));
  std::uniform_real_distribution<float> any(-1, 1);
  for (float& value : values) value = any(random);
  return values;
}

float at(const Values& values, int index) { return values[static_cast<std::size_t>(index)]; }

int padded(int channels) { return (channels + fr::kBlazeBlock - 1) / fr::kBlazeBlock * fr::kBlazeBlock; }

/// A convolution of two rows, with a residual of fewer channels than outputs, or none.
struct Shape {
  int rows, run, step, outputs, pixels, residual_channels;
  bool rectified;
};

/// Rows of `channels` numbers, padded with zeros.
Values random_rows(int rows, int channels, std::mt19937& random) {
  Values values;
  for (int row = 0; row < rows; ++row) {
    const Values some = random_values(channels, random);
    values.insert(values.end(), some.begin(), some.end());
    values.resize(values.size() + static_cast<std::size_t>(padded(channels) - channels));
  }
  return values;
}

void check_convolution(const Shape& s, fr::Isa isa, std::mt19937& random) {
  const int read = s.pixels + fr::kBlazeMostAtOnce;
  const int out_step = std::max(padded(s.outputs), 2 * fr::kBlazeBlock), residual_step = padded(s.residual_channels);
  const Values in = random_values(s.rows * (read * s.step + s.run), random);
  Values weights, bias = random_rows(1, s.outputs, random);
  for (int row = 0; row < s.rows * s.run; ++row) {
    const Values some = random_rows(1, s.outputs, random);
    weights.insert(weights.end(), some.begin(), some.end());
    weights.resize(static_cast<std::size_t>((row + 1) * out_step));
  }
  bias.resize(static_cast<std::size_t>(out_step));
  const Values residual = random_rows(read, s.residual_channels, random);
  std::vector<const float*> rows;
  for (int r = 0; r < s.rows; ++r) rows.push_back(in.data() + r * (read * s.step + s.run));
  Values out(static_cast<std::size_t>(read * out_step), 99.0F);
  fr::kernels_for(isa).blaze.convolve({rows.data(), s.rows, s.run, s.step, weights.data(), bias.data(),
                                       s.residual_channels > 0 ? residual.data() : nullptr, s.residual_channels, residual_step,
                                       out.data(), s.outputs, out_step, s.pixels, s.rectified});
  float worst = 0;
  for (int x = 0; x < s.pixels; ++x) {
    for (int k = 0; k < s.outputs; ++k) {
      double sum = at(bias, k);
      for (int r = 0; r < s.rows; ++r) {
        for (int i = 0; i < s.run; ++i) {
          sum += static_cast<double>(rows[static_cast<std::size_t>(r)][x * s.step + i]) * at(weights, (r * s.run + i) * out_step + k);
        }
      }
      if (k < s.residual_channels) sum += at(residual, x * residual_step + k);
      if (s.rectified && sum < 0) sum = 0;
      worst = std::max(worst, std::abs(static_cast<float>(sum) - at(out, x * out_step + k)));
    }
  }
  if (!(worst < 1e-4F)) check::fail(__FILE__, __LINE__, "a convolution is off by " + std::to_string(worst) + " on " + fr::name_of(isa));
}

TEST("a convolution is the sum that it is defined by, with bias, residual and rectifier") {
  const Shape shapes[] = {
      {5, 15, 6, 24, 64, 0, true},    // the first one
      {1, 24, 32, 24, 95, 24, true},  // as many channels as before
      {1, 28, 32, 36, 31, 28, true},  // more
      {1, 72, 80, 80, 1, 72, true},   {1, 96, 96, 96, 71, 96, true},
      {1, 88, 96, 2, 7, 0, false},    // the scores of a head
      {1, 96, 96, 102, 1, 0, false},  // scores and boxes
  };
  for (const fr::Isa isa : fr::usable_isas()) {
    std::mt19937 random(1);
    for (const Shape& shape : shapes) check_convolution(shape, isa, random);
  }
}

TEST("a depthwise convolution is the sum that it is defined by, at both strides") {
  for (const fr::Isa isa : fr::usable_isas()) {
    std::mt19937 random(2);
    for (const int stride : {1, 2}) {
      for (const int channels : {24, 36, 96}) {
        const int width = 9, step = padded(channels), row = (width * stride + 3) * step;
        const Values in = random_values(3 * row, random);
        const Values weights = random_values(9 * step, random);
        const Values bias = random_values(step, random);
        Values out(static_cast<std::size_t>(width * step));
        fr::kernels_for(isa).blaze.depthwise(
            {{in.data(), in.data() + row, in.data() + 2 * row}, weights.data(), bias.data(), out.data(), channels, step, stride,
             width});
        float worst = 0;
        for (int i = 0; i < width * channels; ++i) {
          const int x = i / channels, c = i % channels;
          double sum = at(bias, c);
          for (int tap = 0; tap < 9; ++tap) {
            sum += static_cast<double>(at(in, tap / 3 * row + (x * stride + tap % 3) * step + c)) * at(weights, tap * step + c);
          }
          worst = std::max(worst, std::abs(static_cast<float>(sum) - at(out, x * step + c)));
        }
        CHECK(worst < 1e-5F);
      }
    }
  }
}

}  // namespace

int main() { return check::run_tests(); }
