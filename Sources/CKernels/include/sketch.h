#ifndef BRAID_SKETCH_H
#define BRAID_SKETCH_H

#include <stddef.h>
#include <stdint.h>

/// The keys of one chunk, layer and head, and their sketch: some channels in four bits each.
///
/// A kept channel counts in steps of 3/8 of its standard deviation from its mean. A code n from 0 to 15
/// stands for n - 15/2 steps; a value farther out gets the outermost code.
typedef struct {
  const void *keys; ///< [count][dim]
  int32_t is_f32;   ///< the type of keys: 0 for bf16, 1 for f32
  int32_t count;    ///< 1 or more
  int32_t dim;      ///< 512 at most
  int32_t first[2]; ///< the first channels of the two kept runs
  int32_t run;      ///< channels of each run
  float *mean;      ///< [dim], of all channels
  float *steps;     ///< [2][run]
  uint8_t *codes;   ///< [count][run]: the first run's channel in the low half of a byte, the second's in the high half
} braid_key_sketch;

/// Fills mean, steps and codes.
void braid_sketch_keys(const braid_key_sketch *s);

/// Writes codes as numbers of steps, [count][padded]: the first run, the second, zeros. `padded` is at least
/// 2 * run.
void braid_unpack_sketch(const uint8_t *codes, size_t count, size_t run, size_t padded, uint16_t *out);

/// Converts queries for keys that are numbers of steps: out[r], `padded` values, is q[r] in the kept channels
/// times their steps, and constants[r] is q[r] times the mean. Logits of the sketch are the product of out[r]
/// with the unpacked codes, plus the constant.
void braid_sketch_queries_bf16(const float *q, size_t rows, const braid_key_sketch *s, size_t padded, float *constants,
                               uint16_t *out);
void braid_sketch_queries_f32(const float *q, size_t rows, const braid_key_sketch *s, size_t padded, float *constants,
                              float *out);

/// Moves `rows` rows of a running softmax without output by a constant each: maximum, energy, and the largest
/// logits, BRAID_TOP a row; `e` and `top` may be NULL.
void braid_shift_softmax(const float *constants, size_t rows, float *m, const float *l, float *e, float *top);

#endif
