// CRC-32C by hand: neither libnng, mbed TLS nor oneDNN offers it, and the processor's instruction makes it a
// few lines.
#include "crc32c.h"

#include <string.h>

// table[k][b] is the checksum of byte b followed by k zero bytes.
static uint32_t table[8][256];

// The processor's instruction takes three cycles but can begin anew in each, so three strips of a block run
// side by side. A checksum is linear: that of a block is combined from those of its strips, each carried over
// as many zero bytes as there are bytes behind it. carry[k][b] does so for byte k of a checksum and one
// strip.
enum { strip = 1024, doublings = 10, block = 3 * strip };
static uint32_t carry[4][256];

static uint32_t transformed(const uint32_t columns[32], uint32_t value) {
  uint32_t sum = 0;
  for (int bit = 0; bit < 32; bit++)
    if (value >> bit & 1) sum ^= columns[bit];
  return sum;
}

__attribute__((constructor)) static void fill_tables(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);
    table[0][byte] = crc;
  }
  for (int zeros = 1; zeros < 8; zeros++)
    for (int byte = 0; byte < 256; byte++)
      table[zeros][byte] = (table[zeros - 1][byte] >> 8) ^ table[0][table[zeros - 1][byte] & 0xFF];

  _Static_assert(strip == 1 << doublings, "a strip is one byte, doubled");
  uint32_t columns[32];
  for (int bit = 0; bit < 32; bit++) {
    const uint32_t value = 1u << bit;
    columns[bit] = (value >> 8) ^ table[0][value & 0xFF];
  }
  for (int time = 0; time < doublings; time++) {
    uint32_t twice[32];
    for (int bit = 0; bit < 32; bit++) twice[bit] = transformed(columns, columns[bit]);
    memcpy(columns, twice, sizeof columns);
  }
  for (int place = 0; place < 4; place++)
    for (uint32_t byte = 0; byte < 256; byte++) carry[place][byte] = transformed(columns, byte << 8 * place);
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

static uint64_t word_at(const unsigned char *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static uint32_t carried(uint32_t crc) {
  return carry[0][crc & 0xFF] ^ carry[1][crc >> 8 & 0xFF] ^ carry[2][crc >> 16 & 0xFF] ^ carry[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, unsigned char *copy, const void *bytes,
                                                               size_t count) {
  const unsigned char *at = bytes;
  uint64_t state = (uint32_t)~crc;
  for (; count >= block; count -= block, at += block) {
    uint64_t second = 0, third = 0;
    for (size_t i = 0; i < strip; i += 8) {
      if (i % 64 == 0) {
        // The processor does not see by itself that three strips go on elsewhere. Beyond the end this has no
        // effect.
        __builtin_prefetch(at + block + i);
        __builtin_prefetch(at + block + strip + i);
        __builtin_prefetch(at + block + 2 * strip + i);
      }
      state = __builtin_ia32_crc32di(state, word_at(at + i));
      second = __builtin_ia32_crc32di(second, word_at(at + strip + i));
      third = __builtin_ia32_crc32di(third, word_at(at + 2 * strip + i));
    }
    state = carried(carried((uint32_t)state) ^ (uint32_t)second) ^ (uint32_t)third;
    // The block lies in the nearest cache now.
    if (copy) copy = (unsigned char *)memcpy(copy, at, block) + block;
  }
  if (copy) memcpy(copy, at, count);
  for (; count >= 8; count -= 8, at += 8) state = __builtin_ia32_crc32di(state, word_at(at));
  uint32_t rest = (uint32_t)state;
  for (; count > 0; count--, at++) rest = __builtin_ia32_crc32qi(rest, *at);
  return ~rest;
}

int braid_crc32c_is_accelerated(void) { return __builtin_cpu_supports("sse4.2") != 0; }

uint32_t braid_crc32c(uint32_t crc, const void *bytes, size_t count) {
  if (!__builtin_cpu_supports("sse4.2")) return braid_crc32c_portable(crc, bytes, count);
  return crc32c_sse42(crc, NULL, bytes, count);
}

uint32_t braid_crc32c_copy(uint32_t crc, void *copy, const void *bytes, size_t count) {
  if (count > 0 && __builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, copy, bytes, count);
  if (count > 0) memcpy(copy, bytes, count);
  return braid_crc32c_portable(crc, bytes, count);
}

#else

int braid_crc32c_is_accelerated(void) { return 0; }

uint32_t braid_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return braid_crc32c_portable(crc, bytes, count);
}

uint32_t braid_crc32c_copy(uint32_t crc, void *copy, const void *bytes, size_t count) {
  if (count > 0) memcpy(copy, bytes, count);
  return braid_crc32c_portable(crc, bytes, count);
}

#endif
