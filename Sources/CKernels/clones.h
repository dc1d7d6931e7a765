#ifndef BRAID_CLONES_H
#define BRAID_CLONES_H

// One source, one machine-code version per instruction set, chosen when the program is loaded.
#if defined(__x86_64__)
#define BRAID_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BRAID_CLONES
#endif

#define BRAID_INLINE static inline __attribute__((always_inline))

#endif
