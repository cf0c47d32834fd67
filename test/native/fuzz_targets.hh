// What is fuzzed: everything that reads bytes from outside. Each target takes any bytes, and must come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fuzz {

struct Target {
  const char* name;  // also of its folder of inputs
  void (*run)(const std::uint8_t* data, std::size_t size);
};

/// jpeg, png, webp, gif, exif, sniff, model.
const std::vector<Target>& targets();

/// Throws std::logic_error for another name.
const Target& target(const std::string& name);

}  // namespace fuzz
