/*
 * text: verdicts and records as lines for a person.
 *
 * Sentences come from the message files by reason code; a code without a
 * sentence is shown as it is, never hidden.
 */
#include "reports/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/text_out.h"
#include "scenarios/messages.h"

static const struct {
	const char *verdict, *word, *color;
} words[] = {
	{ "none", "NONE   ", "\033[2m" },
	{ "na", "N/A    ", "\033[2m" },
	{ "info", "INFO   ", "\033[36m" },
	{ "pass", "PASS   ", "\033[32m" },
	{ "inconc", "INCONC ", "\033[33m" },
	{ "fail", "FAIL   ", "\033[1;31m" },
	{ "error", "ERROR  ", "\033[1;35m" },
};

char *
text_verdict_word(const struct text_style *style, const char *verdict)
{
	char *quoted, *marked, *fit;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (verdict == NULL || strcmp(words[i].verdict, verdict) != 0)
			continue;
		if (!style->has_color)
			return xstrdup(words[i].word);
		return xasprintf("%s%s\033[0m", words[i].color, words[i].word);
	}
	/* What is no verdict must not look like one. */
	quoted = text_quote(verdict);
	marked = xasprintf("?%s", quoted);
	fit = text_fit(marked, 7);
	free(marked);
	free(quoted);
	return fit;
}

