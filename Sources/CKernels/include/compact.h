#ifndef BRAID_COMPACT_H
#define BRAID_COMPACT_H

#include "dequantise.h"

/// The most rows of one braid_compact_product().
#define BRAID_COMPACT_ROWS 8

/// Weights as a model file packs them, [outputs][inputs].
typedef struct {
  const uint8_t *bytes;
  /// How a part of a row is unpacked.
  braid_dequantiser dequantise;
  /// Values of a row: a multiple of block_length.
  size_t inputs;
  /// Values and bytes of a block. The length divides 512.
  size_t block_length, block_bytes;
} braid_compact_weights;

/// Multiplies rows by some of the weights' outputs:
/// out[r * stride + o] = scale * sum over i of x[r][i] * weight[first + o][i] for o < count, or += where
/// `accumulate` is not 0.
///
/// `x` is [rows][inputs], with 1 to BRAID_COMPACT_ROWS rows. A row gives the same bits whatever the other rows and
/// the outputs of the call.
void braid_compact_product(const braid_compact_weights *weights, size_t first, size_t count, const float *x,
                           size_t rows, float scale, int accumulate, float *out, size_t stride);

#endif
