// Colour -> gray, and gray at other sizes. Compiled once for each instruction set; see simd.hh.
#include "kernels/gray_kernels.hh"

#include "kernels/simd.hh"

#if defined(__AVX2__)
#include <immintrin.h>  // allowed, since its functions are always inlined: see simd.hh
#elif defined(__aarch64__)
#include <arm_neon.h>  // likewise
#endif

// A step's eight columns in one vector, or in two.
#if defined(__AVX2__)
#define FR_LANES 8
#else
#define FR_LANES 4
#endif

namespace fr {
namespace {

typedef float Lanes __attribute__((vector_size(4 * FR_LANES)));
typedef float LooseLanes __attribute__((vector_size(4 * FR_LANES), aligned(4), may_alias));
typedef std::int32_t Ints __attribute__((vector_size(4 * FR_LANES)));
typedef std::uint8_t FewBytes __attribute__((vector_size(FR_LANES)));
typedef std::uint8_t LooseFewBytes __attribute__((vector_size(FR_LANES), aligned(1), may_alias));
typedef std::uint8_t Bytes __attribute__((vector_size(16)));
typedef std::uint8_t LooseBytes __attribute__((vector_size(16), aligned(1), may_alias));

// dlib rounds a product before it adds it. This keeps the compiler from fusing the two operations.
inline Lanes rounded(Lanes product) {
#if defined(__x86_64__)
  __asm__("" : "+x"(product));
#elif defined(__aarch64__)
  __asm__("" : "+w"(product));
#endif
  return product;
}

// The bytes at `places`; only the first kResizeStep matter. The compilers have no common builtin for places that are known
// only at run time.
inline Bytes bytes_at(const std::uint8_t* from, Bytes places) {
  const Bytes bytes = *reinterpret_cast<const LooseBytes*>(from);
#if defined(__AVX2__)
  return reinterpret_cast<Bytes>(_mm_shuffle_epi8(reinterpret_cast<__m128i>(bytes), reinterpret_cast<__m128i>(places)));
#elif defined(__aarch64__)
  return reinterpret_cast<Bytes>(vqtbl1q_u8(reinterpret_cast<uint8x16_t>(bytes), reinterpret_cast<uint8x16_t>(places)));
#else
  Bytes picked{};
  for (int i = 0; i < kResizeStep; ++i) picked[i] = bytes[places[i]];
  return picked;
#endif
}

// The pixels to the left and to the right of kResizeStep columns, in the first bytes.
struct Neighbours {
  Bytes left;
  Bytes right;
};

inline Neighbours neighbours(const std::uint8_t* row, const ResizeStep& step) {
  const Bytes places = *reinterpret_cast<const LooseBytes*>(step.left);
  const std::uint8_t* from = row + step.first;
  return {bytes_at(from, places), bytes_at(from + 1, places)};
}

template <int kFirst>
inline Lanes pixels(Bytes bytes) {
#if FR_LANES == 8
  // One intrinsic for both conversions, since GCC compiles two into moves of single bytes.
  return __builtin_convertvector(reinterpret_cast<Ints>(_mm256_cvtepu8_epi32(reinterpret_cast<__m128i>(bytes))), Lanes);
#else
  const FewBytes few = __builtin_shufflevector(bytes, bytes, kFirst, kFirst + 1, kFirst + 2, kFirst + 3);
  return __builtin_convertvector(__builtin_convertvector(few, Ints), Lanes);
#endif
}

// The lowest byte of each number.
inline FewBytes lowest_bytes(Ints numbers) {
#if FR_LANES == 8
  // Not by __builtin_shufflevector, which GCC compiles into moves of single bytes here.
  const __m256i bytes = reinterpret_cast<__m256i>(numbers);
  const __m128i lowest = _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const Bytes all = reinterpret_cast<Bytes>(
      _mm_unpacklo_epi32(_mm_shuffle_epi8(_mm256_castsi256_si128(bytes), lowest),
                         _mm_shuffle_epi8(_mm256_extracti128_si256(bytes, 1), lowest)));
  return __builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7);
#else
  const Bytes all = reinterpret_cast<Bytes>(numbers);
  return __builtin_shufflevector(all, all, 0, 4, 8, 12);
#endif
}

template <int kFirst>
inline void mix(const Neighbours& top, const Neighbours& bottom, const ResizeStep& step, const ResizeRows& rows,
                std::uint8_t* out) {
  const Lanes right = *reinterpret_cast<const LooseLanes*>(step.right + kFirst);
  const Lanes left = 1 - right;
  // In dlib's order, so that each sum is rounded like dlib's.
  Lanes sum = rounded(rows.top_weight * left * pixels<kFirst>(top.left)) +
               rounded(rows.top_weight * right * pixels<kFirst>(top.right));
  sum += rounded(rows.bottom_weight * left * pixels<kFirst>(bottom.left));
  sum += rounded(rows.bottom_weight * right * pixels<kFirst>(bottom.right));
  // Rounds halves up. Adding 0.5 would also take the float just below one half to 1.
  const Ints whole = __builtin_convertvector(sum, Ints);
  const Ints up = sum - __builtin_convertvector(whole, Lanes) >= 0.5f;
  *reinterpret_cast<LooseFewBytes*>(out + kFirst) = lowest_bytes(whole - up);
}

void resize(const ResizeStep* step, std::size_t steps, const ResizeRows& rows, std::uint8_t* out) {
  for (std::size_t s = 0; s < steps; ++s, ++step, out += kResizeStep) {
    const Neighbours top = neighbours(rows.top, *step);
    const Neighbours bottom = neighbours(rows.bottom, *step);
    mix<0>(top, bottom, *step, rows, out);
#if FR_LANES == 4
    mix<4>(top, bottom, *step, rows, out);
#endif
  }
}

#if defined(__AVX2__)
// Sums of eight pixels' colours. Reads 28 bytes.
inline __m128i sums_of_eight(const std::uint8_t* rgb) {
  const auto four = [](const std::uint8_t* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); };
  const __m128i two_colours = _mm_setr_epi8(0, 1, 3, 4, 6, 7, 9, 10, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m128i third = _mm_setr_epi8(2, -1, 5, -1, 8, -1, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m128i first = four(rgb), second = four(rgb + 12);
  const __m128i pairs = _mm_unpacklo_epi64(_mm_shuffle_epi8(first, two_colours), _mm_shuffle_epi8(second, two_colours));
  const __m128i rest = _mm_unpacklo_epi64(_mm_shuffle_epi8(first, third), _mm_shuffle_epi8(second, third));
  return _mm_add_epi16(_mm_maddubs_epi16(pairs, _mm_set1_epi8(1)), rest);
}
#endif

void gray(const std::uint8_t* rgb, std::size_t count, std::uint8_t* gray) {
  std::size_t i = 0;
#if defined(__AVX2__)
  const auto thirds = [](__m128i sums) { return _mm_srli_epi16(_mm_mulhi_epu16(sums, _mm_set1_epi16(static_cast<short>(43691))), 1); };
  for (; i + 18 <= count; i += 16) {
    const __m128i sixteen = _mm_packus_epi16(thirds(sums_of_eight(rgb + 3 * i)), thirds(sums_of_eight(rgb + 3 * i + 24)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(gray + i), sixteen);
  }
#endif
  for (; i < count; ++i) {
    const unsigned sum = static_cast<unsigned>(rgb[3 * i]) + rgb[3 * i + 1] + rgb[3 * i + 2];
    gray[i] = static_cast<std::uint8_t>(sum * 43691 >> 17);  // a third, for every sum below 98,304
  }
}

}  // namespace

extern const GrayKernels FR_JOIN(gray_kernels_, FR_ISA_NAME);
const GrayKernels FR_JOIN(gray_kernels_, FR_ISA_NAME) = {gray, resize};

}  // namespace fr
