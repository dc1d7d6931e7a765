#ifndef BRAID_COMPACT_H
#define BRAID_COMPACT_H

#include "dequantise.h"

/// Products of few rows with weights as a model file packs them: what a token of an answer costs is reading them once.
///
/// Weights of whole numbers with a scale for some of them (Q4_0 to Q6_K) meet rows of 16-bit numbers with a scale for
/// each run of 32, so that the sums of a run are exact and a row loses 2^-16 of the largest value of its run. Weights
/// of type F32, F16 and BF16 are multiplied in f32.

/// The most rows of one product.
#define BRAID_COMPACT_ROWS 8
/// Values of a run, which has a scale of its own in rows.
#define BRAID_COMPACT_RUN 32

/// Rows, [rows][inputs], in both forms that products read.
typedef struct {
  const float *values;
  /// values[i] = numbers[i] * scales[i / 32] and sums[i / 32] is the sum of a run's values; only for rows whose length
  /// is a multiple of 32.
  const int16_t *numbers;
  const float *scales, *sums;
  size_t count;
} braid_compact_rows;

/// Weights, [outputs][inputs].
typedef struct {
  const uint8_t *bytes;
  /// The number of the type in GGUF files, one that braid_dequantiser_of() knows.
  uint32_t type;
  /// Values of a row: a multiple of the type's block.
  size_t inputs;
  /// Bytes of a row.
  size_t row_bytes;
} braid_compact_weights;

/// Rounds `count` values, a multiple of 32, to numbers with a scale and a sum for each run.
void braid_compact_round(const float *values, size_t count, int16_t *numbers, float *scales, float *sums);

/// Multiplies rows, 1 to BRAID_COMPACT_ROWS, by some of the weights' outputs:
/// out[r * stride + o] = scale * sum over i of rows[r][i] * weight[first + o][i] for o < count, or += where
/// `accumulate` is not 0. A row gives the same bits whatever the other rows and the outputs of the call.
void braid_compact_product(const braid_compact_weights *weights, size_t first, size_t count,
                           const braid_compact_rows *rows, float scale, int accumulate, float *out, size_t stride);

#endif
