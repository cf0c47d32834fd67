// The fuzz targets that need no weights, and the list of all.
#include "fuzz/fuzz_targets.hh"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "detect/hog.hh"
#include "image/image_formats.hh"
#include "align/landmarks.hh"
#include "weights.hh"

namespace fuzz {

void require(bool holds) {
  if (!holds) std::abort();
}

namespace {

/// Decodes only what has the format's signature, as decode_image does.
template <fr::Format Wanted>
void decode(const std::uint8_t* data, std::size_t size) {
  fr::ImageLimits limits;
  limits.max_pixels = 100'000;  // keeps a corrupted size from costing seconds
  try {
    if (size == 0 || fr::sniff_format({data, size}) != Wanted) return;
    const fr::Image image = fr::decode_image(data, size, limits);
    require(image.rgb.size() == static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
  } catch (const fr::UnusablePicture& reason) {
    require(std::strlen(reason.what()) > 0);
  }
}

std::size_t big_endian(const std::uint8_t* at) {
  return std::size_t{at[0]} << 24 | std::size_t{at[1]} << 16 | std::size_t{at[2]} << 8 | at[3];
}

// Corrects the checksum of every chunk first, since libpng stops at the first wrong one. A chunk that claims more bytes than
// there are becomes the last and ends with the file.
void repaired_png(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length, type and checksum
  std::vector<std::uint8_t> file(data, data + size);
  for (std::size_t at = kSignature; at + kAround <= size;) {
    const std::size_t room = size - at - kAround;
    std::size_t length = big_endian(&file[at]);
    if (length > room) {
      length = room;
      for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
    }
    const auto checksum = static_cast<std::uint32_t>(crc32(0, &file[at + 4], static_cast<uInt>(length + 4)));
    for (std::size_t i = 0; i < 4; ++i) file[at + 8 + length + i] = static_cast<std::uint8_t>(checksum >> (24 - 8 * i));
    at += kAround + length;
  }
  decode<fr::Format::png>(file.data(), file.size());
}

void sniff(const std::uint8_t* data, std::size_t size) {
  try {
    fr::sniff_format({data, size});
  } catch (const fr::UnusablePicture& reason) {
    require(std::strlen(reason.what()) > 0);
  }
}

void exif(const std::uint8_t* data, std::size_t size) {
  const int orientation = fr::exif_orientation({data, size});
  require(orientation >= 1 && orientation <= 8);
}

void use(const fr::Weights& weights) {
  const std::vector<std::uint8_t> gray(40 * 30, 90);
  fr::LandmarkPredictor(weights).predict({gray.data(), 40, 30}, {5, 5, 30, 28});
  const fr::Section detector = weights.section("detector");
  fr::view_hog_filters(detector.data, detector.size);
}

void open_weights(const std::vector<std::uint8_t>& bytes) {
  const int file = memfd_create("weights", 0);
  require(file >= 0 && write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  try {
    use(fr::Weights("/proc/self/fd/" + std::to_string(file)));
  } catch (const std::runtime_error& reason) {
    require(std::strlen(reason.what()) > 0);
  }
  close(file);
}

// The bytes as a file, as a file with the right size and checksum, and as the sections of a valid file.
void weights(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHead = 64, kSizeAt = 16, kChecksumAt = 24;
  std::vector<std::uint8_t> file(data, data + size);
  open_weights(file);
  if (size >= kHead) {
    const std::uint64_t checksum = fr::weights_checksum(data + kHead, size - kHead);
    std::memcpy(&file[kSizeAt], &size, sizeof size);
    std::memcpy(&file[kChecksumAt], &checksum, sizeof checksum);
    open_weights(file);
  }
  const std::size_t split = size > 0 ? data[0] * size / 256 : 0;
  open_weights(fr::format_weights({{"landmarks", {data, data + split}}, {"detector", {data + split, data + size}}}));
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> all{{"jpeg", decode<fr::Format::jpeg>},
                                       {"png", decode<fr::Format::png>},
                                       {"png_repaired", repaired_png},
                                       {"webp", decode<fr::Format::webp>},
                                       {"gif", decode<fr::Format::gif>},
                                       {"exif", exif},
                                       {"sniff", sniff},
                                       {"weights", weights},
                                       {"pipeline", pipeline},
                                       {"worker", worker}};
  return all;
}

const Target& target(const std::string& name) {
  for (const Target& one : targets()) {
    if (name == one.name) return one;
  }
  throw std::logic_error("there is no fuzz target " + name);
}

}  // namespace fuzz
