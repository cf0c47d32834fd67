// Asks the processor which instruction sets it has.
#include "kernels/isa.hh"

#include <cstdlib>
#include <stdexcept>

namespace fr {

std::vector<Isa> usable_isas() {
  std::vector<Isa> usable{Isa::portable};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) usable.push_back(Isa::avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    usable.push_back(Isa::avx512);
  }
#elif defined(__aarch64__)
  usable.push_back(Isa::neon);  // part of the architecture
#endif
  return usable;
}

std::string name_of(Isa isa) {
  switch (isa) {
    case Isa::portable: return "portable";
    case Isa::neon: return "neon";
    case Isa::avx2: return "avx2";
    case Isa::avx512: return "avx512";
  }
  return "";
}

Isa chosen_isa() {
  const std::vector<Isa> usable = usable_isas();
  const char* wanted = std::getenv("FR_ISA");
  if (wanted == nullptr) return usable.back();
  std::string names;
  for (const Isa isa : usable) {
    if (name_of(isa) == wanted) return isa;
    names += ' ' + name_of(isa);
  }
  throw std::runtime_error("FR_ISA=" + std::string(wanted) + " is not usable on this processor: choose one of" + names);
}

}  // namespace fr
