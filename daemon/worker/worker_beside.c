/*
 * worker_beside: questions that a good device leaves unanswered, beside two
 * that it answers, so that its silence shows something.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"
#include "protocols/ip_probe.h"
#include "protocols/syn_probe.h"

#define ECHO 0 /* the sweep's questions: the responders, then the probe's */
#define SYN 1
#define RESPONDERS 2
#define CLOSING_TRIES 5

struct assay_beside {
	struct assay_beside_spec spec;
	struct assay_sweep *sweep;
	struct ip_probe ip; /* for echoes */
	struct syn_probe syn;
	uint16_t syn_port;
	uint16_t *serials; /* of each question's last asking */
	bool heard[RESPONDERS];
	bool is_closing; /* the sweep under way is the closing control */
	unsigned tries;  /* of it */
};

static uint8_t
icmp(const struct assay_target *t)
{
	return t->family == 4 ? 1 : 58;
}

/* Who is asked again in the end. */
static uint32_t
responder(const struct assay_beside *b)
{
	return b->heard[ECHO] ? ECHO : SYN;
}

/* ---- observations ---- */

static void
observe_control(struct assay_job *job, const struct assay_beside *b,
    enum assay_phase phase, bool good, const char *comment)
{
	const struct assay_target *t = b->spec.target;
	struct assay_frames f = {
		.ip_proto = icmp(t), .target = t, .comment = comment
	};

	if (responder(b) == SYN)
		f = assay_frames_of(ASSAY_TCP, t, 0, b->syn_port, comment);
	assay_control(job, phase, good,
	    assay_observe_on(job, ASSAY_ON(t, 0), "control", ASSAY_BOOL(good),
		&f, good ? 1 : 0));
}

static void
observe_sweep(struct assay_job *job, const struct assay_beside *b,
    enum assay_sweep_end end)
{
	const struct assay_subject on = ASSAY_ON(b->spec.target, 0);
	struct assay_sweep_stats stats;

	assay_sweep_stats(b->sweep, &stats);
	assay_observe_on(job, on, "sweep.end",
	    ASSAY_STRING(assay_sweep_end_name(end)), &b->spec.frames, 1);
	b->spec.on_swept(job, b->spec.arg);
	assay_observe_count(job, on, "sweep.checks_lost", stats.checks_lost);
	assay_note_pace(job, &stats);
	assay_control_during(job, &stats,
	    assay_observe_count(job, on, "sweep.checks", stats.checks));
}

/* ---- the sweep, and the closing control ---- */

static void start_closing(struct assay_job *job, struct assay_beside *b);

static size_t
build(struct assay_job *job, void *arg, uint32_t q, uint16_t serial,
    uint8_t *frame)
{
	struct assay_beside *b = arg;
	const struct ip_ask echo = { icmp(b->spec.target), IP_CONTROL };

	if (b->is_closing)
		q = responder(b);
	b->serials[q] = serial;
	if (q == SYN)
		return syn_probe_build(&b->syn, b->syn_port, serial, frame);
	if (q == ECHO)
		return ip_probe_build(&b->ip, &echo, serial, frame);
	return b->spec.build(job, b->spec.arg, q - RESPONDERS, serial, frame);
}

static void
end(struct assay_job *job, struct assay_beside *b, bool good)
{
	observe_control(job, b, ASSAY_AFTER, good, "closing control");
	b->spec.on_end(job, b->spec.arg);
}

static void
on_closed(struct assay_job *job, void *arg, enum assay_sweep_end how)
{
	struct assay_beside *b = arg;
	const bool good =
	    assay_sweep_state(b->sweep, 0) == ASSAY_SWEEP_ANSWERED;

	assay_sweep_free(b->sweep);
	b->sweep = NULL;
	if (!good && how == ASSAY_SWEEP_UNSETTLED && ++b->tries < CLOSING_TRIES)
		start_closing(job, b);
	else
		end(job, b, good);
}

static void
on_swept(struct assay_job *job, void *arg, enum assay_sweep_end how)
{
	struct assay_beside *b = arg;
	bool heard;

	observe_sweep(job, b, how);
	assay_sweep_free(b->sweep);
	b->sweep = NULL;
	heard = b->heard[ECHO] || b->heard[SYN];
	/* The first answer was the control before, this is the one after. */
	observe_control(
	    job, b, ASSAY_BEFORE, heard, heard ? "first answer" : "");
	b->is_closing = true;
	if (heard)
		start_closing(job, b);
	else
		end(job, b, false);
}

/* The responder once more. */
static void
start_closing(struct assay_job *job, struct assay_beside *b)
{
	const struct assay_sweep_spec spec = { 1, NULL, 0, b->spec.serials,
		assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), build, on_closed, b };

	b->sweep = assay_sweep_new(job, &spec);
}

