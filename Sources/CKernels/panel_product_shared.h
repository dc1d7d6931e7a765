#ifndef BRAID_PANEL_PRODUCT_SHARED_H
#define BRAID_PANEL_PRODUCT_SHARED_H

#include "dispatch.h"
#include "panel_product.h"
#include <string.h>

/// Writes, or adds to, the sums of at most BRAID_PANEL_OUTPUTS outputs over some inputs. `x` are rows [rows][stride],
/// and `panel` the weights of these inputs.
typedef void (*braid_panel_kernel)(const uint8_t *x, size_t rows, size_t stride, const int8_t *panel, size_t inputs,
                                   size_t outputs, int accumulate, int32_t *sums, size_t sums_stride);

void braid_panel_kernel_avx2(const uint8_t *x, size_t rows, size_t stride, const int8_t *panel, size_t inputs,
                             size_t outputs, int accumulate, int32_t *sums, size_t sums_stride);
void braid_panel_kernel_avx512(const uint8_t *x, size_t rows, size_t stride, const int8_t *panel, size_t inputs,
                               size_t outputs, int accumulate, int32_t *sums, size_t sums_stride);

#endif
