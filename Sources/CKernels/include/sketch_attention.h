#ifndef BRAID_SKETCH_ATTENTION_H
#define BRAID_SKETCH_ATTENTION_H

#include "sketch.h"
#include <stddef.h>
#include <stdint.h>

/// Queries for the codes of a sketch: a query times the steps, in signed bytes.
///
/// With c the bytes and n a key's codes, the logit is scale * c n + constant. The rounding to 127 numbers of either
/// sign is some twenty times finer than that of the codes.
typedef struct {
  int8_t *numbers;  ///< [rows][braid_sketch_groups(run)][4], the first run, then the second, each filled up with zeros
  float *scales;    ///< [rows]
  float *constants; ///< [rows]
} braid_sketch_query;

/// The number of groups of four channels of a sketch with runs of `run` channels.
size_t braid_sketch_groups(size_t run);

/// Converts queries, `rows` rows of s->dim values in f32.
void braid_sketch_round(const float *q, size_t rows, const braid_key_sketch *s, const braid_sketch_query *out);

/// The bytes of scratch of braid_attend_sketch over `count` keys.
size_t braid_sketch_scratch(size_t run, size_t count);

/// The logits of converted queries by a sketch, as the softmax of each row over its keys: the largest logit m,
/// l = sum exp(s - m), e = sum exp(s - m) s and the BRAID_TOP largest logits in falling order. `e` may be NULL.
/// `scratch` is aligned to 64 bytes. No earlier state is read.
void braid_attend_sketch(const braid_key_sketch *s, const braid_sketch_query *q, size_t rows, float *m, float *l,
                         float *e, float *top, void *scratch);

#endif
