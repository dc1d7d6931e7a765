#ifndef BRAID_CKERNELS_H
#define BRAID_CKERNELS_H

#include "attention.h"
#include "elementwise.h"

#endif
