#ifndef BRAID_CONEDNN_H
#define BRAID_CONEDNN_H

#include <stddef.h>
#include <stdint.h>

/// A thin layer over oneDNN's matrix product, the same for its 2.x and 3.x interfaces.
///
/// All functions that can fail return 0 for success or oneDNN's status code, which braid_onednn_error()
/// names.

typedef enum { BRAID_F32 = 0, BRAID_BF16 = 1, BRAID_S8 = 2, BRAID_S32 = 3 } braid_type;

/// Weights of one linear layer, packed once for the processor and shared read-only by every thread.
typedef struct braid_weights braid_weights;

/// A matrix product of a fixed number of rows with weights of one shape. Belongs to one thread.
typedef struct braid_product braid_product;

/// oneDNN's version, "2.6.3", of the library in use.
const char *braid_onednn_version(void);

/// The name of a status code.
const char *braid_onednn_error(int status);

/// True if this processor multiplies bf16 natively, within ONEDNN_MAX_CPU_ISA.
int braid_onednn_has_bf16(void);

/// The rows of activations that this processor multiplies by weights of type s8.
typedef enum {
  BRAID_INT8_NONE = 0,     ///< no exact products: without VNNI two are added in 16 bits, which saturate
  BRAID_INT8_SIGNED = 1,   ///< s8: products are added in 32 bits, whatever their signs (AMX)
  BRAID_INT8_UNSIGNED = 2, ///< u8: products of these with signed bytes are added in 32 bits (VNNI)
} braid_int8_rows;

/// The rows that go with weights of type s8, within ONEDNN_MAX_CPU_ISA.
braid_int8_rows braid_onednn_int8_rows(void);

/// Lays out `inputs` x `outputs` weights of type f32, bf16 or s8, on one thread.
int braid_weights_create(int64_t inputs, int64_t outputs, braid_type type, braid_weights **out);

/// Describes `inputs` x `outputs` weights of type f32 that stay as model files store them, [outputs][inputs]. `rows`
/// stays the caller's, may be written anew between products, and must outlive the weights.
int braid_weights_create_rows(int64_t inputs, int64_t outputs, const void *rows, braid_weights **out);

/// The size of the packed weights in bytes.
size_t braid_weights_bytes(const braid_weights *weights);

/// The number of outputs of whose multiples a part may consist that is packed by itself; `outputs` where the
/// layout must be packed as a whole.
int64_t braid_weights_step(const braid_weights *weights);

/// Packs the rows [count][inputs] of the outputs from `first` on, as model files store them: s8 for weights of
/// type s8, else f32. `first` is a multiple of the step, and so is `count` unless the part ends with the last
/// output. Parts may be packed one after the other, and give the same bytes as the whole at once. The packed
/// weights go to `memory`, the same for all parts, 64-byte aligned and zeroed, which stays the caller's and must
/// outlive the weights. Uses one thread.
int braid_weights_pack(braid_weights *weights, const void *rows, int64_t first, int64_t count, void *memory);

void braid_weights_destroy(braid_weights *weights);

/// Prepares dst[rows][outputs] = src[rows][inputs] x weights, or += when `accumulate`, on `threads` threads,
/// 1 or more. src has the type of the weights, or u8 where braid_onednn_int8_rows() says
/// so, dst has `dst_type`: f32 or bf16, or s32 for weights of type
/// s8. Rows of dst begin `dst_step` values apart, at least `outputs`.
int braid_product_create(const braid_weights *shape, int64_t rows, braid_type dst_type, int64_t dst_step,
                         int accumulate, int threads, braid_product **out);

/// The bytes of scratch that a run needs, 64-byte aligned.
size_t braid_product_scratch(const braid_product *product);

/// Runs the product with any weights of the shape and type it was prepared for.
int braid_product_run(braid_product *product, const braid_weights *weights, const void *src, void *dst, void *scratch);

void braid_product_destroy(braid_product *product);

#endif
