/*
 * judge of tcp.isn: what the numbers of one address show, and the verdict.
 *
 * The half with other addresses and ports each time decides: nobody off the
 * path knows another's number there.  The other half, where a clock is by
 * design, is a fault only when it stands still.
 */
#include <string.h>

#include "probes/probe.h"
#include "probes/tcp_isn/isn.h"
#include "protocols/number_sequence.h"

struct seen {
	const struct assay_target *target;
	const char *end; /* NULL: it was not asked */
	uint16_t port;
	uint64_t asked, sources;
	uint64_t run, earlier, again; /* another job's numbers; run 0: none */
	struct number_stats half[HALVES];
	uint32_t end_id, control_id, again_id;
	bool control;
};

static void
see_stat(struct number_stats *s, const char *name, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;

	if (strcmp(name, "samples") == 0)
		s->samples = v32;
	else if (strcmp(name, "distinct") == 0)
		s->distinct = v32;
	else if (strcmp(name, "repeats") == 0)
		s->repeats = v;
	else if (strcmp(name, "same_steps") == 0)
		s->same_steps = v;
	else if (strcmp(name, "step") == 0)
		s->step = v32;
	else if (strcmp(name, "step_permille") == 0)
		s->step_permille = v32;
	else if (strcmp(name, "narrow") == 0)
		s->narrow_mbit = v32;
	else if (strcmp(name, "clock_off") == 0)
		s->clock_mbit = v32;
	else if (strcmp(name, "clock") == 0)
		s->clock_hz = v;
	else if (strcmp(name, "linear") == 0)
		s->linear = v != 0;
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;

	if (strncmp(o->field, "one.", 4) == 0)
		see_stat(&s->half[ONE_TUPLE], o->field + 4, o->value.u64);
	else if (strncmp(o->field, "varied.", 7) == 0)
		see_stat(&s->half[VARIED], o->field + 7, o->value.u64);
	else if (strcmp(o->field, "isn.end") == 0) {
		s->end = o->value.string;
		s->end_id = id;
		s->port = o->port;
	} else if (strcmp(o->field, "isn.asked") == 0)
		s->asked = o->value.u64;
	else if (strcmp(o->field, "isn.sources") == 0)
		s->sources = o->value.u64;
	else if (strcmp(o->field, "earlier.run") == 0)
		s->run = o->value.u64;
	else if (strcmp(o->field, "earlier.numbers") == 0)
		s->earlier = o->value.u64;
	else if (strcmp(o->field, "earlier.again") == 0) {
		s->again = o->value.u64;
		s->again_id = id;
	} else if (strcmp(o->field, "control") == 0) {
		s->control = o->value.boolean;
		s->control_id = id;
	}
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_verdict_value value,
    const char *reason)
{
	const struct number_stats *v = &s->half[VARIED];
	struct assay_named_value values[] = {
		{ "port", ASSAY_U64(s->port) },
		{ "samples",
		    ASSAY_U64(s->half[ONE_TUPLE].samples + v->samples) },
		{ "asked", ASSAY_U64(s->asked) },
		{ "sources", ASSAY_U64(s->sources) },
		{ "distinct", ASSAY_U64(v->distinct) },
		{ "repeats", ASSAY_U64(v->repeats) },
		{ "same_steps", ASSAY_U64(v->same_steps) },
		{ "step", ASSAY_U64(v->step) },
		{ "step_percent", ASSAY_U64(v->step_permille / 10) },
		{ "bits", ASSAY_U64(v->narrow_mbit / 1000) },
		{ "clock_bits", ASSAY_U64(v->clock_mbit / 1000) },
		{ "clock_hz", ASSAY_U64(v->clock_hz) },
		{ "one_bits",
		    ASSAY_U64(s->half[ONE_TUPLE].narrow_mbit / 1000) },
		/* of numbers that come again alone: */
		{ "run", ASSAY_U64(s->run) },
		{ "earlier", ASSAY_U64(s->earlier) },
		{ "again", ASSAY_U64(s->again) },
	};
	uint32_t ids[3] = { s->end_id };
	struct assay_verdict verdict = {
		.check = "NET-08",
		.kind = ASSAY_BEHAVIOUR,
		.value = value,
		.target = s->target,
		.port = s->port,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = ids,
		.nobservations = 1,
	};

	if (strcmp(reason, "isn.repeats_earlier") == 0)
		ids[verdict.nobservations++] = s->again_id;
	else
		verdict.nvalues -= 3;
	if (s->control)
		ids[verdict.nobservations++] = s->control_id;
	assay_say(job, &verdict);
}

/* What the numbers themselves show, whatever else went wrong; NULL: nothing
 * is wrong with them, as far as there are enough. */
static const char *
fault_of(const struct seen *s)
{
	static const char *const faults[] = {
		[NUMBER_CONSTANT] = "isn.constant",
		[NUMBER_CONSTANT_STEP] = "isn.constant_step",
		[NUMBER_REPEATS] = "isn.repeats",
		[NUMBER_CLOCK] = "isn.clock",
		[NUMBER_NARROW] = "isn.narrow",
		[NUMBER_FEW_STEPS] = "isn.few_steps",
		[NUMBER_LINEAR] = "isn.linear",
		[NUMBER_HARD] = NULL,
	};
	const char *fault = faults[number_kind_of(&s->half[VARIED])];

	/* As after a boot from which the generator begins anew. */
	if (fault == NULL && s->again >= NUMBER_PAIRS_MIN)
		fault = "isn.repeats_earlier";
	/* No clock, M of RFC 6528: RFC 9293 section 3.4.1 wants one of 4 us. */
	if (fault == NULL && s->half[ONE_TUPLE].samples >= ISN_HALF_MIN &&
	    number_kind_of(&s->half[ONE_TUPLE]) == NUMBER_CONSTANT)
		fault = "isn.one_constant";
	return fault;
}

static void
judge_target(struct assay_job *job, const struct seen *s)
{
	const char *fault = fault_of(s);

	if (fault != NULL)
		say(job, s, ASSAY_FAIL, fault);
	else if (s->port == 0)
		say(job, s, ASSAY_INCONC, "isn.no_port");
	else if (strcmp(s->end, "complete") != 0)
		say(job, s, ASSAY_INCONC, "isn.device_gone");
	else if (s->half[ONE_TUPLE].samples < ISN_HALF_MIN ||
	    s->half[VARIED].samples < ISN_HALF_MIN)
		say(job, s, ASSAY_INCONC, "isn.few");
	else if (number_kind_of(&s->half[VARIED]) != NUMBER_HARD)
		say(job, s, ASSAY_INCONC, "isn.weak");
	else if (!s->control)
		say(job, s, ASSAY_INCONC, "isn.control_bad");
	else
		say(job, s, ASSAY_PASS, "isn.unpredictable");
}

void
tcp_isn_judge(struct assay_job *job)
{
	struct assay_verdict none = { .check = "NET-08",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_INCONC,
		.reason = "isn.no_address" };
	struct seen s;
	size_t i, said = 0;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.end == NULL)
			continue;
		judge_target(job, &s);
		said++;
	}
	if (said == 0)
		assay_say(job, &none);
}
