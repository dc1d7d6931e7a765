#include "panel_product_shared.h"

// Inputs whose weights of a panel are used before those of the next inputs: 24 KiB, which leave room for rows in a
// first-level cache of 32.
#define BLOCK_INPUTS 768

size_t braid_panel_bytes(size_t inputs, size_t outputs) {
  const size_t most = SIZE_MAX - BRAID_PANEL_OUTPUTS;
  if (inputs > most || outputs > most) return 0;
  const size_t rows = (inputs + BRAID_PANEL_INPUTS - 1) / BRAID_PANEL_INPUTS * BRAID_PANEL_INPUTS;
  const size_t columns = (outputs + BRAID_PANEL_OUTPUTS - 1) / BRAID_PANEL_OUTPUTS * BRAID_PANEL_OUTPUTS;
  size_t bytes;
  return __builtin_mul_overflow(rows, columns, &bytes) ? 0 : bytes;
}

void braid_panel_pack(const int8_t *rows, size_t inputs, size_t first, size_t count, int8_t *panels) {
  const size_t panel = braid_panel_bytes(inputs, BRAID_PANEL_OUTPUTS);
  for (size_t o = 0; o < count; o++, rows += inputs) {
    int8_t *to = panels + (first + o) / BRAID_PANEL_OUTPUTS * panel + 4 * ((first + o) % BRAID_PANEL_OUTPUTS);
    for (size_t i = 0; i < inputs; i++) to[i / 4 * 4 * BRAID_PANEL_OUTPUTS + i % 4] = rows[i];
  }
}

/// The kernel for other processors, on which int8 is not chosen: tests hold the others against it.
static void multiply_plainly(const uint8_t *x, size_t rows, size_t stride, const int8_t *panel, size_t inputs,
                             size_t outputs, int accumulate, int32_t *sums, size_t sums_stride) {
  for (size_t r = 0; r < rows; r++, x += stride, sums += sums_stride)
    for (size_t o = 0; o < outputs; o++) {
      int32_t sum = accumulate ? sums[o] : 0;
      for (size_t i = 0; i < inputs; i++) sum += x[i] * panel[i / 4 * 4 * BRAID_PANEL_OUTPUTS + 4 * o + i % 4];
      sums[o] = sum;
    }
}

static braid_panel_kernel kernel_in_use(void) {
#if defined(__x86_64__)
  switch (braid_isa_in_use()) {
  case BRAID_ISA_BASELINE: return multiply_plainly;
  case BRAID_ISA_AVX2: return braid_panel_kernel_avx2;
  default: return braid_panel_kernel_avx512;
  }
#else
  return multiply_plainly;
#endif
}

void braid_panel_product(const uint8_t *x, size_t rows, size_t inputs, const int8_t *panels, size_t outputs,
                         size_t first, size_t count, int32_t *sums) {
  const braid_panel_kernel kernel = kernel_in_use();
  const size_t bytes = braid_panel_bytes(inputs, BRAID_PANEL_OUTPUTS);
  for (size_t p = first; p < first + count; p++) {
    const size_t start = p * BRAID_PANEL_OUTPUTS,
                 n = outputs - start < BRAID_PANEL_OUTPUTS ? outputs - start : BRAID_PANEL_OUTPUTS;
    for (size_t i = 0; i < inputs; i += BLOCK_INPUTS)
      kernel(x + i, rows, inputs, panels + p * bytes + i * BRAID_PANEL_OUTPUTS,
             inputs - i < BLOCK_INPUTS ? inputs - i : BLOCK_INPUTS, n, i > 0, sums + start, outputs);
  }
}
