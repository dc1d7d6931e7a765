#include "compact_unpack.h"

// As in compact_avx2.c, a run in one vector, and up to eight rows at a time.

#if defined(__x86_64__)
#define TARGET __attribute__((target("arch=x86-64-v4,tune=znver4")))
#define INLINE TARGET BRAID_INLINE
#define MOST 8

/// Blocks whose scales are read together.
#define GROUP 16

/// The whole numbers of a block of one run.
INLINE __m512i numbers_of(const int type, const uint8_t *block) {
  if (type == Q8_0) return _mm512_cvtepi8_epi16(load32(block + 2));
  // Both halves of the run from the same bytes.
  const __m256i bytes = _mm256_broadcastsi128_si256(load16(block + nibbles_of(type)));
  const __m256i shifted = _mm256_srlv_epi32(bytes, _mm256_set_epi32(4, 4, 4, 4, 0, 0, 0, 0));
  const __m512i nibbles = _mm512_cvtepu8_epi16(_mm256_and_si256(shifted, _mm256_set1_epi8(15)));
  if (type == Q4_0) return _mm512_sub_epi16(nibbles, _mm512_set1_epi16(8));
  if (type == Q4_1) return nibbles;
  uint32_t fifths;
  memcpy(&fifths, block + nibbles_of(type) - sizeof fifths, sizeof fifths);
  const __m512i sixteen = _mm512_set1_epi16(16);
  // Without a minimum 16 is the number 0.
  if (type == Q5_0) return _mm512_mask_sub_epi16(nibbles, ~fifths, nibbles, sixteen);
  return _mm512_mask_add_epi16(nibbles, fifths, nibbles, sixteen);
}

/// Adds the products of `group` blocks with `count` rows. `products` are those of the scales.
INLINE void add_group(const int type, const int count, const int group, const uint8_t *bytes, size_t block_bytes,
                      const int16_t *numbers, size_t inputs, float (*products)[GROUP], __m512 *partial) {
  for (int i = 0; i < group; i++) {
    const uint8_t *block = bytes + (size_t)i * block_bytes;
    fetch_block(block, block_bytes);
    const __m512i weights = numbers_of(type, block);
    for (int r = 0; r < count; r++) {
      const int16_t *x = numbers + (size_t)r * inputs + (size_t)i * RUN;
      const __m512 sum = _mm512_cvtepi32_ps(_mm512_madd_epi16(weights, _mm512_loadu_si512(x)));
      partial[r] = _mm512_fmadd_ps(sum, _mm512_set1_ps(products[r][i]), partial[r]);
    }
  }
}

/// One row of weights with `count` rows from `first` on, of a type whose blocks are one run with a scale, and a minimum
/// behind it where it has one, in half precision. The scales of neighbouring blocks are converted together and
/// multiplied by each row's: alone they would cost as much as the products.
INLINE void multiply_blocks(const int type, const int count, const uint8_t *bytes, const int block_bytes, size_t inputs,
                            const braid_compact_rows *rows, size_t first, float *sums) {
  const size_t per_row = inputs / RUN;
  const int16_t *numbers = rows->numbers + first * inputs;
  const float *scales = rows->scales + first * per_row, *run_sums = rows->sums + first * per_row;
  const int has_minimum = has_minimum_of(type);
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i blocks = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(block_bytes));
  __m512 partial[MOST], minima[MOST];
  for (int r = 0; r < count; r++) partial[r] = minima[r] = _mm512_setzero_ps();
  float products[MOST][GROUP] __attribute__((aligned(64)));
  for (size_t t = 0; t < per_row; t += GROUP, bytes += (size_t)GROUP * (size_t)block_bytes) {
    const int group = per_row - t < GROUP ? (int)(per_row - t) : GROUP;
    const __mmask16 there = (__mmask16)((1u << group) - 1);
    const __m512i heads = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), there, blocks, bytes, 1);
    const __m512 of_weights = _mm512_cvtph_ps(_mm512_cvtepi32_epi16(heads));
    const __m512 least = _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(heads, 16)));
    for (int r = 0; r < count; r++) {
      const size_t place = (size_t)r * per_row + t;
      _mm512_store_ps(products[r], _mm512_mul_ps(of_weights, _mm512_maskz_loadu_ps(there, scales + place)));
      if (has_minimum) {
        const __m512 of_row = _mm512_maskz_loadu_ps(there, run_sums + place);
        minima[r] = _mm512_mask3_fmadd_ps(least, of_row, minima[r], there);
      }
    }
    const int16_t *x = numbers + t * RUN;
    if (group == GROUP) add_group(type, count, GROUP, bytes, (size_t)block_bytes, x, inputs, products, partial);
    else add_group(type, count, group, bytes, (size_t)block_bytes, x, inputs, products, partial);
  }
  for (int r = 0; r < count; r++) sums[r] = _mm512_reduce_add_ps(partial[r]) + _mm512_reduce_add_ps(minima[r]);
}

