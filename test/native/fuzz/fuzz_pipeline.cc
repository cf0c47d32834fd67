// The fuzz targets that need the weights: the whole flow on small pictures, and the worker's protocol.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "fuzz/fuzz_targets.hh"
#include "photos.hh"
#include "pictures/pictures.hh"
#include "pipeline.hh"
#include "image/resize.hh"
#include "worker.hh"

namespace fuzz {
namespace {

constexpr std::size_t kMaxPixels = 10'000;  // looking at so many takes milliseconds

const fr::Pipeline& the_pipeline() {
  static const fr::Pipeline one(photos::environment("FR_WEIGHTS_FILE"));
  return one;
}

fr::ImageLimits small_limits() {
  fr::ImageLimits limits;
  limits.max_pixels = kMaxPixels;
  limits.max_bytes = 1 << 16;
  return limits;
}

// The bytes as the pixels of a gray picture: this fuzzes what comes after the decoders.
pictures::File drawn(const std::uint8_t* data, std::size_t size, std::size_t width) {
  const std::size_t height = std::min(size / width, kMaxPixels / width);
  if (height == 0) return {};
  pictures::PngOptions options;
  options.colour_type = 0;
  return pictures::png(static_cast<int>(width), static_cast<int>(height), {data, data + width * height}, options);
}

// A face cut out of a photograph, with about 90 x 100 pixels. It is not part of the inputs, so that none that is kept holds
// anyone's picture.
const fr::Image& face() {
  static const fr::Image cut = [] {
    const auto paths = photos::in_folder(photos::environment("FR_PHOTOS"));
    const fr::Image photo = fr::shrunk(photos::read(paths.at(0)), 500'000);
    const fr::Box box = the_pipeline().detect(photo, fr::Search::usual).at(0).box;
    const long more = (box.right - box.left) / 8;
    const fr::Image part = fr::cut_out(photo, {box.left - more, box.top - more, box.right + more, box.bottom + more});
    return fr::shrunk(part, kMaxPixels - 1000);
  }();
  return cut;
}

// The face with the bytes scattered over it, so that it mostly stays a face.
pictures::File defaced(const std::uint8_t* data, std::size_t size) {
  fr::Image image = face();
  for (std::size_t i = 0; i < size; ++i) image.rgb[i * 997 % image.rgb.size()] = data[i];
  return pictures::png(image);
}

pictures::File file_of(const std::uint8_t* data, std::size_t size, std::size_t kind) {
  if (kind == 0) return {data, data + size};
  return kind == 255 ? defaced(data, size) : drawn(data, size, kind);
}

struct Stream {
  std::FILE* file;
  explicit Stream(std::FILE* opened) : file(opened) { require(file != nullptr); }
  ~Stream() { std::fclose(file); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
};

// Every answer is a known status, its number of bytes, perhaps that of its notes, and so many bytes.
void require_answers(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    require(end != std::string::npos && end - at >= 3 && text[at] >= '0' && text[at] <= '3' && text[at + 1] == ' ');
    std::size_t of_text = 0, of_notes = 0;
    const std::string sizes = text.substr(at + 2, end - at - 2);
    require(std::sscanf(sizes.c_str(), "%zu %zu", &of_text, &of_notes) >= 1);
    const std::size_t bytes = of_text + of_notes;
    require(of_text > 0 && bytes <= text.size() - end - 1);
    at = end + 1 + bytes;
  }
}

}  // namespace

// The first byte chooses the request. The second says what the rest is: a file (0), bytes to scatter over a face (255), or
// the pixels of a picture with so many columns.
void pipeline(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return;
  fr::Request request;
  request.augment = (data[0] & 1) != 0;
  request.probe = !request.augment && (data[0] & 2) != 0;
  request.thorough = (data[0] & 4) != 0;
  request.face = data[0] >> 6;
  const pictures::File file = file_of(data + 2, size - 2, data[1]);
  try {
    const std::string csv = the_pipeline().describe(file, small_limits(), request);
    require(!csv.empty() && csv.back() == '\n');
  } catch (const fr::UnusablePicture& reason) {
    require(std::strlen(reason.what()) > 0);
  }
}

void worker(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  char* text = nullptr;
  std::size_t length = 0;
  {
    const Stream out(open_memstream(&text, &length));
    const Stream in(fmemopen(const_cast<std::uint8_t*>(data), size, "rb"));
    try {
      fr::serve(the_pipeline(), small_limits(), in.file, out.file);
    } catch (const std::runtime_error& reason) {  // the input is not in the worker's form
      require(std::strlen(reason.what()) > 0);
    }
  }
  const std::string answers(text, length);
  std::free(text);
  require_answers(answers);
}

}  // namespace fuzz
