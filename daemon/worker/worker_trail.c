/*
 * worker_trail: what a run has left for judge: observations and controls.
 */
#include "daemon/worker/worker_trail.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Const to who reads it, and ours. */
static void
drop(const void *p)
{
	free((void *)(uintptr_t)p);
}

struct assay_value
worker_trail_copy_value(const struct assay_value *v)
{
	struct assay_value copy = *v;

	if (v->type == ASSAY_TYPE_STRING)
		copy.string = xstrdup(v->string);
	else if (v->type == ASSAY_TYPE_PORTS)
		copy.ports = xmemdup(v->ports, sizeof(*v->ports));
	return copy;
}

void
worker_trail_free_value(struct assay_value *v)
{
	if (v->type == ASSAY_TYPE_STRING)
		drop(v->string);
	else if (v->type == ASSAY_TYPE_PORTS)
		drop(v->ports);
}

static struct assay_frames *
copy_frames(const struct assay_frames *frames, size_t n)
{
	struct assay_frames *copy = xmemdup(frames, n * sizeof(*frames));
	size_t i;

	for (i = 0; i < n; i++)
		if (copy[i].comment != NULL)
			copy[i].comment = xstrdup(copy[i].comment);
	return copy;
}

uint32_t
worker_trail_add(
    struct worker_trail *t, const struct assay_observation *o, bool with_frames)
{
	struct assay_observation *copy = xmemdup(o, sizeof(*o));

	copy->field = xstrdup(o->field);
	copy->value = worker_trail_copy_value(&o->value);
	if (!with_frames || o->nframes == 0) {
		copy->frames = NULL;
		copy->nframes = 0;
	} else
		copy->frames = copy_frames(o->frames, o->nframes);
	t->observations = xrealloc(t->observations, t->nobservations + 1,
	    sizeof(struct assay_observation *));
	t->observations[t->nobservations++] = copy;
	return (uint32_t)t->nobservations;
}

void
worker_trail_control(struct worker_trail *t, enum assay_phase phase, bool good)
{
	t->good[phase] = good;
}

void
worker_trail_free(struct worker_trail *t)
{
	struct assay_observation *o;
	size_t i, j;

	for (i = 0; i < t->nobservations; i++) {
		o = t->observations[i];
		drop(o->field);
		worker_trail_free_value(&o->value);
		for (j = 0; j < o->nframes; j++)
			drop(o->frames[j].comment);
		drop(o->frames);
		free(o);
	}
	free(t->observations);
	memset(t, 0, sizeof(*t));
}