/// The whole numbers of the runs of a block of Q4_K or Q5_K.
INLINE void numbers_of_runs_q4(const int type, const uint8_t *block, __m512i *numbers) {
  const __m512i fifteen = _mm512_set1_epi16(15), sixteen = _mm512_set1_epi16(16);
  const __m512i tops = type == Q5_K ? _mm512_cvtepu8_epi16(load32(block + 16)) : _mm512_setzero_si512();
#pragma clang loop unroll(full)
  for (int i = 0; i < RUNS; i += 2) {
    const __m512i bytes = _mm512_cvtepu8_epi16(load32(block + (type == Q4_K ? 16 : 48) + 16 * i));
    numbers[i] = _mm512_and_si512(bytes, fifteen);
    numbers[i + 1] = _mm512_srli_epi16(bytes, 4);
    if (type == Q4_K) continue;
    const __m512i even = _mm512_slli_epi16(_mm512_srli_epi16(tops, i), 4);
    const __m512i odd = _mm512_slli_epi16(_mm512_srli_epi16(tops, i + 1), 4);
    numbers[i] = _mm512_or_si512(numbers[i], _mm512_and_si512(even, sixteen));
    numbers[i + 1] = _mm512_or_si512(numbers[i + 1], _mm512_and_si512(odd, sixteen));
  }
}

/// The whole numbers of the runs of a block of Q6_K.
INLINE void numbers_of_runs_q6(const uint8_t *block, __m512i *numbers) {
  const __m512i fifteen = _mm512_set1_epi16(15), top = _mm512_set1_epi16(0x30), middle = _mm512_set1_epi16(32);
#pragma clang loop unroll(full)
  for (int i = 0; i < RUNS; i += 4) {
    const __m512i first = _mm512_cvtepu8_epi16(load32(block + 16 * i));
    const __m512i second = _mm512_cvtepu8_epi16(load32(block + 16 * i + 32));
    const __m512i tops = _mm512_cvtepu8_epi16(load32(block + 128 + 8 * i));
    const __m512i low[4] = {_mm512_and_si512(first, fifteen), _mm512_and_si512(second, fifteen),
                            _mm512_srli_epi16(first, 4), _mm512_srli_epi16(second, 4)};
    const __m512i high[4] = {_mm512_slli_epi16(tops, 4), _mm512_slli_epi16(tops, 2), tops, _mm512_srli_epi16(tops, 2)};
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++)
      numbers[i + k] = _mm512_sub_epi16(_mm512_or_si512(low[k], _mm512_and_si512(high[k], top)), middle);
  }
}

/// One row of weights with `count` rows from `first` on, of a type whose blocks are eight runs. Their scales are
/// unpacked together and multiplied by each row's; in Q6_K each half of a run has its own.
INLINE void multiply_runs(const int type, const int count, const uint8_t *bytes, size_t block_bytes, size_t inputs,
                          const braid_compact_rows *rows, size_t first, float *sums) {
  const size_t per_row = inputs / RUN;
  const int16_t *numbers = rows->numbers + first * inputs;
  const float *scales = rows->scales + first * per_row, *run_sums = rows->sums + first * per_row;
  const __m512i twice = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
  const __m512i halves = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  __m512 partial[MOST];
  __m256 minima[MOST];
  for (int r = 0; r < count; r++) {
    partial[r] = _mm512_setzero_ps();
    minima[r] = _mm256_setzero_ps();
  }
  float products[MOST][2 * RUNS] __attribute__((aligned(64)));
  for (size_t t = 0; t < per_row; t += RUNS, bytes += block_bytes) {
    fetch_block(bytes, block_bytes);
    __m512i weights[RUNS];
    if (type == Q6_K) {
      numbers_of_runs_q6(bytes, weights);
      const __m512 of_halves = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load16(bytes + 192))),
                                             _mm512_set1_ps(half(bytes + 208)));
      for (int r = 0; r < count; r++) {
        const __m512 of_row = _mm512_castps256_ps512(_mm256_loadu_ps(scales + (size_t)r * per_row + t));
        _mm512_store_ps(products[r], _mm512_mul_ps(of_halves, _mm512_permutexvar_ps(twice, of_row)));
      }
    } else {
      numbers_of_runs_q4(type, bytes, weights);
      __m256 of_runs, least;
      scales_of_runs(bytes, &of_runs, &least);
      for (int r = 0; r < count; r++) {
        const size_t place = (size_t)r * per_row + t;
        _mm256_store_ps(products[r], _mm256_mul_ps(of_runs, _mm256_loadu_ps(scales + place)));
        minima[r] = _mm256_fmadd_ps(least, _mm256_loadu_ps(run_sums + place), minima[r]);
      }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < RUNS; i++) {
      const __m512i lanes = _mm512_add_epi32(halves, _mm512_set1_epi32(2 * i));
      for (int r = 0; r < count; r++) {
        const int16_t *x = numbers + (size_t)r * inputs + (t + (size_t)i) * RUN;
        const __m512 sum = _mm512_cvtepi32_ps(_mm512_madd_epi16(weights[i], _mm512_loadu_si512(x)));
        const __m512 product =
            type == Q6_K ? _mm512_permutexvar_ps(lanes, _mm512_load_ps(products[r])) : _mm512_set1_ps(products[r][i]);
        partial[r] = _mm512_fmadd_ps(sum, product, partial[r]);
      }
    }
  }
  for (int r = 0; r < count; r++)
    sums[r] = _mm512_reduce_add_ps(partial[r]) + _mm512_reduce_add_ps(_mm512_zextps256_ps512(minima[r]));
}

/// One row of weights with `count` rows from `first` on. `runs` are those of a block.
INLINE void multiply(const int type, const int runs, const int count, const uint8_t *bytes, size_t block_bytes,
                     size_t inputs, const braid_compact_rows *rows, size_t first, float *sums) {
  if (runs == 1) multiply_blocks(type, count, bytes, (int)block_bytes, inputs, rows, first, sums);
  else multiply_runs(type, count, bytes, block_bytes, inputs, rows, first, sums);
}

KERNELS(braid_compact_kernel_avx512)
#else
braid_compact_kernel braid_compact_kernel_avx512(uint32_t type) { return NULL; }
#endif
