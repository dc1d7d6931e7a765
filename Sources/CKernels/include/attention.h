#ifndef BRAID_ATTENTION_H
#define BRAID_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

/// The most rows that read keys in bf16 as they lie: packing a block costs more than so few use it. More rows are
/// attended in another order, which rounds otherwise.
#define BRAID_FEW_ROWS 12

/// The number of a segment's largest logits that are kept for the exact selection rule.
#define BRAID_TOP 5

/// The time of attention by stages, in braid_ticks().
typedef struct {
  uint64_t pack;    ///< bringing keys and values into the order of the products
  uint64_t qk;      ///< logits
  uint64_t softmax; ///< weights and their sums
  uint64_t pv;      ///< weighted values
} braid_attention_ticks;

/// Attention of a block of queries over one run of keys, added to a running softmax.
///
/// A query block has `rows` rows: `group` query heads share one key and value head, and row r is query token
/// r / group. The running state of row r is (m, l, o): the largest logit so far, sum(exp(s - m)) and
/// sum(exp(s - m) v). With `e` the sum of exp(s - m) s is kept too, and with `top` the BRAID_TOP largest
/// logits, in falling order. A fresh state is m = -inf, l = 0, o = 0, e = 0, top = -inf.
typedef struct {
  const void *q;     ///< [rows][head_dim], rotated and times 1/sqrt(head_dim); bf16 for the bf16 kernel, else f32
  const void *k;     ///< [keys][head_dim]
  const void *v;     ///< [keys][head_dim]
  int32_t kv_is_f32; ///< the type of k and v: 0 for bf16, 1 for f32
  int32_t head_dim;  ///< a multiple of 16
  int32_t rows;
  int32_t group;
  int32_t keys;
  int32_t causal; ///< 1: query token t sees the keys before `visible` + t; 0: it sees all of them
  int32_t visible;
  /// [rows / group], rising: query token t does not see the keys before hidden[t]; NULL when it sees all of them.
  const int32_t *hidden;
  float cap;                    ///< when above 0, each logit s becomes cap * tanh(s / cap)
  float *m;                     ///< [rows]
  float *l;                     ///< [rows]
  float *o;                     ///< [rows][head_dim], or NULL when only the logits matter: then no value is read
  float *e;                     ///< [rows] or NULL
  float *top;                   ///< [rows][BRAID_TOP] or NULL
  braid_attention_ticks *ticks; ///< receives the times of the stages; NULL to measure nothing
  void *scratch;                ///< braid_attention_scratch(head_dim) bytes, 64-byte aligned, of this thread alone
} braid_attention;

/// The bytes of scratch that either kernel needs.
size_t braid_attention_scratch(int32_t head_dim);

/// True if the processor has the instructions of the bf16 kernel.
int braid_attention_has_bf16(void);

/// The bf16 kernel: AVX512-BF16 products, f32 softmax. Call only where braid_attention_has_bf16() holds and
/// the keys are bf16.
void braid_attend_bf16(const braid_attention *a);

/// The f32 kernel for every processor, over keys of either type.
void braid_attend_f32(const braid_attention *a);

/// Divides by the sums and writes row r, head h of `group` to out + (r / group) * out_row + (r % group) *
/// head_dim.
void braid_attention_finish_bf16(const float *o, const float *l, uint16_t *out, size_t rows, size_t group,
                                 size_t head_dim, size_t out_row);
void braid_attention_finish_f32(const float *o, const float *l, float *out, size_t rows, size_t group, size_t head_dim,
                                size_t out_row);

#endif
