/*
 * sample_passive: only looks: a login prompt in what the device sends on a TCP
 * connection is cleartext; a TLS record is not.
 *
 * It counts seconds by a timer, so that a test sees whose clock it reads.
 */
#include <stddef.h>
#include <string.h>

#include "probes/probe.h"
#include "protocols/packet.h"

#define SECOND UINT64_C(1000000000)
#define LOGINS_MAX 8

struct state {
	uint64_t frames, outgoing, seconds, began_ns, tls;
	struct assay_timer *timer;
	size_t logins;
};

static const struct assay_claim claims[] = {
	{ "TEST-06", ASSAY_BEHAVIOUR },
	{ NULL, 0 },
};
static const struct assay_field fields[] = {
	{ "login", ASSAY_TYPE_STRING, "", "A prompt that anybody can read." },
	{ "tls", ASSAY_TYPE_U64, "records", "TLS records of the device." },
	{ "seconds", ASSAY_TYPE_U64, "s", "Of the job's clock." },
	{ NULL, 0, NULL, NULL },
};
static const struct assay_reason reasons[] = {
	{ "sample.login_seen", "count" },
	{ "sample.only_tls", "count" },
	{ "sample.nothing_seen", "" },
	{ NULL, NULL },
};

static void
on_second(struct assay_job *job, void *arg)
{
	struct state *s = arg;

	s->seconds++;
	assay_timer_set(s->timer, SECOND);
	(void)job;
}

static int
init(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->began_ns = assay_now_ns(job);
	s->timer = assay_timer_new(job, on_second, s);
	assay_timer_set(s->timer, SECOND);
	return assay_frames_are_stored(job) ? 0 : -1;
}

/* The job's target that this frame is from, or NULL. */
static const struct assay_target *
sender(struct assay_job *job, const struct packet *p)
{
	const struct assay_target *t;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		if (p->family == t->family &&
		    memcmp(p->src, t->addr, t->family == 4 ? 4 : 16) == 0)
			return t;
	}
	return NULL;
}

static void
observe_login(
    struct assay_job *job, const struct assay_target *t, const struct packet *p)
{
	const struct assay_frames frames = {
		.ip_proto = 6,
		.target = t,
		.local_first = p->port_dst,
		.local_last = p->port_dst,
		.remote_first = p->port_src,
		.remote_last = p->port_src,
		.comment = "a login without encryption",
	};
	const struct assay_observation o = {
		.field = "login",
		.target = t,
		.port = p->port_src,
		.value = ASSAY_STRING("login:"),
		.frames = &frames,
		.nframes = 1,
	};

	assay_observe(job, &o);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	const struct assay_target *t;
	struct packet p;

	s->frames++;
	s->outgoing += frame->outgoing;
	if (packet_dissect(&p, frame->data, frame->size) == -1 ||
	    p.payload == NULL || (p.layers & PACKET_TCP) == 0)
		return;
	t = sender(job, &p);
	if (t == NULL)
		return;
	if (p.payload_size > 5 && p.payload[0] == 22 && p.payload[1] == 3)
		s->tls++;
	if (memmem(p.payload, p.payload_size, "login:", 6) != NULL &&
	    s->logins < LOGINS_MAX) {
		s->logins++;
		observe_login(job, t, &p);
	}
}

static void
on_end(struct assay_job *job)
{
	const struct state *s = assay_state(job);
	const struct assay_frames tcp = { .ip_proto = 6 };
	struct assay_observation o = {
		.field = "tls",
		.value = ASSAY_U64(s->tls),
		.frames = &tcp,
		.nframes = 1,
	};

	if (s->tls > 0)
		assay_observe(job, &o);
	o = (struct assay_observation){ .field = "seconds",
		.value = ASSAY_U64(s->seconds) };
	assay_observe(job, &o);
	assay_note(job, "frames", ASSAY_U64(s->frames));
	assay_note(job, "outgoing", ASSAY_U64(s->outgoing));
	assay_note(
	    job, "clock.span", ASSAY_NS(assay_now_ns(job) - s->began_ns));
}

static void
judge(struct assay_job *job)
{
	struct assay_verdict v = { .check = "TEST-06",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_INCONC,
		.reason = "sample.nothing_seen" };
	struct assay_named_value count = { "count", ASSAY_U64(0) };
	const struct assay_observation *o;
	uint32_t logins[LOGINS_MAX], tls = 0;
	size_t i, n = 0;

	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		if (strcmp(o->field, "login") == 0 && n < LOGINS_MAX)
			logins[n++] = (uint32_t)i + 1;
		if (strcmp(o->field, "tls") == 0) {
			tls = (uint32_t)i + 1;
			count.value = o->value;
		}
	}
	if (n > 0) {
		v.value = ASSAY_FAIL;
		v.reason = "sample.login_seen";
		count.value = ASSAY_U64(n);
		v.observations = logins;
		v.nobservations = n;
	} else if (tls != 0) {
		v.value = ASSAY_PASS;
		v.reason = "sample.only_tls";
		v.observations = &tls;
		v.nobservations = 1;
	}
	if (n > 0 || tls != 0) {
		v.values = &count;
		v.nvalues = 1;
	}
	assay_say(job, &v);
}

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "sample.passive",
	.title = "nothing that the device says can be read by others",
	.method = 1,
	.claims = claims,
	.observations = fields,
	.reasons = reasons,
	.needs = ASSAY_NEED_LINK,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_PASSIVE,
	.timeout_ms = 60000,
	.state_size = sizeof(struct state),
	.filter = "tcp",
	.init = init,
	.on_frame = on_frame,
	.on_end = on_end,
	.judge = judge,
};
