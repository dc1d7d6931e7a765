#include "isa.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// True if the processor has tiles for bf16 and the system lets this process use them. Linux gives the memory for
/// their state on demand, once a process has asked.
static int has_tiles(void) {
#if defined(__linux__) && defined(__x86_64__)
  enum { request_permission = 0x1023, tile_data = 18 };
  return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") &&
         syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return 0;
#endif
}

static braid_isa of_processor(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("x86-64-v3")) return BRAID_ISA_BASELINE;
  if (!__builtin_cpu_supports("x86-64-v4")) return BRAID_ISA_AVX2;
  if (!__builtin_cpu_supports("avx512bf16")) return BRAID_ISA_AVX512;
  return has_tiles() ? BRAID_ISA_AMX : BRAID_ISA_AVX512_BF16;
#else
  return BRAID_ISA_BASELINE;
#endif
}

static const struct {
  const char *cap;
  braid_isa isa;
} caps[] = {
    {"SSE41", BRAID_ISA_BASELINE},       {"AVX", BRAID_ISA_BASELINE},       {"AVX2", BRAID_ISA_AVX2},
    {"AVX2_VNNI", BRAID_ISA_AVX2},       {"AVX2_VNNI_2", BRAID_ISA_AVX2},   {"AVX512_MIC", BRAID_ISA_AVX2},
    {"AVX512_MIC_4OPS", BRAID_ISA_AVX2}, {"AVX512_CORE", BRAID_ISA_AVX512}, {"AVX512_CORE_VNNI", BRAID_ISA_AVX512},
    {"AVX512_CORE_BF16", BRAID_ISA_AVX512_BF16}, {"AVX512_CORE_FP16", BRAID_ISA_AVX512_BF16},
};

braid_isa braid_isa_allowed_by(const char *cap) {
  for (size_t i = 0; cap && i < sizeof caps / sizeof *caps; i++)
    if (strcasecmp(cap, caps[i].cap) == 0) return caps[i].isa;
  return BRAID_ISA_AMX;
}

static braid_isa lower_of(braid_isa a, braid_isa b) { return a < b ? a : b; }

static pthread_once_t once = PTHREAD_ONCE_INIT;
static braid_isa of_process;
static _Thread_local braid_isa most_of_thread = BRAID_ISA_AMX;

static void decide(void) {
  const char *cap = getenv("ONEDNN_MAX_CPU_ISA");
  if (!cap || !*cap) cap = getenv("DNNL_MAX_CPU_ISA");
  of_process = lower_of(of_processor(), braid_isa_allowed_by(cap));
}

braid_isa braid_isa_in_use(void) {
  pthread_once(&once, decide);
  return lower_of(of_process, most_of_thread);
}

braid_isa braid_isa_limit_thread(braid_isa most) {
  most_of_thread = most;
  return braid_isa_in_use();
}

const char *braid_isa_name(braid_isa isa) {
  switch (isa) {
  case BRAID_ISA_BASELINE: return "baseline";
  case BRAID_ISA_AVX2: return "avx2";
  case BRAID_ISA_AVX512: return "avx512";
  case BRAID_ISA_AVX512_BF16: return "avx512-bf16";
  case BRAID_ISA_AMX: return "amx";
  }
  return "unknown";
}
