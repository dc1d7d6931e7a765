#ifndef BRAID_THREAD_PLACEMENT_H
#define BRAID_THREAD_PLACEMENT_H
#include <stddef.h>

/// Names the calling thread, as debuggers and `top -H` show it; at most 15 bytes are kept.
void braid_name_thread(const char *name);

/// Keeps the calling thread on one processor. Returns 0, or the error number when the system does not allow
/// it.
int braid_pin_thread(int processor);

/// Writes the numbers of the processors that this process may use, in order, at most `capacity`. Returns
/// their count.
size_t braid_allowed_processors(int *numbers, size_t capacity);

#endif
