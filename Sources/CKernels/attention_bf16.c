#include "attention_shared.h"
#include "scalar.h"
#include "ticks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET

// Scratch: packed keys, packed values, the logits of a tile, its weights.
typedef struct {
  uint32_t *keys;    // [strip][head_dim / 2][STRIP] pairs of bf16
  uint32_t *values;  // [BLOCK / 2][head_dim] pairs of bf16, a pair of keys each
  float *logits;     // [TILE][BLOCK]
  uint16_t *weights; // [TILE][BLOCK] bf16
} buffers;

INLINE buffers buffers_of(const braid_attention *a) {
  char *p = a->scratch;
  buffers b;
  b.keys = (uint32_t *)p;
  p += (size_t)BLOCK * a->head_dim * 2;
  b.values = (uint32_t *)p;
  p += (size_t)BLOCK * a->head_dim * 2;
  b.logits = (float *)p;
  p += TILE * BLOCK * 4;
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
        for (int i = 0; i < 16; i++) {
          int32_t key = strip + j + i;
          r[i] = key < count ? _mm512_loadu_si512(k + (size_t)key * dim + p * 2) : _mm512_setzero_si512();
        }
        transpose16(r);
        for (int i = 0; i < 16; i++) _mm512_store_si512(out + (size_t)(p + i) * STRIP + j, r[i]);
      }
    }
  }
}

INLINE void pack_values(const uint16_t *v, int32_t count, int32_t dim, uint32_t *out) {
  static const uint16_t low[32] = {0, 32, 1, 33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39,
                                   8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
  __m512i low_index = _mm512_loadu_si512(low);
  __m512i high_index = _mm512_add_epi16(low_index, _mm512_set1_epi16(16));
  for (int32_t j = 0; j < count; j += 2, out += dim) {
    for (int32_t i = 0; i < dim; i += 32) {
      __m512i a = _mm512_loadu_si512(v + (size_t)j * dim + i);
      __m512i b = j + 1 < count ? _mm512_loadu_si512(v + (size_t)(j + 1) * dim + i) : _mm512_setzero_si512();
      _mm512_store_si512(out + i, _mm512_permutex2var_epi16(a, low_index, b));
      _mm512_store_si512(out + i + 16, _mm512_permutex2var_epi16(a, high_index, b));
    }
  }
}

/// 2^x, relative error below 4e-6, 0 far below; x at most 127. The polynomial is the minimax one of degree 4 for 2^r on [-1/2, 1/2].
INLINE __m512 exp2_of(__m512 x) {
  __m512 n = _mm512_roundscale_ps(x, 0x08);
  __m512 r = _mm512_sub_ps(x, n);
  __m512 p = _mm512_set1_ps(0.0095701022f);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.0559178591f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.2402474433f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.6931217909f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.9999992847f));
  return _mm512_scalef_ps(p, n);
}

/// Logits of `rows` (a constant) rows against one strip of 64 packed keys.
INLINE void logits_of(const int rows, const uint32_t *q, int32_t pairs, const uint32_t *keys, float *out) {
  __m512 acc[TILE][4];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < 4; c++) acc[r][c] = _mm512_setzero_ps();
  for (int32_t p = 0; p < pairs; p++, keys += STRIP) {
    __m512bh k0 = (__m512bh)_mm512_load_si512(keys), k1 = (__m512bh)_mm512_load_si512(keys + 16);
    __m512bh k2 = (__m512bh)_mm512_load_si512(keys + 32), k3 = (__m512bh)_mm512_load_si512(keys + 48);
    for (int r = 0; r < rows; r++) {
      __m512bh x = (__m512bh)_mm512_set1_epi32((int)q[r * pairs + p]);
      acc[r][0] = _mm512_dpbf16_ps(acc[r][0], x, k0);
      acc[r][1] = _mm512_dpbf16_ps(acc[r][1], x, k1);
      acc[r][2] = _mm512_dpbf16_ps(acc[r][2], x, k2);
      acc[r][3] = _mm512_dpbf16_ps(acc[r][3], x, k3);
    }
  }
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < 4; c++) _mm512_store_ps(out + r * BLOCK + c * 16, acc[r][c]);
}

