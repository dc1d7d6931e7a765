#ifndef BRAID_SUMMARIES_H
#define BRAID_SUMMARIES_H

#include <stddef.h>
#include <stdint.h>

/// The keys of one chunk, layer and head, and the statistics that replace them.
typedef struct {
  const void *keys;     ///< [count][dim]
  int32_t is_f32;       ///< the type of keys: 0 for bf16, 1 for f32
  int32_t count;        ///< 1 or more
  int32_t dim;          ///< a multiple of 16
  int32_t page;         ///< keys of a page, 1 or more
  const float *mean;    ///< [dim]
  uint16_t *covariance; ///< [dim][dim], bf16
  uint16_t *bounds;     ///< [pages][2 * dim], bf16: the largest value of every channel on the page, then the smallest,
                        ///< rounded outwards
  float *scratch;       ///< [dim * dim + 4 * dim]
} braid_key_summary;

/// Fills covariance (about the mean, divided by count) and bounds.
void braid_summarise_keys(const braid_key_summary *s);

/// out[r * stride] = bias + q[r] mu + q[r]' C q[r] / 2 for `rows` rows of `dim` values; scratch holds dim *
/// dim floats.
void braid_moment_logits(const float *q, size_t rows, size_t dim, const float *mean, const uint16_t *covariance,
                         float bias, float *scratch, float *out, size_t stride);

/// The coefficients of a page's bounds for estimates of its largest logit: from q[r] the values (q + slack
/// |q|) / 2 for the largest of each channel and (q - slack |q|) / 2 for the smallest, 2 * dim values a row.
void braid_bound_queries_f32(const float *q, float *out, size_t rows, size_t dim, float slack);
void braid_bound_queries_bf16(const float *q, uint16_t *out, size_t rows, size_t dim, float slack);

/// One key and one value for each run of neighbours.
typedef struct {
  const void *keys;   ///< [count][dim]
  const void *values; ///< [count][dim]
  int32_t is_f32;     ///< the type of all keys and values, also of those written
  int32_t count;
  int32_t dim;
  int32_t groups;      ///< at most count; group g takes the members from g * count / groups on
  const float *logits; ///< [count], or NULL for equal weights: a member's weight is its softmax inside the group
  void *group_keys;    ///< [groups][dim]
  void *group_values;  ///< [groups][dim]
} braid_grouping;

void braid_group_keys(const braid_grouping *g);

/// out[i] = sum over r of q[r] keys[i] for `rows` rows of queries.
void braid_key_logits(const float *q, size_t rows, const void *keys, int32_t is_f32, size_t count, size_t dim,
                      float *out);

#endif
