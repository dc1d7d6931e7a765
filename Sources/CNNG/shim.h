#ifndef BRAID_CNNG_SHIM_H
#define BRAID_CNNG_SHIM_H
#include <malloc.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

// Where the allocator is another one than glibc's there is nothing to set.
static inline void braid_nng_keep_message_memory(int most_bytes) {
#if defined(M_MMAP_THRESHOLD) && defined(M_TRIM_THRESHOLD)
  mallopt(M_MMAP_THRESHOLD, most_bytes);
  mallopt(M_TRIM_THRESHOLD, most_bytes);
#endif
}
#endif
