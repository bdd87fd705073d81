/*
 * oscal: a report as OSCAL assessment results (NIST, JSON): an observation for
 * each verdict, a finding for each requirement.
 *
 * Titles and descriptions are Markdown there: what would be markup is escaped.
 */
#include "reports/oscal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/report_json.h"
#include "reports/text.h"

#define OSCAL_VERSION "1.0.6"
#define NS "urn:assay:oscal"

struct document {
	const json_t *report, *device, *product;
	const struct export_style *style;
	json_t *by_check;
	json_t *component; /* the UUID of the device under test */
};

/* ---- words of the format ---- */

/* Takes text, a line that may be shown. */
static json_t *
markdown(char *text)
{
	struct text_out o;
	const char *p;
	char *escaped;
	json_t *s;
	size_t n;

	text_out_start(&o);
	for (p = text; *p != '\0'; p += n) {
		n = strcspn(p, "\\`*_[]<>&!#|~");
		text_putf(&o, "%.*s", (int)n, p);
		if (p[n] != '\0')
			text_putf(&o, "\\%c", p[n++]);
	}
	free(text);
	escaped = text_out_end(&o);
	s = json_string(escaped[0] == '\0' ? "-" : escaped);
	free(escaped);
	return s;
}

/* A property's value has no space around it and is not empty; else there is
 * none.  Takes text. */
static void
add_prop(json_t *props, const char *name, char *text)
{
	size_t n = strlen(text), from = strspn(text, " ");

	while (n > from && text[n - 1] == ' ')
		n--;
	if (n > from)
		json_array_append_new(props,
		    json_pack("{s:s, s:s, s:s%}", "name", name, "ns", NS,
			"value", text + from, n - from));
	free(text);
}

static void
set_props(json_t *o, json_t *props)
{
	if (json_array_size(props) > 0)
		json_object_set(o, "props", props);
	json_decref(props);
}

/* "JC-STAR:S1.1-04" as a token: "JC-STAR_S1.1-04". */
static json_t *
control_id(const json_t *requirement)
{
	const char *name = export_string(requirement, "requirement");
	char *token = xasprintf("%s%s",
	    strspn(name, "0123456789.-") > 0 || *name == '\0' ? "_" : "", name);
	static const char *const kept =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789.-_";
	json_t *s;
	char *p;

	for (p = token; *p != '\0'; p++)
		if (strchr(kept, *p) == NULL)
			*p = '_';
	s = json_string(token);
	free(token);
	return s;
}

static json_t *
time_json(json_int_t ns)
{
	char *text = export_time(ns);
	json_t *s = json_string(text);

	free(text);
	return s;
}

static json_t *
time_of(const json_t *o, const char *key)
{
	return time_json(json_integer_value(json_object_get(o, key)));
}

/* Takes part: what it names within this bench's device. */
static json_t *
uuid_of(const struct document *d, const char *kind, json_t *part)
{
	return export_uuid(
	    json_pack("[s, s, s, o?]", kind, export_string(d->report, "bench"),
		export_string(d->device, "name"), part));
}

/* ---- observations ---- */

static json_t *
evidence_json(const struct document *d, const json_t *verdict)
{
	const json_t *slice = json_object_get(verdict, "slice");
	char *uri = export_uri(export_string(slice, "file"));
	json_t *props = json_array(), *o;

	o = json_pack("{s:s, s:o}", "href", uri, "description",
	    markdown(export_evidence(d->style, verdict)));
	add_prop(props, "sha-256", export_text(slice, "sha256"));
	add_prop(props, "frames", export_text(verdict, "frames"));
	set_props(o, props);
	free(uri);
	return o;
}

static json_t *
observation_json(const struct document *d, const json_t *verdict)
{
	static const char *const kept[][2] = { { "verdict", "verdict" },
		{ "check", "check" }, { "claim", "claim" },
		{ "reason", "reason" }, { "probe", "probe" },
		{ "method", "method" }, { "sample", "sample" },
		{ "state", "state" }, { "mode", "mode" },
		{ "firmware", "firmware" }, { "run", "run" },
		{ "record", "seq" }, { "record-sha-256", "sha256" } };
	json_t *props = json_array(), *o;
	char *check = export_text(verdict, "check");
	char *claim = export_text(verdict, "claim");
	char *subject = export_subject(verdict);
	size_t i;

	o = json_pack("{s:o, s:o, s:o, s:[s], s:[{s:O, s:s}], s:o}", "uuid",
	    uuid_of(d, "observation",
		json_incref(json_object_get(verdict, "sha256"))),
	    "title", markdown(xasprintf("%s %s %s", check, claim, subject)),
	    "description",
	    markdown(export_both(verdict, "sentence", d->style->lang)),
	    "methods", "TEST", "subjects", "subject-uuid", d->component, "type",
	    "component", "collected", time_of(verdict, "time"));
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		add_prop(props, kept[i][0], export_text(verdict, kept[i][1]));
	set_props(o, props);
	if (json_is_object(json_object_get(verdict, "slice")))
		json_object_set_new(o, "relevant-evidence",
		    json_pack("[o]", evidence_json(d, verdict)));
	free(subject);
	free(claim);
	free(check);
	return o;
}

