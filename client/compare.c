/*
 * compare: assayctl compare: what two samples of an order share that must be
 * each one's own.
 *
 * Read from what was sealed of either; nothing is asked of a device.  Of the
 * secrets that they were delivered with the bench says which are the same. With
 * --by the items and what follows from them are sealed, and --again finds both
 * out anew from the records.  It can fail, and never passes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "client/attest_send.h"
#include "client/compare.h"
#include "judging/compare_samples.h"
#include "judging/compare_secrets.h"
#include "scenarios/messages.h"

#define COLUMNS 3

struct comparing {
	struct client *client;
	json_t *samples[2]; /* {name, serial, device, items} */
	char *order;
	json_t *rows;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- what was sealed of a sample ---- */

static int
add_run(struct client *c, json_int_t run, json_t *items)
{
	json_int_t from = run;
	const json_t *row;
	json_t *result, *found;
	int status = 0;
	size_t i, n;

	do {
		status = client_call(c, "bundle.records",
		    json_pack("{s:I, s:I}", "run", run, "from", from), &result);
		if (status != 0)
			return status;
		n = json_array_size(json_object_get(result, "records"));
		json_array_foreach (
		    json_object_get(result, "records"), i, row) {
			found = compare_samples_items(
			    json_object_get(row, "record"),
			    text_of(row, "sha256"));
			json_array_extend(items, found);
			json_decref(found);
			from =
			    json_integer_value(json_object_get(row, "seq")) + 1;
		}
		json_decref(result);
	} while (n > 0);
	return 0;
}

static bool
is_in(const json_t *list, const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (json_equal(one, value))
			return true;
	return false;
}

/* What the bench says of the default secrets of both, under marks that are good
 * for this once. */
static int
ask_secrets(struct client *c, json_t *const samples[2], json_t **secrets)
{
	json_t *result;
	int status = client_call(c, "sample.secrets",
	    json_pack("{s:s, s:s}", "a", text_of(samples[0], "name"), "b",
		text_of(samples[1], "name")),
	    &result);

	*secrets = NULL;
	if (status != 0)
		return status;
	*secrets = json_incref(json_object_get(result, "secrets"));
	json_decref(result);
	return 0;
}

static int
add_secrets(struct client *c, json_t *const samples[2])
{
	json_t *secrets, *found;
	int status = ask_secrets(c, samples, &secrets);
	size_t i;

	for (i = 0; i < 2 && status == 0; i++) {
		found =
		    compare_secrets_items(secrets, text_of(samples[i], "name"));
		json_array_extend(json_object_get(samples[i], "items"), found);
		json_decref(found);
	}
	json_decref(secrets);
	return status;
}

/* Every run that a verdict on this sample is of, each once. */
static int
add_items(struct client *c, const json_t *newest, json_t *sample)
{
	json_t *items = json_object_get(sample, "items"), *runs = json_array();
	const json_t *row, *run;
	size_t i;
	int status = 0;

	json_array_foreach (json_object_get(newest, "verdicts"), i, row)
		if (json_equal(json_object_get(row, "sample"),
			json_object_get(sample, "serial")) &&
		    !is_in(runs, json_object_get(row, "run")))
			json_array_append(runs, json_object_get(row, "run"));
	json_array_foreach (runs, i, run)
		if (status == 0)
			status = add_run(c, json_integer_value(run), items);
	json_decref(runs);
	return status;
}

static const json_t *
named(const json_t *list, const char *key, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (strcmp(text_of(one, key), name) == 0)
			return one;
	return NULL;
}

static int
find_sample(struct comparing *co, size_t which, const json_t *samples,
    const json_t *devices)
{
	const char *name = co->client->args.words[which];
	const json_t *sample = named(samples, "name", name), *device;

	if (sample == NULL)
		return client_complainf(CLIENT_USAGE,
		    "there is no sample \"%s\" (assayctl sample list)", name);
	device = named(devices, "sample", text_of(sample, "serial"));
	if (device == NULL)
		return client_complainf(CLIENT_USAGE,
		    "no device is sample \"%s\": nothing was tested of it",
		    name);
	if (co->order != NULL &&
	    strcmp(co->order, text_of(sample, "order")) != 0)
		return client_complainf(
		    CLIENT_USAGE, "the samples came for different orders");
	free(co->order);
	co->order = xstrdup(text_of(sample, "order"));
	co->samples[which] = json_pack("{s:s, s:s, s:s, s:[]}", "name", name,
	    "serial", text_of(sample, "serial"), "device",
	    text_of(device, "name"), "items");
	return 0;
}

