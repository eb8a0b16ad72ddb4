/*
 * The kernel in lanes: as many nonces at a time as LANES says, each in its own 32 bits of a vector (the compilers'
 * vector extension: x >> 3 shifts every lane). A file that includes this says before: LANES, a power of two, and
 * INSTRUCTIONS, the attribute that lets the compiler use more than the oldest machine has. It gets search_lanes.
 *
 * Rounds and schedule are written out, so that all indices are constants: the compiler keeps the words in registers,
 * leaves out those that are zero, and computes before the loop what no nonce changes.
 */
#include <string.h>
#include "kernel.h"
#include "sha256.h"

typedef uint32_t lane_words __attribute__((vector_size(4 * LANES)));

/* One round. Instead of moving eight variables on, the next round is told them under other names. */
#define ROUND(a, b, c, d, e, f, g, h, t)                                                    \
    h += BIG_SIGMA_1(e) + CHOICE(e, f, g) + (w[(t) % 16] + SHA256_ROUND[t]);                \
    d += h;                                                                                 \
    h += BIG_SIGMA_0(a) + MAJORITY(a, b, c);

/* Word t of the schedule, in the place of word t - 16; then its round. */
#define NEXT(a, b, c, d, e, f, g, h, t)                                                     \
    w[(t) % 16] += SMALL_SIGMA_0(w[((t) + 1) % 16]) + (w[((t) + 9) % 16] + SMALL_SIGMA_1(w[((t) + 14) % 16])); \
    ROUND(a, b, c, d, e, f, g, h, t)

#define FOUR(STEP, a, b, c, d, e, f, g, h, t)                                               \
    STEP(a, b, c, d, e, f, g, h, t)                                                         \
    STEP(h, a, b, c, d, e, f, g, t + 1)                                                     \
    STEP(g, h, a, b, c, d, e, f, t + 2)                                                     \
    STEP(f, g, h, a, b, c, d, e, t + 3)

#define EIGHT(STEP, t)                                                                      \
    FOUR(STEP, a, b, c, d, e, f, g, h, t)                                                   \
    FOUR(STEP, e, f, g, h, a, b, c, d, t + 4)

#define STATE_FROM(s)                                                                       \
    lane_words a = SPLAT((s)[0]), b = SPLAT((s)[1]), c = SPLAT((s)[2]), d = SPLAT((s)[3]);      \
    lane_words e = SPLAT((s)[4]), f = SPLAT((s)[5]), g = SPLAT((s)[6]), h = SPLAT((s)[7]);

/* The same number in every lane. */
#define SPLAT(number) ((lane_words){0} + (number))

/* The header's second block, hashed on from the midstate; leaves the hash as eight words. */
INSTRUCTIONS static inline void hash_header(const prepared_header *prepared, lane_words nonce, lane_words hash[8]) {
    const uint32_t *midstate = prepared->midstate, *tail = prepared->tail;
    lane_words w[16] = {SPLAT(tail[0]), SPLAT(tail[1]), SPLAT(tail[2]), nonce, SPLAT(PADDING)};
    w[15] = SPLAT(HEADER_BITS);
    STATE_FROM(midstate)
    EIGHT(ROUND, 0) EIGHT(ROUND, 8) EIGHT(NEXT, 16) EIGHT(NEXT, 24)
    EIGHT(NEXT, 32) EIGHT(NEXT, 40) EIGHT(NEXT, 48) EIGHT(NEXT, 56)
    hash[0] = a + midstate[0], hash[1] = b + midstate[1], hash[2] = c + midstate[2], hash[3] = d + midstate[3];
    hash[4] = e + midstate[4], hash[5] = f + midstate[5], hash[6] = g + midstate[6], hash[7] = h + midstate[7];
}

/* The last word of that hash's hash: it is there three rounds before the end, in what is e then. */
INSTRUCTIONS static inline lane_words last_word(const lane_words hash[8]) {
    lane_words w[16] = {hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7], SPLAT(PADDING)};
    w[15] = SPLAT(HASH_BITS);
    STATE_FROM(SHA256_INITIAL)
    EIGHT(ROUND, 0) EIGHT(ROUND, 8) EIGHT(NEXT, 16) EIGHT(NEXT, 24)
    EIGHT(NEXT, 32) EIGHT(NEXT, 40) EIGHT(NEXT, 48)
    FOUR(NEXT, a, b, c, d, e, f, g, h, 56)
    NEXT(e, f, g, h, a, b, c, d, 60)
    (void)a; /* only the half of the last round that makes this word is computed */
    return h + SHA256_INITIAL[7];
}

INSTRUCTIONS static inline lane_words swap_bytes(lane_words x) {
    return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

/* The first of `left` lanes whose word is at most the target, or -1. Almost always none is: that is seen at once. */
INSTRUCTIONS static inline int first_candidate(lane_words words, uint32_t target, uint32_t left) {
    const lane_words met = (lane_words)(words <= target);
    uint64_t pairs[LANES / 2], any = 0;
    memcpy(pairs, &met, sizeof pairs);
    for (int i = 0; i < LANES / 2; i++) any |= pairs[i];
    if (any == 0) return -1;
    for (uint32_t lane = 0; lane < LANES && lane < left; lane++) {
        if (met[lane]) return (int)lane;
    }
    return -1;
}

/* Lanes behind the end of the range run, and count for nothing. */
INSTRUCTIONS static int64_t search_lanes(const prepared_header *prepared, uint32_t from, uint32_t count) {
    lane_words offset = {0};
    for (uint32_t lane = 0; lane < LANES; lane++) offset[lane] = lane;
    for (uint32_t done = 0; done < count;) {
        lane_words hash[8];
        hash_header(prepared, swap_bytes(offset + (from + done)), hash);
        const int lane = first_candidate(swap_bytes(last_word(hash)), prepared->target, count - done);
        if (lane >= 0) return (int64_t)from + done + lane;
        if (count - done <= LANES) break;
        done += LANES;
    }
    return -1;
}
