// CRC-32C by hand: neither libnng, mbed TLS nor oneDNN offers it, and the processor's instruction makes it a
// few lines. One chain of that instruction is already faster than any socket.
#include "crc32c.h"

#include <string.h>

// table[k][b] is the checksum of byte b followed by k zero bytes.
static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);
    table[0][byte] = crc;
  }
  for (int zeros = 1; zeros < 8; zeros++)
    for (int byte = 0; byte < 256; byte++)
      table[zeros][byte] = (table[zeros - 1][byte] >> 8) ^ table[0][table[zeros - 1][byte] & 0xFF];
}

uint32_t braid_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  crc = ~crc;
  for (; count >= 8; count -= 8, at += 8) {
    crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    crc = table[7][crc & 0xFF] ^ table[6][crc >> 8 & 0xFF] ^ table[5][crc >> 16 & 0xFF] ^ table[4][crc >> 24] ^
          table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
  }
  for (; count > 0; count--, at++) crc = (crc >> 8) ^ table[0][(crc ^ *at) & 0xFF];
  return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse42(uint32_t crc, const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  uint64_t state = (uint32_t)~crc;
  for (; count >= 8; count -= 8, at += 8) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    state = __builtin_ia32_crc32di(state, word);
  }
  uint32_t rest = (uint32_t)state;
  for (; count > 0; count--, at++) rest = __builtin_ia32_crc32qi(rest, *at);
  return ~rest;
}

int braid_crc32c_is_accelerated(void) { return __builtin_cpu_supports("sse4.2") != 0; }

uint32_t braid_crc32c(uint32_t crc, const void *bytes, size_t count) {
  if (!__builtin_cpu_supports("sse4.2")) return braid_crc32c_portable(crc, bytes, count);
  return crc32c_sse42(crc, bytes, count);
}

#else

int braid_crc32c_is_accelerated(void) { return 0; }

uint32_t braid_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return braid_crc32c_portable(crc, bytes, count);
}

#endif
