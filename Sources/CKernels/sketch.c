#include "sketch.h"
#include "rows.h"

#include <math.h>

// Sixteen levels of this many standard deviations reach three of them to either side.
#define STEP 0.375f
// The most channels of a head.
#define MOST 512

BRAID_INLINE size_t channel_of(const braid_key_sketch *s, size_t i) {
  size_t run = (size_t)s->run;
  return i < run ? (size_t)s->first[0] + i : (size_t)s->first[1] + i - run;
}

BRAID_KERNEL(void, sketch_keys, (const braid_key_sketch *s), (s)) {
  size_t dim = (size_t)s->dim, count = (size_t)s->count, run = (size_t)s->run;
  float row[MOST], sums[MOST];
  float *mean = s->mean;
  for (size_t i = 0; i < dim; i++) mean[i] = 0;
  for (size_t k = 0; k < count; k++) {
    load_row(s->keys, s->is_f32, k, dim, row);
    for (size_t i = 0; i < dim; i++) mean[i] += row[i];
  }
  for (size_t i = 0; i < dim; i++) mean[i] /= (float)count;
  for (size_t i = 0; i < dim; i++) sums[i] = 0;
  for (size_t k = 0; k < count; k++) {
    load_row(s->keys, s->is_f32, k, dim, row);
    for (size_t i = 0; i < dim; i++) sums[i] += (row[i] - mean[i]) * (row[i] - mean[i]);
  }
  float inverse[MOST];
  for (size_t i = 0; i < dim; i++) {
    // Keys that are all alike have no spread to count in.
    float step = STEP * sqrtf(sums[i] / (float)count);
    sums[i] = step > 1e-20f ? step : 1e-20f;
    inverse[i] = 1.0f / sums[i];
  }
  for (size_t i = 0; i < 2 * run; i++) s->steps[i] = sums[channel_of(s, i)];
  for (size_t k = 0; k < count; k++) {
    load_row(s->keys, s->is_f32, k, dim, row);
    uint8_t level[MOST];
    for (size_t i = 0; i < dim; i++) {
      float x = (row[i] - mean[i]) * inverse[i] + 8.0f;
      x = x < 0.0f ? 0.0f : x;
      x = x > 15.0f ? 15.0f : x;
      level[i] = (uint8_t)(int32_t)x;
    }
    const uint8_t *low = level + s->first[0], *high = level + s->first[1];
    uint8_t *to = s->codes + k * run;
    for (size_t i = 0; i < run; i++) to[i] = (uint8_t)(low[i] | high[i] << 4);
  }
}
