#ifndef BRAID_ROWS_H
#define BRAID_ROWS_H

#include "scalar.h"
#include <stddef.h>

BRAID_INLINE float element(const void *from, int32_t is_f32, size_t i) {
  return is_f32 ? ((const float *)from)[i] : braid_from_bf16(((const uint16_t *)from)[i]);
}

/// Reads a row of either type.
BRAID_INLINE void load_row(const void *from, int32_t is_f32, size_t row, size_t dim, float *restrict out) {
  if (is_f32) {
    for (size_t i = 0; i < dim; i++) out[i] = ((const float *)from)[row * dim + i];
  } else {
    for (size_t i = 0; i < dim; i++) out[i] = braid_from_bf16(((const uint16_t *)from)[row * dim + i]);
  }
}

#endif
