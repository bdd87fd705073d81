/*
 * parts: what the files of tls.suites know of each other.
 */
#ifndef ASSAY_TLS_SUITES_PARTS_H
#define ASSAY_TLS_SUITES_PARTS_H

#include "probes/probe.h"
#include "protocols/tls_enumerate.h"

#define SUITES_OBSERVED_MAX 3000 /* of all addresses */
#define SUITES_TOLD_MAX 32       /* distinct facts of one kind, of one port */

struct suites_told { /* what was said of this port already */
	uint64_t hashes[SUITES_TOLD_MAX];
	size_t n;
};

struct suites_state {
	struct assay_tls_ports *ports;
	uint32_t observed;
	/* of the port under way */
	struct assay_subject port;
	uint8_t suites[TLS_ENUMERATE_VERSIONS][65536 / 8]; /* told */
	struct suites_told told;
	/* Its answers up to TLS 1.2 had it, or not; and the frames of one. */
	bool renegotiation, no_renegotiation, secret, no_secret;
	bool has_certificate;
	struct assay_frames renegotiation_frames, secret_frames;
};

/* A suite, read back from what was observed: "TLSv1.2 0xc02f TLS_…".  False:
 * it is one of SSL 2, or none. */
bool suites_read(const char *text, uint16_t *suite);

/* judge.c */
void suites_judge(struct assay_job *job);

#endif
