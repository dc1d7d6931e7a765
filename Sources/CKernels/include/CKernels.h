#ifndef BRAID_CKERNELS_H
#define BRAID_CKERNELS_H

#include "attention.h"
#include "compact.h"
#include "crc32c.h"
#include "dequantise.h"
#include "elementwise.h"
#include "isa.h"
#include "kv_codec.h"
#include "panel_product.h"
#include "partials.h"
#include "peak.h"
#include "quantise.h"
#include "sketch.h"
#include "sketch_attention.h"
#include "summaries.h"
#include "thread_placement.h"
#include "ticks.h"

#endif
