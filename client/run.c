/*
 * run: assayctl run, probe, cancel, confirm, watch: what makes the bench act,
 * and looking on.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "client/follow.h"

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* dir/NAME.yaml if there is one, else NULL. */
static char *
look_in(const char *dir, const char *name)
{
	char *path;

	if (dir == NULL)
		return NULL;
	path = xasprintf("%s/%s.yaml", dir, name);
	if (is_file(path))
		return path;
	free(path);
	return NULL;
}

/* A path, or the name of a suite that ships.  NULL after complaining. */
static char *
find_scenario(const struct client *c, const char *name)
{
	const char *dir = args_value(&c->args, "scenario-dir");
	char *path, *own;

	if (strchr(name, '/') != NULL || is_file(name))
		return xstrdup(name);
	if (dir != NULL) {
		path = look_in(dir, name);
	} else {
		own = client_data_dir("scenarios");
		path = look_in("scenarios", name);
		if (path == NULL)
			path = look_in(own, name);
		free(own);
	}
	if (path == NULL)
		client_complainf(CLIENT_USAGE,
		    "there is no scenario \"%s\": neither a file nor a suite "
		    "(--scenario-dir says where to look)",
		    name);
	return path;
}

/* The run's number from result, which is released. */
static json_int_t
take_run(json_t *result)
{
	json_int_t run = json_integer_value(json_object_get(result, "run"));

	json_decref(result);
	return run;
}

int
client_run(struct client *c)
{
	const char *order = args_value(&c->args, "order");
	const char *quiet = args_value(&c->args, "quiet");
	char *path = find_scenario(c, c->args.words[1]);
	json_t *params, *text, *result;
	json_int_t run;
	int status;

	if (path == NULL)
		return CLIENT_USAGE;
	text = client_read_file(path);
	if (text == NULL) {
		free(path);
		return CLIENT_USAGE;
	}
	params = json_pack("{s:s, s:o, s:s}", "device", c->args.words[0],
	    "scenario", text, "file", path);
	free(path);
	if (order != NULL)
		json_object_set_new(params, "order", json_string(order));
	if (quiet != NULL)
		json_object_set_new(params, "quiet", json_string(quiet));
	status = client_call(c, "run.start", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	run = take_run(result);
	if (args_has(&c->args, "watch"))
		return follow_run(c, run);
	if (!c->is_json)
		printf("run %" JSON_INTEGER_FORMAT
		       " is queued: `assayctl watch --run "
		       "%" JSON_INTEGER_FORMAT "` shows it\n",
		    run, run);
	return CLIENT_PASSED;
}

int
client_probe(struct client *c)
{
	json_t *values = json_object(), *params, *result;
	const char *quiet = args_value(&c->args, "quiet");
	const char *word, *equals;
	char *name;
	size_t i;
	int status;

	for (i = 2; i < c->args.nwords; i++) {
		word = c->args.words[i];
		equals = strchr(word, '=');
		if (equals == NULL || equals == word) {
			json_decref(values);
			return client_complainf(CLIENT_USAGE,
			    "\"%s\": a parameter is written name=value", word);
		}
		name = xasprintf("%.*s", (int)(equals - word), word);
		json_object_set_new(values, name, json_string(equals + 1));
		free(name);
	}
	params = json_pack("{s:s, s:s, s:o}", "device", c->args.words[0],
	    "probe", c->args.words[1], "params", values);
	if (quiet != NULL)
		json_object_set_new(params, "quiet", json_string(quiet));
	if (args_has(&c->args, "resume"))
		json_object_set_new(params, "resume", json_true());
	status = client_call(c, "probe.start", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	return follow_run(c, take_run(result));
}

/* A call about one run that answers in a few words. */
static int
tell(struct client *c, const char *method, json_t *params, const char *words)
{
	json_t *result;
	json_int_t run;
	int status;

	status = client_call(c, method, params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	run = take_run(result);
	if (!c->is_json)
		printf("run %" JSON_INTEGER_FORMAT " %s\n", run, words);
	return CLIENT_PASSED;
}

int
client_cancel(struct client *c)
{
	json_int_t run;
	int status = client_number(c, 0, "RUN", &run);

	if (status != 0)
		return status;
	return tell(
	    c, "run.cancel", json_pack("{s:I}", "run", run), "is cancelled");
}

int
client_confirm(struct client *c)
{
	const char *note = args_value(&c->args, "note");
	bool is_done = !args_has(&c->args, "not-done");
	unsigned long long step_number = 0;
	struct err e;
	json_t *params;
	json_int_t run;
	int status = client_number(c, 0, "RUN", &run);

	if (status != 0)
		return status;
	if (args_number(&c->args, "step", &step_number, &e) == -1)
		return client_complain(CLIENT_USAGE, &e);
	params = json_pack("{s:I, s:b}", "run", run, "done", is_done ? 1 : 0);
	if (step_number != 0)
		json_object_set_new(
		    params, "step", json_integer((json_int_t)step_number));
	if (note != NULL)
		json_object_set_new(params, "note", json_string(note));
	return tell(c, "run.confirm", params,
	    is_done ? "has your word: done" : "has your word: not done");
}

int
client_watch(struct client *c)
{
	unsigned long long from = 0, run = 0;
	struct err e;

	if (args_number(&c->args, "from", &from, &e) == -1 ||
	    args_number(&c->args, "run", &run, &e) == -1)
		return client_complain(CLIENT_USAGE, &e);
	return follow_records(c, (json_int_t)from, (json_int_t)run);
}
