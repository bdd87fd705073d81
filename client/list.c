/*
 * list: assayctl runs, verdicts, probes, status: what the bench has and knows.
 */
#include "client/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "records/verdict_algebra.h"

#define PROBE_COLUMNS 5

void
client_print_table(const char *const *head, size_t columns, const json_t *list,
    void (*fill_row)(const json_t *, char **))
{
	size_t rows = json_array_size(list) + 1, i;
	const char **shown = xcalloc(rows * columns, sizeof(*shown));
	char **cells = xcalloc(rows * columns, sizeof(*cells)), *table;

	for (i = 0; i < columns; i++)
		cells[i] = xstrdup(head[i]);
	for (i = 1; i < rows; i++)
		fill_row(json_array_get(list, i - 1), cells + i * columns);
	for (i = 0; i < rows * columns; i++)
		shown[i] = cells[i];
	table = text_table(shown, rows, columns);
	fputs(table, stdout);
	for (i = 0; i < rows * columns; i++)
		free(cells[i]);
	free(table);
	free(cells);
	free(shown);
}

int
client_set_bounds(const struct client *c, json_t *params)
{
	static const char *const numbers[] = { "limit", "before" };
	unsigned long long n;
	struct err e;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (args_value(&c->args, numbers[i]) == NULL)
			continue;
		if (args_number(&c->args, numbers[i], &n, &e) == -1)
			return client_complain(CLIENT_USAGE, &e);
		json_object_set_new(
		    params, numbers[i], json_integer((json_int_t)n));
	}
	return 0;
}

/* Options that are parameters of the same name; 0, or the exit status. */
static int
set_filters(const struct client *c, json_t *params)
{
	const char *device = args_value(&c->args, "device");

	if (device != NULL)
		json_object_set_new(params, "device", json_string(device));
	return client_set_bounds(c, params);
}

void
client_fill_run(const json_t *r, char **row)
{
	const json_t *outcome = json_object_get(r, "outcome");

	row[0] = text_quote_json(json_object_get(r, "run"));
	row[1] = text_time(json_integer_value(json_object_get(r, "time")));
	row[2] = text_quote_json(json_object_get(r, "device"));
	row[3] = text_quote_json(json_object_get(r, "scenario"));
	row[4] = outcome == NULL || json_is_null(outcome)
	    ? xstrdup("under way")
	    : text_quote_json(outcome);
	row[5] = text_counts(json_object_get(r, "verdicts"));
}

/* The head of the bench's chain: with it, no run can be taken away unseen. */
static void
print_head(const json_t *runs)
{
	const json_t *manifest = json_object_get(runs, "manifest");
	char *hash, *key;

	if (!json_is_string(manifest))
		return;
	hash = text_quote_json(manifest);
	key = text_key(json_object_get(runs, "key"));
	printf("\nnewest manifest %s (key %s)\n", hash, key);
	free(hash);
	free(key);
}

int
client_runs(struct client *c)
{
	static const char *const head[CLIENT_RUN_COLUMNS] = { "RUN", "TIME",
		"DEVICE", "SCENARIO", "OUTCOME", "VERDICTS" };
	json_t *params = json_object(), *result;
	int status = set_filters(c, params);

	if (status != 0) {
		json_decref(params);
		return status;
	}
	status = client_call(c, "run.list", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else {
		client_print_table(head, CLIENT_RUN_COLUMNS,
		    json_object_get(result, "runs"), client_fill_run);
		print_head(result);
	}
	json_decref(result);
	return CLIENT_PASSED;
}

static void
print_verdicts(const struct client *c, const json_t *list)
{
	const json_t *record;
	char *lines;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		record = json_array_get(list, i);
		lines = text_verdict(&c->style,
		    (uint64_t)json_integer_value(
			json_object_get(record, "seq")),
		    record);
		fputs(lines, stdout);
		free(lines);
	}
	if (json_array_size(list) == 0)
		puts("no verdict");
}

/* "run 7 is void": its verdicts are as they were sealed, before that was known.
 */
static int
warn_of_void(struct client *c, json_int_t run)
{
	json_t *answer;
	const char *outcome;
	const json_t *row;
	int status = client_call(c, "run.list",
	    json_pack("{s:I, s:i}", "before", run + 1, "limit", 1), &answer);

	if (status != 0)
		return status;
	row = json_array_get(json_object_get(answer, "runs"), 0);
	outcome = json_string_value(json_object_get(row, "outcome"));
	if (json_integer_value(json_object_get(row, "run")) == run &&
	    outcome != NULL && strcmp(outcome, VERDICT_VOID_OUTCOME) == 0)
		printf("\nrun %" JSON_INTEGER_FORMAT
		       " is void, and none of its passes and fails counts: "
		       "the firmware changed during the run\n",
		    run);
	json_decref(answer);
	return 0;
}

