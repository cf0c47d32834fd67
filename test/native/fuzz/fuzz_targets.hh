// The fuzz targets: everything that reads bytes from outside. Each takes any bytes, and must return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fuzz {

struct Target {
  const char* name;  // also that of its folder of inputs and of the archive that keeps them
  void (*run)(const std::uint8_t* data, std::size_t size);
};

/// All targets. `pipeline` and `worker` need FR_WEIGHTS_FILE (the path of the weights) and FR_PHOTOS.
const std::vector<Target>& targets();

/// The target of that name. Throws std::logic_error when there is none.
const Target& target(const std::string& name);

/// Aborts unless `holds`. A fuzzer counts that as a finding.
void require(bool holds);

/// The targets of fuzz_pipeline.cc.
void pipeline(const std::uint8_t* data, std::size_t size);
void worker(const std::uint8_t* data, std::size_t size);

}  // namespace fuzz