/// Adds the weighted values of one block, 64 channels from `channel` on, to the rescaled outputs.
INLINE void values_of(const int rows, const uint16_t *weights, int32_t pairs, const uint32_t *values, int32_t dim,
                      const float *rescale, float *o) {
  __m512 acc[TILE][4];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < 4; c++) acc[r][c] = _mm512_setzero_ps();
  for (int32_t p = 0; p < pairs; p++, values += dim) {
    __m512bh v0 = (__m512bh)_mm512_load_si512(values), v1 = (__m512bh)_mm512_load_si512(values + 16);
    __m512bh v2 = (__m512bh)_mm512_load_si512(values + 32), v3 = (__m512bh)_mm512_load_si512(values + 48);
    for (int r = 0; r < rows; r++) {
      __m512bh x = (__m512bh)_mm512_set1_epi32(((const int *)(weights + r * BLOCK))[p]);
      acc[r][0] = _mm512_dpbf16_ps(acc[r][0], x, v0);
      acc[r][1] = _mm512_dpbf16_ps(acc[r][1], x, v1);
      acc[r][2] = _mm512_dpbf16_ps(acc[r][2], x, v2);
      acc[r][3] = _mm512_dpbf16_ps(acc[r][3], x, v3);
    }
  }
  for (int r = 0; r < rows; r++) {
    __m512 f = _mm512_set1_ps(rescale[r]);
    for (int c = 0; c < 4; c++) {
      float *to = o + (size_t)r * dim + c * 16;
      _mm512_storeu_ps(to, _mm512_fmadd_ps(_mm512_loadu_ps(to), f, acc[r][c]));
    }
  }
}

