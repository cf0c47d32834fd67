// Vectors of the width of the instruction set that a kernel file is compiled for. For kernel files only.
//
// A kernel file is compiled once for each instruction set, and FR_ISA_NAME names the copy. It may not call an inline function
// of a library: the linker keeps one copy of such a function, perhaps one that only newer processors run. So kernel files use
// the compiler's own vectors, which also let one source serve every architecture, and unnamed namespaces.
// They are built with -fno-math-errno, since otherwise the compiler takes square roots one by one.
#pragma once

#include <cstddef>
#include <cstdint>

#define FR_JOIN2(a, b) a##b
#define FR_JOIN(a, b) FR_JOIN2(a, b)

#if defined(__AVX512BW__)
#define FR_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define FR_VECTOR_BYTES 32
#else
#define FR_VECTOR_BYTES 16
#endif

namespace fr {
namespace {

typedef float Floats __attribute__((vector_size(FR_VECTOR_BYTES)));
typedef float LooseFloats __attribute__((vector_size(FR_VECTOR_BYTES), aligned(4), may_alias));

constexpr int kFloats = FR_VECTOR_BYTES / 4;

inline Floats load(const float* from) { return *reinterpret_cast<const LooseFloats*>(from); }
inline void store(float* to, Floats value) { *reinterpret_cast<LooseFloats*>(to) = value; }
inline Floats smaller(Floats a, Floats b) { return a < b ? a : b; }
inline Floats larger(Floats a, Floats b) { return a > b ? a : b; }

constexpr int divide_up(int a, int b) { return (a + b - 1) / b; }
constexpr int at_most(int a, int b) { return a < b ? a : b; }

inline Floats square_root(Floats value) {
  Floats root;
  for (int i = 0; i < kFloats; ++i) root[i] = __builtin_sqrtf(value[i]);
  return root;
}

}  // namespace
}  // namespace fr
