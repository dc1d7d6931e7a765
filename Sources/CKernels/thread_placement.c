// These calls are GNU extensions, which Swift does not see in the C library's module.
#define _GNU_SOURCE
#include "thread_placement.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

void braid_name_thread(const char *name) {
  char kept[16] = {0};
  strncpy(kept, name, sizeof kept - 1);
  pthread_setname_np(pthread_self(), kept);
}

int braid_pin_thread(int processor) {
  if (processor < 0 || processor >= CPU_SETSIZE) return EINVAL;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

size_t braid_allowed_processors(int *numbers, size_t capacity) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  size_t count = 0;
  for (int processor = 0; processor < CPU_SETSIZE && count < capacity; processor++)
    if (CPU_ISSET(processor, &set)) numbers[count++] = processor;
  return count;
}
