#include "attention_shared.h"
#include "avx512.h"
#include "ticks.h"

#if defined(__x86_64__)

// The value of a logit that is not there. Its weight is 0, whatever the largest logit is.
#define LOWEST -1e30f

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

/// Logits of `rows` rows against `columns` vectors, at most four, of a strip of packed keys. Both are
/// constants.
INLINE void logits_of(const int rows, const int columns, const uint32_t *q, int32_t pairs, const uint32_t *keys,
                      float *out) {
  __m512 acc[TILE][4];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) acc[r][c] = _mm512_setzero_ps();
  for (int32_t p = 0; p < pairs; p++, keys += STRIP) {
    __m512bh k[4];
    for (int c = 0; c < columns; c++) k[c] = (__m512bh)_mm512_load_si512(keys + c * 16);
    for (int r = 0; r < rows; r++) {
      __m512bh x = (__m512bh)_mm512_set1_epi32((int)q[r * pairs + p]);
      for (int c = 0; c < columns; c++) acc[r][c] = _mm512_dpbf16_ps(acc[r][c], x, k[c]);
    }
  }
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) _mm512_store_ps(out + r * BLOCK + c * 16, acc[r][c]);
}

/// Adds the weighted values of the pairs of keys from `first` to `pairs`, `columns` vectors of channels, to the
/// rescaled outputs. `rows` and `columns`, at most four, are constants.
INLINE void values_of(const int rows, const int columns, const uint16_t *weights, int32_t first, int32_t pairs,
                      const uint32_t *values, int32_t dim, const float *rescale, float *o) {
  __m512 acc[TILE][4];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) acc[r][c] = _mm512_setzero_ps();
  values += (size_t)first * dim;
  for (int32_t p = first; p < pairs; p++, values += dim) {
    __m512bh v[4];
    for (int c = 0; c < columns; c++) v[c] = (__m512bh)_mm512_load_si512(values + c * 16);
    for (int r = 0; r < rows; r++) {
      __m512bh x = (__m512bh)_mm512_set1_epi32(((const int *)(weights + r * BLOCK))[p]);
      for (int c = 0; c < columns; c++) acc[r][c] = _mm512_dpbf16_ps(acc[r][c], x, v[c]);
    }
  }
  for (int r = 0; r < rows; r++) {
    __m512 f = _mm512_set1_ps(rescale[r]);
    for (int c = 0; c < columns; c++) {
      float *to = o + (size_t)r * dim + c * 16;
      _mm512_storeu_ps(to, _mm512_fmadd_ps(_mm512_loadu_ps(to), f, acc[r][c]));
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
/// sums. `rows` and `energy` are constants. The rows are processed side by side, so that none waits for its own
/// last step.
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
  __m512 v[8], x[8];
  for (int r = 0; r < 8; r++) v[r] = lowest;
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
  for (int r = 0; r < 8; r++) v[r] = x[r] = _mm512_setzero_ps();
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
  int32_t hidden[TILE], seen[TILE], covered = (it.most + 31) / 32 * 32;
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

/// One tile of `rows` rows, a constant, over one packed block of `count` keys.
INLINE void attend_tile(const int rows, const braid_attention *a, const buffers *b, int32_t row, int32_t first,
                        int32_t count) {
  int32_t dim = a->head_dim, pairs = dim / 2;
  const reach it = reach_of(a, row, rows, first, count);
  if (it.most <= it.from) return;
  uint64_t began = a->ticks ? braid_ticks() : 0;
  const uint32_t *q = (const uint32_t *)a->q + (size_t)row * pairs;
  for (int32_t strip = it.from; strip < it.most; strip += STRIP) {
    const uint32_t *keys = b->keys + (size_t)strip * pairs;
    float *out = b->logits + strip;
    switch ((it.most - strip + 15) / 16) {
    case 1: logits_of(rows, 1, q, pairs, keys, out); break;
    case 2: logits_of(rows, 2, q, pairs, keys, out); break;
    case 3: logits_of(rows, 3, q, pairs, keys, out); break;
    default: logits_of(rows, 4, q, pairs, keys, out); break;
    }
  }
  uint64_t logits_done = a->ticks ? braid_ticks() : 0;
  float rescale[16] __attribute__((aligned(64)));
  weigh_tile(rows, a, b, row, first, count, it, rescale);
  uint64_t weights_done = a->ticks ? braid_ticks() : 0;
  if (a->o) {
    float *o = a->o + (size_t)row * dim;
    int32_t first_pair = it.from / 2, last_pair = (it.most + 1) / 2, channel = 0;
    for (; channel + 64 <= dim; channel += 64)
      values_of(rows, 4, b->weights, first_pair, last_pair, b->values + channel, dim, rescale, o + channel);
    switch ((dim - channel) / 16) {
    case 3:
      values_of(rows, 3, b->weights, first_pair, last_pair, b->values + channel, dim, rescale, o + channel);
      break;
    case 2:
      values_of(rows, 2, b->weights, first_pair, last_pair, b->values + channel, dim, rescale, o + channel);
      break;
    case 1:
      values_of(rows, 1, b->weights, first_pair, last_pair, b->values + channel, dim, rescale, o + channel);
      break;
    default: break;
    }
  }
  if (a->ticks) add_ticks(a->ticks, began, logits_done, weights_done);
}

// Few rows: the queries of one token that share a head of keys. Packing a block costs more than they use it then, so
// keys and values are read as they lie: a key's products with the queries are summed in vectors, and two keys' values
// are interleaved on the way.

/// Rows at a time, and keys: 24 accumulators.
#define FEW_ROWS 3
#define FEW_KEYS 8

/// The channels from `channel` on that a vector of 32 takes.
INLINE __mmask32 channels_from(int32_t channel, int32_t dim) { return dim - channel < 32 ? 0xffff : 0xffffffff; }

/// Logits of `rows` (a constant) rows against the keys from `from` to `most` of a block, a multiple of FEW_KEYS of
/// them: those behind the last are any numbers.
INLINE void few_logits(const int rows, const braid_attention *a, int32_t row, int32_t first, int32_t from, int32_t most,
                       float *s) {
  const int32_t dim = a->head_dim;
  const uint16_t *q = (const uint16_t *)a->q + (size_t)row * dim;
  for (int32_t j = from; j < most; j += FEW_KEYS) {
    const uint16_t *keys = (const uint16_t *)a->k + (size_t)(first + j) * dim;
    __m512 acc[FEW_ROWS][FEW_KEYS];
    for (int r = 0; r < rows; r++)
      for (int k = 0; k < FEW_KEYS; k++) acc[r][k] = _mm512_setzero_ps();
    for (int32_t i = 0; i < dim; i += 32) {
      const __mmask32 there = channels_from(i, dim);
      __m512bh x[FEW_ROWS];
      for (int r = 0; r < rows; r++) x[r] = (__m512bh)_mm512_maskz_loadu_epi16(there, q + (size_t)r * dim + i);
      for (int k = 0; k < FEW_KEYS; k++) {
        const size_t at = (size_t)(j + k < most ? k : most - 1 - j) * dim + i;
        const __m512bh key = (__m512bh)_mm512_maskz_loadu_epi16(there, keys + at);
        fetch_ahead(keys + at, dim);
        for (int r = 0; r < rows; r++) acc[r][k] = _mm512_dpbf16_ps(acc[r][k], x[r], key);
      }
    }
    for (int r = 0; r < rows; r++) _mm256_store_ps(s + r * BLOCK + j, _mm512_castps512_ps256(reduced(1, acc[r])));
  }
}

/// Adds the weighted values of the keys from `from` to `most` of a block to the rescaled outputs: `columns` (a
/// constant, at most four) times 16 channels from `channel` on.
INLINE void few_values(const int rows, const int columns, const braid_attention *a, int32_t row, int32_t first,
                       int32_t from, int32_t most, const uint16_t *weights, const float *rescale, int32_t channel) {
  const __m512i low = interleaving(), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  const size_t dim = (size_t)a->head_dim;
  __m512 acc[FEW_ROWS][4];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) acc[r][c] = _mm512_setzero_ps();
  const uint16_t *v = (const uint16_t *)a->v + (size_t)(first + from) * dim + channel;
  for (int32_t j = from; j < most; j += 2, v += 2 * dim) {
    __m512bh pairs[4];
    for (int c = 0; c < columns; c += 2) {
      const __mmask32 there = c + 1 < columns ? 0xffffffff : 0xffff;
      fetch_ahead(v + c * 16, (int32_t)dim);
      fetch_ahead(v + dim + c * 16, (int32_t)dim);
      const __m512i one = _mm512_maskz_loadu_epi16(there, v + c * 16);
      const __m512i two = _mm512_maskz_loadu_epi16(j + 1 < most ? there : 0, v + dim + c * 16);
      pairs[c] = (__m512bh)_mm512_permutex2var_epi16(one, low, two);
      if (c + 1 < columns) pairs[c + 1] = (__m512bh)_mm512_permutex2var_epi16(one, high, two);
    }
    for (int r = 0; r < rows; r++) {
      const __m512bh w = (__m512bh)_mm512_set1_epi32(((const int *)(weights + r * BLOCK))[j / 2]);
      for (int c = 0; c < columns; c++) acc[r][c] = _mm512_dpbf16_ps(acc[r][c], w, pairs[c]);
    }
  }
  for (int r = 0; r < rows; r++) {
    const __m512 f = _mm512_set1_ps(rescale[r]);
    for (int c = 0; c < columns; c++) {
      float *to = a->o + (size_t)(row + r) * dim + channel + c * 16;
      _mm512_storeu_ps(to, _mm512_fmadd_ps(_mm512_loadu_ps(to), f, acc[r][c]));
    }
  }
}

/// `rows` (a constant) rows over one block of `count` keys as they lie.
INLINE void attend_few(const int rows, const braid_attention *a, const buffers *b, int32_t row, int32_t first,
                       int32_t count) {
  const int32_t dim = a->head_dim;
  const reach it = reach_of(a, row, rows, first, count);
  if (it.most <= it.from) return;
  uint64_t began = a->ticks ? braid_ticks() : 0;
  few_logits(rows, a, row, first, it.from, it.most, b->logits);
  uint64_t logits_done = a->ticks ? braid_ticks() : 0;
  float rescale[16] __attribute__((aligned(64)));
  weigh_tile(rows, a, b, row, first, count, it, rescale);
  uint64_t weights_done = a->ticks ? braid_ticks() : 0;
  if (a->o) {
    int32_t channel = 0;
    for (; channel + 64 <= dim; channel += 64)
      few_values(rows, 4, a, row, first, it.from, it.most, b->weights, rescale, channel);
    switch ((dim - channel) / 16) {
    case 3: few_values(rows, 3, a, row, first, it.from, it.most, b->weights, rescale, channel); break;
    case 2: few_values(rows, 2, a, row, first, it.from, it.most, b->weights, rescale, channel); break;
    case 1: few_values(rows, 1, a, row, first, it.from, it.most, b->weights, rescale, channel); break;
    default: break;
    }
  }
  if (a->ticks) add_ticks(a->ticks, began, logits_done, weights_done);
}

INLINE void attend_as_they_lie(const braid_attention *a, const buffers *b, int32_t reach) {
  for (int32_t first = first_block(a, reach); first < reach; first += BLOCK) {
    int32_t count = reach - first < BLOCK ? reach - first : BLOCK, row = 0;
    for (; row + FEW_ROWS <= a->rows; row += FEW_ROWS) attend_few(FEW_ROWS, a, b, row, first, count);
    switch (a->rows - row) {
    case 2: attend_few(2, a, b, row, first, count); break;
    case 1: attend_few(1, a, b, row, first, count); break;
    default: break;
    }
  }
}

TARGET void braid_attend_bf16(const braid_attention *a) {
  buffers b = buffers_of(a);
  int32_t reach = a->causal ? seen_by(a, a->rows - 1, 0, a->keys) : a->keys;
  if (a->rows <= BRAID_FEW_ROWS) {
    attend_as_they_lie(a, &b, reach);
    return;
  }
  for (int32_t first = first_block(a, reach); first < reach; first += BLOCK) {
    int32_t count = reach - first < BLOCK ? reach - first : BLOCK;
    uint64_t began = a->ticks ? braid_ticks() : 0;
    pack_keys((const uint16_t *)a->k + (size_t)first * a->head_dim, count, a->head_dim, b.keys);
    if (a->o) pack_values((const uint16_t *)a->v + (size_t)first * a->head_dim, count, a->head_dim, b.values);
    if (a->ticks) a->ticks->pack += braid_ticks() - began;
    int32_t row = 0;
    for (; row + TILE <= a->rows; row += TILE) attend_tile(TILE, a, &b, row, first, count);
    switch (a->rows - row) {
    case 5: attend_tile(5, a, &b, row, first, count); break;
    case 4: attend_tile(4, a, &b, row, first, count); break;
    case 3: attend_tile(3, a, &b, row, first, count); break;
    case 2: attend_tile(2, a, &b, row, first, count); break;
    case 1: attend_tile(1, a, &b, row, first, count); break;
    default: break;
    }
  }
}

int braid_attention_has_bf16(void) { return braid_isa_in_use() >= BRAID_ISA_AVX512_BF16; }

#else

int braid_attention_has_bf16(void) { return 0; }
void braid_attend_bf16(const braid_attention *a) { braid_attend_f32(a); }

#endif
