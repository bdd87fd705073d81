/*
 * judge: from what became of each broken or repeated record to the verdicts of
 * one address.
 */
#include <stdio.h>
#include <string.h>

#include "probes/dtls_association/parts.h"

#define NUMBERS_LEAST 50

struct seen {
	bool any;
	struct assay_dtls_said made, none, control, bad_control;
	struct assay_dtls_said replayed, replays, taken, ended, broken;
	struct assay_dtls_said repeated, numbers, few;
	struct assay_dtls_said
	    anew; /* a request that comes again is answered */
	/* of the port that is being read */
	unsigned nreplays, nbroken;
};

static bool
ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* Which trial it is of; TRIALS: none. */
static size_t
trial_of(const char *text)
{
	size_t i, n;

	for (i = 0; i < TRIALS; i++) {
		n = strlen(association_trials[i].name);
		if (strncmp(text, association_trials[i].name, n) == 0 &&
		    text[n] == ':')
			break;
	}
	return i;
}

static void
see_trial(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *text = o->value.string;
	const size_t trial = trial_of(text);
	const bool is_broken = trial < TRIALS_FORGED;

	if (trial == TRIALS)
		return;
	if (association_trials[trial].kind == TRIAL_ANEW) {
		if (ends_with(text, TRIAL_ANSWERED))
			assay_dtls_said_add(&s->anew, o, text, id);
		return;
	}
	if (ends_with(text, TRIAL_ANSWERED)) {
		assay_dtls_said_add(
		    is_broken ? &s->taken : &s->replayed, o, text, id);
	} else if (ends_with(text, TRIAL_ENDED)) {
		assay_dtls_said_add(&s->ended, o, text, id);
	} else if (is_broken) {
		assay_dtls_said_cite(&s->broken, id);
		if (++s->nbroken == TRIALS_FORGED)
			assay_ports_add(&s->broken.ports, o->port, o->port);
	} else {
		assay_dtls_said_cite(&s->replays, id);
		if (++s->nreplays == TRIALS - TRIALS_FORGED - 1)
			assay_ports_add(&s->replays.ports, o->port, o->port);
	}
}

static void
see_numbers(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu records",
	    (unsigned long long)o->value.u64);
	assay_dtls_said_add(
	    o->value.u64 < NUMBERS_LEAST ? &s->few : &s->numbers, o, text, id);
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;

	if (strcmp(o->field, "association") == 0) {
		s->any = true;
		s->nreplays = s->nbroken = 0;
		assay_dtls_said_add(
		    strcmp(o->value.string, "made") == 0 ? &s->made : &s->none,
		    o, "", id);
	} else if (strcmp(o->field, "trial") == 0) {
		see_trial(s, o, id);
	} else if (strcmp(o->field, "numbers") == 0) {
		see_numbers(s, o, id);
	} else if (strcmp(o->field, "numbers.repeated") == 0) {
		if (o->value.u64 > 0)
			assay_dtls_said_add(&s->repeated, o, "", id);
	} else if (strcmp(o->field, "control") == 0) {
		assay_dtls_said_add(
		    o->value.boolean ? &s->control : &s->bad_control, o, "",
		    id);
	}
}

static struct assay_dtls_finding
find_doubt(const struct seen *s)
{
	struct assay_dtls_finding f = { ASSAY_INCONC, NULL, &s->made };

	if (s->none.nids > 0) {
		f.reason = "association.none";
		f.said = &s->none;
	} else if (s->bad_control.nids > 0) {
		f.reason = "association.control_bad";
		f.said = &s->bad_control;
	}
	return f;
}

/* Fails on any of these two; `ended` needs a new association that was made. */
static struct assay_dtls_finding
find(const struct seen *s, const struct assay_dtls_said *taken,
    const char *taken_reason, const struct assay_dtls_said *good,
    const char *good_reason)
{
	const struct assay_dtls_finding doubt = find_doubt(s);

	if (taken->nids > 0)
		return (struct assay_dtls_finding){ ASSAY_FAIL, taken_reason,
			taken };
	if (doubt.reason != NULL)
		return doubt;
	if (s->ended.nids > 0)
		return (struct assay_dtls_finding){ ASSAY_FAIL,
			"association.ended", &s->ended };
	if (!assay_dtls_said_covers(good, &s->made))
		return (struct assay_dtls_finding){ ASSAY_INCONC,
			"association.partial", &s->made };
	if (good == &s->replays && !assay_dtls_said_covers(&s->anew, &s->made))
		return (struct assay_dtls_finding){ ASSAY_INCONC,
			"association.effect_unseen", &s->made };
	return (struct assay_dtls_finding){ ASSAY_PASS, good_reason, good };
}

static struct assay_dtls_finding
find_numbers(const struct seen *s)
{
	const struct assay_dtls_finding doubt = find_doubt(s);

	if (s->repeated.nids > 0)
		return (struct assay_dtls_finding){ ASSAY_FAIL,
			"association.numbers_repeated", &s->repeated };
	if (doubt.reason != NULL)
		return doubt;
	if (s->few.nids > 0 || !assay_dtls_said_covers(&s->numbers, &s->made))
		return (struct assay_dtls_finding){ ASSAY_INCONC,
			"association.few_numbers", &s->few };
	return (struct assay_dtls_finding){ ASSAY_PASS,
		"association.numbers_differ", &s->numbers };
}

static void
say(struct assay_job *job, const struct assay_target *t, const struct seen *s,
    const char *check, struct assay_dtls_finding f)
{
	assay_dtls_verdict(job, t, check, f, &s->control);
}

void
association_judge(struct assay_job *job)
{
	static const char *const checks[] = { "DTL-03", "DTL-04", "DTL-05" };
	const bool has_key = assay_param_string(job, "key")[0] != '\0';
	const struct assay_target *t;
	struct seen s;
	bool any = false;
	size_t i, k;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		memset(&s, 0, sizeof(s));
		assay_see_all(job, t, see, &s);
		if (!s.any)
			continue;
		any = true;
		say(job, t, &s, "DTL-03",
		    find(&s, &s.replayed, "association.replay_taken",
			&s.replays, "association.replays_dropped"));
		say(job, t, &s, "DTL-04", find_numbers(&s));
		say(job, t, &s, "DTL-05",
		    find(&s, &s.taken, "association.broken_taken", &s.broken,
			"association.broken_dropped"));
	}
	memset(&s, 0, sizeof(s));
	for (k = 0; !any && k < 3; k++)
		say(job, NULL, &s, checks[k],
		    (struct assay_dtls_finding){ ASSAY_INCONC,
			has_key ? "association.none" : "association.no_key",
			&s.none });
}
