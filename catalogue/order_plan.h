/*
 * order_plan: what of an order is still to be run on one sample in one state,
 * and when: by itself, with a person beside it, or last, because the device may
 * not be the same afterwards.
 *
 * Pure.  What no probe asks, or this bench cannot, is no step: coverage says
 * it.
 */
#ifndef ASSAY_ORDER_PLAN_H
#define ASSAY_ORDER_PLAN_H

#include "catalogue/coverage.h"

struct order_plan_probe {
	const char *name;
	const char **claims; /* checks; NULL ends */
	enum catalogue_impact impact;
	uint64_t timeout_ms;
};

struct order_plan_given {
	const struct coverage *coverage; /* of that sample in that state */
	const struct order_plan_probe *probes;
	size_t nprobes;
	const char *const *schemes; /* asked for; empty: all */
	size_t nschemes;
	bool needs_hand; /* somebody has to bring it into that state */
};

enum order_plan_when {
	ORDER_PLAN_ALONE,
	ORDER_PLAN_PERSON, /* somebody has to be there */
	ORDER_PLAN_LAST,   /* it loads the device, or changes its state */
	ORDER_PLAN_WHENS,
};

struct order_plan_step {
	const struct order_plan_probe *probe;
	enum order_plan_when when;
	bool needs_person; /* also of a last one */
	size_t checks;     /* asked for, possible, and not decided yet */
};

/* At most nprobes of them, in the order of when, then of probes. Caller frees.
 */
struct order_plan_step *order_plan(
    const struct order_plan_given *given, size_t *n);

#endif