/// The running softmax of one row over one block: weights out, state updated. Returns the factor for what was summed before.
INLINE float weigh(const braid_attention *a, int32_t row, float *s, int32_t seen, int32_t padded, uint16_t *weights) {
  int32_t full = seen / 16 * 16, covered = (seen + 15) / 16 * 16, paired = (seen + 31) / 32 * 32;
  for (int32_t j = paired; j < padded; j += 32) _mm512_store_si512((void *)(weights + j), _mm512_setzero_si512());
  if (seen == 0) return 1.0f;
  // A logit of `lowest` has the weight 0, whatever the largest is.
  const __m512 lowest = _mm512_set1_ps(-1e30f);
  __m512 high[2] = {lowest, lowest};
  int32_t j = 0;
  for (; j + 32 <= full; j += 32) {
    high[0] = _mm512_max_ps(high[0], _mm512_load_ps(s + j));
    high[1] = _mm512_max_ps(high[1], _mm512_load_ps(s + j + 16));
  }
  if (j < full) high[0] = _mm512_max_ps(high[0], _mm512_load_ps(s + j));
  if (full < covered) {
    __mmask16 part = (__mmask16)((1u << (seen - full)) - 1);
    __m512 x = _mm512_mask_blend_ps(part, lowest, _mm512_load_ps(s + full));
    _mm512_store_ps(s + full, x);
    high[1] = _mm512_max_ps(high[1], x);
  }
  if (covered < paired) _mm512_store_ps(s + covered, lowest);
  float before = a->m[row], now = _mm512_reduce_max_ps(_mm512_max_ps(high[0], high[1]));
  now = now > before ? now : before;
  const float log2e = 1.44269504f;
  const __m512 rate = _mm512_set1_ps(log2e), shift = _mm512_set1_ps(now * log2e);
  __m512 sum[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()}, weighted[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  for (j = 0; j < paired; j += 32) {
    __m512 w[2];
    for (int i = 0; i < 2; i++) {
      __m512 x = _mm512_load_ps(s + j + i * 16);
      w[i] = exp2_of(_mm512_fmsub_ps(x, rate, shift));
      sum[i] = _mm512_add_ps(sum[i], w[i]);
      if (a->e) weighted[i] = _mm512_fmadd_ps(w[i], x, weighted[i]);
    }
    if (a->o) _mm512_store_si512((void *)(weights + j), (__m512i)_mm512_cvtne2ps_pbh(w[1], w[0]));
  }
  float factor = before < -1e29f ? 0.0f : braid_exp(before - now);
  a->m[row] = now;
  a->l[row] = a->l[row] * factor + _mm512_reduce_add_ps(_mm512_add_ps(sum[0], sum[1]));
  if (a->e) a->e[row] = a->e[row] * factor + _mm512_reduce_add_ps(_mm512_add_ps(weighted[0], weighted[1]));
  if (a->top) {
    float *top = a->top + (size_t)row * BRAID_TOP;
    for (int32_t j = 0; j < covered; j += 16) {
      __m512 x = _mm512_load_ps(s + j);
      __mmask16 over = _mm512_cmp_ps_mask(x, _mm512_max_ps(lowest, _mm512_set1_ps(top[BRAID_TOP - 1])), _CMP_GT_OQ);
      for (; over; over &= (__mmask16)(over - 1)) {
        float value = s[j + __builtin_ctz(over)];
        if (value > top[BRAID_TOP - 1]) insert_top(top, value);
      }
    }
  }
  return factor;
}

/// One tile of `rows` rows over one packed block of `count` keys. `rows` and `timed` are constants.
INLINE void attend_tile(const int rows, const int timed, const braid_attention *a, const buffers *b, int32_t row,
                        int32_t first, int32_t count) {
  int32_t dim = a->head_dim, pairs = dim / 2;
  int32_t most = seen_by(a, row + rows - 1, first, count);
  if (most == 0) return;
  int32_t padded = (most + STRIP - 1) / STRIP * STRIP;
  uint64_t began = timed ? braid_ticks() : 0, logits_done = 0, weights_done = 0;
  const uint32_t *q = (const uint32_t *)a->q + (size_t)row * pairs;
  for (int32_t strip = 0; strip < padded; strip += STRIP)
    logits_of(rows, q, pairs, b->keys + (size_t)strip * pairs, b->logits + strip);
  if (timed) logits_done = braid_ticks();
  float rescale[TILE];
  for (int r = 0; r < rows; r++) {
    int32_t seen = seen_by(a, row + r, first, count);
    rescale[r] = weigh(a, row + r, b->logits + r * BLOCK, seen, padded, b->weights + r * BLOCK);
  }
  if (timed) weights_done = braid_ticks();
  if (a->o) {
    float *o = a->o + (size_t)row * dim;
    for (int32_t channel = 0; channel < dim; channel += 64)
      values_of(rows, b->weights, (most + 1) / 2, b->values + channel, dim, rescale, o + channel);
  }
  if (timed) {
    a->ticks->qk += logits_done - began;
    a->ticks->softmax += weights_done - logits_done;
    a->ticks->pv += braid_ticks() - weights_done;
  }
}

INLINE void attend(const int timed, const braid_attention *a) {
  buffers b = buffers_of(a);
  int32_t reach = a->causal ? seen_by(a, a->rows - 1, 0, a->keys) : a->keys;
  for (int32_t first = 0; first < reach; first += BLOCK) {
    int32_t count = reach - first < BLOCK ? reach - first : BLOCK;
    uint64_t began = timed ? braid_ticks() : 0;
    pack_keys((const uint16_t *)a->k + (size_t)first * a->head_dim, count, a->head_dim, b.keys);
    if (a->o) pack_values((const uint16_t *)a->v + (size_t)first * a->head_dim, count, a->head_dim, b.values);
    if (timed) a->ticks->pack += braid_ticks() - began;
    int32_t row = 0;
    for (; row + TILE <= a->rows; row += TILE) attend_tile(TILE, timed, a, &b, row, first, count);
    switch (a->rows - row) {
    case 5: attend_tile(5, timed, a, &b, row, first, count); break;
    case 4: attend_tile(4, timed, a, &b, row, first, count); break;
    case 3: attend_tile(3, timed, a, &b, row, first, count); break;
    case 2: attend_tile(2, timed, a, &b, row, first, count); break;
    case 1: attend_tile(1, timed, a, &b, row, first, count); break;
    default: break;
    }
  }
}

TARGET void braid_attend_bf16(const braid_attention *a) {
  if (a->ticks) attend(1, a);
  else attend(0, a);
}

int braid_attention_has_bf16(void) { return braid_isa_in_use() >= BRAID_ISA_AVX512_BF16; }

#else

int braid_attention_has_bf16(void) { return 0; }
void braid_attend_bf16(const braid_attention *a) { braid_attend_f32(a); }

#endif
