#define _GNU_SOURCE
#include "COneDNN.h"
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t layout; // a handle, owned
typedef const_dnnl_memory_desc_t borrowed_layout;
#else
typedef dnnl_memory_desc_t *layout; // the same, on the heap, so that both versions read alike below
typedef const dnnl_memory_desc_t *borrowed_layout;
#endif

#define TRY(call)                                                                                                      \
  do {                                                                                                                 \
    status = (call);                                                                                                   \
    if (status != dnnl_success) goto done;                                                                             \
  } while (0)

static dnnl_engine_t engine;
static dnnl_status_t engine_status;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void create_engine(void) { engine_status = dnnl_engine_create(&engine, dnnl_cpu, 0); }

static dnnl_status_t ready(void) {
  pthread_once(&engine_once, create_engine);
  return engine_status;
}

static dnnl_data_type_t type_of(braid_type type) {
  switch (type) {
  case BRAID_BF16: return dnnl_bf16;
  case BRAID_S8: return dnnl_s8;
  case BRAID_S32: return dnnl_s32;
  default: return dnnl_f32;
  }
}

// The type of a product's sums, by the type of the weights.
static braid_type sum_type(braid_type type) { return type == BRAID_S8 ? BRAID_S32 : BRAID_F32; }

// Layouts.

static dnnl_status_t layout_create(layout *out, int64_t rows, int64_t columns, dnnl_data_type_t type,
                                   dnnl_format_tag_t tag) {
  dnnl_dims_t dims = {rows, columns};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_tag(out, 2, dims, type, tag);
#else
  *out = malloc(sizeof **out);
  return *out ? dnnl_memory_desc_init_by_tag(*out, 2, dims, type, tag) : dnnl_out_of_memory;
#endif
}

static dnnl_status_t layout_copy(layout *out, borrowed_layout from) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_clone(out, from);
#else
  *out = malloc(sizeof **out);
  if (!*out) return dnnl_out_of_memory;
  **out = *from;
  return dnnl_success;
#endif
}

static dnnl_status_t layout_create_strided(layout *out, int64_t rows, int64_t columns, dnnl_data_type_t type,
                                           int64_t step) {
  dnnl_dims_t dims = {rows, columns}, strides = {step, 1};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_strides(out, 2, dims, type, strides);
#else
  *out = malloc(sizeof **out);
  return *out ? dnnl_memory_desc_init_by_strides(*out, 2, dims, type, strides) : dnnl_out_of_memory;
#endif
}

static void layout_destroy(layout it) {
  if (!it) return;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_destroy(it);
#else
  free(it);
#endif
}

// The product's description, with scratch memory that the caller brings, so that threads share nothing.

