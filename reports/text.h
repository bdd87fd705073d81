/*
 * text: verdicts and records as lines for a person.
 *
 * Pure: JSON in, text out; nothing is printed here.  Whatever a device, a
 * worker or a daemon supplied passes text_quote() on its way, so no control
 * character of theirs reaches a terminal.
 */
#ifndef ASSAY_TEXT_H
#define ASSAY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct messages;

struct text_style {
	const struct messages *messages; /* NULL: codes instead of sentences */
	bool has_color;
	bool is_utf8; /* of the terminal: for bars and rules */
};

/* Every byte of s that may be shown, the others as \xHH; whole, one line.
 * NULL as "-". Caller frees. */
char *text_quote(const char *s);
/* The same of a JSON value: a string's text, a number, true; null as "-",
 * anything else as JSON. */
char *text_quote_json(const json_t *value);

/* Columns on a terminal: East Asian wide characters are two, combining ones
 * none (Unicode TR 11), colours none.  s: quoted text. */
size_t text_width(const char *s);
/* s in exactly `columns`: filled with spaces, or cut with "…". */
char *text_fit(const char *s, size_t columns);

/* "2026-11-23 04:05:06" in local time. */
char *text_time(int64_t ns);

/* "FAIL   NET-01 completeness  10.77.0.10  sentence", then an indented line
 * of where its evidence lies, each with a newline. */
char *text_verdict(
    const struct text_style *style, uint64_t seq, const json_t *record);
/* The verdict's word in capitals, in its colour, 7 columns. */
char *text_verdict_word(const struct text_style *style, const char *verdict);
/* "name 3, other 1" of {name: count}; zeros left out. */
char *text_counts(const json_t *counts);
/* Any record as one line, with a newline. */
char *text_record(
    const struct text_style *style, uint64_t seq, const json_t *record);
/* The same without time, number and type, and without a newline. */
char *text_gist(const struct text_style *style, const json_t *record);
/* The end of a run: a table of verdicts (array of {seq, record}), counts, the
 * chain's head, captures, and what the exit status means. */
char *text_summary(const struct text_style *style, const json_t *verdicts,
    const json_t *manifest, int status);
/* "sealed: manifest HASH (key ID…)" with a newline, from what `run.seal`
 * answers; or that it is not signed. */
char *text_seal(const json_t *seal);
/* A key's id, cut. */
char *text_key(const json_t *key);
/* What an exit status means, in words. */
const char *text_exit(int status);

/* "10.77.0.10 port 23", "device". */
char *text_subject(const json_t *subject);

/* A table: n cells a row, columns as wide as needed but for the last.  Cells
 * are quoted text; the caller frees the table's text and its cells. */
char *text_table(const char *const *cells, size_t rows, size_t columns);

/* "[####------]" of `columns`. */
char *text_bar(const struct text_style *style, uint64_t done, uint64_t total,
    size_t columns);
/* "65,535" */
char *text_count(uint64_t n);

#endif
