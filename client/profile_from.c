/*
 * profile_from: assayctl profile new --from: a draft of what the newest runs
 * saw of a device.
 */
#include "client/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/profile_draft.h"

/* All records of a run, some at a time. */
static int
look_through(struct client *c, json_int_t run, struct profile_draft *d)
{
	const json_t *rows, *row;
	json_int_t from = run;
	json_t *result;
	size_t i, n;
	int status;

	do {
		status = client_call(c, "bundle.records",
		    json_pack("{s:I,s:I}", "run", run, "from", from), &result);
		if (status != 0)
			return status;
		rows = json_object_get(result, "records");
		n = json_array_size(rows);
		json_array_foreach (rows, i, row) {
			from =
			    json_integer_value(json_object_get(row, "seq")) + 1;
			profile_draft_look(d, json_object_get(row, "record"));
		}
		json_decref(result);
	} while (n > 0);
	return 0;
}

/* Each run of which a verdict is the newest of its check, once. */
static int
look_at_runs(struct client *c, const char *device, struct profile_draft *d)
{
	json_t *result, *runs = json_object(), *seen;
	const json_t *row;
	const char *run;
	char text[32];
	size_t i;
	int status;

	status = client_call(
	    c, "verdict.newest", json_pack("{s:s}", "device", device), &result);
	if (status != 0) {
		json_decref(runs);
		return status;
	}
	json_array_foreach (json_object_get(result, "verdicts"), i, row) {
		snprintf(text, sizeof(text), "%lld",
		    (long long)json_integer_value(json_object_get(row, "run")));
		json_object_set_new(runs, text, json_true());
	}
	json_decref(result);
	json_object_foreach (runs, run, seen)
		if (status == 0)
			status = look_through(c, strtoll(run, NULL, 10), d);
	if (status == 0 && json_object_size(runs) == 0)
		status = client_complainf(CLIENT_INCOMPLETE,
		    "%s: no run has seen anything of it yet", device);
	json_decref(runs);
	return status;
}

/* What the device's own profile says of the product. */
static int
ask_profile(struct client *c, const char *device, struct profile **p)
{
	const char *text;
	json_t *result;
	struct err e;
	int status;

	status = client_call(
	    c, "device.show", json_pack("{s:s}", "device", device), &result);
	if (status != 0)
		return status;
	text = json_string_value(json_object_get(result, "profile"));
	if (text == NULL)
		text = "";
	*p = profile_parse(text, strlen(text), "profile", &e);
	json_decref(result);
	return *p == NULL ? client_complain(CLIENT_BENCH, &e) : 0;
}

int
client_profile_from(struct client *c, const char *device)
{
	struct profile_draft *d;
	struct profile *p = NULL;
	char *made = NULL;
	struct err e;
	int status;

	status = client_connect(c);
	if (status == 0)
		status = ask_profile(c, device, &p);
	if (status != 0)
		return status;
	d = profile_draft_new();
	status = look_at_runs(c, device, d);
	if (status == 0) {
		made = profile_draft_make(d, p, &e);
		status = made == NULL ? client_complain(CLIENT_BENCH, &e)
				      : client_profile_put(c, made);
	}
	free(made);
	profile_draft_free(d);
	profile_free(p);
	return status;
}
