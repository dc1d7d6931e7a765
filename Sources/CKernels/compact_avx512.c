#include "compact_unpack.h"

// As in compact_avx2.c, a run in one vector.

#if defined(__x86_64__)
#define TARGET __attribute__((target("arch=x86-64-v4,tune=znver4")))
#define INLINE TARGET BRAID_INLINE

/// One row of weights with `count` rows from `first` on. `runs` are those of a block.
INLINE void multiply(const int type, const int runs, const int count, const uint8_t *bytes, size_t block_bytes,
                     size_t inputs, const braid_compact_rows *rows, size_t first, float *sums) {
  const size_t per_row = inputs / RUN;
  const int16_t *numbers = rows->numbers + first * inputs;
  const float *scales = rows->scales + first * per_row, *run_sums = rows->sums + first * per_row;
  const int has_minimum = has_minimum_of(type);
  __m512 partial[4];
  float minima[4];
  for (int r = 0; r < count; r++) {
    partial[r] = _mm512_setzero_ps();
    minima[r] = 0;
  }
  for (size_t t = 0; t < per_row; bytes += block_bytes) {
    fetch_block(bytes, block_bytes);
#pragma clang loop unroll(full)
    for (int index = 0; index < runs; index++, t++) {
      const run w = unpack(type, bytes, index);
      const __m512i weights = _mm512_cvtepi8_epi16(_mm256_set_m128i(w.high, w.low));
      for (int r = 0; r < count; r++) {
        const int16_t *x = numbers + (size_t)r * inputs + t * RUN;
        __m512i sum = _mm512_madd_epi16(weights, _mm512_loadu_si512(x));
        if (type == Q6_K)
          sum = _mm512_mullo_epi32(sum, _mm512_mask_set1_epi32(_mm512_set1_epi32(w.factor_low), 0xff00, w.factor_high));
        const size_t place = (size_t)r * per_row + t;
        partial[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(w.scale * scales[place]), partial[r]);
        // Said outright, since a compiler that chooses may choose differently for one row and for several.
        if (has_minimum) minima[r] = __builtin_fmaf(w.minimum, run_sums[place], minima[r]);
      }
    }
  }
  for (int r = 0; r < count; r++) sums[r] = _mm512_reduce_add_ps(partial[r]) + minima[r];
}

KERNELS(braid_compact_kernel_avx512)
#else
braid_compact_kernel braid_compact_kernel_avx512(uint32_t type) { return NULL; }
#endif
