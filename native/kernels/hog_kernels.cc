// Histograms -> features -> scores. Compiled once for each instruction set; see simd.hh.
#include "kernels/hog_kernels.hh"

#include "kernels/simd.hh"

namespace fr {
namespace {

// The filters' step is chosen so that their sums fit the registers: 32 with AVX-512, else 16.
#if defined(__AVX512BW__)
constexpr int kVectors = 1;
constexpr int kTapsAtOnce = 10;
#else
constexpr int kVectors = 2;
constexpr int kTapsAtOnce = 5;
#endif

void planar(const float* cells, std::size_t count, float* planes, std::size_t plane_step, float* energy) {
  for (std::size_t i = 0; i < count; ++i) {
    const float* cell = cells + i * kBins;
    planes[i] = cell[0] + cell[kOrientations];
    for (std::size_t bin = 1; bin < kOrientations; ++bin) planes[bin * plane_step + i] = cell[bin];
  }
  const std::size_t opposite = kOrientations / 2 * plane_step;
  for (std::size_t i = 0; i < count; i += kFloats) {
    Floats sum = {};
    for (std::size_t bin = 0; bin < kOrientations / 2; ++bin) {
      const float* plane = planes + bin * plane_step + i;
      const Floats both = load(plane) + load(plane + opposite);
      sum += both * both;
    }
    store(energy + i, sum);
  }
}

// A cell lies in four squares of 2 x 2 cells. The energy of each square limits and scales the cell's orientations.
struct Squares {
  Floats limit[4];
  Floats scale[4];
};

inline Squares squares_around(const float* const energy[3], int i) {
  Floats pair[3][2];
  for (int row = 0; row < 3; ++row) {
    const Floats middle = load(energy[row] + i + 1);
    pair[row][0] = load(energy[row] + i) + middle;
    pair[row][1] = middle + load(energy[row] + i + 2);
  }
  const Floats sums[4] = {pair[1][1] + pair[2][1], pair[0][1] + pair[1][1], pair[1][0] + pair[2][0],
                          pair[0][0] + pair[1][0]};
  Squares squares;
  for (int k = 0; k < 4; ++k) {
    squares.limit[k] = 0.2f * square_root(sums[k] + 0.0001f);
    squares.scale[k] = 0.1f / squares.limit[k];
  }
  return squares;
}

void features(const float* planes, std::size_t plane_step, const float* const energy[3], int count, float* features,
              std::size_t feature_step) {
  const float* middle = planes + 1;
  for (int i = 0; i < count; i += kFloats) {
    const Squares squares = squares_around(energy, i);
    Floats texture[4] = {};
    for (std::size_t bin = 0; bin < kOrientations; ++bin) {
      const Floats votes = load(middle + bin * plane_step + i);
      Floats sum = {};
      for (int k = 0; k < 4; ++k) {
        const Floats part = smaller(votes, squares.limit[k]) * squares.scale[k];
        texture[k] += part;
        sum += part;
      }
      store(features + bin * feature_step + i, sum);
    }
    for (std::size_t bin = 0; bin < kOrientations / 2; ++bin) {
      const float* plane = middle + bin * plane_step + i;
      const Floats votes = load(plane) + load(plane + kOrientations / 2 * plane_step);
      Floats sum = {};
      for (int k = 0; k < 4; ++k) sum += smaller(votes, squares.limit[k]) * squares.scale[k];
      store(features + (kOrientations + bin) * feature_step + i, sum);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      store(features + (kOrientations + kOrientations / 2 + k) * feature_step + i, texture[k] * 0.4714f);
    }
  }
}

template <int kPairs>
void filter_rows(const float* row, const float* taps, const std::int32_t* place, float* filtered) {
  Floats sums[kPairs][kVectors] = {};
  for (int tap = 0; tap < kTaps; ++tap) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const Floats cells = load(row + tap + v * kFloats);
#pragma GCC unroll 16
      for (int p = 0; p < kPairs; ++p) sums[p][v] += cells * taps[tap * kPairs + p];
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < kPairs; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) store(filtered + (place[p] * kVectors + v) * kFloats, sums[p][v]);
  }
}

