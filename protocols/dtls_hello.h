/*
 * dtls_hello: the first words of a DTLS client, and how a server takes them.
 *
 * A hello fits one datagram on any link; what comes back may come in any order,
 * and late.  Pure.  Sources: RFC 6347 section 4.2, RFC 9325.
 */
#ifndef ASSAY_DTLS_HELLO_H
#define ASSAY_DTLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/dtls_record.h"

#define DTLS_COOKIE_MAX 255
#define DTLS_HELLO_MAX 1100 /* bytes of a hello's body */

struct dtls_hello {
	uint16_t version; /* DTLS_10, DTLS_12 */
	uint8_t random[32];
	const uint16_t *suites; /* none: all that a real client may want */
	size_t nsuites;
	const uint8_t *compressions; /* none: the null method alone */
	size_t ncompressions;
	const uint8_t *cookie; /* NULL: none */
	size_t ncookie;
};
/* Its body alone, for who cuts it himself.  Its size; 0: it does not fit. */
size_t dtls_hello_body(
    const struct dtls_hello *hello, uint8_t *out, size_t size);
/* A datagram; sequence: of its record, and message's with a cookie is 1. */
size_t dtls_hello_build(const struct dtls_hello *hello, uint64_t sequence,
    uint8_t *out, size_t size);
/* A fatal alert in clear: what a server keeps for us may go. */
size_t dtls_hello_end(uint64_t sequence, uint8_t *out, size_t size);

enum dtls_answer {
	DTLS_NOTHING = 0,
	DTLS_VERIFY, /* it asks for a cookie */
	DTLS_HELLO,  /* a ServerHello */
	DTLS_ALERT,
	DTLS_STRANGE, /* no DTLS */
};
struct dtls_heard { /* zeroed: nothing yet */
	enum dtls_answer answer;
	uint8_t alert;
	/* DTLS_HELLO */
	uint16_t version;
	uint16_t suite; /* 0: of a part that does not say it */
	uint8_t compression;
	/* DTLS_VERIFY */
	uint8_t cookie[DTLS_COOKIE_MAX];
	size_t ncookie;
};
/* One datagram of the server's.  A ServerHello outdoes all else, since a late
 * answer to what was asked before must not hide it; of the rest the first one
 * counts. */
void dtls_hello_hear(struct dtls_heard *heard, const void *bytes, size_t n);

#endif
