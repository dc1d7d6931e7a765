#ifndef BRAID_ISA_H
#define BRAID_ISA_H

/// The instruction sets for which the kernels are compiled, each including those before it.
typedef enum {
  BRAID_ISA_BASELINE = 0,    ///< every x86-64; plain C on other processors
  BRAID_ISA_AVX2 = 1,        ///< x86-64-v3: AVX2, FMA, F16C
  BRAID_ISA_AVX512 = 2,      ///< x86-64-v4: AVX-512 F, BW, CD, DQ, VL
  BRAID_ISA_AVX512_BF16 = 3, ///< the same with bf16 products
  BRAID_ISA_AMX = 4,         ///< the same with products of tiles of bf16
} braid_isa;

/// The instruction set in use: the best of the processor that ONEDNN_MAX_CPU_ISA allows, or DNNL_MAX_CPU_ISA
/// where that is not set. Both have the names and the meaning that they have for oneDNN, and are read once.
braid_isa braid_isa_in_use(void);

/// The name of an instruction set: "baseline", "avx2", "avx512", "avx512-bf16", "amx".
const char *braid_isa_name(braid_isa isa);

/// The best instruction set that a value of ONEDNN_MAX_CPU_ISA allows; NULL and unknown names allow all.
braid_isa braid_isa_allowed_by(const char *cap);

/// Limits the calling thread to the instruction set `most`, and returns the one that it uses now. For tests,
/// which compare the instruction sets.
braid_isa braid_isa_limit_thread(braid_isa most);

#endif
