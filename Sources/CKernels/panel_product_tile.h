// The kernel of a panel for vectors of one width. The file that includes this one defines
//
// - NAME, the kernel;
// - TARGET, its instruction set;
// - VECTOR, its vectors of integers, and OP(name), their operations;
// - ROWS, the rows of a tile, whose sums have to fit the registers beside the factors of a row.

#include "panel_product_shared.h"
#include <immintrin.h>

#define INLINE TARGET BRAID_INLINE
#define VECTORS (4 * BRAID_PANEL_OUTPUTS / sizeof(VECTOR))
// The factors of a row, of four bytes of a group of inputs each.
#define FACTORS (BRAID_PANEL_INPUTS / 4)

/// Adds the products of BRAID_PANEL_INPUTS inputs of `count` rows.
INLINE void add_group(const int count, const uint8_t *x, size_t stride, const int8_t *panel, VECTOR (*sums)[VECTORS]) {
  const VECTOR *weights = (const VECTOR *)panel;
  for (int r = 0; r < count; r++) {
    VECTOR factors[FACTORS];
    for (size_t f = 0; f < FACTORS; f++) {
      int32_t bytes;
      memcpy(&bytes, x + (size_t)r * stride + 4 * f, sizeof bytes);
      factors[f] = OP(set1_epi32)(bytes);
    }
    for (size_t v = 0; v < VECTORS; v++) {
      VECTOR words = OP(maddubs_epi16)(factors[0], weights[v]);
      for (size_t f = 1; f < FACTORS; f++)
        words = OP(add_epi16)(words, OP(maddubs_epi16)(factors[f], weights[VECTORS * f + v]));
      sums[r][v] = OP(add_epi32)(sums[r][v], OP(madd_epi16)(words, OP(set1_epi16)(1)));
    }
  }
}

INLINE void multiply_tile(const int count, const uint8_t *x, size_t stride, const int8_t *panel, size_t inputs,
                          size_t outputs, int accumulate, int32_t *out, size_t out_stride) {
  VECTOR sums[ROWS][VECTORS];
  // Constant sizes are copied by vector moves, others by a call.
  if (!accumulate) memset(sums, 0, sizeof sums);
  else if (outputs == BRAID_PANEL_OUTPUTS)
    for (int r = 0; r < count; r++) memcpy(sums[r], out + (size_t)r * out_stride, sizeof sums[r]);
  else
    for (int r = 0; r < count; r++) memcpy(sums[r], out + (size_t)r * out_stride, outputs * sizeof *out);
  const size_t whole = inputs - inputs % BRAID_PANEL_INPUTS;
  for (size_t i = 0; i < whole; i += BRAID_PANEL_INPUTS)
    add_group(count, x + i, stride, panel + i * BRAID_PANEL_OUTPUTS, sums);
  if (whole < inputs) {
    uint8_t last[ROWS][BRAID_PANEL_INPUTS] = {{0}};
    for (int r = 0; r < count; r++) memcpy(last[r], x + (size_t)r * stride + whole, inputs - whole);
    add_group(count, last[0], BRAID_PANEL_INPUTS, panel + whole * BRAID_PANEL_OUTPUTS, sums);
  }
  if (outputs == BRAID_PANEL_OUTPUTS)
    for (int r = 0; r < count; r++) memcpy(out + (size_t)r * out_stride, sums[r], sizeof sums[r]);
  else
    for (int r = 0; r < count; r++) memcpy(out + (size_t)r * out_stride, sums[r], outputs * sizeof *out);
}

TARGET void NAME(const uint8_t *x, size_t rows, size_t stride, const int8_t *panel, size_t inputs, size_t outputs,
                 int accumulate, int32_t *sums, size_t sums_stride) {
  size_t r = 0;
  for (; r + ROWS <= rows; r += ROWS)
    multiply_tile(ROWS, x + r * stride, stride, panel, inputs, outputs, accumulate, sums + r * sums_stride,
                  sums_stride);
  for (; r < rows; r++)
    multiply_tile(1, x + r * stride, stride, panel, inputs, outputs, accumulate, sums + r * sums_stride, sums_stride);
}
