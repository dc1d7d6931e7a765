#ifndef BRAID_AVX512_H
#define BRAID_AVX512_H

// Helpers of kernels written in AVX-512's intrinsics. They are called only where braid_isa_in_use() allows
// all of it.
#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))
#define INLINE static inline __attribute__((always_inline)) TARGET

/// 2^x for values that become bf16, relative error below 1e-4: infinite far above, 0 far below. The
/// polynomial is the minimax one of degree 3 for 2^r on [0, 1]; scaling by a power of two takes the integer
/// part of x by itself.
INLINE __m512 exp2_coarse(__m512 x) {
  __m512 r = _mm512_reduce_ps(x, 0x09); // x - floor(x)
  __m512 p = _mm512_set1_ps(0.0780245226f);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.2260671554f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.6958335405f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.9999252186f));
  return _mm512_scalef_ps(p, x);
}

/// The same with the polynomial of degree 4, relative error below 3e-6, for weights whose sums are kept in
/// f32.
INLINE __m512 exp2_of(__m512 x) {
  __m512 r = _mm512_reduce_ps(x, 0x09);
  __m512 p = _mm512_set1_ps(0.0135341679f);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.0520114606f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.2414427569f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.6930038345f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0000025934f));
  return _mm512_scalef_ps(p, x);
}

#endif
#endif
