/*
 * The face to JavaScript (N-API): an object with one function for each kernel that this processor can run, named as the
 * kernel is. `(header, target, from, count)` gives the first candidate of `count` nonces from `from` on, or -1; header
 * is a Uint8Array of 80 bytes, the numbers are 32 bits without sign. Nothing is kept between calls and there are no
 * variables but these functions' own, so every thread may load it.
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include "header.h"

static napi_value refuse(napi_env env, const char *what) {
    napi_throw_type_error(env, NULL, what);
    return NULL;
}

/* The bytes of a Uint8Array of 80, or NULL. */
static const uint8_t *header_of(napi_env env, napi_value value) {
    bool is_array = false;
    napi_typedarray_type type;
    size_t length;
    void *bytes;
    if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array) return NULL;
    if (napi_get_typedarray_info(env, value, &type, &length, &bytes, NULL, NULL) != napi_ok) return NULL;
    return type == napi_uint8_array && length == HEADER_BYTES ? bytes : NULL;
}

static napi_value search_nonces(napi_env env, napi_callback_info info) {
    napi_value arguments[4], result;
    size_t count = 4;
    void *chosen;
    uint32_t target, from, nonces;
    if (napi_get_cb_info(env, info, &count, arguments, NULL, &chosen) != napi_ok) return NULL;
    const uint8_t *header = header_of(env, arguments[0]);
    if (header == NULL) return refuse(env, "header must be a Uint8Array of 80 bytes");
    if (napi_get_value_uint32(env, arguments[1], &target) != napi_ok) return refuse(env, "target must be a number");
    if (napi_get_value_uint32(env, arguments[2], &from) != napi_ok) return refuse(env, "from must be a number");
    if (napi_get_value_uint32(env, arguments[3], &nonces) != napi_ok) return refuse(env, "count must be a number");
    if ((uint64_t)from + nonces > UINT64_C(1) << 32) return refuse(env, "from + count must be at most 2^32");
    const prepared_header prepared = prepare_header(header, target);
    const int64_t candidate = ((const kernel *)chosen)->search(&prepared, from, nonces);
    return napi_create_int64(env, candidate, &result) == napi_ok ? result : NULL;
}

NAPI_MODULE_INIT() {
    const kernel *const kernels[] = {&SHA_NI_KERNEL, &AVX2_KERNEL, &PORTABLE_KERNEL};
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        napi_value function;
        if (!kernels[i]->runs_here()) continue;
        void *chosen = (void *)kernels[i]; /* only ever read */
        const napi_status made =
            napi_create_function(env, kernels[i]->name, NAPI_AUTO_LENGTH, search_nonces, chosen, &function);
        if (made != napi_ok) return NULL;
        if (napi_set_named_property(env, exports, kernels[i]->name, function) != napi_ok) return NULL;
    }
    return exports;
}
