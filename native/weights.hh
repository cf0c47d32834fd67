// The weights file: all that the sidecar learned from data, in one file, which is mapped and used without copying.
//
// Layout, little-endian: a head of 64 bytes (magic, format, number of sections, bytes, checksum), then for each
// section 32 bytes (name, offset, bytes), then the sections, each at a multiple of 64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "section.hh"

namespace fr {


class Weights {
 public:
  /// Maps the file and checks its head, size and checksum. Throws std::runtime_error, which names the file.
  explicit Weights(const std::string& path);
  /// The file's bytes where somebody else has read them, at a multiple of 64. They must outlive this. Throws likewise.
  explicit Weights(Section bytes);
  ~Weights();
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;

  /// Throws std::runtime_error when there is no such section.
  Section section(const std::string& name) const;

 private:
  bool lent_ = false;
  Section map_;
  std::string path_;
};

/// The checksum of all that follows the head.
std::uint64_t weights_checksum(const std::uint8_t* data, std::size_t size);

/// The bytes of a weights file with these sections: name and content.
std::vector<std::uint8_t> format_weights(const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& sections);

}  // namespace fr