static int
warn_of_voids(struct client *c, const json_t *list)
{
	const json_t *record;
	json_int_t run, last = 0;
	size_t i;
	int status = 0;

	json_array_foreach (list, i, record) {
		run = json_integer_value(json_object_get(record, "run"));
		if (run != last && status == 0)
			status = warn_of_void(c, run);
		last = run;
	}
	return status;
}

/* Of one run: that it is the whole of it can be checked by this. */
static void
print_seal(struct client *c, json_int_t run)
{
	char *line = client_seal(c, run);

	if (line != NULL)
		printf("\n%s", line);
	else
		printf("\nnot sealed: run %" JSON_INTEGER_FORMAT
		       " has no manifest yet\n",
		    run);
	free(line);
}

int
client_verdicts(struct client *c)
{
	json_t *params = json_object(), *result;
	json_int_t run = 0;
	int status = set_filters(c, params);

	if (status == 0 && c->args.nwords > 0)
		status = client_number(c, 0, "RUN", &run);
	if (status != 0) {
		json_decref(params);
		return status;
	}
	if (run != 0)
		json_object_set_new(params, "run", json_integer(run));
	status = client_call(c, "verdict.list", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		print_verdicts(c, json_object_get(result, "verdicts"));
	if (!c->is_json)
		status = warn_of_voids(c, json_object_get(result, "verdicts"));
	if (run != 0 && !c->is_json)
		print_seal(c, run);
	json_decref(result);
	return status;
}

static char *
list_checks(const json_t *claims)
{
	char *all = xstrdup(""), *check, *kind, *longer;
	const json_t *one;
	size_t i;

	for (i = 0; i < json_array_size(claims); i++) {
		one = json_array_get(claims, i);
		check = text_quote_json(json_object_get(one, "check"));
		kind = text_quote_json(json_object_get(one, "kind"));
		longer = xasprintf(
		    "%s%s%s (%s)", all, i == 0 ? "" : ", ", check, kind);
		free(check);
		free(kind);
		free(all);
		all = longer;
	}
	return all;
}

static void
fill_probe(const json_t *p, char **row)
{
	row[0] = text_quote_json(json_object_get(p, "name"));
	row[1] = text_quote_json(json_object_get(p, "method"));
	row[2] = text_quote_json(json_object_get(p, "impact"));
	row[3] = list_checks(json_object_get(p, "claims"));
	row[4] = text_quote_json(json_object_get(p, "title"));
}

static void
print_fields(const json_t *p, const char *const *fields, size_t n)
{
	char *text;
	size_t i;

	for (i = 0; i < n; i++) {
		text = text_quote_json(json_object_get(p, fields[i]));
		printf("%-14s%s\n", fields[i], text);
		free(text);
	}
}

/* A list of objects, each on a line: first field, then the others. */
static void
print_list(const json_t *p, const char *name, const char *const *fields)
{
	const json_t *list = json_object_get(p, name), *value;
	char *text;
	size_t i, k;

	printf("%s\n", name);
	for (i = 0; i < json_array_size(list); i++) {
		text = text_quote_json(
		    json_object_get(json_array_get(list, i), fields[0]));
		printf("  %-24s", text);
		free(text);
		for (k = 1; fields[k] != NULL; k++) {
			value =
			    json_object_get(json_array_get(list, i), fields[k]);
			if (value == NULL || json_is_null(value))
				continue;
			text = text_quote_json(value);
			if (text[0] != '\0')
				printf("  %s: %s", fields[k], text);
			free(text);
		}
		putchar('\n');
	}
}

static void
print_probe(const json_t *p)
{
	static const char *const fields[] = { "name", "title", "method", "abi",
		"medium", "impact", "timeout_ms", "filter", "resources",
		"needs" };
	static const char *const params[] = { "name", "type", "default", "min",
		"max", "choices", "help", NULL };
	static const char *const observations[] = { "name", "type", "unit",
		"help", NULL };
	static const char *const reasons[] = { "code", "values", NULL };
	char *checks = list_checks(json_object_get(p, "claims"));

	print_fields(p, fields, sizeof(fields) / sizeof(fields[0]));
	printf("%-14s%s\n", "claims", checks);
	free(checks);
	print_list(p, "params", params);
	print_list(p, "observations", observations);
	print_list(p, "reasons", reasons);
}

int
client_probes(struct client *c)
{
	static const char *const head[PROBE_COLUMNS] = { "PROBE", "METHOD",
		"IMPACT", "CHECKS", "TRUE WHEN IT PASSES" };
	bool is_one = c->args.nwords > 0;
	json_t *result;
	int status;

	status = client_call(c, is_one ? "probe.show" : "probe.list",
	    is_one ? json_pack("{s:s}", "probe", c->args.words[0]) : NULL,
	    &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else if (is_one)
		print_probe(result);
	else
		client_print_table(head, PROBE_COLUMNS,
		    json_object_get(result, "probes"), fill_probe);
	json_decref(result);
	return CLIENT_PASSED;
}
