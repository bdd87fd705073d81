/*
 * dtls.association: an association of DTLS survives broken records, and takes
 * none twice.
 *
 * DTL-03, DTL-04, DTL-05: RFC 6347 section 4.1.2.6 and 4.1.2.7.  With a key
 * that the device knows, CoAP requests go through one association.  Between two
 * that are answered lies a record that must be dropped: changed, of another
 * epoch or version, cut, or one that was sent before, so and so many records
 * ago.  A record that was taken shows by its answer, since each request has a
 * token of its own and a confirmable one is answered again (RFC 7252 section
 * 4.2), which is tried, too; an association that ended shows by silence where a
 * new one is answered.
 */
#include <stdio.h>
#include <string.h>

#include "probes/dtls_association/parts.h"
#include "protocols/bytes.h"
#include "protocols/dtls_record.h"

#define MS UINT64_C(1000000)
#define TOKENS_MAX 1024
#define NUMBERS_MAX 1024
#define HANDSHAKES_MAX 3 /* in a row */
#define PAUSE (200 * MS) /* for a late answer to the last trial */

const struct trial association_trials[TRIALS] = {
	{ "bad MAC", TRIAL_BAD_MAC, 0 },
	{ "next epoch", TRIAL_EPOCH, 0 },
	{ "in clear", TRIAL_CLEAR, 0 },
	{ "wrong version", TRIAL_VERSION, 0 },
	{ "cut", TRIAL_SHORT, 0 },
	{ "sealed anew", TRIAL_ANEW, 0 },
	{ "again after 0", TRIAL_REPLAY, 0 },
	{ "again after 1", TRIAL_REPLAY, 1 },
	{ "again after 31", TRIAL_REPLAY, 31 },
	{ "again after 32", TRIAL_REPLAY, 32 },
	{ "again after 33", TRIAL_REPLAY, 33 },
	{ "again after 63", TRIAL_REPLAY, 63 },
	{ "again after 64", TRIAL_REPLAY, 64 },
	{ "again after 65", TRIAL_REPLAY, 65 },
	{ "again after 100", TRIAL_REPLAY, 100 },
};

enum phase {
	HANDSHAKE = 1,
	ASKING, /* requests and trials */
	LATE,
	CLOSING, /* the handshake of the closing control */
};

struct state {
	struct assay_dtls_ports at; /* the port under way */
	enum phase phase;
	struct assay_timer *timer;
	struct assay_datagrams *socket;
	struct assay_dtls *dtls;
	unsigned handshakes; /* in a row that came to nothing */
	unsigned tries;
	/* requests of the port, by token */
	uint16_t token, awaited;
	uint8_t answers[TOKENS_MAX];
	/* trials */
	size_t trial;
	bool injected;
	uint16_t injected_token;
	uint8_t answers_before;
	uint8_t record[ASSAY_DATAGRAM_MAX]; /* the one to be sent again */
	size_t nrecord;
	uint16_t record_token;
	unsigned behind; /* requests since */
	/* record numbers of the association */
	uint64_t numbers[NUMBERS_MAX], seen, repeated;
	size_t nnumbers;
	uint32_t hashes[NUMBERS_MAX];
};

static void next_port(struct assay_job *job);
static void go_on(struct assay_job *job);

/* ---- CoAP: a confirmable GET of what every server has ---- */

static size_t
build_request(uint8_t *out, uint16_t token)
{
	static const uint8_t path[] = "\xbb.well-known\x04"
				      "core";

	out[0] = 0x42;
	out[1] = 1;
	put_u16(out + 2, token);
	put_u16(out + 4, token);
	memcpy(out + 6, path, sizeof(path) - 1);
	return 6 + sizeof(path) - 1;
}

/* A response (RFC 7252 section 3): its token.  False: it is none. */
static bool
read_response(const uint8_t *bytes, size_t n, uint16_t *token)
{
	if (n < 6 || (bytes[0] & 0xcf) != 0x42 || bytes[1] < 0x40)
		return false;
	*token = (uint16_t)(bytes[4] << 8 | bytes[5]);
	return *token < TOKENS_MAX;
}

/* ---- observations ---- */

static void
observe(struct assay_job *job, const char *field, struct assay_value v)
{
	const struct state *s = assay_state(job);

	(void)assay_dtls_observe(job, &s->at, s->socket, field, v);
}

