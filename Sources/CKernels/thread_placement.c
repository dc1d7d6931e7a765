// These calls are GNU extensions, which Swift does not see in the C library's module.
#define _GNU_SOURCE
#include "thread_placement.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

void braid_name_thread(const char *name) {
  char kept[16] = {0};
  strncpy(kept, name, sizeof kept - 1);
  pthread_setname_np(pthread_self(), kept);
}

// The fixed set of the C library ends at 1024 processors, and the kernel refuses one that is smaller than its
// own.
enum { most_processors = 8192 };
typedef struct {
  cpu_set_t parts[most_processors / CPU_SETSIZE];
} processor_set;

int braid_pin_thread(int processor) {
  if (processor < 0 || processor >= most_processors) return EINVAL;
  processor_set set;
  CPU_ZERO_S(sizeof set, set.parts);
  CPU_SET_S((size_t)processor, sizeof set, set.parts);
  return pthread_setaffinity_np(pthread_self(), sizeof set, set.parts);
}

size_t braid_allowed_processors(int *numbers, size_t capacity) {
  processor_set set;
  CPU_ZERO_S(sizeof set, set.parts);
  // The first thread is asked: the calling one may be pinned.
  if (sched_getaffinity(getpid(), sizeof set, set.parts) != 0) return 0;
  size_t count = 0;
  for (size_t processor = 0; processor < most_processors && count < capacity; processor++)
    if (CPU_ISSET_S(processor, sizeof set, set.parts)) numbers[count++] = (int)processor;
  return count;
}

static _Thread_local int in_piece;

void braid_set_in_piece(int value) { in_piece = value; }

int braid_is_in_piece(void) { return in_piece; }
