/*
 * changes: assayctl baseline, diff, waive, waivers: what a later run says
 * otherwise than the one that the device is compared with.
 *
 * The exit status is about what changed alone; what is not comparable never
 * ends in 0.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "catalogue/changes.h"
#include "client/client.h"
#include "records/verdict_algebra.h"
#include "reports/junit_changes.h"
#include "reports/text_changes.h"
#include "reports/text_out.h"

#define BASELINE_COLUMNS 3
#define WAIVER_COLUMNS 6
#define LOOK_BACK \
	50 /* runs: queued ones and attestations stand before the newest */

/* One run, as the bench tells of it. */
struct told {
	json_int_t run;
	char *device;
	json_t *answer; /* of verdict.list */
	struct changes_said *said;
	bool is_void; /* the firmware changed in mid-run */
	char **texts; /* three of each verdict, that said points into */
	struct changes_run facts;
};

/* "" for what is not there. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static bool
is_number(const char *word)
{
	return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

static void
forget_told(struct told *t)
{
	size_t i;

	for (i = 0; t->texts != NULL && i < 3 * t->facts.n; i++)
		free(t->texts[i]);
	free(t->texts);
	free(t->said);
	free(t->device);
	json_decref(t->answer);
}

/* ---- a run's verdicts ---- */

/* "ipv6 443": what stays of a subject when the device has other addresses. */
static char *
scope_of(const json_t *subject)
{
	const char *addr = json_string_value(json_object_get(subject, "addr"));
	const json_int_t port =
	    json_integer_value(json_object_get(subject, "port"));
	const char *family = addr == NULL    ? "device"
	    : strchr(addr, ':') == NULL      ? "ipv4"
	    : strncmp(addr, "fe80:", 5) == 0 ? "ipv6-link-local"
					     : "ipv6";

	return port == 0 ? xstrdup(family)
			 : xasprintf("%s %" JSON_INTEGER_FORMAT, family, port);
}

/* All texts among the values: ports, services, names. */
static char *
named_by(json_t *values)
{
	struct text_out out;
	json_t *value;
	const char *key;

	text_out_start(&out);
	json_object_foreach (values, key, value) {
		if (!json_is_string(value))
			continue;
		text_put(&out, json_string_value(value));
		text_put_raw(&out, " ");
	}
	return text_out_end(&out);
}

/* False: its word is that of no verdict. */
static bool
read_said(const json_t *record, struct changes_said *s, char **texts,
    const char *device)
{
	const json_t *subject = json_object_get(record, "subject");
	int verdict = verdict_by_name(text_of(record, "verdict"));

	if (verdict == -1)
		return false;
	texts[0] = scope_of(subject);
	texts[1] = text_subject(subject);
	texts[2] = named_by(json_object_get(record, "values"));
	*s = (struct changes_said){
		.check = text_of(record, "check"),
		.claim = text_of(record, "claim"),
		.state = text_of(record, "state"),
		.scope = texts[0],
		.subject = texts[1],
		.named = texts[2],
		.step = (uint64_t)json_integer_value(
		    json_object_get(record, "step")),
		.verdict = (enum verdict)verdict,
		.reason = text_of(record, "reason"),
		.probe = text_of(record, "probe"),
		.method = (uint64_t)json_integer_value(
		    json_object_get(record, "method")),
		.catalogue = text_of(record, "catalogue"),
		.bench = text_of(record, "bench"),
		.mode = text_of(record, "mode"),
		.profile = text_of(record, "profile"),
		.sample = text_of(record, "sample"),
		.seq = (uint64_t)json_integer_value(
		    json_object_get(record, "seq")),
		.record = record,
	};
	if (s->sample[0] == '\0')
		s->sample = device;
	return true;
}

static void
void_said(struct changes_said *s)
{
	const enum verdict worth = verdict_of_void_run(s->verdict);

	if (worth != s->verdict)
		s->reason = VERDICT_VOID_REASON;
	s->verdict = worth;
}

