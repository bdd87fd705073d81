/*
 * sample: what the sample and bad probes have in common, so that each shows
 * the one thing it is about.
 */
#ifndef ASSAY_TESTS_SAMPLE_H
#define ASSAY_TESTS_SAMPLE_H

#include "probes/probe.h"

static const struct assay_claim sample_claims[] = {
	{ "TEST-01", ASSAY_BEHAVIOUR },
	{ NULL, 0 },
};

static const struct assay_field sample_fields[] = {
	{ "answer", ASSAY_TYPE_BOOL, "", "The device answered." },
	{ "count", ASSAY_TYPE_U64, "frames", "How many there were." },
	{ "text", ASSAY_TYPE_STRING, "", "Anything." },
	{ NULL, 0, NULL, NULL },
};

static const struct assay_reason sample_reasons[] = {
	{ "sample.good", "count" },
	{ "sample.bad", "count" },
	{ NULL, NULL },
};

#ifndef SAMPLE_IMPACT
#define SAMPLE_IMPACT ASSAY_ACTIVE
#endif

#ifndef SAMPLE_METHOD
#define SAMPLE_METHOD 1
#endif

/* Everything of a descriptor that is the same in all of them; overridden or
 * added to behind it. */
#define SAMPLE_PROBE(probe_name) \
	.abi = ASSAY_ABI, .size = sizeof(struct assay_probe), \
	.name = (probe_name), .title = "the sample is what it says it is", \
	.method = SAMPLE_METHOD, .claims = sample_claims, \
	.observations = sample_fields, .reasons = sample_reasons, \
	.medium = ASSAY_MEDIUM_IP, .impact = SAMPLE_IMPACT, .timeout_ms = 5000

/* Shown by every frame of the span: the controls around it see to it that
 * there are some, so that a bad probe's pass would stand if nothing else held
 * it. */
static inline uint32_t
sample_observe(struct assay_job *job, bool answer)
{
	const struct assay_frames frames = { .ip_proto = 0 };
	const struct assay_observation o = {
		.field = "answer",
		.value = ASSAY_BOOL(answer),
		.frames = &frames,
		.nframes = 1,
	};

	return assay_observe(job, &o);
}

/* Observes, controls, finishes: what a good run does. */
static inline void
sample_run(struct assay_job *job)
{
	uint32_t id = sample_observe(job, true);

	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_finish(job);
}

/* Pass on the first observation, when it says yes; or inconc. */
static inline void
sample_judge(struct assay_job *job)
{
	const uint32_t id = 1;
	const struct assay_observation *o = assay_observation_at(job, 0);
	const bool good = o != NULL && o->value.type == ASSAY_TYPE_BOOL &&
	    o->value.boolean && assay_control_is_good(job, ASSAY_AFTER);
	const struct assay_named_value value = { "count",
		ASSAY_U64(assay_observation_count(job)) };
	const struct assay_verdict v = {
		.check = "TEST-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = good ? ASSAY_PASS : ASSAY_INCONC,
		.reason = good ? "sample.good" : "sample.bad",
		.values = &value,
		.nvalues = 1,
		.observations = &id,
		.nobservations = good ? 1 : 0,
	};

	assay_say(job, &v);
}

#endif
