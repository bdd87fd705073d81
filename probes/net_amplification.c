/*
 * net.amplification: no UDP service answers with more than three times the
 * bytes it was sent.
 *
 * AMP-01: whoever can forge a source address makes such a service shoot at
 * that address (RFC 7252 section 11.3, RFC 9175 section 2.4); three times is
 * what RFC 9000 section 8.1 allows before an address is validated.  The hard
 * truth here: nothing this probe sends validates its address, so every byte
 * that comes back within the window counts, in however many datagrams; and a
 * service that was not heard is not known to be harmless.
 */
#include "probes/probe.h"

#include <stdio.h>
#include <string.h>

#include "protocols/udp_asks.h"
#include "protocols/udp_probe.h"

#define MS UINT64_C(1000000)
#define SOURCE_FIRST 61000
#define EXCHANGES_MAX 256 /* to one address */
#define TRIES_MAX 5
#define SERIALS (EXCHANGES_MAX * (TRIES_MAX + 1)) /* the last: controls */
#define SPACING (5 * MS)
#define CONTROL_TRIES 4
#define CONTROL_WAIT (1250 * MS) /* beyond a limit of one a second */
#define LIMIT 3
#define LIST_MAX 1500

struct exchange {
	const struct udp_ask *ask;
	uint16_t port;
	bool refused, answered;
	uint8_t try;   /* in which most was heard */
	uint32_t sent; /* bytes of payload, in one try */
	uint32_t heard[TRIES_MAX], datagrams[TRIES_MAX];
};

struct state {
	size_t next_target;
	const struct assay_target *target; /* under way */
	struct udp_probe probe;
	struct assay_timer *timer;
	struct exchange exchanges[EXCHANGES_MAX];
	unsigned n, next, try;
	bool controls;    /* the closing control is under way */
	unsigned control; /* which exchange */
	unsigned control_tries;
	bool control_heard;
};

/* ---- what is asked ---- */

static void
add(struct state *s, const struct udp_ask *ask, uint16_t port)
{
	struct exchange *e;
	unsigned i;

	for (i = 0; i < s->n; i++)
		if (s->exchanges[i].ask == ask && s->exchanges[i].port == port)
			return;
	if (s->n == EXCHANGES_MAX)
		return;
	e = &s->exchanges[s->n++];
	memset(e, 0, sizeof(*e));
	e->ask = ask;
	e->port = port;
}

/* Every ask of this service; or of the port, when it has no name we know. */
static void
add_port(struct state *s, uint16_t port, const char *service)
{
	size_t i;

	add(s, udp_asks_for(port, service, 0), port);
	for (i = 0; i < udp_asks_count(); i++)
		if (udp_asks_is_of(udp_asks_at(i), service))
			add(s, udp_asks_at(i), port);
}

static void
list_exchanges(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_ports *more = assay_param_ports(job, "ports");
	const struct assay_declared_port *d;
	const struct udp_ask *ask;
	uint32_t port;
	size_t i, k;

	s->n = 0;
	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, ASSAY_UDP, s->target) &&
		    d->last - d->first < 16)
			for (port = d->first; port <= d->last; port++)
				add_port(s, (uint16_t)port, d->service);
	}
	for (i = 0; i < udp_asks_count(); i++) {
		ask = udp_asks_at(i);
		for (k = 0; k < 4 && ask->ports[k] != 0; k++)
			add(s, ask, ask->ports[k]);
	}
	for (port = 1; port <= 65535; port++)
		if (assay_ports_has(more, (uint16_t)port))
			add_port(s, (uint16_t)port, NULL);
}

/* Its try's own source port, so that a late answer is counted where it
 * belongs. */
static uint16_t
source_port(unsigned index, unsigned try)
{
	return (uint16_t)(SOURCE_FIRST + try * EXCHANGES_MAX + index);
}

static bool
send_ask(struct assay_job *job, unsigned index, unsigned try)
{
	struct state *s = assay_state(job);
	struct exchange *e = &s->exchanges[index];
	const struct assay_target *t = s->target;
	const struct packet_ends ends = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	uint8_t payload[UDP_ASKS_SIZE_MAX], frame[UDP_PROBE_FRAME_MAX];
	struct assay_buffer out = { frame, 0 };

	e->sent = (uint32_t)udp_asks_build(e->ask, assay_random(job), payload);
	out.size = packet_build_udp(
	    frame, &ends, source_port(index, try), e->port, payload, e->sent);
	return assay_link_send(job, &out, 1) == 1;
}

/* ---- what is observed ---- */

