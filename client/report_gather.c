/*
 * report_gather: what a report is made of, asked of the daemon.
 *
 * Everything comes from the store and the catalogue, so that an old run is
 * reported again as it was; records come in small pieces and are let go one by
 * one.
 */
#include "client/report_gather.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "catalogue/coverage.h"
#include "client/attest.h"
#include "client/catalogue.h"
#include "client/compare.h"
#include "client/gather.h"
#include "reports/report.h"
#include "reports/report_release.h"

struct gathering {
	struct client *client;
	json_t *probes, *cards, *status, *device, *attestations;
	struct coverage_reviewed *reviewed;
	struct profile *profile;
	struct catalogue *catalogue;
	struct gathered order; /* of which one is asked, or empty */
	json_t *runs;          /* [number], ascending */
	uint64_t *wanted;      /* verdicts, ascending; NULL: all of the runs */
	size_t nwanted;
	struct report *report;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- both languages ---- */

int
report_languages_load(struct client *c, struct report_languages *l)
{
	const char *named = args_value(&c->args, "message-dir");
	char *dir =
	    named != NULL ? xstrdup(named) : client_data_dir("messages");
	struct err e;

	*l = (struct report_languages){ .en = NULL };
	if (dir == NULL)
		return client_complainf(CLIENT_USAGE,
		    "there are no messages beside this program: "
		    "--message-dir says where they are");
	l->en = messages_load(dir, "en", &e);
	if (l->en != NULL)
		l->ja = messages_load(dir, "ja", &e);
	free(dir);
	if (l->ja != NULL)
		return 0;
	report_languages_free(l);
	return client_complain(CLIENT_USAGE, &e);
}

void
report_languages_free(struct report_languages *l)
{
	messages_free(l->en);
	messages_free(l->ja);
}

/* ---- which device, which profile ---- */

static int
ask_device(struct gathering *g, const char *name)
{
	int status = client_call(g->client, "device.show",
	    json_pack("{s:s}", "device", name), &g->device);

	if (status == 0)
		status = client_call(g->client, "attestation.list",
		    json_pack("{s:s}", "device", name), &g->attestations);
	return status;
}

static int
take_profile(struct gathering *g, const char *text)
{
	struct err e;

	g->profile = profile_parse(text, strlen(text), "profile", &e);
	return g->profile == NULL ? client_complain(CLIENT_BENCH, &e) : 0;
}

/* What was declared when the run began, though it is another one now. */
static int
ask_profile(struct gathering *g, const char *sha256)
{
	json_t *result;
	const char *text;
	int status;

	if (strcmp(sha256, text_of(g->device, "sha256")) == 0)
		return take_profile(g, text_of(g->device, "profile"));
	status = client_call(g->client, "bundle.document",
	    json_pack("{s:s}", "sha256", sha256), &result);
	if (status != 0)
		return status;
	text = json_string_value(
	    json_array_get(json_object_get(result, "documents"), 0));
	status = text == NULL
	    ? client_complainf(CLIENT_BENCH,
		  "the bench has no longer the profile %s of this run", sha256)
	    : take_profile(g, text);
	json_decref(result);
	return status;
}

/* Those of a run from a number on, as many as come at once. */
static int
ask_records(struct gathering *g, json_int_t run, json_int_t from, char **text,
    struct record_rows *rows)
{
	size_t size;
	int status = client_call_text(g->client, "bundle.records",
	    json_pack("{s:I, s:I}", "run", run, "from", from), text, &size);

