#ifndef BRAID_ATTENTION_BF16_H
#define BRAID_ATTENTION_BF16_H

#include "attention_shared.h"
#include "avx512.h"
#include "ticks.h"

// What the bf16 kernels share: packing, and the softmax of a tile.

/// braid_attend_bf16() with AMX, for heads of a multiple of 32.
void braid_attend_amx(const braid_attention *a);

#if defined(__x86_64__)

// The value of a logit that is not there. Its weight is 0, whatever the largest logit is.
#define LOWEST -1e30f

// The most rows whose softmax is computed side by side.
#define SIDE_BY_SIDE 8

// Scratch: packed keys, packed values, the logits of a tile, its weights.
typedef struct {
  uint32_t *keys;    // [strip][head_dim / 2][STRIP] pairs of bf16
  uint32_t *values;  // [BLOCK / 2][head_dim] pairs of bf16, a pair of keys each
  float *logits;     // [MOST_TILE][BLOCK]
  uint16_t *weights; // [MOST_TILE][BLOCK] bf16
} buffers;

INLINE buffers buffers_of(const braid_attention *a) {
  char *p = a->scratch;
  buffers b;
  b.keys = (uint32_t *)p;
  p += (size_t)BLOCK * a->head_dim * 2;
  b.values = (uint32_t *)p;
  p += (size_t)BLOCK * a->head_dim * 2;
  b.logits = (float *)p;
  p += MOST_TILE * BLOCK * 4;
  b.weights = (uint16_t *)p;
  return b;
}

/// Transposes 16 rows of 16 32-bit values: four rounds of interleaving at growing width.
INLINE void transpose16(__m512i r[16]) {
  __m512i t[16];
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 4; i++) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

INLINE void pack_keys(const uint16_t *k, int32_t count, int32_t dim, uint32_t *out) {
  int32_t pairs = dim / 2;
  for (int32_t strip = 0; strip < count; strip += STRIP, out += pairs * STRIP) {
    for (int32_t j = 0; j < STRIP; j += 16) {
      for (int32_t p = 0; p < pairs; p += 16) {
        __m512i r[16];
        int32_t width = pairs - p < 16 ? pairs - p : 16;
        __mmask16 lanes = (__mmask16)((1u << width) - 1);
        for (int i = 0; i < 16; i++) {
          int32_t key = strip + j + i;
          fetch_ahead(k + (size_t)key * dim + p * 2, dim);
          r[i] = _mm512_maskz_loadu_epi32(key < count ? lanes : 0, k + (size_t)key * dim + p * 2);
        }
        transpose16(r);
        for (int i = 0; i < width; i++) _mm512_store_si512(out + (size_t)(p + i) * STRIP + j, r[i]);
      }
    }
  }
}

/// The places of the first 16 values of two vectors, in turn.
INLINE __m512i interleaving(void) {
  static const uint16_t places[32] = {0, 32, 1, 33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39,
                                      8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
  return _mm512_loadu_si512(places);
}

INLINE void pack_values(const uint16_t *v, int32_t count, int32_t dim, uint32_t *out) {
  __m512i low_index = interleaving(), high_index = _mm512_add_epi16(low_index, _mm512_set1_epi16(16));
  for (int32_t j = 0; j < count; j += 2, out += dim) {
    for (int32_t i = 0; i < dim; i += 32) {
      __mmask16 lanes = dim - i < 32 ? 0xff : 0xffff;
      fetch_ahead(v + (size_t)j * dim + i, dim);
      fetch_ahead(v + (size_t)(j + 1) * dim + i, dim);
      __m512i a = _mm512_maskz_loadu_epi32(lanes, v + (size_t)j * dim + i);
      __m512i b = _mm512_maskz_loadu_epi32(j + 1 < count ? lanes : 0, v + (size_t)(j + 1) * dim + i);
      _mm512_store_si512(out + i, _mm512_permutex2var_epi16(a, low_index, b));
      if (dim - i >= 32) _mm512_store_si512(out + i + 16, _mm512_permutex2var_epi16(a, high_index, b));
    }
  }
}

/// The maximum or the sum of each of 8 vectors, side by side in the lower lanes.
INLINE __m512 reduced(const int sums, const __m512 v[8]) {
#define JOIN(a, b) (sums ? _mm512_add_ps(a, b) : _mm512_max_ps(a, b))
  __m512 two[4], four[2];
  for (int i = 0; i < 4; i++)
    two[i] = JOIN(_mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]), _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]));
  for (int i = 0; i < 2; i++) {
    __m512d a = _mm512_castps_pd(two[2 * i]), b = _mm512_castps_pd(two[2 * i + 1]);
    four[i] = JOIN(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)), _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
  }
  __m512 all = JOIN(_mm512_shuffle_f32x4(four[0], four[1], 0x44), _mm512_shuffle_f32x4(four[0], four[1], 0xee));
  all = JOIN(all, _mm512_shuffle_f32x4(all, all, 0xb1));
