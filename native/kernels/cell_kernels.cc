// Pixels -> histograms of gradients. Compiled once for each instruction set; see simd.hh.
#include "kernels/cell_kernels.hh"

#include "kernels/simd.hh"

#if defined(__AVX2__)
#include <immintrin.h>  // allowed, since its functions are always inlined: see simd.hh
#endif

namespace fr {
namespace {

typedef float Four __attribute__((vector_size(16)));

// The shares of a pixel's vote that go to the cells above left, below left, above right and below right of it.
struct Shares {
  alignas(16) float at[kCell][kCell][4] = {};
  constexpr Shares() {
    for (int y = 0; y < kCell; ++y) {
      for (int x = 0; x < kCell; ++x) {
        const float down = (static_cast<float>(y) + 0.5f) / kCell;
        const float right = (static_cast<float>(x) + 0.5f) / kCell;
        for (int k = 0; k < 4; ++k) at[y][x][k] = (k % 2 != 0 ? down : 1 - down) * (k / 2 != 0 ? right : 1 - right);
      }
    }
  }
};
constexpr Shares kShares;

// The votes of a tile's pixels: of the 18 directions, 20 degrees apart, the one nearest to the gradient (18 may stand for
// 0), and the gradient's length.
//
// dlib takes the direction with the largest of 18 inner products. We compare slopes: 3/17, 41/71, 87/73 and 11/4 are the
// smallest slopes of gradients of 8-bit pixels above the bisectors of neighbouring directions, and no gradient lies on a
// bisector. So the result is dlib's for every gradient (hog_parts_test tries them all), and products fit 16 bits.
struct Votes {
  alignas(64) std::uint8_t bin[kCell][kTileWidth];  // times kBinScale
  alignas(64) float size[kCell][kTileWidth];        // at size_place(column)
};
constexpr int kBinScale = 8;

#if defined(__AVX2__)
constexpr int kVotesAtOnce = 32;

// The place of a pixel's length, after the unpacking below.
constexpr int size_place(int column) {
  const int in = column % kVotesAtOnce;
  return column - in + (in % 16 / 4) * 8 + in / 16 * 4 + in % 4;
}

inline __m256i below_slope(__m256i y_and_x, int y_times, int x_times) {  // -1 where it is below
  const __m256i times = _mm256_set1_epi16(static_cast<short>((-x_times * 256) | y_times));
  return _mm256_srai_epi16(_mm256_maddubs_epi16(y_and_x, times), 15);
}

inline __m256i slopes_below(__m256i y_and_x) {
  return _mm256_add_epi16(_mm256_add_epi16(below_slope(y_and_x, 17, 3), below_slope(y_and_x, 71, 41)),
                          _mm256_add_epi16(below_slope(y_and_x, 73, 87), below_slope(y_and_x, 4, 11)));
}

inline void store_sizes(__m256i y_and_x, float* size) {
  const __m256 squares = _mm256_cvtepi32_ps(_mm256_madd_epi16(y_and_x, y_and_x));
  _mm256_store_ps(size, _mm256_sqrt_ps(squares));
}

inline void cast_votes(const std::uint8_t* pixels, std::ptrdiff_t stride, std::uint8_t* bin, float* size) {
  const auto at = [&](std::ptrdiff_t offset) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pixels + offset));
  };
  const __m256i zero = _mm256_setzero_si256();
  const __m256i left = _mm256_subs_epu8(at(-1), at(1));
  const __m256i up = _mm256_subs_epu8(at(-stride), at(stride));
  const __m256i x = _mm256_or_si256(left, _mm256_subs_epu8(at(1), at(-1)));
  const __m256i y = _mm256_or_si256(up, _mm256_subs_epu8(at(stride), at(-stride)));
  const __m256i low = _mm256_unpacklo_epi8(y, x);
  const __m256i high = _mm256_unpackhi_epi8(y, x);
  const __m256i turn = _mm256_add_epi8(_mm256_packs_epi16(slopes_below(low), slopes_below(high)), _mm256_set1_epi8(4));
  const __m256i level_or_down = _mm256_cmpeq_epi8(up, zero);
  const __m256i straight_up = _mm256_and_si256(_mm256_cmpeq_epi8(x, zero), up);
  const __m256i ahead = _mm256_cmpeq_epi8(_mm256_or_si256(left, straight_up), zero);
  const __m256i from_ahead = _mm256_andnot_si256(level_or_down, _mm256_set1_epi8(18));
  const __m256i base = _mm256_blendv_epi8(_mm256_set1_epi8(9), from_ahead, ahead);
  const __m256i other_way = _mm256_xor_si256(ahead, level_or_down);
  const __m256i bins = _mm256_add_epi8(base, _mm256_sub_epi8(_mm256_xor_si256(turn, other_way), other_way));
  _mm256_store_si256(reinterpret_cast<__m256i*>(bin), _mm256_slli_epi16(bins, 3));
  store_sizes(_mm256_unpacklo_epi8(low, zero), size);
  store_sizes(_mm256_unpackhi_epi8(low, zero), size + 8);
  store_sizes(_mm256_unpacklo_epi8(high, zero), size + 16);
  store_sizes(_mm256_unpackhi_epi8(high, zero), size + 24);
}
#else
typedef std::int32_t Ints __attribute__((vector_size(FR_VECTOR_BYTES)));
typedef std::int16_t Shorts __attribute__((vector_size(FR_VECTOR_BYTES)));
typedef std::int16_t HalfShorts __attribute__((vector_size(FR_VECTOR_BYTES / 2)));
typedef std::uint8_t LooseBytes __attribute__((vector_size(FR_VECTOR_BYTES / 2), aligned(1), may_alias));