static int
find_samples(struct comparing *co)
{
	json_t *samples, *devices = NULL;
	size_t i;
	int status;

	status = client_call(co->client, "sample.list", NULL, &samples);
	if (status != 0)
		return status;
	status = client_call(co->client, "device.list", NULL, &devices);
	for (i = 0; i < 2 && status == 0; i++)
		status = find_sample(co, i, json_object_get(samples, "samples"),
		    json_object_get(devices, "devices"));
	json_decref(samples);
	json_decref(devices);
	if (status == 0 && json_equal(co->samples[0], co->samples[1]))
		status = client_complainf(
		    CLIENT_USAGE, "a sample is not compared with itself");
	return status;
}

static int
gather(struct comparing *co)
{
	json_t *newest;
	size_t i;
	int status = find_samples(co);

	if (status == 0)
		status = client_call(co->client, "verdict.newest",
		    json_pack("{s:s}", "order", co->order), &newest);
	if (status != 0)
		return status;
	for (i = 0; i < 2 && status == 0; i++)
		status = add_items(co->client, newest, co->samples[i]);
	json_decref(newest);
	if (status == 0)
		status = add_secrets(co->client, co->samples);
	if (status == 0)
		co->rows = compare_samples(co->samples[0], co->samples[1]);
	return status;
}

/* ---- shown, and sealed ---- */

/* In the reader's language, if there are sentences. */
static json_t *
told(const struct client *c, const json_t *row)
{
	const char *detail = text_of(row, "detail");
	size_t n = strcspn(detail, " ");
	char *code = xasprintf("%.*s", (int)n, detail), *text;
	json_t *values = json_pack(
		   "{s:s}", "what", detail[n] == ' ' ? detail + n + 1 : ""),
	       *o = json_copy((json_t *)(uintptr_t)row); /* only read */

	text = messages_format(c->messages, code, values);
	json_object_set_new(o, "detail", json_string(text));
	free(text);
	free(code);
	json_decref(values);
	return o;
}

static void
fill_row(const json_t *row, char **cells)
{
	const json_t *good = json_object_get(row, "good");

	cells[0] = text_quote_json(json_object_get(row, "check"));
	cells[1] = xstrdup(json_is_true(good) ? "differs"
		: json_is_false(good)         ? "SHARED"
					      : "open");
	cells[2] = text_quote_json(json_object_get(row, "detail"));
}

static void
show(const struct client *c, const json_t *rows)
{
	static const char *const head[COLUMNS] = { "WHAT", "", "SEEN" };
	json_t *list = json_array(), *o;
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		json_array_append_new(list, told(c, row));
	if (!c->is_json)
		client_print_table(head, COLUMNS, list, fill_row);
	json_decref(list);
	if (!c->is_json)
		return;
	o = json_pack("{s:s, s:O}", "verdict",
	    compare_samples_failed(rows) ? "fail" : "inconc", "rows", rows);
	client_print_json(o);
	json_decref(o);
}

static int
seal(const struct comparing *co)
{
	const struct args *args = &co->client->args;
	json_t *document = json_pack("{s:i, s:s, s:O, s:O}", "format", 1,
	    "order", co->order, "a", co->samples[0], "b", co->samples[1]);
	char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
	char *note = xasprintf("samples %s and %s compared",
	    text_of(co->samples[0], "serial"),
	    text_of(co->samples[1], "serial"));
	struct attest_said said = {
		.device = text_of(co->samples[1], "device"),
		.requirement = COMPARE_REQUIREMENT,
		.file = "comparison.json",
		.by = args_value(args, "by"),
		.note = note,
		.order = co->order,
		.rows = co->rows,
	};
	int status;

	json_decref(document);
	if (text == NULL) {
		free(note);
		return client_complainf(CLIENT_BENCH, "a record is not UTF-8");
	}
	said.bytes = (const uint8_t *)text;
	said.size = strlen(text);
	said.conclusion = compare_samples_failed(co->rows) ? "does-not-conform"
							   : "insufficient";
	status = attest_send(co->client, &said);
	free(text);
	free(note);
	return status;
}

/* ---- found out anew ---- */

static int
fetch_document(struct client *c, const char *sha256, json_t **document)
{
	unsigned char *bytes;
	char *all = xstrdup("");
	json_t *result;
	size_t size = 0;
	bool is_end = false;
	int status = 0, n;

	while (status == 0 && !is_end) {
		status = client_call(c, "document.read",
		    json_pack("{s:s, s:I}", "sha256", sha256, "offset",
			(json_int_t)size),
		    &result);
		if (status != 0)
			break;
		n = client_decode_data(json_object_get(result, "data"), &bytes);
		is_end = n <= 0 || json_is_true(json_object_get(result, "eof"));
		if (n > 0) {
			all = xrealloc(all, size + (size_t)n, 1);
			memcpy(all + size, bytes, (size_t)n);
			size += (size_t)n;
		}
		free(bytes);
		json_decref(result);
	}
	*document = status == 0 ? json_loadb(all, size, 0, NULL) : NULL;
	free(all);
	if (status == 0 && *document == NULL)
		return client_complainf(
		    CLIENT_FAILED, "its document is no comparison");
	return status;
}