/* ---- findings ---- */

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static json_t *
status_json(const char *result)
{
	static const char *const good[] = { "pass", "pass_with_findings",
		"conforms", NULL };
	static const char *const bad[] = { "fail", "does_not_conform", NULL };
	bool is_good = is_one_of(result, good);

	return json_pack("{s:s, s:s}", "state",
	    is_good ? "satisfied" : "not-satisfied", "reason",
	    is_good                      ? "pass"
		: is_one_of(result, bad) ? "fail"
					 : "other");
}

/* The observations of its checks, but of those that weigh nothing. */
static json_t *
related_json(const struct document *d, const json_t *requirement)
{
	const json_t *check, *verdict, *list;
	json_t *related = json_array();
	size_t i, j;

	json_array_foreach (json_object_get(requirement, "checks"), i, check) {
		if (strcmp(export_string(check, "level"), "info") == 0)
			continue;
		list =
		    json_object_get(d->by_check, export_string(check, "check"));
		json_array_foreach (list, j, verdict)
			json_array_append_new(related,
			    json_pack("{s:o}", "observation-uuid",
				uuid_of(d, "observation",
				    json_incref(
					json_object_get(verdict, "sha256")))));
	}
	return related;
}

static json_t *
finding_json(const struct document *d, const json_t *requirement)
{
	static const char *const kept[] = { "result", "passed", "required",
		"decides", "edition", NULL };
	const char *result = export_string(requirement, "result");
	char *title = export_both(requirement, "title", d->style->lang);
	char *gaps = export_gaps(d->style, requirement);
	json_t *props = json_array(), *related, *target, *o;
	size_t i;

	target =
	    json_pack("{s:s, s:o, s:o}", "type", "objective-id", "target-id",
		control_id(requirement), "status", status_json(result));
	if (strcmp(result, "na") == 0)
		json_object_set_new(target, "implementation-status",
		    json_pack("{s:s}", "state", "not-applicable"));
	o = json_pack("{s:o, s:o, s:o, s:o}", "uuid",
	    uuid_of(d, "finding",
		json_incref(json_object_get(requirement, "requirement"))),
	    "title",
	    markdown(xasprintf(
		"%s %s", export_string(requirement, "requirement"), title)),
	    "description", markdown(export_result(d->style, requirement)),
	    "target", target);
	for (i = 0; kept[i] != NULL; i++)
		add_prop(props, kept[i], export_text(requirement, kept[i]));
	set_props(o, props);
	related = related_json(d, requirement);
	if (json_array_size(related) > 0)
		json_object_set(o, "related-observations", related);
	json_decref(related);
	if (gaps[0] != '\0')
		json_object_set_new(o, "remarks", markdown(xstrdup(gaps)));
	free(gaps);
	free(title);
	return o;
}

/* ---- the result ---- */

static json_t *
component_json(const struct document *d)
{
	json_t *props = json_array(), *o;
	char *name = export_text(d->product, "name");

	o = json_pack("{s:O, s:s, s:o, s:o, s:{s:s}}", "uuid", d->component,
	    "type", "hardware", "title", markdown(xstrdup(name)), "description",
	    markdown(export_text(d->device, "name")), "status", "state",
	    "operational");
	add_prop(props, "vendor", export_text(d->product, "vendor"));
	add_prop(props, "model", export_text(d->product, "model"));
	add_prop(props, "firmware", export_text(d->device, "firmware"));
	add_prop(props, "mac", export_text(d->device, "mac"));
	set_props(o, props);
	free(name);
	return o;
}

static json_t *
selection_json(const struct document *d, const json_t *scheme)
{
	const char *id = export_string(scheme, "scheme");
	json_t *ids = json_array(), *r, *o;
	size_t i;

	o = json_pack("{s:o}", "description",
	    markdown(export_both(scheme, "title", d->style->lang)));
	json_array_foreach (json_object_get(d->report, "requirements"), i, r)
		if (strcmp(export_string(r, "scheme"), id) == 0)
			json_array_append_new(ids,
			    json_pack("{s:o}", "control-id", control_id(r)));
	if (json_array_size(ids) > 0)
		json_object_set(o, "include-controls", ids);
	json_decref(ids);
	return o;
}

/* Of the runs: when the first began, or the last ended; else of the report. */
static json_t *
edge_of_runs(const struct document *d, const char *key)
{
	json_int_t edge = 0, t;
	const json_t *run;
	bool is_end = strcmp(key, "ended") == 0;
	size_t i;

	json_array_foreach (json_object_get(d->report, "runs"), i, run) {
		t = json_integer_value(json_object_get(run, key));
		if (t != 0 && (edge == 0 || (is_end ? t > edge : t < edge)))
			edge = t;
	}
	return edge == 0 ? time_of(d->report, "created") : time_json(edge);
}

