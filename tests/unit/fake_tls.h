/*
 * fake_tls: a server of TLS by table, up to its first flight, for unit tests of
 * what asks one.  It misbehaves as told.
 */
#ifndef ASSAY_TESTS_FAKE_TLS_H
#define ASSAY_TESTS_FAKE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_enumerate.h"

#define FAKE_TLS_HEARD_MAX 4096 /* bytes of an answer */

enum fake_tls_refuses {
	FAKE_TLS_BY_ALERT = 0,
	FAKE_TLS_BY_VERSION_ALERT,
	FAKE_TLS_BY_CLOSING,
	FAKE_TLS_BY_SILENCE,
};

struct fake_tls {
	/* Suites by version (as tls_enumerate), in its order; 0 ends. */
	uint16_t takes[TLS_ENUMERATE_VERSIONS][TLS_ENUMERATE_SUITES];
	bool clients_order;
	enum fake_tls_refuses refuses;
	size_t longest; /* chokes on more suites than these; 0: never */
	enum fake_tls_refuses choke;
	uint32_t tires_after; /* so many hellos it closes; 0: never */
	bool speaks_text;     /* no TLS at all */
	bool lies;            /* names what was not offered */
	bool has_ssl2;
	/* what it says of itself */
	bool no_ems, no_renegotiation_info;
	uint8_t compression;
	uint16_t dh_bits;         /* 0: 2048 */
	uint16_t group;           /* 0: x25519 */
	uint16_t signature;       /* 0: rsa_pss_rsae_sha256 */
	uint32_t hellos, largest; /* heard: how many, most suites in one */
};

/* What it says to a hello; *closed: and ends it.  Returns its size. */
size_t fake_tls_serve(struct fake_tls *s, const uint8_t *say, size_t n,
    uint8_t *out, bool *closed);
/* It takes these; the last n of this version that there are. */
void fake_tls_take(
    struct fake_tls *s, uint16_t version, const uint16_t *suites, size_t n);
void fake_tls_take_many(struct fake_tls *s, uint16_t version, size_t n);
size_t fake_tls_count(const struct fake_tls *s, uint16_t version);

#endif
