// The table of all kernels of all instruction sets that this program was built for.
#include "kernels/kernels.hh"

#include <stdexcept>

namespace fr {

extern const Kernels kernels_portable;
#if defined(__x86_64__)
extern const Kernels kernels_avx2, kernels_avx512;
#elif defined(__aarch64__)
extern const Kernels kernels_neon;
#endif

namespace {

const Kernels* const kBuilt[] = {
    &kernels_portable,
#if defined(__x86_64__)
    &kernels_avx2, &kernels_avx512,
#elif defined(__aarch64__)
    &kernels_neon,
#endif
};

}  // namespace

const Kernels& kernels_for(Isa isa) {
  for (const Kernels* kernels : kBuilt) {
    if (kernels->isa == isa) return *kernels;
  }
  throw std::logic_error("this program has no kernels for " + name_of(isa));
}

}  // namespace fr
