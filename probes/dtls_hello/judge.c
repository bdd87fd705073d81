/*
 * judge: from how hellos were answered to the verdicts of one address.
 */
#include <stdio.h>
#include <string.h>

#include "probes/dtls_hello/parts.h"
#include "protocols/dtls_record.h"

#define FACTOR 3 /* RFC 9147 section 5.1, RFC 9000 section 8.1 */

struct seen {
	struct assay_job *job;
	const struct assay_target *target;
	bool any;
	struct assay_dtls_said dtls; /* ports that speak it */
	struct assay_dtls_said silent;
	struct assay_dtls_said old, refused_old, old_unanswered;
	struct assay_dtls_said no_cookie, wrong_taken, amplifies, cookie;
	struct assay_dtls_said control;
	/* of the port that is being read */
	char first[32], right[32];
	uint32_t first_id, right_id;
	uint64_t sent;
};

static bool
is(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

static void
see_port(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	s->any = true;
	s->first[0] = s->right[0] = '\0';
	s->sent = 0;
	if (is(o->value.string, "dtls"))
		assay_dtls_said_add(&s->dtls, o, "", id);
	else if (!is(o->value.string, "other") &&
	    assay_dtls_is_declared(s->job, s->target, o->port))
		assay_dtls_said_add(&s->silent, o, o->value.string, id);
}

static void
see_first(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	snprintf(s->first, sizeof(s->first), "%s", o->value.string);
	s->first_id = id;
	if (is(o->value.string, HELLO_TAKEN))
		assay_dtls_said_add(&s->no_cookie, o, "", id);
}

static void
see_bytes(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	char text[80];

	(void)id;
	if (s->sent == 0 || o->value.u64 <= FACTOR * s->sent)
		return;
	snprintf(text, sizeof(text), "%llu to %llu bytes",
	    (unsigned long long)s->sent, (unsigned long long)o->value.u64);
	assay_dtls_said_add(&s->amplifies, o, text, s->first_id);
}

static void
see_right(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	snprintf(s->right, sizeof(s->right), "%s", o->value.string);
	s->right_id = id;
}

/* The right one leads on where the wrong one did not, or is refused for what
 * follows: the same answer to both shows nothing. */
static void
see_wrong(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *wrong = o->value.string;

	if (is(wrong, HELLO_TAKEN)) {
		assay_dtls_said_add(&s->wrong_taken, o, "", id);
		return;
	}
	if (!is(s->first, HELLO_ASKED) ||
	    !(is(wrong, HELLO_ASKED) || is(wrong, HELLO_ALERT)) ||
	    !(is(s->right, HELLO_TAKEN) || is(s->right, HELLO_ALERT)) ||
	    strcmp(wrong, s->right) == 0)
		return;
	assay_dtls_said_add(&s->cookie, o, wrong, id);
	assay_dtls_said_cite(&s->cookie, s->first_id);
	assay_dtls_said_cite(&s->cookie, s->right_id);
}

/* An alert that says that there is no such version, or no suite in it: other
 * ones may be about anything. */
static bool
refuses(const char *answer)
{
	static const unsigned alerts[] = { TLS_ALERT_PROTOCOL_VERSION,
		TLS_ALERT_HANDSHAKE_FAILURE, TLS_ALERT_INSUFFICIENT_SECURITY };
	char text[32];
	size_t i;

	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		snprintf(text, sizeof(text), HELLO_ALERT " %u", alerts[i]);
		if (strcmp(answer, text) == 0)
			return true;
	}
	return false;
}

/* A ServerHello of 1.0, or an alert in its place.  A cookie is given in any
 * version, and silence is nothing. */