static dnnl_status_t product_description(dnnl_primitive_desc_t *out, layout src, layout weights, layout dst,
                                         int accumulate) {
  dnnl_status_t status;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t post = NULL;
  TRY(dnnl_primitive_attr_create(&attributes));
  TRY(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
  if (accumulate) {
    TRY(dnnl_post_ops_create(&post));
#if DNNL_VERSION_MAJOR >= 3
    TRY(dnnl_post_ops_append_sum(post, 1.0f, 0, dnnl_data_type_undef));
#else
    TRY(dnnl_post_ops_append_sum(post, 1.0f));
#endif
    TRY(dnnl_primitive_attr_set_post_ops(attributes, post));
  }
#if DNNL_VERSION_MAJOR >= 3
  TRY(dnnl_matmul_primitive_desc_create(out, engine, src, weights, NULL, dst, attributes));
#else
  dnnl_matmul_desc_t description;
  TRY(dnnl_matmul_desc_init(&description, src, weights, NULL, dst));
  TRY(dnnl_primitive_desc_create(out, &description, attributes, engine, NULL));
#endif
done:
  if (post) dnnl_post_ops_destroy(post);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

// The functions of the header.

const char *braid_onednn_version(void) {
  static char text[32];
  const dnnl_version_t *v = dnnl_version();
  snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
  return text;
}

const char *braid_onednn_error(int status) {
  switch ((dnnl_status_t)status) {
  case dnnl_success: return "success";
  case dnnl_out_of_memory: return "out of memory";
  case dnnl_invalid_arguments: return "invalid arguments";
  case dnnl_unimplemented: return "not implemented for this shape, type or processor";
  case dnnl_runtime_error: return "runtime error";
  default: return "unknown error";
  }
}

static int has(dnnl_cpu_isa_t features) {
  if (ready() != dnnl_success) return 0;
  // ISA values are bit sets in 3.x and ordered sets in 2.x; in both the features of a set are its bits.
  unsigned isa = (unsigned)dnnl_get_effective_cpu_isa(), wanted = (unsigned)features;
  return (isa & wanted) == wanted;
}

int braid_onednn_has_bf16(void) { return has(dnnl_cpu_isa_avx512_core_bf16); }

braid_int8_rows braid_onednn_int8_rows(void) {
  if (has(dnnl_cpu_isa_avx512_core_amx)) return BRAID_INT8_SIGNED;
  if (has(dnnl_cpu_isa_avx512_core_vnni) || has(dnnl_cpu_isa_avx2_vnni)) return BRAID_INT8_UNSIGNED;
  return BRAID_INT8_NONE;
}

// The type of a product's rows, by the type of the weights.
static dnnl_data_type_t row_type(braid_type type) {
  return type == BRAID_S8 && braid_onednn_int8_rows() != BRAID_INT8_SIGNED ? dnnl_u8 : type_of(type);
}

// oneDNN runs on OpenMP, whose thread count is a setting of the calling thread. The symbol is looked up, so
// that a build on another threading runtime works too.
static void (*set_threads)(int);
static pthread_once_t set_threads_once = PTHREAD_ONCE_INIT;

static void find_set_threads(void) { set_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads"); }

static void use_threads(int count) {
  pthread_once(&set_threads_once, find_set_threads);
  if (set_threads) set_threads(count);
}

struct braid_weights {
  int64_t inputs, outputs;
  braid_type type;
  int is_plain; // rows of outputs as they are, of which any may be written by themselves
  layout packed;
  size_t bytes;
  dnnl_memory_t memory;
};

void braid_weights_destroy(braid_weights *w) {
  if (!w) return;
  if (w->memory) dnnl_memory_destroy(w->memory);
  layout_destroy(w->packed);
  free(w);
}

int braid_weights_create(int64_t inputs, int64_t outputs, braid_type type, braid_weights **out) {
  *out = NULL;
  if (inputs <= 0 || outputs <= 0) return dnnl_invalid_arguments;
  if (type == BRAID_S8 && braid_onednn_int8_rows() == BRAID_INT8_NONE) return dnnl_unimplemented;
  dnnl_status_t status;
  layout src = NULL, any = NULL, dst = NULL, plain = NULL;
  dnnl_primitive_desc_t description = NULL;
  braid_weights *w = calloc(1, sizeof *w);
  if (!w) return dnnl_out_of_memory;
  w->inputs = inputs;
  w->outputs = outputs;
  w->type = type;
  use_threads(1);
  TRY(ready());
  // The layout is the one that suits a full block of rows; products of fewer rows must take it as it is.
  TRY(layout_create(&src, 256, inputs, row_type(type), dnnl_ab));
  TRY(layout_create(&any, inputs, outputs, type_of(type), dnnl_format_tag_any));
  TRY(layout_create(&dst, 256, outputs, type_of(sum_type(type)), dnnl_ab));
  TRY(product_description(&description, src, any, dst, 0));
  borrowed_layout chosen = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
  TRY(layout_create(&plain, inputs, outputs, type_of(type), dnnl_ab));
  if (dnnl_memory_desc_equal(chosen, plain)) {
    // Without AVX-512 the rows stay as they are, and rows a power of two apart share few cache lines, which
    // slows products down.
    w->is_plain = 1;
    TRY(layout_create_strided(&w->packed, inputs, outputs, type_of(type), outputs + 16));
  } else {
    TRY(layout_copy(&w->packed, chosen));
  }
  w->bytes = dnnl_memory_desc_get_size(w->packed);
  TRY(dnnl_memory_create(&w->memory, w->packed, engine, DNNL_MEMORY_NONE));
done:
  if (description) dnnl_primitive_desc_destroy(description);
  layout_destroy(src);
  layout_destroy(any);
  layout_destroy(dst);
  layout_destroy(plain);
  if (status == dnnl_success) *out = w;
  else braid_weights_destroy(w);
  return status;
}

int braid_weights_create_rows(int64_t inputs, int64_t outputs, const void *rows, braid_weights **out) {
  *out = NULL;
  if (inputs <= 0 || outputs <= 0) return dnnl_invalid_arguments;
  dnnl_status_t status;
  braid_weights *w = calloc(1, sizeof *w);
  if (!w) return dnnl_out_of_memory;
  w->inputs = inputs;
  w->outputs = outputs;
  w->type = BRAID_F32;
  TRY(ready());
  TRY(layout_create(&w->packed, inputs, outputs, dnnl_f32, dnnl_ba));
  w->bytes = dnnl_memory_desc_get_size(w->packed);
  TRY(dnnl_memory_create(&w->memory, w->packed, engine, (void *)rows));
done:
  if (status == dnnl_success) *out = w;
  else braid_weights_destroy(w);
  return status;
}

size_t braid_weights_bytes(const braid_weights *w) { return w->bytes; }

// The part of a layout that holds some of the outputs: the same bytes, described by themselves.
static dnnl_status_t layout_create_part(layout *out, const braid_weights *w, int64_t first, int64_t count) {
  dnnl_dims_t dims = {w->inputs, count}, offsets = {0, first};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_submemory(out, w->packed, dims, offsets);
#else
  *out = malloc(sizeof **out);
  return *out ? dnnl_memory_desc_init_submemory(*out, w->packed, dims, offsets) : dnnl_out_of_memory;
#endif
}

// True if a layout holds something else beside the weights: to multiply them by s8 without AMX, oneDNN appends sums to
// weights of type s8.
static int has_more(borrowed_layout it, braid_type type) {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_dims_t *padded;
  if (dnnl_memory_desc_query(it, dnnl_query_padded_dims, &padded) != dnnl_success) return 1;
  int64_t rows = (*padded)[0], columns = (*padded)[1];
#else
  int64_t rows = it->padded_dims[0], columns = it->padded_dims[1];
#endif
  return type == BRAID_S8 && dnnl_memory_desc_get_size(it) != (size_t)rows * (size_t)columns;
}

int64_t braid_weights_step(const braid_weights *w) {
  // Layouts are blocked by a few outputs, and a part begins with a block.
  static const int64_t steps[] = {16, 32, 48, 64, 96, 128, 192, 256, 384};
  if (!w->is_plain && has_more(w->packed, w->type)) return w->outputs;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    if (2 * steps[i] > w->outputs) break;
    layout part = NULL;
    dnnl_status_t status = layout_create_part(&part, w, steps[i], steps[i]);
    layout_destroy(part);
    if (status == dnnl_success) return steps[i];
  }
  return w->outputs;
}

int braid_weights_pack(braid_weights *w, const void *rows, int64_t first, int64_t count, void *memory) {
  dnnl_status_t status;
  layout plain = NULL, part = NULL;
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t reorder = NULL;
  dnnl_memory_t source = NULL, target = NULL;
  dnnl_stream_t stream = NULL;
  if (first < 0 || count <= 0 || first > w->outputs - count) return dnnl_invalid_arguments;
  use_threads(1);
  TRY(ready());
  TRY(dnnl_memory_set_data_handle(w->memory, memory));
  if (count == w->outputs) TRY(layout_copy(&part, w->packed));
  else TRY(layout_create_part(&part, w, first, count));
  TRY(layout_create(&plain, w->inputs, count, w->type == BRAID_S8 ? dnnl_s8 : dnnl_f32, dnnl_ba));
  TRY(dnnl_memory_create(&source, plain, engine, (void *)rows));
  TRY(dnnl_memory_create(&target, part, engine, memory));
  TRY(dnnl_reorder_primitive_desc_create(&description, plain, engine, part, engine, NULL));
  TRY(dnnl_primitive_create(&reorder, description));
  TRY(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
  TRY(dnnl_primitive_execute(reorder, stream, 2, arguments));
  TRY(dnnl_stream_wait(stream));
done:
  if (stream) dnnl_stream_destroy(stream);
  if (reorder) dnnl_primitive_destroy(reorder);
  if (description) dnnl_primitive_desc_destroy(description);
  if (source) dnnl_memory_destroy(source);
  if (target) dnnl_memory_destroy(target);
  layout_destroy(plain);
  layout_destroy(part);
  return status;
}

struct braid_product {
  dnnl_primitive_desc_t description;
  dnnl_primitive_t primitive;
  dnnl_memory_t src, dst, scratch;
  dnnl_stream_t stream;
  size_t scratch_bytes;
  int threads;
};

void braid_product_destroy(braid_product *p) {
  if (!p) return;
  if (p->src) dnnl_memory_destroy(p->src);
  if (p->dst) dnnl_memory_destroy(p->dst);
  if (p->scratch) dnnl_memory_destroy(p->scratch);
  if (p->primitive) dnnl_primitive_destroy(p->primitive);
  if (p->description) dnnl_primitive_desc_destroy(p->description);
  if (p->stream) dnnl_stream_destroy(p->stream);
  free(p);
}

int braid_product_create(const braid_weights *shape, int64_t rows, braid_type dst_type, int64_t dst_step,
                         int accumulate, int threads, braid_product **out) {
  *out = NULL;
  if (rows <= 0 || threads <= 0 || dst_step < shape->outputs) return dnnl_invalid_arguments;
  dnnl_status_t status;
  layout src = NULL, dst = NULL;
  braid_product *p = calloc(1, sizeof *p);
  if (!p) return dnnl_out_of_memory;
  // The library lays a product out for the number of threads that it finds here, and expects it again in
  // every run.
  p->threads = threads;
  use_threads(threads);
  TRY(ready());
  TRY(layout_create(&src, rows, shape->inputs, row_type(shape->type), dnnl_ab));
  TRY(layout_create_strided(&dst, rows, shape->outputs, type_of(dst_type), dst_step));
  TRY(product_description(&p->description, src, shape->packed, dst, accumulate));
  TRY(dnnl_primitive_create(&p->primitive, p->description));
  TRY(dnnl_memory_create(&p->src, src, engine, DNNL_MEMORY_NONE));
  TRY(dnnl_memory_create(&p->dst, dst, engine, DNNL_MEMORY_NONE));
  borrowed_layout scratch = dnnl_primitive_desc_query_md(p->description, dnnl_query_scratchpad_md, 0);
  p->scratch_bytes = dnnl_memory_desc_get_size(scratch);
  TRY(dnnl_memory_create(&p->scratch, scratch, engine, DNNL_MEMORY_NONE));
  TRY(dnnl_stream_create(&p->stream, engine, dnnl_stream_default_flags));
done:
  layout_destroy(src);
  layout_destroy(dst);
  if (status == dnnl_success) *out = p;
  else braid_product_destroy(p);
  return status;
}

size_t braid_product_scratch(const braid_product *product) { return product->scratch_bytes; }

int braid_product_run(braid_product *p, const braid_weights *weights, const void *src, void *dst, void *scratch) {
  dnnl_status_t status;
  use_threads(p->threads);
  TRY(dnnl_memory_set_data_handle(p->src, (void *)src));
  TRY(dnnl_memory_set_data_handle(p->dst, dst));
  TRY(dnnl_memory_set_data_handle(p->scratch, scratch));
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, p->src},
                                 {DNNL_ARG_WEIGHTS, weights->memory},
                                 {DNNL_ARG_DST, p->dst},
                                 {DNNL_ARG_SCRATCHPAD, p->scratch}};
  TRY(dnnl_primitive_execute(p->primitive, p->stream, 4, arguments));
  TRY(dnnl_stream_wait(p->stream));
done:
  return status;
}
