/* The kernel in eight lanes, for x86-64 with AVX2. */
#if defined(__x86_64__)

#define LANES 8
#define INSTRUCTIONS __attribute__((target("avx2")))
#include "lanes.h"

static int runs_here(void) { return __builtin_cpu_supports("avx2"); }

const kernel AVX2_KERNEL = {"avx2", runs_here, search_lanes};

#else
#include "kernel.h"

static int runs_here(void) { return 0; }

const kernel AVX2_KERNEL = {"avx2", runs_here, 0};
#endif
