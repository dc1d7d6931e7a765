#include "elementwise.h"
#include "elementwise_shared.h"

BRAID_KERNEL(void, rmsnorm_f32,
             (const float *x, const float *weight, float *out, size_t rows, size_t dim, float epsilon),
             (x, weight, out, rows, dim, epsilon)) {
  for (size_t r = 0; r < rows; r++, x += dim, out += dim) {
    float scale = inverse_rms(x, dim, epsilon);
    for (size_t i = 0; i < dim; i++) out[i] = x[i] * scale * weight[i];
  }
}

BRAID_BF16_KERNEL(void, rmsnorm_bf16,
                  (const float *x, const float *weight, uint16_t *out, size_t rows, size_t dim, float epsilon),
                  (x, weight, out, rows, dim, epsilon)) {
  for (size_t r = 0; r < rows; r++, x += dim, out += dim) {
    float scale = inverse_rms(x, dim, epsilon);
    for (size_t i = 0; i < dim; i++) out[i] = braid_to_bf16(x[i] * scale * weight[i]);
  }
}

BRAID_KERNEL(void, rmsnorm_add_f32,
             (const float *x, const float *weight, float *out, size_t rows, size_t dim, float epsilon),
             (x, weight, out, rows, dim, epsilon)) {
  for (size_t r = 0; r < rows; r++, x += dim, out += dim) {
    float scale = inverse_rms(x, dim, epsilon);
    for (size_t i = 0; i < dim; i++) out[i] += x[i] * scale * weight[i];
  }
}

BRAID_KERNEL(void, rmsnorm_heads_f32,
             (float *x, size_t stride, const float *weight, size_t rows, size_t heads, size_t dim, float epsilon),
             (x, stride, weight, rows, heads, dim, epsilon)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++) {
      float *head = x + r * stride + h * dim;
      float scale = inverse_rms(head, dim, epsilon);
      for (size_t i = 0; i < dim; i++) head[i] = head[i] * scale * weight[i];
    }
}

BRAID_KERNEL(void, cap_f32, (float *x, size_t count, float cap), (x, count, cap)) {
  for (size_t i = 0; i < count; i++) x[i] = braid_capped(x[i], cap);
}

#define ROPE_ROW(STORE)                                                                                                \
  if (interleaved) {                                                                                                   \
    for (size_t i = 0; i < half; i++) {                                                                                \
      float a = in[2 * i], b = in[2 * i + 1];                                                                          \
      to[2 * i] = STORE((a * c[2 * i] + b * s[2 * i]) * scale);                                                        \
      to[2 * i + 1] = STORE((b * c[2 * i + 1] + a * s[2 * i + 1]) * scale);                                            \
    }                                                                                                                  \
  } else {                                                                                                             \
    for (size_t i = 0; i < half; i++) {                                                                                \
      float a = in[i], b = in[i + half];                                                                               \
      to[i] = STORE((a * c[i] + b * s[i]) * scale);                                                                    \
      to[i + half] = STORE((b * c[i + half] + a * s[i + half]) * scale);                                               \
    }                                                                                                                  \
  }

#define ROPE_BODY(TYPE, STORE)                                                                                         \
  size_t half = dim / 2;                                                                                               \
  for (size_t r = 0; r < rows; r++) {                                                                                  \
    const float *restrict c = cosine + r * table_step;                                                                 \
    const float *restrict s = sine + r * table_step;                                                                   \
    for (size_t h = 0; h < heads; h++) {                                                                               \
      const float *restrict in = x + r * x_stride + h * dim;                                                           \
      TYPE *restrict to = out + r * out_row + h * out_head;                                                            \
      ROPE_ROW(STORE)                                                                                                  \
    }                                                                                                                  \
  }

BRAID_KERNEL(void, rope_f32,
             (const float *x, size_t x_stride, float *out, size_t out_row, size_t out_head, const float *cosine,
              const float *sine, size_t table_step, size_t rows, size_t heads, size_t dim, int interleaved,
              float scale),
             (x, x_stride, out, out_row, out_head, cosine, sine, table_step, rows, heads, dim, interleaved, scale)){
    ROPE_BODY(float, (float))}

BRAID_BF16_KERNEL(void, rope_bf16,
                  (const float *x, size_t x_stride, uint16_t *out, size_t out_row, size_t out_head, const float *cosine,
                   const float *sine, size_t table_step, size_t rows, size_t heads, size_t dim, int interleaved,
                   float scale),
                  (x, x_stride, out, out_row, out_head, cosine, sine, table_step, rows, heads, dim, interleaved,
                   scale)){ROPE_BODY(uint16_t, braid_to_bf16)}

BRAID_KERNEL(void, scatter_f32,
             (const float *x, size_t x_stride, float *out, size_t out_row, size_t out_head, size_t rows, size_t heads,
              size_t dim),
             (x, x_stride, out, out_row, out_head, rows, heads, dim)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++)
      for (size_t i = 0; i < dim; i++) out[r * out_row + h * out_head + i] = x[r * x_stride + h * dim + i];
}

BRAID_KERNEL(void, scatter_bf16,
             (const float *x, size_t x_stride, uint16_t *out, size_t out_row, size_t out_head, size_t rows,
              size_t heads, size_t dim),
             (x, x_stride, out, out_row, out_head, rows, heads, dim)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++)
      for (size_t i = 0; i < dim; i++)
        out[r * out_row + h * out_head + i] = braid_to_bf16(x[r * x_stride + h * dim + i]);
}

BRAID_INLINE void gate_f32(const int gelu, const float *gate_up, float *out, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    const float *restrict gate = gate_up + r * 2 * width;
    const float *restrict up = gate + width;
    float *restrict to = out + r * width;
    for (size_t i = 0; i < width; i++) to[i] = activation(gelu, gate[i]) * up[i];
  }
}

BRAID_INLINE void gate_bf16(const int gelu, const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    const uint16_t *restrict gate = gate_up + r * 2 * width;
    const uint16_t *restrict up = gate + width;
    uint16_t *restrict to = out + r * width;
    for (size_t i = 0; i < width; i++)
      to[i] = braid_to_bf16(activation(gelu, braid_from_bf16(gate[i])) * braid_from_bf16(up[i]));
  }
}

BRAID_KERNEL(void, silu_mul_f32, (const float *gate_up, float *out, size_t rows, size_t width),
             (gate_up, out, rows, width)) {
  gate_f32(0, gate_up, out, rows, width);
}

BRAID_KERNEL(void, gelu_mul_f32, (const float *gate_up, float *out, size_t rows, size_t width),
             (gate_up, out, rows, width)) {
  gate_f32(1, gate_up, out, rows, width);
}

BRAID_BF16_KERNEL(void, silu_mul_bf16, (const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width),
                  (gate_up, out, rows, width)) {
  gate_bf16(0, gate_up, out, rows, width);
}

BRAID_BF16_KERNEL(void, gelu_mul_bf16, (const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width),
                  (gate_up, out, rows, width)) {
  gate_bf16(1, gate_up, out, rows, width);
}

BRAID_KERNEL(void, add_bias_f32, (float *x, const float *bias, size_t rows, size_t dim), (x, bias, rows, dim)) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < dim; i++) x[r * dim + i] += bias[i];
}

BRAID_KERNEL(size_t, argmax_f32, (const float *x, size_t count), (x, count)) {
  if (count == 0) return 0;
  float best = x[0];
  for (size_t i = 1; i < count; i++) best = x[i] > best ? x[i] : best;
  for (size_t i = 0; i < count; i++)
    if (x[i] == best) return i;
  return 0;
}
