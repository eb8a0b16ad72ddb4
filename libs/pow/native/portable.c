/*
 * The kernel for every machine: four lanes, in what the machine always has for it (SSE2 on x86-64, NEON on arm64),
 * plain numbers where it has nothing.
 */
#define LANES 4
#define INSTRUCTIONS
#include "lanes.h"

static int runs_here(void) { return 1; }

const kernel PORTABLE_KERNEL = {"portable", runs_here, search_lanes};
