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

/// What the logistic function of a gated activation is taken of: x for SiLU, and for GELU, whose usual approximation
/// is x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), twice the argument of the hyperbolic tangent. `gelu` is a
/// constant.
BRAID_INLINE float gate_argument(const int gelu, float x) {
  return gelu ? x * (1.5957691216f + 0.0713548162726f * x * x) : x;
}

BRAID_INLINE float activation(const int gelu, float x) { return x / (1.0f + braid_exp(-gate_argument(gelu, x))); }

#endif
