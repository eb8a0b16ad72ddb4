/* SHA-256's compression of the header's first 64 bytes, in plain C: it happens once for thousands of nonces. */
#include "header.h"
#include <string.h>
#include "sha256.h"

static uint32_t big_endian(const uint8_t bytes[4]) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void compress(uint32_t state[8], const uint32_t message[16]) {
    uint32_t w[64], s[8];
    memcpy(w, message, 16 * sizeof *w);
    for (int t = 16; t < 64; t++) {
        w[t] = SMALL_SIGMA_1(w[t - 2]) + w[t - 7] + SMALL_SIGMA_0(w[t - 15]) + w[t - 16];
    }
    memcpy(s, state, sizeof s);
    for (int t = 0; t < 64; t++) {
        const uint32_t t1 = s[7] + BIG_SIGMA_1(s[4]) + CHOICE(s[4], s[5], s[6]) + SHA256_ROUND[t] + w[t];
        const uint32_t t2 = BIG_SIGMA_0(s[0]) + MAJORITY(s[0], s[1], s[2]);
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

prepared_header prepare_header(const uint8_t header[HEADER_BYTES], uint32_t target) {
    prepared_header prepared = {.target = target};
    uint32_t message[16];
    for (int i = 0; i < 16; i++) message[i] = big_endian(header + 4 * i);
    memcpy(prepared.midstate, SHA256_INITIAL, sizeof SHA256_INITIAL);
    compress(prepared.midstate, message);
    for (int i = 0; i < 3; i++) prepared.tail[i] = big_endian(header + 64 + 4 * i);
    return prepared;
}