static int
read_verdicts(struct client *c, struct told *t)
{
	const json_t *list;
	size_t i, n;
	int status;

	status = client_call(
	    c, "verdict.list", json_pack("{s:I}", "run", t->run), &t->answer);
	if (status != 0)
		return status;
	list = json_object_get(t->answer, "verdicts");
	n = json_array_size(list);
	t->said = xcalloc(n + 1, sizeof(*t->said));
	t->texts = xcalloc(3 * n + 1, sizeof(*t->texts));
	t->facts.said = t->said;
	t->facts.n = n;
	for (i = 0; i < n; i++)
		if (!read_said(json_array_get(list, i), &t->said[i],
			t->texts + 3 * i, t->device))
			return client_complainf(CLIENT_BENCH,
			    "the bench says a verdict that is none of the "
			    "seven");
	for (i = 0; t->is_void && i < n; i++)
		void_said(&t->said[i]);
	t->facts.firmware = text_of(json_array_get(list, 0), "firmware");
	return 0;
}

/* A reviewer's word on a document is a run of its own, and tests nothing. */
static bool
is_test(const json_t *row)
{
	return strcmp(text_of(row, "scenario"), "attestation") != 0 ||
	    json_object_size(json_object_get(row, "verdicts")) > 0;
}

/* From a row of run.list. */
static int
read_run(const json_t *row, struct told *t)
{
	const char *outcome = text_of(row, "outcome");

	t->is_void = strcmp(outcome, VERDICT_VOID_OUTCOME) == 0;
	t->run = json_integer_value(json_object_get(row, "run"));
	t->device = xstrdup(text_of(row, "device"));
	if (!is_test(row))
		return client_complainf(CLIENT_USAGE,
		    "run %" JSON_INTEGER_FORMAT
		    " is an attestation, in which nothing is tested",
		    t->run);
	if (outcome[0] == '\0')
		return client_complainf(CLIENT_INCOMPLETE,
		    "run %" JSON_INTEGER_FORMAT " has not ended", t->run);
	t->facts.outcome = strcmp(outcome, "complete") == 0 ? CHANGES_COMPLETE
	    : strcmp(outcome, "failed") == 0                ? CHANGES_FAILED
					     : CHANGES_INCOMPLETE;
	return 0;
}

static int
find_run(struct client *c, json_int_t run, struct told *t)
{
	json_t *answer;
	const json_t *row;
	int status = client_call(c, "run.list",
	    json_pack("{s:I, s:i}", "before", run + 1, "limit", 1), &answer);

	if (status != 0)
		return status;
	row = json_array_get(json_object_get(answer, "runs"), 0);
	if (json_integer_value(json_object_get(row, "run")) != run)
		status = client_complainf(
		    CLIENT_USAGE, "there is no run %" JSON_INTEGER_FORMAT, run);
	else
		status = read_run(row, t);
	json_decref(answer);
	return status;
}

/* Its newest test that has ended. */
static int
find_newest(struct client *c, const char *device, struct told *t)
{
	const json_t *runs;
	json_t *answer;
	size_t i;
	int status = client_call(c, "run.list",
	    json_pack("{s:s, s:i}", "device", device, "limit", LOOK_BACK),
	    &answer);

	if (status != 0)
		return status;
	runs = json_object_get(answer, "runs");
	for (i = 0; i < json_array_size(runs); i++)
		if (text_of(json_array_get(runs, i), "outcome")[0] != '\0' &&
		    is_test(json_array_get(runs, i)))
			break;
	status = i < json_array_size(runs)
	    ? read_run(json_array_get(runs, i), t)
	    : client_complainf(CLIENT_USAGE,
		  "device \"%s\" has no test that has ended", device);
	json_decref(answer);
	return status;
}

static int
find_baseline(struct client *c, const char *device, struct told *t)
{
	json_t *answer;
	json_int_t run;
	int status = client_call(
	    c, "baseline.list", json_pack("{s:s}", "device", device), &answer);

	if (status != 0)
		return status;
	run = json_integer_value(json_object_get(
	    json_object_get(
		json_array_get(json_object_get(answer, "baselines"), 0),
		"value"),
	    "run"));
	json_decref(answer);
	if (run == 0)
		return client_complainf(CLIENT_USAGE,
		    "device \"%s\" has no baseline: assayctl baseline set %s",
		    device, device);
	return find_run(c, run, t);
}

