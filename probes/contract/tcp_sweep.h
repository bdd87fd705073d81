/*
 * tcp_sweep: the open TCP ports of one address (ASSAY_NEED_LINK).
 *
 * A SYN to each port (RFC 9293 section 3.5) by a sweep: what answers SYN-ACK
 * is open, RST closed, and silence is believed as a sweep believes it.  The
 * bench's kernel, which knows nothing of these SYNs, answers a SYN-ACK with
 * RST.
 */
#ifndef ASSAY_CONTRACT_TCP_SWEEP_H
#define ASSAY_CONTRACT_TCP_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/sweep.h"

#pragma GCC visibility push(default)

struct assay_tcp_sweep;

#define ASSAY_TCP_SWEEP_SOURCE_FIRST 61000 /* its own ports */
#define ASSAY_TCP_SWEEP_SOURCE_LAST 64999

struct assay_tcp_swept {
	enum assay_sweep_end end;
	struct assay_ports open;
	uint32_t asked, answered, silent, unsettled; /* ports */
	uint16_t responder; /* answered; an open one if there is; 0: none */
	struct assay_sweep_stats stats;
	struct assay_ports closed, unreachable; /* by RST, by ICMP */
};

struct assay_tcp_sweep_spec {
	const struct assay_target *target;
	const struct assay_ports *ports; /* copied */
	const struct assay_ports *first; /* asked before the others; or NULL */
	uint64_t max_pps;                /* 0: what the device can take */
	uint64_t patience_ns; /* how long to wait for one that fell silent */
	/* Once, from the loop; then it is free to be freed. */
	void (*on_end)(
	    struct assay_job *, void *arg, const struct assay_tcp_swept *);
	void *arg;
};
struct assay_tcp_sweep *assay_tcp_sweep_start(
    struct assay_job *, const struct assay_tcp_sweep_spec *);

/* The same with ten seconds of patience. */
struct assay_tcp_sweep *assay_tcp_sweep_new(struct assay_job *,
    const struct assay_target *, const struct assay_ports *, uint64_t max_pps,
    void (*on_end)(
	struct assay_job *, void *arg, const struct assay_tcp_swept *),
    void *arg);
/* From on_frame: every frame.  This and the next two: NULL is fine. */
void assay_tcp_sweep_frame(
    struct assay_tcp_sweep *, const struct assay_frame *);
/* From on_health. */
void assay_tcp_sweep_health(struct assay_tcp_sweep *, enum assay_health);
void assay_tcp_sweep_stop(struct assay_tcp_sweep *); /* as gone */
/* As far as it has come, at any time; end is 0 before on_end. */
void assay_tcp_sweep_result(
    const struct assay_tcp_sweep *, struct assay_tcp_swept *);
void assay_tcp_sweep_free(struct assay_tcp_sweep *); /* NULL is fine */

/* The open TCP ports of all addresses (ASSAY_NEED_LINK, _TCP).
 *
 * One chosen address after the other: swept, then its open ports are the
 * probe's to ask, between two controls.  Reads the parameters "addresses",
 * "ports", "max_pps" and "handshake"; observes what ASSAY_TCP_ROUNDS_FIELDS
 * names; after the last address the job is finished. */
struct assay_tcp_rounds;

/* Rows of observations and of params. */
#define ASSAY_TCP_ROUNDS_FIELDS \
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" }, \
	    { "sweep.asked", ASSAY_TYPE_U64, "port", \
		    "TCP ports asked at all" }, \
	    { "sweep.answered", ASSAY_TYPE_U64, "port", \
		    "ports that answered" }, \
	    { "sweep.unsettled", ASSAY_TYPE_U64, "port", "nobody can tell" }, \
	    { "ports.open", ASSAY_TYPE_PORTS, "port", \
		    "SYN answered by SYN-ACK" }, \
	    { "control.before", ASSAY_TYPE_BOOL, "", "a port answered" }, \
	{ \
		"control.after", ASSAY_TYPE_BOOL, "", "the same port again" \
	}
#define ASSAY_TCP_ROUNDS_PARAMS \
	ASSAY_ADDRESSES("Which of the device's addresses are asked."), \
	    { "ports", ASSAY_PARAM_PORTS, "1-65535", 0, 0, NULL, \
		    "Which TCP ports are asked; fewer than all never pass." }, \
	    ASSAY_HANDSHAKE, ASSAY_MAX_PPS

/* on_open: of this target these ports are open; both are there until
 * assay_tcp_rounds_done() says that they are asked. */
struct assay_tcp_rounds *assay_tcp_rounds_start(struct assay_job *,
    void (*on_open)(struct assay_job *, void *arg, const struct assay_target *,
	const struct assay_ports *open),
    void *arg);
void assay_tcp_rounds_done(struct assay_tcp_rounds *);
/* From on_frame, on_health, cancel and fini; NULL is fine. */
void assay_tcp_rounds_frame(
    struct assay_tcp_rounds *, const struct assay_frame *);
void assay_tcp_rounds_health(struct assay_tcp_rounds *, enum assay_health);
void assay_tcp_rounds_cancel(struct assay_tcp_rounds *);
void assay_tcp_rounds_free(struct assay_tcp_rounds *);

/* What a judge reads of one address. */
struct assay_tcp_round_seen {
	const char *end; /* of the sweep; NULL: it was not swept */
	uint64_t asked, answered, unsettled; /* ports */
	struct assay_ports open;
	uint32_t sweep_id, control_id; /* observations; 0: none */
	bool control;                  /* the closing one was good */
};
void assay_tcp_round_see(struct assay_tcp_round_seen *,
    const struct assay_observation *, uint32_t id); /* [judge] */
/* Whether the sweep leaves a doubt that there are other open ports. [judge] */
enum assay_doubt assay_tcp_round_doubt(const struct assay_tcp_round_seen *);

#pragma GCC visibility pop

#endif
