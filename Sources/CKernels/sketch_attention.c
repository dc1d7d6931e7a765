#include "sketch_attention.h"
#include "attention_shared.h"
#include "avx512.h"
#include "scalar.h"

#include <math.h>

// Codes are bytes of 0 to 15 and queries signed bytes, so that their products are whole numbers: exact, and the same
// with every instruction set. The codes of a chunk are laid out once for all rows and stay in the second-level cache;
// the products of a few rows with a block of keys stay in the first.

#define KEYS 1024      // of a block
#define WIDTH 16       // keys of a strip
#define ROWS 4         // rows that pass over a block together
#define FOUR 4         // channels of a group: those of one 32-bit product
#define MOST_GROUPS 24 // of a run: three sixteenths of 512 channels
#define LOG2_E 1.44269504f

typedef float vector __attribute__((ext_vector_type(WIDTH), aligned(64), may_alias));
typedef int32_t whole __attribute__((ext_vector_type(WIDTH), aligned(64), may_alias));
typedef _Bool flags __attribute__((ext_vector_type(WIDTH)));
typedef float quad __attribute__((ext_vector_type(FOUR), aligned(4), may_alias));
typedef int8_t bytes __attribute__((ext_vector_type(FOUR), aligned(1), may_alias));

BRAID_INLINE size_t groups_of_run(size_t run) { return (run + FOUR - 1) / FOUR; }

size_t braid_sketch_groups(size_t run) { return 2 * groups_of_run(run); }

BRAID_INLINE size_t strips_of(size_t count) { return (count + WIDTH - 1) / WIDTH; }

size_t braid_sketch_scratch(size_t run, size_t count) {
  return (size_t)ROWS * KEYS * sizeof(int32_t) + strips_of(count) * braid_sketch_groups(run) * WIDTH * FOUR;
}

/// Four numbers from `from` on, of which `count` are there; the others are 0.
BRAID_INLINE quad load_quad(const float *from, size_t count) {
  quad x = 0;
  if (count >= FOUR) return *(const quad *)from;
  for (size_t i = 0; i < count; i++) x[i] = from[i];
  return x;
}

BRAID_INLINE quad larger(quad a, quad b) { return a > b ? a : b; }

BRAID_KERNEL(void, sketch_round,
             (const float *restrict q, size_t rows, const braid_key_sketch *s, const braid_sketch_query *out),
             (q, rows, s, out)) {
  size_t dim = (size_t)s->dim, run = (size_t)s->run, half = groups_of_run(run);
  for (size_t r = 0; r < rows; r++, q += dim) {
    quad kept[2 * MOST_GROUPS], most = 0;
    for (size_t g = 0; g < 2 * half; g++) {
      size_t at = g % half * FOUR, second = g >= half;
      quad x = load_quad(q + s->first[second] + at, run - at) * load_quad(s->steps + second * run + at, run - at);
      kept[g] = x;
      most = larger(most, larger(x, -x));
    }
    float top = 0, constant = 0;
    for (int i = 0; i < FOUR; i++) top = most[i] > top ? most[i] : top;
    // Queries too small to divide by count as none.
    float scale = top > 1e-30f ? top / 127.0f : 0.0f, inverse = top > 1e-30f ? 127.0f / top : 0.0f;
    int8_t *to = out->numbers + r * 2 * half * FOUR;
    quad sum = 0;
    for (size_t g = 0; g < 2 * half; g++) {
      // Rounded twice as without FMA, so that numbers are the same with every instruction set.
#pragma clang fp contract(off)
      // 1.5 * 2^23: rounds to an integer held in the low bits.
      quad number = kept[g] * inverse + 12582912.0f - 12582912.0f;
      sum += number;
      *(bytes *)(to + g * FOUR) = __builtin_convertvector(number, bytes);
    }
    quad mean[4] = {0};
    for (size_t i = 0; i < dim; i += 4 * FOUR)
      for (size_t j = 0; j < 4; j++)
        mean[j] += *(const quad *)(q + i + j * FOUR) * *(const quad *)(s->mean + i + j * FOUR);
    mean[0] += mean[1] + (mean[2] + mean[3]);
    for (int i = 0; i < FOUR; i++) constant += mean[0][i];
    out->scales[r] = scale;
    // A code n stands for n - 15/2 steps.
    out->constants[r] = constant - 7.5f * scale * (sum[0] + sum[1] + (sum[2] + sum[3]));
  }
}

