#ifndef BRAID_CONEDNN_H
#define BRAID_CONEDNN_H

#include <stddef.h>
#include <stdint.h>

/// A thin layer over oneDNN's matrix product, the same for its 2.x and 3.x interfaces.
///
/// All functions that can fail return 0 for success or oneDNN's status code, for which braid_onednn_error() has words.

typedef enum { BRAID_F32 = 0, BRAID_BF16 = 1 } braid_type;

/// Weights of one linear layer, packed once for the processor and shared read-only by every thread.
typedef struct braid_weights braid_weights;

/// A matrix product of a fixed number of rows with weights of one shape. Belongs to one thread.
typedef struct braid_product braid_product;

/// oneDNN's version, "2.6.3", of the library in use.
const char *braid_onednn_version(void);

/// The name of a status code.
const char *braid_onednn_error(int status);

/// Whether this processor multiplies bf16 natively, ONEDNN_MAX_CPU_ISA heeded.
int braid_onednn_has_bf16(void);

/// Sets how many threads products that the calling thread creates and runs will use.
void braid_onednn_set_threads(int count);

/// Makes room for a layer of `inputs` x `outputs` weights of type `type`.
int braid_weights_create(int64_t inputs, int64_t outputs, braid_type type, braid_weights **out);

/// Packs the rows [outputs][inputs], as model files store them.
int braid_weights_pack(braid_weights *weights, const float *rows);

void braid_weights_destroy(braid_weights *weights);

/// Prepares dst[rows][outputs] = src[rows][inputs] x weights, or += when `accumulate`. src has the type of the weights, dst has `dst_type`.
int braid_product_create(const braid_weights *shape, int64_t rows, braid_type dst_type, int accumulate,
                         braid_product **out);

/// The bytes of scratch that a run needs, 64-byte aligned.
size_t braid_product_scratch(const braid_product *product);

/// Runs the product with any weights of the shape and type it was prepared for.
int braid_product_run(braid_product *product, const braid_weights *weights, const void *src, void *dst, void *scratch);

void braid_product_destroy(braid_product *product);

#endif
