/*
 * tls_client_hello: what a client offers, read from its ClientHello.
 *
 * Of the device as a client, seen on the way or by a server of the bench.
 * Sources as tls_hello.h.
 */
#ifndef ASSAY_TLS_CLIENT_HELLO_H
#define ASSAY_TLS_CLIENT_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_answer.h"

/* Lists are views of two bytes each, unless it says otherwise; p NULL: the
 * client says nothing of it. */
struct tls_client_hello {
	uint16_t legacy_version;
	uint16_t best_version; /* the highest that it offers; no GREASE */
	const uint8_t *random; /* 32 bytes */
	struct tls_span session_id, suites;
	struct tls_span compressions;     /* a byte each */
	struct tls_span host;             /* server_name: its first host name */
	struct tls_span versions, groups; /* supported_versions and _groups */
	struct tls_span signatures;
	struct tls_span alpn;       /* each with a byte of length before it */
	struct tls_span key_shares; /* group, length, key; each */
	struct tls_span ticket;     /* empty: it wants one */
	bool extended_master_secret, encrypt_then_mac, renegotiation_info;
	bool early_data, psk, status_request, heartbeat;
	struct tls_span dtls_cookie;
	struct tls_span extensions; /* for tls_extension_next() */
	uint16_t nextensions;
};
/* body of the handshake message.  0; -1: malformed. */
int tls_client_hello_read(
    struct tls_client_hello *hello, const void *body, size_t n);
/* The same of DTLS, which has a cookie in it. */
int tls_client_hello_read_datagram(
    struct tls_client_hello *hello, const void *body, size_t n);
/* Entry i of a list of two bytes each; its count is n / 2. */
uint16_t tls_list_at(struct tls_span list, size_t i);
/* Whether it offers this suite (the signals are suites, too). */
bool tls_client_hello_offers(const struct tls_client_hello *, uint16_t suite);

#endif
