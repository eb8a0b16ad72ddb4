/*
 * What plain C can do: the yardstick for the searches of @pocket/pow. Each loop does the same work: double SHA-256 for
 * every nonce, out three rounds early, compared with a target. The loops are written apart from those of the searches;
 * what happens once a header, and the algorithm's tables and functions, are theirs. yardstick.ts compiles and runs it:
 * cc -std=gnu11 -O3 -I libs/pow/native bench/pow/yardstick.c libs/pow/native/header.c
 *
 * Its argument is a header, 160 hex digits. It names its loops that run on this machine in a line, then answers each
 * line "loop from count target" (count a multiple of 24, target 32 bits) with "met nanoseconds", of processor time.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif
#include "header.h"
#include "sha256.h"

#define LANES 4
#define TARGET
#define HASHER four_lanes
#include "lanes.h"
#if defined(__x86_64__)
/* The same with instructions of three operands, which save half the moves: V8 uses them too. */
#define LANES 4
#define TARGET __attribute__((target("avx")))
#define HASHER four_lanes_avx
#include "lanes.h"
#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define HASHER eight_lanes
#include "lanes.h"
#include "sha-ni.h"

static int runs_avx(void) { return __builtin_cpu_supports("avx"); }
static int runs_avx2(void) { return __builtin_cpu_supports("avx2"); }
static int runs_sha(void) {
    unsigned int eax, ebx = 0, ecx, edx;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx >> 29 & 1) && __builtin_cpu_supports("sse4.1");
}
#endif
static int runs_always(void) { return 1; }

static const struct {
    const char *name;
    int (*runs)(void);
    uint32_t (*count_met)(const prepared_header *, uint32_t from, uint32_t count);
} LOOPS[] = {
    {"c-4-lanes", runs_always, four_lanes},
#if defined(__x86_64__)
    {"c-4-lanes-avx", runs_avx, four_lanes_avx},
    {"c-8-lanes-avx2", runs_avx2, eight_lanes},
    {"c-sha-ni", runs_sha, sha_ni},
#endif
};
#define LOOP_COUNT (sizeof LOOPS / sizeof *LOOPS)

static int read_header(const char *hex, uint8_t header[HEADER_BYTES]) {
    if (strlen(hex) != 2 * HEADER_BYTES) return 0;
    for (int i = 0; i < HEADER_BYTES; i++) {
        if (sscanf(hex + 2 * i, "%2hhx", &header[i]) != 1) return 0;
    }
    return 1;
}

/* Of processor time that this program was given. */
static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

int main(int count, char **arguments) {
    uint8_t header[HEADER_BYTES];
    uint32_t from, nonces;
    char name[32];
    if (count != 2 || !read_header(arguments[1], header)) return 1;
    prepared_header job = prepare_header(header, 0);
    for (size_t i = 0; i < LOOP_COUNT; i++) {
        if (LOOPS[i].runs()) printf("%s ", LOOPS[i].name);
    }
    printf("\n");
    fflush(stdout);
    while (scanf("%31s %u %u %u", name, &from, &nonces, &job.target) == 4) {
        for (size_t i = 0; i < LOOP_COUNT; i++) {
            if (strcmp(name, LOOPS[i].name) != 0) continue;
            const double start = nanoseconds();
            const uint32_t met = LOOPS[i].count_met(&job, from, nonces);
            printf("%u %.0f\n", met, nanoseconds() - start);
        }
        fflush(stdout);
    }
    return 0;
}
