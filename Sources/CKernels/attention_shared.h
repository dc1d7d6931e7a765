#ifndef BRAID_ATTENTION_SHARED_H
#define BRAID_ATTENTION_SHARED_H

#include "attention.h"
#include "dispatch.h"

// Keys are taken in blocks: a block of packed keys and values stays in the second-level cache while all rows
// pass over it, and the logits of one tile of rows stay in the first. Six rows by four vectors are 24
// accumulators, which with four keys and a query fill the 32 registers.
#define BLOCK 256
#define TILE 6
#define STRIP 64     // keys a strip: four 512-bit vectors of f32 logits
#define MOST_TILE 16 // the most rows of a tile, for which there is scratch

/// Inserts `s` into the falling `top`, if it is large enough. Without branches: where a logit belongs cannot be
/// predicted.
BRAID_INLINE void insert_top(float *top, float s) {
  for (int i = 0; i < BRAID_TOP; i++) {
    float before = top[i];
    top[i] = s > before ? s : before;
    s = s > before ? before : s;
  }
}

/// The number of the keys from `first` on, at most `count`, that row `r` sees.
BRAID_INLINE int32_t seen_by(const braid_attention *a, int32_t r, int32_t first, int32_t count) {
  if (!a->causal) return count;
  int32_t seen = a->visible + r / a->group - first;
  return seen < 0 ? 0 : seen < count ? seen : count;
}

/// The number of the keys from `first` on, at most `count`, that are hidden from row `r`.
BRAID_INLINE int32_t hidden_from(const braid_attention *a, int32_t r, int32_t first, int32_t count) {
  if (!a->hidden) return 0;
  int32_t hidden = a->hidden[r / a->group] - first;
  return hidden < 0 ? 0 : hidden < count ? hidden : count;
}

/// Asks for the bf16 values a block behind `x`: few rows use a block faster than the processor fetches the next by
/// itself. Behind the last block that is the next head's first, or nothing.
BRAID_INLINE void fetch_ahead(const uint16_t *x, int32_t dim) { __builtin_prefetch(x + (size_t)BLOCK * dim, 0, 2); }

/// The block with which attention begins: that of the first key that the first row sees.
BRAID_INLINE int32_t first_block(const braid_attention *a, int32_t reach) {
  return hidden_from(a, 0, 0, reach) / BLOCK * BLOCK;
}

#endif
