/*
 * report_deviations: what was not as the methods and the scenario have it,
 * listed by itself (ISO/IEC 17025, 7.8.2.1 n): parameters that were set, steps
 * that were skipped, addresses of a pool, a way out, runs that are not sealed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/report_parts.h"

/* A deviation of a run; the caller adds what it is about. */
static json_t *
add(struct report *r, const char *kind, const json_t *record)
{
	json_t *o = json_pack("{s:s, s:o, s:o}", "kind", kind, "run",
	    report_member(record, "run"), "step",
	    report_member(record, "step"));

	json_array_append_new(r->deviations, o);
	return o;
}

static void
name_value(json_t *o, const char *name, json_t *value)
{
	json_object_set_new(o, "name", json_string(name));
	json_object_set_new(o, "value", value);
}

/* ---- of a run ---- */

static void
begun(struct report *r, const json_t *record)
{
	const json_t *profile = json_object_get(record, "profile");

	if (strcmp(report_text(record, "mode"), "sealed") != 0)
		name_value(add(r, "mode", record), "mode",
		    report_member(record, "mode"));
	if (strcmp(report_text(record, "firmware"),
		r->given.profile->firmware) != 0)
		name_value(add(r, "firmware", record), "firmware",
		    report_member(record, "firmware"));
	if (strcmp(report_text(profile, "sha256"), r->given.profile->sha256) !=
	    0)
		name_value(add(r, "profile", record), "profile",
		    report_member(profile, "sha256"));
}

static void
ended(struct report *r, const json_t *record)
{
	if (json_integer_value(json_object_get(record, "skipped")) > 0)
		name_value(add(r, "skipped", record), "skipped",
		    report_member(record, "skipped"));
}

void
report_deviations_run(struct report *r, const json_t *record)
{
	if (strcmp(report_text(record, "type"), "run") == 0)
		begun(r, record);
	else
		ended(r, record);
}

/* ---- of a job ---- */

/* What the probe takes when nobody says anything else; NULL: it is not known,
 * so whatever was said is listed. */
static const json_t *
default_of(const struct report *r, const char *probe, const char *name)
{
	const json_t *one, *param;
	size_t i, j;

	json_array_foreach (r->given.probes, i, one) {
		if (strcmp(report_text(one, "name"), probe) != 0)
			continue;
		json_array_foreach (json_object_get(one, "params"), j, param)
			if (strcmp(report_text(param, "name"), name) == 0)
				return json_object_get(param, "default");
	}
	return NULL;
}

/* A scenario writes all values as text. */
static bool
is_text_of(const json_t *value, const char *text)
{
	char *written;
	bool is_same;

	if (json_is_string(value))
		return strcmp(json_string_value(value), text) == 0;
	written = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	is_same = written != NULL && strcmp(written, text) == 0;
	free(written);
	return is_same;
}

void
report_deviations_job(struct report *r, const json_t *record)
{
	const char *probe = report_text(record, "probe"), *name;
	json_t *params = json_object_get(record, "params"), *value, *o;
	const json_t *usual;

	json_object_foreach (params, name, value) {
		usual = default_of(r, probe, name);
		if (json_is_string(value) && usual != NULL &&
		    is_text_of(usual, json_string_value(value)))
			continue;
		o = add(r, "parameter", record);
		json_object_set_new(o, "probe", json_string(probe));
		name_value(o, name, json_incref(value));
		json_object_set_new(o, "default",
		    usual == NULL ? json_null() : json_deep_copy(usual));
	}
	if (json_is_object(json_object_get(record, "resumed"))) {
		o = add(r, "resumed", record);
		json_object_set_new(o, "probe", json_string(probe));
		name_value(o, "run",
		    report_member(json_object_get(record, "resumed"), "run"));
	}
}

/* ---- of a verdict ---- */

/* The verdicts of a job have the same notes: each once. */
static bool
is_told(const struct report *r, const json_t *record, const json_t *note)
{
	size_t i = json_array_size(r->deviations), looked = 0;
	const json_t *o;

	while (i-- > 0 && looked++ < 64) {
		o = json_array_get(r->deviations, i);
		if (json_equal(json_object_get(o, "job"),
			json_object_get(record, "job")) &&
		    json_equal(json_object_get(o, "name"),
			json_object_get(note, "name")) &&
		    json_equal(json_object_get(o, "value"),
			json_object_get(note, "value")))
			return true;
	}
	return false;
}

void
report_deviations_verdict(struct report *r, const json_t *record)
{
	const json_t *note;
	json_t *o;
	size_t i;

	json_array_foreach (json_object_get(record, "deviations"), i, note) {
		if (is_told(r, record, note))
			continue;
		o = add(r, "noted", record);
		json_object_set_new(o, "job", report_member(record, "job"));
		json_object_set_new(o, "probe", report_member(record, "probe"));
		name_value(
		    o, report_text(note, "name"), report_member(note, "value"));
	}
}

/* ---- of the profile, and of what is not sealed ---- */

void
report_deviations_profile(struct report *r)
{
	const struct profile *p = r->given.profile;
	const json_t *run;
	json_t *o;
	size_t i;

	for (i = 0; i < p->nna; i++) {
		o = add(r, "not_applicable", NULL);
		json_object_set_new(o, "check", json_string(p->na[i].check));
		name_value(o, "reason", json_string(p->na[i].reason));
		json_object_set_new(o, "by", json_string(p->na[i].by));
		json_object_set_new(
		    o, "instead", json_string(p->na[i].instead));
	}
	json_array_foreach (r->runs, i, run) {
		if (json_is_null(json_object_get(run, "manifest")))
			add(r, "open", run);
		else if (!json_is_true(json_object_get(run, "signed")))
			add(r, "unsigned", run);
	}
}
