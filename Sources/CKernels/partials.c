#include "partials.h"
#include "clones.h"

BRAID_CLONES
void braid_add_scaled_f32(float *restrict sum, const float *restrict x, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += factor * x[i];
}
