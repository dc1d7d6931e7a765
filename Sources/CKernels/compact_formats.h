#ifndef BRAID_COMPACT_FORMATS_H
#define BRAID_COMPACT_FORMATS_H

#include "compact.h"
#include "dispatch.h"

// The types of weights that consist of whole numbers and scales, by their numbers in GGUF files.
enum { Q4_0 = 2, Q4_1 = 3, Q5_0 = 6, Q5_1 = 7, Q8_0 = 8, Q4_K = 12, Q5_K = 13, Q6_K = 14 };

/// Multiplies with weights of a type of whole numbers: sums[o][r] for the `count` rows of weights at `bytes`.
typedef void (*braid_compact_kernel)(const uint8_t *bytes, size_t row_bytes, size_t inputs, size_t count,
                                     const braid_compact_rows *rows, float (*sums)[BRAID_COMPACT_ROWS]);

/// The kernel for processors with AVX2, or with AVX-512; NULL for another type.
braid_compact_kernel braid_compact_kernel_avx2(uint32_t type);
braid_compact_kernel braid_compact_kernel_avx512(uint32_t type);

#endif
