/*
 * digest_many: SHA-256 of each of many small things, on two cores if there are
 * two that have time.
 */
#ifndef ASSAY_DIGEST_MANY_H
#define ASSAY_DIGEST_MANY_H

#include <stddef.h>
#include <stdint.h>

#include "base/hex.h"

struct digest_many;

struct digest_one {
	const void *data;
	size_t size;
	uint8_t sha256[SHA256_SIZE]; /* filled */
};

struct digest_many *digest_many_new(void);
void digest_many_free(struct digest_many *m); /* NULL is fine */
/* All of them, when it returns. */
void digest_many_do(struct digest_many *m, struct digest_one *all, size_t n);

#endif
