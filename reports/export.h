/*
 * export: what the formats for other programs share: texts of a report in one
 * language, stable names, what stands in the way of a requirement.
 *
 * Every text given out here is one line that may be shown (text_quote); each
 * format still escapes it by its own rules.
 */
#ifndef ASSAY_EXPORT_H
#define ASSAY_EXPORT_H

#include <stdint.h>

#include <jansson.h>

#include "reports/text_out.h"
#include "scenarios/messages.h"

/* The language, and its sentences (NULL: codes). */
struct export_style {
	const char *lang; /* "en", "ja" */
	const struct messages *messages;
};

/* A member's text as it is, "" when it is none. */
const char *export_string(const json_t *o, const char *key);
/* A member as text: a number, true, a string; "" when absent or null; of
 * {en, ja} the one.  Caller frees, as of all texts below. */
char *export_text(const json_t *o, const char *key);
char *export_both(const json_t *o, const char *key, const char *lang);
/* "kind.code" in the language: a gap, a verdict, a requirement's result. */
char *export_word(
    const struct export_style *style, const char *kind, const char *code);
/* RFC 3339 in UTC: "2026-11-23T04:05:06Z". */
char *export_time(int64_t ns);
/* What a verdict is about: "10.77.0.178 port 80"; "" when nothing is named. */
char *export_subject(const json_t *verdict);
/* On which sample, in which state: "[1001, operating]". */
char *export_where(const struct export_style *style, const json_t *verdict);
/* "verdict 6: 458 frames in 1/4-1.pcapng, SHA-256 …". */
char *export_evidence(const struct export_style *style, const json_t *verdict);

/* RFC 4122 version 5, of a name in this program's own name space: any value,
 * which is taken.  The same name, the same UUID. */
json_t *export_uuid(json_t *name);
/* A file's name as a URI's path (RFC 3986); caller frees. */
char *export_uri(const char *file);

/* The report's verdicts by check: {check: [verdict, …]}; caller decrefs. */
json_t *export_by_check(const json_t *report);
/* Of a check's list the one of that number, or NULL. */
const json_t *export_find(const json_t *verdicts, json_int_t seq);

/* What of a requirement was not shown, by reason: "no probe: NET-05, NET-11;
 * not asked: NET-08"; "" when nothing. */
char *export_gaps(const struct export_style *style, const json_t *requirement);
/* "incomplete, 1 of 7 required checks passed". */
char *export_result(
    const struct export_style *style, const json_t *requirement);

#endif
