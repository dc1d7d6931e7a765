#ifndef BRAID_QUANTISE_H
#define BRAID_QUANTISE_H

#include <stddef.h>
#include <stdint.h>

/// The steps around integer matrix products.
///
/// Row r of a matrix is held as int8 values q and one scale: x[r][i] = q[r][i] * scale[r], the scale being
/// the row's largest magnitude / 127, or another in the last case below. A product of such rows with such weights is,
/// for output n, sum[r][n] * row_scale[r] * column_scale[n], the sums being 32-bit integers. A row of zeros has the
/// scale 0.
///
/// Of the instructions used here only AMX multiplies signed bytes by signed ones. All others multiply unsigned bytes of
/// rows by signed bytes of weights: there rows have a zero added to each number, 128 with VNNI. What that adds to the
/// sums of an output is subtracted afterwards: it is the output's offset, the zero times the sum of its weights.
///
/// Processors with VNNI add the products in 32 bits. Older ones add them in words of 16 bits first, four to a word as
/// panel_product.h has it. A number of a row is at most twice the zero z there, and never negative, so the sum of a
/// word is at most 2 z times the sum of its positive weights, and at least -2 z times that of its negative ones. Both
/// are kept within 16 bits by the weights: of a word's four the positive ones have at most BRAID_WORD_MOST together,
/// and so have the negative ones. Four numbers of random signs seldom come near that: of weights that are spread as a
/// normal distribution is, as rotated ones nearly are, the constants below change one word in four thousand. The loss
/// is about that of weights of at most 64 and rows of at most 127, with which the sum of any two products fits, but not
/// of four. All this holds for numbers that are finite; others give sums that mean nothing.
///
/// A sum is at most 255 * 127 * dim. It may not fit 32 bits where a row has more than BRAID_INT8_MOST_INPUTS values.
///
/// A few channels of a transformer's activations are far larger than the others and would leave these with
/// few of the steps. So rows are rotated first, by a Hadamard transform of groups of channels, and the
/// weights by its inverse, which leaves products as they are and spreads every channel over its group
/// (QuaRot, arXiv 2404.00456).

/// The kinds of rows of activations: signed; unsigned; unsigned, with four products added in 16 bits.
enum { BRAID_ROWS_S8 = 1, BRAID_ROWS_U8 = 2, BRAID_ROWS_U8_WORDS = 3 };

/// For words of 16 bits: the zero of rows, the root mean square of an output's weights, and the most that a word's
/// positive weights, or its negative ones, sum to.
enum { BRAID_WORD_LEVELS = 79, BRAID_WORD_RMS = 28, BRAID_WORD_MOST = 32767 / (2 * BRAID_WORD_LEVELS) };

/// The most values of a row whose sums always fit 32 bits.
enum { BRAID_INT8_MOST_INPUTS = 2147483647 / (255 * 127) };

/// int8 rows and their scales from f32 weights of `dim` values a row, rotated, for activations of a kind. `offsets`
/// receives one number a row for unsigned rows, and is not used for BRAID_ROWS_S8. `room` is scratch for `dim` values.
void braid_quantise_weights(const float *x, int kind, int8_t *out, float *scales, int32_t *offsets, size_t rows,
                            size_t dim, float *room);

/// The same for activations, which are f32 or bf16, as rows of a kind.
void braid_quantise_f32(const float *x, int kind, int8_t *out, float *scales, size_t rows, size_t dim, float *room);
void braid_quantise_bf16(const uint16_t *x, int kind, int8_t *out, float *scales, size_t rows, size_t dim, float *room);

/// braid_rmsnorm_f32 followed by braid_quantise_f32; `room` is scratch for `dim` values.
void braid_rmsnorm_s8(const float *x, const float *weight, int kind, int8_t *out, float *scales, size_t rows,
                      size_t dim, float epsilon, float *room);

/// Writes the product that the sums stand for to `out`, or adds it when `accumulate`. `offsets` are those of the
/// outputs; NULL for rows of signed numbers.
void braid_dequantise_sums(const int32_t *sums, const float *row_scales, const float *column_scales,
                           const int32_t *offsets, float *out, size_t rows, size_t dim, int accumulate);

/// braid_silu_mul_f32, or braid_gelu_mul_f32, over sums of gate and up side by side, rows of 2 * width, followed by
/// braid_quantise_f32. `room` is scratch for `width` values.
void braid_silu_mul_sums_s8(const int32_t *sums, const float *row_scales, const float *column_scales,
                            const int32_t *offsets, int kind, int8_t *out, float *out_scales, size_t rows, size_t width,
                            float *room);
void braid_gelu_mul_sums_s8(const int32_t *sums, const float *row_scales, const float *column_scales,
                            const int32_t *offsets, int kind, int8_t *out, float *out_scales, size_t rows, size_t width,
                            float *room);

#endif
