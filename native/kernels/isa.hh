// Which instruction set this processor runs: the kernels are compiled once for each, and chosen here.
#pragma once

#include <string>
#include <vector>

namespace fr {

enum class Isa { portable, neon, avx2, avx512 };

/// The sets this program was built for and this processor can run, slowest first. Never empty.
std::vector<Isa> usable_isas();

/// The fastest of them, or the one the environment variable FR_ISA names. Throws std::runtime_error when that one is
/// not usable here.
Isa chosen_isa();

std::string name_of(Isa isa);

}  // namespace fr