/* What is compared: told[0] before, told[1] after. */
static int
choose(struct client *c, struct told *told)
{
	const char *first = c->args.words[0];
	json_int_t run = 0, other = 0;
	bool is_run = is_number(first);
	int status = 0;

	if (is_run)
		status = client_number(c, 0, "RUN", &run);
	if (status == 0 && c->args.nwords > 1)
		status = client_number(c, 1, "RUN", &other);
	if (status != 0)
		return status;
	if (is_run && other != 0) {
		status = find_run(c, run, &told[0]);
		return status != 0 ? status : find_run(c, other, &told[1]);
	}
	if (is_run || other != 0)
		status = find_run(c, is_run ? run : other, &told[1]);
	else
		status = find_newest(c, first, &told[1]);
	if (status == 0 && !is_run && strcmp(told[1].device, first) != 0)
		return client_complainf(CLIENT_USAGE,
		    "run %" JSON_INTEGER_FORMAT " is not of device \"%s\"",
		    told[1].run, first);
	return status != 0 ? status
			   : find_baseline(c, told[1].device, &told[0]);
}

/* ---- what else is known ---- */

struct known {
	json_t *history, *waivers;
	struct changes_past *past;
	struct changes_waiver *counting;
};

static void
forget_known(struct known *k)
{
	json_decref(k->history);
	json_decref(k->waivers);
	free(k->past);
	free(k->counting);
}

static void
read_past(struct known *k, struct changes_given *given)
{
	const json_t *rows = json_object_get(k->history, "verdicts"), *row;
	size_t i, n = json_array_size(rows);
	int verdict;

	k->past = xcalloc(n + 1, sizeof(*k->past));
	given->past = k->past;
	for (i = 0; i < n; i++) {
		row = json_array_get(rows, i);
		verdict = verdict_by_name(text_of(row, "verdict"));
		k->past[given->npast++] = (struct changes_past){
			.run = (uint64_t)json_integer_value(
			    json_object_get(row, "run")),
			.check = text_of(row, "check"),
			.claim = text_of(row, "claim"),
			.state = text_of(row, "state"),
			.firmware = text_of(row, "firmware"),
			.method = (uint64_t)json_integer_value(
			    json_object_get(row, "method")),
			.verdict = verdict == -1 ? VERDICT_ERROR
						 : (enum verdict)verdict,
		};
	}
}

static void
read_waivers(struct known *k, struct changes_given *given)
{
	const json_t *rows = json_object_get(k->waivers, "waivers"), *row;
	size_t i, n = json_array_size(rows);

	k->counting = xcalloc(n + 1, sizeof(*k->counting));
	given->waivers = k->counting;
	for (i = 0; i < n; i++) {
		row = json_array_get(rows, i);
		/* Only what says so has not run out. */
		if (json_is_false(json_object_get(row, "expired")))
			k->counting[given->nwaivers++] =
			    (struct changes_waiver){
				    .check = text_of(row, "check"),
				    .until = text_of(row, "until"),
				    .ticket = text_of(row, "ticket"),
				    .by = text_of(row, "by"),
			    };
	}
}

/* Two texts of a profile that the bench has, or the same one. */
static int
compare_profiles(
    struct client *c, const struct told *told, struct changes_given *given)
{
	const struct changes_run *a = &told[0].facts, *b = &told[1].facts;
	json_t *answer;
	int status;

	given->same_profile = true;
	if (a->n == 0 || b->n == 0 ||
	    strcmp(a->said[0].profile, b->said[0].profile) == 0)
		return 0;
	status = client_call(c, "profile.compare",
	    json_pack("{s:s, s:s}", "sha256", a->said[0].profile, "other",
		b->said[0].profile),
	    &answer);
	if (status != 0)
		return status;
	given->same_profile = json_is_true(json_object_get(answer, "same"));
	json_decref(answer);
	return 0;
}

