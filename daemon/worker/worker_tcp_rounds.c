/*
 * worker_tcp_rounds: the open TCP ports of one address after the other, each
 * between two controls.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"

#define ALL_PORTS 65535

struct assay_tcp_rounds {
	struct assay_job *job;
	const struct assay_target *target; /* under way */
	size_t next;
	struct assay_tcp_sweep *sweep;
	struct assay_ports open;
	uint16_t responder; /* for the closing control */
	bool is_cancelled;
	void (*on_open)(struct assay_job *, void *, const struct assay_target *,
	    const struct assay_ports *);
	void *arg;
};

static void start_target(struct assay_tcp_rounds *r);

/* ---- observations ---- */

static struct assay_frames
sweep_frames(const struct assay_tcp_rounds *r, uint16_t first, uint16_t last,
    const char *comment)
{
	const struct assay_frames f = { ASSAY_TCP, r->target,
		ASSAY_TCP_SWEEP_SOURCE_FIRST, ASSAY_TCP_SWEEP_SOURCE_LAST,
		first, last, comment };

	return f;
}

static void
observe_sweep(
    const struct assay_tcp_rounds *r, const struct assay_tcp_swept *swept)
{
	const struct assay_subject on = ASSAY_ON(r->target, 0);
	const struct assay_frames f =
	    sweep_frames(r, 1, ALL_PORTS, "the sweep");
	struct assay_job *job = r->job;
	uint32_t id;

	assay_observe_on(job, on, "sweep.end",
	    ASSAY_STRING(assay_sweep_end_name(swept->end)), &f, 1);
	assay_observe_count(job, on, "sweep.asked", swept->asked);
	assay_observe_count(job, on, "sweep.answered", swept->answered);
	assay_observe_count(job, on, "sweep.unsettled", swept->unsettled);
	id = assay_observe_on(
	    job, on, "ports.open", ASSAY_PORTS(&swept->open), NULL, 0);
	assay_note_pace(job, &swept->stats);
	assay_control_during(job, &swept->stats, id);
}

/* The sweep's first answer is the control before. */
static void
control_before(const struct assay_tcp_rounds *r)
{
	const bool good = r->responder != 0;
	const struct assay_frames f =
	    sweep_frames(r, r->responder, r->responder, "first answer");

	assay_control(r->job, ASSAY_BEFORE, good,
	    assay_observe_on(r->job, ASSAY_ON(r->target, r->responder),
		"control.before", ASSAY_BOOL(good), &f, good ? 1 : 0));
}

static void
control_after(
    struct assay_tcp_rounds *r, bool good, const struct assay_frames *f)
{
	assay_control(r->job, ASSAY_AFTER, good,
	    assay_observe_on(r->job, ASSAY_ON(r->target, r->responder),
		"control.after", ASSAY_BOOL(good), f, f == NULL ? 0 : 1));
	start_target(r);
}

/* ---- address by address ---- */

static void
on_swept(struct assay_job *job, void *arg, const struct assay_tcp_swept *swept)
{
	struct assay_tcp_rounds *r = arg;

	r->open = swept->open;
	r->responder = swept->responder;
	observe_sweep(r, swept);
	control_before(r);
	assay_tcp_sweep_free(r->sweep);
	r->sweep = NULL;
	if (r->is_cancelled)
		assay_finish(job);
	else
		r->on_open(job, r->arg, r->target, &r->open);
}

static void
start_target(struct assay_tcp_rounds *r)
{
	struct assay_job *job = r->job;

	r->target = assay_target_next(job, &r->next);
	if (r->target == NULL)
		assay_finish(job);
	else
		r->sweep = assay_tcp_sweep_new(job, r->target,
		    assay_param_ports(job, "ports"),
		    assay_param_u64(job, "max_pps"), on_swept, r);
}

struct assay_tcp_rounds *
assay_tcp_rounds_start(struct assay_job *job,
    void (*on_open)(struct assay_job *, void *arg, const struct assay_target *,
	const struct assay_ports *open),
    void *arg)
{
	struct assay_tcp_rounds *r = xcalloc(1, sizeof(*r));

	r->job = job;
	r->on_open = on_open;
	r->arg = arg;
	start_target(r);
	return r;
}

static void
on_control(struct assay_job *job, void *arg, enum assay_tcp_result result,
    uint16_t local_port, uint64_t took_ns)
{
	struct assay_tcp_rounds *r = arg;
	const struct assay_frames f = assay_frames_of(
	    ASSAY_TCP, r->target, local_port, r->responder, "closing control");

	(void)job;
	(void)took_ns;
	control_after(r,
	    result == ASSAY_TCP_CONNECTED || result == ASSAY_TCP_REFUSED, &f);
}

void
assay_tcp_rounds_done(struct assay_tcp_rounds *r)
{
	if (r->is_cancelled)
		assay_finish(r->job);
	else if (r->responder == 0)
		control_after(r, false, NULL);
	else
		assay_tcp_try(r->job, r->target, r->responder,
		    assay_param_ns(r->job, "handshake"), on_control, r);
}

void
assay_tcp_rounds_frame(
    struct assay_tcp_rounds *r, const struct assay_frame *frame)
{
	if (r != NULL)
		assay_tcp_sweep_frame(r->sweep, frame);
}

void
assay_tcp_rounds_health(struct assay_tcp_rounds *r, enum assay_health health)
{
	if (r != NULL)
		assay_tcp_sweep_health(r->sweep, health);
}

void
assay_tcp_rounds_cancel(struct assay_tcp_rounds *r)
{
	if (r == NULL)
		return;
	r->is_cancelled = true;
	if (r->sweep != NULL)
		assay_tcp_sweep_stop(r->sweep);
	else
		assay_finish(r->job);
}

void
assay_tcp_rounds_free(struct assay_tcp_rounds *r)
{
	if (r == NULL)
		return;
	assay_tcp_sweep_free(r->sweep);
	free(r);
}

/* ---- judge ---- */

void
assay_tcp_round_see(struct assay_tcp_round_seen *s,
    const struct assay_observation *o, uint32_t id)
{
	const struct assay_counter counters[] = { { "sweep.asked", &s->asked },
		{ "sweep.answered", &s->answered },
		{ "sweep.unsettled", &s->unsettled } };

	if (strcmp(o->field, "sweep.end") == 0) {
		s->end = o->value.string;
		s->sweep_id = id;
	} else if (strcmp(o->field, "ports.open") == 0) {
		s->open = *o->value.ports;
	} else if (strcmp(o->field, "control.after") == 0) {
		s->control = o->value.boolean;
		s->control_id = id;
	} else {
		assay_see_count(o, o->field, counters,
		    sizeof(counters) / sizeof(counters[0]));
	}
}

enum assay_doubt
assay_tcp_round_doubt(const struct assay_tcp_round_seen *s)
{
	if (s->answered == 0)
		return ASSAY_DOUBT_NO_RESPONDER;
	if (strcmp(s->end, "gone") == 0)
		return ASSAY_DOUBT_GONE;
	if (s->asked < ALL_PORTS)
		return ASSAY_DOUBT_PARTIAL;
	if (strcmp(s->end, "complete") != 0 || s->unsettled > 0)
		return ASSAY_DOUBT_UNSETTLED;
	return s->control ? ASSAY_DOUBT_NONE : ASSAY_DOUBT_CONTROL;
}
