#include "kv_codec.h"
#include "scalar.h"

/// Channels that are handled together, so that their scales stay in registers.
enum { strip = 64 };

/// Rounds to the nearest integer, which must lie well within 2^22: the low bits of x + 1.5 * 2^23 hold it.
BRAID_INLINE int8_t to_s8(float x) { return (int8_t)braid_bits(x + 12582912.0f); }

/// The scale for values of which `most` is the largest magnitude, as bf16 bits.
BRAID_INLINE uint16_t scale_of(uint16_t most) {
  // Magnitudes are compared as integers, for which a NaN is larger than infinity.
  if (most > 0x7f80) return most;
  if (most < braid_kv_least) return 0;
  return (uint16_t)((braid_bits(braid_from_bf16(most) * (1.0f / 127.0f)) + 0xffff) >> 16);
}

BRAID_INLINE float inverse_of(uint16_t scale) { return scale == 0 ? 0.0f : 1.0f / braid_from_bf16(scale); }

/// A bf16 value's magnitude, for comparing. Signed, as every instruction set compares signed numbers.
BRAID_INLINE int16_t magnitude(uint16_t x) { return (int16_t)(x & 0x7fff); }

BRAID_INLINE int16_t larger(int16_t a, int16_t b) { return a > b ? a : b; }

/// One group's keys of `width` neighbouring channels, at most `strip`.
BRAID_INLINE void encode_strip(const uint16_t *restrict x, int8_t *restrict out, uint16_t *restrict scales, size_t rows,
                               size_t dim, size_t width) {
  int16_t most[strip] = {0};
  float inverse[strip];
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++) most[j] = larger(most[j], magnitude(x[r * dim + j]));
  for (size_t j = 0; j < width; j++) {
    scales[j] = scale_of((uint16_t)most[j]);
    inverse[j] = inverse_of(scales[j]);
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++) out[r * dim + j] = to_s8(braid_from_bf16(x[r * dim + j]) * inverse[j]);
}

BRAID_INLINE void decode_strip(const int8_t *restrict x, const uint16_t *restrict scales, uint16_t *restrict out,
                               size_t rows, size_t dim, size_t width) {
  float factor[strip];
  for (size_t j = 0; j < width; j++) factor[j] = braid_from_bf16(scales[j]);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < width; j++) out[r * dim + j] = braid_to_bf16((float)x[r * dim + j] * factor[j]);
}

BRAID_KERNEL(void, kv_encode_keys,
             (const uint16_t *x, int8_t *out, uint16_t *scales, size_t rows, size_t dim, size_t group),
             (x, out, scales, rows, dim, group)) {
  for (size_t first = 0; first < rows; first += group, scales += dim) {
    size_t count = rows - first < group ? rows - first : group;
    const uint16_t *from = x + first * dim;
    int8_t *to = out + first * dim;
    size_t j = 0;
    for (; j + strip <= dim; j += strip) encode_strip(from + j, to + j, scales + j, count, dim, strip);
    if (j < dim) encode_strip(from + j, to + j, scales + j, count, dim, dim - j);
  }
}

BRAID_KERNEL(void, kv_decode_keys,
             (const int8_t *x, const uint16_t *scales, uint16_t *out, size_t rows, size_t dim, size_t group),
             (x, scales, out, rows, dim, group)) {
  for (size_t first = 0; first < rows; first += group, scales += dim) {
    size_t count = rows - first < group ? rows - first : group;
    const int8_t *from = x + first * dim;
    uint16_t *to = out + first * dim;
    size_t j = 0;
    for (; j + strip <= dim; j += strip) decode_strip(from + j, scales + j, to + j, count, dim, strip);
    if (j < dim) decode_strip(from + j, scales + j, to + j, count, dim, dim - j);
  }
}

/// The largest magnitude of `width` values.
BRAID_INLINE int16_t largest_of(const uint16_t *x, size_t width) {
  int16_t most = 0;
  for (size_t j = 0; j < width; j++) most = larger(most, magnitude(x[j]));
  return most;
}

BRAID_INLINE void encode_row(const uint16_t *restrict x, int8_t *restrict out, float inverse, size_t width) {
  for (size_t j = 0; j < width; j++) out[j] = to_s8(braid_from_bf16(x[j]) * inverse);
}

BRAID_INLINE void decode_row(const int8_t *restrict x, uint16_t *restrict out, float factor, size_t width) {
  for (size_t j = 0; j < width; j++) out[j] = braid_to_bf16((float)x[j] * factor);
}

BRAID_KERNEL(void, kv_encode_values, (const uint16_t *x, int8_t *out, uint16_t *scales, size_t rows, size_t dim),
             (x, out, scales, rows, dim)) {
  for (size_t r = 0; r < rows; r++, x += dim, out += dim) {
    int16_t most = 0;
    size_t j = 0;
    for (; j + strip <= dim; j += strip) most = larger(most, largest_of(x + j, strip));
    if (j < dim) most = larger(most, largest_of(x + j, dim - j));
    scales[r] = scale_of((uint16_t)most);
    float inverse = inverse_of(scales[r]);
    for (j = 0; j + strip <= dim; j += strip) encode_row(x + j, out + j, inverse, strip);
    if (j < dim) encode_row(x + j, out + j, inverse, dim - j);
  }
}

BRAID_KERNEL(void, kv_decode_values, (const int8_t *x, const uint16_t *scales, uint16_t *out, size_t rows, size_t dim),
             (x, scales, out, rows, dim)) {
  for (size_t r = 0; r < rows; r++, x += dim, out += dim) {
    float factor = braid_from_bf16(scales[r]);
    size_t j = 0;
    for (; j + strip <= dim; j += strip) decode_row(x + j, out + j, factor, strip);
    if (j < dim) decode_row(x + j, out + j, factor, dim - j);
  }
}
