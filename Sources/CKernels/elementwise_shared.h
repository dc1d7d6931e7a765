#ifndef BRAID_ELEMENTWISE_SHARED_H
#define BRAID_ELEMENTWISE_SHARED_H

#include "scalar.h"
#include <math.h>
#include <stddef.h>

/// 1 / sqrt(mean(x^2) + epsilon), by which RMSNorm multiplies a row.
BRAID_INLINE float inverse_rms(const float *x, size_t dim, float epsilon) {
  float lanes[16] = {0};
  size_t i = 0;
  for (; i + 16 <= dim; i += 16)
    for (size_t j = 0; j < 16; j++) lanes[j] += x[i + j] * x[i + j];
  float sum = 0;
  for (; i < dim; i++) sum += x[i] * x[i];
  for (size_t j = 0; j < 16; j++) sum += lanes[j];
  return 1.0f / sqrtf(sum / (float)dim + epsilon);
}

BRAID_INLINE float silu(float x) { return x / (1.0f + braid_exp(-x)); }

#endif
