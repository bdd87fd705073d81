/*
 * judge: of each address, what became of every client.
 *
 * One that was let in fails it; that all were refused is a pass only when each
 * was, at each port that is declared, and the port worked to the end.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_client_auth/parts.h"

#define TEXT_MAX 600
#define OBSERVED_MAX (CLIENT_PORTS_MAX * CLIENTS)

struct attempt {
	uint16_t port;
	unsigned client;
	const char *outcome;
	uint32_t id;
};

struct seen {
	struct assay_job *job;
	const struct assay_target *target;
	struct attempt attempts[OBSERVED_MAX];
	size_t nattempts;
	bool is_cut;
	struct assay_ports closing; /* whose closing control was good */
	uint32_t control_ids[CLIENT_PORTS_MAX];
	size_t ncontrols;
};

struct finding {
	enum assay_verdict_value value;
	const char *reason;
	struct assay_ports ports;
	char text[TEXT_MAX];
	size_t used;
	uint64_t count;
	uint32_t ids[OBSERVED_MAX + CLIENT_PORTS_MAX];
	size_t nids;
};

static void
see(void *arg, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = arg;
	unsigned i;

	if (strcmp(o->field, "control.after") == 0 && o->value.boolean &&
	    s->ncontrols < CLIENT_PORTS_MAX) {
		assay_ports_add(&s->closing, o->port, o->port);
		s->control_ids[s->ncontrols++] = id;
	}
	for (i = 0; i < CLIENT_CONTROL; i++) {
		if (strcmp(o->field, client_fields[i]) != 0)
			continue;
		if (s->nattempts == OBSERVED_MAX) {
			s->is_cut = true;
			return;
		}
		s->attempts[s->nattempts++] =
		    (struct attempt){ o->port, i, o->value.string, id };
	}
}

static bool
is_refusal(const char *outcome)
{
	return strcmp(outcome, CLIENT_REFUSED) == 0 ||
	    strcmp(outcome, CLIENT_IN_WORDS) == 0 ||
	    strcmp(outcome, CLIENT_CLOSED) == 0;
}

static void
add(struct finding *f, const struct attempt *a)
{
	const int n = snprintf(f->text + f->used, sizeof(f->text) - f->used,
	    "%s%u %s: %s", f->used == 0 ? "" : ", ", a->port,
	    client_words[a->client], a->outcome);

	if (n > 0 && (size_t)n < sizeof(f->text) - f->used)
		f->used += (size_t)n;
	else
		f->text[f->used] = '\0';
	assay_ports_add(&f->ports, a->port, a->port);
	f->ids[f->nids++] = a->id;
	f->count++;
}

static void
say(const struct seen *s, enum assay_kind kind, const struct finding *f)
{
	const struct assay_named_value values[] = {
		{ "ports", ASSAY_PORTS(&f->ports) },
		{ "clients", ASSAY_STRING(f->text) },
		{ "count", ASSAY_U64(f->count) },
	};
	const struct assay_verdict v = { .check = "TLS-S16",
		.kind = kind,
		.value = f->value,
		.target = s->target,
		.reason = f->reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = f->ids,
		.nobservations = f->nids };

	assay_say(s->job, &v);
}

/* Each client at each declared port was tried, and no others. */
static bool
is_whole(const struct seen *s, const struct assay_ports *declared)
{
	return !s->is_cut &&
	    s->nattempts == assay_ports_count(declared) * CLIENT_CONTROL;
}

static struct finding
judge_refusals(const struct seen *s, const struct assay_ports *declared)
{
	struct finding accepted = { .value = ASSAY_FAIL,
		.reason = "client_auth.accepted" };
	struct finding undecided = { .value = ASSAY_INCONC,
		.reason = "client_auth.undecided" };
	struct finding all = { .value = ASSAY_PASS,
		.reason = "client_auth.refused" };
	struct assay_ports open = *declared;
	size_t i;

	for (i = 0; i < s->nattempts; i++) {
		add(&all, &s->attempts[i]);
		if (strcmp(s->attempts[i].outcome, CLIENT_ACCEPTED) == 0)
			add(&accepted, &s->attempts[i]);
		else if (!is_refusal(s->attempts[i].outcome))
			add(&undecided, &s->attempts[i]);
	}
	if (accepted.count > 0)
		return accepted;
	if (undecided.count > 0)
		return undecided;
	assay_ports_subtract(&open, &s->closing);
	for (i = 0; i < s->ncontrols; i++)
		all.ids[all.nids++] = s->control_ids[i];
	if (!is_whole(s, declared) || assay_ports_count(&open) > 0) {
		all.value = ASSAY_INCONC;
		all.reason = is_whole(s, declared) ? "client_auth.control_bad"
						   : "client_auth.partial";
	}
	return all;
}

/* That it lets in whom it should, and that one of these who has expired is
 * refused, nobody can show without what its authority issues. */
static void
judge_target(const struct seen *s, const struct assay_ports *declared)
{
	const struct finding f = judge_refusals(s, declared);
	struct finding g = { .value = ASSAY_INCONC,
		.reason = "client_auth.no_credentials",
		.ports = *declared };

	say(s, ASSAY_BEHAVIOUR, &f);
	say(s, ASSAY_SUFFICIENCY, &g);
}

static void
judge_unasked(const struct seen *s, const struct assay_ports *declared)
{
	struct finding f = { .value = ASSAY_INCONC,
		.reason = "client_auth.not_asked",
		.ports = *declared };

	if (!assay_is_declared(s->job, "authentication")) {
		f.reason = "client_auth.not_declared";
	} else if (assay_ports_count(declared) == 0) {
		f.value = ASSAY_INFO;
		f.reason = "client_auth.none_declared";
	}
	say(s, ASSAY_BEHAVIOUR, &f);
}

void
client_judge(struct assay_job *job)
{
	struct assay_ports declared;
	struct seen s;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.job = job;
		s.target = assay_target_at(job, i);
		if (!assay_is_chosen(job, s.target->family))
			continue;
		client_ports(job, s.target, &declared);
		assay_see_all(job, s.target, see, &s);
		if (s.nattempts == 0)
			judge_unasked(&s, &declared);
		else
			judge_target(&s, &declared);
	}
}