/// Lays out the codes, [strip][group][WIDTH][FOUR]; those of keys behind the last are 0.
BRAID_INLINE void lay_out(const braid_key_sketch *s, uint8_t *out) {
  size_t run = (size_t)s->run, half = groups_of_run(run), count = (size_t)s->count;
  const uint8_t *codes = s->codes;
  for (size_t strip = 0; strip < count; strip += WIDTH, codes += WIDTH * run, out += 2 * half * WIDTH * FOUR)
    for (size_t g = 0; g < half; g++) {
      uint32_t pairs[WIDTH] __attribute__((aligned(64))) = {0};
      size_t keys = count - strip < WIDTH ? count - strip : WIDTH;
      if (run - g * FOUR >= FOUR)
        for (size_t k = 0; k < keys; k++) __builtin_memcpy(pairs + k, codes + k * run + g * FOUR, FOUR);
      else
        for (size_t k = 0; k < keys; k++) __builtin_memcpy(pairs + k, codes + k * run + g * FOUR, run - g * FOUR);
      uint32_t *low = (uint32_t *)(out + g * WIDTH * FOUR), *high = (uint32_t *)(out + (half + g) * WIDTH * FOUR);
      for (size_t k = 0; k < WIDTH; k++) low[k] = pairs[k] & 0x0f0f0f0f;
      for (size_t k = 0; k < WIDTH; k++) high[k] = (pairs[k] >> 4) & 0x0f0f0f0f;
    }
}

/// The products of one tile of rows.
typedef struct {
  const uint8_t *codes;  // laid out
  const int8_t *numbers; // [ROWS][groups][FOUR]
  size_t groups, strips;
  int32_t *out; // [ROWS][KEYS]
} products;

/// Writes the products of `rows` (a constant) rows with all keys of a block.
BRAID_INLINE void multiply_plain(const products *p, const int rows) {
  for (size_t strip = 0; strip < p->strips; strip++)
    for (int r = 0; r < rows; r++) {
      whole sum = 0;
      for (size_t g = 0; g < p->groups; g++) {
        whole codes = *(const whole *)(p->codes + (strip * p->groups + g) * WIDTH * FOUR);
        const int8_t *q = p->numbers + ((size_t)r * p->groups + g) * FOUR;
        for (int i = 0; i < FOUR; i++) sum += ((codes >> (8 * i)) & 255) * (int32_t)q[i];
      }
      *(whole *)(p->out + (size_t)r * KEYS + strip * WIDTH) = sum;
    }
}

/// 2^x for x of 0 or less, relative error below 1e-4; the polynomial is that of exp2_coarse.
BRAID_INLINE void power_plain(vector *x) {
  vector y = *x > -126.0f ? *x : -126.0f;
  // The nearest whole number of y - 1/2 is y's floor, or y - 1 where y is whole: the polynomial is good there too.
  vector t = y - 0.5f + 12582912.0f, r = y - (t - 12582912.0f);
  vector p = r * 0.0780245226f + 0.2260671554f;
  p = p * r + 0.6958335405f;
  p = p * r + 0.9999252186f;
  *x = (vector)((whole)p + ((whole)t << 23));
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("arch=x86-64-v3")))
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx512vnni,fma")))

AVX2 BRAID_INLINE void multiply_avx2(const products *p, const int rows) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (size_t strip = 0; strip < p->strips; strip++) {
    const uint8_t *codes = p->codes + strip * p->groups * WIDTH * FOUR;
    __m256i sums[ROWS][2];
    for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
    // Eight groups of sums of two products of at most 15 * 127 fit 16 bits.
    for (size_t from = 0; from < p->groups; from += 8) {
      size_t to = from + 8 < p->groups ? from + 8 : p->groups;
      __m256i few[ROWS][2];
      for (int r = 0; r < rows; r++) few[r][0] = few[r][1] = _mm256_setzero_si256();
      for (size_t g = from; g < to; g++)
        for (int c = 0; c < 2; c++) {
          __m256i keys = _mm256_load_si256((const __m256i *)(codes + g * WIDTH * FOUR) + c);
          for (int r = 0; r < rows; r++) {
            __m256i q = _mm256_set1_epi32(((const int32_t *)p->numbers)[(size_t)r * p->groups + g]);
            few[r][c] = _mm256_add_epi16(few[r][c], _mm256_maddubs_epi16(keys, q));
          }
        }
      for (int r = 0; r < rows; r++)
        for (int c = 0; c < 2; c++) sums[r][c] = _mm256_add_epi32(sums[r][c], _mm256_madd_epi16(few[r][c], ones));
    }
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < 2; c++)
        _mm256_store_si256((__m256i *)(p->out + (size_t)r * KEYS + strip * WIDTH) + c, sums[r][c]);
  }
}

