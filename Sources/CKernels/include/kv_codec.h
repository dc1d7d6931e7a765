#ifndef BRAID_KV_CODEC_H
#define BRAID_KV_CODEC_H

#include <stddef.h>
#include <stdint.h>

/// The coding of keys and values for the wire: int8 with bf16 scales, x = q * scale.
///
/// Channels of keys differ in size and keep it from token to token; tokens of values differ, and no channel
/// stands out. So keys share a scale channel by channel over a group of tokens, and values token by token
/// (KIVI, arXiv 2402.02750). A scale is the largest magnitude / 127, rounded up, so that no value is cut. It
/// is 0 where that magnitude is below 2^-100.
///
/// All matrices are `[rows][dim]` without gaps. A NaN or an infinity makes everything under its scale NaN.

/// The least magnitude, as bf16 bits, that a scale is made for: 2^-100.
enum { braid_kv_least = 27 << 7 };

/// int8 keys and their scales, `[ceil(rows / group)][dim]`. `group` is at least 1.
void braid_kv_encode_keys(const uint16_t *x, int8_t *out, uint16_t *scales, size_t rows, size_t dim, size_t group);

/// bf16 keys from the output of braid_kv_encode_keys.
void braid_kv_decode_keys(const int8_t *x, const uint16_t *scales, uint16_t *out, size_t rows, size_t dim,
                          size_t group);

/// int8 values and their scales, one for each of `rows`.
void braid_kv_encode_values(const uint16_t *x, int8_t *out, uint16_t *scales, size_t rows, size_t dim);

/// bf16 values from the output of braid_kv_encode_values.
void braid_kv_decode_values(const int8_t *x, const uint16_t *scales, uint16_t *out, size_t rows, size_t dim);

#endif
