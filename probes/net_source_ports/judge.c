/*
 * judge of net.source_ports: what the device's own ports and ids show.
 *
 * By chance a step is small (16 either way) once in 2,048, in Linux's range of
 * ports once in 882: three quarters of 12 are not.
 */
#include <string.h>

#include "probes/net_source_ports/ports.h"

#define SAMPLES_MIN 16
#define STEPS_MIN 12
#define NARROW_MBIT 10000 /* half of them within 1,024 */

struct counts {
	uint64_t samples, distinct, narrow, cross_steps, cross_small, all_steps,
	    all_small, own_steps, own_small;
	uint32_t id; /* of the observation with the frames; 0: none */
};

enum finding { /* worst last */
	FOUND_NONE,
	FOUND_GOOD,
	FOUND_FEW,
	FOUND_UNCLEAR,
	FOUND_ONE_DESTINATION,
	FOUND_SEQUENTIAL,
	FOUND_FIXED
};

static void
see(struct counts *c, const struct assay_observation *o, const char *name)
{
	const struct assay_counter all[] = { { "samples", &c->samples },
		{ "distinct", &c->distinct }, { "narrow", &c->narrow },
		{ "cross_steps", &c->cross_steps },
		{ "cross_small", &c->cross_small },
		{ "all_steps", &c->all_steps }, { "all_small", &c->all_small },
		{ "own_steps", &c->own_steps },
		{ "own_small", &c->own_small } };

	assay_see_count(o, name, all, sizeof(all) / sizeof(all[0]));
}

static void
see_all(struct assay_job *job, struct counts *counts)
{
	const struct assay_observation *o;
	enum series s;
	size_t i, n;

	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		for (s = TCP_PORTS; s < SERIES; s++) {
			n = strlen(net_source_series[s]);
			if (strncmp(o->field, net_source_series[s], n) != 0 ||
			    o->field[n] != '.')
				continue;
			see(&counts[s], o, o->field + n + 1);
			if (strcmp(o->field + n, ".samples") == 0)
				counts[s].id = (uint32_t)i + 1;
		}
	}
}

static bool
most(uint64_t some, uint64_t of)
{
	return of >= STEPS_MIN && some * 4 >= of * 3;
}

static bool
hardly_any(uint64_t some, uint64_t of)
{
	return of >= STEPS_MIN && some * 4 <= of;
}

static enum finding
find_tcp(const struct counts *c)
{
	if (most(c->cross_small, c->cross_steps))
		return FOUND_SEQUENTIAL;
	if (most(c->own_small, c->own_steps))
		/* A secret sets each destination's counter off. */
		return hardly_any(c->cross_small, c->cross_steps)
		    ? FOUND_GOOD
		    : FOUND_ONE_DESTINATION;
	/* Few connections to each of many: no counter for all, at least. */
	return hardly_any(c->all_small, c->all_steps) &&
		c->narrow >= NARROW_MBIT
	    ? FOUND_GOOD
	    : FOUND_UNCLEAR;
}

static enum finding
find(const struct counts *c, enum series s)
{
	if (c->samples == 0)
		return FOUND_NONE;
	if (c->samples < SAMPLES_MIN)
		return FOUND_FEW;
	if (c->distinct == 1)
		return FOUND_FIXED;
	if (s == TCP_PORTS)
		return find_tcp(c);
	if (most(c->all_small, c->all_steps))
		return FOUND_SEQUENTIAL;
	return hardly_any(c->all_small, c->all_steps) &&
		c->narrow >= NARROW_MBIT
	    ? FOUND_GOOD
	    : FOUND_UNCLEAR;
}

static void
say(struct assay_job *job, const struct counts *counts, enum series s,
    enum assay_verdict_value value, const char *reason)
{
	const struct counts *c = &counts[s];
	struct assay_named_value values[] = {
		{ "series", ASSAY_STRING(net_source_series[s]) },
		{ "samples", ASSAY_U64(c->samples) },
		{ "distinct", ASSAY_U64(c->distinct) },
		{ "cross_steps", ASSAY_U64(c->cross_steps) },
		{ "cross_small", ASSAY_U64(c->cross_small) },
		{ "steps", ASSAY_U64(c->all_steps) },
		{ "small", ASSAY_U64(c->all_small) },
		{ "tcp", ASSAY_U64(counts[TCP_PORTS].samples) },
		{ "queries", ASSAY_U64(counts[DNS_PORTS].samples) },
		{ "bits", ASSAY_U64(c->narrow / 1000) },
	};
	uint32_t ids[SERIES];
	struct assay_verdict v = {
		.check = "NET-09",
		.kind = ASSAY_BEHAVIOUR,
		.value = value,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = ids,
	};
	enum series k;

	for (k = TCP_PORTS; k < SERIES; k++)
		if (counts[k].samples > 0 && counts[k].id != 0 &&
		    (value != ASSAY_FAIL || k == s))
			ids[v.nobservations++] = counts[k].id;
	assay_say(job, &v);
}

void
net_source_ports_judge(struct assay_job *job)
{
	static const struct {
		enum assay_verdict_value value;
		const char *reason;
	} says[] = {
		[FOUND_NONE] = { ASSAY_INCONC, "ports.few" },
		[FOUND_GOOD] = { ASSAY_PASS, "ports.unpredictable" },
		[FOUND_FEW] = { ASSAY_INCONC, "ports.few" },
		[FOUND_UNCLEAR] = { ASSAY_INCONC, "ports.unclear" },
		[FOUND_ONE_DESTINATION] = { ASSAY_INCONC,
		    "ports.one_destination" },
		[FOUND_SEQUENTIAL] = { ASSAY_FAIL, "ports.sequential" },
		[FOUND_FIXED] = { ASSAY_FAIL, "ports.fixed" },
	};
	struct counts counts[SERIES];
	enum finding found, worst = FOUND_NONE;
	enum series s, of = TCP_PORTS;

	memset(counts, 0, sizeof(counts));
	see_all(job, counts);
	for (s = TCP_PORTS; s < SERIES; s++) {
		found = find(&counts[s], s);
		if (found > worst) {
			worst = found;
			of = s;
		}
	}
	say(job, counts, of, says[worst].value, says[worst].reason);
}
