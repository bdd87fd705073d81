/*
 * judge of net.ip_ids: what the identifications of one address show.
 *
 * By chance a step is small (16 either way) once in 2,048 by IPv4: three
 * quarters of 12 or more are not, nor a quarter of 60 within 1,024.
 */
#include <string.h>

#include "probes/net_ip_ids/ids.h"
#include "probes/probe.h"

#define STEPS_MIN 12

struct counts {
	uint64_t samples, distinct, df;
	uint64_t cross_steps, cross_small, cross_near, own_steps, own_small,
	    own_near;
};

struct seen {
	const struct assay_target *target;
	uint32_t id; /* 0: it was not asked */
	uint64_t sources;
	bool control;
	struct counts counts[QUESTIONS];
};

static void
see_count(struct counts *c, const struct assay_observation *o, const char *name)
{
	const struct assay_counter all[] = { { "samples", &c->samples },
		{ "distinct", &c->distinct }, { "df", &c->df },
		{ "cross_steps", &c->cross_steps },
		{ "cross_small", &c->cross_small },
		{ "cross_near", &c->cross_near },
		{ "own_steps", &c->own_steps }, { "own_small", &c->own_small },
		{ "own_near", &c->own_near } };

	assay_see_count(o, name, all, sizeof(all) / sizeof(all[0]));
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;
	const char *dot = strchr(o->field, '.');
	enum question q;

	if (strcmp(o->field, "ids.sources") == 0) {
		s->sources = o->value.u64;
		s->id = id;
	} else if (strcmp(o->field, "control") == 0)
		s->control = o->value.boolean;
	for (q = ECHO; q < QUESTIONS && dot != NULL; q++)
		if (strlen(net_ip_ids_questions[q]) ==
			(size_t)(dot - o->field) &&
		    memcmp(net_ip_ids_questions[q], o->field,
			(size_t)(dot - o->field)) == 0)
			see_count(&s->counts[q], o, dot + 1);
}

/* Of one kind of question, worst last. */
enum finding {
	FOUND_NOTHING, /* too few */
	FOUND_RANDOM,
	FOUND_CONSTANT,
	FOUND_EACH,
	FOUND_UNCLEAR,
	FOUND_ONE_SOURCE,
	FOUND_FRAGMENTS_CONSTANT,
	FOUND_GLOBAL
};

static enum finding
finding(const struct seen *s, enum question q)
{
	const struct counts *c = &s->counts[q];

	if (c->samples < IP_IDS_SAMPLES_MIN)
		return FOUND_NOTHING;
	/* RFC 8200 section 4.5: different from any other sent recently. */
	if (c->distinct == 1)
		return q == FRAGMENTS ? FOUND_FRAGMENTS_CONSTANT
				      : FOUND_CONSTANT;
	if (s->sources > 1 && c->cross_steps >= STEPS_MIN &&
	    c->cross_small * 4 >= c->cross_steps * 3)
		return FOUND_GLOBAL;
	/* Were it one for all, steps between addresses were smaller still. */
	if (c->own_small * 4 >= c->own_steps * 3)
		return s->sources > 1 && c->cross_steps >= STEPS_MIN &&
			c->cross_small * 2 <= c->cross_steps
		    ? FOUND_EACH
		    : FOUND_ONE_SOURCE;
	/* A counter of a device that sends a lot takes longer steps. */
	return c->own_near * 4 <= c->own_steps &&
		c->cross_near * 4 <= c->cross_steps
	    ? FOUND_RANDOM
	    : FOUND_UNCLEAR;
}

static void
say(struct assay_job *job, const struct seen *s, enum question q,
    enum assay_verdict_value value, const char *reason)
{
	const struct counts *c = &s->counts[q];
	struct assay_named_value values[] = {
		{ "question", ASSAY_STRING(net_ip_ids_questions[q]) },
		{ "samples", ASSAY_U64(c->samples) },
		{ "sources", ASSAY_U64(s->sources) },
		{ "distinct", ASSAY_U64(c->distinct) },
		{ "df", ASSAY_U64(c->df) },
		{ "cross_steps", ASSAY_U64(c->cross_steps) },
		{ "cross_small", ASSAY_U64(c->cross_small) },
		{ "own_steps", ASSAY_U64(c->own_steps) },
		{ "own_small", ASSAY_U64(c->own_small) },
		{ "own_near", ASSAY_U64(c->own_near) },
	};
	struct assay_verdict v = {
		.check = "NET-10",
		.kind = ASSAY_BEHAVIOUR,
		.value = value,
		.target = s->target,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = &s->id,
		.nobservations = 1,
	};

	assay_say(job, &v);
}

static void
judge_target(struct assay_job *job, const struct seen *s)
{
	static const struct {
		enum assay_verdict_value value;
		const char *reason;
	} says[] = {
		[FOUND_NOTHING] = { ASSAY_INCONC, "ids.few" },
		[FOUND_RANDOM] = { ASSAY_PASS, "ids.random" },
		[FOUND_CONSTANT] = { ASSAY_PASS, "ids.constant" },
		[FOUND_EACH] = { ASSAY_PASS, "ids.each_its_own" },
		[FOUND_UNCLEAR] = { ASSAY_INCONC, "ids.unclear" },
		[FOUND_ONE_SOURCE] = { ASSAY_INCONC, "ids.one_source" },
		[FOUND_FRAGMENTS_CONSTANT] = { ASSAY_FAIL,
		    "ids.fragments_constant" },
		[FOUND_GLOBAL] = { ASSAY_FAIL, "ids.global" },
	};
	enum finding found, worst = FOUND_NOTHING;
	enum question q, of = s->target->family == 4 ? ECHO : FRAGMENTS;

	for (q = ECHO; q < QUESTIONS; q++) {
		found = finding(s, q);
		if (found > worst) {
			worst = found;
			of = q;
		}
	}
	if (says[worst].value == ASSAY_PASS && !s->control)
		say(job, s, of, ASSAY_INCONC, "ids.control_bad");
	else
		say(job, s, of, says[worst].value, says[worst].reason);
}

void
net_ip_ids_judge(struct assay_job *job)
{
	struct assay_verdict none = { .check = "NET-10",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_INCONC,
		.reason = "ids.not_asked" };
	struct seen s;
	size_t i, said = 0;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.id == 0)
			continue;
		judge_target(job, &s);
		said++;
	}
	if (said == 0)
		assay_say(job, &none);
}
