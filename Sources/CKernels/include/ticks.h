#ifndef BRAID_TICKS_H
#define BRAID_TICKS_H

#include <stdint.h>
#include <time.h>

/// A clock cheap enough to read between the parts of a kernel: the processor's time-stamp counter where there
/// is one. Its rate is constant but unknown; compare it with a clock of seconds over the whole of a
/// measurement.
static inline uint64_t braid_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

#endif
