#ifndef BRAID_COMPACT_UNPACK_H
#define BRAID_COMPACT_UNPACK_H

#include "compact_formats.h"

// What the kernels of AVX2 and AVX-512 for weights of whole numbers share. dequantise.c describes the types.

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define RUN BRAID_COMPACT_RUN
#define UNPACK __attribute__((target("arch=x86-64-v3"))) BRAID_INLINE

UNPACK float half(const uint8_t *p) {
  uint16_t bits;
  memcpy(&bits, p, sizeof bits);
  return _cvtsh_ss(bits);
}

UNPACK __m128i load16(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)p); }
UNPACK __m256i load32(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

/// The place of a block's nibbles, of a type whose blocks are one run.
UNPACK size_t nibbles_of(const int type) {
  return (size_t)(type == Q4_0 ? 2 : type == Q4_1 ? 4 : type == Q5_0 ? 6 : 8);
}

/// Runs of a block of Q4_K, Q5_K or Q6_K.
#define RUNS 8

/// The scales of the eight runs of a block of Q4_K or Q5_K, and what is to be added to their weights.
UNPACK void scales_of_runs(const uint8_t *p, __m256 *scales, __m256 *minima) {
  uint32_t words[3];
  memcpy(words, p + 4, sizeof words);
  // Four runs of 6 bits; then 4 bits of the other four, with their upper 2 bits above the first ones.
  const uint64_t six = 0x3f3f3f3f, four = 0x0f0f0f0f, two = 0x30303030;
  const uint64_t of_scales = (words[0] & six) | ((words[2] & four) | (words[0] >> 2 & two)) << 32;
  const uint64_t of_minima = (words[1] & six) | ((words[2] >> 4 & four) | (words[1] >> 2 & two)) << 32;
  const __m256i scale_numbers = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)of_scales));
  const __m256i minimum_numbers = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)of_minima));
  *scales = _mm256_mul_ps(_mm256_cvtepi32_ps(scale_numbers), _mm256_set1_ps(half(p)));
  *minima = _mm256_mul_ps(_mm256_cvtepi32_ps(minimum_numbers), _mm256_set1_ps(-half(p + 2)));
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
