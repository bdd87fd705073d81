/*
 * digest: SHA-256 of many small things, quickly.
 *
 * By the functions that OpenSSL calls old: the new ones go through a provider
 * at each of three steps, which takes longer than the digest of a frame.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "captures/digest.h"

#include <stdlib.h>

#include <openssl/sha.h>

#include "base/alloc.h"
#include "base/log.h"

#define CACHE_LINE 64

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

void
digest_of(struct digest *d, const void *p, size_t n, uint8_t out[SHA256_SIZE])
{
	digest_restart(d);
	digest_add(d, p, n);
	digest_end(d, out);
}
