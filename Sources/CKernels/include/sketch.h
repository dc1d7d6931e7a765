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

#endif
