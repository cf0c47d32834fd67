// All kernels of one instruction set.
#pragma once

#include "kernels/blaze_kernels.hh"
#include "kernels/bound_kernels.hh"
#include "kernels/cell_kernels.hh"
#include "kernels/cnn_kernels.hh"
#include "kernels/gray_kernels.hh"
#include "kernels/hog_kernels.hh"
#include "kernels/isa.hh"
#include "kernels/net_kernels.hh"

namespace fr {

struct Kernels {
  Isa isa;
  const GrayKernels& gray;
  const CellKernels& cell;
  const HogKernels& hog;
  const BoundKernels& bound;
  const CnnKernels& cnn;
  const BlazeKernels& blaze;
  const NetKernels& net;
};

/// The kernels of one set. Throws std::logic_error for a set that this program was not built for. The caller must take care
/// that the processor runs the set: see usable_isas.
const Kernels& kernels_for(Isa isa);

}  // namespace fr
