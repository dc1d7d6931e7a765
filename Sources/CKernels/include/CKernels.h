#ifndef BRAID_CKERNELS_H
#define BRAID_CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#include "crc32c.h"
#include "thread_placement.h"
#endif
