// dlib's answers on some pictures, on their way from oracle_says to oracle_test. Only the first needs dlib, so that the second
// can also run on a processor that dlib is not built for. They go through a pipe, so that no face is left on a disk.
#pragma once

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "face.hh"
#include "image/image.hh"
#include "detect/overlap.hh"

namespace oracle {

struct Face {
  fr::ScoredBox found;
  fr::Landmarks landmarks;
  fr::Chip chip;
  fr::FaceVector vector;
};

struct Picture {
  fr::Image image;
  std::vector<std::uint8_t> gray;
  /// What dlib's HOG detector finds, left to right.
  std::vector<Face> faces;
  /// What dlib's CNN finds above the threshold, when it was asked.
  bool with_cnn = false;
  double cnn_threshold = 0;
  std::vector<fr::ScoredBox> cnn;
};

/// One end of the pipe. Throws std::runtime_error when the other end stops early.
class Channel {
 public:
  Channel(std::FILE* file, bool writing) : file_(file), writing_(writing) {}

  template <typename T>
  void pass(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    pass(&value, sizeof value);
  }
  template <typename T>
  void pass(std::vector<T>& values) {
    std::uint64_t count = values.size();
    pass(count);
    values.resize(count);
    if constexpr (std::is_trivially_copyable_v<T>) {
      pass(values.data(), count * sizeof(T));
    } else {
      for (T& value : values) pass(value);
    }
  }
  void pass(Face& face) {
    pass(face.found);
    pass(face.landmarks);
    pass(face.chip.rgb);
    pass(face.vector);
  }
  void pass(Picture& picture) {
    pass(picture.image.width);
    pass(picture.image.height);
    pass(picture.image.rgb);
    pass(picture.gray);
    pass(picture.faces);
    pass(picture.with_cnn);
    pass(picture.cnn_threshold);
    pass(picture.cnn);
  }

 private:
  void pass(void* data, std::size_t bytes) {
    const std::size_t passed = writing_ ? std::fwrite(data, 1, bytes, file_) : std::fread(data, 1, bytes, file_);
    if (passed != bytes) throw std::runtime_error("dlib's answers end early");
  }

  std::FILE* file_;
  bool writing_;
};

}  // namespace oracle
