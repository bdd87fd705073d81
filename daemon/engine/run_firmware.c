/*
 * run_firmware: whether a run was with one firmware from its beginning to its
 * end.
 */
#include "daemon/engine/run_firmware.h"

#include <stdio.h>
#include <string.h>

#include "daemon/engine/job.h"
#include "daemon/engine/run.h"

#define FIELD "firmware.says"

/* "firmware.says 22": the same port, of the same transport, whatever its
 * address is by now.  False: it is no such observation. */
static bool
name_of(const json_t *observation, char *out, size_t size)
{
	const char *field =
	    json_string_value(json_object_get(observation, "field"));
	const json_int_t port = json_integer_value(
	    json_object_get(json_object_get(observation, "subject"), "port"));

	if (field == NULL || strncmp(field, FIELD, sizeof(FIELD) - 1) != 0 ||
	    !json_is_string(json_object_get(observation, "value")))
		return false;
	snprintf(out, size, "%s %lld", field, (long long)port);
	return true;
}

struct compared {
	size_t said, again; /* ports; those that had answered before */
	const json_t *changed, *before;
};

static void
compare(struct run *run, const json_t *observation, struct compared *c)
{
	json_t *value = json_object_get(observation, "value"), *before;
	char name[160];

	if (!name_of(observation, name, sizeof(name)))
		return;
	c->said++;
	if (run->firmware == NULL)
		run->firmware = json_object();
	before = json_object_get(run->firmware, name);
	if (before == NULL) {
		json_object_set(run->firmware, name, value);
		return;
	}
	c->again++;
	if (c->changed == NULL && !json_equal(before, value)) {
		c->changed = observation;
		c->before = before;
	}
}

void
run_firmware_look(struct run *run, const struct job *job)
{
	const bool is_first = run->firmware == NULL;
	struct compared c = { .said = 0 };
	size_t i;

	for (i = 0; i < job->nobservations; i++)
		compare(run, job->observations[i].json, &c);
	if (c.said == 0)
		return;
	if (c.changed != NULL) {
		run->firmware_changed = true;
		run_event(run, "firmware", "changed", "", 0,
		    json_pack("{s:O, s:O, s:O}", "port",
			json_object_get(
			    json_object_get(c.changed, "subject"), "port"),
			"before", c.before, "after",
			json_object_get(c.changed, "value")));
		return;
	}
	run_event(run, "firmware",
	    is_first          ? "seen"
		: c.again > 0 ? "same"
			      : "silent",
	    "", 0,
	    json_pack("{s:I, s:I}", "count", (json_int_t)c.said, "again",
		(json_int_t)c.again));
}

void
run_firmware_restore(struct run *run, const json_t *record)
{
	const json_t *list = json_object_get(record, "observations"), *one;
	const char *what = json_string_value(json_object_get(record, "what")),
		   *code = json_string_value(json_object_get(record, "code"));
	struct compared c = { .said = 0 };
	size_t i;

	if (what != NULL && code != NULL && strcmp(what, "firmware") == 0 &&
	    strcmp(code, "changed") == 0)
		run->firmware_changed = true;
	json_array_foreach (list, i, one)
		compare(run, one, &c);
	/* Observed, and cut off before it was told. */
	if (c.changed != NULL)
		run->firmware_changed = true;
}
