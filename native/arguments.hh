// The sidecar's options: its command line, and the same options in a worker's request line.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "image/image.hh"
#include "pipeline.hh"

namespace fr {

/// The parsed command line. An empty `path` means standard input.
struct Arguments {
  bool worker = false;
  std::string path;
  std::string weights_path;
  ImageLimits limits;
  Request request;
};

/// A worker's parsed request line.
struct PictureRequest {
  std::size_t bytes = 0;
  std::uint32_t width = 0;  // 0: the bytes are a file
  std::uint32_t height = 0;
  Request request;
};

/// A word is wrong; `what()` says which.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `[--worker] [--augment | --probe] [--face N | --box L,T,R,B] [--thorough] [--max-pixels N] [--max-bytes N] [--timeout-ms N] [--weights FILE]
/// [PICTURE]`. Throws UsageError.
Arguments parse_arguments(const std::vector<std::string>& words);

/// `BYTES [--pixels WIDTHxHEIGHT] [--augment | --probe] [--face N | --box L,T,R,B] [--thorough]`. Throws UsageError.
PictureRequest parse_request(const std::string& line);

/// The reason that is given for a picture above the limit of bytes.
std::string too_many_bytes(const ImageLimits& limits);

}  // namespace fr
