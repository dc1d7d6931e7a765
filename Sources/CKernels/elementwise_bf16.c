#include "avx512.h"
#include "dispatch.h"
#include "elementwise.h"
#include <math.h>

// The kernels of elementwise.h that write bf16, for processors that round to it themselves.

#if defined(__x86_64__)

/// The lanes of a vector that `left` values fill.
INLINE __mmask16 lanes_of(size_t left) { return left < 16 ? (__mmask16)((1u << left) - 1) : (__mmask16)0xffff; }

INLINE void store_bf16(uint16_t *to, __mmask16 lanes, __m512 x) {
  _mm256_mask_storeu_epi16(to, lanes, (__m256i)_mm512_cvtneps_pbh(x));
}

/// The sum of squares of one row.
INLINE float squares_of(const float *x, size_t dim) {
  __m512 sum[4];
  for (int j = 0; j < 4; j++) sum[j] = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + 64 <= dim; i += 64)
    for (int j = 0; j < 4; j++) {
      __m512 v = _mm512_loadu_ps(x + i + 16 * (size_t)j);
      sum[j] = _mm512_fmadd_ps(v, v, sum[j]);
    }
  for (; i < dim; i += 16) {
    __m512 v = _mm512_maskz_loadu_ps(lanes_of(dim - i), x + i);
    sum[0] = _mm512_fmadd_ps(v, v, sum[0]);
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(sum[0], sum[1]), _mm512_add_ps(sum[2], sum[3])));
}

TARGET void braid_rmsnorm_bf16_native(const float *x, const float *weight, uint16_t *out, size_t rows, size_t dim,
                                      float epsilon) {
  for (size_t r = 0; r < rows; r++, x += dim, out += dim) {
    __m512 scale = _mm512_set1_ps(1.0f / sqrtf(squares_of(x, dim) / (float)dim + epsilon));
    size_t i = 0;
    for (; i + 32 <= dim; i += 32) {
      __m512 a = _mm512_mul_ps(_mm512_mul_ps(_mm512_loadu_ps(x + i), scale), _mm512_loadu_ps(weight + i));
      __m512 b = _mm512_mul_ps(_mm512_mul_ps(_mm512_loadu_ps(x + i + 16), scale), _mm512_loadu_ps(weight + i + 16));
      _mm512_storeu_si512(out + i, (__m512i)_mm512_cvtne2ps_pbh(b, a));
    }
    for (; i < dim; i += 16) {
      __mmask16 lanes = lanes_of(dim - i);
      __m512 a = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, x + i), scale);
      store_bf16(out + i, lanes, _mm512_mul_ps(a, _mm512_maskz_loadu_ps(lanes, weight + i)));
    }
  }
}

TARGET void braid_rope_bf16_native(const float *x, size_t x_stride, uint16_t *out, size_t out_row, size_t out_head,
                                   const float *cosine, const float *sine, size_t table_step, size_t rows, size_t heads,
                                   size_t dim, int interleaved, float scale) {
  __m512 factor = _mm512_set1_ps(scale);
  size_t half = dim / 2, end = interleaved ? dim : half;
  for (size_t r = 0; r < rows; r++, x += x_stride, out += out_row, cosine += table_step, sine += table_step) {
    for (size_t i = 0; i < end; i += 16) {
      __mmask16 lanes = lanes_of(end - i);
      __m512 c = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, cosine + i), factor);
      __m512 s = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, sine + i), factor);
      if (interleaved) {
        for (size_t h = 0; h < heads; h++) {
          __m512 a = _mm512_maskz_loadu_ps(lanes, x + h * dim + i);
          __m512 b = _mm512_permute_ps(a, 0xb1); // neighbours swapped
          store_bf16(out + h * out_head + i, lanes, _mm512_fmadd_ps(a, c, _mm512_mul_ps(b, s)));
        }
      } else {
        __m512 c2 = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, cosine + half + i), factor);
        __m512 s2 = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, sine + half + i), factor);
        for (size_t h = 0; h < heads; h++) {
          __m512 a = _mm512_maskz_loadu_ps(lanes, x + h * dim + i);
          __m512 b = _mm512_maskz_loadu_ps(lanes, x + h * dim + half + i);
          store_bf16(out + h * out_head + i, lanes, _mm512_fmadd_ps(a, c, _mm512_mul_ps(b, s)));
          store_bf16(out + h * out_head + half + i, lanes, _mm512_fmadd_ps(b, c2, _mm512_mul_ps(a, s2)));
        }
      }
    }
  }
}

/// silu(gate) * up or, with the constant `gelu`, gelu(gate) * up, relative error below 2e-4. A gate far below 0 has an
/// infinite 2^x, whose reciprocal is 0.
INLINE __m512 gated(const int gelu, __m512 gate, __m512 up) {
  __m512 argument = _mm512_mul_ps(gate, _mm512_set1_ps(-1.44269504f));
  if (gelu) {
    __m512 square = _mm512_mul_ps(gate, gate);
    argument = _mm512_mul_ps(argument,
                             _mm512_fmadd_ps(square, _mm512_set1_ps(0.0713548162726f), _mm512_set1_ps(1.5957691216f)));
  }
  __m512 power = exp2_coarse(argument);
  __m512 inverse = _mm512_rcp14_ps(_mm512_add_ps(power, _mm512_set1_ps(1.0f)));
  return _mm512_mul_ps(_mm512_mul_ps(gate, up), inverse);
}

/// 32 products: the values at even and at odd places, whose f32 forms a shift and a mask make.
INLINE __m512i gated32(const int gelu, __m512i gate, __m512i up, __m512i interleave) {
  const __m512i upper = _mm512_set1_epi32((int)0xffff0000u);
#define F32(x) _mm512_castsi512_ps(x)
  __m512 even = gated(gelu, F32(_mm512_slli_epi32(gate, 16)), F32(_mm512_slli_epi32(up, 16)));
  __m512 odd = gated(gelu, F32(_mm512_and_si512(gate, upper)), F32(_mm512_and_si512(up, upper)));
#undef F32
  return _mm512_permutexvar_epi16(interleave, (__m512i)_mm512_cvtne2ps_pbh(odd, even));
}

INLINE void gate_rows(const int gelu, const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width) {
  static const uint16_t order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                     8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  __m512i interleave = _mm512_loadu_si512(order);
  for (size_t r = 0; r < rows; r++, gate_up += 2 * width, out += width) {
    const uint16_t *gate = gate_up, *up = gate_up + width;
    size_t i = 0;
    for (; i + 32 <= width; i += 32) {
      __m512i g = _mm512_loadu_si512(gate + i), u = _mm512_loadu_si512(up + i);
      _mm512_storeu_si512(out + i, gated32(gelu, g, u, interleave));
    }
    if (i < width) {
      __mmask32 lanes = ((__mmask32)1 << (width - i)) - 1;
      __m512i g = _mm512_maskz_loadu_epi16(lanes, gate + i), u = _mm512_maskz_loadu_epi16(lanes, up + i);
      _mm512_mask_storeu_epi16(out + i, lanes, gated32(gelu, g, u, interleave));
    }
  }
}

TARGET void braid_silu_mul_bf16_native(const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width) {
  gate_rows(0, gate_up, out, rows, width);
}

TARGET void braid_gelu_mul_bf16_native(const uint16_t *gate_up, uint16_t *out, size_t rows, size_t width) {
  gate_rows(1, gate_up, out, rows, width);
}

#endif