static void
observe_trial(struct assay_job *job, const char *result)
{
	const struct state *s = assay_state(job);
	char text[64];

	snprintf(text, sizeof(text), "%s: %s",
	    association_trials[s->trial].name, result);
	observe(job, "trial", ASSAY_STRING(text));
}

/* FNV-1a; to tell a frame that came twice from a number used twice. */
static uint32_t
hash_of(struct tls_span body)
{
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < body.n; i++)
		h = (h ^ body.p[i]) * UINT32_C(16777619);
	return h;
}

static void
count_number(struct state *s, const struct dtls_record *r)
{
	const uint64_t number = (uint64_t)r->epoch << 48 | r->sequence;
	const uint32_t hash = hash_of(r->body);
	size_t i;

	s->seen++;
	for (i = 0; i < s->nnumbers; i++)
		if (s->numbers[i] == number) {
			s->repeated += s->hashes[i] != hash;
			return;
		}
	if (s->nnumbers < NUMBERS_MAX) {
		s->hashes[s->nnumbers] = hash;
		s->numbers[s->nnumbers++] = number;
	}
}

/* ---- an association ---- */

static void
give_all(struct state *s)
{
	uint8_t out[ASSAY_DATAGRAM_MAX];
	size_t n;

	while ((n = assay_dtls_give(s->dtls, out, sizeof(out))) > 0)
		(void)assay_datagrams_send(s->socket, out, n);
}

static void
end_association(struct state *s)
{
	if (s->dtls != NULL) {
		assay_dtls_end(s->dtls);
		give_all(s);
	}
	assay_dtls_free(s->dtls);
	s->dtls = NULL;
	assay_datagrams_close(s->socket);
	s->socket = NULL;
}

/* The request itself as a datagram that is not sent yet.  Its size; 0: it
 * could not be. */
static size_t
seal_request(struct state *s, uint16_t token, uint8_t *out, size_t size)
{
	uint8_t request[64];

	if (assay_dtls_say(s->dtls, request, build_request(request, token)) ==
	    -1)
		return 0;
	return assay_dtls_give(s->dtls, out, size);
}

static void
ask(struct assay_job *job)
{
	struct state *s = assay_state(job);
	uint8_t out[ASSAY_DATAGRAM_MAX];
	size_t n;

	s->tries++;
	s->awaited = s->token++;
	n = seal_request(s, s->awaited, out, sizeof(out));
	if (n > 0)
		(void)assay_datagrams_send(s->socket, out, n);
	if (s->nrecord == 0 && n > 0) {
		memcpy(s->record, out, n);
		s->nrecord = n;
		s->record_token = s->awaited;
		s->behind = 0;
	} else {
		s->behind++;
	}
	assay_timer_set(s->timer, assay_param_ns(job, "answer"));
}

/* A record in clear, of the epoch before there were keys. */
static size_t
build_clear(uint16_t token, uint8_t *out, size_t size)
{
	uint8_t request[64];
	struct dtls_record r = { .type = TLS_APPLICATION_DATA,
		.version = DTLS_12,
		.sequence = 900 };

	r.body.n = build_request(request, token);
	r.body.p = request;
	return dtls_record_build(&r, out, size);
}

/* What must be dropped. */
static void
inject(struct state *s)
{
	const struct trial *t = &association_trials[s->trial];
	uint8_t out[ASSAY_DATAGRAM_MAX];
	size_t n;

	s->injected = true;
	s->injected_token = t->kind == TRIAL_REPLAY || t->kind == TRIAL_ANEW
	    ? s->record_token
	    : s->token++;
	s->answers_before = s->answers[s->injected_token];
	if (t->kind == TRIAL_REPLAY) {
		(void)assay_datagrams_send(s->socket, s->record, s->nrecord);
		return;
	}
	n = t->kind == TRIAL_CLEAR
	    ? build_clear(s->injected_token, out, sizeof(out))
	    : seal_request(s, s->injected_token, out, sizeof(out));
	if (n <= DTLS_RECORD_HEADER + 8)
		return;
	if (t->kind == TRIAL_BAD_MAC)
		out[n - 1] ^= 1;
	else if (t->kind == TRIAL_EPOCH)
		put_u16(out + 3, 2);
	else if (t->kind == TRIAL_VERSION)
		put_u16(out + 1, 0x0101);
	else if (t->kind == TRIAL_SHORT)
		n -= 5;
	(void)assay_datagrams_send(s->socket, out, n);
}

