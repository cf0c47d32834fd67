// WebP -> pixels through libwebp: lossy, lossless, with alpha, and the first frame of an animation.
#include <memory>
#include <new>
#include <utility>

#include <webp/decode.h>
#include <webp/demux.h>

#include "image/image_formats.hh"

namespace fr {
namespace {

constexpr std::size_t kRiffHeader = 12;

struct DemuxerDeleter {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using Demuxer = std::unique_ptr<WebPDemuxer, DemuxerDeleter>;

/// A frame's place and bytes. The bytes are the file's own.
class FirstFrame : public WebPIterator {
 public:
  explicit FirstFrame(const WebPDemuxer* demuxer) : WebPIterator{} {
    if (WebPDemuxGetFrame(demuxer, 1, this) == 0) {
      throw UnusablePicture("the WebP is damaged: it holds no picture");
    }
  }
  ~FirstFrame() { WebPDemuxReleaseIterator(this); }
  FirstFrame(const FirstFrame&) = delete;
  FirstFrame& operator=(const FirstFrame&) = delete;
};

[[noreturn]] void ends_early() {
  throw UnusablePicture("the WebP ends early: part of the file is missing");
}

/// Compares the length that the container states. The demuxer cannot tell a file that ends early from a damaged one.
void check_length(Bytes file) {
  const std::uint8_t* size = file.data + 4;
  const std::size_t claimed = std::size_t{size[0]} | std::size_t{size[1]} << 8 | std::size_t{size[2]} << 16 |
                              std::size_t{size[3]} << 24;
  if (file.size <= kRiffHeader || claimed + 8 > file.size) {
    ends_early();
  }
}

/// Decodes straight into the frame's place on the canvas.
void decode_frame(const FirstFrame& frame, Image& canvas, std::size_t channels) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) {
    throw UnusablePicture("WebP pictures cannot be read: libwebp is of another version than its headers");
  }
  const std::size_t stride = static_cast<std::size_t>(canvas.width) * channels;
  const std::size_t start = static_cast<std::size_t>(frame.y_offset) * stride +
                            static_cast<std::size_t>(frame.x_offset) * channels;
  config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = canvas.rgb.data() + start;
  config.output.u.RGBA.stride = static_cast<int>(stride);
  config.output.u.RGBA.size = canvas.rgb.size() - start;
  switch (WebPDecode(frame.fragment.bytes, frame.fragment.size, &config)) {
    case VP8_STATUS_OK:
      return;
    case VP8_STATUS_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      ends_early();
    default:
      throw UnusablePicture("the WebP is damaged: its picture data does not decode");
  }
}

int orientation_of(const WebPDemuxer* demuxer) {
  WebPChunkIterator chunk{};
  int orientation = 1;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0) {
    orientation = exif_orientation({chunk.chunk.bytes, chunk.chunk.size});
  }
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

Image decode_webp(Bytes file, const ImageLimits& limits) {
  check_length(file);
  const WebPData data{file.data, file.size};
  const Demuxer demuxer(WebPDemux(&data));
  if (demuxer == nullptr) {
    throw UnusablePicture("the WebP is damaged: its parts do not fit together");
  }
  const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  limits.deadline.check();
  check_size(width, height, limits);

  const FirstFrame frame(demuxer.get());
  const std::uint64_t right = std::uint64_t(frame.x_offset) + std::uint64_t(frame.width);
  const std::uint64_t bottom = std::uint64_t(frame.y_offset) + std::uint64_t(frame.height);
  if (frame.x_offset < 0 || frame.y_offset < 0 || right > width || bottom > height) {
    throw UnusablePicture("the WebP is damaged: its first frame lies outside the picture");
  }
  const bool fills = std::uint32_t(frame.width) == width && std::uint32_t(frame.height) == height;
  const bool alpha = frame.has_alpha != 0 || !fills;
  Image canvas = blank_image(width, height, alpha ? 4 : 3);
  decode_frame(frame, canvas, alpha ? 4 : 3);
  if (alpha) {
    lay_over_white(canvas);
  }
  return upright(std::move(canvas), orientation_of(demuxer.get()));
}

}  // namespace fr
