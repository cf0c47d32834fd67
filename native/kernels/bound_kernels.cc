// Features -> scores in 8 bits. Compiled once for each instruction set; see simd.hh.
#include "kernels/bound_kernels.hh"

#include "kernels/simd.hh"

#if defined(__AVX2__)
#include <immintrin.h>  // allowed, since its functions are always inlined: see simd.hh
#endif

namespace fr {
namespace {

#if defined(__AVX2__)
constexpr int kTapsAtOnce = kTaps / 2;  // their sums fit the registers

inline __m256i load_bytes(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
inline void store_bytes(void* to, __m256i value) { _mm256_storeu_si256(static_cast<__m256i*>(to), value); }

void to_bytes(const float* features, int count, float scale, std::uint8_t* bytes) {
  constexpr int kAtOnce = 32;
  const __m256 scales = _mm256_set1_ps(scale);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);  // packs work in halves of a vector
  for (int i = 0; i < count; i += kAtOnce) {
    const auto eight = [&](int at) { return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(features + i + at), scales)); };
    const __m256i packed = _mm256_packs_epi16(_mm256_packs_epi32(eight(0), eight(8)), _mm256_packs_epi32(eight(16), eight(24)));
    store_bytes(bytes + i, _mm256_permutevar8x32_epi32(packed, order));
  }
}

// Pairs of bytes that begin at every place of the block: even places in the lower half, odd ones in the upper half.
inline __m256i pairs_at(const std::uint8_t* from) {
  const auto half = [](const std::uint8_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  return _mm256_inserti128_si256(_mm256_castsi128_si256(half(from)), half(from + 1), 1);
}

// Two taps a product.
void filter_rows(const BoundPlan& plan, const std::uint8_t* row, std::size_t plane_step, std::int16_t* filtered) {
  const std::int32_t* taps = plan.row_taps;
  const std::int32_t* place = plan.place;
  const std::int32_t* end = place;
  for (int plane = 0; plane < kPlanes; ++plane, row += plane_step) {
    __m256i cells[kTapPairs];
#pragma GCC unroll 8
    for (int tap = 0; tap < kTapPairs; ++tap) cells[tap] = pairs_at(row + 2 * tap);
    for (end += plan.in_plane[plane]; place != end; ++place, taps += kTapPairs) {
      __m256i sum = _mm256_maddubs_epi16(cells[0], _mm256_set1_epi32(taps[0]));
#pragma GCC unroll 8
      for (int tap = 1; tap < kTapPairs; ++tap) {
        sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(cells[tap], _mm256_set1_epi32(taps[tap])));
      }
      store_bytes(filtered + *place * kScoreBlock, sum);
    }
  }
}

inline void add_to(std::int32_t* scores, __m256i sum) { store_bytes(scores, _mm256_add_epi32(load_bytes(scores), sum)); }

inline void add_product(__m256i& sum, __m256i numbers, __m256i taps) {
  sum = _mm256_add_epi32(sum, _mm256_madd_epi16(numbers, taps));
  __asm__ volatile("" : "+x"(sum));  // otherwise GCC multiplies all before it adds, and runs out of registers
}

// Two column filters a product.
void filter_columns(const std::int32_t* taps, const std::int16_t* filtered, int filters, std::int32_t* const* scores,
                    std::size_t offset) {
  __m256i low[kTapsAtOnce] = {}, high[kTapsAtOnce] = {};
  for (int f = 0; f < filters; f += 2, taps += kTaps) {
    const __m256i first = load_bytes(filtered + f * kScoreBlock);
    const __m256i second = load_bytes(filtered + (f + 1) * kScoreBlock);
    const __m256i lower = _mm256_unpacklo_epi16(first, second);
    const __m256i upper = _mm256_unpackhi_epi16(first, second);
#pragma GCC unroll 8
    for (int tap = 0; tap < kTapsAtOnce; ++tap) {
      const __m256i both = _mm256_set1_epi32(taps[tap]);
      add_product(low[tap], lower, both);
      add_product(high[tap], upper, both);
    }
  }
#pragma GCC unroll 8
  for (int tap = 0; tap < kTapsAtOnce; ++tap) {
    add_to(scores[tap] + offset, low[tap]);
    add_to(scores[tap] + offset + kScoreBlock / 2, high[tap]);
  }
}

void filter(const BoundPlan& plan, const BoundRow& row) {
  for (int x = 0; x < row.cells; x += kScoreBlock) {
    filter_rows(plan, row.features + x, row.plane_step, row.filtered);
    for (int d = 0; d < plan.detectors; ++d) {
      const std::int32_t first = plan.first_of[d];
      const std::int32_t* taps = plan.column_taps + first / 2 * kTaps;
      const std::size_t offset = static_cast<std::size_t>(d) * row.detector_step + static_cast<std::size_t>(x);
      for (int tap = 0; tap < kTaps; tap += kTapsAtOnce) {
        filter_columns(taps + tap, row.filtered + first * kScoreBlock, plan.first_of[d + 1] - first, row.scores + tap, offset);
      }
    }
  }
}

bool any(const std::int32_t* scores, int count, std::int32_t least) {
  __m256i most = load_bytes(scores);
  for (int i = 8; i < count; i += 8) most = _mm256_max_epi32(most, load_bytes(scores + i));
  const __m256i limit = _mm256_set1_epi32(least);
  const __m256i reach = _mm256_cmpeq_epi32(_mm256_max_epi32(most, limit), most);
  return _mm256_movemask_epi8(reach) != 0;
}

constexpr BoundKernels kKernels = {true, to_bytes, filter, any};
#else
constexpr BoundKernels kKernels = {};
#endif

}  // namespace

extern const BoundKernels FR_JOIN(bound_kernels_, FR_ISA_NAME);
const BoundKernels FR_JOIN(bound_kernels_, FR_ISA_NAME) = kKernels;

}  // namespace fr
