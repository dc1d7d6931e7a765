#ifndef BRAID_COMPACT_UNPACK_H
#define BRAID_COMPACT_UNPACK_H

#include "compact_formats.h"

// The runs of weights of whole numbers, for the kernels of AVX2 and AVX-512.

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define RUN BRAID_COMPACT_RUN
#define UNPACK __attribute__((target("arch=x86-64-v3"))) BRAID_INLINE

/// A run's weights: whole numbers, and what makes weights of them.
typedef struct {
  __m128i low, high; // 16 bytes with a sign each
  /// Weight = scale * number + minimum.
  float scale, minimum;
  /// Whole factors of the two halves, for Q6_K; else not used.
  int factor_low, factor_high;
} run;

UNPACK float half(const uint8_t *p) {
  uint16_t bits;
  memcpy(&bits, p, sizeof bits);
  return _cvtsh_ss(bits);
}

UNPACK __m128i load16(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)p); }
UNPACK __m128i low_nibbles(__m128i x) { return _mm_and_si128(x, _mm_set1_epi8(15)); }
UNPACK __m128i high_nibbles(__m128i x) { return low_nibbles(_mm_srli_epi16(x, 4)); }

/// 16 where a bit is set, for 16 bits.
UNPACK __m128i fifths(uint16_t bits) {
  const __m128i spread = _mm_shuffle_epi8(_mm_set1_epi16((short)bits), _mm_set_epi64x(0x0101010101010101, 0));
  const __m128i mask = _mm_set1_epi64x((long long)0x8040201008040201);
  return _mm_and_si128(_mm_cmpeq_epi8(_mm_and_si128(spread, mask), mask), _mm_set1_epi8(16));
}

/// 16 where bit `bit` of a byte is set.
UNPACK __m128i fifths_of(__m128i bytes, const int bit) {
  return _mm_and_si128(_mm_slli_epi16(_mm_srli_epi16(bytes, bit), 4), _mm_set1_epi8(16));
}

UNPACK void scale_and_minimum(const uint8_t *packed, int group, int *scale, int *minimum) {
  if (group < 4) {
    *scale = packed[group] & 63;
    *minimum = packed[group + 4] & 63;
  } else {
    *scale = (packed[group + 4] & 15) | ((packed[group - 4] >> 6) << 4);
    *minimum = (packed[group + 4] >> 4) | ((packed[group] >> 6) << 4);
  }
}

/// Run `index` of the block at `p`, as dequantise.c describes the types.
UNPACK run unpack(const int type, const uint8_t *p, const int index) {
  run it = {.minimum = 0, .factor_low = 1, .factor_high = 1};
  switch (type) {
  case Q4_0:
  case Q4_1:
  case Q5_0:
  case Q5_1: {
    const int has_minimum = type == Q4_1 || type == Q5_1, has_fifths = type == Q5_0 || type == Q5_1;
    it.scale = half(p);
    p += 2;
    if (has_minimum) {
      it.minimum = half(p);
      p += 2;
    }
    __m128i high_bits[2] = {_mm_setzero_si128(), _mm_setzero_si128()};
    if (has_fifths) {
      uint16_t bits[2];
      memcpy(bits, p, sizeof bits);
      high_bits[0] = fifths(bits[0]);
      high_bits[1] = fifths(bits[1]);
      p += 4;
    }
    const __m128i bytes = load16(p);
    __m128i low = _mm_or_si128(low_nibbles(bytes), high_bits[0]);
    __m128i high = _mm_or_si128(high_nibbles(bytes), high_bits[1]);
    if (!has_minimum) {
      const __m128i middle = _mm_set1_epi8(has_fifths ? 16 : 8);
      low = _mm_sub_epi8(low, middle);
      high = _mm_sub_epi8(high, middle);
    }
    it.low = low;
    it.high = high;
    break;
  }
  case Q8_0:
    it.scale = half(p);
    it.low = load16(p + 2);
    it.high = load16(p + 18);
    break;
  case Q4_K:
  case Q5_K: {
    int scale, minimum;
    scale_and_minimum(p + 4, index, &scale, &minimum);
    it.scale = half(p) * (float)scale;
    it.minimum = -half(p + 2) * (float)minimum;
    const uint8_t *nibbles = p + (type == Q4_K ? 16 : 48) + 32 * (index / 2);
    __m128i low = load16(nibbles), high = load16(nibbles + 16);
    low = index % 2 ? high_nibbles(low) : low_nibbles(low);
    high = index % 2 ? high_nibbles(high) : low_nibbles(high);
    if (type == Q5_K) {
      low = _mm_or_si128(low, fifths_of(load16(p + 16), index));
      high = _mm_or_si128(high, fifths_of(load16(p + 32), index));
    }
    it.low = low;
    it.high = high;
    break;
  }
  default: { // Q6_K
    const int in_half = index % 4;
    const uint8_t *nibbles = p + 64 * (index / 4) + 32 * (in_half % 2), *pairs = p + 128 + 32 * (index / 4);
    const int8_t *factors = (const int8_t *)p + 192 + 8 * (index / 4) + 2 * in_half;
    it.scale = half(p + 208);
    it.factor_low = factors[0];
    it.factor_high = factors[1];
    __m128i bytes[2] = {load16(nibbles), load16(nibbles + 16)}, tops[2] = {load16(pairs), load16(pairs + 16)};
    for (int i = 0; i < 2; i++) {
      const __m128i low = in_half < 2 ? low_nibbles(bytes[i]) : high_nibbles(bytes[i]);
      const __m128i top = _mm_and_si128(_mm_srli_epi16(tops[i], 2 * in_half), _mm_set1_epi8(3));
      bytes[i] = _mm_sub_epi8(_mm_or_si128(low, _mm_slli_epi16(top, 4)), _mm_set1_epi8(32));
    }
    it.low = bytes[0];
    it.high = bytes[1];
  }
  }
  return it;
}

