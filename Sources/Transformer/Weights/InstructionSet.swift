internal import CKernels

/// The name of the instruction set that the kernels use, such as `avx2`: the processor's best that
/// `ONEDNN_MAX_CPU_ISA` allows.
package func instructionSetName() -> String { String(cString: braid_isa_name(braid_isa_in_use())) }

/// Multiplies and adds vectors of f32 in registers, as fast as the instruction set can.
///
/// - Parameter rounds: How often; a round takes some nanoseconds.
/// - Returns: The number of operations, two for each product and sum.
package func multiplyAddOperations(rounds: Int) -> Double { braid_multiply_add(max(0, rounds)) }
