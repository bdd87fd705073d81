/*
 * recheck: assayctl recheck: a run judged again, with no device.
 *
 * Works on a bundle with no daemon and no root.  Records that do not hold
 * together are not judged at all: `assayctl verify` says more about them.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "bundles/bundle.h"
#include "client/bundle_fetch.h"
#include "client/compare.h"
#include "judging/recheck.h"
#include "scenarios/messages.h"

/* ---- the bundle ---- */

static char *
read_document(void *arg, const char *sha256, size_t *size, struct err *e)
{
	char *name = xasprintf("documents/%.64s", sha256), *text = NULL;
	const void *data;

	if (bundle_file(arg, name, &data, size, e) == 0) {
		text = xcalloc(*size + 1, 1);
		if (*size > 0)
			memcpy(text, data, *size);
	}
	free(name);
	return text;
}

/* The records, decoded and in an unbroken chain; or NULL with *e. */
static json_t *
read_records(struct bundle *b, struct err *e)
{
	json_t *list = json_array(), *record;
	struct record_chain chain;
	size_t i;

	record_chain_start(&chain, 0);
	for (i = 0; i < bundle_record_count(b); i++) {
		record = NULL;
		if (record_chain_add(&chain, bundle_record(b, i), e) == 0)
			record = bundle_record_json(b, i, e);
		if (record == NULL) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, record);
	}
	return list;
}

/* ---- the report, for a person ---- */

static void
print_said(const struct client *c, const char *when, const json_t *said)
{
	char *sentence, *shown, *word;

	if (!json_is_object(said)) {
		printf("           %-5s nothing\n", when);
		return;
	}
	word = text_verdict_word(
	    &c->style, json_string_value(json_object_get(said, "verdict")));
	sentence = messages_format(c->messages,
	    json_string_value(json_object_get(said, "reason")) == NULL
		? ""
		: json_string_value(json_object_get(said, "reason")),
	    json_object_get(said, "values"));
	shown = text_quote(sentence);
	printf("           %-5s %s %s\n", when, word, shown);
	free(word);
	free(sentence);
	free(shown);
}

/* Said differently though the sentence may be the same. */
static void
print_details(const json_t *v)
{
	const json_t *then = json_object_get(v, "then"),
		     *now = json_object_get(v, "now"), *name;
	char *was, *is;
	size_t i;

	json_array_foreach (json_object_get(v, "differs_in"), i, name) {
		was = text_quote_json(
		    json_object_get(then, json_string_value(name)));
		is = text_quote_json(
		    json_object_get(now, json_string_value(name)));
		printf("           %s: %s, now %s\n", json_string_value(name),
		    was, is);
		free(was);
		free(is);
	}
}

static void
print_method(const json_t *v)
{
	const json_t *method = json_object_get(v, "method");
	char *was = text_quote_json(json_object_get(method, "then")),
	     *is = text_quote_json(json_object_get(method, "now"));

	if (json_equal(json_object_get(method, "then"),
		json_object_get(method, "now")))
		printf("           method %s then and now: the probe changed "
		       "its judgement and did not say so\n",
		    was);
	else
		printf("           method %s then, %s now: raised\n", was, is);
	free(was);
	free(is);
}

static void
print_verdict(const struct client *c, const json_t *v)
{
	const char *outcome = json_string_value(json_object_get(v, "outcome"));
	char *check = text_quote_json(json_object_get(v, "check")),
	     *claim = text_quote_json(json_object_get(v, "claim")),
	     *probe = text_quote_json(json_object_get(v, "probe")),
	     *subject = text_subject(json_object_get(v, "subject")), *why;

	printf(
	    "%-10s %s %s  %s  (%s)\n", outcome, check, claim, subject, probe);
	if (strcmp(outcome, "agrees") == 0)
		print_said(c, "said", json_object_get(v, "now"));
	else
		print_said(c, "then", json_object_get(v, "then"));
	if (strcmp(outcome, "differs") == 0) {
		print_said(c, "now", json_object_get(v, "now"));
		if (json_is_object(json_object_get(v, "then")) &&
		    json_is_object(json_object_get(v, "now")))
			print_details(v);
		print_method(v);
	}
	if (strcmp(outcome, "not judged") == 0) {
		why = text_quote_json(json_object_get(v, "why"));
		printf("           %s\n", why);
		free(why);
	}
	free(check);
	free(claim);
	free(probe);
	free(subject);
}