VNNI BRAID_INLINE void multiply_vnni(const products *p, const int rows) {
  for (size_t strip = 0; strip < p->strips; strip += 2) {
    // An odd last strip is taken twice.
    const size_t places[2] = {strip, strip + 1 < p->strips ? strip + 1 : strip};
    __m512i sums[ROWS][2];
    for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = _mm512_setzero_si512();
    for (size_t g = 0; g < p->groups; g++) {
      __m512i keys[2];
      for (int c = 0; c < 2; c++) keys[c] = _mm512_load_si512(p->codes + (places[c] * p->groups + g) * WIDTH * FOUR);
      for (int r = 0; r < rows; r++) {
        __m512i q = _mm512_set1_epi32(((const int32_t *)p->numbers)[(size_t)r * p->groups + g]);
        for (int c = 0; c < 2; c++) sums[r][c] = _mm512_dpbusd_epi32(sums[r][c], keys[c], q);
      }
    }
    for (int r = 0; r < rows; r++)
      for (int c = 0; c < 2; c++) _mm512_store_si512(p->out + (size_t)r * KEYS + places[c] * WIDTH, sums[r][c]);
  }
}

VNNI BRAID_INLINE void power_vnni(vector *x) { *x = (vector)exp2_coarse((__m512)*x); }
#endif

BRAID_INLINE float total(const vector *x) {
  float sums[WIDTH / 2];
  for (int i = 0; i < WIDTH / 2; i++) sums[i] = (*x)[i] + (*x)[i + WIDTH / 2];
  for (int half = WIDTH / 4; half > 0; half /= 2)
    for (int i = 0; i < half; i++) sums[i] += sums[i + half];
  return sums[0];
}

/// Inserts a number into the falling `top`, if it is large enough.
BRAID_INLINE void insert_number(int32_t *top, int32_t number) {
  for (int i = 0; i < BRAID_TOP; i++) {
    int32_t before = top[i];
    top[i] = number > before ? number : before;
    number = number > before ? before : number;
  }
}

/// Inserts a row's products that are large enough into its largest. `high` has the largest of each lane.
BRAID_INLINE void keep_top(int32_t *top, const int32_t *s, size_t strips, const whole *high) {
  // The fifth largest of the lanes' largest is at most the fifth largest of all: below it nothing has to be inserted.
  whole rest = *high;
  for (int i = 1; i < BRAID_TOP; i++) rest = rest == __builtin_reduce_max(rest) ? INT32_MIN : rest;
  int32_t floor = __builtin_reduce_max(rest), least = floor > top[BRAID_TOP - 1] ? floor : top[BRAID_TOP - 1];
  for (size_t strip = 0; strip < strips; strip++) {
    flags over = __builtin_convertvector(*(const whole *)(s + strip * WIDTH) >= least, flags);
    uint16_t bits;
    __builtin_memcpy(&bits, &over, sizeof bits);
    for (; bits; bits &= (uint16_t)(bits - 1)) insert_number(top, s[strip * WIDTH + (size_t)__builtin_ctz(bits)]);
  }
}

/// The softmax of one row as far as its keys have been seen, in products.
typedef struct {
  int32_t top[BRAID_TOP]; // INT32_MIN where there are fewer keys
  float sum, energy;      // of 2^(scale * (product - top[0])), and of the same times the product
} row_state;

#define ADD(POWER, strip)                                                                                              \
  {                                                                                                                    \
    vector x = __builtin_convertvector(*(whole *)(s + (strip) * WIDTH), vector), w = x * scale - shift;                \
    POWER(&w);                                                                                                         \
    sums += w;                                                                                                         \
    if (energy) weighted += w * x;                                                                                     \
  }

/// Adds a row's products with the `count` keys of a block to its state. `scale` is in units of ln 2; POWER replaces
/// numbers by their powers of two.
#define WEIGH(POWER)                                                                                                   \
  size_t strips = strips_of(count), rest = count % WIDTH;                                                              \
  for (size_t j = count; j < strips * WIDTH; j++) s[j] = INT32_MIN;                                                    \
  whole high = INT32_MIN;                                                                                              \
  for (size_t i = 0; i < strips; i++) high = __builtin_elementwise_max(high, *(whole *)(s + i * WIDTH));               \
  int32_t before = state->top[0], now = __builtin_reduce_max(high);                                                    \
  now = now > before ? now : before;                                                                                   \
  float shift = scale * (float)now;                                                                                    \
  vector sums = 0, weighted = 0;                                                                                       \
  for (size_t i = 0; i < count / WIDTH; i++) ADD(POWER, i)                                                             \
  if (rest) {                                                                                                          \
    /* Keys that are not there have weight where the scale is 0. */                                                    \
    vector before_sums = sums, before_weighted = weighted;                                                             \
    ADD(POWER, strips - 1)                                                                                             \
    for (size_t j = rest; j < WIDTH; j++) sums[j] = before_sums[j], weighted[j] = before_weighted[j];                  \
  }                                                                                                                    \
  float factor = state->sum > 0 ? exp2f(scale * (float)before - shift) : 0;                                            \
  state->sum = state->sum * factor + total(&sums);                                                                     \
  if (energy) state->energy = state->energy * factor + total(&weighted);                                               \
  keep_top(state->top, s, strips, &high);

