/*
 * engine_rig_records: what a client was shown of a run, and what is stored.
 */
#include "engine_rig.h"

#include <string.h>

const json_t *
erig_record(
    const struct engine_rig *r, uint64_t run, const char *type, size_t nth)
{
	const json_t *row, *o;
	size_t i;

	json_array_foreach (r->records, i, row) {
		o = json_object_get(row, "record");
		if (strcmp(erig_text(o, "type"), type) == 0 &&
		    (run == 0 || (uint64_t)erig_number(o, "run") == run) &&
		    nth-- == 0)
			return o;
	}
	return NULL;
}

size_t
erig_count(const struct engine_rig *r, const char *type)
{
	size_t n = 0;

	while (erig_record(r, 0, type, n) != NULL)
		n++;
	return n;
}

static bool
has_ended(const struct engine_rig *r, const void *arg)
{
	const uint64_t *run = arg;

	return erig_record(r, *run, "manifest", 0) != NULL;
}

const json_t *
erig_manifest(struct engine_rig *r, uint64_t run)
{
	erig_until(r, has_ended, &run);
	return erig_record(r, run, "manifest", 0);
}

const json_t *
erig_run_to_end(struct engine_rig *r, const char *steps)
{
	return erig_manifest(r, erig_run(r, steps));
}

size_t
erig_stored(struct engine_rig *r, uint64_t run, const char *type)
{
	const json_t *records, *o;
	size_t i, n = 0;

	records =
	    json_object_get(erig_call(r, "run.show",
				json_pack("{s:I}", "run", (json_int_t)run)),
		"records");
	json_array_foreach (records, i, o)
		n += strcmp(erig_text(o, "type"), type) == 0;
	return n;
}

const char *
erig_text(const json_t *record, const char *name)
{
	const char *s = json_string_value(json_object_get(record, name));

	return s == NULL ? "" : s;
}

json_int_t
erig_number(const json_t *record, const char *name)
{
	return json_integer_value(json_object_get(record, name));
}

/* As the real store: with one record of a run, all that follow it. */
bool
erig_is_refused(struct engine_rig *r, const json_t *record)
{
	json_int_t run = erig_number(record, "run");

	if (r->store_refuses != NULL &&
	    strcmp(erig_text(record, "type"), r->store_refuses) == 0)
		r->refused_run = run;
	return run == r->refused_run;
}
