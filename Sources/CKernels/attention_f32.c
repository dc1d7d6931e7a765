#include "attention_shared.h"
#include "scalar.h"
#include "ticks.h"
#include <math.h>

// The portable kernel. Keys and values of a block are unpacked to f32; keys lie [strip][head_dim][WIDTH], so
// that one query value meets WIDTH keys at once. Six rows by 16 values are 12 accumulators of 256 bits, which
// with a vector of keys or values and a broadcast fill the 16 registers of AVX2; wider and narrower
// instruction sets share the shape.
#define WIDTH 16

typedef float vector __attribute__((ext_vector_type(WIDTH), aligned(4), may_alias));

/// The vector that begins at an address of floats.
#define VECTOR(address) (*(vector *)(address))

typedef float half __attribute__((ext_vector_type(WIDTH / 2)));
typedef float quarter __attribute__((ext_vector_type(WIDTH / 4)));
typedef int32_t integers __attribute__((ext_vector_type(WIDTH), aligned(4), may_alias));

/// The larger of two numbers or of each pair of numbers, and `b` where either is no number. The compiler's own function
/// returns the one that is a number, and takes three instructions.
#define LARGER(a, b) ((a) > (b) ? (a) : (b))

/// The sum of a vector's values, halves with halves: one after the other would wait for 15 additions.
BRAID_INLINE float total(const vector *x) {
  half eight = x->lo + x->hi;
  quarter four = eight.lo + eight.hi;
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/// The largest of a vector's numbers.
BRAID_INLINE float greatest(const vector *x) {
  half eight = LARGER(x->lo, x->hi);
  quarter four = LARGER(eight.lo, eight.hi);
  const float even = LARGER(four[0], four[2]), odd = LARGER(four[1], four[3]);
  return LARGER(even, odd);
}

/// Replaces x of 0 or less by e^x, clamped at -87: 2^n times the Taylor polynomial of degree 6 of 2^f, where f is
/// between -1/2 and 1/2. It is right to about 2 units in the last place near 0, and to some 3e-6 of the value at -87.
/// What is no number stays none, as the difference of two infinite logits.
BRAID_INLINE void power(vector *exponents) {
  const float log2e = 1.44269504f, round = 12582912.0f; // 1.5 * 2^23: rounds to an integer held in the low bits
  vector x = *exponents < -87.0f ? (vector)-87.0f : *exponents;
  vector t = x * log2e + round, n = t - round, f = x * log2e - n;
  vector p = f * 1.54035304e-4f + 1.33335581e-3f;
  p = p * f + 9.61812911e-3f;
  p = p * f + 5.55041087e-2f;
  p = p * f + 0.240226507f;
  p = p * f + 0.693147181f;
  p = p * f + 1.0f;
  *exponents = (vector)((integers)p + ((integers)t << 23));
}

size_t braid_attention_scratch(int32_t head_dim) {
  return (size_t)BLOCK * (size_t)head_dim * 8 + MOST_TILE * BLOCK * 8;
}

/// Reads the WIDTH values from `i` on of an array of either type.
BRAID_INLINE void unpack(const void *x, int32_t is_f32, size_t i, float *out) {
  for (size_t j = 0; j < WIDTH; j++)
    out[j] = is_f32 ? ((const float *)x)[i + j] : braid_from_bf16(((const uint16_t *)x)[i + j]);
}

/// Transposes WIDTH vectors. Each of the four rounds interleaves the lower half of the rows with the upper
/// half, which moves one bit of a value's row number to its column number.
BRAID_INLINE void transpose(vector r[WIDTH]) {
  vector t[WIDTH];
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < WIDTH / 2; i++) {
      vector low = r[i], high = r[i + WIDTH / 2];
      t[2 * i] = __builtin_shufflevector(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      t[2 * i + 1] = __builtin_shufflevector(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    for (int i = 0; i < WIDTH; i++) r[i] = t[i];
  }
}

BRAID_INLINE void pack_block(const braid_attention *a, int32_t first, int32_t count, float *keys, float *values) {
  size_t dim = (size_t)a->head_dim, start = (size_t)first * dim;
  for (int32_t strip = 0; strip < count; strip += WIDTH) {
    for (size_t i = 0; i < dim; i += WIDTH) {
      vector r[WIDTH] = {0};
      for (int32_t j = strip; j < strip + WIDTH && j < count; j++)
        unpack(a->k, a->kv_is_f32, start + (size_t)j * dim + i, (float *)&r[j - strip]);
      transpose(r);
      for (size_t j = 0; j < WIDTH; j++) VECTOR(keys + (size_t)strip * dim + (i + j) * WIDTH) = r[j];
    }
  }
  if (!a->o) return;
  for (size_t i = 0; i < (size_t)count * dim; i += WIDTH) unpack(a->v, a->kv_is_f32, start + i, values + i);
}

/// Logits of `rows` (a constant) rows against one strip of keys.
BRAID_INLINE void logits_of(const int rows, const float *q, int32_t dim, const float *keys, float *s) {
  vector sum[TILE] = {0};
  for (int32_t i = 0; i < dim; i++)
    for (int r = 0; r < rows; r++) sum[r] += q[r * dim + i] * VECTOR(keys + i * WIDTH);
  for (int r = 0; r < rows; r++) VECTOR(s + r * BLOCK) = sum[r];
}

/// Caps the logits of one row over the keys of one block from `from`, a multiple of WIDTH, to `padded`, and hides those
/// before `hidden` and from `seen` on. Returns the larger of `before` and the largest of them. `a->top`, where it is
/// there, receives the largest logits.
BRAID_INLINE float largest_of(const braid_attention *a, int32_t row, float *s, int32_t from, int32_t hidden,
                              int32_t seen, int32_t padded, float before) {
  if (a->cap > 0)
    for (int32_t j = from; j < padded; j++) s[j] = braid_capped(s[j], a->cap);
  for (int32_t j = from; j < hidden; j++) s[j] = -INFINITY;
  for (int32_t j = seen; j < padded; j++) s[j] = -INFINITY;
  vector high = -INFINITY;
  for (int32_t j = from; j < padded; j += WIDTH) high = LARGER(VECTOR(s + j), high);
  const float most = greatest(&high);
  if (a->top && most > -INFINITY) {
    float *top = a->top + (size_t)row * BRAID_TOP;
    // The fifth largest of the lanes' largest is at most the fifth largest of all: below it nothing has to be inserted.
    for (int i = 1; i < BRAID_TOP; i++) high = high == greatest(&high) ? -INFINITY : high;
    float floor = greatest(&high);
    floor = top[BRAID_TOP - 1] > floor ? top[BRAID_TOP - 1] : floor;
    for (int32_t j = hidden; j < seen; j++)
      if (s[j] >= floor) insert_top(top, s[j]);
  }
  return LARGER(most, before);
}

/// The running softmax of `rows` (a constant, at most WIDTH) rows over a block of `count` keys that begins with key
/// `first`: of those, the ones from `from`, a multiple of WIDTH, to `padded`. `s` turns from logits into weights, 0
/// where a row sees nothing. `rescale` receives the factors of the earlier sums.
BRAID_INLINE void weigh(const int rows, const braid_attention *a, int32_t row, float *s, int32_t from, int32_t padded,
                        int32_t first, int32_t count, float rescale[WIDTH]) {
  float before[WIDTH], now[WIDTH];
  VECTOR(before) = VECTOR(now) = (vector)-INFINITY;
  for (int r = 0; r < rows; r++) {
    before[r] = a->m[row + r];
    now[r] = largest_of(a, row + r, s + r * BLOCK, from, hidden_from(a, row + r, first, count),
                        seen_by(a, row + r, first, count), padded, before[r]);
  }
  // The factors of all rows at once.
  vector factors = VECTOR(before) - VECTOR(now);
  power(&factors);
  VECTOR(rescale) = (vector)((VECTOR(before) > -INFINITY) & (integers)factors);
  for (int r = 0; r < rows; r++) {
    vector sums = 0, weighted = 0;
    // Where nothing is seen yet, any number takes the place of the largest.
    const float most = now[r] > -INFINITY ? now[r] : 0;
    for (int32_t j = from; j < padded; j += WIDTH) {
      vector x = VECTOR(s + r * BLOCK + j), w = x - most;
      power(&w);
      w = (vector)((x > -INFINITY) & (integers)w);
      sums += w;
      weighted += w * LARGER(x, (vector)-1e30f);
      VECTOR(s + r * BLOCK + j) = w;
    }
    a->m[row + r] = now[r];
    a->l[row + r] = a->l[row + r] * rescale[r] + total(&sums);
    if (a->e) a->e[row + r] = a->e[row + r] * rescale[r] + total(&weighted);
  }
}

/// Adds the weighted values of one block, WIDTH channels, to the rescaled outputs.
BRAID_INLINE void values_of(const int rows, const float *weights, int32_t from, int32_t keys, const float *values,
                            int32_t dim, const float *rescale, float *o) {
  vector sum[TILE];
  for (int r = 0; r < rows; r++) sum[r] = VECTOR(o + (size_t)r * dim) * rescale[r];
  for (int32_t j = from; j < keys; j++)
    for (int r = 0; r < rows; r++) sum[r] += weights[r * BLOCK + j] * VECTOR(values + (size_t)j * dim);
  for (int r = 0; r < rows; r++) VECTOR(o + (size_t)r * dim) = sum[r];
}

// Few rows: the queries of one token that share a head of keys. Packing a block costs more than they use it then, so
// keys and values are read as they lie. A word holds two values of bf16, whose upper halves are numbers of f32 after a
// shift or a mask: eight values of even channels, then eight of odd ones. Queries and outputs take that order.
// `dim` is a constant for the usual heads.

/// The most rows, and the keys, at a time. Two rows have 8 accumulators of 256 bits; three, where there are no others,
/// have 12 for logits and 6 for values, with more compilers begin to spill registers.
#define FEW_ROWS 3
#define FEW_KEYS 4

typedef float floats __attribute__((ext_vector_type(8), aligned(4), may_alias));
typedef uint32_t words __attribute__((ext_vector_type(8), aligned(2), may_alias));

#define PAIRS(x, i) (*(const words *)((const uint16_t *)(x) + (i)))
#define EVEN(pairs) ((floats)((pairs) << 16))
#define ODD(pairs) ((floats)((pairs) & 0xffff0000u))

/// Copies 16 values, the even ones first.
BRAID_INLINE void split(const float *from, float *to) {
  floats a = *(const floats *)from, b = *(const floats *)(from + 8);
  *(floats *)to = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  *(floats *)(to + 8) = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

/// The sums of four vectors.
BRAID_INLINE void sum_four(const floats x[4], float *out) {
  floats low = __builtin_shufflevector(x[0], x[1], 0, 8, 2, 10, 4, 12, 6, 14) +
               __builtin_shufflevector(x[0], x[1], 1, 9, 3, 11, 5, 13, 7, 15);
  floats high = __builtin_shufflevector(x[2], x[3], 0, 8, 2, 10, 4, 12, 6, 14) +
                __builtin_shufflevector(x[2], x[3], 1, 9, 3, 11, 5, 13, 7, 15);
  floats all = __builtin_shufflevector(low, high, 0, 1, 8, 9, 4, 5, 12, 13) +
               __builtin_shufflevector(low, high, 2, 3, 10, 11, 6, 7, 14, 15);
  for (int i = 0; i < 4; i++) out[i] = all[i] + all[i + 4];
}

/// Logits of `rows` (a constant) rows against the keys from `from` to `count` of a block, a multiple of FEW_KEYS of
/// them: those behind the last are any numbers. `q` has its even channels first. The first rows ask for the next block,
/// which a few rows need before it has come from memory.
BRAID_INLINE void few_logits(const int rows, const size_t dim, const braid_attention *a, const float *q, int32_t row,
                             int32_t first, int32_t from, int32_t count, float *s) {
  for (int32_t j = from; j < count; j += FEW_KEYS) {
    const uint16_t *keys[FEW_KEYS];
    for (int k = 0; k < FEW_KEYS; k++)
      keys[k] = (const uint16_t *)a->k + (size_t)(first + (j + k < count ? j + k : count - 1)) * dim;
    floats sum[FEW_ROWS][FEW_KEYS];
    for (int r = 0; r < rows; r++)
      for (int k = 0; k < FEW_KEYS; k++) sum[r][k] = 0;
    for (size_t i = 0; i < dim; i += 16)
      for (int k = 0; k < FEW_KEYS; k++) {
        words pairs = PAIRS(keys[k], i);
        if (!row && i % 32 == 0) fetch_ahead(keys[k] + i, a->head_dim);
        floats even = EVEN(pairs), odd = ODD(pairs);
        for (int r = 0; r < rows; r++) {
          sum[r][k] += even * *(const floats *)(q + (size_t)r * dim + i);
          sum[r][k] += odd * *(const floats *)(q + (size_t)r * dim + i + 8);
        }
      }
    for (int r = 0; r < rows; r++) sum_four(sum[r], s + r * BLOCK + j);
  }
}

/// Adds the weighted values of the keys from `from` to `most` of a block to the rescaled outputs: `groups` (a constant)
/// times 16 channels from `channel` on.
BRAID_INLINE void few_values(const int rows, const int groups, const size_t dim, const braid_attention *a, int32_t row,
                             int32_t first, int32_t from, int32_t most, const float *s, const float *rescale,
                             size_t channel) {
  floats sum[FEW_ROWS][4];
  for (int r = 0; r < rows; r++)
    for (int g = 0; g < groups; g++) {
      float both[16];
      split(a->o + (size_t)(row + r) * dim + channel + 16 * (size_t)g, both);
      sum[r][2 * g] = *(floats *)both * rescale[r];
      sum[r][2 * g + 1] = *(floats *)(both + 8) * rescale[r];
    }
  for (int32_t j = from; j < most; j++)
    for (int g = 0; g < groups; g++) {
      const uint16_t *v = (const uint16_t *)a->v + (size_t)(first + j) * dim + channel + 16 * (size_t)g;
      words pairs = PAIRS(v, 0);
      if (!row && g == 0) fetch_ahead(v, a->head_dim);
      floats even = EVEN(pairs), odd = ODD(pairs);
      for (int r = 0; r < rows; r++) {
        sum[r][2 * g] += even * s[r * BLOCK + j];
        sum[r][2 * g + 1] += odd * s[r * BLOCK + j];
      }
    }
  for (int r = 0; r < rows; r++)
    for (int g = 0; g < groups; g++) {
      float *to = a->o + (size_t)(row + r) * dim + channel + 16 * (size_t)g;
      floats even = sum[r][2 * g], odd = sum[r][2 * g + 1];
      *(floats *)to = __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11);
      *(floats *)(to + 8) = __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15);
    }
}

/// `rows` (a constant) rows over one block of `count` keys as they lie. `q` has its even channels first.
BRAID_INLINE void attend_few(const int rows, const int timed, const size_t dim, const braid_attention *a,
                             const float *q, int32_t row, int32_t first, int32_t count, float *s) {
  int32_t most = seen_by(a, row + rows - 1, first, count);
  int32_t from = hidden_from(a, row, first, count) / WIDTH * WIDTH;
  if (most <= from) return;
  int32_t padded = (most + WIDTH - 1) / WIDTH * WIDTH;
  uint64_t began = timed ? braid_ticks() : 0, logits_done = 0, weights_done = 0;
  few_logits(rows, dim, a, q, row, first, from, most, s);
  if (timed) logits_done = braid_ticks();
  float rescale[WIDTH];
  weigh(rows, a, row, s, from, padded, first, count, rescale);
  if (timed) weights_done = braid_ticks();
  if (a->o) {
    size_t channel = 0;
    if (rows < 3)
      for (; channel + 32 <= dim; channel += 32)
        few_values(rows, 2, dim, a, row, first, from, most, s, rescale, channel);
    for (; channel < dim; channel += 16) few_values(rows, 1, dim, a, row, first, from, most, s, rescale, channel);
  }
  if (timed) {
    a->ticks->qk += logits_done - began;
    a->ticks->softmax += weights_done - logits_done;
    a->ticks->pv += braid_ticks() - weights_done;
  }
}

BRAID_INLINE void attend_as_they_lie(const int timed, const size_t dim, const braid_attention *a) {
  float *q = a->scratch, *s = q + BRAID_FEW_ROWS * dim;
  for (size_t i = 0; i < (size_t)a->rows * dim; i += 16) split((const float *)a->q + i, q + i);
  int32_t reach = a->causal ? seen_by(a, a->rows - 1, 0, a->keys) : a->keys;
  for (int32_t first = first_block(a, reach); first < reach; first += BLOCK) {
    int32_t count = reach - first < BLOCK ? reach - first : BLOCK, row = 0;
    if (a->rows == FEW_ROWS) {
      attend_few(FEW_ROWS, timed, dim, a, q, 0, first, count, s);
      continue;
    }
    for (; row + 2 <= a->rows; row += 2) attend_few(2, timed, dim, a, q + (size_t)row * dim, row, first, count, s);
    if (row < a->rows) attend_few(1, timed, dim, a, q + (size_t)row * dim, row, first, count, s);
  }
}

/// One tile of `rows` rows over one packed block of `count` keys. `rows` and `timed` are constants.
BRAID_INLINE void attend_tile(const int rows, const int timed, const braid_attention *a, int32_t row, int32_t first,
                              int32_t count, const float *keys, const float *values, float *s) {
  int32_t dim = a->head_dim;
  int32_t most = seen_by(a, row + rows - 1, first, count);
  int32_t from = hidden_from(a, row, first, count) / WIDTH * WIDTH;
  if (most <= from) return;
  int32_t padded = (most + WIDTH - 1) / WIDTH * WIDTH;
  uint64_t began = timed ? braid_ticks() : 0, logits_done = 0, weights_done = 0;
  const float *q = (const float *)a->q + (size_t)row * dim;
  for (int32_t strip = from; strip < most; strip += WIDTH)
    logits_of(rows, q, dim, keys + (size_t)strip * dim, s + strip);
  if (timed) logits_done = braid_ticks();
  float rescale[WIDTH];
  weigh(rows, a, row, s, from, padded, first, count, rescale);
  if (timed) weights_done = braid_ticks();
  if (a->o) {
    for (int32_t channel = 0; channel < dim; channel += WIDTH)
      values_of(rows, s, from, most, values + channel, dim, rescale, a->o + (size_t)row * dim + channel);
  }
  if (timed) {
    a->ticks->qk += logits_done - began;
    a->ticks->softmax += weights_done - logits_done;
    a->ticks->pv += braid_ticks() - weights_done;
  }
}

BRAID_INLINE void attend(const int timed, const braid_attention *a) {
  if (a->rows <= BRAID_FEW_ROWS && !a->kv_is_f32) {
    switch (a->head_dim) {
    case 64: attend_as_they_lie(timed, 64, a); break;
    case 128: attend_as_they_lie(timed, 128, a); break;
    default: attend_as_they_lie(timed, (size_t)a->head_dim, a); break;
    }
    return;
  }
  float *keys = a->scratch;
  float *values = keys + (size_t)BLOCK * a->head_dim;
  float *s = values + (size_t)BLOCK * a->head_dim;
  int32_t reach = a->causal ? seen_by(a, a->rows - 1, 0, a->keys) : a->keys;
  for (int32_t first = first_block(a, reach); first < reach; first += BLOCK) {
    int32_t count = reach - first < BLOCK ? reach - first : BLOCK;
    uint64_t began = timed ? braid_ticks() : 0;
    pack_block(a, first, count, keys, values);
    if (timed) a->ticks->pack += braid_ticks() - began;
    int32_t row = 0;
    for (; row + TILE <= a->rows; row += TILE) attend_tile(TILE, timed, a, row, first, count, keys, values, s);
    switch (a->rows - row) {
    case 5: attend_tile(5, timed, a, row, first, count, keys, values, s); break;
    case 4: attend_tile(4, timed, a, row, first, count, keys, values, s); break;
    case 3: attend_tile(3, timed, a, row, first, count, keys, values, s); break;
    case 2: attend_tile(2, timed, a, row, first, count, keys, values, s); break;
    case 1: attend_tile(1, timed, a, row, first, count, keys, values, s); break;
    default: break;
    }
  }
}

BRAID_KERNEL(void, attend_f32, (const braid_attention *a), (a)) {
  if (a->ticks) attend(1, a);
  else attend(0, a);
}

#define FINISH(TYPE, STORE)                                                                                            \
  for (size_t r = 0; r < rows; r++) {                                                                                  \
    float f = l[r] > 0 ? 1.0f / l[r] : 0.0f;                                                                           \
    TYPE *restrict to = out + (r / group) * out_row + (r % group) * head_dim;                                          \
    const float *restrict from = o + r * head_dim;                                                                     \
    for (size_t i = 0; i < head_dim; i++) to[i] = STORE(from[i] * f);                                                  \
  }

BRAID_KERNEL(void, attention_finish_bf16,
             (const float *o, const float *l, uint16_t *out, size_t rows, size_t group, size_t head_dim,
              size_t out_row),
             (o, l, out, rows, group, head_dim, out_row)){FINISH(uint16_t, braid_to_bf16)}

BRAID_KERNEL(void, attention_finish_f32,
             (const float *o, const float *l, float *out, size_t rows, size_t group, size_t head_dim, size_t out_row),
             (o, l, out, rows, group, head_dim, out_row)) {
  FINISH(float, (float))
}
