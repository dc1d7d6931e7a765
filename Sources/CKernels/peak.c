#include "peak.h"
#include "dispatch.h"

/// `count` (a constant) chains, enough to hide the latency of one, of `width` (a constant) values each.
#define MULTIPLY_ADD(name, target, width, count)                                                                       \
  target static double name(size_t rounds) {                                                                           \
    typedef float values __attribute__((vector_size(4 * width)));                                                      \
    values chains[count], factor = {0};                                                                                \
    factor += 0.999f;                                                                                                  \
    for (int i = 0; i < count; i++) chains[i] = factor * (float)i;                                                     \
    for (size_t round = 0; round < rounds; round++) {                                                                  \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) chains[i] = chains[i] * factor + factor;      \
    }                                                                                                                  \
    values sum = chains[0];                                                                                            \
    for (int i = 1; i < count; i++) sum += chains[i];                                                                  \
    /* Used, so that the products are made. */                                                                         \
    volatile float used = sum[0];                                                                                      \
    (void)used;                                                                                                        \
    return 2.0 * (double)rounds * count * width;                                                                       \
  }

#if defined(__x86_64__)
MULTIPLY_ADD(of_avx512, __attribute__((target("arch=x86-64-v4,tune=znver4"))), 16, 16)
MULTIPLY_ADD(of_avx2, __attribute__((target("arch=x86-64-v3"))), 8, 12)
#endif
MULTIPLY_ADD(of_baseline, , 4, 12)

double braid_multiply_add(size_t rounds) {
#if defined(__x86_64__)
  if (braid_isa_in_use() >= BRAID_ISA_AVX512) return of_avx512(rounds);
  if (braid_isa_in_use() == BRAID_ISA_AVX2) return of_avx2(rounds);
#endif
  return of_baseline(rounds);
}
