#include "attention_shared.h"
#include "scalar.h"
#include <math.h>

// The portable kernel. Packed keys are [strip][head_dim][STRIP] f32, so that one query value meets 64 keys at once; values stay in rows.

size_t braid_attention_scratch(int32_t head_dim) {
  return (size_t)BLOCK * (size_t)head_dim * 8 + TILE * BLOCK * 8;
}

BRAID_INLINE float element(const void *x, int32_t is_f32, size_t i) {
  return is_f32 ? ((const float *)x)[i] : braid_from_bf16(((const uint16_t *)x)[i]);
}

BRAID_INLINE void pack_block(const braid_attention *a, int32_t first, int32_t count, float *keys, float *values) {
  int32_t dim = a->head_dim;
  for (int32_t strip = 0; strip < count; strip += STRIP)
    for (int32_t i = 0; i < dim; i++)
      for (int32_t j = 0; j < STRIP; j++)
        keys[(size_t)strip * dim + (size_t)i * STRIP + j] =
            strip + j < count ? element(a->k, a->kv_is_f32, (size_t)(first + strip + j) * dim + i) : 0.0f;
  if (!a->o) return;
  for (size_t i = 0; i < (size_t)count * dim; i++)
    values[i] = element(a->v, a->kv_is_f32, (size_t)first * dim + i);
}

BRAID_INLINE void attend_row(const braid_attention *a, int32_t row, int32_t seen, const float *keys,
                             const float *values, float *restrict s) {
  int32_t dim = a->head_dim;
  const float *q = (const float *)a->q + (size_t)row * dim;
  for (int32_t strip = 0; strip < seen; strip += STRIP) {
    float acc[STRIP] = {0};
    const float *k = keys + (size_t)strip * dim;
    for (int32_t i = 0; i < dim; i++)
      for (int32_t j = 0; j < STRIP; j++) acc[j] += q[i] * k[(size_t)i * STRIP + j];
    for (int32_t j = 0; j < STRIP; j++) s[strip + j] = acc[j];
  }
  float before = a->m[row], now = before;
  for (int32_t j = 0; j < seen; j++) now = s[j] > now ? s[j] : now;
  if (a->top) {
    float *top = a->top + (size_t)row * BRAID_TOP;
    for (int32_t j = 0; j < seen; j++)
      if (s[j] > top[BRAID_TOP - 1]) insert_top(top, s[j]);
  }
  float sums[16] = {0}, weighted[16] = {0};
  int32_t padded = (seen + 15) / 16 * 16;
  for (int32_t j = seen; j < padded; j++) s[j] = -INFINITY;
  for (int32_t j = 0; j < padded; j += 16)
    for (int32_t i = 0; i < 16; i++) {
      float x = s[j + i];
      float w = x == -INFINITY ? 0.0f : braid_exp(x - now);
      sums[i] += w;
      weighted[i] += w * (w == 0.0f ? 0.0f : x);
      s[j + i] = w;
    }
  float sum = 0, energy = 0;
  for (int i = 0; i < 16; i++) {
    sum += sums[i];
    energy += weighted[i];
  }
  float factor = before == -INFINITY ? 0.0f : braid_exp(before - now);
  a->m[row] = now;
  a->l[row] = a->l[row] * factor + sum;
  if (a->e) a->e[row] = a->e[row] * factor + energy;
  if (!a->o) return;
  float *o = a->o + (size_t)row * dim;
  for (int32_t channel = 0; channel < dim; channel += 64) {
    float acc[64];
    for (int i = 0; i < 64; i++) acc[i] = o[channel + i] * factor;
    for (int32_t j = 0; j < seen; j++) {
      const float *v = values + (size_t)j * dim + channel;
      for (int i = 0; i < 64; i++) acc[i] += s[j] * v[i];
    }
    for (int i = 0; i < 64; i++) o[channel + i] = acc[i];
  }
}

BRAID_CLONES
void braid_attend_f32(const braid_attention *a) {
  float *keys = a->scratch;
  float *values = keys + (size_t)BLOCK * a->head_dim;
  float *s = values + (size_t)BLOCK * a->head_dim;
  int32_t reach = a->causal ? seen_by(a, a->rows - 1, 0, a->keys) : a->keys;
  for (int32_t first = 0; first < reach; first += BLOCK) {
    int32_t count = reach - first < BLOCK ? reach - first : BLOCK;
    pack_block(a, first, count, keys, values);
    for (int32_t row = 0; row < a->rows; row++) {
      int32_t seen = seen_by(a, row, first, count);
      if (seen > 0) attend_row(a, row, seen, keys, values, s);
    }
  }
}

#define FINISH(TYPE, STORE)                                                                                            \
  for (size_t r = 0; r < rows; r++) {                                                                                  \
    float f = l[r] > 0 ? 1.0f / l[r] : 0.0f;                                                                           \
    TYPE *restrict to = out + (r / group) * out_row + (r % group) * head_dim;                                          \
    const float *restrict from = o + r * head_dim;                                                                     \
    for (size_t i = 0; i < head_dim; i++) to[i] = STORE(from[i] * f);                                                  \
  }

BRAID_CLONES
void braid_attention_finish_bf16(const float *o, const float *l, uint16_t *out, size_t rows, size_t group, size_t head_dim,
                                 size_t out_row) {
  FINISH(uint16_t, braid_to_bf16)
}

BRAID_CLONES
void braid_attention_finish_f32(const float *o, const float *l, float *out, size_t rows, size_t group, size_t head_dim,
                                size_t out_row) {
  FINISH(float, (float))
}