static const char *
get_string(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* messages_format quotes values; the code is the record's, so all of it is
 * quoted once more. */
static void
put_sentence(struct text_out *out, const struct text_style *style,
    const char *code, const json_t *values)
{
	char *sentence;

	if (code == NULL)
		return;
	sentence = messages_format(style->messages, code, values);
	text_put(out, sentence);
	free(sentence);
}

static void
put_subject(struct text_out *out, const json_t *subject)
{
	json_int_t port = json_integer_value(json_object_get(subject, "port"));
	const char *addr = get_string(subject, "addr");

	if (addr == NULL || addr[0] == '\0')
		text_put(out, "device");
	else
		text_put(out, addr);
	if (port != 0)
		text_putf(out, " port %" JSON_INTEGER_FORMAT, port);
}

char *
text_subject(const json_t *subject)
{
	struct text_out out;

	text_out_start(&out);
	put_subject(&out, subject);
	return text_out_end(&out);
}

/* lowered: codes, or objects with code and values. */
static void
put_lowered(
    struct text_out *out, const struct text_style *style, const json_t *record)
{
	const json_t *lowered = json_object_get(record, "lowered"), *one;
	size_t i;

	for (i = 0; i < json_array_size(lowered); i++) {
		one = json_array_get(lowered, i);
		text_put_raw(out, "        not ");
		text_put(out, get_string(record, "said"));
		text_put_raw(out, ": ");
		if (json_is_string(one))
			put_sentence(out, style, json_string_value(one),
			    json_object_get(record, "values"));
		else
			put_sentence(out, style, get_string(one, "code"),
			    json_object_get(one, "values"));
		text_put_raw(out, "\n");
	}
}

static void
put_evidence(struct text_out *out, uint64_t seq, const json_t *record)
{
	json_int_t frames =
	    json_integer_value(json_object_get(record, "frames"));
	const char *file = get_string(json_object_get(record, "slice"), "file");
	char *count;

	if (frames <= 0 && file == NULL) {
		text_put_raw(out, "        no frames\n");
		return;
	}
	count = text_count((uint64_t)(frames < 0 ? 0 : frames));
	text_putf(out, "        %s frame%s", count, frames == 1 ? "" : "s");
	free(count);
	if (file != NULL) {
		text_put_raw(out, " in ");
		text_put(out, file);
		text_putf(out,
		    "  (assayctl evidence %" PRIu64 " -o %" PRIu64 ".pcapng)",
		    seq, seq);
	}
	text_put_raw(out, "\n");
}

static void
put_verdict_line(
    struct text_out *out, const struct text_style *style, const json_t *record)
{
	char *word = text_verdict_word(style, get_string(record, "verdict"));

	text_put_raw(out, word);
	free(word);
	text_put_raw(out, " ");
	text_put(out, get_string(record, "check"));
	text_put_raw(out, " ");
	text_put(out, get_string(record, "claim"));
	text_put_raw(out, "  ");
	put_subject(out, json_object_get(record, "subject"));
	text_put_raw(out, "  ");
	put_sentence(out, style, get_string(record, "reason"),
	    json_object_get(record, "values"));
	text_put_raw(out, "\n");
}

char *
text_verdict(const struct text_style *style, uint64_t seq, const json_t *record)
{
	struct text_out out;

	text_out_start(&out);
	put_verdict_line(&out, style, record);
	put_lowered(&out, style, record);
	put_evidence(&out, seq, record);
	return text_out_end(&out);
}

/* ---- any record as one line ---- */

typedef void put_gist(
    struct text_out *, const struct text_style *, const json_t *);

static void
put_named(struct text_out *out, const char *label, const json_t *value)
{
	char *s;

	if (value == NULL || json_is_null(value))
		return;
	s = text_quote_json(value);
	text_putf(out, "%s %s", label, s);
	free(s);
}

static void
put_run(struct text_out *out, const struct text_style *style, const json_t *r)
{
	(void)style;
	put_named(out, "begins: device", json_object_get(r, "device"));
	put_named(out, ", scenario",
	    json_object_get(json_object_get(r, "scenario"), "name"));
	put_named(out, ", segment", json_object_get(r, "segment"));
}

static void
put_canary(
    struct text_out *out, const struct text_style *style, const json_t *r)
{
	(void)style;
	text_put_raw(out,
	    json_is_true(json_object_get(r, "good"))
		? "the segment is isolated"
		: "the segment is NOT isolated");
}

static void
put_event(struct text_out *out, const struct text_style *style, const json_t *r)
{
	const char *what = get_string(r, "what");
	const char *code = get_string(r, "code");
	const char *detail = get_string(r, "detail");
	char key[128];

	text_put(out, what);
	text_put_raw(out, ": ");
	/* A happening has a sentence of its own, or is a reason's. */
	snprintf(key, sizeof(key), "event.%s.%s", what == NULL ? "" : what,
	    code == NULL ? "" : code);
	put_sentence(out, style,
	    style->messages == NULL ||
		    messages_text(style->messages, key) == NULL
		? code
		: key,
	    json_object_get(r, "values"));
	if (detail != NULL && detail[0] != '\0') {
		text_put_raw(out, ": ");
		text_put(out, detail);
	}
}

static void
put_job(struct text_out *out, const struct text_style *style, const json_t *r)
{
	const json_t *targets = json_object_get(r, "targets");
	size_t i;

	(void)style;
	put_named(out, "step", json_object_get(r, "step"));
	put_named(out, ":", json_object_get(r, "probe"));
	for (i = 0; i < json_array_size(targets); i++)
		put_named(out, i == 0 ? " on" : ",",
		    json_object_get(json_array_get(targets, i), "addr"));
}

static void
put_observed(
    struct text_out *out, const struct text_style *style, const json_t *r)
{
	(void)style;
	text_putf(out, "%zu observations, %zu controls",
	    json_array_size(json_object_get(r, "observations")),
	    json_array_size(json_object_get(r, "controls")));
}

static void
put_verdict(
    struct text_out *out, const struct text_style *style, const json_t *r)
{
	put_verdict_line(out, style, r);
	out->size--; /* its newline; text_record brings one */
}

static void
put_jobend(
    struct text_out *out, const struct text_style *style, const json_t *r)
{
	const char *words_last = get_string(r, "last_words");

	put_named(out, "job", json_object_get(r, "job"));
	put_named(out, " ends:", json_object_get(r, "outcome"));
	if (get_string(r, "reason") != NULL) {
		text_put_raw(out, ": ");
		put_sentence(out, style, get_string(r, "reason"),
		    json_object_get(r, "values"));
	}
	if (words_last != NULL && words_last[0] != '\0') {
		text_put_raw(out, ": ");
		text_put(out, words_last);
	}
}

/* What was said, and by whom; never that anything was tested. */
static void
put_attestation(
    struct text_out *out, const struct text_style *style, const json_t *r)
{
	json_t *checks = json_object_get(r, "checks");
	const char *conclusion = get_string(r, "conclusion");
	const json_t *good;
	void *at;

	(void)style;
	text_put(out, get_string(r, "requirement"));
	text_put_raw(out, ": ");
	text_put(out, conclusion == NULL ? "no conclusion" : conclusion);
	put_named(
	    out, ", says", json_object_get(json_object_get(r, "by"), "name"));
	put_named(out, ", of the document",
	    json_object_get(json_object_get(r, "document"), "file"));
	for (at = json_object_iter(checks); at != NULL;
	     at = json_object_iter_next(checks, at)) {
		good = json_object_get(json_object_iter_value(at), "good");
		text_put_raw(out, "; ");
		text_put(out, json_object_iter_key(at));
		text_put_raw(out,
		    json_is_true(good)        ? ": good: "
			: json_is_false(good) ? ": BAD: "
					      : ": not known: ");
		text_put(out, get_string(json_object_iter_value(at), "detail"));
	}
}

static void
put_manifest(
    struct text_out *out, const struct text_style *style, const json_t *r)
{
	char *counts = text_counts(json_object_get(r, "verdicts"));

	(void)style;
	put_named(out, "ends:", json_object_get(r, "outcome"));
	text_putf(out, ", %s", counts);
	free(counts);
}

static const struct {
	const char *type;
	put_gist *put;
} gists[] = {
	{ "run", put_run },
	{ "canary", put_canary },
	{ "event", put_event },
	{ "job", put_job },
	{ "observed", put_observed },
	{ "verdict", put_verdict },
	{ "jobend", put_jobend },
	{ "attestation", put_attestation },
	{ "manifest", put_manifest },
};

static void
put_any(
    struct text_out *out, const struct text_style *style, const json_t *record)
{
	const char *type = get_string(record, "type");
	size_t i;

	for (i = 0; i < sizeof(gists) / sizeof(gists[0]); i++)
		if (type != NULL && strcmp(gists[i].type, type) == 0)
			gists[i].put(out, style, record);
}

char *
text_gist(const struct text_style *style, const json_t *record)
{
	struct text_out out;

	text_out_start(&out);
	put_any(&out, style, record);
	return text_out_end(&out);
}

char *
text_record(const struct text_style *style, uint64_t seq, const json_t *record)
{
	struct text_out out;
	char *time, *fit, *quoted;

	text_out_start(&out);
	time = text_time(json_integer_value(json_object_get(record, "time")));
	quoted = text_quote(get_string(record, "type"));
	fit = text_fit(quoted, 8);
	text_putf(&out, "%s  %6" PRIu64 "  run %" JSON_INTEGER_FORMAT "  %s  ",
	    time, seq, json_integer_value(json_object_get(record, "run")), fit);
	put_any(&out, style, record);
	text_put_raw(&out, "\n");
	free(time);
	free(fit);
	free(quoted);
	return text_out_end(&out);
}

const char *
text_exit(int status)
{
	switch (status) {
	case 0:
		return "everything planned ran and passed";
	case 1:
		return "a required check failed";
	case 2:
		return "incomplete or inconclusive";
	case 3:
		return "the bench failed";
	default:
		return "unknown";
	}
}