#define WEIGH_PARAMETERS (const int energy, int32_t *s, size_t count, float scale, row_state *state)

BRAID_INLINE void weigh_plain WEIGH_PARAMETERS{WEIGH(power_plain)}
#if defined(__x86_64__)
VNNI BRAID_INLINE void weigh_vnni WEIGH_PARAMETERS{WEIGH(power_vnni)}
#endif

/// Attends all rows, a few at a time.
#define ATTEND(MULTIPLY, WEIGHT)                                                                                       \
  size_t groups = braid_sketch_groups((size_t)s->run), keys = (size_t)s->count;                                        \
  int32_t *numbers = scratch;                                                                                          \
  uint8_t *codes = (uint8_t *)(numbers + ROWS * KEYS);                                                                 \
  lay_out(s, codes);                                                                                                   \
  for (size_t row = 0; row < rows; row += ROWS) {                                                                      \
    size_t tile = rows - row < ROWS ? rows - row : ROWS;                                                               \
    row_state states[ROWS];                                                                                            \
    for (size_t r = 0; r < tile; r++) {                                                                                \
      states[r] = (row_state){.sum = 0};                                                                               \
      for (int i = 0; i < BRAID_TOP; i++) states[r].top[i] = INT32_MIN;                                                \
    }                                                                                                                  \
    for (size_t first = 0; first < keys; first += KEYS) {                                                              \
      size_t count = keys - first < KEYS ? keys - first : KEYS;                                                        \
      products p = {codes + first * groups * FOUR, q->numbers + row * groups * FOUR, groups, strips_of(count),         \
                    numbers};                                                                                          \
      switch (tile) {                                                                                                  \
      case 1: MULTIPLY(&p, 1); break;                                                                                  \
      case 2: MULTIPLY(&p, 2); break;                                                                                  \
      case 3: MULTIPLY(&p, 3); break;                                                                                  \
      default: MULTIPLY(&p, ROWS); break;                                                                              \
      }                                                                                                                \
      for (size_t r = 0; r < tile; r++) {                                                                              \
        float scale = q->scales[row + r] * LOG2_E;                                                                     \
        if (e) WEIGHT(1, numbers + r * KEYS, count, scale, states + r);                                                \
        else WEIGHT(0, numbers + r * KEYS, count, scale, states + r);                                                  \
      }                                                                                                                \
    }                                                                                                                  \
    for (size_t r = 0; r < tile; r++) {                                                                                \
      float scale = q->scales[row + r], constant = q->constants[row + r];                                              \
      float *largest = top + (row + r) * BRAID_TOP;                                                                    \
      for (int i = 0; i < BRAID_TOP; i++) {                                                                            \
        int32_t number = states[r].top[i];                                                                             \
        largest[i] = number > INT32_MIN ? (float)number * scale + constant : -INFINITY;                                \
      }                                                                                                                \
      m[row + r] = largest[0];                                                                                         \
      l[row + r] = states[r].sum;                                                                                      \
      if (e) e[row + r] = states[r].energy * scale + states[r].sum * constant;                                         \
    }                                                                                                                  \
  }

#define ATTEND_PARAMETERS                                                                                              \
  (const braid_key_sketch *s, const braid_sketch_query *q, size_t rows, float *m, float *l, float *e, float *top,      \
   void *scratch)

static void attend_plain ATTEND_PARAMETERS{ATTEND(multiply_plain, weigh_plain)}

#if defined(__x86_64__)
AVX2 static void attend_avx2 ATTEND_PARAMETERS{
    ATTEND(multiply_avx2, weigh_plain)} VNNI static void attend_vnni ATTEND_PARAMETERS {
  ATTEND(multiply_vnni, weigh_vnni)
}
#endif

void braid_attend_sketch ATTEND_PARAMETERS {
#if defined(__x86_64__)
  switch (braid_isa_in_use()) {
  case BRAID_ISA_BASELINE: break;
  case BRAID_ISA_AVX2:
  case BRAID_ISA_AVX512: attend_avx2(s, q, rows, m, l, e, top, scratch); return;
  // Every processor with products of bf16 has those of bytes too.
  case BRAID_ISA_AVX512_BF16:
  case BRAID_ISA_AMX: attend_vnni(s, q, rows, m, l, e, top, scratch); return;
  }
#endif
  attend_plain(s, q, rows, m, l, e, top, scratch);
}
