#include "partials.h"
#include "dispatch.h"

BRAID_KERNEL(void, add_scaled_f32, (float *restrict sum, const float *restrict x, float factor, size_t count),
             (sum, x, factor, count)) {
  for (size_t i = 0; i < count; i++) sum[i] += factor * x[i];
}