/// Bytes of weights that are asked for before they are needed: a processor fetches too little by itself.
#define AHEAD 4096

UNPACK void fetch_block(const uint8_t *block, const size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(block + AHEAD + i, 0, 3);
}

/// True if weights of a type have a minimum.
UNPACK int has_minimum_of(const int type) { return type == Q4_1 || type == Q5_1 || type == Q4_K || type == Q5_K; }

// Defines a kernel for each type, of the function multiply(type, runs of a block, rows, ...), and the function that
// chooses among them. TARGET is the instruction set, MOST the most rows of a call, 4 or 8.
#define KERNEL(type, runs, block_bytes)                                                                                \
  TARGET static void multiply_##type(const uint8_t *bytes, size_t row_bytes, size_t inputs, size_t count,              \
                                     const braid_compact_rows *rows, float (*sums)[BRAID_COMPACT_ROWS]) {              \
    for (size_t o = 0; o < count; o++, bytes += row_bytes) {                                                           \
      size_t r = 0;                                                                                                    \
      for (; r + MOST <= rows->count; r += MOST)                                                                       \
        multiply(type, runs, MOST, bytes, block_bytes, inputs, rows, r, sums[o] + r);                                  \
      for (; r + 4 <= rows->count; r += 4) multiply(type, runs, 4, bytes, block_bytes, inputs, rows, r, sums[o] + r);  \
      for (; r + 2 <= rows->count; r += 2) multiply(type, runs, 2, bytes, block_bytes, inputs, rows, r, sums[o] + r);  \
      if (r < rows->count) multiply(type, runs, 1, bytes, block_bytes, inputs, rows, r, sums[o] + r);                  \
    }                                                                                                                  \
  }

#define KERNELS(choose)                                                                                                \
  KERNEL(Q4_0, 1, 18)                                                                                                  \
  KERNEL(Q4_1, 1, 20)                                                                                                  \
  KERNEL(Q5_0, 1, 22)                                                                                                  \
  KERNEL(Q5_1, 1, 24)                                                                                                  \
  KERNEL(Q8_0, 1, 34)                                                                                                  \
  KERNEL(Q4_K, 8, 144)                                                                                                 \
  KERNEL(Q5_K, 8, 176)                                                                                                 \
  KERNEL(Q6_K, 8, 210)                                                                                                 \
  braid_compact_kernel choose(uint32_t type) {                                                                         \
    switch (type) {                                                                                                    \
    case Q4_0: return multiply_Q4_0;                                                                                   \
    case Q4_1: return multiply_Q4_1;                                                                                   \
    case Q5_0: return multiply_Q5_0;                                                                                   \
    case Q5_1: return multiply_Q5_1;                                                                                   \
    case Q8_0: return multiply_Q8_0;                                                                                   \
    case Q4_K: return multiply_Q4_K;                                                                                   \
    case Q5_K: return multiply_Q5_K;                                                                                   \
    case Q6_K: return multiply_Q6_K;                                                                                   \
    default: return NULL;                                                                                              \
    }                                                                                                                  \
  }

#endif
#endif