static void
print_report(const struct client *c, const json_t *report)
{
	const json_t *v;
	json_int_t left =
	    json_integer_value(json_object_get(report, "left_out"));
	char *bench = text_quote_json(json_object_get(report, "bench"));
	size_t i;

	json_array_foreach (json_object_get(report, "verdicts"), i, v)
		print_verdict(c, v);
	printf("run %" JSON_INTEGER_FORMAT
	       " of %s judged again: %" JSON_INTEGER_FORMAT
	       " agree, %" JSON_INTEGER_FORMAT " differ, %" JSON_INTEGER_FORMAT
	       " could not be judged\n",
	    json_integer_value(json_object_get(report, "run")), bench,
	    json_integer_value(json_object_get(report, "agrees")),
	    json_integer_value(json_object_get(report, "differs")),
	    json_integer_value(json_object_get(report, "not_judged")));
	if (json_is_string(json_object_get(report, "manifest")))
		printf("manifest %s\n",
		    json_string_value(json_object_get(report, "manifest")));
	if (left > 0)
		printf("%" JSON_INTEGER_FORMAT
		       " of the bench's own verdicts are no probe's to judge\n",
		    left);
	free(bench);
}

/* ---- the command ---- */

/* The SHA-256 of the manifest that the records end in; null: in none. */
static json_t *
manifest_of(const struct bundle *b, const json_t *records)
{
	size_t n = bundle_record_count(b);
	const struct record_row *last = n == 0 ? NULL : bundle_record(b, n - 1);
	const char *type = n == 0
	    ? NULL
	    : json_string_value(
		  json_object_get(json_array_get(records, n - 1), "type"));
	char sha256[SHA256_HEX_SIZE];

	if (type == NULL || strcmp(type, "manifest") != 0)
		return json_null();
	return json_string(sha256_hex(last->bytes, last->size, sha256));
}

/* 0 with *report, or the exit status after saying why not. */
static int
recheck_bundle(
    struct bundle *b, const char *word, struct recheck *r, json_t **report)
{
	struct err e = { .text = "" };
	json_t *records = read_records(b, &e);

	*report = NULL;
	if (records != NULL) {
		r->records = records;
		r->document = read_document;
		r->arg = b;
		*report = recheck_run(r, &e);
	}
	if (*report != NULL)
		json_object_set_new(
		    *report, "manifest", manifest_of(b, records));
	json_decref(records);
	if (*report != NULL)
		return 0;
	err_prefix(&e, "%s", word);
	return client_complain(CLIENT_FAILED, &e);
}

/* A comparison of samples is no probe's.  -1: it is none. */
static int
recheck_comparison(struct client *c, struct bundle *b)
{
	struct err e = { .text = "" };
	json_t *records = read_records(b, &e);
	const json_t *record = compare_of_run(records);
	char hash[SHA256_HEX_SIZE], *text = NULL;
	const char *sha256;
	size_t size;
	int status = -1;

	if (record != NULL) {
		sha256 = json_string_value(json_object_get(
		    json_object_get(record, "document"), "sha256"));
		text =
		    read_document(b, sha256 == NULL ? "" : sha256, &size, &e);
		if (text != NULL && sha256 != NULL &&
		    strcmp(sha256_hex(text, size, hash), sha256) != 0)
			err_set(
			    &e, "its document is not the one that was sealed");
		status = text == NULL || e.text[0] != '\0'
		    ? client_complain(CLIENT_FAILED, &e)
		    : compare_recheck(c, record, text, size);
	}
	free(text);
	json_decref(records);
	return status;
}

static int
recheck_word(struct client *c, const char *word, struct recheck *r)
{
	struct err e = { .text = "" };
	struct bundle_source s;
	json_t *report = NULL;
	int status = bundle_source_open(c, word, false, &s, &e);

	if (status == CLIENT_FAILED)
		return client_complain(CLIENT_FAILED, &e);
	if (status != 0)
		return status;
	status = recheck_comparison(c, s.bundle);
	if (status == -1)
		status = recheck_bundle(s.bundle, word, r, &report);
	bundle_source_close(&s);
	if (report == NULL)
		return status;
	if (c->is_json)
		client_print_json(report);
	else
		print_report(c, report);
	status = recheck_exit_status(report);
	json_decref(report);
	return status;
}

int
client_recheck(struct client *c)
{
	char *worker = client_judging_path(c, "worker", "assay-worker");
	char *probes = worker == NULL
	    ? NULL
	    : client_judging_path(c, "probe-dir", "probes");
	struct recheck r = { .worker = worker, .probe_dir = probes };
	int status = CLIENT_USAGE;

	if (probes != NULL)
		status = recheck_word(c, c->args.words[0], &r);
	free(worker);
	free(probes);
	return status;
}
