#ifndef BRAID_DEQUANTISE_H
#define BRAID_DEQUANTISE_H

#include <stddef.h>
#include <stdint.h>

// Each function turns `blocks` packed blocks at `source` into blocks x (block length) floats at
// `destination`. The source needs no alignment; the two must not overlap. Block lengths: 1 for f16 and bf16,
// 32 for q4_0 to q8_0, 256 for the k formats.
void braid_dequantise_f16(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_bf16(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q4_0(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q4_1(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q5_0(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q5_1(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q8_0(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q4_k(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q5_k(const uint8_t *source, float *destination, size_t blocks);
void braid_dequantise_q6_k(const uint8_t *source, float *destination, size_t blocks);

#endif