constexpr int kVotesAtOnce = FR_VECTOR_BYTES / 2;

constexpr int size_place(int column) { return column; }

inline Shorts load_bytes(const std::uint8_t* from) {
  return __builtin_convertvector(*reinterpret_cast<const LooseBytes*>(from), Shorts);
}

inline Shorts nearest_direction(Shorts x, Shorts y) {
  const Shorts up = y < 0;
  const Shorts across = y < 0 ? -y : y;
  const Shorts along = x < 0 ? -x : x;
  const Shorts turn = -((across * 17 >= along * 3) + (across * 71 >= along * 41) + (across * 73 >= along * 87) +
                        (across * 4 >= along * 11));
  const Shorts back = x + up < 0;  // to the left, or straight up
  const Shorts base = (back & 9) | (~back & up & 18);
  return base + (back == up ? turn : -turn);
}

inline void store_sizes(HalfShorts x, HalfShorts y, float* size) {
  const Floats fx = __builtin_convertvector(__builtin_convertvector(x, Ints), Floats);
  const Floats fy = __builtin_convertvector(__builtin_convertvector(y, Ints), Floats);
  *reinterpret_cast<Floats*>(size) = square_root(fx * fx + fy * fy);
}

union Halves {
  Shorts whole;
  HalfShorts part[2];
};

inline void cast_votes(const std::uint8_t* pixels, std::ptrdiff_t stride, std::uint8_t* bin, float* size) {
  const Halves x{load_bytes(pixels + 1) - load_bytes(pixels - 1)};
  const Halves y{load_bytes(pixels + stride) - load_bytes(pixels - stride)};
  const Shorts direction = nearest_direction(x.whole, y.whole);
  *reinterpret_cast<LooseBytes*>(bin) = __builtin_convertvector(direction * kBinScale, LooseBytes);
  store_sizes(x.part[0], y.part[0], size);
  store_sizes(x.part[1], y.part[1], size + kFloats);
}
#endif

// Four orientations' votes for four cells -> each cell's four orientations.
inline void add_to_cells(const Four* votes, float* above, float* below) {
  const Four low01 = __builtin_shufflevector(votes[0], votes[1], 0, 4, 1, 5);
  const Four low23 = __builtin_shufflevector(votes[2], votes[3], 0, 4, 1, 5);
  const Four high01 = __builtin_shufflevector(votes[0], votes[1], 2, 6, 3, 7);
  const Four high23 = __builtin_shufflevector(votes[2], votes[3], 2, 6, 3, 7);
  *reinterpret_cast<Four*>(above) += __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  *reinterpret_cast<Four*>(below) += __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  *reinterpret_cast<Four*>(above + kBins) += __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  *reinterpret_cast<Four*>(below + kBins) += __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

template <int kBlocks>
void count_votes(const Votes& votes, int row_begin, int row_end, float* above, float* below) {
  Four sums[kBlocks][kBins];
  for (int block = 0; block < kBlocks; ++block) {
#pragma GCC unroll 32
    for (int bin = 0; bin < kBins; ++bin) sums[block][bin] = Four{};
  }
  for (int row = row_begin; row < row_end; ++row) {
#pragma GCC unroll 8
    for (int column = 0; column < kCell; ++column) {
      const Four shares = *reinterpret_cast<const Four*>(kShares.at[row][column]);
      // One block after the other: reading a sum right after writing it would stall the processor.
#pragma GCC unroll 8
      for (int block = 0; block < kBlocks; ++block) {
        const int at = block * kCell + column;
        auto* sum = reinterpret_cast<char*>(sums[block]) + std::size_t{votes.bin[row][at]} * (sizeof(Four) / kBinScale);
        *reinterpret_cast<Four*>(sum) += shares * votes.size[row][size_place(at)];
      }
    }
  }
  for (int block = 0; block < kBlocks; ++block) {
    for (int bin = 0; bin < kBins; bin += 4) {
      add_to_cells(sums[block] + bin, above + block * kBins + bin, below + block * kBins + bin);
    }
  }
}

void histogram(const HogTile& tile, float* above, float* below) {
  Votes votes;
  const bool half = tile.column_end <= kTileWidth / 2;
  const int width = half ? kTileWidth / 2 : kTileWidth;
  for (int row = tile.row_begin; row < tile.row_end; ++row) {
    const std::uint8_t* pixels = tile.pixels + row * tile.stride;
    for (int i = 0; i < width; i += kVotesAtOnce) {
      cast_votes(pixels + i, tile.stride, votes.bin[row] + i, votes.size[row] + i);
    }
    for (int i = 0; i < tile.column_begin; ++i) votes.size[row][size_place(i)] = 0;
    for (int i = tile.column_end; i < width; ++i) votes.size[row][size_place(i)] = 0;
  }
  const auto count = half ? count_votes<kTileBlocks / 2> : count_votes<kTileBlocks>;
  count(votes, tile.row_begin, tile.row_end, above, below);
}

}  // namespace

extern const CellKernels FR_JOIN(cell_kernels_, FR_ISA_NAME);
const CellKernels FR_JOIN(cell_kernels_, FR_ISA_NAME) = {histogram};

}  // namespace fr
