/*
 * follow: records and words of a run, or of the bench, as they come.
 *
 * What is printed depends on records alone; a word (progress, prompt, log) may
 * be missing without harm.  The next record wanted is remembered, so that a
 * new connection goes on exactly where the old one ended.
 */
#include "client/follow.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "client/progress.h"
#include "reports/text_out.h"

#define RETRY_MS 500
#define RETRIES 120 /* a minute */

struct follow {
	struct client *client;
	struct progress *progress;
	json_int_t run, next;
	bool is_list;     /* each record a line; no progress, no table */
	int signals;      /* descriptor */
	json_t *verdicts; /* {seq, record}, for the table */
	bool is_over;
	int status;
};

/* ---- what came ---- */

static void
print_gist(struct follow *f, const json_t *record)
{
	char *gist = text_gist(&f->client->style, record);
	struct text_out out;

	text_out_start(&out);
	text_putf(&out, "%s\n", gist);
	free(gist);
	gist = text_out_end(&out);
	progress_print(f->progress, gist);
	free(gist);
}

static void
on_verdict(struct follow *f, json_int_t seq, json_t *record)
{
	char *lines = text_verdict(&f->client->style, (uint64_t)seq, record);

	progress_print(f->progress, lines);
	free(lines);
	json_array_append_new(
	    f->verdicts, json_pack("{s:I, s:O}", "seq", seq, "record", record));
}

/* A manifest without a good exit says nothing good: the bench's fault. */
static int
manifest_exit(const json_t *record)
{
	const json_t *value = json_object_get(record, "exit");
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || n > CLIENT_BENCH)
		return CLIENT_BENCH;
	return (int)n;
}

/* A manifest that names a signer is shown behind its signature; so it is
 * there, or the bench could not sign. */
static void
show_seal(struct follow *f, const json_t *record)
{
	char *line;

	if (!json_is_string(json_object_get(record, "signer")))
		return;
	line = client_seal(
	    f->client, json_integer_value(json_object_get(record, "run")));
	if (line != NULL) /* the run has ended all the same */
		progress_print(f->progress, line);
	free(line);
}

static void
on_manifest(struct follow *f, const json_t *record)
{
	char *text;

	f->is_over = true;
	f->status = manifest_exit(record);
	if (f->client->is_json || f->is_list)
		return;
	progress_clear(f->progress);
	text = text_summary(&f->client->style, f->verdicts, record, f->status);
	progress_print(f->progress, text);
	free(text);
	show_seal(f, record);
}

/* What every run does, and a person has seen often enough: that its capture
 * has files of its own. */
static bool
is_routine(const json_t *record)
{
	const char *what = json_string_value(json_object_get(record, "what"));
	const char *code = json_string_value(json_object_get(record, "code"));

	return what != NULL && code != NULL && strcmp(what, "capture") == 0 &&
	    (strcmp(code, "begun") == 0 || strcmp(code, "rotated") == 0);
}

static void
show_record(struct follow *f, json_int_t seq, json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	const char *outcome =
	    json_string_value(json_object_get(record, "outcome"));
	char *line;

	if (f->is_list) {
		line = text_record(&f->client->style, (uint64_t)seq, record);
		fputs(line, stdout);
		fflush(stdout);
		free(line);
		return;
	}
	if (type == NULL)
		return;
	if (strcmp(type, "verdict") == 0) {
		on_verdict(f, seq, record);
	} else if (strcmp(type, "run") == 0) {
		progress_set_steps(f->progress,
		    (uint64_t)json_integer_value(
			json_object_get(record, "steps")));
		print_gist(f, record);
	} else if (strcmp(type, "jobend") == 0) {
		progress_clear(f->progress);
		if (outcome == NULL || strcmp(outcome, "done") != 0)
			print_gist(f, record);
	} else if (strcmp(type, "observed") != 0 &&
	    strcmp(type, "manifest") != 0 && !is_routine(record)) {
		print_gist(f, record);
	}
}