static struct assay_frames
frames_of(const struct state *s, unsigned index, unsigned try)
{
	return assay_frames_of(ASSAY_UDP, s->target, source_port(index, try), 0,
	    s->exchanges[index].ask->name);
}

static void
observe_exchange(struct assay_job *job, unsigned index)
{
	const struct state *s = assay_state(job);
	const struct exchange *e = &s->exchanges[index];
	const struct assay_subject on = ASSAY_ON(s->target, e->port);
	const struct assay_value name = ASSAY_STRING(e->ask->name);
	const struct assay_frames f = frames_of(s, index, e->try);

	if (!e->answered) {
		if (!e->refused)
			assay_observe_on(job, on, "silent", name, NULL, 0);
		return;
	}
	assay_observe_on(job, on, "answered", name, &f, 1);
	assay_observe_count(job, on, "request.bytes", e->sent);
	assay_observe_count(job, on, "answer.bytes", e->heard[e->try]);
	assay_observe_count(job, on, "answer.datagrams", e->datagrams[e->try]);
}

static void
observe_all(struct assay_job *job)
{
	const struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, 0);
	uint64_t refused = 0;
	unsigned i;

	for (i = 0; i < s->n; i++) {
		observe_exchange(job, i);
		refused += s->exchanges[i].refused;
	}
	assay_observe_count(job, on, "asked", s->n);
	assay_observe_count(job, on, "refused", refused);
	assay_observe_count(job, on, "link.lost", assay_link_lost(job));
}

/* ---- one address after the other ---- */

static void start_target(struct assay_job *job);

static void
control(struct assay_job *job, enum assay_phase phase, bool good, unsigned try)
{
	const struct state *s = assay_state(job);
	const uint16_t port = good ? s->exchanges[s->control].port : 0;
	const struct assay_frames f = frames_of(s, s->control, try);

	assay_control(job, phase, good,
	    assay_observe_on(job, ASSAY_ON(s->target, port), "control",
		ASSAY_BOOL(good), &f, good ? 1 : 0));
}

static void
end_target(struct assay_job *job, bool good)
{
	struct state *s = assay_state(job);

	control(job, ASSAY_AFTER, good, TRIES_MAX);
	s->controls = false;
	start_target(job);
}

/* Who answered is asked again: bench and device still work. */
static void
control_step(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (s->control_heard || s->control_tries == CONTROL_TRIES) {
		end_target(job, s->control_heard);
		return;
	}
	s->control_tries++;
	send_ask(job, s->control, TRIES_MAX);
	assay_timer_set(s->timer, CONTROL_WAIT);
}

/* For a control: one that answers; without a handshake to be kept, if there is
 * one.  0: not at all. */
static int
fitness(const struct exchange *e)
{
	if (!e->answered)
		return e->refused ? 1 : 0;
	return (e->ask->flags & UDP_ASKS_HOLDS) != 0 ? 2 : 3;
}

static void
begin_control(struct assay_job *job)
{
	struct state *s = assay_state(job);
	unsigned i, who = s->n;

	observe_all(job);
	for (i = 0; i < s->n; i++)
		if (who == s->n ? fitness(&s->exchanges[i]) > 0
				: fitness(&s->exchanges[i]) >
			    fitness(&s->exchanges[who]))
			who = i;
	s->control = who == s->n ? 0 : who;
	s->control_tries = who == s->n ? CONTROL_TRIES : 0;
	s->control_heard = false;
	s->controls = true;
	control(job, ASSAY_BEFORE, who < s->n, s->exchanges[s->control].try);
	control_step(job);
}

/* The next one that was not heard of in the tries before. */
static bool
send_next(struct assay_job *job)
{
	struct state *s = assay_state(job);

	while (s->next < s->n &&
	    (s->exchanges[s->next].answered || s->exchanges[s->next].refused))
		s->next++;
	if (s->next == s->n)
		return false;
	/* A queue that is full is tried again. */
	if (send_ask(job, s->next, s->try))
		s->next++;
	return true;
}

static void
on_time(struct assay_job *job, void *arg)
{
	struct state *s = arg;
	unsigned i, open = 0;

	if (s->controls) {
		control_step(job);
		return;
	}
	if (s->next <= s->n && send_next(job)) {
		assay_timer_set(s->timer, SPACING);
		return;
	}
	if (s->next == s->n) { /* all are out: listen */
		s->next++;
		assay_timer_set(s->timer, assay_param_ns(job, "window"));
		return;
	}
	for (i = 0; i < s->n; i++)
		open += !s->exchanges[i].answered && !s->exchanges[i].refused;
	s->next = 0;
	if (++s->try < assay_param_u64(job, "tries") && open > 0)
		assay_timer_set(s->timer, 0);
	else
		begin_control(job);
}

