#ifndef BRAID_PEAK_H
#define BRAID_PEAK_H

#include <stddef.h>

/// Multiplies and adds f32 vectors in registers, `rounds` times over, as fast as the instruction set in use can: the
/// upper bound of every product in f32. Returns the number of operations, two for each product and sum.
double braid_multiply_add(size_t rounds);

#endif
