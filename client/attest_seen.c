/*
 * attest_seen: which software a device was seen to run, by its own words.
 *
 * Read from the sealed observations of the newest run of services.disclosure
 * in each state; a name is what stands before its version.
 */
#include "client/attest.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define PROBE "services.disclosure"
#define SEEN_MAX 200

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "OpenSSH_9.2p1 Debian-2" to "OpenSSH", "lighttpd/1.4" to "lighttpd". */
static size_t
name_length(const char *text)
{
	size_t n;

	for (n = 0; text[n] != '\0'; n++)
		if (strchr("/(,;", text[n]) != NULL ||
		    (strchr(" _-", text[n]) != NULL && is_digit(text[n + 1])))
			break;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return n;
}

static void
add(json_t *list, const char *text)
{
	size_t n = name_length(text), i;
	const json_t *one;

	/* A bare version names nothing. */
	if (n < 2 || is_digit(text[0]) || json_array_size(list) == SEEN_MAX)
		return;
	json_array_foreach (list, i, one)
		if (json_string_length(one) == n &&
		    strncmp(json_string_value(one), text, n) == 0)
			return;
	json_array_append_new(list, json_stringn(text, n));
}

/* Who made it is no component of it. */
static bool
is_maker(const json_t *observation)
{
	const char *source =
	    text_of(json_array_get(json_object_get(observation, "frames"), 0),
		"comment");

	return strcmp(source, "manufacturer") == 0 ||
	    strcmp(source, "vendor") == 0 || strcmp(source, "productname") == 0;
}

static void
look_at(const json_t *record, json_t *list)
{
	const json_t *one;
	const char *field;
	size_t i;

	json_array_foreach (json_object_get(record, "observations"), i, one) {
		field = text_of(one, "field");
		if (strncmp(field, "udp.", 4) == 0)
			field += 4;
		if ((strcmp(field, "discloses.product") == 0 ||
			strcmp(field, "discloses.version") == 0) &&
		    !is_maker(one))
			add(list, text_of(one, "value"));
	}
}

/* The records of one run, some at a time: all of a large one are more than a
 * line of the socket. */
static int
look_through(struct client *c, json_int_t run, json_t *jobs, json_t *list)
{
	const json_t *rows, *row, *record;
	json_int_t from = run;
	json_t *result;
	char job[32];
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
			record = json_object_get(row, "record");
			from =
			    json_integer_value(json_object_get(row, "seq")) + 1;
			snprintf(job, sizeof(job), "%" JSON_INTEGER_FORMAT,
			    json_integer_value(json_object_get(record, "job")));
			if (strcmp(text_of(record, "type"), "job") == 0 &&
			    strcmp(text_of(record, "probe"), PROBE) == 0)
				json_object_set_new(jobs, job, json_true());
			if (strcmp(text_of(record, "type"), "observed") == 0 &&
			    json_object_get(jobs, job) != NULL)
				look_at(record, list);
		}
		json_decref(result);
	} while (n > 0);
	return 0;
}

/* {run: true}: those of which a verdict of the probe is the newest. */
static json_t *
runs_of(const json_t *verdicts)
{
	json_t *runs = json_object();
	const json_t *row;
	char run[32];
	size_t i;

	json_array_foreach (verdicts, i, row) {
		if (strcmp(text_of(row, "probe"), PROBE) != 0)
			continue;
		snprintf(run, sizeof(run), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(json_object_get(row, "run")));
		json_object_set_new(runs, run, json_true());
	}
	return runs;
}

int
attest_seen(struct client *c, const char *device, json_t **list)
{
	json_t *result, *runs, *jobs, *value;
	const char *run;
	int status;

	*list = NULL;
	status = client_call(
	    c, "verdict.newest", json_pack("{s:s}", "device", device), &result);
	if (status != 0)
		return status;
	runs = runs_of(json_object_get(result, "verdicts"));
	jobs = json_object();
	if (json_object_size(runs) > 0)
		*list = json_array();
	json_object_foreach (runs, run, value)
		if (status == 0)
			status = look_through(
			    c, strtoll(run, NULL, 10), jobs, *list);
	if (status != 0) {
		json_decref(*list);
		*list = NULL;
	}
	json_decref(jobs);
	json_decref(runs);
	json_decref(result);
	return status;
}
