#ifndef BRAID_SCALAR_H
#define BRAID_SCALAR_H

#include "dispatch.h"
#include <stdint.h>
#include <string.h>

BRAID_INLINE uint32_t braid_bits(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}

BRAID_INLINE float braid_float(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}

BRAID_INLINE float braid_from_bf16(uint16_t x) { return braid_float((uint32_t)x << 16); }

/// Rounds to nearest even. The weights and activations of a model hold no NaN, so NaN takes no branch here.
BRAID_INLINE uint16_t braid_to_bf16(float x) {
  uint32_t u = braid_bits(x);
  return (uint16_t)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}

/// Rounds to the nearest integer, which must lie well within 2^22: the low bits of x + 1.5 * 2^23 hold it.
BRAID_INLINE int32_t braid_rounded(float x) { return (int32_t)(braid_bits(x + 12582912.0f) - 0x4b400000u); }

/// exp(x) to about 2 units in the last place for x in [-87, 88], clamped outside: range reduction by ln 2 and
/// the Taylor polynomial of degree 6 on [-ln2/2, ln2/2]. Written without branches, so that loops over it
/// vectorise, which libm's does not.
BRAID_INLINE float braid_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float t = x * 1.44269504f + 12582912.0f; // 1.5 * 2^23: rounds to an integer held in the low bits
  float n = t - 12582912.0f;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return braid_float(braid_bits(p) + ((uint32_t)(int32_t)n << 23));
}

/// cap * tanh(x / cap).
BRAID_INLINE float braid_capped(float x, float cap) { return cap - 2.0f * cap / (1.0f + braid_exp(2.0f * x / cap)); }

#endif
