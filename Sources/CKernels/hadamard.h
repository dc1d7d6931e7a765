#ifndef BRAID_HADAMARD_H
#define BRAID_HADAMARD_H

#include "dispatch.h"
#include <stddef.h>

// Values of a vector: a register of AVX-512, two of AVX2.
#define LANES 16

typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define SIGN(i, step) ((i) & (step) ? -1.0f : 1.0f)
#define SIGNS(step)                                                                                                    \
  (lanes) {                                                                                                            \
    SIGN(0, step), SIGN(1, step), SIGN(2, step), SIGN(3, step), SIGN(4, step), SIGN(5, step), SIGN(6, step),           \
        SIGN(7, step), SIGN(8, step), SIGN(9, step), SIGN(10, step), SIGN(11, step), SIGN(12, step), SIGN(13, step),   \
        SIGN(14, step), SIGN(15, step)                                                                                 \
  }
#define PARTNERS(x, step)                                                                                              \
  __builtin_shufflevector(x, x, 0 ^ (step), 1 ^ (step), 2 ^ (step), 3 ^ (step), 4 ^ (step), 5 ^ (step), 6 ^ (step),    \
                          7 ^ (step), 8 ^ (step), 9 ^ (step), 10 ^ (step), 11 ^ (step), 12 ^ (step), 13 ^ (step),      \
                          14 ^ (step), 15 ^ (step))
// A step inside a vector: the sum of a value and its partner, and their difference in the place of the partner.
#define STEP_INSIDE(x, step) ((x) * SIGNS(step) + PARTNERS(x, step))

/// The values of a row that are transformed together: 16 neighbours in each of up to 16 equal parts of the row, as far
/// as it has such parts; 1 where it does not consist of 16 values each. Channels that are large together are often
/// neighbours, as those of a head, so that it is better to spread them over the row.
BRAID_INLINE size_t hadamard_group(size_t dim) {
  size_t group = 16 * LANES;
  while (dim % group != 0) group /= 2;
  return group < LANES ? 1 : group;
}

BRAID_INLINE void hadamard_inside(lanes *x) {
  lanes v = *x;
  v = STEP_INSIDE(v, 1);
  v = STEP_INSIDE(v, 2);
  v = STEP_INSIDE(v, 4);
  *x = STEP_INSIDE(v, 8);
}

/// The steps across 2 or 4 parts of a row of `dim` values, and those inside each vector where `inside` is true.
BRAID_INLINE void hadamard_parts(float *restrict x, size_t dim, const size_t parts, const int inside) {
  const size_t part = dim / parts;
  for (size_t i = 0; i < part; i += LANES) {
    lanes v[4];
    for (size_t p = 0; p < parts; p++) {
      v[p] = *(lanes *)(x + i + p * part);
      if (inside) hadamard_inside(&v[p]);
    }
    if (parts == 1) *(lanes *)(x + i) = v[0];
    if (parts == 2) {
      *(lanes *)(x + i) = v[0] + v[1];
      *(lanes *)(x + i + part) = v[0] - v[1];
    }
    if (parts == 4) {
      lanes ab = v[0] + v[1], cd = v[2] + v[3], amb = v[0] - v[1], cmd = v[2] - v[3];
      *(lanes *)(x + i) = ab + cd;
      *(lanes *)(x + i + part) = amb + cmd;
      *(lanes *)(x + i + 2 * part) = ab - cd;
      *(lanes *)(x + i + 3 * part) = amb - cmd;
    }
  }
}

/// A Hadamard transform of each group of a row, without its factor of group^(-1/2).
BRAID_INLINE void hadamard(float *restrict x, size_t dim) {
  const size_t parts = hadamard_group(dim) / LANES;
  if (parts >= 4) hadamard_parts(x, dim, 4, 1);
  if (parts == 2) hadamard_parts(x, dim, 2, 1);
  if (parts == 1) hadamard_parts(x, dim, 1, 1);
  for (size_t quarter = 0; parts > 4 && quarter < 4; quarter++) {
    if (parts == 16) hadamard_parts(x + quarter * (dim / 4), dim / 4, 4, 0);
    else hadamard_parts(x + quarter * (dim / 4), dim / 4, 2, 0);
  }
}

#endif
