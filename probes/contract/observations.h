/*
 * observations: what was seen, the frames that show it, and the controls.
 */
#ifndef ASSAY_CONTRACT_OBSERVATIONS_H
#define ASSAY_CONTRACT_OBSERVATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/targets.h"

#pragma GCC visibility push(default)

/* Which frames show it, within this job's span of the capture and between
 * the bench and the DUT only.  Zero and empty fields match all.
 *
 * Over a stored capture the span is the whole file and the DUT's MAC decides:
 * "local" is then whoever it talked with, bench or not, "remote" the DUT.  A
 * passive probe names what it saw by protocol, ports and the DUT's address. */
struct assay_frames {
	uint8_t ip_proto; /* 6, 17, 1, 58; 0: any (ARP included) */
	const struct assay_target *target;  /* NULL: any address of the DUT */
	uint16_t local_first, local_last;   /* the bench's ports; 0,0: any */
	uint16_t remote_first, remote_last; /* the DUT's ports; 0,0: any */
	const char *comment; /* for the slice; NULL: the field's name */
};

struct assay_observation {
	const char *field;                 /* one of the descriptor's */
	const struct assay_target *target; /* subject; NULL: the DUT */
	uint16_t port;                     /* subject; 0: none */
	struct assay_value value;
	const struct assay_frames *frames;
	size_t nframes;
};
/* Returns the observation's id, from 1. */
uint32_t assay_observe(struct assay_job *, const struct assay_observation *);

/* The same in fewer words: of what, field, value, and the frames of it. */
struct assay_subject {
	const struct assay_target *target; /* NULL: the DUT */
	uint16_t port;                     /* 0: none */
};
#define ASSAY_ON(target_, port_) \
	((struct assay_subject){ .target = (target_), .port = (port_) })
uint32_t assay_observe_on(struct assay_job *, struct assay_subject,
    const char *field, struct assay_value, const struct assay_frames *,
    size_t nframes);
/* The frames of one exchange; a port of 0: any. */
struct assay_frames assay_frames_of(enum assay_transport,
    const struct assay_target *, uint16_t local_port, uint16_t remote_port,
    const char *comment);
/* A number without frames of its own. */
uint32_t assay_observe_count(
    struct assay_job *, struct assay_subject, const char *field, uint64_t n);

/* A control: a normal exchange that shows bench and DUT to work.  obs: the
 * observation that shows it.  A verdict pass needs the last one good. */
enum assay_phase {
	ASSAY_BEFORE = 1,
	ASSAY_DURING,
	ASSAY_AFTER
};
void assay_control(
    struct assay_job *, enum assay_phase, bool good, uint32_t obs);

/* The pace reached, and whatever differed from the defaults: goes into the
 * record.  name: "pace.max_pps" …; the last of each name counts. */
void assay_note(struct assay_job *, const char *name, struct assay_value);

/* What the watch says of the DUT while the job runs. */
enum assay_health {
	ASSAY_UP = 1,
	ASSAY_SLOW,
	ASSAY_DOWN,
	ASSAY_REBOOTED,
	ASSAY_ADDRESS_CHANGED,
	ASSAY_LINK_LOST
};
void assay_on_health(struct assay_job *,
    void (*on_health)(struct assay_job *, enum assay_health));

#pragma GCC visibility pop

#endif
