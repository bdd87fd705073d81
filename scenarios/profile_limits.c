/*
 * profile_limits: what a profile allows to be done to the device, and when.
 *
 * What is not written is not allowed where somebody could be hurt by it
 * (hazards), and has no limit elsewhere.
 */
#include "scenarios/profile_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/profile.h"
#include "scenarios/yaml.h"

#define NO_LIMIT 1000000000

/* "hh:mm-hh:mm", which the pattern has seen to; an empty night is none. */
bool
profile_parse_hours(const char *text, void *base)
{
	struct profile *p = base;
	unsigned n[4];
	size_t i;

	for (i = 0; i < 4; i++)
		n[i] = (unsigned)strtoul(text + 3 * i, NULL, 10);
	p->limits.hours_from = (uint16_t)(n[0] * 60 + n[1]);
	p->limits.hours_to = (uint16_t)(n[2] * 60 + n[3]);
	p->limits.has_hours = true;
	return p->limits.hours_from != p->limits.hours_to;
}

int
profile_finish_budgets(const struct yaml_node *n, void *base, struct err *e)
{
	struct profile *p = base;

	(void)n;
	(void)e;
	p->limits.has_budgets = true;
	return 0;
}

#define BUDGET(key, member, text) \
	{ \
		.name = (key), .type = YAML_UINT, \
		YAML_AT(struct profile_limits, member), .def = "1000000000", \
		.max = NO_LIMIT, .help = (text) \
	}

static const struct yaml_field budget_fields[] = {
	{ .name = "over",
	    .type = YAML_DURATION,
	    YAML_AT(struct profile_limits, over_ms),
	    .min = 60000,
	    .max = 30u * 24 * 3600 * 1000,
	    .help = "The time over which they hold: what all runs on the "
		    "device since then have drawn counts. Each run's own "
		    "when not said." },
	BUDGET("restarts", restarts, "Actions whose check is a reboot."),
	BUDGET("load", load, "Jobs of probes with impact load."),
	BUDGET("state", state, "Jobs of probes with impact state."),
	BUDGET("frames", frames,
	    "Frames from and to the device in all jobs; the job that goes "
	    "beyond it is the last one."),
	{ .name = NULL },
};
const struct yaml_map profile_budget_map = { .fields = budget_fields };

bool
profile_is_within_hours(const struct profile_limits *l, unsigned minute)
{
	if (!l->has_hours)
		return true;
	if (l->hours_from < l->hours_to)
		return minute >= l->hours_from && minute < l->hours_to;
	return minute >= l->hours_from || minute < l->hours_to;
}

const char *
profile_hours_text(const struct profile_limits *l, char *out, size_t size)
{
	out[0] = '\0';
	if (l->has_hours)
		snprintf(out, size, "%02u:%02u-%02u:%02u", l->hours_from / 60u,
		    l->hours_from % 60u, l->hours_to / 60u, l->hours_to % 60u);
	return out;
}

bool
profile_consents(const struct profile *p, const char *hazard, const char *today)
{
	const struct profile_rows *t = &p->tables[PROFILE_CONSENTS];
	const struct profile_row *row;
	const char *until;
	size_t i;

	for (i = 0; i < t->n; i++) {
		row = &t->rows[i];
		until = profile_row_cell(PROFILE_CONSENTS, row, "until");
		if (strcmp(profile_row_cell(PROFILE_CONSENTS, row, "hazard"),
			hazard) == 0 &&
		    profile_date_holds(until, today))
			return true;
	}
	return false;
}
