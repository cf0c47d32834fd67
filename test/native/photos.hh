// Real photographs for the native tests: those in the folders that the environment names.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "image.hh"

namespace photos {

/// Throws where a variable is missing that ctest sets.
inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: run this test with ctest");
  return value;
}

/// Every JPEG below a folder, by name.
inline std::vector<std::filesystem::path> in_folder(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".jpg") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

inline fr::Image read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  return fr::decode_image(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), fr::ImageLimits());
}

}  // namespace photos
