/*
 * worker_tls_ports: every open port of one address after the other is asked
 * what it takes of TLS.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"
#include "protocols/tls_enumerate.h"
#include "protocols/tls_names.h"

#define ALL_PORTS 65535
#define TLS_IDS_MAX 64
#define OLD_IDS_MAX 32

struct assay_tls_ports {
	struct assay_job *job;
	struct assay_tls_ports_spec spec;
	struct assay_tcp_rounds *rounds;
	struct assay_series *series;
	const struct assay_target *target;
	const struct assay_ports *open;
	uint32_t port; /* under way */
	bool is_withheld, is_lost;
	struct tls_enumerate plan;
	uint16_t local[TLS_ENUMERATE_VERSIONS]; /* that show each version */
	uint16_t first_local;
	char differs[96]; /* what was answered otherwise than before */
	struct assay_frames differing[2];
	uint8_t room[TLS_REPLY_ROOM];
};

static void next_port(struct assay_tls_ports *p);

static struct assay_subject
subject(const struct assay_tls_ports *p)
{
	return ASSAY_ON(p->target, (uint16_t)p->port);
}

/* ---- observations ---- */

static const char *
port_is(const struct assay_tls_ports *p)
{
	size_t i;

	if (p->is_withheld)
		return "unasked";
	if (p->plan.is_tls)
		return "tls";
	if (p->plan.is_strange)
		return "other";
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		if (p->plan.versions[i].taken != TLS_NOT_TAKEN)
			return p->is_lost ? "lost" : "silent";
	return "closes";
}

static const char *
taken_word(const struct tls_version_taken *v)
{
	switch (v->taken) {
	case TLS_TAKEN:
		return v->incomplete ? "taken in part" : "taken";
	case TLS_NOT_TAKEN:
		return "refused";
	case TLS_UNASKED:
	case TLS_UNKNOWN:
		break;
	}
	return "unknown";
}

static void
observe(struct assay_tls_ports *p)
{
	const struct tls_version_taken *v;
	struct assay_frames f;
	char text[64];
	size_t i;

	f = assay_frames_of(ASSAY_TCP, p->target, p->first_local,
	    (uint16_t)p->port, "first hello");
	assay_observe_on(p->job, subject(p), "tls.port",
	    ASSAY_STRING(port_is(p)), &f, p->first_local == 0 ? 0 : 1);
	for (i = 0; p->plan.is_tls && i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &p->plan.versions[i];
		snprintf(text, sizeof(text), "%s %s",
		    tls_version_name(v->version), taken_word(v));
		f = assay_frames_of(ASSAY_TCP, p->target, p->local[i],
		    (uint16_t)p->port, tls_version_name(v->version));
		assay_observe_on(p->job, subject(p), "tls.version",
		    ASSAY_STRING(text), &f, p->local[i] == 0 ? 0 : 1);
	}
	if (p->differs[0] != '\0')
		assay_observe_on(p->job, subject(p), "tls.differs",
		    ASSAY_STRING(p->differs), p->differing, 2);
}

/* ---- one port ---- */

static size_t
next_hello(struct assay_job *job, void *arg, uint8_t *say, uint32_t *tag)
{
	struct assay_tls_ports *p = arg;
	uint8_t random[32];
	uint64_t chance;
	size_t i;

	for (i = 0; i < sizeof(random); i += sizeof(chance)) {
		chance = assay_random(job);
		memcpy(random + i, &chance, sizeof(chance));
	}
	return tls_enumerate_next(
	    &p->plan, random, say, ASSAY_TALK_SAY_MAX, tag);
}

static bool
is_enough(void *arg, const uint8_t *heard, size_t n)
{
	struct assay_tls_ports *p = arg;

	return tls_reply_is_enough(heard, n, p->spec.versions_only, p->room);
}

static void
hear(struct assay_tls_ports *p, struct tls_reply *reply,
    const struct assay_talked *t)
{
	memset(reply, 0, sizeof(*reply));
	switch (t->end) {
	case ASSAY_TALK_ANSWERED:
	case ASSAY_TALK_CLOSED:
	case ASSAY_TALK_QUIET:
		tls_reply_read(reply, t->heard, t->nheard,
		    t->end == ASSAY_TALK_CLOSED, p->room);
		break;
	case ASSAY_TALK_REFUSED:
	case ASSAY_TALK_UNREACHABLE:
	case ASSAY_TALK_TIMEOUT:
	case ASSAY_TALK_LOCAL:
		p->is_lost = true;
		reply->outcome = TLS_LOST;
		break;
	}
}

