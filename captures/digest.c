/*
 * digest: SHA-256 of many small things, quickly.
 */
#include "captures/digest.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/log.h"

struct digest {
	EVP_MD *md;
	EVP_MD_CTX *context;
};

struct digest *
digest_new(void)
{
	struct digest *d = xcalloc(1, sizeof(*d));

	d->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	d->context = EVP_MD_CTX_new();
	if (d->md == NULL || d->context == NULL ||
	    EVP_DigestInit_ex2(d->context, d->md, NULL) != 1)
		fatal("digest: no SHA-256");
	return d;
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->context);
	EVP_MD_free(d->md);
	free(d);
}

void
digest_restart(struct digest *d)
{
	if (EVP_DigestInit_ex2(d->context, NULL, NULL) != 1)
		fatal("digest: cannot restart");
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	if (EVP_DigestUpdate(d->context, p, n) != 1)
		fatal("digest: cannot add");
}

void
digest_end(struct digest *d, uint8_t out[SHA256_SIZE])
{
	if (EVP_DigestFinal_ex(d->context, out, NULL) != 1)
		fatal("digest: cannot end");
}

void
digest_of(struct digest *d, const void *p, size_t n, uint8_t out[SHA256_SIZE])
{
	digest_restart(d);
	digest_add(d, p, n);
	digest_end(d, out);
}
