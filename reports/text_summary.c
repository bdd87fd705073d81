/*
 * text_summary: the end of a run on one screen.
 */
#include "reports/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "records/verdict_algebra.h"
#include "reports/text_out.h"

#define COLUMNS 7

static const char *const head[COLUMNS] = { "VERDICT", "CHECK", "KIND",
	"SUBJECT", "FRAMES", "NUMBER", "EVIDENCE" };

static char *
integer(const json_t *value)
{
	json_int_t n = json_integer_value(value);

	return text_count(n < 0 ? 0 : (uint64_t)n);
}

static void
fill_row(const struct text_style *style, const json_t *verdict, char **row)
{
	const json_t *record = json_object_get(verdict, "record");
	const json_t *seq = json_object_get(verdict, "seq");

	row[0] = text_verdict_word(
	    style, json_string_value(json_object_get(record, "verdict")));
	row[1] = text_quote_json(json_object_get(record, "check"));
	row[2] = text_quote_json(json_object_get(record, "claim"));
	row[3] = text_subject(json_object_get(record, "subject"));
	row[4] = integer(json_object_get(record, "frames"));
	row[5] = text_quote_json(seq);
	row[6] = text_quote_json(
	    json_object_get(json_object_get(record, "slice"), "file"));
}

static void
put_table(struct text_out *out, const struct text_style *style,
    const json_t *verdicts)
{
	size_t rows = json_array_size(verdicts) + 1, i;
	const char **shown = xcalloc(rows * COLUMNS, sizeof(*shown));
	char **cells = xcalloc(rows * COLUMNS, sizeof(*cells)), *table;

	for (i = 0; i < COLUMNS; i++)
		cells[i] = xstrdup(head[i]);
	for (i = 1; i < rows; i++)
		fill_row(style, json_array_get(verdicts, i - 1),
		    cells + i * COLUMNS);
	for (i = 0; i < rows * COLUMNS; i++)
		shown[i] = cells[i];
	table = text_table(shown, rows, COLUMNS);
	text_put_raw(out, table);
	for (i = 0; i < rows * COLUMNS; i++)
		free(cells[i]);
	free(table);
	free(cells);
	free(shown);
}

static void
put_captures(struct text_out *out, const json_t *captures)
{
	const json_t *one;
	char *file, *frames, *dropped;
	bool is_known;
	size_t i;

	for (i = 0; i < json_array_size(captures); i++) {
		one = json_array_get(captures, i);
		file = text_quote_json(json_object_get(one, "file"));
		frames = integer(json_object_get(one, "frames"));
		dropped = integer(json_object_get(one, "dropped"));
		is_known = json_is_integer(json_object_get(one, "dropped"));
		text_putf(out, "capture   %s  %s frames, %s dropped%s\n", file,
		    frames, is_known ? dropped : "nobody knows how many",
		    json_is_true(json_object_get(one, "cut")) ? ", cut short"
							      : "");
		free(file);
		free(frames);
		free(dropped);
	}
}

static void
put_time(struct text_out *out, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (ns < 10000000000ull)
		text_putf(out, "%.1f ms", (double)ns / 1e6);
	else if (s < 600)
		text_putf(out, "%" PRIu64 " s", s);
	else
		text_putf(out, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
		    s % 3600 / 60);
}

static uint64_t
count_of(const json_t *o, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(o, name));

	return n < 0 ? 0 : (uint64_t)n;
}

/* The quiet baseline; what a run does not know of it is not said. */
static void
put_rest(struct text_out *out, const json_t *rest)
{
	if (!json_is_object(rest))
		return;
	text_put_raw(out, "at rest   observed ");
	put_time(out, count_of(rest, "observed_ns"));
	text_putf(out, ": %" PRIu64 " of %" PRIu64 " rounds answered",
	    count_of(rest, "answered"), count_of(rest, "rounds"));
	if (count_of(rest, "rtt_median_ns") > 0) {
		text_put_raw(out, ", median ");
		put_time(out, count_of(rest, "rtt_median_ns"));
		text_put_raw(out, ", p95 ");
		put_time(out, count_of(rest, "rtt_p95_ns"));
	}
	text_putf(out,
	    ", %" PRIu64 " reboots, %" PRIu64 " reconnects, %" PRIu64
	    " wakes\n",
	    count_of(rest, "reboots"), count_of(rest, "reconnects"),
	    count_of(rest, "wakes"));
	if (count_of(rest, "rebooted") > 0)
		text_putf(out,
		    "warning   the device rebooted by itself while nothing was "
		    "done to it (%" PRIu64 " times)\n",
		    count_of(rest, "rebooted"));
}

char *
text_summary(const struct text_style *style, const json_t *verdicts,
    const json_t *manifest, int status)
{
	char *run = text_quote_json(json_object_get(manifest, "run"));
	char *outcome = text_quote_json(json_object_get(manifest, "outcome"));
	char *counts = text_counts(json_object_get(manifest, "verdicts"));
	char *chain = text_quote_json(json_object_get(manifest, "head"));
	char *records = integer(json_object_get(manifest, "records"));
	struct text_out out;

	text_out_start(&out);
	text_put_raw(&out, "\n");
	if (json_array_size(verdicts) > 0)
		put_table(&out, style, verdicts);
	text_putf(&out, "\nrun       %s %s: %s\n", run, outcome, counts);
	if (strcmp(outcome, VERDICT_VOID_OUTCOME) == 0)
		text_put_raw(&out,
		    "warning   the firmware changed during the run: no pass "
		    "and no fail of it counts\n");
	text_putf(&out, "chain     %s  %s records\n", chain, records);
	put_rest(&out, json_object_get(manifest, "rest"));
	put_captures(&out, json_object_get(manifest, "captures"));
	text_putf(&out, "exit      %d: %s\n", status, text_exit(status));
	free(run);
	free(outcome);
	free(counts);
	free(chain);
	free(records);
	return text_out_end(&out);
}
