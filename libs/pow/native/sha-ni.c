/*
 * The kernel for x86-64 with the SHA extensions: an instruction for two rounds, two for the schedule. One nonce waits
 * for its last instruction most of the time, so three are worked at side by side.
 */
#include "kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include "sha256.h"

#define STREAMS 3
#define INSTRUCTIONS __attribute__((target("sha,sse4.1")))
#define EACH for (int s = 0; s < STREAMS; s++)

/* The instructions want the state as (f, e, b, a) and (h, g, d, c), the lowest lane first. */
typedef struct {
    __m128i feba, hgdc;
} packed_state;

/* What is the same for every nonce, in the lanes the instructions want. Words of the schedule by their first number. */
typedef struct {
    packed_state midstate;
    __m128i hgdc_2;           /* the new half of the state after rounds 0 and 1 */
    __m128i w0;               /* words 0 to 2, and 0 where the nonce comes */
    __m128i early_20;         /* words 20 to 23 and 28 to 31, as far as no nonce changes them */
    __m128i early_28;
} prepared_lanes;

INSTRUCTIONS static inline __m128i words(uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3) {
    return _mm_set_epi32((int)w3, (int)w2, (int)w1, (int)w0);
}

INSTRUCTIONS static inline packed_state pack(const uint32_t s[8]) {
    return (packed_state){words(s[5], s[4], s[1], s[0]), words(s[7], s[6], s[3], s[2])};
}

/* The state as the eight words of a hash. */
INSTRUCTIONS static inline void unpack(packed_state state, __m128i *w0, __m128i *w4) {
    const __m128i abef = _mm_shuffle_epi32(state.feba, 0x1b), cdgh = _mm_shuffle_epi32(state.hgdc, 0x1b);
    *w0 = _mm_unpacklo_epi64(abef, cdgh);
    *w4 = _mm_unpackhi_epi64(abef, cdgh);
}

INSTRUCTIONS static inline packed_state added(packed_state x, packed_state y) {
    return (packed_state){_mm_add_epi32(x.feba, y.feba), _mm_add_epi32(x.hgdc, y.hgdc)};
}

/* Words t to t + 3, plus their rounds' constants. */
INSTRUCTIONS static inline __m128i with_constants(__m128i w, int t) {
    return _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)&SHA256_ROUND[t]));
}

/* Four rounds; `wk` are their words and constants. Two rounds make a half of the state, the other half only moves. */
INSTRUCTIONS static inline packed_state four_rounds(packed_state state, __m128i wk) {
    state.hgdc = _mm_sha256rnds2_epu32(state.hgdc, state.feba, wk);
    state.feba = _mm_sha256rnds2_epu32(state.feba, state.hgdc, _mm_shuffle_epi32(wk, 0x0e));
    return state;
}

/* Four words of the schedule from the sixteen before them. */
INSTRUCTIONS static inline __m128i next_words(__m128i w0, __m128i w4, __m128i w8, __m128i w12) {
    const __m128i early = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), _mm_alignr_epi8(w12, w8, 4));
    return _mm_sha256msg2_epu32(early, w12);
}

INSTRUCTIONS static prepared_lanes prepare_lanes(const prepared_header *prepared) {
    const __m128i zero = _mm_setzero_si128(), w12 = words(0, 0, 0, HEADER_BITS);
    const uint32_t *tail = prepared->tail;
    prepared_lanes lanes = {.midstate = pack(prepared->midstate), .w0 = words(tail[0], tail[1], tail[2], 0)};
    const __m128i w4 = words(PADDING, 0, 0, 0);
    const __m128i w16 = next_words(lanes.w0, w4, zero, w12); /* its first two words are the same for every nonce */
    lanes.hgdc_2 = _mm_sha256rnds2_epu32(lanes.midstate.hgdc, lanes.midstate.feba, with_constants(lanes.w0, 0));
    lanes.early_20 = _mm_add_epi32(w4, _mm_alignr_epi8(w16, w12, 4));
    lanes.early_28 = _mm_sha256msg1_epu32(w12, w16);
    return lanes;
}

/* The next four words in the place of the oldest, and their four rounds, in every stream. */
#define FOUR_MORE(t)                                                                        \
    EACH w[(t) / 4 % 4][s] = next_words(w[(t) / 4 % 4][s], w[((t) / 4 + 1) % 4][s],         \
                                        w[((t) / 4 + 2) % 4][s], w[((t) / 4 + 3) % 4][s]);  \
    EACH state[s] = four_rounds(state[s], with_constants(w[(t) / 4 % 4][s], t));

/* The same with words that are known already. */
#define FOUR_WITH(t, known) EACH state[s] = four_rounds(state[s], with_constants(known, t));

