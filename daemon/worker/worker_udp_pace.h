/*
 * worker_udp_pace: how fast a device may be asked for closed UDP ports, and
 * from how many of the bench's addresses.
 *
 * A device says few "port unreachable" a second, to each address, to all of
 * them, or both (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 f), and does
 * not say how few.  What is known is the share of known responders that was
 * heard: while it is good, faster; when it falls, more addresses, as long as
 * that helps; when it does not, slower.  Pure.
 */
#ifndef ASSAY_WORKER_UDP_PACE_H
#define ASSAY_WORKER_UDP_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Known responders asked since the last change, and those not heard; the same
 * of those asked from fresh addresses. */
struct worker_udp_heard {
	uint32_t checks; /* not 0 */
	uint32_t lost, fresh, fresh_lost;
	uint64_t took_ns;
};

struct worker_udp_pace {
	double pps, top;
	double tolerance;     /* loss that is no reason to change anything */
	uint32_t sources;     /* in use: the first so many */
	uint32_t sources_max; /* there are */
	uint32_t changes;     /* raised with every change of pps or sources */
	/* the last growth, until it is known whether it helped */
	bool trial;
	struct worker_udp_heard recent; /* since the last decision */
	double loss_before;
	uint32_t sources_old;    /* before it: the others are fresh */
	uint32_t sources_before; /* before the first that did not help */
	unsigned useless;        /* growths in a row */
	unsigned rest;           /* epochs until growing is tried again */
	unsigned rest_next;      /* the same, next time it does not help */
	double ceiling;
	unsigned ceiling_epochs; /* for how long it holds */
	bool has_slowed;
	unsigned streak;   /* decisions in a row without a loss */
	double sustained;  /* heard a second, over some seconds; 0: unknown */
	double slowed_pps; /* where slowing began; 0: it has not */
	uint32_t low_checks, low_lost; /* at half of that and less */
	double line_loss;              /* what no slowing mends */
	uint64_t max_pps, min_pps;     /* while answers came */
	uint32_t slowed;               /* times */
};

/* max_pps 0: what the device can take. */
void worker_udp_pace_init(
    struct worker_udp_pace *p, uint64_t max_pps, uint32_t sources);
void worker_udp_pace_hear(
    struct worker_udp_pace *p, const struct worker_udp_heard *h);
/* Nobody has answered yet, there is nothing to listen to. */
void worker_udp_pace_blind(struct worker_udp_pace *p);
/* What was asked once is asked again, more gently. */
void worker_udp_pace_again(struct worker_udp_pace *p);
/* The device is back after it fell silent. */
void worker_udp_pace_revive(struct worker_udp_pace *p);
/* It slept, and goes on at this pace. */
void worker_udp_pace_woke(struct worker_udp_pace *p, double pps);

#endif