static void
start_target(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_target *t;
	struct packet_ends e;

	t = s->target = assay_target_next(job, &s->next_target);
	if (t == NULL) {
		assay_finish(job);
		return;
	}
	e = (struct packet_ends){ t->source_mac, t->mac, t->family, t->source,
		t->addr };
	udp_probe_init(&s->probe, &e, SOURCE_FIRST, SERIALS);
	list_exchanges(job);
	s->next = s->try = 0;
	assay_timer_set(s->timer, 0);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->timer = assay_timer_new(job, on_time, s);
	start_target(job);
}

static void
hear(struct state *s, const struct udp_heard *h)
{
	const unsigned index = h->serial % EXCHANGES_MAX;
	const unsigned try = h->serial / EXCHANGES_MAX;
	struct exchange *e = &s->exchanges[index];

	if (index >= s->n || e->sent == 0)
		return;
	if (try == TRIES_MAX) {
		s->control_heard = s->controls;
		return;
	}
	if (h->answer != UDP_OPEN) {
		e->refused = e->refused || !e->answered;
		return;
	}
	/* What answers is not closed, whatever was said of it before. */
	e->refused = false;
	e->heard[try] += (uint32_t)h->datagram_size;
	e->datagrams[try]++;
	/* Answers to two tries may cross: the larger one counts. */
	if (!e->answered || e->heard[try] > e->heard[e->try])
		e->try = (uint8_t)try;
	e->answered = true;
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	struct udp_heard h;

	if (!frame->outgoing &&
	    udp_probe_read(&s->probe, frame->data, frame->size, &h) !=
		UDP_NO_ANSWER)
		hear(s, &h);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_timer_free(s->timer);
	s->timer = NULL;
}

/* ---- judge ---- */

struct seen {
	const struct assay_target *target;
	uint64_t asked, refused, answered, above, lost;
	struct assay_ports heard; /* ports that answered */
	uint64_t sent, got;       /* of the one with the largest factor */
	bool control, any;
	char worst[LIST_MAX], all[LIST_MAX]; /* as sentences have it */
	uint32_t ids[64], above_ids[64];     /* of "answered" */
	size_t nids, nabove_ids;
	uint32_t control_id;
	/* the exchange being read */
	const char *name;
	uint32_t id;
	uint64_t request;
};

static void
put(char *list, const struct seen *s, uint16_t port, uint64_t bytes)
{
	const size_t n = strlen(list);
	const uint64_t tenths = bytes * 10 / s->request;

	if (n + 100 < LIST_MAX)
		snprintf(list + n, LIST_MAX - n,
		    "%s%s %u: %llu to %llu bytes (%llu.%llu)",
		    n == 0 ? "" : ", ", s->name, port,
		    (unsigned long long)s->request, (unsigned long long)bytes,
		    (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10));
}

/* answer.bytes is the third of the four observations of an exchange. */
static void
see_answer(struct seen *s, const struct assay_observation *o)
{
	const uint64_t bytes = o->value.u64;

	if (s->name == NULL || s->request == 0)
		return;
	s->answered++;
	assay_ports_add(&s->heard, o->port, o->port);
	put(s->all, s, o->port, bytes);
	if (s->nids < 64)
		s->ids[s->nids++] = s->id;
	if (s->sent == 0 || bytes * s->sent > s->got * s->request) {
		s->got = bytes;
		s->sent = s->request;
	}
	if (bytes <= LIMIT * s->request)
		return;
	s->above++;
	put(s->worst, s, o->port, bytes);
	if (s->nabove_ids < 64)
		s->above_ids[s->nabove_ids++] = s->id;
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;

	if (strcmp(o->field, "answered") == 0) {
		s->name = o->value.string;
		s->id = id;
		s->request = 0;
	} else if (strcmp(o->field, "request.bytes") == 0) {
		s->request = o->value.u64;
	} else if (strcmp(o->field, "answer.bytes") == 0) {
		see_answer(s, o);
	} else if (strcmp(o->field, "asked") == 0) {
		s->asked = o->value.u64;
		s->any = true;
	} else if (strcmp(o->field, "refused") == 0) {
		s->refused = o->value.u64;
	} else if (strcmp(o->field, "link.lost") == 0) {
		s->lost = o->value.u64;
	} else if (strcmp(o->field, "control") == 0) {
		s->control = o->value.boolean;
		s->control_id = id;
	}
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_verdict_value value,
    const char *reason, const struct assay_ports *missing)
{
	const bool fails = value == ASSAY_FAIL;
	const uint64_t tenths = s->sent == 0 ? 0 : s->got * 10 / s->sent;
	char factor[32];
	uint32_t ids[65];
	size_t n = fails ? s->nabove_ids : s->nids;
	struct assay_named_value values[] = {
		{ "services", ASSAY_STRING(fails ? s->worst : s->all) },
		{ "count", ASSAY_U64(fails ? s->above : s->answered) },
		{ "factor", ASSAY_STRING(factor) },
		{ "asked", ASSAY_U64(s->asked) },
		{ "refused", ASSAY_U64(s->refused) },
		{ "ports", ASSAY_PORTS(missing) },
		{ "lost", ASSAY_U64(s->lost) }, /* of amp.frames_lost alone */
	};
	struct assay_verdict v = { .check = "AMP-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = value,
		.target = s->target,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = ids };

	if (strcmp(reason, "amp.frames_lost") != 0)
		v.nvalues--;
	snprintf(factor, sizeof(factor), "%llu.%llu",
	    (unsigned long long)(tenths / 10),
	    (unsigned long long)(tenths % 10));
	memcpy(ids, fails ? s->above_ids : s->ids, n * sizeof(*ids));
	if (s->control && s->control_id != 0)
		ids[n++] = s->control_id;
	v.nobservations = n;
	assay_say(job, &v);
}

