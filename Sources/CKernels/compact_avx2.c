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

/// A run of 32 whole numbers.
typedef struct {
  __m256i low, high;
} numbers_of_run;

/// 32 bytes with a sign, as numbers.
INLINE numbers_of_run widened(__m256i bytes) {
  const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
  return (numbers_of_run){_mm256_cvtepi8_epi16(low), _mm256_cvtepi8_epi16(high)};
}

/// The whole numbers of a block of one run.
INLINE numbers_of_run numbers_of(const int type, const uint8_t *block) {
  if (type == Q8_0)
    return (numbers_of_run){_mm256_cvtepi8_epi16(load16(block + 2)), _mm256_cvtepi8_epi16(load16(block + 18))};
  const __m128i bytes = load16(block + nibbles_of(type));
  const __m256i both = _mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes);
  const __m256i nibbles = _mm256_and_si256(both, _mm256_set1_epi8(15));
  if (type == Q4_0) return widened(_mm256_sub_epi8(nibbles, _mm256_set1_epi8(8)));
  if (type == Q4_1) return widened(nibbles);
  int fifths;
  memcpy(&fifths, block + nibbles_of(type) - sizeof fifths, sizeof fifths);
  // Each byte gets the byte of its bit, and keeps that bit.
  const __m256i spread = _mm256_shuffle_epi8(
      _mm256_set1_epi32(fifths), _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0));
  const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201);
  const __m256i is_set = _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
  if (type == Q5_1) return widened(_mm256_or_si256(nibbles, _mm256_and_si256(is_set, _mm256_set1_epi8(16))));
  // Without a minimum 16 is the number 0: what has no fifth bit is less by 16, whose upper half is all ones.
  return widened(_mm256_or_si256(nibbles, _mm256_andnot_si256(is_set, _mm256_set1_epi8((char)0xf0))));
}

/// The sums in pairs of the products of a run with a row's numbers, four of them in each lane of either half.
INLINE __m256i product_low(numbers_of_run w, const int16_t *x) { return _mm256_madd_epi16(w.low, load_numbers(x)); }
INLINE __m256i product_high(numbers_of_run w, const int16_t *x) {
  return _mm256_madd_epi16(w.high, load_numbers(x + 16));
}

/// The first two numbers in half precision of four blocks: four of the first ones, then four of the second.
INLINE __m128i heads(const uint8_t *p, size_t block_bytes) {
  uint32_t words[4];
  for (size_t i = 0; i < 4; i++) memcpy(words + i, p + i * block_bytes, sizeof *words);
  const __m128i together = _mm_set_epi32((int)words[3], (int)words[2], (int)words[1], (int)words[0]);
  return _mm_shuffle_epi8(together, _mm_set_epi8(15, 14, 11, 10, 7, 6, 3, 2, 13, 12, 9, 8, 5, 4, 1, 0));
}

/// Adds the products of `group` blocks of one run with `count` rows. `products` are those of the scales.
INLINE void add_group(const int type, const int count, const size_t group, const uint8_t *bytes, size_t block_bytes,
                      const int16_t *numbers, size_t inputs, float (*products)[RUNS], __m256 *partial) {
  for (size_t i = 0; i < group; i++) {
    const uint8_t *block = bytes + i * block_bytes;
    fetch_block(block, block_bytes);
    const numbers_of_run weights = numbers_of(type, block);
    for (int r = 0; r < count; r++) {
      const int16_t *x = numbers + (size_t)r * inputs + i * RUN;
      const __m256i sum = _mm256_add_epi32(product_low(weights, x), product_high(weights, x));
      partial[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_set1_ps(products[r][i]), partial[r]);
    }
  }
}

