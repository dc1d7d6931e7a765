#if defined(__x86_64__)
#define NAME braid_panel_kernel_avx2
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define VECTOR __m256i
#define OP(name) _mm256_##name
#define ROWS 2
#include "panel_product_tile.h"
#endif
