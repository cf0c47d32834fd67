// Pixels -> histograms of gradients: the functions that every copy of cell_kernels.cc offers, one copy an instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fr {

// Felzenszwalb's HOG (PAMI 32(9), 2010) as dlib computes it: a cell of 8 x 8 pixels counts its gradients by 18
// orientations.
constexpr int kCell = 8;
constexpr int kOrientations = 18;
constexpr int kBins = 20;  // floats a cell: the 18, one more for orientation 0 (at 360 degrees), and one of padding

// A pixel votes for the four cells whose centres surround it. So a tile is a row of blocks between centres of cells.
constexpr int kTileBlocks = 8;
constexpr int kTileWidth = kTileBlocks * kCell;

/// `pixels` is the tile's top left pixel; one more pixel on each side is readable. Only pixels in [row_begin, row_end) x
/// [column_begin, column_end) vote.
struct HogTile {
  const std::uint8_t* pixels;
  std::ptrdiff_t stride;
  int row_begin, row_end;
  int column_begin, column_end;
};

struct CellKernels {
  /// Adds a tile's gradients to the cells above and below its middle: kTileBlocks + 1 cells of kBins each.
  void (*histogram)(const HogTile& tile, float* above, float* below);
};

}  // namespace fr
