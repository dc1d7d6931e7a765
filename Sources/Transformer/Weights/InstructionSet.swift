internal import CKernels

/// The name of the instruction set that the kernels use, such as `avx2`: the processor's best that
/// `ONEDNN_MAX_CPU_ISA` allows.
package func instructionSetName() -> String { String(cString: braid_isa_name(braid_isa_in_use())) }
