/*
 * verify: what a bundle is worth to somebody who was not there.
 */
#include "bundles/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "bundles/verify_parts.h"

#define FINDINGS_MAX 200

static const struct {
	const char *name, *text;
	int exit;
} outcomes[] = {
	[BUNDLE_TRUSTED] = { "trusted", "intact and trusted", 0 },
	[BUNDLE_UNKNOWN] = { "unknown_signer", "intact, but signer unknown",
	    2 },
	[BUNDLE_PRUNED] = { "pruned",
	    "pruned: intact but for captures that no verdict cites", 2 },
	[BUNDLE_UNSEALED] = { "unsealed", "unsealed", 2 },
	[BUNDLE_BROKEN] = { "broken", "broken", 1 },
};

const char *
bundle_outcome_name(enum bundle_outcome outcome)
{
	return outcomes[outcome].name;
}

const char *
bundle_outcome_text(enum bundle_outcome outcome)
{
	return outcomes[outcome].text;
}

int
bundle_outcome_exit(enum bundle_outcome outcome)
{
	return outcomes[outcome].exit;
}

/* ---- findings ---- */

void
verify_find(struct verify *v, enum bundle_outcome outcome, const char *what,
    const char *where, const char *format, ...)
{
	char text[600];
	va_list ap;
	json_t *o;

	if (outcome > v->report->outcome)
		v->report->outcome = outcome;
	if (json_array_size(v->report->findings) == FINDINGS_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	/* What was cut within a character is not UTF-8. */
	o = json_pack(
	    "{s:s,s:s*,s:s*}", "what", what, "where", where, "text", text);
	if (o == NULL)
		o = json_pack("{s:s,s:s,s:s}", "what", what, "where", "?",
		    "text", "a text that is not UTF-8");
	if (outcome == BUNDLE_TRUSTED)
		json_object_set_new(o, "outcome", json_null());
	else
		json_object_set_new(
		    o, "outcome", json_string(bundle_outcome_name(outcome)));
	json_array_append_new(v->report->findings, o);
}

void
verify_find_err(struct verify *v, enum bundle_outcome outcome, const char *what,
    const char *where, const struct err *e)
{
	char text[sizeof(e->file) + sizeof(e->text) + 32];

	verify_find(
	    v, outcome, what, where, "%s", err_format(e, text, sizeof(text)));
}

bool
verify_is_broken(const struct verify *v)
{
	return v->report->outcome == BUNDLE_BROKEN;
}

void
verify_account(struct verify *v, const char *file)
{
	json_object_set_new(v->known, file, json_true());
}

bool
verify_has(struct verify *v, const char *file)
{
	const void *data;
	size_t size;

	return bundle_file(v->bundle, file, &data, &size, NULL) == 0;
}

const char *
verify_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- the records ---- */

/* False: the chain ends here, broken. */
static bool
chain_one(struct verify *v, size_t i)
{
	const struct record_row *row = bundle_record(v->bundle, i);
	char where[64];
	struct err e = { .line = 0 };

	if (record_chain_add(&v->chain, row, &e) == 0)
		return true;
	snprintf(where, sizeof(where), "records.jsonl line %zu", i + 1);
	e.line = 0; /* of the record's own text, which is one line */
	e.file[0] = '\0';
	verify_find_err(v, BUNDLE_BROKEN, "record", where, &e);
	return false;
}

static void
name_document(struct verify *v, const char *sha256)
{
	if (*sha256 != '\0')
		json_object_set_new(v->documents, sha256, json_true());
}

static void
take_record(struct verify *v, json_t *record)
{
	const char *type = verify_text(record, "type");
	char seq[32];

	if (strcmp(verify_text(record, "bench"), v->report->bench) != 0)
		verify_find(v, BUNDLE_BROKEN, "record", "records.jsonl",
		    "records of more than one bench");
	if (strcmp(type, "run") == 0) {
		v->run = json_incref(record);
		name_document(v,
		    verify_text(json_object_get(record, "scenario"), "sha256"));
		name_document(v,
		    verify_text(json_object_get(record, "profile"), "sha256"));
	} else if (strcmp(type, "job") == 0) {
		snprintf(seq, sizeof(seq), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(json_object_get(record, "seq")));
		json_object_set(v->jobs, seq, record);
	} else if (strcmp(type, "manifest") == 0) {
		v->manifest = json_incref(record);
	} else if (strcmp(type, "attestation") == 0) {
		name_document(v,
		    verify_text(json_object_get(record, "document"), "sha256"));
	} else if (strcmp(type, "verdict") == 0) {
		name_document(v, verify_text(record, "profile"));
	}
}

/* The chain first: of a record outside of it nothing is worth a look. */
static void
verify_records(struct verify *v)
{
	size_t i, n = bundle_record_count(v->bundle);
	json_t *record;

	record_chain_start(&v->chain, 0);
	for (i = 0; i < n; i++)
		if (!chain_one(v, i))
			return;
	if (n == 0) {
		verify_find(v, BUNDLE_BROKEN, "record", "records.jsonl",
		    "there is no record");
		return;
	}
	for (i = 0; i < n; i++) {
		record = bundle_record_json(v->bundle, i, NULL);
		if (i == 0)
			v->report->bench =
			    xstrdup(verify_text(record, "bench"));
		take_record(v, record);
		json_decref(record);
	}
	v->report->run = v->chain.run;
	v->report->records = n;
	if (v->manifest != NULL)
		memcpy(v->report->manifest, v->chain.sha256, SHA256_HEX_SIZE);
}

static void
verify_verdicts(struct verify *v)
{
	size_t i, n = bundle_record_count(v->bundle);
	json_t *record;

	for (i = 0; i < n; i++) {
		record = bundle_record_json(v->bundle, i, NULL);
		if (strcmp(verify_text(record, "type"), "verdict") == 0) {
			verify_verdict(v, record);
			v->report->verdicts++;
		}
		json_decref(record);
	}
}

/* bundle.json is for people, and must not tell them another tale. */
static void
verify_label(struct verify *v)
{
	static const char name[] = "bundle.json";
	struct err e = { .line = 0 };
	json_t *lines = bundle_lines(v->bundle, name, &e), *o;

	verify_account(v, name);
	o = json_array_get(lines, 0);
	v->has_captures = json_is_true(json_object_get(o, "captures"));
	if (lines == NULL)
		verify_find_err(v, BUNDLE_BROKEN, "bundle", name, &e);
	else if (o == NULL)
		verify_find(v, BUNDLE_TRUSTED, "bundle", name,
		    "it is not there, or empty");
	else if (json_array_size(lines) != 1 ||
	    json_integer_value(json_object_get(o, "v")) != 1)
		verify_find(v, BUNDLE_BROKEN, "bundle", name,
		    "not a bundle of format 1");
	else if (json_integer_value(json_object_get(o, "run")) !=
		(json_int_t)v->report->run ||
	    strcmp(verify_text(o, "bench"), v->report->bench) != 0)
		verify_find(v, BUNDLE_BROKEN, "bundle", name,
		    "it names another run than the records do");
	json_decref(lines);
}

/* ---- all ---- */

static void
verify_parts(struct verify *v)
{
	verify_records(v);
	verify_account(v, "records.jsonl");
	if (verify_is_broken(v))
		return;
	verify_label(v);
	if (v->manifest == NULL)
		verify_find(v, BUNDLE_UNSEALED, "manifest", "records.jsonl",
		    "the run has no manifest: it was not ended, or its end was "
		    "taken away");
	verify_signature(v);
	verify_verdicts(v);
	verify_captures(v);
	verify_documents(v);
	verify_timestamps(v);
	verify_strays(v);
}

void
bundle_verify(struct bundle *b, const struct bundle_trust *trust,
    struct bundle_report *report)
{
	struct verify v = { .bundle = b, .trust = trust, .report = report };

	memset(report, 0, sizeof(*report));
	report->outcome = BUNDLE_TRUSTED;
	report->findings = json_array();
	v.jobs = json_object();
	v.cited = json_object();
	v.documents = json_object();
	v.known = json_object();
	v.keys = verify_keys_new();
	verify_parts(&v);
	/* Whoever asked whom to trust wants to know that first. */
	if (!v.is_vouched &&
	    (report->outcome == BUNDLE_TRUSTED ||
		(report->outcome == BUNDLE_PRUNED && trust->anchors != NULL)))
		report->outcome = BUNDLE_UNKNOWN;
	verify_keys_free(v.keys);
	json_decref(v.run);
	json_decref(v.manifest);
	json_decref(v.jobs);
	json_decref(v.cited);
	json_decref(v.documents);
	json_decref(v.known);
}

void
bundle_report_clear(struct bundle_report *r)
{
	free(r->bench);
	free(r->by);
	json_decref(r->findings);
	memset(r, 0, sizeof(*r));
}

static json_t *
text_or_null(const char *text)
{
	return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

json_t *
bundle_report_json(const struct bundle_report *r)
{
	return json_pack("{s:s,s:I,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:O}", "outcome",
	    bundle_outcome_name(r->outcome), "run", (json_int_t)r->run, "bench",
	    text_or_null(r->bench), "manifest", text_or_null(r->manifest),
	    "signer", text_or_null(r->signer), "by", text_or_null(r->by),
	    "records", (json_int_t)r->records, "verdicts",
	    (json_int_t)r->verdicts, "frames", (json_int_t)r->frames,
	    "findings", r->findings);
}
