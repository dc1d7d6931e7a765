#include "attention_bf16.h"

#include <string.h>

// Attention with AMX: the products of a tile of 16 rows with 16 keys, or of their weights with 16 channels, are one
// instruction for 32 summands each. Packed keys and values lie as tiles want them. The softmax between the products is
// that of AVX-512.

#if defined(__x86_64__)

#define AMX __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,amx-tile,amx-bf16")))
#define AMX_INLINE static inline __attribute__((always_inline)) AMX

/// Tiles: 0 to 3 are sums, [rows][16] in f32; 4 holds rows or weights, [rows][32] in bf16; 5 to 7 keys or values,
/// [16 pairs][16].
AMX_INLINE void configure(int32_t rows) {
  struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } shape __attribute__((aligned(64)));
  memset(&shape, 0, sizeof shape);
  shape.palette = 1;
  for (int i = 0; i < 8; i++) {
    shape.bytes[i] = 64;
    shape.rows[i] = i < 5 ? (uint8_t)rows : 16;
  }
  _tile_loadconfig(&shape);
}

/// Adds to the sums the products of tile 4 with up to four tiles that lie 64 bytes apart.
#define ADD_PRODUCTS(columns, from, stride)                                                                            \
  do {                                                                                                                 \
    _tile_loadd(5, (from), (stride));                                                                                  \
    _tile_dpbf16ps(0, 4, 5);                                                                                           \
    if ((columns) > 1) {                                                                                               \
      _tile_loadd(6, (from) + 16, (stride));                                                                           \
      _tile_dpbf16ps(1, 4, 6);                                                                                         \
    }                                                                                                                  \
    if ((columns) > 2) {                                                                                               \
      _tile_loadd(7, (from) + 32, (stride));                                                                           \
      _tile_dpbf16ps(2, 4, 7);                                                                                         \
    }                                                                                                                  \
    if ((columns) > 3) {                                                                                               \
      _tile_loadd(5, (from) + 48, (stride));                                                                           \
      _tile_dpbf16ps(3, 4, 5);                                                                                         \
    }                                                                                                                  \
  } while (0)

/// Logits of the configured rows against a strip of packed keys.
AMX_INLINE void tile_logits(const uint32_t *q, int32_t pairs, const uint32_t *keys, float *out) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int32_t p = 0; p < pairs; p += 16) {
    _tile_loadd(4, q + p, (size_t)pairs * 4);
    ADD_PRODUCTS(4, keys + (size_t)p * STRIP, STRIP * 4);
  }
  _tile_stored(0, out, BLOCK * 4);
  _tile_stored(1, out + 16, BLOCK * 4);
  _tile_stored(2, out + 32, BLOCK * 4);
  _tile_stored(3, out + 48, BLOCK * 4);
}

/// Adds the weighted values of the keys from `from` to `covered`, multiples of 32, to `columns` (a constant, 2 or 4)
/// times 16 channels of the outputs.
AMX_INLINE void tile_values(const int columns, const uint16_t *weights, int32_t from, int32_t covered,
                            const uint32_t *values, int32_t dim, float *o) {
  const size_t stride = (size_t)dim * 4;
  _tile_loadd(0, o, stride);
  _tile_loadd(1, o + 16, stride);
  if (columns > 2) {
    _tile_loadd(2, o + 32, stride);
    _tile_loadd(3, o + 48, stride);
  }
  for (int32_t j = from; j < covered; j += 32) {
    _tile_loadd(4, weights + j, BLOCK * 2);
    ADD_PRODUCTS(columns, values + (size_t)(j / 2) * (size_t)dim, stride);
  }
  _tile_stored(0, o, stride);
  _tile_stored(1, o + 16, stride);
  if (columns > 2) {
    _tile_stored(2, o + 32, stride);
    _tile_stored(3, o + 48, stride);
  }
}

/// Turns the logits of `rows` (a constant) rows from `row` on into weights, and rescales their outputs.
AMX_INLINE void weigh_rows(const int rows, const braid_attention *a, const buffers *b, int32_t place, int32_t row,
                           int32_t first, int32_t count, reach it) {
  buffers part = *b;
  part.logits += (size_t)place * BLOCK;
  part.weights += (size_t)place * BLOCK;
  float rescale[16] __attribute__((aligned(64)));
  weigh_tile(rows, a, &part, row, first, count, it, rescale);
  if (!a->o) return;
  for (int r = 0; r < rows; r++) {
    float *o = a->o + (size_t)(row + r) * a->head_dim;
    const __m512 factor = _mm512_set1_ps(rescale[r]);
    for (int32_t i = 0; i < a->head_dim; i += 16)
      _mm512_storeu_ps(o + i, _mm512_mul_ps(_mm512_loadu_ps(o + i), factor));
  }
}

