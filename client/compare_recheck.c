/*
 * compare_recheck: a sealed comparison of samples, judged again from a bundle.
 *
 * What it compared is in its document, which the chain names by hash: no bench
 * is asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare.h"
#include "judging/compare_samples.h"

const json_t *
compare_of_run(const json_t *records)
{
	const json_t *record;
	const char *what;
	size_t i;

	json_array_foreach (records, i, record) {
		what =
		    json_string_value(json_object_get(record, "requirement"));
		if (what != NULL && strcmp(what, COMPARE_REQUIREMENT) == 0)
			return record;
	}
	return NULL;
}

/* Into runs, each once.  Returns how many items there are. */
static size_t
take_runs(const json_t *sample, json_t *runs)
{
	const json_t *items = json_object_get(sample, "items"), *item, *run;
	size_t i, j;

	json_array_foreach (items, i, item) {
		if (json_object_get(item, "run") == NULL)
			continue; /* a default secret: of no run */
		json_array_foreach (runs, j, run)
			if (json_equal(run, json_object_get(item, "run")))
				break;
		if (j == json_array_size(runs))
			json_array_append(runs, json_object_get(item, "run"));
	}
	return json_array_size(items);
}

static void
print(const json_t *rows, const json_t *o)
{
	const json_t *row, *run;
	char *check, *detail;
	size_t i;

	json_array_foreach (rows, i, row) {
		check = text_quote_json(json_object_get(row, "check"));
		detail = text_quote_json(json_object_get(row, "detail"));
		printf("%-10s %s  %s\n",
		    json_string_value(json_object_get(o, "outcome")), check,
		    detail);
		free(check);
		free(detail);
	}
	printf("its %" JSON_INTEGER_FORMAT " items are of the runs",
	    json_integer_value(json_object_get(o, "items")));
	json_array_foreach (json_object_get(o, "runs"), i, run)
		printf(" %" JSON_INTEGER_FORMAT, json_integer_value(run));
	puts(", which are not in this bundle");
}

int
compare_recheck(
    struct client *c, const json_t *record, const char *text, size_t size)
{
	json_t *document = json_loadb(text, size, 0, NULL), *rows, *o,
	       *runs = json_array();
	size_t items;
	bool agrees;

	rows = compare_samples(
	    json_object_get(document, "a"), json_object_get(document, "b"));
	agrees = document != NULL &&
	    compare_samples_are(rows, json_object_get(record, "checks"));
	items = take_runs(json_object_get(document, "a"), runs) +
	    take_runs(json_object_get(document, "b"), runs);
	o = json_pack("{s:O, s:s, s:O, s:I, s:o}", "run",
	    json_object_get(record, "run"), "outcome",
	    agrees ? "agrees" : "differs", "rows", rows, "items",
	    (json_int_t)items, "runs", runs);
	if (c->is_json)
		client_print_json(o);
	else
		print(rows, o);
	json_decref(o);
	json_decref(rows);
	json_decref(document);
	return agrees ? CLIENT_PASSED : CLIENT_FAILED;
}