static void
on_record(struct follow *f, const json_t *params)
{
	json_int_t seq = json_integer_value(json_object_get(params, "seq"));
	json_t *record = json_object_get(params, "record");
	const char *type = json_string_value(json_object_get(record, "type"));

	if (seq < f->next)
		return;
	f->next = seq + 1;
	if (!f->client->is_json)
		show_record(f, seq, record);
	if (f->run != 0 && type != NULL && strcmp(type, "manifest") == 0 &&
	    json_integer_value(json_object_get(record, "run")) == f->run)
		on_manifest(f, record);
}

static void
on_prompt(struct follow *f, const json_t *params)
{
	json_int_t run = json_integer_value(json_object_get(params, "run"));
	json_int_t limit =
	    json_integer_value(json_object_get(params, "limit_ms"));
	struct text_out out;
	char *line;

	text_out_start(&out);
	text_putf(&out, "PLEASE  run %" JSON_INTEGER_FORMAT ": ", run);
	text_put(&out, json_string_value(json_object_get(params, "action")));
	text_put_raw(&out, ": ");
	text_put(&out, json_string_value(json_object_get(params, "prompt")));
	text_putf(&out,
	    "\n        within %" JSON_INTEGER_FORMAT
	    " s, then: assayctl confirm %" JSON_INTEGER_FORMAT
	    "  (or, if it cannot be: assayctl confirm %" JSON_INTEGER_FORMAT
	    " --not-done)\n",
	    limit / 1000, run, run);
	line = text_out_end(&out);
	progress_print(f->progress, line);
	free(line);
}

static void
on_log(struct follow *f, const json_t *params)
{
	struct text_out out;
	char *line;

	text_out_start(&out);
	text_put_raw(&out, "        ");
	text_put(&out, json_string_value(json_object_get(params, "probe")));
	text_put_raw(&out, ": ");
	text_put(&out, json_string_value(json_object_get(params, "line")));
	text_put_raw(&out, "\n");
	line = text_out_end(&out);
	progress_print(f->progress, line);
	free(line);
}

/* The store refused a record: the run ends without a manifest, so this word is
 * the last there is. */
static void
on_failed(struct follow *f, const json_t *params)
{
	const char *text = json_string_value(json_object_get(params, "text"));
	struct text_out out;
	char *line;

	if (f->run == 0 ||
	    json_integer_value(json_object_get(params, "run")) != f->run)
		return;
	f->is_over = true;
	f->status = CLIENT_BENCH;
	if (f->client->is_json)
		return;
	text_out_start(&out);
	text_put_raw(&out, "FAILED  the bench could not store its records: ");
	text_put(&out, text == NULL ? "no reason given" : text);
	text_put_raw(&out,
	    "\n        what was shown before stands; the run "
	    "is not sealed\n");
	line = text_out_end(&out);
	progress_clear(f->progress);
	progress_print(f->progress, line);
	free(line);
}

static void
on_message(struct follow *f, const json_t *message)
{
	const char *method =
	    json_string_value(json_object_get(message, "method"));
	const json_t *params = json_object_get(message, "params");

	if (f->client->is_json)
		client_print_json(message);
	if (strcmp(method, "record") == 0)
		on_record(f, params);
	else if (strcmp(method, "failed") == 0)
		on_failed(f, params);
	else if (f->client->is_json)
		return;
	else if (strcmp(method, "prompt") == 0)
		on_prompt(f, params);
	else if (strcmp(method, "progress") == 0 && !f->is_list)
		progress_update(f->progress, params);
	else if (strcmp(method, "log") == 0 && !f->is_list)
		on_log(f, params);
}

/* ---- connections ---- */

/* As rpc_call. */
static int
try_subscribe(struct follow *f, struct err *e)
{
	json_t *params = json_object(), *result;
	int code;

	if (f->next != 0)
		json_object_set_new(params, "from", json_integer(f->next));
	if (f->run != 0)
		json_object_set_new(params, "run", json_integer(f->run));
	code = rpc_call(f->client->rpc, "subscribe", params, &result, e);
	if (code != 0)
		return code;
	if (f->next == 0)
		f->next = json_integer_value(json_object_get(result, "from"));
	json_decref(result);
	return 0;
}

