// GIF -> pixels through giflib: only the first frame, over white. Later frames are not decoded.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <gif_lib.h>

#include "image/image_formats.hh"

namespace fr {
namespace {

struct Source {
  Bytes file;
  std::size_t position;
};

struct GifDeleter {
  void operator()(GifFileType* gif) const {
    int ignored = 0;
    DGifCloseFile(gif, &ignored);
  }
};
using Gif = std::unique_ptr<GifFileType, GifDeleter>;

using Colour = std::array<std::uint8_t, 3>;
using Palette = std::array<Colour, 256>;

int read_bytes(GifFileType* gif, GifByteType* to, int wanted) {
  Source& source = *static_cast<Source*>(gif->UserData);
  const std::size_t size = std::min(static_cast<std::size_t>(wanted), source.file.size - source.position);
  std::memcpy(to, source.file.data + source.position, size);
  source.position += size;
  return static_cast<int>(size);
}

[[noreturn]] void raise(int error) {
  if (error == D_GIF_ERR_NOT_ENOUGH_MEM) {
    throw std::bad_alloc();
  }
  if (error == D_GIF_ERR_READ_FAILED || error == D_GIF_ERR_EOF_TOO_SOON || error == D_GIF_ERR_NO_SCRN_DSCR) {
    throw UnusablePicture("the GIF ends early: part of the file is missing");
  }
  const char* detail = GifErrorString(error);
  throw UnusablePicture(std::string("the GIF is damaged (") + (detail == nullptr ? "unknown error" : detail) + ")");
}

void check(GifFileType* gif, int result) {
  if (result == GIF_ERROR) {
    raise(gif->Error);
  }
}

/// Skips one extension. Keeps the transparent colour index when it is a graphics control block.
void read_extension(GifFileType* gif, int& transparent) {
  int code = 0;
  GifByteType* block = nullptr;
  check(gif, DGifGetExtension(gif, &code, &block));
  GraphicsControlBlock control{};
  if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
      DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
    transparent = control.TransparentColor;
  }
  while (block != nullptr) {
    check(gif, DGifGetExtensionNext(gif, &block));
  }
}

/// Reads up to and including the first frame's description; returns the transparent index, or NO_TRANSPARENT_COLOR.
int find_first_frame(GifFileType* gif) {
  int transparent = NO_TRANSPARENT_COLOR;
  for (;;) {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    check(gif, DGifGetRecordType(gif, &record));
    if (record == IMAGE_DESC_RECORD_TYPE) {
      check(gif, DGifGetImageDesc(gif));
      return transparent;
    }
    if (record == EXTENSION_RECORD_TYPE) {
      read_extension(gif, transparent);
    } else {
      throw UnusablePicture("the GIF holds no picture");
    }
  }
}

/// Unknown and transparent indices become white, like the canvas, so that drawing them needs no special case.
Palette palette_of(const GifFileType* gif, int transparent) {
  const ColorMapObject* map = gif->Image.ColorMap != nullptr ? gif->Image.ColorMap : gif->SColorMap;
  if (map == nullptr) {
    throw UnusablePicture("the GIF is damaged: it has no palette");
  }
  Palette palette;
  palette.fill({255, 255, 255});
  const int count = std::min(map->ColorCount, 256);
  for (int i = 0; i < count; ++i) {
    if (i != transparent) {
      const GifColorType& colour = map->Colors[i];
      palette[static_cast<std::size_t>(i)] = {colour.Red, colour.Green, colour.Blue};
    }
  }
  return palette;
}

/// Reads the frame's next row and draws the part of it that is on the canvas.
void draw_row(GifFileType* gif, int y, const Palette& palette, std::vector<GifPixelType>& row, Image& canvas) {
  const GifImageDesc& frame = gif->Image;
  check(gif, DGifGetLine(gif, row.data(), frame.Width));
  if (frame.Top + y >= canvas.height || frame.Left >= canvas.width) {
    return;
  }
  const int visible = std::min(frame.Width, canvas.width - frame.Left);
  std::uint8_t* to = canvas.rgb.data() + (std::ptrdiff_t{frame.Top + y} * canvas.width + frame.Left) * 3;
  for (int x = 0; x < visible; ++x, to += 3) {
    std::memcpy(to, palette[row[static_cast<std::size_t>(x)]].data(), 3);
  }
}

void draw_frame(GifFileType* gif, const Palette& palette, const Deadline& deadline, Image& canvas) {
  struct Pass {
    int first, step;
  };
  // An interlaced frame stores every eighth row first, and the rows between in three more passes.
  static constexpr std::array<Pass, 4> kInterlaced{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
  std::vector<GifPixelType> row(static_cast<std::size_t>(gif->Image.Width));
  if (!gif->Image.Interlace) {
    for (int y = 0; y < gif->Image.Height; ++y) {
      deadline.check();
      draw_row(gif, y, palette, row, canvas);
    }
    return;
  }
  for (const Pass& pass : kInterlaced) {
    for (int y = pass.first; y < gif->Image.Height; y += pass.step) {
      deadline.check();
      draw_row(gif, y, palette, row, canvas);
    }
  }
}

}  // namespace

Image decode_gif(Bytes file, const ImageLimits& limits) {
  Source source{file, 0};
  int error = 0;
  const Gif gif(DGifOpen(&source, read_bytes, &error));
  if (gif == nullptr) {
    raise(error);
  }
  const auto pixels_fit = [&](int width, int height) {
    check_size(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height), limits);
  };
  pixels_fit(gif->SWidth, gif->SHeight);
  const int transparent = find_first_frame(gif.get());
  // A frame may be larger than the canvas, and we have to unpack all of it.
  pixels_fit(gif->Image.Width, gif->Image.Height);
  const Palette palette = palette_of(gif.get(), transparent);
  Image canvas = blank_image(gif->SWidth, gif->SHeight, 3);
  std::fill(canvas.rgb.begin(), canvas.rgb.end(), std::uint8_t{255});
  draw_frame(gif.get(), palette, limits.deadline, canvas);
  return canvas;
}

}  // namespace fr
