#include "dequantise.h"
#include "dispatch.h"

#include <string.h>

// The file promises no alignment that a compiler may rely on.
typedef uint16_t unaligned_u16 __attribute__((aligned(1), may_alias));

BRAID_INLINE float float_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

BRAID_INLINE uint32_t bits_from_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

BRAID_INLINE uint32_t load_u32(const uint8_t *source) {
  uint32_t value;
  memcpy(&value, source, sizeof value);
  return value;
}

// Branch-free, so that a loop over it becomes vector code; exact for subnormals, infinities and NaNs.
BRAID_INLINE float float_from_half(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
  const uint32_t magnitude = (uint32_t)(half & 0x7fffu) << 13;
  const uint32_t normal = magnitude + ((127u - 15u) << 23);
  const uint32_t special = magnitude | 0x7f800000u;
  // 2^-14 with the subnormal's mantissa, less 2^-14, is the subnormal's value without subnormal arithmetic.
  const uint32_t subnormal = bits_from_float(float_from_bits(magnitude | 0x38800000u) - 0x1p-14f);
  uint32_t bits = magnitude < (1u << 23) ? subnormal : normal;
  bits = magnitude >= (31u << 23) ? special : bits;
  return float_from_bits(bits | sign);
}

BRAID_INLINE float load_half(const uint8_t *source) {
  uint16_t half;
  memcpy(&half, source, sizeof half);
  return float_from_half(half);
}

// Sixteen bytes at any place.
typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));

/// Splits bytes into their low nibbles, then their high ones. Vector types, since a compiler unrolls a loop over so few
/// bytes and then no longer finds the vector in it.
BRAID_INLINE void split_nibbles(const uint8_t *source, uint8_t *low, uint8_t *high) {
  const bytes16 pairs = *(const bytes16 *)source;
  *(bytes16 *)low = pairs & 15;
  *(bytes16 *)high = pairs >> 4;
}

#define KERNEL(name)                                                                                                   \
  BRAID_KERNEL(void, name, (const uint8_t *restrict source, float *restrict destination, size_t blocks),               \
               (source, destination, blocks))

KERNEL(dequantise_f32) { memcpy(destination, source, blocks * sizeof(float)); }

KERNEL(dequantise_f16) {
  const unaligned_u16 *restrict halves = (const unaligned_u16 *)source;
  for (size_t i = 0; i < blocks; i++) destination[i] = float_from_half(halves[i]);
}

KERNEL(dequantise_bf16) {
  const unaligned_u16 *restrict halves = (const unaligned_u16 *)source;
  for (size_t i = 0; i < blocks; i++) destination[i] = float_from_bits((uint32_t)halves[i] << 16);
}

// q4_0: f16 scale, 16 bytes of nibbles; low nibbles are elements 0-15, high nibbles 16-31; value = scale (q -
// 8).
KERNEL(dequantise_q4_0) {
  for (size_t block = 0; block < blocks; block++, source += 18, destination += 32) {
    const float scale = load_half(source);
    uint8_t quants[32];
    split_nibbles(source + 2, quants, quants + 16);
    for (int i = 0; i < 32; i++) destination[i] = scale * (float)((int)quants[i] - 8);
  }
}

// q4_1: f16 scale, f16 minimum, nibbles as in q4_0; value = scale q + minimum.
KERNEL(dequantise_q4_1) {
  for (size_t block = 0; block < blocks; block++, source += 20, destination += 32) {
    const float scale = load_half(source), minimum = load_half(source + 2);
    uint8_t quants[32];
    split_nibbles(source + 4, quants, quants + 16);
    for (int i = 0; i < 32; i++) destination[i] = scale * (float)(int)quants[i] + minimum;
  }
}