static json_t *
result_json(const struct document *d)
{
	json_t *selections = json_array(), *observations = json_array(),
	       *findings = json_array(), *props = json_array(), *one, *o;
	char *name = export_text(d->product, "name");
	size_t i;

	json_array_foreach (json_object_get(d->report, "schemes"), i, one)
		json_array_append_new(selections, selection_json(d, one));
	json_array_foreach (json_object_get(d->report, "verdicts"), i, one)
		json_array_append_new(observations, observation_json(d, one));
	json_array_foreach (json_object_get(d->report, "requirements"), i, one)
		json_array_append_new(findings, finding_json(d, one));
	json_array_foreach (json_object_get(d->report, "runs"), i, one)
		add_prop(props, "manifest", export_text(one, "manifest"));
	o = json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:[o]}, s:{s:o}}", "uuid",
	    uuid_of(d, "result",
		json_incref(json_object_get(d->report, "created"))),
	    "title", markdown(xstrdup(name)), "description",
	    markdown(export_text(d->device, "name")), "start",
	    edge_of_runs(d, "time"), "end", edge_of_runs(d, "ended"),
	    "local-definitions", "components", component_json(d),
	    "reviewed-controls", "control-selections", selections);
	set_props(o, props);
	if (json_array_size(observations) > 0)
		json_object_set(o, "observations", observations);
	if (json_array_size(findings) > 0)
		json_object_set(o, "findings", findings);
	json_decref(observations);
	json_decref(findings);
	free(name);
	return o;
}

/* ---- the document ---- */

/* Who answers for it, if a lab says so. */
static void
add_lab(const struct document *d, json_t *metadata)
{
	const json_t *lab = json_object_get(d->report, "lab");
	char *name = export_text(lab, "name");
	json_t *uuid = uuid_of(d, "party", json_string(name));

	if (name[strspn(name, " ")] != '\0') {
		json_object_set_new(metadata, "roles",
		    json_pack(
			"[{s:s, s:s}]", "id", "assessor", "title", "Assessor"));
		json_object_set_new(metadata, "parties",
		    json_pack("[{s:O, s:s, s:s}]", "uuid", uuid, "type",
			"organization", "name", name + strspn(name, " ")));
		json_object_set_new(metadata, "responsible-parties",
		    json_pack("[{s:s, s:[O]}]", "role-id", "assessor",
			"party-uuids", uuid));
	}
	json_decref(uuid);
	free(name);
}

/* The plan is what was run: the scenarios, by their SHA-256. */
static json_t *
plan_json(const struct document *d, const json_t *uuid)
{
	json_t *props = json_array(), *run, *scenario, *o;
	size_t i;

	json_array_foreach (json_object_get(d->report, "runs"), i, run) {
		scenario = json_object_get(run, "scenario");
		add_prop(props, "scenario", export_text(scenario, "name"));
		add_prop(props, "sha-256", export_text(scenario, "sha256"));
	}
	o = json_pack("{s:O, s:s, s:s}", "uuid", uuid, "title", "Scenarios",
	    "description", "What was run, by name and SHA-256.");
	set_props(o, props);
	return o;
}

static json_t *
metadata_json(const struct document *d)
{
	const json_t *catalogue = json_object_get(d->report, "catalogue");
	char *name = export_text(d->product, "name");
	json_t *props = json_array(), *o;

	o = json_pack("{s:o, s:o, s:s, s:s}", "title",
	    markdown(xasprintf("assay: %s", name)), "last-modified",
	    time_of(d->report, "created"), "version", "1", "oscal-version",
	    OSCAL_VERSION);
	add_prop(props, "assay", export_text(d->report, "assay"));
	add_prop(props, "bench", export_text(d->report, "bench"));
	add_prop(props, "catalogue", export_text(catalogue, "edition"));
	add_prop(props, "catalogue-sha-256", export_text(catalogue, "digest"));
	set_props(o, props);
	add_lab(d, o);
	free(name);
	return o;
}

char *
oscal_report(const json_t *report, const struct export_style *style)
{
	struct document d = { .report = report, .style = style };
	json_t *plan, *whole;
	char *text;

	d.device = json_object_get(report, "device");
	d.product = json_object_get(d.device, "product");
	d.by_check = export_by_check(report);
	d.component = uuid_of(&d, "component", NULL);
	plan = uuid_of(
	    &d, "plan", json_incref(json_object_get(report, "created")));
	whole = json_pack("{s:{s:o, s:o, s:{s:o}, s:[o], s:{s:[o]}}}",
	    "assessment-results", "uuid",
	    uuid_of(
		&d, "report", json_incref(json_object_get(report, "created"))),
	    "metadata", metadata_json(&d), "import-ap", "href",
	    json_sprintf("#%s", json_string_value(plan)), "results",
	    result_json(&d), "back-matter", "resources", plan_json(&d, plan));
	text = report_json(whole);
	json_decref(whole);
	json_decref(plan);
	json_decref(d.component);
	json_decref(d.by_check);
	return text;
}
