// What dlib says of some pictures, on its way from oracle_says, which has dlib, to oracle_test, which may run on a
// processor that dlib was not built for. Little-endian, through a pipe: nothing of a face is left on a disk.
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
  /// Of the gray picture at twice the size; empty where dlib was not asked.
  std::vector<std::uint8_t> twice;
  /// What HOG finds, left to right.
  std::vector<Face> faces;
  /// What the CNN finds above the threshold, where it was asked.
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
    pass(picture.twice);
    pass(picture.faces);
    pass(picture.with_cnn);
    pass(picture.cnn_threshold);
    pass(picture.cnn);
  }

 private:
  void pass(void* data, std::size_t bytes) {
    const std::size_t passed = writing_ ? std::fwrite(data, 1, bytes, file_) : std::fread(data, 1, bytes, file_);
    if (passed != bytes) throw std::runtime_error("what dlib says ends early");
  }

  std::FILE* file_;
  bool writing_;
};

}  // namespace oracle
