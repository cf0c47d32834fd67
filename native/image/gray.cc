// Gray pictures. We keep the order of dlib's operations, because what its detector finds depends on the rounding.
#include "image/gray.hh"

#include <algorithm>
#include <cmath>

#include "rounded.hh"
#include "threads.hh"

namespace fr {
namespace {

// Where a column of the resized picture comes from. dlib calculates the first columns in floats, four at a time, each four
// from those before, and rounds the pixels. It calculates the rest in doubles, and cuts the fractions off.
struct Column {
  int left = 0;
  float right_weight = 0;
};

struct Columns {
  std::vector<Column> all;
  std::size_t rounded = 0;  // the first so many are rounded, the others cut off
};

Columns columns_of(int in, int out) {
  constexpr int kAtOnce = 4;
  Columns columns;
  columns.all.resize(static_cast<std::size_t>(out));
  const double scale = (in - 1) / static_cast<double>(std::max(out - 1, 1));
  float x[kAtOnce];
  for (int k = 0; k < kAtOnce; ++k) x[k] = static_cast<float>(-4 * scale + rounded(k * scale));
  int c = 0;
  for (; c < out; c += kAtOnce) {
    for (float& value : x) value += static_cast<float>(4 * scale);
    if (static_cast<int>(x[kAtOnce - 1]) + 1 >= in) break;
    for (int k = 0; k < kAtOnce && c + k < out; ++k) {
      const int left = static_cast<int>(x[k]);
      columns.all[static_cast<std::size_t>(c + k)] = {left, x[k] - static_cast<float>(left)};
    }
  }
  columns.rounded = static_cast<std::size_t>(std::min(c, out));
  double exact = -scale + rounded(c * scale);
  for (; c < out; ++c) {
    exact += scale;
    const int left = static_cast<int>(std::floor(exact));
    columns.all[static_cast<std::size_t>(c)] = {left, static_cast<float>(exact - left)};
  }
  return columns;
}

// The whole steps from the left whose pixels all lie inside the row.
std::vector<ResizeStep> steps_of(const Columns& columns, int in) {
  std::vector<ResizeStep> steps;
  if (in <= kResizeReach) return steps;
  for (std::size_t c = 0; c + kResizeStep <= columns.rounded; c += kResizeStep) {
    ResizeStep step{};
    step.first = std::min(columns.all[c].left, in - kResizeReach - 1);
    for (std::size_t k = 0; k < kResizeStep; ++k) {
      const int left = columns.all[c + k].left - step.first;
      if (left >= kResizeReach) return steps;
      step.left[k] = static_cast<std::uint8_t>(left);
      step.right[k] = columns.all[c + k].right_weight;
    }
    steps.push_back(step);
  }
  return steps;
}

// For the columns after the last whole step.
std::uint8_t rounded_pixel(const Column& column, const ResizeRows& rows) {
  const float right = column.right_weight;
  const float left = 1 - right;
  float sum = rounded(rounded(rows.top_weight * left) * static_cast<float>(rows.top[column.left]));
  sum += rounded(rounded(rows.top_weight * right) * static_cast<float>(rows.top[column.left + 1]));
  sum += rounded(rounded(rows.bottom_weight * left) * static_cast<float>(rows.bottom[column.left]));
  sum += rounded(rounded(rows.bottom_weight * right) * static_cast<float>(rows.bottom[column.left + 1]));
  return static_cast<std::uint8_t>(static_cast<double>(sum) + 0.5);
}

std::uint8_t cut_pixel(const Column& column, int last, const ResizeRows& rows, double bottom_weight) {
  const float right = column.right_weight;
  const auto beside = static_cast<std::size_t>(std::min(column.left + 1, last));
  const auto between = [&](const std::uint8_t* row) {
    const float from_left = (1 - right) * static_cast<float>(row[column.left]);
    return rounded(from_left) + rounded(right * static_cast<float>(row[beside]));
  };
  const double sum = rounded((1 - bottom_weight) * static_cast<double>(between(rows.top))) +
                     rounded(bottom_weight * static_cast<double>(between(rows.bottom)));
  return static_cast<std::uint8_t>(std::clamp(static_cast<float>(sum), 0.0f, 255.0f));
}

}  // namespace

void resize_gray(const GrayKernels& kernels, const std::uint8_t* in, int in_width, int in_height, GrayImage& out) {
  const auto width = static_cast<std::size_t>(out.width);
  out.pixels.resize(width * static_cast<std::size_t>(out.height));
  if (out.pixels.empty() || in_width <= 0 || in_height <= 0) return;
  const Columns columns = columns_of(in_width, out.width);
  const std::vector<ResizeStep> steps = steps_of(columns, in_width);
  const double scale = (in_height - 1) / static_cast<double>(std::max(out.height - 1, 1));
  double y = -scale;
  for (int r = 0; r < out.height; ++r) {
    y += scale;
    const int top = static_cast<int>(std::floor(y));
    const int bottom = std::min(top + 1, in_height - 1);
    const double down = y - top;
    const ResizeRows rows{in + static_cast<std::ptrdiff_t>(top) * in_width,
                          in + static_cast<std::ptrdiff_t>(bottom) * in_width, static_cast<float>(1 - down),
                          static_cast<float>(down)};
    std::uint8_t* row = out.pixels.data() + static_cast<std::size_t>(r) * width;
    kernels.resize(steps.data(), steps.size(), rows, row);
    std::size_t c = steps.size() * kResizeStep;
    for (; c < columns.rounded; ++c) row[c] = rounded_pixel(columns.all[c], rows);
    for (; c < width; ++c) row[c] = cut_pixel(columns.all[c], in_width - 1, rows, down);
  }
}

GrayImage to_gray(const Image& image, Isa isa, std::size_t threads) {
  constexpr std::size_t kSharedPixels = 2'000'000;  // take a millisecond
  GrayImage gray{image.width, image.height, {}};
  gray.pixels.resize(image.rgb.size() / 3);
  share(gray.pixels.size(), gray.pixels.size() < kSharedPixels ? 1 : threads, [&](std::size_t from, std::size_t to) {
    kernels_for(isa).gray.gray(image.rgb.data() + 3 * from, to - from, gray.pixels.data() + from);
  });
  return gray;
}

}  // namespace fr
