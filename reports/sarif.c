/*
 * sarif: a report as SARIF 2.1.0 (OASIS), for systems that track findings.
 *
 * A message's text may hold links and placeholders (3.11.5, 3.11.6): what
 * would be read as one is escaped, so that a device sets no link.
 */
#include "reports/sarif.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "reports/report_json.h"
#include "reports/text.h"

#define SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	"sarif-schema-2.1.0.json"
#define DOCUMENTS "documents" /* the rule of what only a document shows */

struct log {
	const json_t *report;
	const struct export_style *style;
	json_t *by_check;
	json_t *levels;    /* {check: "error", "warning", "note"} */
	json_t *indices;   /* {check: place among the rules} */
	json_t *artifacts; /* slices */
	json_t *places;    /* {slice's file: place among them} */
	json_t *results;
};

/* Takes text, a line that may be shown. */
static json_t *
message(char *text)
{
	struct text_out o;
	const char *p;
	json_t *m;
	char *escaped;
	size_t n;

	text_out_start(&o);
	for (p = text; *p != '\0'; p += n) {
		n = strcspn(p, "{}[]\\");
		text_putf(&o, "%.*s", (int)n, p);
		if (p[n] == '\0')
			continue;
		if (p[n] == '{' || p[n] == '}')
			text_putf(&o, "%c%c", p[n], p[n]);
		else
			text_putf(&o, "\\%c", p[n]);
		n++;
	}
	free(text);
	escaped = text_out_end(&o);
	m = json_pack("{s:s}", "text", escaped[0] == '\0' ? "-" : escaped);
	free(escaped);
	return m;
}

static void
set_text(json_t *o, const char *name, char *text)
{
	if (text[0] != '\0')
		json_object_set_new(o, name, json_string(text));
	free(text);
}

/* ---- rules: the checks ---- */

static const char *
level_of_link(const char *link)
{
	if (strcmp(link, "required") == 0)
		return "error";
	return strcmp(link, "recommended") == 0 ? "warning" : "note";
}

/* The gravest that any requirement makes of it. */
static void
gather_levels(struct log *l)
{
	const json_t *requirement, *check;
	const char *level, *before, *id;
	size_t i, j;

	json_array_foreach (
	    json_object_get(l->report, "requirements"), i, requirement)
		json_array_foreach (
		    json_object_get(requirement, "checks"), j, check) {
			id = export_string(check, "check");
			level = level_of_link(export_string(check, "level"));
			before = export_string(l->levels, id);
			if (strcmp(before, "error") == 0 ||
			    (strcmp(before, "warning") == 0 &&
				strcmp(level, "note") == 0))
				continue;
			json_object_set_new(l->levels, id, json_string(level));
		}
}

static const char *
level_of(const struct log *l, const char *check)
{
	const char *level = export_string(l->levels, check);

	return level[0] == '\0' ? "note" : level;
}

/* ["USCTM:IAC-01", …]: who asks for it. */
static json_t *
requirements_of(const struct log *l, const char *id)
{
	const json_t *requirement, *check;
	json_t *tags = json_array();
	size_t i, j;

	json_array_foreach (
	    json_object_get(l->report, "requirements"), i, requirement)
		json_array_foreach (
		    json_object_get(requirement, "checks"), j, check)
			if (strcmp(export_string(check, "check"), id) == 0) {
				json_array_append(tags,
				    json_object_get(
					requirement, "requirement"));
				break;
			}
	return tags;
}

static json_t *
rule_json(const struct log *l, const char *id, const json_t *check)
{
	char *rule = export_text(check, "rule");
	char *reference = export_text(check, "reference");
	json_t *o =
	    json_pack("{s:s, s:o, s:o, s:o, s:{s:s}, s:{s:o, s:O, s:O}}", "id",
		id, "shortDescription",
		message(export_both(check, "title", l->style->lang)),
		"fullDescription", message(xstrdup(rule)), "help",
		message(xasprintf("%s (%s)", rule, reference)),
		"defaultConfiguration", "level", level_of(l, id), "properties",
		"tags", requirements_of(l, id), "impact",
		json_object_get(check, "impact"), "mark",
		json_object_get(check, "mark"));

	free(reference);
	free(rule);
	return o;
}

static json_t *
rules_json(struct log *l)
{
	json_t *checks = json_object_get(l->report, "checks"), *check;
	json_t *rules = json_array();
	const char *id;

	json_object_foreach (checks, id, check) {
		json_object_set_new(l->indices, id,
		    json_integer((json_int_t)json_array_size(rules)));
		json_array_append_new(rules, rule_json(l, id, check));
	}
	json_object_set_new(l->indices, DOCUMENTS,
	    json_integer((json_int_t)json_array_size(rules)));
	json_array_append_new(rules,
	    json_pack("{s:s, s:o, s:o, s:{s:s}}", "id", DOCUMENTS,
		"shortDescription",
		message(export_word(l->style, "gap", "documents")), "help",
		message(export_word(l->style, "gap", "documents")),
		"defaultConfiguration", "level", "error"));
	return rules;
}

