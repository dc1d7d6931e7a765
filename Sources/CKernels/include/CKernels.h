#ifndef BRAID_CKERNELS_H
#define BRAID_CKERNELS_H

#include "attention.h"
#include "dequantise.h"
#include "elementwise.h"
#include "partials.h"

#endif