/* The first difference is told, with the connection before it. */
static void
note_difference(struct assay_tls_ports *p, uint8_t version, uint16_t before,
    const struct tls_reply *r, const struct assay_frames *f)
{
	const char *name = tls_version_name(p->plan.versions[version].version);
	struct tls_suite suite;

	if (!p->plan.differs || p->differs[0] != '\0')
		return;
	p->differing[0] = assay_frames_of(
	    ASSAY_TCP, p->target, before, (uint16_t)p->port, "answered before");
	p->differing[1] = *f;
	if (r->outcome != TLS_CHOSE) {
		snprintf(p->differs, sizeof(p->differs), "%s: refused", name);
		return;
	}
	(void)tls_suite_of(r->suite, &suite);
	snprintf(p->differs, sizeof(p->differs), "%s: chose %s %s", name,
	    tls_version_name(r->version),
	    r->version == TLS_SSL2 ? "" : suite.name);
}

static void
on_talked(struct assay_job *job, void *arg, uint32_t tag,
    const struct assay_talked *talked)
{
	struct assay_tls_ports *p = arg;
	const uint8_t version = p->plan.lanes[tag].version;
	const uint16_t before = p->local[version];
	const bool was_taken = p->plan.versions[version].taken == TLS_TAKEN;
	const struct assay_frames f = assay_frames_of(ASSAY_TCP, p->target,
	    talked->local_port, (uint16_t)p->port, "hello and answer");
	struct tls_reply reply;

	if (talked->withheld) {
		p->is_withheld = true;
		assay_series_stop(p->series);
		return;
	}
	if (p->first_local == 0)
		p->first_local = talked->local_port;
	if (!was_taken)
		p->local[version] = talked->local_port;
	hear(p, &reply, talked);
	tls_enumerate_hear(&p->plan, tag, &reply);
	note_difference(p, version, before, &reply, &f);
	if (reply.outcome == TLS_CHOSE && p->spec.on_chosen != NULL)
		p->spec.on_chosen(job, p->spec.arg, subject(p), &reply, &f);
}

static void
on_series_end(struct assay_job *job, void *arg)
{
	struct assay_tls_ports *p = arg;

	assay_series_free(p->series);
	p->series = NULL;
	observe(p);
	if (p->spec.on_port == NULL ||
	    !p->spec.on_port(job, p->spec.arg, subject(p), &p->plan))
		next_port(p);
}

static void
ask_port(struct assay_tls_ports *p)
{
	struct assay_job *job = p->job;
	const char *host = assay_param_string(job, "host");
	const struct assay_series_spec spec = {
		.talk = { .target = p->target,
		    .port = (uint16_t)p->port,
		    .connect_ns = assay_param_ns(job, "handshake"),
		    .listen_ns = assay_param_ns(job, "answer"),
		    .quiet_ns = assay_param_ns(job, "answer"),
		    .max = TLS_REPLY_ROOM,
		    .is_enough = is_enough },
		.most = assay_param_u64(job, "at_once"),
		.next = next_hello,
		.on_talked = on_talked,
		.on_end = on_series_end,
		.arg = p,
	};

	tls_enumerate_begin(&p->plan, p->spec.versions_only);
	p->plan.wants_again = p->spec.asks_again;
	if (host[0] != '\0')
		p->plan.host = host;
	p->differs[0] = '\0';
	memset(p->local, 0, sizeof(p->local));
	p->first_local = 0;
	p->is_withheld = p->is_lost = false;
	p->series = assay_series_start(job, &spec);
}

static void
next_port(struct assay_tls_ports *p)
{
	while (p->port < ALL_PORTS) {
		p->port++;
		if (assay_ports_has(p->open, (uint16_t)p->port)) {
			ask_port(p);
			return;
		}
	}
	assay_tcp_rounds_done(p->rounds);
}

/* ---- life ---- */

static void
on_open(struct assay_job *job, void *arg, const struct assay_target *t,
    const struct assay_ports *open)
{
	struct assay_tls_ports *p = arg;

	(void)job;
	p->target = t;
	p->open = open;
	p->port = 0;
	next_port(p);
}

/* Where the job's state has it. */
static struct assay_tls_ports **
ports_of(struct assay_job *job)
{
	return assay_state(job);
}

void
assay_tls_ports_health(struct assay_job *job, enum assay_health health)
{
	assay_tcp_rounds_health((*ports_of(job))->rounds, health);
}