static int
subscribe(struct follow *f)
{
	struct err e;
	int code = try_subscribe(f, &e);

	return code == 0 ? 0 : client_refused(code, &e);
}

/* True: a signal came. */
static bool
wait_a_little(const struct follow *f)
{
	struct pollfd p = { .fd = f->signals, .events = POLLIN };

	return poll(&p, 1, RETRY_MS) == 1;
}

/* 0, or why it is worth another try (RPC_LOST, RPC_UNAVAILABLE), or not. */
static int
try_connect(struct follow *f, struct err *e)
{
	struct client *c = f->client;
	struct connection connection;
	int r;

	rpc_free(c->rpc);
	c->rpc = NULL;
	r = c->host == NULL ? connect_local(&connection, c->socket, e)
			    : connect_ssh(&connection, c->host,
				  args_value(&c->args, "socket"), e);
	if (r == -1)
		return RPC_LOST;
	c->rpc = rpc_new(&connection);
	rpc_set_interrupt(c->rpc, f->signals);
	return try_subscribe(f, e);
}

/* 0: a signal came, or connected; else the exit status.  A daemon that has
 * just been started listens before it can answer. */
static int
connect_again(struct follow *f, const struct err *why)
{
	struct err e = *why;
	int i, code = RPC_LOST;

	progress_clear(f->progress);
	client_complain(CLIENT_BENCH, why);
	fprintf(stderr, "assayctl: connecting again\n");
	for (i = 0; i < RETRIES; i++) {
		if (wait_a_little(f))
			return 0;
		code = try_connect(f, &e);
		if (code != RPC_LOST && code != RPC_UNAVAILABLE)
			break;
	}
	return code == 0 ? 0 : client_refused(code, &e);
}

static void
on_interrupt(struct follow *f)
{
	struct signalfd_siginfo taken;

	/* Taken from here, or it would strike when signals are let in again. */
	while (read(f->signals, &taken, sizeof(taken)) > 0)
		continue;
	f->is_over = true;
	progress_clear(f->progress);
	if (f->run == 0) {
		f->status = CLIENT_PASSED; /* a watch is ended like this */
		return;
	}
	f->status = CLIENT_INCOMPLETE;
	fprintf(stderr,
	    "assayctl: run %" JSON_INTEGER_FORMAT
	    " goes on without you: `assayctl watch --run "
	    "%" JSON_INTEGER_FORMAT "` shows it, `assayctl cancel "
	    "%" JSON_INTEGER_FORMAT "` ends it\n",
	    f->run, f->run, f->run);
}

static void
step(struct follow *f)
{
	json_t *message = NULL;
	struct pollfd p = { .fd = f->signals, .events = POLLIN };
	struct err e;

	if (f->client->rpc == NULL || poll(&p, 1, 0) == 1) {
		on_interrupt(f);
		return;
	}
	switch (rpc_next(f->client->rpc, -1, &message, &e)) {
	case RPC_MESSAGE:
		on_message(f, message);
		json_decref(message);
		break;
	case RPC_TIME:
		break;
	case RPC_INTERRUPT:
		on_interrupt(f);
		break;
	case RPC_END:
		f->status = connect_again(f, &e);
		f->is_over = f->status != 0;
		break;
	}
}

static int
follow(struct follow *f)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	f->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	f->verdicts = json_array();
	f->progress = progress_new(
	    &f->client->style, stdout, f->client->is_terminal && !f->is_list);
	rpc_set_interrupt(f->client->rpc, f->signals);
	f->status = subscribe(f);
	f->is_over = f->status != 0;
	while (!f->is_over)
		step(f);
	progress_free(f->progress);
	json_decref(f->verdicts);
	rpc_free(f->client->rpc);
	f->client->rpc = NULL;
	close(f->signals);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return f->status;
}

int
follow_run(struct client *c, json_int_t run)
{
	struct follow f = { .client = c, .run = run, .next = run };

	return follow(&f);
}

int
follow_records(struct client *c, json_int_t from, json_int_t run)
{
	struct follow f = {
		.client = c,
		.run = run,
		.next = from == 0 ? run : from,
		.is_list = true,
	};

	return follow(&f);
}