/* ---- results ---- */

/* What is found again in the next run: not its number, time or sentence.  What
 * two samples of an order share is a finding on each of them. */
static json_t *
fingerprint(const struct log *l, const char *check, const char *claim,
    const json_t *subject, json_t *sample)
{
	const json_t *product =
	    json_object_get(json_object_get(l->report, "device"), "product");
	json_t *parts =
	    json_pack("[s, s, s, s, O?]", export_string(product, "vendor"),
		export_string(product, "model"), check, claim, subject);
	char digest[SHA256_HEX_SIZE], *text;
	json_t *o;

	if (json_is_string(sample))
		json_array_append(parts, sample);
	text = json_dumps(parts, JSON_COMPACT | JSON_SORT_KEYS);
	sha256_hex(text, strlen(text), digest);
	o = json_pack("{s:s}", "assayFinding/v1", digest);
	free(text);
	json_decref(parts);
	return o;
}

/* The part of the device that it is about. */
static json_t *
location(const struct log *l, char *subject)
{
	const json_t *device = json_object_get(l->report, "device");
	const json_t *product = json_object_get(device, "product");
	char *vendor = export_text(product, "vendor");
	char *model = export_text(product, "model");
	char *name = export_text(device, "name");
	char *full = xasprintf(
	    "%s/%s%s%s", vendor, model, subject[0] == '\0' ? "" : "/", subject);
	json_t *o = json_pack("{s:[{s:s, s:s, s:s}]}", "logicalLocations",
	    "name", subject[0] == '\0' ? name : subject, "fullyQualifiedName",
	    full, "kind", "resource");

	free(full);
	free(name);
	free(model);
	free(vendor);
	free(subject);
	return o;
}

/* {uri, index} of a slice, which is among the artifacts, then. */
static json_t *
artifact(struct log *l, const json_t *slice)
{
	const char *file = export_string(slice, "file");
	json_t *index = json_object_get(l->places, file), *o;
	char *uri = export_uri(file);

	if (index == NULL) {
		index = json_integer((json_int_t)json_array_size(l->artifacts));
		json_object_set_new(l->places, file, index);
		json_array_append_new(l->artifacts,
		    json_pack("{s:{s:s}, s:O, s:{s:O}, s:[s]}", "location",
			"uri", uri, "length", json_object_get(slice, "size"),
			"hashes", "sha-256", json_object_get(slice, "sha256"),
			"roles", "attachment"));
	}
	o = json_pack("{s:s, s:O}", "uri", uri, "index", index);
	free(uri);
	return o;
}

static const char *
kind_of(const char *verdict)
{
	static const char *const kinds[][2] = { { "pass", "pass" },
		{ "fail", "fail" }, { "info", "informational" },
		{ "na", "notApplicable" } };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(verdict, kinds[i][0]) == 0)
			return kinds[i][1];
	return "open"; /* inconclusive, an error: nobody knows */
}

/* text and where are taken. */
static json_t *
result_json(const struct log *l, const char *rule, const char *kind, char *text,
    char *where)
{
	const char *level =
	    strcmp(kind, "fail") == 0 ? level_of(l, rule) : "none";
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:[o]}", "ruleId", rule,
	    "kind", kind, "level", level, "message", message(text), "locations",
	    location(l, where));

	/* A check that the catalogue has no more is its name alone. */
	if (json_object_get(l->indices, rule) != NULL)
		json_object_set(
		    o, "ruleIndex", json_object_get(l->indices, rule));
	return o;
}

static json_t *
verdict_properties(const json_t *verdict)
{
	static const char *const kept[] = { "seq", "run", "claim", "verdict",
		"reason", "repeat", "probe", "method", "sample", "state",
		"mode", "firmware", "frames", "sha256" };
	json_t *o = json_object(), *value;
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		value = json_object_get(verdict, kept[i]);
		if (value != NULL && !json_is_null(value))
			json_object_set(o, kept[i], value);
	}
	return o;
}

static void
add_verdict(struct log *l, const json_t *verdict)
{
	const char *check = export_string(verdict, "check");
	const json_t *slice = json_object_get(verdict, "slice");
	char *word =
	    export_word(l->style, "verdict", export_string(verdict, "verdict"));
	char *sentence = export_both(verdict, "sentence", l->style->lang);
	json_t *o =
	    result_json(l, check, kind_of(export_string(verdict, "verdict")),
		xasprintf("%s: %s", word, sentence), export_subject(verdict));

	json_object_set_new(o, "partialFingerprints",
	    fingerprint(l, check, export_string(verdict, "claim"),
		json_object_get(verdict, "subject"),
		json_object_get(verdict, "sample")));
	json_object_set_new(o, "properties", verdict_properties(verdict));
	if (json_is_object(slice))
		json_object_set_new(o, "attachments",
		    json_pack("[{s:o, s:o}]", "artifactLocation",
			artifact(l, slice), "description",
			message(export_evidence(l->style, verdict))));
	json_array_append_new(l->results, o);
	free(sentence);
	free(word);
}

