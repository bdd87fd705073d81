/*
 * datagrams: a UDP socket towards one port of the device (ASSAY_NEED_UDP).
 *
 * For conversations by datagram of more than one question: all from one port
 * of the bench, as long as it is open.
 */
#ifndef ASSAY_CONTRACT_DATAGRAMS_H
#define ASSAY_CONTRACT_DATAGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/targets.h"

#pragma GCC visibility push(default)

struct assay_datagrams;

#define ASSAY_DATAGRAM_MAX 2048 /* what is longer is cut */

struct assay_datagrams_spec {
	const struct assay_target *target;
	uint16_t port;
	/* One from the target's address and this port. */
	void (*on_heard)(
	    struct assay_job *, void *arg, const uint8_t *bytes, size_t n);
	/* ICMP: nobody is at that port. */
	void (*on_refused)(struct assay_job *, void *arg);
	void *arg;
};
/* NULL: our own trouble, never the device's.  Neither callback comes from
 * within; both may close it. */
struct assay_datagrams *assay_datagrams_open(
    struct assay_job *, const struct assay_datagrams_spec *);
/* -1: it was not sent, which is our own trouble, too. */
int assay_datagrams_send(struct assay_datagrams *, const void *bytes, size_t n);
/* By which observations name the frames. */
uint16_t assay_datagrams_port(const struct assay_datagrams *);
/* The probe closes each, in fini at the latest; NULL is fine. */
void assay_datagrams_close(struct assay_datagrams *);

#pragma GCC visibility pop

#endif
