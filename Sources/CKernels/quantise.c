#include "quantise.h"
#include "elementwise_shared.h"
#include "hadamard.h"

/// Rotates and quantises one row in `room` to numbers of at most `levels`; returns its scale. 128 is added to the
/// numbers where `flip` is -128, and nothing where it is 0.
BRAID_INLINE float quantise_row(float *restrict room, int8_t *restrict to, size_t dim, float levels, int8_t flip) {
  hadamard(room, dim);
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
  float inverse = most > 0 ? levels / most : 0.0f;
  for (i = 0; i < dim; i++) to[i] = (int8_t)((int8_t)braid_rounded(room[i] * inverse) ^ flip);
  return most / levels;
}

/// The `flip` of rows for quantise_row().
BRAID_INLINE int8_t flip_of(int is_signed) { return is_signed ? 0 : -128; }

BRAID_KERNEL(void, quantise_weights,
             (const float *x, int kind, int8_t *out, float *scales, int32_t *offsets, size_t rows, size_t dim,
              float *restrict room),
             (x, kind, out, scales, offsets, rows, dim, room)) {
  float factor = 1.0f / (float)hadamard_group(dim);
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = x[i] * factor;
    scales[r] = quantise_row(room, out + r * dim, dim, kind == BRAID_ROWS_U8_PAIRS ? 64.0f : 127.0f, 0);
    if (kind == BRAID_ROWS_S8) continue;
    int32_t sum = 0;
    for (size_t i = 0; i < dim; i++) sum += out[r * dim + i];
    offsets[r] = 128 * sum;
  }
}

BRAID_KERNEL(void, quantise_f32,
             (const float *x, int kind, int8_t *out, float *scales, size_t rows, size_t dim, float *restrict room),
             (x, kind, out, scales, rows, dim, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = x[i];
    scales[r] = quantise_row(room, out + r * dim, dim, 127.0f, flip_of(kind == BRAID_ROWS_S8));
  }
}

BRAID_KERNEL(void, quantise_bf16,
             (const uint16_t *x, int kind, int8_t *out, float *scales, size_t rows, size_t dim, float *restrict room),
             (x, kind, out, scales, rows, dim, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = braid_from_bf16(x[i]);
    scales[r] = quantise_row(room, out + r * dim, dim, 127.0f, flip_of(kind == BRAID_ROWS_S8));
  }
}

BRAID_KERNEL(void, rmsnorm_s8,
             (const float *x, const float *weight, int kind, int8_t *out, float *scales, size_t rows, size_t dim,
              float epsilon, float *restrict room),
             (x, weight, kind, out, scales, rows, dim, epsilon, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    float scale = inverse_rms(x, dim, epsilon);
    for (size_t i = 0; i < dim; i++) room[i] = x[i] * scale * weight[i];
    scales[r] = quantise_row(room, out + r * dim, dim, 127.0f, flip_of(kind == BRAID_ROWS_S8));
  }
}

BRAID_KERNEL(void, dequantise_sums,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales,
              const int32_t *restrict offsets, float *out, size_t rows, size_t dim, int accumulate),
             (sums, row_scales, column_scales, offsets, out, rows, dim, accumulate)) {
  for (size_t r = 0; r < rows; r++) {
    const int32_t *restrict from = sums + r * dim;
    float *restrict to = out + r * dim;
    float scale = row_scales[r];
    if (offsets && accumulate)
      for (size_t i = 0; i < dim; i++) to[i] += (float)(from[i] - offsets[i]) * (scale * column_scales[i]);
    else if (offsets)
      for (size_t i = 0; i < dim; i++) to[i] = (float)(from[i] - offsets[i]) * (scale * column_scales[i]);
    else if (accumulate)
      for (size_t i = 0; i < dim; i++) to[i] += (float)from[i] * (scale * column_scales[i]);
    else
      for (size_t i = 0; i < dim; i++) to[i] = (float)from[i] * (scale * column_scales[i]);
  }
}

BRAID_INLINE void gate_sums(const int gelu, const int32_t *sums, const float *row_scales,
                            const float *restrict column_scales, const int32_t *restrict offsets, int8_t *out,
                            float *out_scales, size_t rows, size_t width, float *restrict room) {
  for (size_t r = 0; r < rows; r++) {
    const int32_t *restrict gate = sums + r * 2 * width;
    const int32_t *restrict up = gate + width;
    float scale = row_scales[r];
    if (offsets)
      for (size_t i = 0; i < width; i++)
        room[i] = activation(gelu, (float)(gate[i] - offsets[i]) * (scale * column_scales[i])) *
                  ((float)(up[i] - offsets[width + i]) * (scale * column_scales[width + i]));
    else
      for (size_t i = 0; i < width; i++)
        room[i] = activation(gelu, (float)gate[i] * (scale * column_scales[i])) *
                  ((float)up[i] * (scale * column_scales[width + i]));
    out_scales[r] = quantise_row(room, out + r * width, width, 127.0f, flip_of(!offsets));
  }
}

BRAID_KERNEL(void, silu_mul_sums_s8,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales,
              const int32_t *restrict offsets, int8_t *out, float *out_scales, size_t rows, size_t width,
              float *restrict room),
             (sums, row_scales, column_scales, offsets, out, out_scales, rows, width, room)) {
  gate_sums(0, sums, row_scales, column_scales, offsets, out, out_scales, rows, width, room);
}

BRAID_KERNEL(void, gelu_mul_sums_s8,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales,
              const int32_t *restrict offsets, int8_t *out, float *out_scales, size_t rows, size_t width,
              float *restrict room),
             (sums, row_scales, column_scales, offsets, out, out_scales, rows, width, room)) {
  gate_sums(1, sums, row_scales, column_scales, offsets, out, out_scales, rows, width, room);
}