void
assay_tls_ports_start(
    struct assay_job *job, const struct assay_tls_ports_spec *spec)
{
	struct assay_tls_ports *p = xcalloc(1, sizeof(*p));

	p->job = job;
	p->spec = *spec;
	*ports_of(job) = p;
	assay_on_health(job, assay_tls_ports_health);
	p->rounds = assay_tcp_rounds_start(job, on_open, p);
}

void
assay_tls_ports_go_on(struct assay_tls_ports *p)
{
	next_port(p);
}

void
assay_tls_ports_on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	const struct assay_tls_ports *p = *ports_of(job);

	if (p != NULL)
		assay_tcp_rounds_frame(p->rounds, frame);
}

void
assay_tls_ports_cancel(struct assay_job *job)
{
	const struct assay_tls_ports *p = *ports_of(job);

	if (p != NULL)
		assay_tcp_rounds_cancel(p->rounds);
}

void
assay_tls_ports_fini(struct assay_job *job)
{
	struct assay_tls_ports *p = *ports_of(job);

	*ports_of(job) = NULL;
	if (p == NULL)
		return;
	assay_series_free(p->series);
	assay_tcp_rounds_free(p->rounds);
	free(p);
}

/* ---- judge ---- */

static void
see_port(struct assay_tls_seen *s, const struct assay_observation *o)
{
	const char *is = o->value.string;
	struct assay_ports *ports = &s->unasked;

	if (strcmp(is, "tls") == 0)
		ports = &s->tls;
	else if (strcmp(is, "other") == 0 || strcmp(is, "closes") == 0)
		ports = &s->other;
	else if (strcmp(is, "silent") == 0)
		ports = &s->silent;
	assay_ports_add(ports, o->port, o->port);
	if (strcmp(is, "closes") == 0)
		assay_ports_add(&s->closes, o->port, o->port);
}

static void
see_speaker(void *arg, const struct assay_observation *o, uint32_t id)
{
	(void)id;
	if (strcmp(o->field, "tls.port") == 0 &&
	    strcmp(o->value.string, "tls") == 0)
		assay_ports_add(arg, o->port, o->port);
}

void
assay_tls_see_expected(struct assay_job *job, const struct assay_target *t,
    struct assay_tls_seen *s)
{
	size_t i;

	assay_tls_expected(job, t, &s->expected);
	for (i = 0; i < assay_target_count(job); i++)
		if (assay_target_at(job, i) != t)
			assay_see_all(job, assay_target_at(job, i), see_speaker,
			    &s->elsewhere);
}

static void
see_old(struct assay_tls_seen *s, const struct assay_observation *o,
    uint32_t id, const char *name, size_t length)
{
	const size_t used = strlen(s->old_text);

	assay_ports_add(&s->old, o->port, o->port);
	if (s->nold_ids < OLD_IDS_MAX)
		s->old_ids[s->nold_ids++] = id;
	if (used + length + 12 < sizeof(s->old_text))
		snprintf(s->old_text + used, sizeof(s->old_text) - used,
		    "%s%u %.*s", used > 0 ? ", " : "", o->port, (int)length,
		    name);
}

static void
see_version(
    struct assay_tls_seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *name = o->value.string, *word = strchr(name, ' ');
	const bool is_13 = strncmp(name, "TLSv1.3", 7) == 0;
	const bool is_new = is_13 || strncmp(name, "TLSv1.2", 7) == 0;

	if (word == NULL)
		return;
	word++;
	if (strncmp(word, "taken", 5) == 0) {
		if (is_new) {
			assay_ports_add(&s->new, o->port, o->port);
			assay_ports_add(
			    is_13 ? &s->has_13 : &s->has_12, o->port, o->port);
		} else {
			see_old(s, o, id, name, (size_t)(word - 1 - name));
		}
		if (strcmp(word, "taken in part") == 0)
			assay_ports_add(&s->in_part, o->port, o->port);
	} else if (strcmp(word, "unknown") == 0) {
		assay_ports_add(
		    is_new ? &s->unsure_new : &s->unsure_old, o->port, o->port);
	}
}

void
assay_tls_see(
    struct assay_tls_seen *s, const struct assay_observation *o, uint32_t id)
{
	const bool is_port = strcmp(o->field, "tls.port") == 0;

