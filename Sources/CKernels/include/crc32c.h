#ifndef BRAID_CRC32C_H
#define BRAID_CRC32C_H
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of bytes that follow bytes of checksum `crc`; 0 to begin.
uint32_t braid_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same, and copies the bytes to `copy`, which must not overlap them: the checksum is that of the copied
/// bytes.
uint32_t braid_crc32c_copy(uint32_t crc, void *copy, const void *bytes, size_t count);

/// `braid_crc32c` without special instructions, for other processors.
uint32_t braid_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// True if `braid_crc32c` uses the processor's own instruction.
int braid_crc32c_is_accelerated(void);

#endif
