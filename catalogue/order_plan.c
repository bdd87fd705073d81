/*
 * order_plan: what of an order is still to be run on one sample in one state,
 * and when.
 */
#include "catalogue/order_plan.h"

#include <string.h>

#include "base/alloc.h"

static bool
wants(const struct order_plan_given *given, const char *scheme)
{
	size_t i;

	for (i = 0; i < given->nschemes; i++)
		if (strcmp(given->schemes[i], scheme) == 0)
			return true;
	return given->nschemes == 0;
}

/* Some requirement that counts here asks for it. */
static bool
is_asked(const struct order_plan_given *given, const struct coverage_check *c)
{
	const struct coverage_requirement *row;
	size_t i, j;

	for (i = 0; i < given->coverage->nrequirements; i++) {
		row = &given->coverage->requirements[i];
		if (!wants(given, row->requirement->scheme->id) ||
		    row->exemption != NULL || row->na != NULL)
			continue;
		for (j = 0; j < row->requirement->nsaid; j++)
			if (row->checks[j] == c &&
			    row->requirement->said[j].link->level !=
				CATALOGUE_INFO)
				return true;
	}
	return false;
}

static bool
is_open(const struct coverage_check *c)
{
	return c->is_possible &&
	    (c->verdict == VERDICT_NONE || c->verdict == VERDICT_INCONC ||
		c->verdict == VERDICT_ERROR);
}

static bool
is_claimed(const struct order_plan_probe *probe, const char *check)
{
	const char *const *claim;

	for (claim = probe->claims; *claim != NULL; claim++)
		if (strcmp(*claim, check) == 0)
			return true;
	return false;
}

static struct order_plan_step
make_step(
    const struct order_plan_given *given, const struct order_plan_probe *probe)
{
	static const uint32_t by_hand = 1u << CATALOGUE_NEED_PERSON |
	    1u << CATALOGUE_NEED_POWER | 1u << CATALOGUE_NEED_RESET;
	struct order_plan_step step = { probe, ORDER_PLAN_ALONE,
		given->needs_hand, 0 };
	enum catalogue_impact worst = probe->impact;
	const struct coverage_check *c;
	size_t i;

	for (i = 0; i < given->coverage->nchecks; i++) {
		c = &given->coverage->checks[i];
		if (!is_claimed(probe, c->check->id) || !is_open(c) ||
		    !is_asked(given, c))
			continue;
		step.checks++;
		step.needs_person |= (c->check->needs & by_hand) != 0;
		if (c->check->impact > worst)
			worst = c->check->impact;
	}
	if (worst >= CATALOGUE_LOAD)
		step.when = ORDER_PLAN_LAST;
	else if (step.needs_person)
		step.when = ORDER_PLAN_PERSON;
	return step;
}

struct order_plan_step *
order_plan(const struct order_plan_given *given, size_t *n)
{
	struct order_plan_step *steps =
	    xcalloc(given->nprobes + 1, sizeof(*steps));
	struct order_plan_step step;
	unsigned when;
	size_t i;

	*n = 0;
	for (when = 0; when < ORDER_PLAN_WHENS; when++)
		for (i = 0; i < given->nprobes; i++) {
			step = make_step(given, &given->probes[i]);
			if (step.checks > 0 && (unsigned)step.when == when)
				steps[(*n)++] = step;
		}
	return steps;
}