	if (is_port)
		see_port(s, o);
	else if (strcmp(o->field, "tls.version") == 0)
		see_version(s, o, id);
	else if (strcmp(o->field, "tls.differs") == 0)
		assay_ports_add(&s->differs, o->port, o->port);
	else {
		assay_tcp_round_see(&s->sweep, o, id);
		return;
	}
	if (s->nids < TLS_IDS_MAX)
		s->ids[s->nids++] = id;
}

const char *
assay_tls_reason(enum assay_tls_doubt doubt)
{
	static const char *const reasons[ASSAY_TLS_DOUBTS] = {
		[ASSAY_TLS_NO_RESPONDER] = "tls.no_responder",
		[ASSAY_TLS_GONE] = "tls.device_gone",
		[ASSAY_TLS_PARTIAL] = "tls.partial",
		[ASSAY_TLS_UNSETTLED] = "tls.unsettled",
		[ASSAY_TLS_CONTROL] = "tls.control_bad",
		[ASSAY_TLS_UNASKED] = "tls.unasked",
		[ASSAY_TLS_SILENT] = "tls.silent",
		[ASSAY_TLS_DECLARED] = "tls.declared_closes",
		[ASSAY_TLS_DIFFERS] = "tls.answers_differ",
		[ASSAY_TLS_UNKNOWN] = "tls.version_unknown",
		[ASSAY_TLS_NOTHING] = "tls.takes_nothing",
		[ASSAY_TLS_NONE] = "tls.none",
	};

	return reasons[doubt];
}

/* Of TLS ports, once it is known that these are all. */
static enum assay_tls_doubt
doubt_of_tls(const struct assay_tls_seen *s, const struct assay_ports *unsure,
    struct assay_ports *ports)
{
	struct assay_ports nothing = s->tls;

	if (assay_ports_count(&s->differs) > 0) {
		*ports = s->differs;
		return ASSAY_TLS_DIFFERS;
	}
	if (assay_ports_count(unsure) > 0) {
		*ports = *unsure;
		return ASSAY_TLS_UNKNOWN;
	}
	assay_ports_subtract(&nothing, &s->old);
	assay_ports_subtract(&nothing, &s->new);
	if (assay_ports_count(&nothing) > 0) {
		*ports = nothing;
		return ASSAY_TLS_NOTHING;
	}
	return assay_ports_count(&s->tls) == 0 ? ASSAY_TLS_NONE
					       : ASSAY_TLS_CERTAIN;
}

/* Ports that should speak TLS and are closed, or close at each hello: it may be
 * us they do not like, or this hour. */
static void
find_absent(const struct assay_tls_seen *s, struct assay_ports *ports)
{
	struct assay_ports closed = s->expected;

	*ports = s->expected;
	assay_ports_unite(ports, &s->elsewhere);
	assay_ports_intersect(ports, &s->closes);
	assay_ports_subtract(&closed, &s->sweep.open);
	assay_ports_unite(ports, &closed);
}

enum assay_tls_doubt
assay_tls_doubt(const struct assay_tls_seen *s,
    const struct assay_ports *unsure, struct assay_ports *ports)
{
	static const enum assay_tls_doubt of_sweep[ASSAY_DOUBTS] = {
		[ASSAY_DOUBT_NO_RESPONDER] = ASSAY_TLS_NO_RESPONDER,
		[ASSAY_DOUBT_GONE] = ASSAY_TLS_GONE,
		[ASSAY_DOUBT_PARTIAL] = ASSAY_TLS_PARTIAL,
		[ASSAY_DOUBT_UNSETTLED] = ASSAY_TLS_UNSETTLED,
		[ASSAY_DOUBT_CONTROL] = ASSAY_TLS_CONTROL,
	};
	const enum assay_doubt doubt = assay_tcp_round_doubt(&s->sweep);
	struct assay_ports rest = s->sweep.open;

	memset(ports, 0, sizeof(*ports));
	if (doubt != ASSAY_DOUBT_NONE)
		return of_sweep[doubt];
	/* Open ones of which there is no word, too. */
	assay_ports_subtract(&rest, &s->tls);
	assay_ports_subtract(&rest, &s->other);
	assay_ports_subtract(&rest, &s->silent);
	if (assay_ports_count(&rest) > 0) {
		*ports = rest;
		return ASSAY_TLS_UNASKED;
	}
	if (assay_ports_count(&s->silent) > 0) {
		*ports = s->silent;
		return ASSAY_TLS_SILENT;
	}
	find_absent(s, ports);
	if (assay_ports_count(ports) > 0)
		return ASSAY_TLS_DECLARED;
	return doubt_of_tls(s, unsure, ports);
}
