/*
 * What a kernel is: a search through a short range of nonces that compares only the most significant 32 bits of the
 * hash with those of the target. So it names candidates; their whole hash is judged elsewhere. No kernel keeps anything
 * between two calls: any number of threads may be in one at once.
 */
#ifndef POCKET_KERNEL_H
#define POCKET_KERNEL_H

#include <stdint.h>

#define HEADER_BYTES 80
/* What stands behind a message: one bit, zeros, and the message's length in bits. */
#define PADDING 0x80000000u
#define HEADER_BITS 640u
#define HASH_BITS 256u

/* What is the same for every nonce. */
typedef struct {
    uint32_t midstate[8]; /* behind the header's first 64 bytes */
    uint32_t tail[3];     /* the words between those and the nonce */
    uint32_t target;      /* its most significant 32 bits */
} prepared_header;

typedef struct {
    const char *name;
    int (*runs_here)(void);
    /* The first candidate in [from, from + count), or -1. from + count must be at most 2^32. */
    int64_t (*search)(const prepared_header *prepared, uint32_t from, uint32_t count);
} kernel;

extern const kernel SHA_NI_KERNEL, AVX2_KERNEL, PORTABLE_KERNEL;

#endif
