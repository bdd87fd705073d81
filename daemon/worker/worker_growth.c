/*
 * worker_growth: how many source addresses a sweep uses.  Pure.
 *
 * A device remembers few neighbours, and forgets one for each too many: its
 * answers then get lost behind questions of its own.  That is seen only by
 * trying, so a sweep begins with one source and takes more while answers come.
 */
#include "probes/probe.h"

size_t
assay_growth_begin(struct assay_growth *g, size_t most)
{
	g->most = most > 0 ? most : 1;
	g->used = 1;
	g->peak = 1;
	g->is_held = g->most == 1;
	return g->used;
}

size_t
assay_growth_round(struct assay_growth *g, bool lost)
{
	if (lost) {
		g->is_held = true;
		g->used = g->used > 1 ? g->used / 2 : 1;
	} else if (!g->is_held) {
		g->used = g->used > g->most / 2 ? g->most : g->used * 2;
		g->is_held = g->used == g->most;
	}
	if (g->used > g->peak)
		g->peak = g->used;
	return g->used;
}
