#ifndef BRAID_PARTIALS_H
#define BRAID_PARTIALS_H

#include <stddef.h>

/// sum[i] += factor * x[i].
void braid_add_scaled_f32(float *sum, const float *x, float factor, size_t count);

#endif