	if (status == 0)
		record_rows_start(rows, *text, size);
	return status;
}

/* 1: a row; 0: no more; else the exit status, negative. */
static int
next_row(struct record_rows *rows)
{
	struct err e;
	int found = record_rows_next(rows, &e);

	return found == -1 ? -client_complain(CLIENT_BENCH, &e) : found;
}

static int
first_record(struct gathering *g, json_int_t run, json_t **record)
{
	struct record_rows rows;
	char *text;
	int status = ask_records(g, run, run, &text, &rows), found;

	*record = NULL;
	if (status != 0)
		return status;
	found = next_row(&rows);
	if (found == 1)
		*record = json_loadb(rows.bytes, rows.size, 0, NULL);
	record_rows_free(&rows);
	free(text);
	return found < 0 ? -found : 0;
}

static int
of_run(struct gathering *g, const char *word)
{
	json_t *record;
	json_int_t run;
	int status;

	status = client_number(g->client, 0, "RUN", &run);
	if (status == 0)
		status = first_record(g, run, &record);
	if (status != 0)
		return status;
	if (record == NULL)
		status = client_complainf(CLIENT_USAGE,
		    "there is no run %s (`assayctl runs` lists them)", word);
	json_array_append_new(g->runs, json_integer(run));
	if (status == 0)
		status = ask_device(g, text_of(record, "device"));
	if (status == 0)
		status = ask_profile(
		    g, text_of(json_object_get(record, "profile"), "sha256"));
	json_decref(record);
	return status;
}

/* ---- what counts of a device: the newest run of each check ---- */

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t *
numbers_of(const json_t *rows, const char *key)
{
	size_t n = json_array_size(rows), i;
	uint64_t *numbers = xcalloc(n + 1, sizeof(*numbers));

	for (i = 0; i < n; i++)
		numbers[i] = (uint64_t)json_integer_value(
		    json_object_get(json_array_get(rows, i), key));
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	return numbers;
}

/* The verdicts of verdict.newest, and the runs that they are of. */
static void
take_newest(struct gathering *g, const json_t *newest)
{
	const json_t *rows = json_object_get(newest, "verdicts");
	uint64_t *runs = numbers_of(rows, "run");
	size_t i;

	g->nwanted = json_array_size(rows);
	g->wanted = numbers_of(rows, "seq");
	for (i = 0; i < g->nwanted; i++)
		if (i == 0 || runs[i] != runs[i - 1])
			json_array_append_new(
			    g->runs, json_integer((json_int_t)runs[i]));
	free(runs);
}

static int
of_device(struct gathering *g, const char *name)
{
	json_t *newest;
	int status;

	status = ask_device(g, name);
	if (status == 0)
		status = take_profile(g, text_of(g->device, "profile"));
	if (status == 0)
		status = client_call(g->client, "verdict.newest",
		    json_pack("{s:s}", "device", name), &newest);
	if (status != 0)
		return status;
	take_newest(g, newest);
	json_decref(newest);
	return 0;
}

/* ---- what counts of an order: that, on each sample in each state ---- */

/* Each device of the order gets its MAC address; what they are together is one
 * device by all their names. */
static void
take_devices(struct gathering *g, const char *order, const json_t *list)
{
	json_t *devices = json_object_get(g->order.order, "devices"), *one;
	const json_t *known;
	char *names = xstrdup(""), *longer;
	size_t i, j;

	json_array_foreach (devices, i, one) {
		json_array_foreach (list, j, known)
			if (json_equal(json_object_get(known, "name"),
				json_object_get(one, "name")))
				json_object_set(
				    one, "mac", json_object_get(known, "mac"));
		longer = xasprintf(
		    "%s%s%s", names, i == 0 ? "" : ", ", text_of(one, "name"));
		free(names);
		names = longer;
	}
	g->device = json_pack("{s:s, s:s}", "name", names, "order", order);
	free(names);
}

static int
of_order(struct gathering *g, const char *order)
{
	json_t *devices;
	int status = gather_order(g->client, order, &g->order);

	if (status == 0 && g->order.profile == NULL)
		return client_complainf(CLIENT_USAGE,
		    "no device is of this order (assayctl device add NAME "
		    "--sample SAMPLE makes one of a sample)");
	if (status == 0)
		status = client_call(g->client, "device.list", NULL, &devices);
	if (status != 0)
		return status;
	take_devices(g, order, json_object_get(devices, "devices"));
	json_decref(devices);
	g->attestations = json_incref(g->order.attestations);
	g->profile = g->order.profile;
	g->order.profile = NULL;
	take_newest(g, g->order.verdicts);
	return 0;
}

/* ---- records ---- */

/* *from: what is next; as it was when there was nothing. */
static int
add_some(struct gathering *g, json_int_t run, json_int_t *from)
{
	struct record_rows rows;
	char *text;
	int status = ask_records(g, run, *from, &text, &rows), found;

	if (status != 0)
		return status;
	while ((found = next_row(&rows)) == 1) {
		if (report_add_row(g->report, &rows) == -1) {
			found = -client_complainf(CLIENT_BENCH,
			    "the bench says a verdict that is none of the "
			    "seven");
			break;
		}
		*from = (json_int_t)rows.seq + 1;
	}
	record_rows_free(&rows);
	free(text);
	return -found;
}

static int
add_run(struct gathering *g, json_int_t run)
{
	json_int_t from = run, before;
	json_t *seal;
	int status;

	do {
		before = from;
		status = add_some(g, run, &from);
	} while (status == 0 && from > before);
	if (status == 0)
		status = client_call(g->client, "run.seal",
		    json_pack("{s:I}", "run", run), &seal);
	if (status != 0)
		return status;
	report_add_seal(g->report, seal);
	json_decref(seal);
	return 0;
}

/* ---- the whole ---- */

static int
choose_scheme(const struct gathering *g, const struct catalogue_scheme **scheme)
{
	const char *name = args_value(&g->client->args, "scheme");

	*scheme = name == NULL ? NULL : catalogue_scheme(g->catalogue, name);
	if (name != NULL && *scheme == NULL)
		return client_complainf(CLIENT_USAGE,
		    "the catalogue has no scheme \"%s\" (`assayctl catalogue "
		    "list` names them)",
		    name);
	return 0;
}

static void
add_comparison(struct gathering *g)
{
	const struct compare_over over = { g->order.samples, g->order.states,
		g->order.nsamples, g->order.nstates };
	const json_t *newest = compare_newest(
	    json_object_get(g->order.attestations, "attestations"));
	struct coverage_said *said =
	    xcalloc(COMPARE_CHECKS * over.nsamples * (over.nstates + 1) + 1,
		sizeof(*said));

	report_add_comparison(
	    g->report, newest, said, compare_said(newest, &over, said));
	free(said);
}

/* "": it has none. */
static const char *
number_of(const struct client *c, const json_t *lab)
{
	const char *said = args_value(&c->args, "number");

	return said != NULL ? said : text_of(lab, "number");
}

static int
make(struct gathering *g, const struct report_wish *wish, json_t **report)
{
	struct report_given given = {
		.bench = text_of(g->status, "bench"),
		.assay = text_of(g->status, "version"),
		.catalogue = g->catalogue,
		.profile = g->profile,
		.device = g->device,
		.probes = json_object_get(g->probes, "probes"),
		.cards = g->cards,
		.en = wish->languages->en,
		.ja = wish->languages->ja,
		.lab = wish->lab,
		.wanted = g->wanted,
		.nwanted = g->nwanted,
		.order = g->order.order,
		.samples = g->order.samples,
		.nsamples = g->order.nsamples,
		.states = g->order.states,
		.nstates = g->order.nstates,
		.day = g->order.order == NULL ? NULL : g->order.day,
		.is_brief = true,
		.spool = wish->spool,
	};
	struct timespec now;
	const json_t *run;
	size_t i;
	int status;

	status = choose_scheme(g, &given.scheme);
	if (status != 0)
		return status;
	clock_gettime(CLOCK_REALTIME, &now);
	given.created = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	/* A segment is Ethernet, so far. */
	if (json_array_size(json_object_get(g->status, "segments")) > 0)
		given.media = 1u << CATALOGUE_MEDIUM_IP;
	g->reviewed = attest_reviewed(g->catalogue,
	    json_object_get(g->attestations, "attestations"), &given.nreviewed);
	given.reviewed = g->reviewed;
	given.attestations = json_object_get(g->attestations, "attestations");
	g->report = report_new(&given);
	json_array_foreach (g->runs, i, run) {
		status = add_run(g, json_integer_value(run));
		if (status != 0)
			return status;
	}
	add_comparison(g);
	*report = report_end(g->report);
	report_release_set(*report,
	    json_object_get(g->attestations, "attestations"),
	    number_of(g->client, wish->lab));
	return 0;
}

static void
clear(struct gathering *g)
{
	report_free(g->report);
	json_decref(g->probes);
	json_decref(g->cards);
	json_decref(g->status);
	json_decref(g->device);
	json_decref(g->attestations);
	free(g->reviewed);
	json_decref(g->runs);
	profile_free(g->profile);
	gather_clear(&g->order);
	catalogue_free(g->catalogue);
	free(g->wanted);
}

int
report_gather(struct client *c, const struct report_wish *wish, json_t **report)
{
	const char *word = wish->word;
	struct gathering g = { .client = c, .runs = json_array() };
	int status = 0;

	g.catalogue = client_catalogue(c);
	if (g.catalogue == NULL)
		status = CLIENT_USAGE;
	if (status == 0)
		status = client_call(c, "status", NULL, &g.status);
	if (status == 0)
		status = client_call(c, "probe.list", NULL, &g.probes);
	if (status == 0)
		status = client_method_cards(
		    json_object_get(g.probes, "probes"), &g.cards);
	if (status == 0 && word == NULL)
		status = of_order(&g, args_value(&c->args, "order"));
	else if (status == 0)
		status = word[strspn(word, "0123456789")] == '\0'
		    ? of_run(&g, word)
		    : of_device(&g, word);
	if (status == 0)
		status = make(&g, wish, report);
	clear(&g);
	return status;
}
