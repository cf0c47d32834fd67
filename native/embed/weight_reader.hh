// The network's weights, one layer after the other, as float32.
#pragma once

#include <cstddef>
#include <cstdint>

#include "embed/batch.hh"
#include "kernels/net_kernels.hh"

namespace fr {

constexpr int kWinogradChannels = 128;  // the most channels of a layer that goes through NetKernels::winograd

/// Halves are widened a piece at a time, so that they stay in the cache and do not take another 22 MB.
class WeightReader {
 public:
  /// `data` are the numbers of the section "network", and must outlive this.
  WeightReader(const std::uint8_t* data, bool half, const NetKernels& kernels)
      : data_(data), half_(half), kernels_(kernels), pieces_(half ? kMostWeights + kMostBiases : 1) {}

  /// `count` numbers, `skipped` after the current place. Valid until the next call.
  const float* read(int skipped, int count) const { return read(skipped, count, 0); }
  /// The same for biases. A call of read() leaves them valid.
  const float* read_biases(int skipped, int count) const { return read(skipped, count, kMostWeights); }
  /// Moves the current place.
  void pass(int count) { at_ += count; }
  void restart() { at_ = 0; }

 private:
  static constexpr int kMostWeights = 9 * kWinogradChannels * kWinogradChannels;  // the largest layer that is read at once
  static constexpr int kMostBiases = 256;

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

}  // namespace fr
