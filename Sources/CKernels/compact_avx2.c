#include "compact_unpack.h"

// With weights of whole numbers a run of 32 takes two multiplications of 16-bit numbers, whose sums in pairs are exact,
// and one of the run's sum by the scales. Unpacking them to f32 would take twice as long.

#if defined(__x86_64__)
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define INLINE TARGET BRAID_INLINE
#define MOST 4

INLINE __m256i load_numbers(const int16_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

INLINE float total(__m256 x) {
  float lanes[8];
  _mm256_storeu_ps(lanes, x);
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

/// One row of weights with `count` rows from `first` on. `runs` are those of a block.
INLINE void multiply(const int type, const int runs, const int count, const uint8_t *bytes, size_t block_bytes,
                     size_t inputs, const braid_compact_rows *rows, size_t first, float *sums) {
  const size_t per_row = inputs / RUN;
  const int16_t *numbers = rows->numbers + first * inputs;
  const float *scales = rows->scales + first * per_row, *run_sums = rows->sums + first * per_row;
  const int has_minimum = has_minimum_of(type);
  __m256 partial[MOST];
  float minima[MOST];
  for (int r = 0; r < count; r++) {
    partial[r] = _mm256_setzero_ps();
    minima[r] = 0;
  }
  for (size_t t = 0; t < per_row; bytes += block_bytes) {
    fetch_block(bytes, block_bytes);
#pragma clang loop unroll(full)
    for (int index = 0; index < runs; index++, t++) {
      const run w = unpack(type, bytes, index);
      const __m256i first_half = _mm256_cvtepi8_epi16(w.low), second_half = _mm256_cvtepi8_epi16(w.high);
      for (int r = 0; r < count; r++) {
        const int16_t *x = numbers + (size_t)r * inputs + t * RUN;
        __m256i low = _mm256_madd_epi16(first_half, load_numbers(x));
        __m256i high = _mm256_madd_epi16(second_half, load_numbers(x + 16));
        if (type == Q6_K) {
          low = _mm256_mullo_epi32(low, _mm256_set1_epi32(w.factor_low));
          high = _mm256_mullo_epi32(high, _mm256_set1_epi32(w.factor_high));
        }
        const __m256 sum = _mm256_cvtepi32_ps(_mm256_add_epi32(low, high));
        const size_t place = (size_t)r * per_row + t;
        partial[r] = _mm256_fmadd_ps(sum, _mm256_set1_ps(w.scale * scales[place]), partial[r]);
        // Said outright, since a compiler that chooses may choose differently for one row and for several.
        if (has_minimum) minima[r] = __builtin_fmaf(w.minimum, run_sums[place], minima[r]);
      }
    }
  }
  for (int r = 0; r < count; r++) sums[r] = total(partial[r]) + minima[r];
}

KERNELS(braid_compact_kernel_avx2)
#else
braid_compact_kernel braid_compact_kernel_avx2(uint32_t type) { return NULL; }
#endif
