// Instruction sets: the kernels are compiled once for each, and the set to use is chosen here.
#pragma once

#include <string>
#include <vector>

namespace fr {

enum class Isa { portable, neon, avx2, avx512 };

/// The sets that this processor can run, slowest first. Never empty.
std::vector<Isa> usable_isas();

/// The fastest usable set, or the one that the environment variable FR_ISA names. Throws std::runtime_error when that one
/// is not usable here.
Isa chosen_isa();

std::string name_of(Isa isa);

}  // namespace fr
