/*
 * profile_limits: what a profile allows to be done to the device, and when.
 *
 *   hours: "22:00-06:00"    # of the bench's local time, for all but watching
 *   budgets:                # what is not said has no limit
 *     over: 24h             # of all runs of the last 24 hours; one run's when
 *                           # not said
 *     restarts: 10          # actions that are seen by a reboot
 *     load: 2               # jobs of probes with this impact
 *     state: 5
 *     frames: 500000        # between the device and anybody, in all jobs
 *   consents:               # who lets happen what (profile_tables.h)
 *     - {hazard: prints, by: J. Doe, until: 2027-03-31}
 *
 * Pure: who asks says what time it is.
 */
#ifndef ASSAY_PROFILE_LIMITS_H
#define ASSAY_PROFILE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct profile_limits {
	bool has_hours, has_budgets;
	uint16_t hours_from, hours_to; /* minutes of the day; to: excluded */
	uint32_t restarts, load, state, frames;
	uint32_t over_ms; /* for all runs of so long; 0: for one run */
};

struct profile;

/* minute: of the day, 0 to 1439.  True when the profile says no hours. */
bool profile_is_within_hours(const struct profile_limits *l, unsigned minute);
/* "22:00-06:00"; "" when there are none. */
const char *profile_hours_text(
    const struct profile_limits *l, char *out, size_t size);
/* Of a date that may be left out; both as "2026-11-23". */
static inline bool
profile_date_holds(const char *until, const char *today)
{
	return until[0] == '\0' || strcmp(today, until) <= 0;
}
/* A person has consented to this hazard, and the consent has not run out.
 * today: "2026-11-23". */
bool profile_consents(
    const struct profile *p, const char *hazard, const char *today);

/* For the profile's own table. */
struct yaml_map;
struct yaml_node;
extern const struct yaml_map profile_budget_map;
bool profile_parse_hours(const char *text, void *base);
int profile_finish_budgets(
    const struct yaml_node *n, void *base, struct err *e);

#endif
