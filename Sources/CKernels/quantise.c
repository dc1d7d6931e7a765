#include "quantise.h"
#include "elementwise_shared.h"
#include "hadamard.h"
#include "panel_product.h"

/// Rotates a row; returns its largest magnitude.
BRAID_INLINE float rotate_row(float *restrict row, size_t dim) {
  hadamard(row, dim);
  float largest[16] = {0};
  size_t i = 0;
  for (; i + 16 <= dim; i += 16)
    for (size_t j = 0; j < 16; j++) {
      float magnitude = __builtin_fabsf(row[i + j]);
      largest[j] = magnitude > largest[j] ? magnitude : largest[j];
    }
  for (; i < dim; i++) {
    float magnitude = __builtin_fabsf(row[i]);
    largest[0] = magnitude > largest[0] ? magnitude : largest[0];
  }
  float most = 0;
  for (size_t j = 0; j < 16; j++) most = largest[j] > most ? largest[j] : most;
  return most;
}

/// Rounds a row whose largest magnitude is `most` to numbers of at most `levels`; returns its scale. `zero` is added to
/// the numbers.
BRAID_INLINE float round_row(const float *restrict row, float most, int8_t *restrict to, size_t dim, float levels,
                             int8_t zero) {
  float inverse = most > 0 ? levels / most : 0.0f;
  for (size_t i = 0; i < dim; i++) to[i] = (int8_t)((int8_t)braid_rounded(row[i] * inverse) + zero);
  return most / levels;
}

BRAID_INLINE float quantise_row(float *restrict room, int8_t *restrict to, size_t dim, float levels, int8_t zero) {
  float most = rotate_row(room, dim);
  return round_row(room, most, to, dim, levels, zero);
}

/// The largest number of a row of activations before its zero is added.
BRAID_INLINE float levels_of(int kind) { return kind == BRAID_ROWS_U8_WORDS ? BRAID_WORD_LEVELS : 127.0f; }

/// What is added to the numbers of a row of activations, modulo 256.
BRAID_INLINE int32_t zero_of(int kind) {
  return kind == BRAID_ROWS_S8 ? 0 : kind == BRAID_ROWS_U8 ? 128 : BRAID_WORD_LEVELS;
}

/// The largest number of a row of weights whose root mean square becomes BRAID_WORD_RMS where that leaves the largest
/// within int8. `most` is their largest magnitude.
BRAID_INLINE float word_levels(const float *weights, float most, size_t dim) {
  const float levels = BRAID_WORD_RMS * most * inverse_rms(weights, dim, 0);
  // Of weights that are all zero this is no number.
  return levels < 127.0f ? levels : 127.0f;
}

/// Lowers numbers of weights whose products might not fit a word, as few as there can be and where that adds the least
/// error. `exact` are the rotated weights, of which the numbers times `scale` are the nearest.
BRAID_INLINE void fit_words(int8_t *numbers, const float *exact, float scale, size_t dim) {
  for (size_t group = 0; group < dim; group += BRAID_PANEL_INPUTS)
    for (size_t word = group; word < group + 4 && word < dim; word += 2)
      for (int sign = -1; sign <= 1; sign += 2) {
        const size_t inputs[] = {word, word + 1, word + 4, word + 5};
        int sum = 0;
        for (size_t i = 0; i < 4 && inputs[i] < dim; i++)
          if (sign * numbers[inputs[i]] > 0) sum += sign * numbers[inputs[i]];
        for (; sum > BRAID_WORD_MOST; sum--) {
          size_t chosen = dim;
          float least = 0;
          for (size_t i = 0; i < 4 && inputs[i] < dim; i++) {
            const int8_t number = numbers[inputs[i]];
            const float excess = (float)sign * (exact[inputs[i]] - (float)number * scale);
            if (sign * number > 0 && (chosen == dim || excess < least)) {
              least = excess;
              chosen = inputs[i];
            }
          }
          numbers[chosen] = (int8_t)(numbers[chosen] - sign);
        }
      }
}

BRAID_KERNEL(void, quantise_weights,
             (const float *x, int kind, int8_t *out, float *scales, int32_t *offsets, size_t rows, size_t dim,
              float *restrict room),
             (x, kind, out, scales, offsets, rows, dim, room)) {
  float factor = 1.0f / (float)hadamard_group(dim);
  for (size_t r = 0; r < rows; r++, x += dim, out += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = x[i] * factor;
    const float most = rotate_row(room, dim);
    const float levels = kind == BRAID_ROWS_U8_WORDS ? word_levels(room, most, dim) : 127.0f;
    scales[r] = round_row(room, most, out, dim, levels, 0);
    if (kind == BRAID_ROWS_S8) continue;
    if (kind == BRAID_ROWS_U8_WORDS) fit_words(out, room, scales[r], dim);
    int32_t sum = 0;
    for (size_t i = 0; i < dim; i++) sum += out[i];
    offsets[r] = zero_of(kind) * sum;
  }
}

BRAID_KERNEL(void, quantise_f32,
             (const float *x, int kind, int8_t *out, float *scales, size_t rows, size_t dim, float *restrict room),
             (x, kind, out, scales, rows, dim, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = x[i];
    scales[r] = quantise_row(room, out + r * dim, dim, levels_of(kind), (int8_t)zero_of(kind));
  }
}

BRAID_KERNEL(void, quantise_bf16,
             (const uint16_t *x, int kind, int8_t *out, float *scales, size_t rows, size_t dim, float *restrict room),
             (x, kind, out, scales, rows, dim, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    for (size_t i = 0; i < dim; i++) room[i] = braid_from_bf16(x[i]);
    scales[r] = quantise_row(room, out + r * dim, dim, levels_of(kind), (int8_t)zero_of(kind));
  }
}

BRAID_KERNEL(void, rmsnorm_s8,
             (const float *x, const float *weight, int kind, int8_t *out, float *scales, size_t rows, size_t dim,
              float epsilon, float *restrict room),
             (x, weight, kind, out, scales, rows, dim, epsilon, room)) {
  for (size_t r = 0; r < rows; r++, x += dim) {
    float scale = inverse_rms(x, dim, epsilon);
    for (size_t i = 0; i < dim; i++) room[i] = x[i] * scale * weight[i];
    scales[r] = quantise_row(room, out + r * dim, dim, levels_of(kind), (int8_t)zero_of(kind));
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
                            const float *restrict column_scales, const int32_t *restrict offsets, int kind, int8_t *out,
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
    out_scales[r] = quantise_row(room, out + r * width, width, levels_of(kind), (int8_t)zero_of(kind));
  }
}

BRAID_KERNEL(void, silu_mul_sums_s8,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales,
              const int32_t *restrict offsets, int kind, int8_t *out, float *out_scales, size_t rows, size_t width,
              float *restrict room),
             (sums, row_scales, column_scales, offsets, kind, out, out_scales, rows, width, room)) {
  gate_sums(0, sums, row_scales, column_scales, offsets, kind, out, out_scales, rows, width, room);
}

BRAID_KERNEL(void, gelu_mul_sums_s8,
             (const int32_t *sums, const float *row_scales, const float *restrict column_scales,
              const int32_t *restrict offsets, int kind, int8_t *out, float *out_scales, size_t rows, size_t width,
              float *restrict room),
             (sums, row_scales, column_scales, offsets, kind, out, out_scales, rows, width, room)) {
  gate_sums(1, sums, row_scales, column_scales, offsets, kind, out, out_scales, rows, width, room);
}
