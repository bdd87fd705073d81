/*
 * tls_likely: which suites a server takes, too, that has shown some.
 *
 * A server is built with key exchanges and with ciphers, and takes most pairs
 * of them that have a number: once ECDHE_RSA has come with AES_128_CBC_SHA and
 * RSA with AES_256_GCM_SHA384, RSA_WITH_AES_128_CBC_SHA is likely.  A guess
 * for which hello comes next, and no finding: whoever guesses by it must ask.
 * Pure.  Source of the names: the IANA registry "TLS Cipher Suites".
 */
#ifndef ASSAY_TLS_LIKELY_H
#define ASSAY_TLS_LIKELY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_LIKELY_SUITES 400
#define TLS_LIKELY_PARTS 1024 /* two of one number make a wrong guess */

struct tls_likely {
	/* Of each suite of tls_suite_id_at(): what stands before "_WITH_" and
	 * behind it, as a number. */
	uint16_t exchange[TLS_LIKELY_SUITES], cipher[TLS_LIKELY_SUITES];
	bool needs_12[TLS_LIKELY_SUITES];
	/* Numbers of those that the server has shown. */
	uint8_t exchanges[TLS_LIKELY_PARTS / 8], ciphers[TLS_LIKELY_PARTS / 8];
};

void tls_likely_begin(struct tls_likely *k);
/* The server took the suite at this index. */
void tls_likely_took(struct tls_likely *k, size_t i);
/* is_12: in TLS 1.2; an older version has no suite of that one. */
bool tls_likely_is(const struct tls_likely *k, size_t i, bool is_12);

#endif