/// Packs the values of the keys from `from`, which is even, to `most` of a block. Weights behind the last key are 0,
/// and so must be what they are multiplied by.
AMX_INLINE void pack_values_of(const braid_attention *a, const buffers *b, int32_t first, int32_t from, int32_t most) {
  const size_t dim = (size_t)a->head_dim;
  const uint16_t *v = (const uint16_t *)a->v + (size_t)(first + from) * dim;
  pack_values(v, most - from, a->head_dim, b->values + (size_t)from / 2 * dim);
  const size_t packed = (size_t)(most + 1) / 2, covered = (size_t)(most + 31) / 32 * 16;
  memset(b->values + packed * dim, 0, (covered - packed) * dim * 4);
}

/// Adds the weighted values of a block to the outputs of the configured rows, the first of which is `row`.
AMX_INLINE void add_values(const braid_attention *a, const buffers *b, int32_t row, reach it) {
  const int32_t dim = a->head_dim, covered = (it.most + 31) / 32 * 32;
  float *o = a->o + (size_t)row * dim;
  int32_t channel = 0;
  for (; channel + 64 <= dim; channel += 64)
    tile_values(4, b->weights, it.from, covered, b->values + channel, dim, o + channel);
  if (channel < dim) tile_values(2, b->weights, it.from, covered, b->values + channel, dim, o + channel);
}

/// The configured rows, at most MOST_TILE, over one packed block of `count` keys.
AMX static void attend_rows(int32_t rows, const braid_attention *a, const buffers *b, int32_t row, int32_t first,
                            int32_t count) {
  const int32_t dim = a->head_dim, pairs = dim / 2;
  const reach it = reach_of(a, row, rows, first, count);
  if (it.most <= it.from) return;
  const uint64_t began = a->ticks ? braid_ticks() : 0;
  const uint32_t *q = (const uint32_t *)a->q + (size_t)row * pairs;
  for (int32_t strip = it.from; strip < it.most; strip += STRIP)
    tile_logits(q, pairs, b->keys + (size_t)strip * pairs, b->logits + strip);
  const uint64_t logits_done = a->ticks ? braid_ticks() : 0;
  int32_t place = 0;
  for (; place + SIDE_BY_SIDE <= rows; place += SIDE_BY_SIDE)
    weigh_rows(SIDE_BY_SIDE, a, b, place, row + place, first, count, it);
  for (; place + 2 <= rows; place += 2) weigh_rows(2, a, b, place, row + place, first, count, it);
  if (place < rows) weigh_rows(1, a, b, place, row + place, first, count, it);
  const uint64_t weights_done = a->ticks ? braid_ticks() : 0;
  if (a->o) add_values(a, b, row, it);
  if (a->ticks) add_ticks(a->ticks, began, logits_done, weights_done);
}

// Few rows: packing keys costs more than their products. They are read as they lie, as the rows of a product whose
// columns are the queries, so that logits come out as [keys][16]. The sums have the bits that packed keys give.

/// The scratch of few rows, in the place of packed keys.
typedef struct {
  uint32_t *queries; // [head_dim / 2][16] pairs of bf16, a column each row
  uint16_t *last;    // [16][head_dim] the last keys, and zeros behind them
  float *logits;     // [16 keys][16 rows]
} few_buffers;

AMX_INLINE few_buffers few_buffers_of(const buffers *b, int32_t dim) {
  few_buffers it = {.queries = b->keys};
  it.last = (uint16_t *)(it.queries + (size_t)dim / 2 * 16);
  it.logits = (float *)(it.last + 16 * (size_t)dim);
  return it;
}

/// Turns the logits of 16 keys with up to 8 rows into [8 rows][16 keys].
AMX_INLINE void transpose8(const float *from, __m512i out[8]) {
  __m512i r[8], t[8];
  for (int i = 0; i < 8; i++) {
    const __m512i low = _mm512_castsi256_si512(_mm256_load_si256((const __m256i *)(from + 16 * i)));
    r[i] = _mm512_inserti64x4(low, _mm256_load_si256((const __m256i *)(from + 16 * (i + 8))), 1);
  }
  for (int i = 0; i < 4; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
  const __m512i low = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0), high = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
  for (int i = 0; i < 2; i++) {
    const __m512i one[2] = {_mm512_unpacklo_epi64(t[i], t[i + 2]), _mm512_unpackhi_epi64(t[i], t[i + 2])};
    const __m512i two[2] = {_mm512_unpacklo_epi64(t[i + 4], t[i + 6]), _mm512_unpackhi_epi64(t[i + 4], t[i + 6])};
    for (int k = 0; k < 2; k++) {
      out[2 * i + k] = _mm512_permutex2var_epi64(one[k], low, two[k]);
      out[2 * i + k + 4] = _mm512_permutex2var_epi64(one[k], high, two[k]);
    }
  }
}

