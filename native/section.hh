// Bytes that somebody else owns: a part of the weights, or all of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fr {

struct Section {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

}  // namespace fr
