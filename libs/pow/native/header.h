/* From a serialized block header to what the kernels start from. */
#ifndef POCKET_HEADER_H
#define POCKET_HEADER_H

#include "kernel.h"

/* `target` is the most significant 32 bits of the whole one. */
prepared_header prepare_header(const uint8_t header[HEADER_BYTES], uint32_t target);

#endif
