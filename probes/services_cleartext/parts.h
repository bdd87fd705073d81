/*
 * parts: what the files of services.cleartext know of each other.
 */
#ifndef ASSAY_SERVICES_CLEARTEXT_PARTS_H
#define ASSAY_SERVICES_CLEARTEXT_PARTS_H

#include "probes/probe.h"
#include "protocols/cleartext.h"
#include "protocols/tcp_talks.h"

#define SERVICES_ALL_PORTS 65535
#define SERVICES_PORTS_MAX 200 /* interviewed, per address */
#define SERVICES_REQUESTS_MAX 16
#define SERVICES_TOLD_MAX 256

/* capture.c: the passive half */

struct services_request { /* a datagram to the device, in a capture */
	const struct assay_target *target;
	uint8_t from[16];
	uint16_t from_port, port;
	uint8_t bytes[128];
	size_t n;
};

struct services_told { /* found in a capture, and said */
	const struct assay_target *target;
	uint16_t port;
	enum cleartext_kind kind;
};

struct services_capture {
	struct tcp_talks talks;
	struct services_request requests[SERVICES_REQUESTS_MAX];
	unsigned next_request;
	uint64_t conversations;
	struct services_told told[SERVICES_TOLD_MAX];
	size_t ntold;
};

/* What this frame shows of the device's services is observed, once. */
void services_capture_take(struct assay_job *job, struct services_capture *c,
    const struct assay_frame *frame);
void services_capture_end(
    struct assay_job *job, const struct services_capture *c);

/* judge.c */

void services_judge(struct assay_job *job);

#endif