/* ---- what follows what ---- */

static void on_heard(
    struct assay_job *job, void *arg, const uint8_t *bytes, size_t n);

static void
on_refused(struct assay_job *job, void *arg)
{
	struct state *s = arg;

	(void)job;
	if (!assay_dtls_is_ready(s->dtls))
		assay_timer_set(s->timer, 0);
}

static void
begin_association(struct assay_job *job, enum phase phase)
{
	struct state *s = assay_state(job);
	const struct assay_datagrams_spec spec = { .target = s->at.target,
		.port = s->at.port,
		.on_heard = on_heard,
		.on_refused = on_refused,
		.arg = s };

	end_association(s);
	s->phase = phase;
	s->nrecord = 0;
	s->injected = false;
	s->nnumbers = 0;
	s->socket = assay_datagrams_open(job, &spec);
	s->dtls = assay_dtls_new(assay_param_string(job, "identity"),
	    assay_param_string(job, "key"));
	if (s->socket == NULL || s->dtls == NULL) {
		assay_fail(job, "no association could be begun");
		return;
	}
	give_all(s);
	assay_timer_set(s->timer, assay_param_ns(job, "answer"));
}

static void
end_port(struct assay_job *job, bool good)
{
	struct state *s = assay_state(job);

	assay_dtls_control(job, &s->at, s->socket, ASSAY_AFTER, good);
	observe(job, "numbers", ASSAY_U64(s->seen));
	observe(job, "numbers.repeated", ASSAY_U64(s->repeated));
	next_port(job);
}

/* A request was answered: what lay before it is decided. */
static void
on_answer(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const bool taken =
	    s->injected && s->answers[s->injected_token] > s->answers_before;

	s->tries = 0;
	if (s->phase == CLOSING) {
		end_port(job, true);
		return;
	}
	if (s->phase != ASKING)
		return;
	if (s->injected && (s->trial + 1 < TRIALS || taken)) {
		observe_trial(job, taken ? TRIAL_ANSWERED : TRIAL_DROPPED);
		s->trial++;
		s->injected = false;
	} else if (s->injected) {
		s->phase = LATE;
		assay_timer_set(s->timer, PAUSE);
		return;
	}
	go_on(job);
}

/* The next request, with the trial before it that is due. */
static void
go_on(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct trial *t = &association_trials[s->trial];

	if (s->trial == TRIALS) {
		begin_association(job, CLOSING);
		return;
	}
	if (t->kind != TRIAL_REPLAY || s->behind >= t->behind)
		inject(s);
	ask(job);
}

static void
on_ready(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (s->phase == HANDSHAKE && s->trial == 0) {
		observe(job, "association", ASSAY_STRING("made"));
		assay_dtls_control(job, &s->at, s->socket, ASSAY_BEFORE, true);
	}
	s->handshakes = 0;
	s->tries = 0;
	if (s->phase == HANDSHAKE)
		s->phase = ASKING;
	ask(job); /* the first one of each association has no trial */
}

static void
hear_responses(struct assay_job *job)
{
	struct state *s = assay_state(job);
	uint8_t bytes[ASSAY_DATAGRAM_MAX];
	uint16_t token;
	int n;

	while ((n = assay_dtls_hear(s->dtls, bytes, sizeof(bytes))) > 0) {
		if (!read_response(bytes, (size_t)n, &token))
			continue;
		s->answers[token] += s->answers[token] < UINT8_MAX;
		if (token == s->awaited && s->answers[token] == 1) {
			on_answer(job);
			return;
		}
	}
}

static void
on_heard(struct assay_job *job, void *arg, const uint8_t *bytes, size_t n)
{
	struct state *s = arg;
	const bool was_ready = assay_dtls_is_ready(s->dtls);
	struct dtls_record r;
	size_t at = 0;

	while (dtls_record_next(bytes, n, &at, &r) == 1)
		if (!r.is_sealed)
			count_number(s, &r);
	(void)assay_dtls_take(s->dtls, bytes, n);
	give_all(s);
	if (!was_ready && assay_dtls_is_ready(s->dtls))
		on_ready(job);
	else if (was_ready)
		hear_responses(job);
}