static void
judge_target(struct assay_job *job, const struct seen *s)
{
	struct assay_ports missing;

	assay_declared_ports(job, ASSAY_UDP, s->target, true, &missing);
	assay_ports_subtract(&missing, &s->heard);
	if (s->above > 0)
		say(job, s, ASSAY_FAIL, "amp.amplifies", &missing);
	else if (assay_ports_count(&missing) > 0)
		say(job, s, ASSAY_INCONC, "amp.declared_silent", &missing);
	else if (s->answered == 0 && (s->asked == 0 || s->refused < s->asked))
		say(job, s, ASSAY_INCONC, "amp.none_answered", &missing);
	else if (s->lost > 0)
		say(job, s, ASSAY_INCONC, "amp.frames_lost", &missing);
	else if (!s->control)
		say(job, s, ASSAY_INCONC, "amp.control_bad", &missing);
	else if (s->answered == 0)
		say(job, s, ASSAY_INFO, "amp.no_service", &missing);
	else
		say(job, s, ASSAY_PASS, "amp.within_limit", &missing);
}

static void
judge(struct assay_job *job)
{
	struct seen s;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.any)
			judge_target(job, &s);
	}
}

static const struct assay_claim claims[] = {
	{ "AMP-01", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("Which of the device's addresses are asked."),
	{ "ports", ASSAY_PARAM_PORTS, "", 0, 0, NULL,
	    "More ports to ask; those declared, and where services are at "
	    "home, are asked anyway." },
	{ "window", ASSAY_PARAM_DURATION, "2s", 100000000, 60000000000, NULL,
	    "How long answers are counted after the last question." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, TRIES_MAX, NULL,
	    "How often one that is silent is asked." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "answered", ASSAY_TYPE_STRING, "", "what it was asked; then follow" },
	{ "request.bytes", ASSAY_TYPE_U64, "bytes", "sent, of UDP payload" },
	{ "answer.bytes", ASSAY_TYPE_U64, "bytes", "come back in the window" },
	{ "answer.datagrams", ASSAY_TYPE_U64, "", "in so many datagrams" },
	{ "silent", ASSAY_TYPE_STRING, "", "what it was asked in vain" },
	{ "asked", ASSAY_TYPE_U64, "", "questions" },
	{ "refused", ASSAY_TYPE_U64, "", "of these, answered by ICMP" },
	{ "link.lost", ASSAY_TYPE_U64, "frame",
	    "that came since the job began and were not read" },
	{ "control", ASSAY_TYPE_BOOL, "", "who had answered did again" },
	{ .name = NULL },
};

#define VALUES "services count factor asked refused ports"
static const struct assay_reason reasons[] = {
	{ "amp.within_limit", VALUES },
	{ "amp.amplifies", VALUES },
	{ "amp.declared_silent", VALUES },
	{ "amp.none_answered", VALUES },
	{ "amp.no_service", VALUES },
	{ "amp.frames_lost", VALUES " lost" },
	{ "amp.control_bad", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load shared", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "net.amplification",
	.title =
	    "No UDP service answers with more than three times the bytes it "
	    "was sent.",
	.method = 2,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 300000,
	.state_size = sizeof(struct state),
	.filter = "udp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = judge,
	.fini = fini,
};
