#include "attention_bf16.h"

#if defined(__x86_64__)

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

// Few rows: the queries of one token that share a head of keys, at one place or at two. Packing a block costs more
// than they use it then, so keys and values are read as they lie: a key's products with the queries are summed in
// vectors, and two keys' values are interleaved on the way. `dim` is a constant for the usual heads.

/// The most rows at a time: 24 accumulators, of six rows and four keys or vectors of channels, or of fewer rows and
/// more keys.
#define FEW_ROWS 6

/// Keys at a time, for a number of rows.
#define FEW_KEYS(rows) ((rows) > 3 ? 4 : 8)

/// The channels from `channel` on that a vector of 32 takes.
INLINE __mmask32 channels_from(int32_t channel, int32_t dim) { return dim - channel < 32 ? 0xffff : 0xffffffff; }

/// The logits of `rows` (a constant) rows against FEW_KEYS(rows) keys, of which `there` are there: those behind the
/// last are any numbers.
INLINE void few_logits_of(const int rows, const int32_t dim, const uint16_t *q, const uint16_t *keys,
                          const int32_t there, float *s) {
  __m512 acc[3][8]; // in the order of their rows, then of their keys
  for (int i = 0; i < rows * FEW_KEYS(rows); i++) acc[i / 8][i % 8] = _mm512_setzero_ps();
  for (int32_t i = 0; i < dim; i += 32) {
    const __mmask32 channels = channels_from(i, dim);
    __m512bh x[FEW_ROWS];
    for (int r = 0; r < rows; r++) x[r] = (__m512bh)_mm512_maskz_loadu_epi16(channels, q + (size_t)r * dim + i);
    for (int k = 0; k < FEW_KEYS(rows); k++) {
      const uint16_t *key = keys + (size_t)(k < there ? k : there - 1) * dim + i;
      const __m512bh y = (__m512bh)_mm512_maskz_loadu_epi16(channels, key);
      fetch_ahead(key, dim);
      for (int r = 0; r < rows; r++) {
        __m512 *sum = &acc[(r * FEW_KEYS(rows) + k) / 8][(r * FEW_KEYS(rows) + k) % 8];
        *sum = _mm512_dpbf16_ps(*sum, x[r], y);
      }
    }
  }
  for (int i = 0; i < rows * FEW_KEYS(rows); i += 8) {
    const __m256 sums = _mm512_castps512_ps256(reduced(1, acc[i / 8]));
    if (FEW_KEYS(rows) == 8) {
      _mm256_store_ps(s + i / 8 * BLOCK, sums);
    } else {
      _mm_store_ps(s + i / 4 * BLOCK, _mm256_castps256_ps128(sums));
      _mm_store_ps(s + (i / 4 + 1) * BLOCK, _mm256_extractf128_ps(sums, 1));
    }
  }
}

/// Logits of `rows` (a constant) rows against the keys from `from` to `most` of a block.
INLINE void few_logits(const int rows, const int32_t dim, const braid_attention *a, int32_t row, int32_t first,
                       int32_t from, int32_t most, float *s) {
  const uint16_t *q = (const uint16_t *)a->q + (size_t)row * dim;
  const uint16_t *keys = (const uint16_t *)a->k + (size_t)(first + from) * dim;
  int32_t j = from;
  for (; j + FEW_KEYS(rows) <= most; j += FEW_KEYS(rows), keys += FEW_KEYS(rows) * dim)
    few_logits_of(rows, dim, q, keys, FEW_KEYS(rows), s + j);
  if (j < most) few_logits_of(rows, dim, q, keys, most - j, s + j);
}

/// Adds the weighted values of the keys from `from` to `most` of a block to the rescaled outputs: `columns` (a
/// constant, at most four) times 16 channels from `channel` on.
INLINE void few_values(const int rows, const int columns, const int32_t dim, const braid_attention *a, int32_t row,
                       int32_t first, int32_t from, int32_t most, const uint16_t *weights, const float *rescale,
                       int32_t channel) {
  const __m512i low = interleaving(), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  __m512 acc[FEW_ROWS][4];
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) acc[r][c] = _mm512_setzero_ps();
  const uint16_t *v = (const uint16_t *)a->v + (size_t)(first + from) * dim + channel;
  for (int32_t j = from; j < most; j += 2, v += 2 * dim) {
    __m512bh pairs[4];
    for (int c = 0; c < columns; c += 2) {
      const __mmask32 there = c + 1 < columns ? 0xffffffff : 0xffff;
      fetch_ahead(v + c * 16, dim);
      fetch_ahead(v + dim + c * 16, dim);
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
INLINE void attend_few(const int rows, const int32_t dim, const braid_attention *a, const buffers *b, int32_t row,
                       int32_t first, int32_t count) {
  const reach it = reach_of(a, row, rows, first, count);
  if (it.most <= it.from) return;
  uint64_t began = a->ticks ? braid_ticks() : 0;
  few_logits(rows, dim, a, row, first, it.from, it.most, b->logits);
  uint64_t logits_done = a->ticks ? braid_ticks() : 0;
  float rescale[16] __attribute__((aligned(64)));
  weigh_tile(rows, a, b, row, first, count, it, rescale);
  uint64_t weights_done = a->ticks ? braid_ticks() : 0;
  if (a->o) {
    int32_t channel = 0;
    for (; channel + 64 <= dim; channel += 64)
      few_values(rows, 4, dim, a, row, first, it.from, it.most, b->weights, rescale, channel);
    switch ((dim - channel) / 16) {
    case 3: few_values(rows, 3, dim, a, row, first, it.from, it.most, b->weights, rescale, channel); break;
    case 2: few_values(rows, 2, dim, a, row, first, it.from, it.most, b->weights, rescale, channel); break;
    case 1: few_values(rows, 1, dim, a, row, first, it.from, it.most, b->weights, rescale, channel); break;
    default: break;
    }
  }
  if (a->ticks) add_ticks(a->ticks, began, logits_done, weights_done);
}

INLINE void attend_as_they_lie(const int32_t dim, const braid_attention *a, const buffers *b, int32_t reach) {
  for (int32_t first = first_block(a, reach); first < reach; first += BLOCK) {
    int32_t count = reach - first < BLOCK ? reach - first : BLOCK, row = 0;
    for (; row + FEW_ROWS <= a->rows; row += FEW_ROWS) attend_few(FEW_ROWS, dim, a, b, row, first, count);
    if (row + 3 <= a->rows) {
      attend_few(3, dim, a, b, row, first, count);
      row += 3;
    }
    switch (a->rows - row) {
    case 2: attend_few(2, dim, a, b, row, first, count); break;
    case 1: attend_few(1, dim, a, b, row, first, count); break;
    default: break;
    }
  }
}

TARGET void braid_attend_bf16(const braid_attention *a) {
  if (a->head_dim % 32 == 0 && braid_isa_in_use() >= BRAID_ISA_AMX) {
    braid_attend_amx(a);
    return;
  }
  buffers b = buffers_of(a);
  int32_t reach = a->causal ? seen_by(a, a->rows - 1, 0, a->keys) : a->keys;
  if (a->rows <= BRAID_FEW_ROWS) {
    switch (a->head_dim) {
    case 64: attend_as_they_lie(64, a, &b, reach); break;
    case 128: attend_as_they_lie(128, a, &b, reach); break;
    default: attend_as_they_lie(a->head_dim, a, &b, reach); break;
    }
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