/* Is each item what the record of that number and hash says?  Those of secrets
 * are of no record: asked for anew, they have other marks. */
static int
check_items(struct client *c, const json_t *sample)
{
	const json_t *items = json_object_get(sample, "items");
	json_t *again = json_array(), *runs = json_array(), *of_runs, *item;
	size_t i;
	int status = 0;

	of_runs = json_array();
	json_array_foreach (items, i, item) {
		if (compare_secrets_is_item(item))
			continue;
		json_array_append(of_runs, item);
		if (is_in(runs, json_object_get(item, "run")))
			continue;
		json_array_append(runs, json_object_get(item, "run"));
		if (status == 0)
			status = add_run(c,
			    json_integer_value(json_object_get(item, "run")),
			    again);
	}
	if (status == 0 && !json_equal(of_runs, again))
		status = client_complainf(CLIENT_FAILED,
		    "sample %s: its items are not those of its records",
		    text_of(sample, "serial"));
	json_decref(of_runs);
	json_decref(runs);
	json_decref(again);
	return status;
}

static bool
has_secrets(const json_t *sample)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(sample, "items"), i, item)
		if (compare_secrets_is_item(item))
			return true;
	return false;
}

static json_t *
without_items(const json_t *sample)
{
	return json_pack("{s:s, s:s, s:[]}", "name", text_of(sample, "name"),
	    "serial", text_of(sample, "serial"), "items");
}

/* Do the files of the default secrets still say what was sealed of them? */
static int
check_secrets(struct client *c, const json_t *a, const json_t *b)
{
	json_t *samples[2] = { without_items(a), without_items(b) };
	json_t *before, *now;
	bool is_typed = false;
	int status = 0;

	if (has_secrets(a) || has_secrets(b))
		status = add_secrets(c, samples);
	do {
		before = compare_secrets(a, b, is_typed);
		now = compare_secrets(samples[0], samples[1], is_typed);
		if (status == 0 && before != NULL && !json_equal(before, now))
			status = client_complainf(CLIENT_FAILED,
			    "the default secrets are not those of then: %s",
			    now == NULL ? "none is declared"
					: text_of(now, "detail"));
		json_decref(before);
		json_decref(now);
		is_typed = !is_typed;
	} while (is_typed);
	json_decref(samples[0]);
	json_decref(samples[1]);
	return status;
}

static int
compare_again(struct client *c, const json_t *record)
{
	const char *sha256 =
	    text_of(json_object_get(record, "document"), "sha256");
	json_t *document, *rows;
	int status = fetch_document(c, sha256, &document);

	if (status != 0)
		return status;
	status = check_items(c, json_object_get(document, "a"));
	if (status == 0)
		status = check_items(c, json_object_get(document, "b"));
	if (status == 0)
		status = check_secrets(c, json_object_get(document, "a"),
		    json_object_get(document, "b"));
	rows = compare_samples(
	    json_object_get(document, "a"), json_object_get(document, "b"));
	if (status == 0 &&
	    !compare_samples_are(rows, json_object_get(record, "checks")))
		status = client_complainf(CLIENT_FAILED,
		    "differs: its items say something else than was sealed");
	show(c, rows);
	if (status == 0 && !c->is_json)
		puts("agrees with what was sealed");
	json_decref(rows);
	json_decref(document);
	return status;
}

static int
again(struct client *c)
{
	const json_t *record;
	json_t *result;
	json_int_t run;
	int status = client_number(c, 0, "RUN", &run);

	if (status == 0)
		status = client_call(c, "bundle.records",
		    json_pack("{s:I, s:I}", "run", run, "from", run), &result);
	if (status != 0)
		return status;
	record = json_object_get(
	    json_array_get(json_object_get(result, "records"), 1), "record");
	if (strcmp(text_of(record, "requirement"), COMPARE_REQUIREMENT) != 0)
		status = client_complainf(
		    CLIENT_USAGE, "run %lld compares nothing", (long long)run);
	else
		status = compare_again(c, record);
	json_decref(result);
	return status;
}

int
client_compare(struct client *c)
{
	struct comparing co = { .client = c };
	int status;

	if (args_has(&c->args, "again") != (c->args.nwords == 1))
		return client_complainf(CLIENT_USAGE,
		    "compare: two samples, or --again and the run of a "
		    "comparison");
	if (c->args.nwords == 1)
		return again(c);
	status = gather(&co);
	if (status == 0)
		show(c, co.rows);
	if (status == 0 && args_has(&c->args, "by"))
		status = seal(&co);
	if (status == 0)
		status = compare_samples_failed(co.rows) ? CLIENT_FAILED
							 : CLIENT_INCOMPLETE;
	json_decref(co.samples[0]);
	json_decref(co.samples[1]);
	json_decref(co.rows);
	free(co.order);
	return status;
}