#undef JOIN
  return _mm512_shuffle_f32x4(all, all, 0x08);
}

/// Inserts the logits from `s` on that are large enough into the row's largest.
INLINE void keep_top(float *top, const float *s, int32_t from, int32_t covered) {
  // The fifth largest of the lanes' largest is at most the fifth largest of all: below it nothing has to be inserted.
  __m512 high = _mm512_set1_ps(LOWEST);
  for (int32_t j = from; j < covered; j += 16) high = _mm512_max_ps(high, _mm512_load_ps(s + j));
  for (int i = 1; i < BRAID_TOP; i++) {
    __mmask16 highest = _mm512_cmp_ps_mask(high, _mm512_set1_ps(_mm512_reduce_max_ps(high)), _CMP_EQ_OQ);
    high = _mm512_mask_mov_ps(high, highest, _mm512_set1_ps(LOWEST));
  }
  const __m512 floor = _mm512_set1_ps(_mm512_reduce_max_ps(high));
  for (int32_t j = from; j < covered; j += 16) {
    // A logit of `LOWEST` is not there.
    __m512 least = _mm512_max_ps(_mm512_set1_ps(LOWEST), _mm512_set1_ps(top[BRAID_TOP - 1]));
    __m512 x = _mm512_load_ps(s + j);
    __mmask16 over = _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(x, floor, _CMP_GE_OQ), x, least, _CMP_GT_OQ);
    for (; over; over &= (__mmask16)(over - 1)) insert_top(top, s[j + __builtin_ctz(over)]);
  }
}

/// cap * tanh(x / cap).
INLINE __m512 capped(__m512 x, float cap) {
  __m512 power = exp2_of(_mm512_mul_ps(x, _mm512_set1_ps(2 * 1.44269504f / cap)));
  __m512 rest = _mm512_div_ps(_mm512_set1_ps(2 * cap), _mm512_add_ps(power, _mm512_set1_ps(1.0f)));
  return _mm512_sub_ps(_mm512_set1_ps(cap), rest);
}

