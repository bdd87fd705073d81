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

static void
print_runs(const char *word, const json_t *runs)
{
	static const char *const head[CLIENT_RUN_COLUMNS] = { "RUN", "TIME",
		"DEVICE", "SCENARIO", "OUTCOME", "VERDICTS OF IT" };
	char *shown;

	if (json_array_size(runs) > 0) {
		client_print_table(
		    head, CLIENT_RUN_COLUMNS, runs, client_fill_run);
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
	status = client_set_bounds(c, params);
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
