/*
 * digest: SHA-256 of many small things, quickly.
 *
 * OpenSSL's one-shot functions look their algorithm up at each call, and the
 * others ask a provider at each step: both take longer than the digest of a
 * small frame.
 */
#ifndef ASSAY_DIGEST_H
#define ASSAY_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/hex.h"

struct digest;

struct digest *digest_new(void);
void digest_free(struct digest *d); /* NULL is fine */
void digest_restart(struct digest *d);
void digest_add(struct digest *d, const void *p, size_t n);
/* Then it has to be restarted. */
void digest_end(struct digest *d, uint8_t out[SHA256_SIZE]);
/* All in one. */
void digest_of(
    struct digest *d, const void *p, size_t n, uint8_t out[SHA256_SIZE]);

#endif