/// One row of weights with `count` rows from `first` on, of a type whose blocks are one run with a scale, and a minimum
/// behind it where it has one, in half precision. The scales of neighbouring blocks are converted together and
/// multiplied by each row's: alone they would cost as much as the products.
INLINE void multiply_blocks(const int type, const int count, const uint8_t *bytes, size_t block_bytes, size_t inputs,
                            const braid_compact_rows *rows, size_t first, float *sums) {
  const size_t per_row = inputs / RUN;
  const int16_t *numbers = rows->numbers + first * inputs;
  const float *scales = rows->scales + first * per_row, *run_sums = rows->sums + first * per_row;
  const int has_minimum = has_minimum_of(type);
  __m256 partial[MOST], minima[MOST];
  for (int r = 0; r < count; r++) partial[r] = minima[r] = _mm256_setzero_ps();
  float products[MOST][RUNS] __attribute__((aligned(32)));
  size_t t = 0;
  for (; t + RUNS <= per_row; t += RUNS, bytes += RUNS * block_bytes) {
    const __m128i low = heads(bytes, block_bytes), high = heads(bytes + 4 * block_bytes, block_bytes);
    const __m256 of_weights = _mm256_cvtph_ps(_mm_unpacklo_epi64(low, high));
    const __m256 least = _mm256_cvtph_ps(_mm_unpackhi_epi64(low, high));
    for (int r = 0; r < count; r++) {
      const size_t place = (size_t)r * per_row + t;
      _mm256_store_ps(products[r], _mm256_mul_ps(of_weights, _mm256_loadu_ps(scales + place)));
      if (has_minimum) minima[r] = _mm256_fmadd_ps(least, _mm256_loadu_ps(run_sums + place), minima[r]);
    }
    add_group(type, count, RUNS, bytes, block_bytes, numbers + t * RUN, inputs, products, partial);
  }
  float last[MOST] = {0};
  for (; t < per_row; t++, bytes += block_bytes) {
    for (int r = 0; r < count; r++) {
      const size_t place = (size_t)r * per_row + t;
      products[r][0] = half(bytes) * scales[place];
      // Said outright, since a compiler that chooses may choose differently for one row and for several.
      if (has_minimum) last[r] = __builtin_fmaf(half(bytes + 2), run_sums[place], last[r]);
    }
    add_group(type, count, 1, bytes, block_bytes, numbers + t * RUN, inputs, products, partial);
  }
  for (int r = 0; r < count; r++) sums[r] = total(partial[r]) + (total(minima[r]) + last[r]);
}

/// The whole numbers of runs `i` and `i + 1` of a block of Q4_K or Q5_K.
INLINE void numbers_of_runs_q4(const int type, const uint8_t *block, const int i, numbers_of_run *numbers) {
  const __m256i fifteen = _mm256_set1_epi8(15), sixteen = _mm256_set1_epi8(16);
  const __m256i bytes = load32(block + (type == Q4_K ? 16 : 48) + 16 * i);
  __m256i even = _mm256_and_si256(bytes, fifteen);
  __m256i odd = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), fifteen);
  if (type == Q5_K) {
    const __m256i tops = load32(block + 16);
    const __m256i of_even = _mm256_slli_epi16(_mm256_srli_epi16(tops, i), 4);
    const __m256i of_odd = _mm256_slli_epi16(_mm256_srli_epi16(tops, i + 1), 4);
    even = _mm256_or_si256(even, _mm256_and_si256(of_even, sixteen));
    odd = _mm256_or_si256(odd, _mm256_and_si256(of_odd, sixteen));
  }
  numbers[0] = widened(even);
  numbers[1] = widened(odd);
}

/// The whole numbers of runs `i` and `i + 1` of a block of Q6_K.
INLINE void numbers_of_runs_q6(const uint8_t *block, const int i, numbers_of_run *numbers) {
  const __m256i fifteen = _mm256_set1_epi8(15), top = _mm256_set1_epi8(0x30), middle = _mm256_set1_epi8(32);
  const uint8_t *nibbles = block + 64 * (i / 4);
  const __m256i tops = load32(block + 128 + 32 * (i / 4));
#pragma clang loop unroll(full)
  for (int k = 0; k < 2; k++) {
    __m256i bytes = load32(nibbles + 32 * k);
    if (i % 4) bytes = _mm256_srli_epi16(bytes, 4);
    const int place = 2 * (i % 4 + k);
    const __m256i high = place < 4 ? _mm256_slli_epi16(tops, 4 - place) : _mm256_srli_epi16(tops, place - 4);
    const __m256i both = _mm256_or_si256(_mm256_and_si256(bytes, fifteen), _mm256_and_si256(high, top));
    numbers[k] = widened(_mm256_sub_epi8(both, middle));
  }
}