static void
prepare(struct assay_job *job, struct assay_beside *b)
{
	static const struct ip_probe_ends nothing;
	const struct assay_target *t = b->spec.target;
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	size_t i;

	b->syn_port = assay_declared_tcp_port(job, t);
	syn_probe_init(&b->syn, &e, assay_random(job),
	    ASSAY_TCP_SWEEP_SOURCE_FIRST, b->spec.serials);
	ip_probe_init(&b->ip, &e, &nothing, (uint32_t)assay_random(job));
	for (i = 1; b->spec.from_all && i < assay_source_count(job, t); i++)
		ip_probe_add_source(&b->ip, assay_source_at(job, t, i));
}

struct assay_beside *
assay_beside_new(struct assay_job *job, const struct assay_beside_spec *spec)
{
	static const uint32_t first[RESPONDERS] = { ECHO, SYN };
	struct assay_beside *b = xcalloc(1, sizeof(*b));
	const struct assay_sweep_spec sweep = { RESPONDERS + spec->count, first,
		RESPONDERS, spec->serials, assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), build, on_swept, b };

	b->spec = *spec;
	b->serials = xcalloc(sweep.count, sizeof(*b->serials));
	prepare(job, b);
	b->sweep = assay_sweep_new(job, &sweep);
	return b;
}

/* ---- answers ---- */

static void
take_answer(struct assay_beside *b, uint32_t q, uint16_t serial, bool liked)
{
	if (q < RESPONDERS)
		b->heard[q] = true;
	if (serial >= b->spec.serials)
		serial = b->serials[q];
	if (b->is_closing && q == responder(b))
		assay_sweep_answer(b->sweep, 0, serial, liked);
	else if (!b->is_closing)
		assay_sweep_answer(b->sweep, q, serial, liked);
}

/* An error about the echo is no answer to it. */
bool
assay_beside_frame(struct assay_beside *b, const struct assay_frame *frame)
{
	enum syn_answer syn;
	struct ip_ask ask;
	uint16_t port, serial;

	if (b->sweep == NULL)
		return false;
	syn = syn_probe_read(&b->syn, frame->data, frame->size, &port, &serial);
	if (syn == SYN_OPEN || syn == SYN_CLOSED) {
		take_answer(b, SYN, serial, syn == SYN_OPEN);
		return true;
	}
	if (ip_probe_read(&b->ip, frame->data, frame->size, &ask, &serial) !=
		IP_ANSWERED ||
	    ask.form != IP_CONTROL || ask.proto != icmp(b->spec.target))
		return false;
	take_answer(b, ECHO, serial, true);
	return true;
}

void
assay_beside_answer(struct assay_beside *b, uint32_t q, uint16_t serial)
{
	if (b->sweep != NULL)
		take_answer(b, RESPONDERS + q, serial, false);
}

enum assay_sweep_state
assay_beside_state(const struct assay_beside *b, uint32_t q)
{
	return assay_sweep_state(b->sweep, RESPONDERS + q);
}

bool
assay_beside_heard_echo(const struct assay_beside *b)
{
	return b->heard[ECHO];
}

void
assay_beside_health(struct assay_beside *b, enum assay_health health)
{
	if (b == NULL || b->sweep == NULL)
		return;
	/* Another address: what was seen is of another time. */
	if (health == ASSAY_ADDRESS_CHANGED)
		assay_sweep_stop(b->sweep);
	else
		assay_sweep_health(b->sweep, health);
}

void
assay_beside_stop(struct assay_beside *b)
{
	if (b != NULL && b->sweep != NULL)
		assay_sweep_stop(b->sweep);
}

void
assay_beside_free(struct assay_beside *b)
{
	if (b == NULL)
		return;
	assay_sweep_free(b->sweep);
	free(b->serials);
	free(b);
}

/* ---- judge ---- */

void
assay_beside_see(
    struct assay_beside_seen *s, const struct assay_observation *o, uint32_t id)
{
	if (strcmp(o->field, "sweep.end") == 0) {
		s->end = o->value.string;
		s->sweep_id = id;
	} else if (strcmp(o->field, "control") == 0) {
		s->heard |= o->value.boolean;
		s->control = o->value.boolean;
		s->control_id = id;
	}
}

enum assay_doubt
assay_beside_doubt(const struct assay_beside_seen *s, uint64_t unsettled)
{
	if (!s->heard)
		return ASSAY_DOUBT_NO_RESPONDER;
	if (strcmp(s->end, "gone") == 0)
		return ASSAY_DOUBT_GONE;
	if (strcmp(s->end, "complete") != 0 || unsettled > 0)
		return ASSAY_DOUBT_UNSETTLED;
	return s->control ? ASSAY_DOUBT_NONE : ASSAY_DOUBT_CONTROL;
}