static int
ask_known(struct client *c, const struct told *told, struct known *k,
    struct changes_given *given)
{
	int status = client_call(c, "verdict.history",
	    json_pack(
		"{s:s, s:I}", "device", told[1].device, "run", told[1].run),
	    &k->history);

	if (status == 0)
		status = client_call(c, "waiver.list",
		    json_pack("{s:s}", "device", told[1].device), &k->waivers);
	if (status == 0)
		status = compare_profiles(c, told, given);
	if (status != 0)
		return status;
	read_past(k, given);
	read_waivers(k, given);
	return 0;
}

/* ---- diff ---- */

static void
print_head(const struct told *told)
{
	char *device = text_quote(told[1].device),
	     *was = text_quote(told[0].facts.firmware),
	     *is = text_quote(told[1].facts.firmware);

	printf("%s: run %" JSON_INTEGER_FORMAT
	       " compared with run %" JSON_INTEGER_FORMAT "\n",
	    device, told[1].run, told[0].run);
	printf("firmware declared: %s, was %s\n", is[0] == '\0' ? "-" : is,
	    was[0] == '\0' ? "-" : was);
	free(device);
	free(was);
	free(is);
}

static void
print_changes(const struct client *c, const struct told *told,
    const struct changes *found)
{
	json_t *o;
	char *text;

	if (c->is_json) {
		o = text_changes_json(found);
		json_object_set_new(o, "device", json_string(told[1].device));
		json_object_set_new(o, "baseline", json_integer(told[0].run));
		json_object_set_new(o, "run", json_integer(told[1].run));
		json_object_set_new(o, "firmware",
		    json_pack("{s:s, s:s}", "before", told[0].facts.firmware,
			"after", told[1].facts.firmware));
		client_print_json(o);
		json_decref(o);
		return;
	}
	print_head(told);
	text = text_changes(&c->style, found);
	fputs(text, stdout);
	free(text);
}

static void
print_junit(const struct client *c, const struct told *told,
    const struct changes *found)
{
	const struct export_style style = { c->lang, c->style.messages };
	struct timespec now;
	struct junit_changes_of of = {
		.bench = told[1].facts.n > 0 ? told[1].said[0].bench : "",
		.device = told[1].device,
		.run = (uint64_t)told[1].run,
		.baseline = (uint64_t)told[0].run,
		.firmware = told[1].facts.firmware,
		.firmware_before = told[0].facts.firmware,
	};
	char *text;

	clock_gettime(CLOCK_REALTIME, &now);
	of.created = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	text = junit_changes(found, &of, &style);
	fputs(text, stdout);
	free(text);
}

static int
compare(struct client *c, struct told *told)
{
	struct changes_given given = { .npast = 0 };
	struct known known = { .history = NULL };
	struct changes *found;
	int status;

	if (told[0].run == told[1].run)
		return client_complainf(CLIENT_INCOMPLETE,
		    "run %" JSON_INTEGER_FORMAT
		    " is the baseline itself: nothing to compare with it",
		    told[0].run);
	status = read_verdicts(c, &told[0]);
	if (status == 0)
		status = read_verdicts(c, &told[1]);
	if (status == 0)
		status = ask_known(c, told, &known, &given);
	if (status == 0) {
		given.before = told[0].facts;
		given.after = told[1].facts;
		found = changes_make(&given);
		if (args_value(&c->args, "format") != NULL)
			print_junit(c, told, found);
		else
			print_changes(c, told, found);
		status = found->status;
		changes_free(found);
	}
	forget_known(&known);
	return status;
}

int
client_diff(struct client *c)
{
	const char *format = args_value(&c->args, "format");
	struct told told[2];
	int status;

	if (format != NULL && strcmp(format, "junit") != 0)
		return client_complainf(
		    CLIENT_USAGE, "--format %s: junit is the only one", format);
	memset(told, 0, sizeof(told));
	status = choose(c, told);
	if (status == 0)
		status = compare(c, told);
	forget_told(&told[0]);
	forget_told(&told[1]);
	return status;
}

