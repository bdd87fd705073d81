/*
 * tls_ask: an ordinary ClientHello of one version, with the suites that its
 * caller wants to know of.
 *
 * Groups and signatures are those that everybody has, so that nothing but the
 * suites can be the reason of a refusal.  Sources: RFC 8446 section 4.2, RFC
 * 8422 section 5.1, RFC 5246 section 7.4.1.4.
 */
#ifndef ASSAY_TLS_ASK_H
#define ASSAY_TLS_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_hello.h"

/* version: SSL 3 to TLS 1.3.  suites and host (NULL: none) outlive it; random
 * is left to the caller. */
void tls_ask_begin(struct tls_hello_spec *hello, uint16_t version,
    const uint16_t *suites, size_t nsuites, const char *host);

#endif
