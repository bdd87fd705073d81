/*
 * prune: assayctl prune, hold, release, holds: which raw captures go, and what
 * keeps them.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define FILE_COLUMNS 4
#define HOLD_COLUMNS 3

static json_int_t
number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* "3.2 GiB" */
static char *
size_text(json_int_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes;
	size_t i = 0;

	while (n >= 1024 && i < 4) {
		n /= 1024;
		i++;
	}
	return i == 0 ? xasprintf("%lld B", (long long)bytes)
		      : xasprintf("%.1f %s", n, units[i]);
}

/* The code of a file's answer as a sentence. */
static char *
why_text(const json_t *file)
{
	static const struct {
		const char *code, *text;
	} texts[] = {
		{ "age", "goes: older than prune.after" },
		{ "disk", "goes: the captures are bigger than prune.disk" },
		{ "tombstone", "goes: it has its tombstone already" },
		{ "within", "stays: no limit asks for it" },
		{ "writing", "stays: it is being written" },
		{ "newest", "stays: the newest of its segment" },
		{ "unknown", "stays: nobody knows its SHA-256" },
		{ "cited", "stays: cited by verdict" },
		{ "in_use", "stays: of a run under way," },
		{ "held", "stays: held, of run" },
	};
	const char *code = json_string_value(json_object_get(file, "why"));
	json_int_t by = number(file, "by");
	size_t i;

	for (i = 0; code != NULL && i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].code, code) != 0)
			continue;
		return by == 0
		    ? xstrdup(texts[i].text)
		    : xasprintf("%s %lld", texts[i].text, (long long)by);
	}
	return text_quote_json(json_object_get(file, "why"));
}

static void
fill_file(const json_t *f, char **row)
{
	row[0] = text_quote_json(json_object_get(f, "file"));
	row[1] = text_time(number(f, "time"));
	row[2] = size_text(number(f, "size"));
	row[3] = why_text(f);
}

static void
print_sum(const json_t *r)
{
	bool dry = json_is_true(json_object_get(r, "dry_run"));
	char *bytes = size_text(number(r, "bytes")),
	     *goes = size_text(number(r, "goes_bytes")),
	     *over = size_text(number(r, "over"));

	if (json_is_null(json_object_get(r, "after_s")) &&
	    json_is_null(json_object_get(r, "disk")))
		puts("assayd.yaml sets no limit (prune): nothing goes");
	if (dry)
		printf("%s of captures, of which %s would go\n", bytes, goes);
	else
		printf("%s of captures; %lld files have gone\n", bytes,
		    (long long)number(r, "pruned"));
	if (number(r, "over") > 0)
		printf("still %s over the ceiling: what is left is cited, "
		       "held or in use\n",
		    over);
	free(bytes);
	free(goes);
	free(over);
}

int
client_prune(struct client *c)
{
	static const char *const head[FILE_COLUMNS] = { "FILE", "LAST WRITTEN",
		"SIZE", "WHAT BECOMES OF IT" };
	json_t *result;
	char *stopped;
	int status;

	status = client_call(c, "prune",
	    json_pack("{s:b}", "dry_run", (int)args_has(&c->args, "dry-run")),
	    &result);
	if (status != 0)
		return status;
	if (c->is_json) {
		client_print_json(result);
	} else {
		client_print_table(head, FILE_COLUMNS,
		    json_object_get(result, "files"), fill_file);
		print_sum(result);
	}
	if (json_is_string(json_object_get(result, "stopped"))) {
		stopped = text_quote_json(json_object_get(result, "stopped"));
		status = client_complainf(CLIENT_BENCH,
		    "not all that was to go has gone: %s", stopped);
		free(stopped);
	}
	json_decref(result);
	return status;
}

void
client_print_captures(const json_t *captures)
{
	const json_t *disk = json_object_get(captures, "disk");
	json_int_t after = number(captures, "after_s");
	char *bytes, *ceiling, *over, *when, *error;

	if (!json_is_integer(json_object_get(captures, "time")))
		return; /* not looked at yet */
	bytes = size_text(number(captures, "bytes"));
	ceiling = size_text(json_integer_value(disk));
	over = size_text(number(captures, "over"));
	when = text_time(number(captures, "time"));
	error = text_quote_json(json_object_get(captures, "error"));
	printf("captures %lld files, %s at %s",
	    (long long)number(captures, "files"), bytes, when);
	if (json_is_integer(disk))
		printf("; ceiling %s", ceiling);
	if (after > 0)
		printf("; kept for %lld h", (long long)after / 3600);
	printf("; pruned %lld\n", (long long)number(captures, "pruned"));
	if (number(captures, "over") > 0)
		printf("  OVER THE CEILING by %s: what is left is cited, held "
		       "or in use\n",
		    over);
	if (error[0] != '\0')
		printf("  not all that was to go has gone: %s\n", error);
	free(bytes);
	free(ceiling);
	free(over);
	free(when);
	free(error);
}

static bool
is_run(const struct client *c, const char *word)
{
	return !args_has(&c->args, "order") &&
	    word[strspn(word, "0123456789")] == '\0' && word[0] != '\0';
}

static int
set_hold(struct client *c, bool held)
{
	const char *word = c->args.words[0],
		   *reason = args_value(&c->args, "reason");
	json_t *params = json_pack("{s:b}", "held", (int)held), *result;
	json_int_t run = 0;
	char *name;
	int status = 0;

	if (!is_run(c, word))
		json_object_set_new(params, "order", json_string(word));
	else
		status = client_number(c, 0, "RUN", &run);
	if (status != 0) {
		json_decref(params);
		return status;
	}
	if (is_run(c, word))
		json_object_set_new(params, "run", json_integer(run));
	if (reason != NULL)
		json_object_set_new(params, "reason", json_string(reason));
	status = client_call(c, "hold.set", params, &result);
	if (status != 0)
		return status;
	name = text_quote_json(json_object_get(result, "name"));
	if (c->is_json)
		client_print_json(result);
	else
		printf("%s is %s\n", name, held ? "held" : "released");
	free(name);
	json_decref(result);
	return CLIENT_PASSED;
}

int
client_hold(struct client *c)
{
	return set_hold(c, true);
}

int
client_release(struct client *c)
{
	return set_hold(c, false);
}

static void
fill_hold(const json_t *h, char **row)
{
	row[0] = text_quote_json(json_object_get(h, "name"));
	row[1] = text_time(number(h, "time"));
	row[2] = text_quote_json(json_object_get(h, "reason"));
}

int
client_holds(struct client *c)
{
	static const char *const head[HOLD_COLUMNS] = { "HELD", "SINCE",
		"REASON" };
	json_t *result;
	int status = client_call(c, "hold.list", NULL, &result);

	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else if (json_array_size(json_object_get(result, "holds")) == 0)
		puts("nothing is held");
	else
		client_print_table(head, HOLD_COLUMNS,
		    json_object_get(result, "holds"), fill_hold);
	json_decref(result);
	return CLIENT_PASSED;
}
