#ifndef BRAID_QUANTISE_H
#define BRAID_QUANTISE_H

#include <stddef.h>
#include <stdint.h>

/// The steps around integer matrix products.
///
/// Row r of a matrix is held as int8 values q and one scale: x[r][i] = q[r][i] * scale[r], the scale being
/// the row's largest magnitude / 127. A product of such rows with such weights is, for output n, sum[r][n] *
/// row_scale[r] * column_scale[n], the sums being 32-bit integers. A row of zeros has the scale 0.
///
/// A few channels of a transformer's activations are far larger than the others and would leave these with
/// few of the 255 steps. So rows are rotated first, by a Hadamard transform of groups of channels, and the
/// weights by its inverse, which leaves products as they are and spreads every channel over its group
/// (QuaRot, arXiv 2404.00456).

/// int8 rows and their scales from f32 weights of `dim` values a row, rotated. `room` is scratch for `dim`
/// values.
void braid_quantise_weights(const float *x, int8_t *out, float *scales, size_t rows, size_t dim, float *room);

/// The same for activations, which are f32 or bf16.
void braid_quantise_f32(const float *x, int8_t *out, float *scales, size_t rows, size_t dim, float *room);
void braid_quantise_bf16(const uint16_t *x, int8_t *out, float *scales, size_t rows, size_t dim, float *room);

/// braid_rmsnorm_f32 followed by braid_quantise_f32; `room` is scratch for `dim` values.
void braid_rmsnorm_s8(const float *x, const float *weight, int8_t *out, float *scales, size_t rows, size_t dim,
                      float epsilon, float *room);

/// Writes the product that the sums stand for to `out`, or adds it when `accumulate`.
void braid_dequantise_sums(const int32_t *sums, const float *row_scales, const float *column_scales, float *out,
                           size_t rows, size_t dim, int accumulate);

/// braid_silu_mul_f32, or braid_gelu_mul_f32, over sums of gate and up side by side, rows of 2 * width, followed by
/// braid_quantise_f32. `room` is scratch for `width` values.
void braid_silu_mul_sums_s8(const int32_t *sums, const float *row_scales, const float *column_scales, int8_t *out,
                            float *out_scales, size_t rows, size_t width, float *room);
void braid_gelu_mul_sums_s8(const int32_t *sums, const float *row_scales, const float *column_scales, int8_t *out,
                            float *out_scales, size_t rows, size_t width, float *room);

#endif