/// Computes the running softmax of a tile of `rows` rows over the keys of one block from `from`, a multiple of
/// STRIP, to `covered`: writes the weights, updates the state, and writes to `rescale` the factors of the earlier
/// sums. `rows`, at most SIDE_BY_SIDE, and `energy` are constants. The rows are processed side by side, so that none
/// waits for its own last step.
INLINE void weigh(const int rows, const int energy, const braid_attention *a, int32_t row, int32_t from,
                  const int32_t *hidden, const int32_t *seen, int32_t covered, float *logits, uint16_t *weights,
                  float *rescale) {
  const __m512 lowest = _mm512_set1_ps(LOWEST);
  __mmask16 live = 0;
  for (int r = 0; r < rows; r++) {
    live |= (__mmask16)((seen[r] > hidden[r]) << r);
    if (a->cap > 0)
      for (int32_t j = from; j < covered; j += 16) {
        float *s = logits + r * BLOCK + j;
        _mm512_store_ps(s, capped(_mm512_load_ps(s), a->cap));
      }
    for (int32_t j = from; j < hidden[r]; j += 16) {
      __mmask16 part = hidden[r] - j < 16 ? (__mmask16)((1u << (hidden[r] - j)) - 1) : (__mmask16)0xffff;
      _mm512_mask_store_ps(logits + r * BLOCK + j, part, lowest);
    }
    for (int32_t j = seen[r] / 16 * 16; j < covered; j += 16) {
      __mmask16 part = seen[r] > j ? (__mmask16)((1u << (seen[r] - j)) - 1) : 0;
      float *s = logits + r * BLOCK + j;
      _mm512_store_ps(s, _mm512_mask_blend_ps(part, lowest, _mm512_load_ps(s)));
    }
  }
  __m512 v[SIDE_BY_SIDE], x[SIDE_BY_SIDE];
  for (int r = 0; r < SIDE_BY_SIDE; r++) v[r] = lowest;
  for (int32_t j = from; j < covered; j += 16)
    for (int r = 0; r < rows; r++) v[r] = _mm512_max_ps(v[r], _mm512_load_ps(logits + r * BLOCK + j));
  const __mmask16 all = (__mmask16)((1u << rows) - 1);
  const __m512 rate = _mm512_set1_ps(1.44269504f);
  __m512 before = _mm512_maskz_loadu_ps(all, a->m + row), now = _mm512_max_ps(reduced(0, v), before);
  __m512 factor = exp2_of(_mm512_mul_ps(_mm512_sub_ps(before, now), rate));
  // A row that sees nothing keeps its state, and its weights are 0.
  factor = _mm512_mask_blend_ps(live, _mm512_set1_ps(1.0f), factor);
  float shift[16] __attribute__((aligned(64)));
  _mm512_store_ps(shift, _mm512_maskz_mul_ps(live, now, rate));
  _mm512_store_ps(rescale, factor);
  _mm512_mask_storeu_ps(a->m + row, live & all, now);
  for (int r = 0; r < SIDE_BY_SIDE; r++) v[r] = x[r] = _mm512_setzero_ps();
  for (int32_t j = from; j < covered; j += 32)
    for (int r = 0; r < rows; r++) {
      __m512 w[2];
      for (int i = 0; i < 2; i++) {
        __m512 s = _mm512_load_ps(logits + r * BLOCK + j + i * 16);
        w[i] = exp2_of(_mm512_fmsub_ps(s, rate, _mm512_set1_ps(shift[r])));
        if (energy) x[r] = _mm512_fmadd_ps(w[i], s, x[r]);
      }
      v[r] = _mm512_add_ps(v[r], _mm512_add_ps(w[0], w[1]));
      _mm512_store_si512((void *)(weights + r * BLOCK + j), (__m512i)_mm512_cvtne2ps_pbh(w[1], w[0]));
    }
  __m512 l = _mm512_maskz_loadu_ps(all, a->l + row);
  _mm512_mask_storeu_ps(a->l + row, all, _mm512_fmadd_ps(l, factor, reduced(1, v)));
  if (energy) {
    __m512 e = _mm512_maskz_loadu_ps(all, a->e + row);
    _mm512_mask_storeu_ps(a->e + row, all, _mm512_fmadd_ps(e, factor, reduced(1, x)));
  }
}

/// The keys of a block that some of a tile's rows see: from a multiple of STRIP to the last.
typedef struct {
  int32_t from, most;
} reach;

INLINE reach reach_of(const braid_attention *a, int32_t row, const int rows, int32_t first, int32_t count) {
  reach it = {hidden_from(a, row, first, count) / STRIP * STRIP, seen_by(a, row + rows - 1, first, count)};
  return it;
}

/// Turns a tile's logits into weights; see weigh().
INLINE void weigh_tile(const int rows, const braid_attention *a, const buffers *b, int32_t row, int32_t first,
                       int32_t count, reach it, float *rescale) {
  int32_t hidden[SIDE_BY_SIDE], seen[SIDE_BY_SIDE], covered = (it.most + 31) / 32 * 32;
  for (int r = 0; r < rows; r++) {
    hidden[r] = hidden_from(a, row + r, first, count);
    seen[r] = seen_by(a, row + r, first, count);
  }
  if (a->e) weigh(rows, 1, a, row, it.from, hidden, seen, covered, b->logits, b->weights, rescale);
  else weigh(rows, 0, a, row, it.from, hidden, seen, covered, b->logits, b->weights, rescale);
  if (a->top)
    for (int r = 0; r < rows; r++)
      keep_top(a->top + (size_t)(row + r) * BRAID_TOP, b->logits + r * BLOCK, it.from, covered);
}

INLINE void add_ticks(braid_attention_ticks *ticks, uint64_t began, uint64_t logits_done, uint64_t weights_done) {
  ticks->qk += logits_done - began;
  ticks->softmax += weights_done - logits_done;
  ticks->pv += braid_ticks() - weights_done;
}

#endif
#endif