static void
on_handshake_lost(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (++s->handshakes < HANDSHAKES_MAX) {
		begin_association(job, s->phase);
	} else if (s->phase == CLOSING || s->trial > 0) {
		end_port(job, false);
	} else {
		observe(job, "association", ASSAY_STRING("none"));
		next_port(job);
	}
}

static void
on_time(struct assay_job *job, void *arg)
{
	struct state *s = arg;
	const bool is_ready = s->dtls != NULL && assay_dtls_is_ready(s->dtls);

	if (s->phase == LATE) {
		observe_trial(job,
		    s->answers[s->injected_token] > s->answers_before
			? TRIAL_ANSWERED
			: TRIAL_DROPPED);
		s->trial++;
		begin_association(job, CLOSING);
	} else if (is_ready && s->tries < assay_param_u64(job, "tries")) {
		ask(job);
	} else if (is_ready && s->phase == ASKING && s->injected) {
		observe_trial(job, TRIAL_ENDED);
		s->trial++;
		begin_association(job, HANDSHAKE);
	} else {
		on_handshake_lost(job); /* or it fell silent of itself */
	}
}

/* ---- one port after the other ---- */

static void
next_port(struct assay_job *job)
{
	struct state *s = assay_state(job);

	end_association(s);
	if (!assay_dtls_ports_next(job, &s->at, ASSAY_DTLS_COAP)) {
		assay_finish(job);
		return;
	}
	memset(s->answers, 0, sizeof(s->answers));
	s->token = 1;
	s->trial = 0;
	s->handshakes = 0;
	s->seen = s->repeated = 0;
	begin_association(job, HANDSHAKE);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->timer = assay_timer_new(job, on_time, s);
	if (assay_param_string(job, "key")[0] == '\0')
		assay_finish(job);
	else
		next_port(job);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_dtls_free(s->dtls);
	s->dtls = NULL;
	assay_datagrams_close(s->socket);
	s->socket = NULL;
	assay_timer_free(s->timer);
	s->timer = NULL;
}

static const struct assay_claim claims[] = {
	{ "DTL-03", ASSAY_BEHAVIOUR },
	{ "DTL-04", ASSAY_BEHAVIOUR },
	{ "DTL-05", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("Which of the device's addresses are asked."),
	ASSAY_DTLS_PORTS(
	    "More UDP ports to ask; those that are declared for CoAP over DTLS "
	    "are asked anyway."),
	ASSAY_DTLS_IDENTITY,
	ASSAY_DTLS_KEY,
	{ "answer", ASSAY_PARAM_DURATION, "2s", 10000000, 60000000000, NULL,
	    "How long an answer, or a handshake, may take." },
	{ "tries", ASSAY_PARAM_U64, "2", 1, 10, NULL,
	    "How many requests in a row may stay unanswered." },
	{ .name = NULL },
};

static const struct assay_field fields[] = {
	{ "association", ASSAY_TYPE_STRING, "",
	    "made; none, in three attempts" },
	{ "trial", ASSAY_TYPE_STRING, "",
	    "a record that must be dropped (but for one that is sealed anew), "
	    "and: dropped, answered, ends it" },
	{ "numbers", ASSAY_TYPE_U64, "", "records of the device" },
	{ "numbers.repeated", ASSAY_TYPE_U64, "",
	    "of these, with a number that another one had" },
	{ "control", ASSAY_TYPE_BOOL, "",
	    "an association was made, and a request in it answered" },
	{ .name = NULL },
};

#define VALUES ASSAY_DTLS_VALUES
static const struct assay_reason reasons[] = {
	{ "association.replay_taken", VALUES },
	{ "association.replays_dropped", VALUES },
	{ "association.numbers_repeated", VALUES },
	{ "association.numbers_differ", VALUES },
	{ "association.few_numbers", VALUES },
	{ "association.broken_taken", VALUES },
	{ "association.ended", VALUES },
	{ "association.broken_dropped", VALUES },
	{ "association.none", VALUES },
	{ "association.no_key", VALUES },
	{ "association.partial", VALUES },
	{ "association.effect_unseen", VALUES },
	{ "association.control_bad", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load shared", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "dtls.association",
	.title = "DTLS associations survive broken records, and take none "
		 "twice.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = fields,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_UDP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_MALFORMED,
	.timeout_ms = 600000,
	.state_size = sizeof(struct state),
	.run = run,
	.judge = association_judge,
	.fini = fini,
};
