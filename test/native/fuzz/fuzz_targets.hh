// What is fuzzed: everything that reads bytes from outside. Each target takes any bytes, and must come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fuzz {

struct Target {
  const char* name;  // also of its folder of inputs, and of the archive that keeps them
  void (*run)(const std::uint8_t* data, std::size_t size);
};

/// All there are; `pipeline` and `worker` want FR_WEIGHTS_FILE, the path of the weights.
const std::vector<Target>& targets();

/// Throws std::logic_error for another name.
const Target& target(const std::string& name);

/// Ends the program where it does not hold, which is what a fuzzer calls a finding.
void require(bool holds);

/// The targets of fuzz_pipeline.cc.
void pipeline(const std::uint8_t* data, std::size_t size);
void worker(const std::uint8_t* data, std::size_t size);

}  // namespace fuzz
