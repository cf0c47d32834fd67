// The kernels of one instruction set as one row of the table. Compiled once for each instruction set; see simd.hh.
#include "kernels/kernels.hh"
#include "kernels/simd.hh"

namespace fr {

extern const BlazeKernels FR_JOIN(blaze_kernels_, FR_ISA_NAME);
extern const BoundKernels FR_JOIN(bound_kernels_, FR_ISA_NAME);
extern const CellKernels FR_JOIN(cell_kernels_, FR_ISA_NAME);
extern const CnnKernels FR_JOIN(cnn_kernels_, FR_ISA_NAME);
extern const GrayKernels FR_JOIN(gray_kernels_, FR_ISA_NAME);
extern const HogKernels FR_JOIN(hog_kernels_, FR_ISA_NAME);
extern const NetKernels FR_JOIN(net_kernels_, FR_ISA_NAME);

extern const Kernels FR_JOIN(kernels_, FR_ISA_NAME);
const Kernels FR_JOIN(kernels_, FR_ISA_NAME) = {
    Isa::FR_ISA_NAME,
    FR_JOIN(gray_kernels_, FR_ISA_NAME),
    FR_JOIN(cell_kernels_, FR_ISA_NAME),
    FR_JOIN(hog_kernels_, FR_ISA_NAME),
    FR_JOIN(bound_kernels_, FR_ISA_NAME),
    FR_JOIN(cnn_kernels_, FR_ISA_NAME),
    FR_JOIN(blaze_kernels_, FR_ISA_NAME),
    FR_JOIN(net_kernels_, FR_ISA_NAME),
};

}  // namespace fr
