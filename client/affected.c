/*
 * affected: assayctl affected: which runs rest on a method of a probe.
 *
 * A method that was found wrong names the runs to be judged again, and the
 * customers to be told.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define COLUMNS 6

/* "tcp.ports@1" as parameters; NULL after complaining. */
static json_t *
read_word(const char *word)
{
	const char *at = strrchr(word, '@');
	unsigned long long method;
	json_t *params;
	struct err e;

	if (at == NULL || at == word) {
		client_complainf(CLIENT_USAGE,
		    "%s: not PROBE@METHOD, such as tcp.ports@1", word);
		return NULL;
	}
	if (args_parse_number(at + 1, "METHOD", &method, &e) == -1) {
		client_complain(CLIENT_USAGE, &e);
		return NULL;
	}
	params = json_pack("{s:s%, s:I}", "probe", word, (size_t)(at - word),
	    "method", (json_int_t)method);
	if (params == NULL)
		client_complainf(CLIENT_USAGE, "%s: not UTF-8", word);
	return params;
}

/* 0, or the exit status after complaining. */
static int
set_bounds(const struct client *c, json_t *params)
{
	static const char *const names[] = { "limit", "before" };
	unsigned long long n;
	struct err e;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (args_value(&c->args, names[i]) == NULL)
			continue;
		if (args_number(&c->args, names[i], &n, &e) == -1)
			return client_complain(CLIENT_USAGE, &e);
		json_object_set_new(
		    params, names[i], json_integer((json_int_t)n));
	}
	return 0;
}

static void
fill_row(const json_t *r, char **row)
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

static void
print_runs(const char *word, const json_t *runs)
{
	static const char *const head[COLUMNS] = { "RUN", "TIME", "DEVICE",
		"SCENARIO", "OUTCOME", "VERDICTS OF IT" };
	char *shown;

	if (json_array_size(runs) > 0) {
		client_print_table(head, COLUMNS, runs, fill_row);
		return;
	}
	shown = text_quote(word);
	printf("no run rests on %s\n", shown);
	free(shown);
}

int
client_affected(struct client *c)
{
	json_t *params = read_word(c->args.words[0]), *result;
	int status;

	if (params == NULL)
		return CLIENT_USAGE;
	status = set_bounds(c, params);
	if (status != 0) {
		json_decref(params);
		return status;
	}
	status = client_call(c, "run.affected", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		print_runs(c->args.words[0], json_object_get(result, "runs"));
	json_decref(result);
	return CLIENT_PASSED;
}
