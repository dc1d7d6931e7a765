#if defined(__x86_64__)
#define NAME braid_panel_kernel_avx512
#define TARGET __attribute__((target("arch=x86-64-v4,tune=znver4")))
#define VECTOR __m512i
#define OP(name) _mm512_##name
#define ROWS 4
#include "panel_product_tile.h"
#endif