/* ---- baselines ---- */

int
client_baseline_set(struct client *c)
{
	json_t *params = json_pack("{s:s}", "device", c->args.words[0]),
	       *result;
	json_int_t run = 0;
	int status = 0;

	if (c->args.nwords > 1)
		status = client_number(c, 1, "RUN", &run);
	if (status != 0) {
		json_decref(params);
		return status;
	}
	if (run != 0)
		json_object_set_new(params, "run", json_integer(run));
	status = client_call(c, "baseline.set", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		printf("later runs are compared with run %" JSON_INTEGER_FORMAT
		       "\n",
		    json_integer_value(json_object_get(result, "run")));
	json_decref(result);
	return CLIENT_PASSED;
}

static void
fill_baseline(const json_t *b, char **row)
{
	row[0] = text_quote_json(json_object_get(b, "name"));
	row[1] = text_quote_json(
	    json_object_get(json_object_get(b, "value"), "run"));
	row[2] = text_time(json_integer_value(json_object_get(b, "time")));
}

static void
fill_waiver(const json_t *w, char **row)
{
	row[0] = text_quote_json(json_object_get(w, "device"));
	row[1] = text_quote_json(json_object_get(w, "check"));
	row[2] = text_quote_json(json_object_get(w, "until"));
	row[3] =
	    xstrdup(json_is_false(json_object_get(w, "expired")) ? "counts"
								 : "expired");
	row[4] = text_quote_json(json_object_get(w, "ticket"));
	row[5] = text_quote_json(json_object_get(w, "by"));
}

/* A table of what a method lists, of one device or of all. */
static int
list(struct client *c, const char *method, const char *key,
    const char *const *head, size_t columns,
    void (*fill)(const json_t *, char **))
{
	json_t *params = json_object(), *result;
	int status;

	if (c->args.nwords > 0)
		json_object_set_new(
		    params, "device", json_string(c->args.words[0]));
	status = client_call(c, method, params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		client_print_table(
		    head, columns, json_object_get(result, key), fill);
	json_decref(result);
	return CLIENT_PASSED;
}

int
client_baseline_list(struct client *c)
{
	static const char *const head[BASELINE_COLUMNS] = { "DEVICE", "RUN",
		"SINCE" };

	return list(c, "baseline.list", "baselines", head, BASELINE_COLUMNS,
	    fill_baseline);
}

/* ---- waivers ---- */

int
client_waive(struct client *c)
{
	static const char *const texts[] = { "until", "ticket", "by" };
	bool is_lifted = args_has(&c->args, "lift");
	const char *text;
	json_t *params, *result;
	size_t i;
	int status;

	if (!is_lifted &&
	    (args_value(&c->args, "until") == NULL ||
		args_value(&c->args, "ticket") == NULL))
		return client_complainf(CLIENT_USAGE,
		    "--until DATE and --ticket TICKET are needed, or --lift");
	params = json_pack("{s:s, s:s, s:b}", "device", c->args.words[0],
	    "check", c->args.words[1], "lifted", (int)is_lifted);
	for (i = 0; i < 3; i++) {
		text = args_value(&c->args, texts[i]);
		if (text != NULL)
			json_object_set_new(
			    params, texts[i], json_string(text));
	}
	status = client_call(c, "waiver.set", params, &result);
	if (status != 0)
		return status;
	if (c->is_json)
		client_print_json(result);
	else
		puts(is_lifted ? "not waived any more"
			       : "failures of it are waived");
	json_decref(result);
	return CLIENT_PASSED;
}

int
client_waivers(struct client *c)
{
	static const char *const head[WAIVER_COLUMNS] = { "DEVICE", "CHECK",
		"UNTIL", "STATE", "TICKET", "BY" };

	return list(
	    c, "waiver.list", "waivers", head, WAIVER_COLUMNS, fill_waiver);
}