static void
see_old(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	char taken[32];

	snprintf(taken, sizeof(taken), HELLO_TAKEN " 0x%04x", DTLS_10);
	if (strcmp(o->value.string, taken) == 0)
		assay_dtls_said_add(&s->old, o, "", id);
	else if (refuses(o->value.string))
		assay_dtls_said_add(&s->refused_old, o, o->value.string, id);
	else
		assay_dtls_said_add(&s->old_unanswered, o, o->value.string, id);
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	static const struct {
		const char *field;
		void (*see)(
		    struct seen *, const struct assay_observation *, uint32_t);
	} seers[] = {
		{ "dtls.port", see_port },
		{ "first", see_first },
		{ "answer.bytes", see_bytes },
		{ "wrong", see_wrong },
		{ "right", see_right },
		{ "old", see_old },
	};
	struct seen *s = seen;
	size_t i;

	for (i = 0; i < sizeof(seers) / sizeof(seers[0]); i++)
		if (strcmp(o->field, seers[i].field) == 0) {
			seers[i].see(s, o, id);
			return;
		}
	if (strcmp(o->field, "first.bytes") == 0) {
		s->sent = o->value.u64;
	} else if (strcmp(o->field, "control") == 0) {
		/* The last one of a port counts: the closing one. */
		struct assay_ports one;

		memset(&one, 0, sizeof(one));
		assay_ports_add(&one, o->port, o->port);
		assay_ports_subtract(&s->control.ports, &one);
		if (o->value.boolean)
			assay_dtls_said_add(&s->control, o, "", id);
	}
}

/* ---- what is said of it ---- */

static struct assay_dtls_finding
find_doubt(const struct seen *s)
{
	struct assay_dtls_finding f = { ASSAY_INCONC, NULL, &s->dtls };

	if (s->silent.nids > 0) {
		f.reason = "dtls.declared_silent";
		f.said = &s->silent;
	} else if (s->dtls.nids == 0) {
		f.value = ASSAY_INFO;
		f.reason = "dtls.none";
	} else if (!assay_dtls_said_covers(&s->control, &s->dtls)) {
		f.reason = "dtls.control_bad";
	}
	return f;
}

static struct assay_dtls_finding
find_version(const struct seen *s, struct assay_dtls_finding doubt)
{
	if (s->old.nids > 0)
		return (struct assay_dtls_finding){ ASSAY_FAIL,
			"dtls.old_taken", &s->old };
	if (doubt.reason != NULL)
		return doubt;
	if (!assay_dtls_said_covers(&s->refused_old, &s->dtls))
		return (struct assay_dtls_finding){ ASSAY_INCONC,
			"dtls.unanswered", &s->old_unanswered };
	return (struct assay_dtls_finding){ ASSAY_PASS, "dtls.old_refused",
		&s->refused_old };
}

static struct assay_dtls_finding
find_cookie(const struct seen *s, struct assay_dtls_finding doubt)
{
	if (s->no_cookie.nids > 0)
		return (struct assay_dtls_finding){ ASSAY_FAIL,
			"dtls.no_cookie", &s->no_cookie };
	if (s->wrong_taken.nids > 0)
		return (struct assay_dtls_finding){ ASSAY_FAIL,
			"dtls.wrong_cookie_taken", &s->wrong_taken };
	if (s->amplifies.nids > 0)
		return (struct assay_dtls_finding){ ASSAY_FAIL,
			"dtls.amplifies", &s->amplifies };
	if (doubt.reason != NULL)
		return doubt;
	if (!assay_dtls_said_covers(&s->cookie, &s->dtls))
		return (struct assay_dtls_finding){ ASSAY_INCONC,
			"dtls.cookie_unclear", &s->dtls };
	return (
	    struct assay_dtls_finding){ ASSAY_PASS, "dtls.cookie", &s->cookie };
}

static void
say(struct assay_job *job, const struct seen *s, const char *check,
    struct assay_dtls_finding f)
{
	assay_dtls_verdict(job, s->target, check, f,
	    f.value == ASSAY_PASS ? &s->control : NULL);
}

void
dtls_hello_judge(struct assay_job *job)
{
	static const struct assay_dtls_said nothing;
	struct assay_dtls_finding doubt;
	struct seen s;
	bool any = false;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.job = job;
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (!s.any)
			continue;
		any = true;
		doubt = find_doubt(&s);
		say(job, &s, "DTL-01", find_version(&s, doubt));
		say(job, &s, "DTL-02", find_cookie(&s, doubt));
	}
	if (any)
		return;
	memset(&s, 0, sizeof(s));
	doubt = (struct assay_dtls_finding){ ASSAY_INCONC, "dtls.not_asked",
		&nothing };
	say(job, &s, "DTL-01", doubt);
	say(job, &s, "DTL-02", doubt);
}