/* The header's second block, hashed on from the midstate: leaves each stream's hash in w[0] and w[1]. */
INSTRUCTIONS static inline void hash_headers(const prepared_lanes *lanes, uint32_t nonce, __m128i w[4][STREAMS]) {
    const __m128i zero = _mm_setzero_si128(), w4 = words(PADDING, 0, 0, 0), w12 = words(0, 0, 0, HEADER_BITS);
    packed_state state[STREAMS];
    EACH {
        w[0][s] = _mm_insert_epi32(lanes->w0, (int)__builtin_bswap32(nonce + (uint32_t)s), 3);
        const __m128i wk_2 = _mm_shuffle_epi32(with_constants(w[0][s], 0), 0x0e);
        state[s].hgdc = lanes->hgdc_2;
        state[s].feba = _mm_sha256rnds2_epu32(lanes->midstate.feba, lanes->hgdc_2, wk_2);
    }
    FOUR_WITH(4, w4) FOUR_WITH(8, zero) FOUR_WITH(12, w12)
    EACH w[0][s] = _mm_sha256msg2_epu32(_mm_sha256msg1_epu32(w[0][s], w4), w12);
    FOUR_WITH(16, w[0][s])
    EACH w[1][s] = _mm_sha256msg2_epu32(lanes->early_20, w[0][s]);
    FOUR_WITH(20, w[1][s])
    EACH w[2][s] = _mm_sha256msg2_epu32(_mm_alignr_epi8(w[1][s], w[0][s], 4), w[1][s]);
    FOUR_WITH(24, w[2][s])
    EACH {
        const __m128i early = _mm_add_epi32(lanes->early_28, _mm_alignr_epi8(w[2][s], w[1][s], 4));
        w[3][s] = _mm_sha256msg2_epu32(early, w[2][s]);
    }
    FOUR_WITH(28, w[3][s])
    FOUR_MORE(32) FOUR_MORE(36) FOUR_MORE(40) FOUR_MORE(44) FOUR_MORE(48) FOUR_MORE(52) FOUR_MORE(56) FOUR_MORE(60)
    EACH unpack(added(state[s], lanes->midstate), &w[0][s], &w[1][s]);
}

/* The last word of each of those hashes' hash: it is there three rounds before the end, in what is f then. */
INSTRUCTIONS static inline void last_words(__m128i w[4][STREAMS], uint32_t last[STREAMS]) {
    const __m128i w8 = words(PADDING, 0, 0, 0), w12 = words(0, 0, 0, HASH_BITS);
    packed_state state[STREAMS];
    EACH state[s] = pack(SHA256_INITIAL);
    FOUR_WITH(0, w[0][s]) FOUR_WITH(4, w[1][s]) FOUR_WITH(8, w8) FOUR_WITH(12, w12)
    EACH w[0][s] = _mm_sha256msg2_epu32(_mm_sha256msg1_epu32(w[0][s], w[1][s]), w12);
    FOUR_WITH(16, w[0][s])
    EACH w[1][s] = next_words(w[1][s], w8, w12, w[0][s]);
    FOUR_WITH(20, w[1][s])
    EACH w[2][s] = _mm_sha256msg2_epu32(_mm_add_epi32(w8, _mm_alignr_epi8(w[1][s], w[0][s], 4)), w[1][s]);
    FOUR_WITH(24, w[2][s])
    EACH w[3][s] = next_words(w12, w[0][s], w[1][s], w[2][s]);
    FOUR_WITH(28, w[3][s])
    FOUR_MORE(32) FOUR_MORE(36) FOUR_MORE(40) FOUR_MORE(44) FOUR_MORE(48) FOUR_MORE(52) FOUR_MORE(56)
    EACH {
        const __m128i wk = with_constants(next_words(w[3][s], w[0][s], w[1][s], w[2][s]), 60);
        const __m128i feba = _mm_sha256rnds2_epu32(state[s].hgdc, state[s].feba, wk);
        last[s] = (uint32_t)_mm_cvtsi128_si32(feba) + SHA256_INITIAL[7];
    }
}

/* Streams behind the end of the range run, and count for nothing. */
INSTRUCTIONS static int64_t search(const prepared_header *prepared, uint32_t from, uint32_t count) {
    const prepared_lanes lanes = prepare_lanes(prepared);
    for (uint32_t done = 0; done < count;) {
        __m128i w[4][STREAMS];
        uint32_t last[STREAMS];
        hash_headers(&lanes, from + done, w);
        last_words(w, last);
        for (uint32_t s = 0; s < STREAMS && s < count - done; s++) {
            if (__builtin_bswap32(last[s]) <= prepared->target) return (int64_t)from + done + s;
        }
        if (count - done <= STREAMS) break;
        done += STREAMS;
    }
    return -1;
}

/* cpuid's leaf 7 tells of the SHA extensions; not every compiler's __builtin_cpu_supports knows their name. */
static int runs_here(void) {
    unsigned int eax, ebx = 0, ecx, edx;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
    return (ebx >> 29 & 1) && __builtin_cpu_supports("sse4.1");
}

const kernel SHA_NI_KERNEL = {"sha-ni", runs_here, search};

#else

static int runs_here(void) { return 0; }

const kernel SHA_NI_KERNEL = {"sha-ni", runs_here, 0};
#endif
