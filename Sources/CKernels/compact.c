#include "compact.h"
#include "dispatch.h"

// Values of a weight row that are unpacked at a time. They stay in the first-level cache, and are whole blocks of
// every format.
#define PART 512
// Vectors of partial sums of a row: enough to hide the latency of an addition, and for two rows not more than an
// AVX2 processor has registers.
#define CHAINS 4
#define WIDTH 8

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

/// Adds the products of `n` weights with each of `rows` rows, 1 or 2, to `sums`.
BRAID_INLINE void dot_rows(const int rows, const float *restrict weights, const float *restrict x, size_t stride,
                           size_t n, float *restrict sums) {
  vector partial[2][CHAINS];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < CHAINS; c++) partial[r][c] = (vector){0};
  size_t i = 0;
  for (; i + CHAINS * WIDTH <= n; i += CHAINS * WIDTH)
    for (int c = 0; c < CHAINS; c++) {
      vector w = *(const vector *)(weights + i + WIDTH * c);
      for (int r = 0; r < rows; r++) partial[r][c] += w * *(const vector *)(x + r * stride + i + WIDTH * c);
    }
  for (int r = 0; r < rows; r++) {
    float lanes[WIDTH];
    *(vector *)lanes = (partial[r][0] + partial[r][1]) + (partial[r][2] + partial[r][3]);
    float rest = 0;
    for (size_t j = i; j < n; j++) rest += weights[j] * x[r * stride + j];
    sums[r] += ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7])) + rest;
  }
}

BRAID_KERNEL(void, compact_dots,
             (const float *weights, const float *x, size_t stride, size_t rows, size_t n, float *sums),
             (weights, x, stride, rows, n, sums)) {
  for (; rows >= 2; rows -= 2, x += 2 * stride, sums += 2) dot_rows(2, weights, x, stride, n, sums);
  if (rows) dot_rows(1, weights, x, stride, n, sums);
}

void braid_compact_product(const braid_compact_weights *weights, size_t first, size_t count, const float *x,
                           size_t rows, float scale, int accumulate, float *out, size_t stride) {
  const size_t inputs = weights->inputs;
  const uint8_t *bytes = weights->bytes + first * (inputs / weights->block_length * weights->block_bytes);
  float part[PART] __attribute__((aligned(64)));
  for (size_t o = 0; o < count; o++) {
    float sums[BRAID_COMPACT_ROWS] = {0};
    for (size_t i = 0; i < inputs; i += PART) {
      const size_t n = inputs - i < PART ? inputs - i : PART, blocks = n / weights->block_length;
      weights->dequantise(bytes, part, blocks);
      bytes += blocks * weights->block_bytes;
      braid_compact_dots(part, x + i, inputs, rows, n, sums);
    }
    for (size_t r = 0; r < rows; r++) {
      float *to = out + r * stride + o;
      *to = accumulate ? *to + scale * sums[r] : scale * sums[r];
    }
  }
}
