#ifndef BRAID_DISPATCH_H
#define BRAID_DISPATCH_H

#include "isa.h"

#define BRAID_INLINE static inline __attribute__((always_inline))

// BRAID_KERNEL(type, name, (parameters), (arguments)) { ... } defines the public function braid_`name`. Its
// body is compiled once for each instruction set, and a call runs the one for the instruction set in use. For
// that all functions that the body calls must be BRAID_INLINE.
//
// The AVX-512 variant is tuned for a processor whose registers of 512 bits cost nothing: the compiler's own choice for
// x86-64-v4 is loops over 256 bits, for the sake of the first processors that had more.
#if defined(__x86_64__)
#define BRAID_KERNEL_VARIANTS(type, name, parameters, arguments)                                                       \
  BRAID_INLINE type name parameters;                                                                                   \
  static type name##_baseline parameters { return name arguments; }                                                    \
  __attribute__((target("arch=x86-64-v3"))) static type name##_avx2 parameters { return name arguments; }              \
  __attribute__((target("arch=x86-64-v4,tune=znver4"))) static type name##_avx512 parameters { return name arguments; }

#define BRAID_KERNEL(type, name, parameters, arguments)                                                                \
  BRAID_KERNEL_VARIANTS(type, name, parameters, arguments)                                                             \
  type braid_##name parameters {                                                                                       \
    switch (braid_isa_in_use()) {                                                                                      \
    case BRAID_ISA_BASELINE: return name##_baseline arguments;                                                         \
    case BRAID_ISA_AVX2: return name##_avx2 arguments;                                                                 \
    default: return name##_avx512 arguments;                                                                           \
    }                                                                                                                  \
  }                                                                                                                    \
  BRAID_INLINE type name parameters

// The same for a kernel of which braid_`name`_native is written by hand, for processors that compute in bf16.
#define BRAID_BF16_KERNEL(type, name, parameters, arguments)                                                           \
  BRAID_KERNEL_VARIANTS(type, name, parameters, arguments)                                                             \
  type braid_##name##_native parameters;                                                                               \
  type braid_##name parameters {                                                                                       \
    switch (braid_isa_in_use()) {                                                                                      \
    case BRAID_ISA_BASELINE: return name##_baseline arguments;                                                         \
    case BRAID_ISA_AVX2: return name##_avx2 arguments;                                                                 \
    case BRAID_ISA_AVX512: return name##_avx512 arguments;                                                             \
    default: return braid_##name##_native arguments;                                                                   \
    }                                                                                                                  \
  }                                                                                                                    \
  BRAID_INLINE type name parameters
#else
#define BRAID_KERNEL(type, name, parameters, arguments) type braid_##name parameters
#define BRAID_BF16_KERNEL(type, name, parameters, arguments) type braid_##name parameters
#endif

#endif