/// Logits of the rows of `few` against the keys from `from` to `most` of a block; those behind the last are 0.
AMX_INLINE void few_tile_logits(int32_t rows, const braid_attention *a, const few_buffers *few, int32_t first,
                                int32_t from, int32_t most, float *s) {
  const int32_t dim = a->head_dim;
  const size_t key_bytes = (size_t)dim * 2;
  for (int32_t j = from; j < most; j += 16) {
    const uint16_t *keys = (const uint16_t *)a->k + (size_t)(first + j) * (size_t)dim;
    for (int32_t i = 0; i < 16 * dim; i += 32) fetch_ahead(keys + i, dim);
    if (most - j < 16) {
      const size_t there = (size_t)(most - j) * key_bytes;
      memcpy(few->last, keys, there);
      memset((char *)few->last + there, 0, 16 * key_bytes - there);
      keys = few->last;
    }
    _tile_zero(5);
    for (int32_t i = 0; i < dim; i += 32) {
      _tile_loadd(6, keys + i, key_bytes);
      _tile_loadd(7, few->queries + (size_t)i / 2 * 16, 64);
      _tile_dpbf16ps(5, 6, 7);
    }
    _tile_stored(5, few->logits, 64);
    __m512i r[16];
    if (rows <= 8) {
      transpose8(few->logits, r);
    } else {
      for (int i = 0; i < 16; i++) r[i] = _mm512_load_si512(few->logits + 16 * i);
      transpose16(r);
    }
    for (int32_t k = 0; k < rows; k++) _mm512_store_si512(s + k * BLOCK + j, r[k]);
  }
}

/// Turns the logits of all rows into weights, and rescales their outputs. A token has three rows often, or six.
AMX_INLINE void weigh_few(const braid_attention *a, const buffers *b, int32_t first, int32_t count, reach it) {
  int32_t row = 0;
  for (; row + 6 <= a->rows; row += 6) weigh_rows(6, a, b, row, row, first, count, it);
  for (; row + 3 <= a->rows; row += 3) weigh_rows(3, a, b, row, row, first, count, it);
  for (; row < a->rows; row++) weigh_rows(1, a, b, row, row, first, count, it);
}

/// All rows, at most BRAID_FEW_ROWS, over the keys up to the last that any of them sees.
AMX static void attend_few_rows(const braid_attention *a, const buffers *b, int32_t reach_of_rows) {
  const int32_t dim = a->head_dim, pairs = dim / 2, rows = a->rows;
  const few_buffers few = few_buffers_of(b, dim);
  memset(few.queries, 0, (size_t)pairs * 64);
  for (int32_t r = 0; r < rows; r++)
    for (int32_t p = 0; p < pairs; p++) few.queries[p * 16 + r] = ((const uint32_t *)a->q)[r * pairs + p];
  configure(rows);
  for (int32_t first = first_block(a, reach_of_rows); first < reach_of_rows; first += BLOCK) {
    const int32_t count = reach_of_rows - first < BLOCK ? reach_of_rows - first : BLOCK;
    const reach it = reach_of(a, 0, rows, first, count);
    if (it.most <= it.from) continue;
    const uint64_t began = a->ticks ? braid_ticks() : 0;
    few_tile_logits(rows, a, &few, first, it.from, it.most, b->logits);
    const uint64_t logits_done = a->ticks ? braid_ticks() : 0;
    weigh_few(a, b, first, count, it);
    const uint64_t weights_done = a->ticks ? braid_ticks() : 0;
    if (a->o) {
      pack_values_of(a, b, first, it.from, it.most);
      add_values(a, b, 0, it);
    }
    if (a->ticks) add_ticks(a->ticks, began, logits_done, weights_done);
  }
  _tile_release();
}

AMX void braid_attend_amx(const braid_attention *a) {
  const buffers b = buffers_of(a);
  const int32_t dim = a->head_dim, reach = a->causal ? seen_by(a, a->rows - 1, 0, a->keys) : a->keys;
  if (a->rows <= BRAID_FEW_ROWS) {
    attend_few_rows(a, &b, reach);
    return;
  }
  int32_t configured = MOST_TILE;
  configure(configured);
  for (int32_t first = first_block(a, reach); first < reach; first += BLOCK) {
    const int32_t count = reach - first < BLOCK ? reach - first : BLOCK;
    const uint64_t began = a->ticks ? braid_ticks() : 0;
    pack_keys((const uint16_t *)a->k + (size_t)first * dim, count, dim, b.keys);
    if (a->o) pack_values_of(a, &b, first, 0, count);
    if (a->ticks) a->ticks->pack += braid_ticks() - began;
    for (int32_t row = 0; row < a->rows; row += MOST_TILE) {
      const int32_t rows = a->rows - row < MOST_TILE ? a->rows - row : MOST_TILE;
      if (rows != configured) configure(configured = rows);
      attend_rows(rows, a, &b, row, first, count);
    }
  }
  _tile_release();
}

#endif
