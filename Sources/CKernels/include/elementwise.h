#ifndef BRAID_ELEMENTWISE_H
#define BRAID_ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

/// Row-wise steps of a decoder block which oneDNN lacks or cannot fuse with the layouts used here.
///
/// A bf16 is the upper half of an f32, rounded to nearest even, held in a uint16_t. Processors that compute
/// in bf16 round by their own instructions, which make zeros of numbers below 2^-126, and they take
/// exponentials and reciprocals to 13 bits only where the result is bf16. So the last bit of a bf16 may
/// differ between instruction sets.

/// out[r][i] = x[r][i] * weight[i] / sqrt(mean(x[r]^2) + epsilon), one row after the other, `dim` values
/// each.
void braid_rmsnorm_f32(const float *x, const float *weight, float *out, size_t rows, size_t dim, float epsilon);
void braid_rmsnorm_bf16(const float *x, const float *weight, uint16_t *out, size_t rows, size_t dim, float epsilon);

/// The same added to `out`.
void braid_rmsnorm_add_f32(const float *x, const float *weight, float *out, size_t rows, size_t dim, float epsilon);

/// The same in place for each of `heads` neighbouring vectors of `dim` values, all with the same weights; row r
/// begins at x + r * stride.
void braid_rmsnorm_heads_f32(float *x, size_t stride, const float *weight, size_t rows, size_t heads, size_t dim,
                             float epsilon);

/// x[i] = cap * tanh(x[i] / cap).
void braid_cap_f32(float *x, size_t count, float cap);

/// Rotary position embedding of `rows` x `heads` vectors of `dim` values, times `scale`.
///
/// Row r, head h is read at x + r * x_stride + h * dim and written at out + r * out_row + h * out_head
/// (strides in elements). `cosine` and `sine` hold `dim` values a row, laid out for the pairing: out[i] =
/// x[i] * cosine[i] + x[pair(i)] * sine[i], the sign of the rotation being in `sine`. pair(i) is i ^ 1 when
/// `interleaved`, else i +- dim / 2. When `table_step` is 0 all rows use the same table row; else row r uses
/// the one at r * table_step.
void braid_rope_f32(const float *x, size_t x_stride, float *out, size_t out_row, size_t out_head, const float *cosine,
                    const float *sine, size_t table_step, size_t rows, size_t heads, size_t dim, int interleaved,
                    float scale);
void braid_rope_bf16(const float *x, size_t x_stride, uint16_t *out, size_t out_row, size_t out_head,
                     const float *cosine, const float *sine, size_t table_step, size_t rows, size_t heads, size_t dim,
                     int interleaved, float scale);

/// Copies `rows` rows of `heads` vectors with the same strides as above, without rotation.
void braid_scatter_f32(const float *x, size_t x_stride, float *out, size_t out_row, size_t out_head, size_t rows,
                       size_t heads, size_t dim);
void braid_scatter_bf16(const float *x, size_t x_stride, uint16_t *out, size_t out_row, size_t out_head, size_t rows,
                        size_t heads, size_t dim);

/// out[r][i] = silu(gate_up[r][i]) * gate_up[r][width + i]: the gated activation of a feed-forward whose gate
/// and up projections stand side by side in one row of 2 * width values.
void braid_silu_mul_f32(const float *gate_up, float *out, size_t rows, size_t width);
void braid_silu_mul_bf16(const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width);

/// The same with GELU in its approximation by the hyperbolic tangent.
void braid_gelu_mul_f32(const float *gate_up, float *out, size_t rows, size_t width);
void braid_gelu_mul_bf16(const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width);

/// x[r][i] += bias[i].
void braid_add_bias_f32(float *x, const float *bias, size_t rows, size_t dim);

/// The index of the largest of `count` values, the first of equals; 0 when count is 0.
size_t braid_argmax_f32(const float *x, size_t count);

#endif
