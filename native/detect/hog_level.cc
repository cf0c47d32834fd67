// Scans one size of the picture by rows of cells: pixels -> cells -> features, which go to the scores.
#include "detect/hog_level.hh"

#include <algorithm>
#include <cstring>

namespace fr {
namespace {

// Rows that are read together must not be a power of two apart, or they compete for the same part of the cache.
std::size_t padded(int cells) {
  const auto lanes = static_cast<std::size_t>((cells + kLane - 1) / kLane + 2);
  return (lanes | 1) * kLane;
}

std::size_t index(int value) { return static_cast<std::size_t>(value); }

class LevelScan {
 public:
  LevelScan(const HogScan& scan, const std::uint8_t* pixels, int width, int height, int level, std::vector<HogHit>* hits);
  void run(const Deadline& deadline);

 private:
  void vote(int block_row);
  void vote_in_tile(int tile, int block_row, HogTile votes);
  void finish_cells(int row);

  const Kernels& kernels_;
  const std::uint8_t* pixels_;
  const int width_;

  const int cells_x_, cells_y_;        // half a cell of pixels counts as a cell
  const int columns_, rows_;           // of features: all cells but the outermost
  const int visible_x_, visible_y_;    // pixels below these vote, from 1
  const int tiles_;
  const std::size_t cell_step_;
  std::vector<float> above_, below_;   // rows of cells that still collect votes, from cell -1
  std::vector<float> planes_, energy_;
  std::unique_ptr<HogScores> scores_;
};

LevelScan::LevelScan(const HogScan& scan, const std::uint8_t* pixels, int width, int height, int level, std::vector<HogHit>* hits)
    : kernels_(scan.kernels), pixels_(pixels), width_(width),
      cells_x_((width + kCell / 2) / kCell), cells_y_((height + kCell / 2) / kCell),
      columns_(cells_x_ - 2), rows_(cells_y_ - 2), visible_x_(std::min(cells_x_ * kCell, width) - 1),
      visible_y_(std::min(cells_y_ * kCell, height) - 1), tiles_(cells_x_ / kTileBlocks + 1), cell_step_(padded(cells_x_)) {
  if (columns_ <= 0 || rows_ <= 0) return;
  above_.resize(index(tiles_ * kTileBlocks + 1) * kBins);
  below_.resize(above_.size());
  planes_.resize(2 * kOrientations * cell_step_);
  energy_.resize(3 * cell_step_);
  scores_ = scores_of(scan, columns_, rows_, level, hits);
}

void LevelScan::run(const Deadline& deadline) {
  if (columns_ <= 0 || rows_ <= 0) return;
  for (int block_row = 0; block_row <= cells_y_; ++block_row) {
    deadline.check();
    std::fill(below_.begin(), below_.end(), 0.0f);
    vote(block_row);
    if (block_row > 0) finish_cells(block_row - 1);
    above_.swap(below_);
  }
}

void LevelScan::vote(int block_row) {
  const int y = block_row * kCell - kCell / 2;
  HogTile votes{};
  votes.row_begin = std::max(0, 1 - y);
  votes.row_end = std::min(kCell, visible_y_ - y);
  if (votes.row_begin >= votes.row_end) return;
  for (int tile = 0; tile < tiles_; ++tile) vote_in_tile(tile, y, votes);
}

void LevelScan::vote_in_tile(int tile, int y, HogTile votes) {
  constexpr int kPatchWidth = kTileWidth + 2;
  std::uint8_t patch[kCell + 2][kPatchWidth];
  const int x = tile * kTileWidth - kCell / 2;
  votes.column_begin = std::max(0, 1 - x);
  votes.column_end = std::min(kTileWidth, visible_x_ - x);
  if (votes.column_begin >= votes.column_end) return;
  if (x > 0 && x + kTileWidth < width_) {
    votes.stride = width_;
    votes.pixels = pixels_ + static_cast<std::ptrdiff_t>(y) * width_ + x;
  } else {  // the kernel reads whole tiles, one pixel beyond each side
    std::memset(patch, 0, sizeof patch);
    const int begin = std::max(0, x - 1);
    const int end = std::min(width_, x + kTileWidth + 1);
    for (int row = votes.row_begin - 1; row <= votes.row_end; ++row) {
      const std::uint8_t* from = pixels_ + static_cast<std::ptrdiff_t>(y + row) * width_ + begin;
      std::memcpy(patch[row + 1] + (begin - (x - 1)), from, index(end - begin));
    }
    votes.stride = kPatchWidth;
    votes.pixels = patch[1] + 1;
  }
  const std::size_t first = index(tile * kTileBlocks) * kBins;
  kernels_.cell.histogram(votes, &above_[first], &below_[first]);
}

void LevelScan::finish_cells(int row) {
  const auto planes = [&](int of) { return &planes_[index(of % 2) * kOrientations * cell_step_]; };
  const auto energy = [&](int of) { return &energy_[index(of % 3) * cell_step_]; };
  kernels_.hog.planar(&above_[kBins], index(cells_x_), planes(row), cell_step_, energy(row));
  if (row < 2) return;
  const float* const around[3] = {energy(row - 2), energy(row - 1), energy(row)};
  float* features = scores_->features();
  const std::size_t step = scores_->plane_step();
  kernels_.hog.features(planes(row - 1), cell_step_, around, columns_, features, step);
  for (std::size_t plane = 0; plane < kPlanes; ++plane) {
    float* end = features + plane * step + columns_;
    std::fill(end, end + kLane, 0.0f);  // what was written too many
  }
  scores_->add_row();
}

}  // namespace

void scan_level(const HogScan& scan, const std::uint8_t* pixels, int width, int height, int level, const Deadline& deadline,
                std::vector<HogHit>* hits) {
  LevelScan(scan, pixels, width, height, level, hits).run(deadline);
}

}  // namespace fr