// q5_0: f16 scale, 32 fifth bits (bit i belongs to element i), nibbles as in q4_0; value = scale (q - 16).
KERNEL(dequantise_q5_0) {
  for (size_t block = 0; block < blocks; block++, source += 22, destination += 32) {
    const float scale = load_half(source);
    const uint32_t fifths = load_u32(source + 2);
    const uint8_t *restrict nibbles = source + 6;
    for (int i = 0; i < 16; i++) {
      const uint32_t low = (nibbles[i] & 15u) | (((fifths >> i) & 1u) << 4);
      const uint32_t high = (uint32_t)(nibbles[i] >> 4) | (((fifths >> (i + 16)) & 1u) << 4);
      destination[i] = scale * (float)((int)low - 16);
      destination[i + 16] = scale * (float)((int)high - 16);
    }
  }
}

// q5_1: f16 scale, f16 minimum, fifth bits and nibbles as in q5_0; value = scale q + minimum.
KERNEL(dequantise_q5_1) {
  for (size_t block = 0; block < blocks; block++, source += 24, destination += 32) {
    const float scale = load_half(source), minimum = load_half(source + 2);
    const uint32_t fifths = load_u32(source + 4);
    const uint8_t *restrict nibbles = source + 8;
    for (int i = 0; i < 16; i++) {
      const uint32_t low = (nibbles[i] & 15u) | (((fifths >> i) & 1u) << 4);
      const uint32_t high = (uint32_t)(nibbles[i] >> 4) | (((fifths >> (i + 16)) & 1u) << 4);
      destination[i] = scale * (float)(int)low + minimum;
      destination[i + 16] = scale * (float)(int)high + minimum;
    }
  }
}

// q8_0: f16 scale, 32 signed bytes; value = scale q.
KERNEL(dequantise_q8_0) {
  for (size_t block = 0; block < blocks; block++, source += 34, destination += 32) {
    const float scale = load_half(source);
    const uint8_t *restrict quants = source + 2;
    for (int i = 0; i < 32; i++) destination[i] = scale * (float)(int8_t)quants[i];
  }
}

// The eight 6-bit scales and minima of a q4_k or q5_k block, packed in 12 bytes: the low 6 bits of bytes 0-3
// (scales) and 4-7 (minima) are entries 0-3; the nibbles of bytes 8-11, with the top 2 bits of bytes 0-7, are
// entries 4-7.
BRAID_INLINE void unpack_scales(const uint8_t *packed, uint8_t scales[8], uint8_t minima[8]) {
  for (int i = 0; i < 4; i++) {
    const uint8_t scale = packed[i], minimum = packed[i + 4], rest = packed[i + 8];
    scales[i] = scale & 63;
    minima[i] = minimum & 63;
    scales[i + 4] = (uint8_t)((rest & 15) | ((scale >> 6) << 4));
    minima[i + 4] = (uint8_t)((rest >> 4) | ((minimum >> 6) << 4));
  }
}

// q4_k: f16 scale of scales, f16 scale of minima, 12 bytes of packed scales, 128 bytes of nibbles. 32 bytes
// of nibbles hold two groups of 32 elements: the low ones, then the high ones. value = d scale q - dmin
// minimum.
KERNEL(dequantise_q4_k) {
  for (size_t block = 0; block < blocks; block++, source += 144, destination += 256) {
    const float d = load_half(source), dmin = load_half(source + 2);
    uint8_t scales[8], minima[8];
    unpack_scales(source + 4, scales, minima);
    for (int pair = 0; pair < 4; pair++) {
      const uint8_t *restrict nibbles = source + 16 + 32 * pair;
      float *restrict out = destination + 64 * pair;
      const float scale0 = d * scales[2 * pair], minimum0 = dmin * minima[2 * pair];
      const float scale1 = d * scales[2 * pair + 1], minimum1 = dmin * minima[2 * pair + 1];
      uint8_t low[32], high[32];
      split_nibbles(nibbles, low, high);
      split_nibbles(nibbles + 16, low + 16, high + 16);
      for (int i = 0; i < 32; i++) out[i] = scale0 * (float)(int)low[i] - minimum0;
      for (int i = 0; i < 32; i++) out[i + 32] = scale1 * (float)(int)high[i] - minimum1;
    }
  }
}

