#include "summaries.h"
#include "rows.h"

#include <math.h>

/// The next bf16 at or beyond x in the direction of `sign`.
BRAID_INLINE uint16_t outward(float x, float sign) {
  uint16_t near = braid_to_bf16(x);
  if ((braid_from_bf16(near) - x) * sign >= 0) return near;
  int away = (x > 0) == (sign > 0) && x != 0;
  if (x == 0) return near;
  return (uint16_t)(away ? near + 1 : near - 1);
}

// Four keys a step, so that the matrix of sums is loaded and stored a quarter as often.
BRAID_INLINE void add_products(float *restrict sums, const float *restrict rows, size_t dim) {
  const float *a = rows, *b = rows + dim, *c = rows + 2 * dim, *d = rows + 3 * dim;
  for (size_t i = 0; i < dim; i++) {
    float ai = a[i], bi = b[i], ci = c[i], di = d[i];
    float *restrict to = sums + i * dim;
    for (size_t j = 0; j < dim; j++) to[j] += ai * a[j] + bi * b[j] + ci * c[j] + di * d[j];
  }
}

BRAID_KERNEL(void, summarise_keys, (const braid_key_summary *s), (s)) {
  size_t dim = (size_t)s->dim, count = (size_t)s->count, page = (size_t)s->page;
  float *sums = s->scratch, *rows = s->scratch + dim * dim;
  const float *mean = s->mean;
  for (size_t i = 0; i < dim * dim; i++) sums[i] = 0;
  for (size_t k = 0; k < count; k += 4) {
    for (size_t j = 0; j < 4; j++) {
      float *row = rows + j * dim;
      if (k + j < count) {
        load_row(s->keys, s->is_f32, k + j, dim, row);
        for (size_t i = 0; i < dim; i++) row[i] -= mean[i];
      } else {
        for (size_t i = 0; i < dim; i++) row[i] = 0;
      }
    }
    add_products(sums, rows, dim);
  }
  for (size_t i = 0; i < dim * dim; i++) s->covariance[i] = braid_to_bf16(sums[i] / (float)count);
  float *high = rows, *low = rows + dim, *row = rows + 2 * dim;
  uint16_t *bounds = s->bounds;
  for (size_t first = 0; first < count; first += page, bounds += 2 * dim) {
    load_row(s->keys, s->is_f32, first, dim, high);
    load_row(s->keys, s->is_f32, first, dim, low);
    for (size_t k = first + 1; k < count && k < first + page; k++) {
      load_row(s->keys, s->is_f32, k, dim, row);
      for (size_t i = 0; i < dim; i++) {
        high[i] = row[i] > high[i] ? row[i] : high[i];
        low[i] = row[i] < low[i] ? row[i] : low[i];
      }
    }
    for (size_t i = 0; i < dim; i++) {
      bounds[i] = outward(high[i], 1);
      bounds[dim + i] = outward(low[i], -1);
    }
  }
}

/// Adds x^T C x and x^T mean over `width` (a constant) columns of C from `first` on.
BRAID_INLINE void add_moments(const size_t width, const float *x, const float *restrict covariance,
                              const float *restrict mean, size_t dim, size_t first, float *linear, float *square) {
  float y[64] = {0};
  for (size_t i = 0; i < dim; i++) {
    const float *c = covariance + i * dim + first;
    for (size_t j = 0; j < width; j++) y[j] += x[i] * c[j];
  }
  for (size_t j = 0; j < width; j++) {
    *square += x[first + j] * y[j];
    *linear += x[first + j] * mean[first + j];
  }
}

BRAID_KERNEL(void, moment_logits,
             (const float *restrict q, size_t rows, size_t dim, const float *restrict mean,
              const uint16_t *restrict covariance, float bias, float *restrict scratch, float *restrict out,
              size_t stride),
             (q, rows, dim, mean, covariance, bias, scratch, out, stride)) {
  for (size_t i = 0; i < dim * dim; i++) scratch[i] = braid_from_bf16(covariance[i]);
  for (size_t r = 0; r < rows; r++) {
    const float *x = q + r * dim;
    float linear = 0, square = 0;
    size_t first = 0;
    for (; first + 64 <= dim; first += 64) add_moments(64, x, scratch, mean, dim, first, &linear, &square);
    for (; first < dim; first += 16) add_moments(16, x, scratch, mean, dim, first, &linear, &square);
    out[r * stride] = bias + linear + 0.5f * square;
  }
}