/* What was not asked, once for each reason. */
static void
add_gap(struct log *l, const json_t *row, json_t *seen)
{
	const char *gap = export_string(row, "gap");
	const char *check = export_string(row, "check");
	const char *requirement = export_string(row, "requirement");
	bool is_exempt =
	    strcmp(gap, "narrowed") == 0 || strcmp(gap, "no_technology") == 0;
	const char *about = check[0] == '\0' ? requirement : "";
	char *key, *word;
	json_t *values, *o;

	if (check[0] == '\0')
		check = DOCUMENTS;
	else if (!is_exempt && json_object_get(l->by_check, check) != NULL)
		return; /* its verdicts are there */
	key = xasprintf("%s %s %s", check, gap, about);
	o = json_object_get(seen, key);
	if (o == NULL) {
		word = export_word(l->style, "gap", gap);
		values = json_pack("{s:s}", "gap", word);
		o = result_json(l, check, is_exempt ? "notApplicable" : "open",
		    messages_format(l->style->messages,
			is_exempt ? "export.exempt" : "export.not_tested",
			values),
		    text_quote(about));
		json_object_set_new(o, "partialFingerprints",
		    fingerprint(l, check, gap,
			json_object_get(
			    *about == '\0' ? NULL : row, "requirement"),
			NULL));
		json_object_set_new(o, "properties",
		    json_pack("{s:s, s:[]}", "gap", gap, "requirements"));
		json_array_append(l->results, o);
		json_object_set_new(seen, key, o);
		json_decref(values);
		free(word);
	}
	json_array_append(
	    json_object_get(json_object_get(o, "properties"), "requirements"),
	    json_object_get(row, "requirement"));
	free(key);
}

/* ---- the log ---- */

static json_t *
invocations_json(const struct log *l)
{
	json_t *list = json_array(), *run, *exit, *o;
	size_t i;

	json_array_foreach (json_object_get(l->report, "runs"), i, run) {
		exit = json_object_get(run, "exit");
		/* It did all that was planned: passed or failed. */
		o = json_pack("{s:b, s:{s:O, s:O?}}", "executionSuccessful",
		    json_is_integer(exit) && json_integer_value(exit) >= 0 &&
			json_integer_value(exit) <= 1,
		    "properties", "run", json_object_get(run, "run"),
		    "manifest", json_object_get(run, "manifest"));
		set_text(o, "startTimeUtc",
		    export_time(
			json_integer_value(json_object_get(run, "time"))));
		if (json_is_integer(json_object_get(run, "ended")))
			set_text(o, "endTimeUtc",
			    export_time(json_integer_value(
				json_object_get(run, "ended"))));
		if (json_is_integer(exit))
			json_object_set(o, "exitCode", exit);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
run_json(struct log *l)
{
	const json_t *device = json_object_get(l->report, "device");
	json_t *driver = json_pack("{s:s, s:s, s:o}", "name", "assay",
	    "fullName", "assay", "rules", rules_json(l));

	set_text(driver, "version", export_text(l->report, "assay"));
	return json_pack(
	    "{s:{s:o}, s:s, s:o, s:O, s:O, s:{s:O, s:O, s:O, s:O}}", "tool",
	    "driver", driver, "language",
	    strcmp(l->style->lang, "ja") == 0 ? "ja-JP" : "en-US",
	    "invocations", invocations_json(l), "artifacts", l->artifacts,
	    "results", l->results, "properties", "device",
	    json_object_get(device, "name"), "product",
	    json_object_get(device, "product"), "catalogue",
	    json_object_get(l->report, "catalogue"), "bench",
	    json_object_get(l->report, "bench"));
}

char *
sarif_report(const json_t *report, const struct export_style *style)
{
	struct log l = { .report = report, .style = style };
	json_t *seen = json_object(), *run, *one, *whole;
	char *text;
	size_t i;

	l.by_check = export_by_check(report);
	l.levels = json_object();
	l.indices = json_object();
	l.artifacts = json_array();
	l.places = json_object();
	l.results = json_array();
	gather_levels(&l);
	run = run_json(&l);
	json_array_foreach (json_object_get(report, "verdicts"), i, one)
		add_verdict(&l, one);
	json_array_foreach (json_object_get(report, "not_tested"), i, one)
		add_gap(&l, one, seen);
	whole = json_pack("{s:s, s:s, s:[o]}", "$schema", SCHEMA, "version",
	    "2.1.0", "runs", run);
	text = report_json(whole);
	json_decref(whole);
	json_decref(seen);
	json_decref(l.by_check);
	json_decref(l.levels);
	json_decref(l.indices);
	json_decref(l.artifacts);
	json_decref(l.places);
	json_decref(l.results);
	return text;
}
