/*
 * permit: may this step be begun?
 */
#include "daemon/engine/permit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "probes/probe.h"

#define CODE "not_allowed."

static const char *const impacts[] = {
	[ASSAY_PASSIVE] = "passive",
	[ASSAY_ACTIVE] = "active",
	[ASSAY_MALFORMED] = "malformed",
	[ASSAY_LOAD] = "load",
	[ASSAY_STATE] = "state",
};

uint8_t
permit_impact(const char *name)
{
	uint8_t i;

	for (i = 0; name != NULL && i < ASSAY_STATE; i++)
		if (strcmp(impacts[i], name) == 0)
			return i;
	return ASSAY_STATE;
}

struct permit_step
permit_step_of(const struct profile_action *action, const struct conf *conf)
{
	struct permit_step step = { ASSAY_STATE, action };
	size_t i;

	if (action->by == ACTION_BY_PERSON && !action->is_lasting)
		step.impact = ASSAY_ACTIVE;
	for (i = 0; action->by == ACTION_BY_HOOK && i < conf->nhooks; i++)
		if (strcmp(conf->hooks[i].name, action->hook) == 0 &&
		    !conf->hooks[i].is_lasting)
			step.impact = ASSAY_ACTIVE;
	return step;
}

/* The first of these hazards to which nobody has consented, or NULL. */
static const char *
unconsented(
    const struct profile *p, char *const *hazards, size_t n, const char *today)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!profile_consents(p, hazards[i], today))
			return hazards[i];
	return NULL;
}

/* A step that drives the device may do all that the profile says it can; an
 * action, what is said of that action. */
static const char *
hazard_of(
    const struct profile *p, const struct permit_step *step, const char *today)
{
	if (step->action != NULL)
		return unconsented(
		    p, step->action->hazards, step->action->nhazards, today);
	if (step->impact < ASSAY_STATE)
		return NULL;
	return unconsented(p, p->hazards, p->nhazards, today);
}

static bool
restarts_it(const struct permit_step *step)
{
	return step->action != NULL &&
	    step->action->check == ACTION_CHECK_REBOOT;
}

/* The budget that this step would overdraw: its name and limit, or NULL. */
static const char *
budget_of(const struct profile_limits *l, const struct permit_step *step,
    const struct permit_used *used, uint32_t *limit)
{
	const bool is_job = step->action == NULL;
	const struct {
		const char *name;
		bool counts;
		uint64_t used;
		uint32_t limit;
	} budgets[] = {
		{ "restarts", restarts_it(step), used->restarts, l->restarts },
		{ "load", is_job && step->impact == ASSAY_LOAD, used->load,
		    l->load },
		{ "state", is_job && step->impact == ASSAY_STATE, used->state,
		    l->state },
		{ "frames", is_job && step->impact > ASSAY_PASSIVE,
		    used->frames, l->frames },
	};
	size_t i;

	for (i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++)
		if (budgets[i].counts && budgets[i].used >= budgets[i].limit) {
			*limit = budgets[i].limit;
			return budgets[i].name;
		}
	return NULL;
}

const char *
permit_refuses(const struct profile *p, const struct permit_step *step,
    const struct permit_used *used, const struct permit_now *now, char *text,
    size_t size)
{
	const char *word;
	uint32_t limit = 0;

	text[0] = '\0';
	if (step->action == NULL && step->impact == ASSAY_PASSIVE)
		return NULL; /* it only watches */
	if (now->fence_is_open && step->impact > ASSAY_ACTIVE) {
		snprintf(text, size, "%s", impacts[step->impact]);
		return CODE "fence";
	}
	if (!profile_is_within_hours(&p->limits, now->minute)) {
		profile_hours_text(&p->limits, text, size);
		return CODE "hours";
	}
	word = hazard_of(p, step, now->today);
	if (word != NULL) {
		snprintf(text, size, "%s", word);
		return CODE "consent";
	}
	if (!p->limits.has_budgets)
		return NULL;
	word = budget_of(&p->limits, step, used, &limit);
	if (word == NULL)
		return NULL;
	if (p->limits.over_ms == 0)
		snprintf(text, size, "%s %u", word, limit);
	else
		snprintf(text, size, "%s %u in %u min", word, limit,
		    p->limits.over_ms / 60000);
	return CODE "budget";
}

void
permit_count(struct permit_used *used, const struct permit_step *step)
{
	used->restarts += restarts_it(step);
	if (step->action != NULL)
		return;
	used->load += step->impact == ASSAY_LOAD;
	used->state += step->impact == ASSAY_STATE;
}

bool
permit_is_code(const char *code)
{
	return strncmp(code, CODE, strlen(CODE)) == 0;
}

void
permit_read_clock(struct permit_now *now)
{
	time_t t = time(NULL);
	struct tm tm;

	memset(now, 0, sizeof(*now));
	if (localtime_r(&t, &tm) == NULL)
		return;
	now->minute = (unsigned)(tm.tm_hour * 60 + tm.tm_min);
	strftime(now->today, sizeof(now->today), "%Y-%m-%d", &tm);
}