using FilterRows = void (*)(const float* row, const float* taps, const std::int32_t* place, float* filtered);

constexpr FilterRows kFilterRows[] = {
    filter_rows<1>, filter_rows<2>, filter_rows<3>, filter_rows<4>, filter_rows<5>,
#if defined(__AVX512BW__)
    filter_rows<6>, filter_rows<7>, filter_rows<8>, filter_rows<9>, filter_rows<10>, filter_rows<11>, filter_rows<12>,
#endif
};
constexpr int kMostRows = sizeof kFilterRows / sizeof *kFilterRows;

inline void filter_columns(const float* taps, const float* filtered, int pairs, float* const* scores,
                           std::size_t offset) {
  Floats sums[kTapsAtOnce][kVectors] = {};
  for (int p = 0; p < pairs; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const Floats cells = load(filtered + (p * kVectors + v) * kFloats);
#pragma GCC unroll 16
      for (int tap = 0; tap < kTapsAtOnce; ++tap) sums[tap][v] += cells * taps[p * kTaps + tap];
    }
  }
#pragma GCC unroll 16
  for (int tap = 0; tap < kTapsAtOnce; ++tap) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      float* score = scores[tap] + offset + v * kFloats;
      store(score, load(score) + sums[tap][v]);
    }
  }
}

void filter(const HogPlan& plan, const HogRow& row) {
  constexpr int kStep = kVectors * kFloats;
  for (int x = 0; x < row.cells; x += kStep) {
    for (int g = 0; g < plan.groups; ++g) {
      const HogGroup& group = plan.group[g];
      kFilterRows[group.pairs - 1](row.features + static_cast<std::size_t>(group.plane) * row.plane_step + x,
                                   plan.row_taps + group.first * kTaps, plan.place + group.first, row.filtered);
    }
    for (int d = 0; d < plan.detectors; ++d) {
      const int first = plan.first_of[d];
      const int pairs = plan.first_of[d + 1] - first;
      const std::size_t offset = static_cast<std::size_t>(d) * row.detector_step + static_cast<std::size_t>(x);
      for (int tap = 0; tap < kTaps; tap += kTapsAtOnce) {
        const float* taps = plan.column_taps + first * kTaps + tap;
        filter_columns(taps, row.filtered + first * kStep, pairs, row.scores + tap, offset);
      }
    }
  }
}

void rescore(const HogPlan& plan, int detector, const float* const rows[kTaps], std::size_t plane_step, float* scores) {
  constexpr int kParts = kScoreBlock / kFloats;
  Floats total[kParts] = {};
  for (int m = 0; m < kTaps; ++m) {
    if (rows[m] == nullptr) continue;
    Floats sums[kParts] = {};
    for (int p = plan.first_of[detector]; p < plan.first_of[detector + 1]; ++p) {
      const float* row = rows[m] + static_cast<std::size_t>(plan.plane[p]) * plane_step;
      Floats filtered[kParts] = {};
      for (int tap = 0; tap < kTaps; ++tap) {
#pragma GCC unroll 8
        for (int i = 0; i < kParts; ++i) filtered[i] += load(row + tap + i * kFloats) * plan.taps_in_row[p * kTaps + tap];
      }
#pragma GCC unroll 8
      for (int i = 0; i < kParts; ++i) sums[i] += filtered[i] * plan.column_taps[p * kTaps + m];
    }
    for (int i = 0; i < kParts; ++i) total[i] = total[i] + sums[i];
  }
  for (int i = 0; i < kParts; ++i) store(scores + i * kFloats, total[i]);
}

bool any(const float* scores, int count, float threshold) {
  int found = 0;
  for (int i = 0; i < count; ++i) found |= scores[i] >= threshold;
  return found != 0;
}

}  // namespace

extern const HogKernels FR_JOIN(hog_kernels_, FR_ISA_NAME);
const HogKernels FR_JOIN(hog_kernels_, FR_ISA_NAME) = {kMostRows, planar, features, filter, rescore, any};

}  // namespace fr
