/*
 * udp_sweep: the UDP ports of one address (ASSAY_NEED_LINK, _SOURCES).
 *
 * Each port is asked with a payload of the probe's, from one of the bench's
 * addresses after the other.  A datagram back is an open port, ICMP "port
 * unreachable" a closed one.  Devices say few of these a second; how few is
 * learnt from known responders that are asked all the while.  What stays
 * unanswered so often that, at the loss these show, an answer would have come
 * through (chance below one in a million) is silent: open or filtered.
 */
#ifndef ASSAY_CONTRACT_UDP_SWEEP_H
#define ASSAY_CONTRACT_UDP_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/sweep.h"

#pragma GCC visibility push(default)

struct assay_udp_sweep;

#define ASSAY_UDP_SWEEP_SOURCE_FIRST 61000 /* its own ports */
#define ASSAY_UDP_SWEEP_SOURCE_LAST 64999
#define ASSAY_UDP_PAYLOAD_MAX 1232

struct assay_udp_sweep_spec {
	const struct assay_target *target;
	const struct assay_ports *ports; /* copied */
	const struct assay_ports *first; /* asked before all others; or NULL */
	/* Or NULL; copied.  Their services keep something for everyone who
	 * asks (a handshake begun): asked from one address and port, so that
	 * it is kept once, and as known responders when there is no other. */
	const struct assay_ports *holding;
	uint64_t max_pps;     /* 0: what the device can take */
	uint64_t patience_ns; /* how long to wait for one that fell silent */
	/* Writes what asks port, at most ASSAY_UDP_PAYLOAD_MAX bytes; returns
	 * its size.  attempt: from 0, the port's. */
	size_t (*payload)(struct assay_job *, void *arg, uint16_t port,
	    unsigned attempt, uint8_t *out);
	/* Once, from the loop; then it is free to be freed. */
	void (*on_end)(struct assay_job *, void *arg, enum assay_sweep_end);
	void *arg;
};

struct assay_udp_swept {
	struct assay_ports open, closed, filtered, silent, unsettled;
	uint16_t responder; /* answered, a closed one if there is; 0: none */
	uint32_t sources;   /* used */
	uint64_t icmp_pps;  /* ICMP a second while the device held back; or 0 */
	uint32_t icmp_sources; /* from so many addresses */
	struct assay_sweep_stats stats;
};

struct assay_udp_sweep *assay_udp_sweep_new(
    struct assay_job *, const struct assay_udp_sweep_spec *);
/* From on_frame: every frame. */
void assay_udp_sweep_frame(
    struct assay_udp_sweep *, const struct assay_frame *);
/* From on_health. */
void assay_udp_sweep_health(struct assay_udp_sweep *, enum assay_health);
void assay_udp_sweep_stop(struct assay_udp_sweep *, enum assay_sweep_end);
/* At any time. */
void assay_udp_sweep_result(
    const struct assay_udp_sweep *, struct assay_udp_swept *);
/* Of an open port: our source port in the exchange, and the device's, which
 * may be another (RFC 1350 section 4). */
void assay_udp_sweep_exchange(const struct assay_udp_sweep *, uint16_t port,
    uint16_t *local_port, uint16_t *remote_port);
void assay_udp_sweep_free(struct assay_udp_sweep *); /* NULL is fine */

#pragma GCC visibility pop

#endif
