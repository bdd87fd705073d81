/*
 * digest: SHA-256 of many small things, quickly.
 *
 * By the functions that OpenSSL calls old: the new ones go through a provider
 * at each of three steps, which takes longer than the digest of a frame.  What
 * is small is padded here and given as blocks: half of what it took went into
 * OpenSSL's own keeping of a rest.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "captures/digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/alloc.h"
#include "base/log.h"

#define CACHE_LINE 64
#define BLOCK SHA256_CBLOCK
#define BLOCKS_MAX 4   /* of what is small */
#define LENGTH_BYTES 8 /* of the length in bits that ends the padding */

/* One thread's must not slow another's down by lying beside it. */
struct digest {
	_Alignas(CACHE_LINE) SHA256_CTX context;
};

struct digest *
digest_new(void)
{
	struct digest *d = aligned_alloc(CACHE_LINE, sizeof(*d));

	if (d == NULL)
		fatal("out of memory");
	digest_restart(d);
	return d;
}

void
digest_free(struct digest *d)
{
	free(d);
}

void
digest_restart(struct digest *d)
{
	if (SHA256_Init(&d->context) != 1)
		fatal("digest: no SHA-256");
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	if (SHA256_Update(&d->context, p, n) != 1)
		fatal("digest: cannot add");
}

void
digest_end(struct digest *d, uint8_t out[SHA256_SIZE])
{
	if (SHA256_Final(out, &d->context) != 1)
		fatal("digest: cannot end");
}

/* FIPS 180-4 section 5.1.1.  How many blocks. */
static size_t
pad(const void *p, size_t n, uint8_t out[BLOCKS_MAX * BLOCK])
{
	const size_t blocks = (n + 1 + LENGTH_BYTES + BLOCK - 1) / BLOCK;
	const size_t end = blocks * BLOCK, bits = n * 8;

	if (n > 0)
		memcpy(out, p, n);
	memset(out + n, 0, end - n);
	out[n] = 0x80;
	out[end - 2] = (uint8_t)(bits >> 8);
	out[end - 1] = (uint8_t)bits;
	return blocks;
}

static void
digest_small(
    struct digest *d, const void *p, size_t n, uint8_t out[SHA256_SIZE])
{
	uint8_t padded[BLOCKS_MAX * BLOCK];
	const size_t blocks = pad(p, n, padded);
	size_t i;

	digest_restart(d);
	for (i = 0; i < blocks; i++)
		SHA256_Transform(&d->context, padded + i * BLOCK);
	for (i = 0; i < SHA256_SIZE; i++)
		out[i] = (uint8_t)(d->context.h[i / 4] >> (24 - i % 4 * 8));
}

void
digest_of(struct digest *d, const void *p, size_t n, uint8_t out[SHA256_SIZE])
{
	if (n + 1 + LENGTH_BYTES <= (size_t)BLOCKS_MAX * BLOCK) {
		digest_small(d, p, n, out);
		return;
	}
	digest_restart(d);
	digest_add(d, p, n);
	digest_end(d, out);
}
