#ifndef BRAID_DEQUANTISE_H
#define BRAID_DEQUANTISE_H

#include <stddef.h>
#include <stdint.h>

/// Turns `blocks` packed blocks at `source` into blocks x (block length) floats at `destination`. The source needs
/// no alignment; the two must not overlap.
typedef void (*braid_dequantiser)(const uint8_t *source, float *destination, size_t blocks);

/// The function for a type of tensor by its number in GGUF files; NULL for a type that is not read.
braid_dequantiser braid_dequantiser_of(uint32_t type);

/// The values of a block: 1 for F32, F16 and BF16, 32 for Q4_0 to Q8_0, 256 for the K formats.
size_t braid_block_length(uint32_t type);

#endif
