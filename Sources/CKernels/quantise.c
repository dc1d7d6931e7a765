#include "quantise.h"
#include "elementwise_shared.h"

/// Rounds to the nearest integer, which must lie well within 2^22: the low bits of x + 1.5 * 2^23 hold it.
BRAID_INLINE int8_t to_s8(float x) { return (int8_t)braid_bits(x + 12582912.0f); }

BRAID_INLINE size_t first_stride(size_t dim) {
  while (dim % 2 == 0 && dim / 2 >= 16) dim /= 2;
  return dim;
}

/// A Hadamard transform of 2^k values each, without its factor of 2^(-k/2). The values of a group lie a
/// multiple of `first_stride` apart, so that every step runs over neighbours. Two of the usual steps are
/// taken at once.
BRAID_INLINE void rotate_row(float *restrict x, size_t dim) {
  size_t h = first_stride(dim);
  for (; 4 * h <= dim; h *= 4)
    for (size_t start = 0; start < dim; start += 4 * h) {
      float *restrict p = x + start;
      for (size_t j = 0; j < h; j++) {
        float a = p[j], b = p[j + h], c = p[j + 2 * h], d = p[j + 3 * h];
        float ab = a + b, cd = c + d, amb = a - b, cmd = c - d;
        p[j] = ab + cd;
        p[j + h] = amb + cmd;
        p[j + 2 * h] = ab - cd;
        p[j + 3 * h] = amb - cmd;
      }
    }
  for (; 2 * h <= dim; h *= 2)
    for (size_t start = 0; start < dim; start += 2 * h) {
      float *restrict p = x + start;
      for (size_t j = 0; j < h; j++) {
        float a = p[j], b = p[j + h];
        p[j] = a + b;
        p[j + h] = a - b;
      }
    }
}

/// Rotates and quantises one row in `room`; returns its scale.
BRAID_INLINE float quantise_row(float *restrict room, int8_t *restrict to, size_t dim) {
  rotate_row(room, dim);
  float largest[16] = {0};
  size_t i = 0;
  for (; i + 16 <= dim; i += 16)
    for (size_t j = 0; j < 16; j++) {
      float magnitude = __builtin_fabsf(room[i + j]);
      largest[j] = magnitude > largest[j] ? magnitude : largest[j];
    }
  for (; i < dim; i++) {
    float magnitude = __builtin_fabsf(room[i]);
    largest[0] = magnitude > largest[0] ? magnitude : largest[0];
  }
  float most = 0;
  for (size_t j = 0; j < 16; j++) most = largest[j] > most ? largest[j] : most;
  float inverse = most > 0 ? 127.0f / most : 0.0f;
  for (i = 0; i < dim; i++) to[i] = to_s8(room[i] * inverse);
  return most * (1.0f / 127.0f);
}

BRAID_KERNEL(void, quantise_weights,
             (const float *x, int8_t *out, float *scales, size_t rows, size_t dim, float *restrict room),
             (x, out, scales, rows, dim, room)) {
  float factor = (float)first_stride(dim) / (float)dim;
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = x[i] * factor;
    scales[r] = quantise_row(room, out + r * dim, dim);
  }
}

BRAID_KERNEL(void, quantise_f32,
             (const float *x, int8_t *out, float *scales, size_t rows, size_t dim, float *restrict room),
             (x, out, scales, rows, dim, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = x[i];
    scales[r] = quantise_row(room, out + r * dim, dim);
  }
}

BRAID_KERNEL(void, quantise_bf16,
             (const uint16_t *x, int8_t *out, float *scales, size_t rows, size_t dim, float *restrict room),
             (x, out, scales, rows, dim, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = braid_from_bf16(x[i]);
    scales[r] = quantise_row(room, out + r * dim, dim);
  }
}

BRAID_KERNEL(void, rmsnorm_s8,
             (const float *x, const float *weight, int8_t *out, float *scales, size_t rows, size_t dim, float epsilon,
              float *restrict room),
             (x, weight, out, scales, rows, dim, epsilon, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    float scale = inverse_rms(x, dim, epsilon);
    for (size_t i = 0; i < dim; i++) room[i] = x[i] * scale * weight[i];
    scales[r] = quantise_row(room, out + r * dim, dim);
  }
}

BRAID_KERNEL(void, dequantise_sums,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales, float *out,
              size_t rows, size_t dim, int accumulate),
             (sums, row_scales, column_scales, out, rows, dim, accumulate)) {
  for (size_t r = 0; r < rows; r++) {
    const int32_t *restrict from = sums + r * dim;
    float *restrict to = out + r * dim;
    float scale = row_scales[r];
    if (accumulate)
      for (size_t i = 0; i < dim; i++) to[i] += (float)from[i] * (scale * column_scales[i]);
    else
      for (size_t i = 0; i < dim; i++) to[i] = (float)from[i] * (scale * column_scales[i]);
  }
}

BRAID_INLINE void gate_sums(const int gelu, const int32_t *sums, const float *row_scales,
                            const float *restrict column_scales, int8_t *out, float *out_scales, size_t rows,
                            size_t width, float *restrict room) {
  for (size_t r = 0; r < rows; r++) {
    const int32_t *restrict gate = sums + r * 2 * width;
    const int32_t *restrict up = gate + width;
    float scale = row_scales[r];
    for (size_t i = 0; i < width; i++)
      room[i] = activation(gelu, (float)gate[i] * (scale * column_scales[i])) *
                ((float)up[i] * (scale * column_scales[width + i]));
    out_scales[r] = quantise_row(room, out + r * width, width);
  }
}

BRAID_KERNEL(void, silu_mul_sums_s8,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales, int8_t *out,
              float *out_scales, size_t rows, size_t width, float *restrict room),
             (sums, row_scales, column_scales, out, out_scales, rows, width, room)) {
  gate_sums(0, sums, row_scales, column_scales, out, out_scales, rows, width, room);
}

BRAID_KERNEL(void, gelu_mul_sums_s8,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales, int8_t *out,
              float *out_scales, size_t rows, size_t width, float *restrict room),
             (sums, row_scales, column_scales, out, out_scales, rows, width, room)) {
  gate_sums(1, sums, row_scales, column_scales, out, out_scales, rows, width, room);
}