BRAID_KERNEL(void, bound_queries_f32,
             (const float *restrict q, float *restrict out, size_t rows, size_t dim, float slack),
             (q, out, rows, dim, slack)) {
  for (size_t r = 0; r < rows; r++, q += dim, out += 2 * dim) {
    for (size_t i = 0; i < dim; i++) {
      float reach = slack * fabsf(q[i]);
      out[i] = 0.5f * (q[i] + reach);
      out[dim + i] = 0.5f * (q[i] - reach);
    }
  }
}

BRAID_KERNEL(void, bound_queries_bf16,
             (const float *restrict q, uint16_t *restrict out, size_t rows, size_t dim, float slack),
             (q, out, rows, dim, slack)) {
  for (size_t r = 0; r < rows; r++, q += dim, out += 2 * dim) {
    for (size_t i = 0; i < dim; i++) {
      float reach = slack * fabsf(q[i]);
      out[i] = braid_to_bf16(0.5f * (q[i] + reach));
      out[dim + i] = braid_to_bf16(0.5f * (q[i] - reach));
    }
  }
}

/// The mean of `width` (a constant) channels, which stay in registers while the members pass by.
BRAID_INLINE void write_strip(const size_t width, const void *from, const braid_grouping *g, size_t first, size_t last,
                              float highest, float total, void *to, size_t group, size_t channel) {
  size_t dim = (size_t)g->dim;
  float sum[64] = {0};
  for (size_t k = first; k < last; k++) {
    float weight = g->logits ? braid_exp(g->logits[k] - highest) : 1.0f;
    for (size_t i = 0; i < width; i++) sum[i] += weight * element(from, g->is_f32, k * dim + channel + i);
  }
  for (size_t i = 0; i < width; i++) {
    size_t at = group * dim + channel + i;
    if (g->is_f32) ((float *)to)[at] = sum[i] / total;
    else ((uint16_t *)to)[at] = braid_to_bf16(sum[i] / total);
  }
}

BRAID_INLINE void write_mean(const void *from, const braid_grouping *g, size_t first, size_t last, float highest,
                             float total, void *to, size_t group) {
  size_t dim = (size_t)g->dim, channel = 0;
  for (; channel + 64 <= dim; channel += 64) write_strip(64, from, g, first, last, highest, total, to, group, channel);
  for (; channel < dim; channel += 16) write_strip(16, from, g, first, last, highest, total, to, group, channel);
}

BRAID_KERNEL(void, group_keys, (const braid_grouping *g), (g)) {
  size_t count = (size_t)g->count, groups = (size_t)g->groups;
  for (size_t group = 0; group < groups; group++) {
    size_t first = group * count / groups, last = (group + 1) * count / groups;
    float highest = g->logits ? g->logits[first] : 0, total = 0;
    if (g->logits) {
      for (size_t k = first; k < last; k++) highest = g->logits[k] > highest ? g->logits[k] : highest;
    }
    for (size_t k = first; k < last; k++) total += g->logits ? braid_exp(g->logits[k] - highest) : 1.0f;
    write_mean(g->keys, g, first, last, highest, total, g->group_keys, group);
    write_mean(g->values, g, first, last, highest, total, g->group_values, group);
  }
}

BRAID_KERNEL(void, key_logits,
             (const float *q, size_t rows, const void *keys, int32_t is_f32, size_t count, size_t dim, float *out),
             (q, rows, keys, is_f32, count, dim, out)) {
  for (size_t k = 0; k < count; k++) {
    float sum = 0;
    for (size_t r = 0; r < rows; r++) {
      for (size_t i = 0; i < dim; i++) sum += q[r * dim + i] * element(keys, is_f32, k * dim + i);
    }
    out[k] = sum;
  }
}
