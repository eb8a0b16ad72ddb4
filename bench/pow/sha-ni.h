/*
 * The yardstick's loop for the SHA extensions: STREAMS nonces side by side, so that one need not wait for its last
 * instruction. What no nonce changes, the compiler computes before the loop.
 */
#define STREAMS 3
#define SHA __attribute__((target("sha,sse4.1")))
#define EACH for (int s = 0; s < STREAMS; s++)

typedef struct {
    __m128i feba, hgdc; /* the state as the instructions want it, lowest lane first */
} pair;

SHA static inline __m128i four(const uint32_t word[4]) { return _mm_loadu_si128((const __m128i *)word); }

SHA static inline pair pack(const uint32_t s[8]) {
    const uint32_t feba[4] = {s[5], s[4], s[1], s[0]}, hgdc[4] = {s[7], s[6], s[3], s[2]};
    return (pair){four(feba), four(hgdc)};
}

/* Rounds 4 * first to before 4 * end, in every stream. */
SHA static inline __attribute__((always_inline))
void four_rounds(pair state[], __m128i w[4][STREAMS], int first, int end) {
#pragma GCC unroll 16
    for (int i = first; i < end; i++) {
        __m128i *w0 = w[i & 3], *w4 = w[(i + 1) & 3], *w8 = w[(i + 2) & 3], *w12 = w[(i + 3) & 3];
        if (i >= 4) {
            EACH w0[s] = _mm_sha256msg1_epu32(w0[s], w4[s]);
            if (i > 4) EACH w0[s] = _mm_add_epi32(w0[s], _mm_alignr_epi8(w12[s], w8[s], 4)); /* words 9 to 12 are 0 */
            EACH w0[s] = _mm_sha256msg2_epu32(w0[s], w12[s]);
        }
        EACH {
            const __m128i wk = _mm_add_epi32(w0[s], four(SHA256_ROUND + 4 * i));
            state[s].hgdc = _mm_sha256rnds2_epu32(state[s].hgdc, state[s].feba, wk);
            state[s].feba = _mm_sha256rnds2_epu32(state[s].feba, state[s].hgdc, _mm_shuffle_epi32(wk, 0x0e));
        }
    }
}

/* How many of `count` nonces from `from` on, a multiple of STREAMS, have a hash that is at most `target` at its top. */
SHA static uint32_t sha_ni(const prepared_header *job, uint32_t from, uint32_t count) {
    const uint32_t head[4] = {job->tail[0], job->tail[1], job->tail[2], 0};
    const __m128i zero = _mm_setzero_si128(), padding = _mm_set_epi32(0, 0, 0, (int)PADDING);
    const pair midstate = pack(job->midstate), initial = pack(SHA256_INITIAL);
    const __m128i wk_0 = _mm_add_epi32(four(head), four(SHA256_ROUND));
    const __m128i two_rounds = _mm_sha256rnds2_epu32(midstate.hgdc, midstate.feba, wk_0);
    uint32_t met = 0;
    for (uint32_t nonce = from; nonce != from + count; nonce += STREAMS) {
        pair state[STREAMS];
        __m128i w[4][STREAMS];
        EACH w[0][s] = _mm_insert_epi32(four(head), (int)__builtin_bswap32(nonce + (uint32_t)s), 3);
        EACH w[1][s] = padding, w[2][s] = zero, w[3][s] = _mm_set_epi32(HEADER_BITS, 0, 0, 0);
        EACH {
            const __m128i wk = _mm_shuffle_epi32(_mm_add_epi32(w[0][s], four(SHA256_ROUND)), 0x0e);
            state[s].hgdc = two_rounds;
            state[s].feba = _mm_sha256rnds2_epu32(midstate.feba, two_rounds, wk);
        }
        four_rounds(state, w, 1, 16);
        EACH {
            const __m128i abef = _mm_shuffle_epi32(_mm_add_epi32(state[s].feba, midstate.feba), 0x1b);
            const __m128i cdgh = _mm_shuffle_epi32(_mm_add_epi32(state[s].hgdc, midstate.hgdc), 0x1b);
            w[0][s] = _mm_unpacklo_epi64(abef, cdgh), w[1][s] = _mm_unpackhi_epi64(abef, cdgh);
            w[2][s] = padding, w[3][s] = _mm_set_epi32(HASH_BITS, 0, 0, 0), state[s] = initial;
        }
        /* Of the last four rounds two make the top word; the rest of them has no use, and the compiler drops it. */
        four_rounds(state, w, 0, 16);
        EACH met += __builtin_bswap32((uint32_t)_mm_cvtsi128_si32(state[s].hgdc) + SHA256_INITIAL[7]) <= job->target;
    }
    return met;
}
