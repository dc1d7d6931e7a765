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

/// Says whether the calling thread runs a piece of parallel work: 1 or 0. It begins as 0.
void braid_set_in_piece(int in_piece);

/// What the calling thread was told last.
int braid_is_in_piece(void);

#endif
