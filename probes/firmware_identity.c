/*
 * firmware.identity: what the device says of its firmware, before anything else
 * is done and after everything was.
 *
 * FW-01 is no row of a scheme: it is the engine's question whether the run was
 * with one firmware.  The declared TCP ports are asked once each, and three
 * services by UDP; of the answers only versions, products, models and serial
 * numbers count, which no clock and no chance changes.  The hard truth here:
 * the same words do not show that it is the same firmware, and other words do
 * show that it is not; so nothing passes, and whoever compares two of these
 * compares port by port, where both have answered (daemon/engine/run_firmware).
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"
#include "protocols/service.h"

#define PORTS_MAX 16
#define WORDS_MAX 900
#define SAID_MAX 900 /* of all ports, in a sentence */
#define CONNECT_NS UINT64_C(2000000000)
#define QUIET_NS UINT64_C(200000000)

/* By UDP, each at its own port. */
static const enum service_question questions[] = { SERVICE_ASK_SSDP,
	SERVICE_ASK_SNMP, SERVICE_ASK_MDNS };
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

struct ask {
	enum assay_transport transport;
	uint16_t port;
	bool tls;
	int kind; /* of enum service_kind; -1: whatever greets */
	size_t nsay;
	uint8_t say[CLEARTEXT_ASK_MAX];
};

struct state {
	struct ask asks[PORTS_MAX + QUESTIONS];
	size_t n, next;
	bool cancelled;
};

/* ---- what is asked ---- */

static const struct {
	const char *service;
	int kind;
	bool tls;
} speakers[] = {
	{ "http", SERVICE_KIND_HTTP, false },
	{ "https", SERVICE_KIND_HTTP, true },
	{ "rtsp", SERVICE_KIND_HTTP, false },
	{ "ssh", SERVICE_KIND_SSH, false },
	{ "modbus", SERVICE_KIND_MODBUS, false },
	/* before a log-in they say nothing of themselves */
	{ "mqtt", -2, false },
	{ "mqtts", -2, false },
	{ "telnet", -2, false },
};

static void
add_port(struct assay_job *job, uint16_t port, const char *service)
{
	struct state *s = assay_state(job);
	const struct cleartext_asker who = { assay_random(job),
		assay_target_at(job, 0)->text };
	struct ask *a = &s->asks[s->n];
	size_t i;

	if (s->n == PORTS_MAX)
		return;
	*a = (struct ask){ .transport = ASSAY_TCP, .port = port, .kind = -1 };
	for (i = 0; i < sizeof(speakers) / sizeof(speakers[0]); i++)
		if (strcmp(speakers[i].service, service) == 0) {
			a->kind = speakers[i].kind;
			a->tls = speakers[i].tls;
		}
	if (a->kind == -2)
		return;
	if (a->kind == SERVICE_KIND_HTTP)
		a->nsay = service_ask_path(&who, "/", a->say);
	else if (a->kind == SERVICE_KIND_MODBUS)
		a->nsay = service_ask(SERVICE_ASK_MODBUS, &who, a->say);
	s->n++;
}

static void
list_asks(struct assay_job *job, const struct assay_target *t)
{
	struct state *s = assay_state(job);
	const struct cleartext_asker who = { assay_random(job), t->text };
	const struct assay_declared_port *d;
	const struct service_asks *asks;
	struct ask *a;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (d->first == d->last &&
		    assay_declared_port_is_for(d, ASSAY_TCP, t))
			add_port(job, d->first, d->service);
	}
	for (i = 0; i < QUESTIONS; i++) {
		asks = service_asks(questions[i]);
		a = &s->asks[s->n++];
		*a = (struct ask){ .transport = ASSAY_UDP,
			.port = asks->port,
			.kind = (int)asks->kind };
		a->nsay = service_ask(questions[i], &who, a->say);
	}
}

/* ---- what is heard ---- */

static bool
is_of_firmware(enum service_what what)
{
	return what == SERVICE_VERSION || what == SERVICE_PRODUCT ||
	    what == SERVICE_MODEL || what == SERVICE_SERIAL;
}

/* "server: nginx/1.22.1; version: …"; "" when nothing of it is. */
static void
put_words(const struct service_seen *seen, char words[WORDS_MAX])
{
	size_t i, n = 0;

	words[0] = '\0';
	for (i = 0; i < seen->n && n + 200 < WORDS_MAX; i++)
		if (is_of_firmware(seen->facts[i].what))
			n += (size_t)snprintf(words + n, WORDS_MAX - n,
			    "%s%s: %s", n == 0 ? "" : "; ",
			    seen->facts[i].source, seen->facts[i].text);
}

/* Whoever doubts what was heard within TLS can read the frames with these. */
static void
observe_keys(struct assay_job *job, struct assay_subject on,
    const struct assay_talked *talked, const struct assay_frames *f)
{
	char keys[2048];
	size_t i;

	snprintf(keys, sizeof(keys), "%s", talked->tls.keys);
	for (i = 0; keys[i] != '\0'; i++)
		if (keys[i] == '\n')
			keys[i] = ';';
	if (keys[0] != '\0')
		assay_observe_on(job, on, "tls.keys", ASSAY_STRING(keys), f, 1);
}

