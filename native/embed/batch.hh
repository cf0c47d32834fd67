// The pictures of several faces between two layers of the network.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace fr {

/// Uninitialised floats at a multiple of 64 bytes, so that no vector straddles two cache lines.
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

/// One picture a face, of `side` x `side` pixels in a border of zeros, channels last.
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
  /// Floats from one row to the next.
  int row() const { return (side_ + 2) * channels_; }
  int channels() const { return channels_; }
  /// The border's top left pixel.
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
    // The right border of a row and the left border of the next lie together.
    for (int y = 1; y < side_; ++y) std::fill_n(picture + (y + 1) * row() - channels_, 2 * channels_, 0.0F);
    std::fill_n(picture + (side_ + 1) * row() - channels_, row() + channels_, 0.0F);
  }

  int side_;
  int channels_;
  std::vector<Buffer> pictures_;
};

}  // namespace fr