/// One row of weights with `count` rows from `first` on, of a type whose blocks are eight runs. Their scales are
/// unpacked together and multiplied by each row's; in Q6_K each half of a run has its own.
INLINE void multiply_runs(const int type, const int count, const uint8_t *bytes, size_t block_bytes, size_t inputs,
                          const braid_compact_rows *rows, size_t first, float *sums) {
  const size_t per_row = inputs / RUN;
  const int16_t *numbers = rows->numbers + first * inputs;
  const float *scales = rows->scales + first * per_row, *run_sums = rows->sums + first * per_row;
  __m256 partial[MOST], minima[MOST];
  for (int r = 0; r < count; r++) partial[r] = minima[r] = _mm256_setzero_ps();
  float products[MOST][2 * RUNS] __attribute__((aligned(32)));
  for (size_t t = 0; t < per_row; t += RUNS, bytes += block_bytes) {
    fetch_block(bytes, block_bytes);
    if (type == Q6_K) {
      const __m128i factors = load16(bytes + 192);
      const __m256 scale = _mm256_set1_ps(half(bytes + 208));
      const __m256 low = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(factors)), scale);
      const __m256 high = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(factors, 8))), scale);
      for (int r = 0; r < count; r++) {
        const __m256 of_row = _mm256_loadu_ps(scales + (size_t)r * per_row + t);
        const __m256i first_half = _mm256_set_epi32(3, 3, 2, 2, 1, 1, 0, 0);
        const __m256i second_half = _mm256_set_epi32(7, 7, 6, 6, 5, 5, 4, 4);
        _mm256_store_ps(products[r], _mm256_mul_ps(low, _mm256_permutevar8x32_ps(of_row, first_half)));
        _mm256_store_ps(products[r] + 8, _mm256_mul_ps(high, _mm256_permutevar8x32_ps(of_row, second_half)));
      }
    } else {
      __m256 of_runs, least;
      scales_of_runs(bytes, &of_runs, &least);
      for (int r = 0; r < count; r++) {
        const size_t place = (size_t)r * per_row + t;
        _mm256_store_ps(products[r], _mm256_mul_ps(of_runs, _mm256_loadu_ps(scales + place)));
        minima[r] = _mm256_fmadd_ps(least, _mm256_loadu_ps(run_sums + place), minima[r]);
      }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < RUNS; i += 2) {
      numbers_of_run weights[2];
      if (type == Q6_K) numbers_of_runs_q6(bytes, i, weights);
      else numbers_of_runs_q4(type, bytes, i, weights);
#pragma clang loop unroll(full)
      for (int k = 0; k < 2; k++)
        for (int r = 0; r < count; r++) {
          const int16_t *x = numbers + (size_t)r * inputs + (t + (size_t)(i + k)) * RUN;
          const __m256i low = product_low(weights[k], x), high = product_high(weights[k], x);
          if (type == Q6_K) {
            const float *scale = products[r] + 2 * (i + k);
            partial[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(low), _mm256_set1_ps(scale[0]), partial[r]);
            partial[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(high), _mm256_set1_ps(scale[1]), partial[r]);
          } else {
            const __m256 sum = _mm256_cvtepi32_ps(_mm256_add_epi32(low, high));
            partial[r] = _mm256_fmadd_ps(sum, _mm256_set1_ps(products[r][i + k]), partial[r]);
          }
        }
    }
  }
  for (int r = 0; r < count; r++) sums[r] = total(partial[r]) + total(minima[r]);
}

/// One row of weights with `count` rows from `first` on. `runs` are those of a block.
INLINE void multiply(const int type, const int runs, const int count, const uint8_t *bytes, size_t block_bytes,
                     size_t inputs, const braid_compact_rows *rows, size_t first, float *sums) {
  if (runs == 1) multiply_blocks(type, count, bytes, block_bytes, inputs, rows, first, sums);
  else multiply_runs(type, count, bytes, block_bytes, inputs, rows, first, sums);
}

KERNELS(braid_compact_kernel_avx2)
#else
braid_compact_kernel braid_compact_kernel_avx2(uint32_t type) { return NULL; }
#endif
