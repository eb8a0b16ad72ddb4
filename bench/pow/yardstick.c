/*
 * What plain C can do: the yardstick for the searches of @pocket/pow, written apart from them. Each loop does the same
 * work: midstate, double SHA-256 for every nonce, out three rounds early, compared with a target. yardstick.ts compiles
 * and runs it: cc -std=gnu11 -O3 yardstick.c
 *
 * Its argument is a header, 160 hex digits. It names its loops that run on this machine in a line, then answers each
 * line "loop from count target" (count a multiple of 24, target 32 bits) with "met nanoseconds", of
 * processor time.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

typedef struct {
    uint32_t midstate[8], tail[3], target;
} job;

/* Tables and functions of FIPS 180-4. */
static const uint32_t INITIAL[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static const uint32_t ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
#define ROTATE(x, bits) ((x) >> (bits) | (x) << (32 - (bits)))
#define BIG0(x) (ROTATE(x, 2) ^ ROTATE(x, 13) ^ ROTATE(x, 22))
#define BIG1(x) (ROTATE(x, 6) ^ ROTATE(x, 11) ^ ROTATE(x, 25))
#define SMALL0(x) (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x) >> 3)
#define SMALL1(x) (ROTATE(x, 17) ^ ROTATE(x, 19) ^ (x) >> 10)

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
    uint32_t (*count_met)(const job *, uint32_t from, uint32_t count);
} LOOPS[] = {
    {"c-4-lanes", runs_always, four_lanes},
#if defined(__x86_64__)
    {"c-4-lanes-avx", runs_avx, four_lanes_avx},
    {"c-8-lanes-avx2", runs_avx2, eight_lanes},
    {"c-sha-ni", runs_sha, sha_ni},
#endif
};
#define LOOP_COUNT (sizeof LOOPS / sizeof *LOOPS)

static int read_header(const char *hex, uint32_t words[20]) {
    if (strlen(hex) != 160) return 0;
    for (int i = 0; i < 20; i++) {
        if (sscanf(hex + 8 * i, "%8x", &words[i]) != 1) return 0;
    }
    return 1;
}

static job prepare(const uint32_t words[20]) {
    job job = {.tail = {words[16], words[17], words[18]}};
    uint32_t w[64], s[8];
    memcpy(w, words, 16 * sizeof *w);
    memcpy(s, INITIAL, sizeof s);
    for (int t = 0; t < 64; t++) {
        if (t >= 16) w[t] = SMALL1(w[t - 2]) + w[t - 7] + SMALL0(w[t - 15]) + w[t - 16];
        const uint32_t t1 = s[7] + BIG1(s[4]) + (s[6] ^ (s[4] & (s[5] ^ s[6]))) + ROUND[t] + w[t];
        const uint32_t t2 = BIG0(s[0]) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1, s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) job.midstate[i] = INITIAL[i] + s[i];
    return job;
}

/* Of processor time that this program was given. */
static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

int main(int count, char **arguments) {
    uint32_t words[20], from, nonces;
    char name[32];
    if (count != 2 || !read_header(arguments[1], words)) return 1;
    job job = prepare(words);
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
