#include "compact_formats.h"
#include "scalar.h"

// Values of a weight row that are unpacked at a time. They stay in the first-level cache, and are whole blocks of
// every format.
#define PART 512
// Vectors of partial sums of a row: enough to hide the latency of an addition, and for two rows not more than an
// AVX2 processor has registers.
#define CHAINS 4
#define WIDTH 8
// Outputs that a kernel takes at a time.
#define OUTPUTS 16

typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

BRAID_KERNEL(void, compact_round, (const float *values, size_t count, int16_t *numbers, float *scales, float *sums),
             (values, count, numbers, scales, sums)) {
  for (size_t t = 0; t < count / BRAID_COMPACT_RUN; t++, values += BRAID_COMPACT_RUN, numbers += BRAID_COMPACT_RUN) {
    float largest[WIDTH] = {0}, sum[WIDTH] = {0};
    for (size_t i = 0; i < BRAID_COMPACT_RUN; i += WIDTH)
      for (size_t j = 0; j < WIDTH; j++) {
        float magnitude = __builtin_fabsf(values[i + j]);
        largest[j] = magnitude > largest[j] ? magnitude : largest[j];
        sum[j] += values[i + j];
      }
    for (size_t j = 1; j < WIDTH; j++) {
      largest[0] = largest[j] > largest[0] ? largest[j] : largest[0];
      sum[0] += sum[j];
    }
    const float inverse = largest[0] > 0 ? 32767.0f / largest[0] : 0.0f;
    for (size_t i = 0; i < BRAID_COMPACT_RUN; i++) numbers[i] = (int16_t)braid_rounded(values[i] * inverse);
    // What is no number stays none, which the largest magnitude does not see.
    scales[t] = sum[0] == sum[0] ? largest[0] * (1.0f / 32767.0f) : sum[0];
    sums[t] = sum[0];
  }
}

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

/// The same as a kernel for whole numbers, for any type, by unpacking weights to f32.
static void multiply_unpacked(const braid_compact_weights *weights, const uint8_t *bytes, size_t count,
                              const braid_compact_rows *rows, float (*sums)[BRAID_COMPACT_ROWS]) {
  const braid_dequantiser dequantise = braid_dequantiser_of(weights->type);
  const size_t inputs = weights->inputs, blocks_of_row = inputs / braid_block_length(weights->type);
  const size_t block_bytes = weights->row_bytes / blocks_of_row;
  float part[PART] __attribute__((aligned(64)));
  for (size_t o = 0; o < count; o++) {
    for (size_t r = 0; r < rows->count; r++) sums[o][r] = 0;
    for (size_t i = 0; i < inputs; i += PART) {
      const size_t n = inputs - i < PART ? inputs - i : PART, blocks = n / braid_block_length(weights->type);
      dequantise(bytes, part, blocks);
      bytes += blocks * block_bytes;
      braid_compact_dots(part, rows->values + i, inputs, rows->count, n, sums[o]);
    }
  }
}

/// The kernel for whole numbers; NULL for another type, and for a processor that has none.
static braid_compact_kernel kernel_of(uint32_t type) {
  switch (braid_isa_in_use()) {
  case BRAID_ISA_BASELINE: return NULL;
  case BRAID_ISA_AVX2: return braid_compact_kernel_avx2(type);
  default: return braid_compact_kernel_avx512(type);
  }
}

void braid_compact_product(const braid_compact_weights *weights, size_t first, size_t count,
                           const braid_compact_rows *rows, float scale, int accumulate, float *out, size_t stride) {
  const braid_compact_kernel kernel = kernel_of(weights->type);
  float sums[OUTPUTS][BRAID_COMPACT_ROWS];
  for (size_t start = 0; start < count; start += OUTPUTS) {
    const size_t n = count - start < OUTPUTS ? count - start : OUTPUTS;
    const uint8_t *bytes = weights->bytes + (first + start) * weights->row_bytes;
    if (kernel) kernel(bytes, weights->row_bytes, weights->inputs, n, rows, sums);
    else multiply_unpacked(weights, bytes, n, rows, sums);
    for (size_t r = 0; r < rows->count; r++)
      for (size_t o = 0; o < n; o++) {
        float *to = out + r * stride + start + o;
        *to = accumulate ? *to + scale * sums[o][r] : scale * sums[o][r];
      }
  }
}
