/*
 * timestamp: what a time-stamp authority says about a digest (RFC 3161).
 *
 * A bench's clock is its own word; an authority's token shows that a manifest
 * existed at a time that somebody else vouches for.
 */
#ifndef ASSAY_TIMESTAMP_H
#define ASSAY_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"

#define TIMESTAMP_MAX 32768 /* bytes of a response that is read */

/* A TimeStampReq in DER over a SHA-256 digest, with a nonce and a request for
 * the authority's certificate (section 2.4.1).  Caller frees. NULL with *e. */
uint8_t *timestamp_request(
    const uint8_t digest[SHA256_SIZE], size_t *size, struct err *e);

/* A TimeStampResp in DER: granted, over this digest, and answering `request`
 * with its nonce when that is given (NULL: it is gone; section 2.4.2).
 * trust: PEM file of the authority's root certificates, or NULL: then its
 * signature is not checked.  0 with *time_s (s since 1970); -1 with *e. */
struct timestamp_question {
	const uint8_t *digest; /* SHA256_SIZE */
	const uint8_t *request;
	size_t request_size;
	const char *trust;
};
int timestamp_check(const uint8_t *response, size_t size,
    const struct timestamp_question *q, int64_t *time_s, struct err *e);

#endif
