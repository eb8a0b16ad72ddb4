/*
 * The yardstick's plain loop: double SHA-256 of a header for LANES nonces at once. Before it is included: LANES, TARGET
 * (an attribute for the compiler) and HASHER, the function's name. A round and a schedule word as FIPS 180-4 has them;
 * the compiler unrolls, folds what is constant and keeps the words in registers.
 */
#define PASTE_(x, y) x##y
#define PASTE(x, y) PASTE_(x, y)
#define V PASTE(HASHER, _vector)
#define ROUNDS PASTE(HASHER, _rounds)
#define ALWAYS TARGET static inline __attribute__((always_inline))

typedef uint32_t V __attribute__((vector_size(4 * LANES)));

/* Rounds 0 to before `end`. The eight names of the state move on by one a round: a is s[-t mod 8]. */
ALWAYS void ROUNDS(V s[8], V w[16], int end) {
#pragma GCC unroll 64
    for (int t = 0; t < end; t++) {
        if (t >= 16) w[t & 15] += SMALL_SIGMA_0(w[(t + 1) & 15]) + w[(t + 9) & 15] + SMALL_SIGMA_1(w[(t + 14) & 15]);
        const V a = s[-t & 7], b = s[(1 - t) & 7], c = s[(2 - t) & 7], e = s[(4 - t) & 7];
        const V f = s[(5 - t) & 7], g = s[(6 - t) & 7];
        const V t1 = s[(7 - t) & 7] + BIG_SIGMA_1(e) + CHOICE(e, f, g) + (w[t & 15] + SHA256_ROUND[t]);
        s[(3 - t) & 7] += t1;
        s[(7 - t) & 7] = t1 + BIG_SIGMA_0(a) + MAJORITY(a, b, c);
    }
}

/* How many of `count` nonces from `from` on, a multiple of LANES, have a hash that is at most `target` at its top. */
TARGET static uint32_t HASHER(const prepared_header *job, uint32_t from, uint32_t count) {
    uint32_t met = 0;
    V lane = {0}, one = lane + 1;
    for (int i = 0; i < LANES; i++) lane[i] = (uint32_t)i;
    for (uint32_t nonce = from; nonce != from + count; nonce += LANES) {
        V n = lane + nonce, s[8], hash[8], w[16] = {{0}}, w2[16] = {{0}};
        n = n >> 24 | (n >> 8 & 0xff00) | (n << 8 & 0xff0000) | n << 24;
        for (int i = 0; i < 3; i++) w[i] = (V){0} + job->tail[i];
        w[3] = n, w[4] = one * PADDING, w[15] = (V){0} + HEADER_BITS;
        for (int i = 0; i < 8; i++) s[i] = (V){0} + job->midstate[i];
        ROUNDS(s, w, 64);
        for (int i = 0; i < 8; i++) w2[i] = s[i] + job->midstate[i], hash[i] = (V){0} + SHA256_INITIAL[i];
        w2[8] = one * PADDING, w2[15] = (V){0} + HASH_BITS;
        ROUNDS(hash, w2, 61); /* the top word is there three rounds early, as what is e then */
        const V top = hash[7] + SHA256_INITIAL[7];
        const V below = (V)((top >> 24 | (top >> 8 & 0xff00) | (top << 8 & 0xff0000) | top << 24) <= job->target);
        uint64_t any[LANES / 2];
        memcpy(any, &below, sizeof any);
        for (int i = 0; i < LANES / 2; i++) met += (any[i] & 1) + (any[i] >> 63);
    }
    return met;
}
#undef V
#undef ROUNDS
#undef ALWAYS
#undef LANES
#undef TARGET
#undef HASHER
