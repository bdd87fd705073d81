/*
 * run_used: what earlier runs have drawn on the profile's budgets.
 */
#include "daemon/engine/run_used.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/store/store.h"
#include "probes/probe.h"

#define NS_PER_MS 1000000u

struct run_used_ask {
	struct run *run; /* NULL: it has gone meanwhile */
};

static const char *
text_of(const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	return text == NULL ? "" : text;
}

/* A job counts from its record on; one that was refused takes it back. */
void
run_used_draw(struct permit_used *used, const struct profile *profile,
    const json_t *record)
{
	const char *type = text_of(record, "type");
	const bool is_end = strcmp(type, "jobend") == 0;
	struct permit_step step = { 0 };

	if (is_end)
		used->frames += (uint64_t)json_integer_value(
		    json_object_get(record, "frames"));
	if (is_end && permit_is_code(text_of(record, "reason"))) {
		used->load -= used->newest == ASSAY_LOAD && used->load > 0;
		used->state -= used->newest == ASSAY_STATE && used->state > 0;
	}
	if (strcmp(type, "job") == 0)
		used->newest = step.impact =
		    permit_impact(text_of(record, "impact"));
	else if (strcmp(type, "event") == 0 &&
	    strcmp(text_of(record, "what"), "action") == 0 &&
	    strcmp(text_of(record, "code"), "begin") == 0)
		step.action =
		    profile_action(profile, text_of(record, "detail"));
	permit_count(used, &step);
}

static void
on_row(void *arg, const json_t *row, const char *error)
{
	struct run_used_ask *ask = arg;
	struct run *run = ask->run;
	const json_t *record = json_object_get(row, "record");

	if (row != NULL) {
		if (run != NULL &&
		    (uint64_t)json_integer_value(
			json_object_get(record, "run")) != run->chain.run)
			run_used_draw(&run->used, run->device->profile, record);
		return;
	}
	free(ask);
	if (run == NULL)
		return;
	run->used_ask = NULL;
	run_on_used(run, error);
}

void
run_used_begin(struct run *run)
{
	const struct profile_limits *l = &run->device->profile->limits;
	const uint64_t now = now_realtime_ns(),
		       over = (uint64_t)l->over_ms * NS_PER_MS;
	json_t *args;

	if (!l->has_budgets || over == 0) {
		run_on_used(run, NULL);
		return;
	}
	run->used_ask = xcalloc(1, sizeof(*run->used_ask));
	run->used_ask->run = run;
	args = json_pack("{s:s,s:I}", "device", run->device->name, "since",
	    (json_int_t)(now < over ? 0 : now - over));
	store_query(run->engine->store, "drawn", args, on_row, run->used_ask);
	json_decref(args);
}

void
run_used_forget(struct run *run)
{
	if (run->used_ask != NULL)
		run->used_ask->run = NULL;
	run->used_ask = NULL;
}
