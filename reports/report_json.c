/*
 * report_json: a report as JSON, after etc/schemas/report.schema.json.
 *
 * Written as it goes: ten thousand verdicts at length are more than anybody
 * wants to hold at once.
 */
#include "reports/report_json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "records/verdict_algebra.h"

#define FLAGS (JSON_INDENT(1) | JSON_SORT_KEYS | JSON_ENSURE_ASCII)
#define MEMBERS_MAX 40 /* of a report */

/* What lies deeper than where it was dumped. */
struct deeper {
	FILE *out;
	int by; /* blanks */
};

/* DEL is ASCII, yet a control. */
static int
on_text(const char *text, size_t size, void *arg)
{
	const struct deeper *d = arg;
	size_t i, from = 0;

	for (i = 0; i < size; i++) {
		if (text[i] != '\n' && text[i] != '\x7f')
			continue;
		fwrite(text + from, 1, i - from, d->out);
		from = i + 1;
		if (text[i] == '\n')
			fprintf(d->out, "\n%*s", d->by, "");
		else
			fputs("\\u007f", d->out);
	}
	fwrite(text + from, 1, size - from, d->out);
	return 0;
}

static void
dump(FILE *out, const json_t *value, int by)
{
	struct deeper d = { out, by };

	if (json_dump_callback(value, on_text, &d, FLAGS | JSON_ENCODE_ANY) ==
	    -1)
		fatal("a report cannot be written as JSON");
}

/* The run was found to be void behind the verdict. */
static void
take_void(json_t *verdict, const json_t *known)
{
	static const char *const names[] = { "said", "verdict", "reason",
		"sentence" };
	const char *reason =
	    json_string_value(json_object_get(known, "reason"));
	size_t i;

	if (reason == NULL || strcmp(reason, VERDICT_VOID_REASON) != 0 ||
	    json_equal(json_object_get(known, "verdict"),
		json_object_get(verdict, "verdict")))
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_set(
		    verdict, names[i], json_object_get(known, names[i]));
}

static int
put_verdicts(
    FILE *out, const json_t *list, struct report_spool *spool, struct err *e)
{
	const json_t *known;
	json_t *verdict;
	size_t i;

	report_spool_rewind(spool);
	json_array_foreach (list, i, known) {
		verdict = report_spool_next(spool, e);
		if (verdict == NULL)
			return -1;
		take_void(verdict, known);
		fputs(i == 0 ? "[\n  " : ",\n  ", out);
		dump(out, verdict, 2);
		json_decref(verdict);
	}
	fputs(i == 0 ? "[]" : "\n ]", out);
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
report_json_write(
    FILE *out, const json_t *report, struct report_spool *spool, struct err *e)
{
	json_t *object = (json_t *)(uintptr_t)report; /* only read */
	const char *names[MEMBERS_MAX];
	size_t n = 0, i;
	void *at;
	int r = 0;

	for (at = json_object_iter(object); at != NULL && n < MEMBERS_MAX;
	     at = json_object_iter_next(object, at))
		names[n++] = json_object_iter_key(at);
	if (n != json_object_size(report))
		fatal("a report has more than %d members", MEMBERS_MAX);
	qsort(names, n, sizeof(names[0]), compare_names);
	for (i = 0; r == 0 && i < n; i++) {
		fprintf(out, "%s\n \"%s\": ", i == 0 ? "{" : ",", names[i]);
		if (spool != NULL && strcmp(names[i], "verdicts") == 0)
			r = put_verdicts(
			    out, json_object_get(report, names[i]), spool, e);
		else
			dump(out, json_object_get(report, names[i]), 1);
	}
	fputs("\n}\n", out);
	return r;
}

char *
report_json(const json_t *report)
{
	struct err e;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL || report_json_write(out, report, NULL, &e) == -1 ||
	    fclose(out) == EOF)
		fatal("a report cannot be written to memory");
	return text;
}
