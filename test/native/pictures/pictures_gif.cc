// Makes test GIFs, frame by frame.
#include "pictures/pictures.hh"

#include <utility>

#include <gif_lib.h>

namespace pictures {
namespace {

ColorMapObject* colour_map(const std::vector<std::uint8_t>& palette) {
  if (palette.empty()) {
    return nullptr;
  }
  std::vector<GifColorType> colours;
  for (std::size_t i = 0; i < palette.size(); i += 3) {
    colours.push_back({palette[i], palette[i + 1], palette[i + 2]});
  }
  return GifMakeMapObject(static_cast<int>(colours.size()), colours.data());
}

void put_gif_frame(GifFileType* gif, const GifFrame& frame) {
  if (frame.transparent >= 0) {
    const GraphicsControlBlock control{DISPOSAL_UNSPECIFIED, false, 0, frame.transparent};
    GifByteType block[4] = {};
    EGifGCBToExtension(&control, block);
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, block);
  }
  ColorMapObject* map = colour_map(frame.palette);
  EGifPutImageDesc(gif, frame.left, frame.top, frame.width, frame.height, frame.interlaced, map);
  GifFreeMapObject(map);
  std::vector<std::uint8_t> indices = frame.indices;
  const std::vector<std::pair<int, int>> passes = frame.interlaced
                                                      ? std::vector<std::pair<int, int>>{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
                                                      : std::vector<std::pair<int, int>>{{0, 1}};
  for (const auto& [first, step] : passes) {
    for (int y = first; y < frame.height; y += step) {
      require(EGifPutLine(gif, indices.data() + std::ptrdiff_t{y} * frame.width, frame.width) == GIF_OK, "GIF row");
    }
  }
}

int append_gif(GifFileType* gif, const GifByteType* data, int size) {
  File& file = *static_cast<File*>(gif->UserData);
  file.insert(file.end(), data, data + size);
  return size;
}

}  // namespace

File gif(int width, int height, const std::vector<std::uint8_t>& palette, const std::vector<GifFrame>& frames) {
  File file;
  int error = 0;
  GifFileType* gif = EGifOpen(&file, append_gif, &error);
  require(gif != nullptr, "GIF");
  EGifSetGifVersion(gif, true);
  ColorMapObject* map = colour_map(palette);
  EGifPutScreenDesc(gif, width, height, 8, 0, map);
  GifFreeMapObject(map);
  for (const GifFrame& frame : frames) {
    put_gif_frame(gif, frame);
  }
  EGifCloseFile(gif, &error);
  return file;
}

}  // namespace pictures