static bool
read_answer(const struct ask *a, const struct assay_talked *talked,
    struct service_seen *seen)
{
	const struct cleartext_talk t = { a->say, talked->said ? a->nsay : 0,
		talked->heard, talked->nheard };

	if (talked->nheard == 0)
		return false;
	if (a->kind != -1)
		return service_read((enum service_kind)a->kind, &t, seen);
	return service_read(SERVICE_KIND_SSH, &t, seen) ||
	    service_read(SERVICE_KIND_GREETS, &t, seen);
}

static void ask_next(struct assay_job *job);

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct state *s = assay_state(job);
	const struct ask *a = arg;
	const struct assay_target *t = assay_target_at(job, 0);
	const struct assay_subject on = ASSAY_ON(t, a->port);
	const struct assay_frames f = assay_frames_of(
	    a->transport, t, talked->local_port, a->port, "says what it is");
	struct service_seen seen = { .n = 0 };
	char words[WORDS_MAX];

	if (read_answer(a, talked, &seen)) {
		put_words(&seen, words);
		if (words[0] != '\0') {
			assay_observe_on(job, on,
			    a->transport == ASSAY_TCP ? "firmware.says"
						      : "firmware.says.udp",
			    ASSAY_STRING(words), &f, 1);
			if (a->tls)
				observe_keys(job, on, talked, &f);
		}
	}
	if (s->cancelled)
		assay_finish(job);
	else
		ask_next(job);
}

static void
ask_next(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = assay_target_at(job, 0);
	struct ask *a = &s->asks[s->next];

	if (s->next == s->n) {
		assay_observe_count(
		    job, ASSAY_ON(t, 0), "firmware.asked", s->n);
		assay_finish(job);
		return;
	}
	s->next++;
	assay_talk(job,
	    &(struct assay_talk_spec){
		.transport = a->transport,
		.target = t,
		.port = a->port,
		.say = a->say,
		.nsay = a->nsay,
		.connect_ns = CONNECT_NS,
		.listen_ns = assay_param_ns(job, "patience"),
		.quiet_ns = QUIET_NS,
		.tls = a->tls,
		.on_end = on_talked,
		.arg = a,
	    });
}

static void
run(struct assay_job *job)
{
	const struct assay_target *t = assay_target_at(job, 0);

	if (t == NULL) {
		assay_finish(job);
		return;
	}
	list_asks(job, t);
	ask_next(job);
}

static void
cancel(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->cancelled = true;
}

/* ---- judge ---- */

static void
judge(struct assay_job *job)
{
	uint32_t ids[PORTS_MAX + QUESTIONS];
	char said[SAID_MAX] = "";
	const struct assay_observation *o;
	size_t i, n = 0, used = 0;
	bool asked = false;
	struct assay_named_value values[2];

	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		asked = asked || strcmp(o->field, "firmware.asked") == 0;
		if (strncmp(o->field, "firmware.says", 13) != 0 ||
		    n == sizeof(ids) / sizeof(ids[0]))
			continue;
		ids[n++] = (uint32_t)i + 1;
		if (used < sizeof(said))
			used += (size_t)snprintf(said + used,
			    sizeof(said) - used, "%s%u (%s)",
			    used == 0 ? "" : ", ", o->port, o->value.string);
	}
	values[0] =
	    (struct assay_named_value){ "count", ASSAY_U64((uint64_t)n) };
	values[1] = (struct assay_named_value){ "said", ASSAY_STRING(said) };
	assay_say(job,
	    &(struct assay_verdict){
		.check = "FW-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = n > 0 ? ASSAY_INFO : ASSAY_INCONC,
		.target = assay_target_at(job, 0),
		.reason = n > 0 ? "firmware.said"
		    : asked     ? "firmware.not_said"
				: "firmware.not_asked",
		.values = values,
		.nvalues = n > 0 ? 2 : 0,
		.observations = ids,
		.nobservations = n,
	    });
}

/* ---- what the probe says of itself ---- */

static const struct assay_claim claims[] = {
	{ "FW-01", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "patience", ASSAY_PARAM_DURATION, "1s", 50000000, 60000000000, NULL,
	    "How long a service may take to answer." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "firmware.says", ASSAY_TYPE_STRING, "",
	    "what a service says of version, product, model, serial number" },
	{ "firmware.says.udp", ASSAY_TYPE_STRING, "", "the same, by UDP" },
	{ "firmware.asked", ASSAY_TYPE_U64, "",
	    "how many services were asked" },
	{ "tls.keys", ASSAY_TYPE_STRING, "",
	    "secrets of the session, by which its frames can be read" },
	{ .name = NULL },
};

static const struct assay_reason reasons[] = {
	{ "firmware.said", "count said" },
	{ "firmware.not_said", "" },
	{ "firmware.not_asked", "" },
	{ .code = NULL },
};

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "firmware.identity",
	.title = "The device's services say which firmware it runs.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.needs = ASSAY_NEED_TCP | ASSAY_NEED_UDP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 60000,
	.state_size = sizeof(struct state),
	.run = run,
	.judge = judge,
	.cancel = cancel,
};
