// dlib's HOG filters as the bytes of the weights file's section, for the tests of HOG.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "build_model/hog_extract.hh"

/// The section "detector" as fr-build-weights writes it.
inline const std::vector<std::uint8_t>& hog_blob() {
  static const std::vector<std::uint8_t> bytes = fr::extract_hog_filters();
  return bytes;
}

/// A copy of such bytes at an aligned address, as in the mapped weights file.
struct Aligned {
  std::vector<double> words;
  explicit Aligned(const std::vector<std::uint8_t>& bytes) : words(bytes.size() / sizeof(double) + 1) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(words.data()));
  }
};
