/*
 * worker_reading: how a judge reads what was observed of one address.
 *
 * Only functions of the contract that judge may call are used, so it is as pure
 * as they are, and a unit test runs the same code.
 */
#include <string.h>

#include "probes/probe.h"

bool
assay_is_about(const struct assay_observation *o, const struct assay_target *t)
{
	return o->target != NULL && o->target->family == t->family &&
	    memcmp(o->target->addr, t->addr, t->family == 4 ? 4 : 16) == 0;
}

void
assay_see_all(struct assay_job *job, const struct assay_target *t,
    void (*see)(void *seen, const struct assay_observation *, uint32_t id),
    void *seen)
{
	const struct assay_observation *o;
	size_t i;

	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		if (assay_is_about(o, t))
			see(seen, o, (uint32_t)i + 1);
	}
}

void
assay_see_count(const struct assay_observation *o, const char *field,
    const struct assay_counter *counters, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(field, counters[i].field) == 0)
			*counters[i].to = o->value.u64;
}

void
assay_say_no_address(struct assay_job *job, uint8_t family, const char *check,
    enum assay_kind kind, const char *reason)
{
	const struct assay_named_value value = { "family",
		ASSAY_STRING(family == 4 ? "IPv4" : "IPv6") };
	const struct assay_verdict v = { .check = check,
		.kind = kind,
		.value = ASSAY_INCONC,
		.reason = reason,
		.values = &value,
		.nvalues = 1 };

	assay_say(job, &v);
}