// q5_k: as q4_k with 32 bytes of fifth bits before the nibbles: bit g of byte i belongs to element i of group
// g.
KERNEL(dequantise_q5_k) {
  for (size_t block = 0; block < blocks; block++, source += 176, destination += 256) {
    const float d = load_half(source), dmin = load_half(source + 2);
    uint8_t scales[8], minima[8];
    unpack_scales(source + 4, scales, minima);
    const uint8_t *restrict fifths = source + 16;
    for (int pair = 0; pair < 4; pair++) {
      const uint8_t *restrict nibbles = source + 48 + 32 * pair;
      float *restrict out = destination + 64 * pair;
      const float scale0 = d * scales[2 * pair], minimum0 = dmin * minima[2 * pair];
      const float scale1 = d * scales[2 * pair + 1], minimum1 = dmin * minima[2 * pair + 1];
      for (int i = 0; i < 32; i++) {
        const int q = (nibbles[i] & 15) | (((fifths[i] >> (2 * pair)) & 1) << 4);
        out[i] = scale0 * (float)q - minimum0;
      }
      for (int i = 0; i < 32; i++) {
        const int q = (nibbles[i] >> 4) | (((fifths[i] >> (2 * pair + 1)) & 1) << 4);
        out[i + 32] = scale1 * (float)q - minimum1;
      }
    }
  }
}

// q6_k: 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales (one for 16 elements), f16
// scale. Each half of 128 elements takes 64 bytes of nibbles, 32 of pairs and 8 scales. value = d scale (q -
// 32).
KERNEL(dequantise_q6_k) {
  for (size_t block = 0; block < blocks; block++, source += 210, destination += 256) {
    const float d = load_half(source + 208);
    for (int half = 0; half < 2; half++) {
      const uint8_t *restrict low = source + 64 * half;
      const uint8_t *restrict high = source + 128 + 32 * half;
      const int8_t *scales = (const int8_t *)source + 192 + 8 * half;
      float *restrict out = destination + 128 * half;
      for (int part = 0; part < 2; part++) {
        const float scale0 = d * scales[part], scale1 = d * scales[part + 2];
        const float scale2 = d * scales[part + 4], scale3 = d * scales[part + 6];
        for (int i = 16 * part; i < 16 * part + 16; i++) {
          out[i] = scale0 * (float)(((low[i] & 15) | ((high[i] & 3) << 4)) - 32);
          out[i + 32] = scale1 * (float)(((low[i + 32] & 15) | (((high[i] >> 2) & 3) << 4)) - 32);
          out[i + 64] = scale2 * (float)(((low[i] >> 4) | (((high[i] >> 4) & 3) << 4)) - 32);
          out[i + 96] = scale3 * (float)(((low[i + 32] >> 4) | ((high[i] >> 6) << 4)) - 32);
        }
      }
    }
  }
}

braid_dequantiser braid_dequantiser_of(uint32_t type) {
  switch (type) {
  case 0: return braid_dequantise_f32;
  case 1: return braid_dequantise_f16;
  case 2: return braid_dequantise_q4_0;
  case 3: return braid_dequantise_q4_1;
  case 6: return braid_dequantise_q5_0;
  case 7: return braid_dequantise_q5_1;
  case 8: return braid_dequantise_q8_0;
  case 12: return braid_dequantise_q4_k;
  case 13: return braid_dequantise_q5_k;
  case 14: return braid_dequantise_q6_k;
  case 30: return braid_dequantise_bf16;
  default: return NULL;
  }
}

size_t braid_block_length(uint32_t type) {
  switch (type) {
  case 2:
  case 3:
  case 6:
  case 7:
  case 8: return 32;
  case 12:
  case 13:
  case 14: return 256;
  default: return 1;
  }
}
