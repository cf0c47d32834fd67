// Real photographs for the native tests, from the folders that the environment names.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "image/image.hh"
#include "image/resize.hh"

namespace photos {

/// A variable that ctest sets. Throws std::runtime_error when it is missing.
inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: run this test with ctest");
  return value;
}

/// The paths of all JPEGs below a folder, sorted.
inline std::vector<std::filesystem::path> in_folder(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".jpg") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// About `count` photographs, spread evenly over a folder.
inline std::vector<std::filesystem::path> sample_of(const std::string& folder, std::size_t count) {
  std::vector<std::filesystem::path> sample;
  const std::vector<std::filesystem::path> paths = in_folder(folder);
  for (std::size_t i = 0; i < paths.size(); i += paths.size() / count + 1) sample.push_back(paths[i]);
  return sample;
}

inline fr::Image read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  return fr::decode_image(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), fr::ImageLimits());
}

/// More photographs to compare with dlib than those of FR_PHOTOS in their usual sizes: about `count` research photographs of
/// FR_FACES. These are not part of the project; without them, those of FR_PHOTOS again, with at most `pixels` pixels. Only
/// one under sanitizers.
inline std::vector<fr::Image> more(std::size_t count, std::size_t pixels) {
  const char* faces = std::getenv("FR_FACES");
  if (faces == nullptr) std::printf("  FR_FACES is not set: using the photographs of FR_PHOTOS in another size\n");
  std::vector<std::filesystem::path> paths = sample_of(faces != nullptr ? faces : environment("FR_PHOTOS"), count);
#if defined(FR_SANITIZED)
  paths.erase(paths.begin(), paths.end() - 1);
#endif
  std::vector<fr::Image> images;
  for (const auto& path : paths) images.push_back(faces != nullptr ? read(path) : fr::shrunk(read(path), pixels));
  return images;
}

}  // namespace photos
