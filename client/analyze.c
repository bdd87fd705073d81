/*
 * analyze: assayctl analyze: what a capture made elsewhere shows of a device.
 *
 * No daemon, no root.  What it cannot say it says so: a foreign capture has no
 * controls, so there is never a pass.
 */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "judging/analyze.h"
#include "scenarios/messages.h"

#define SENDER_COLUMNS 4
#define EVIDENCE_LINES 4 /* of one verdict, on screen; --json has all */

static const char *
get_string(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

static json_int_t
get_integer(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* "a, b, c", at most n of them, then how many more. Quoted; caller frees. */
static char *
join(const json_t *list, size_t n)
{
	size_t i, all = json_array_size(list);
	char *out = xstrdup(""), *one, *longer;

	for (i = 0; i < all && i < n; i++) {
		one = text_quote(json_string_value(json_array_get(list, i)));
		longer = xasprintf("%s%s%s", out, i == 0 ? "" : ", ", one);
		free(out);
		free(one);
		out = longer;
	}
	if (all <= n)
		return out;
	longer = xasprintf("%s and %zu more", out, all - n);
	free(out);
	return longer;
}

/* ---- what was asked for ---- */

static struct profile *
load_profile(const char *path)
{
	json_t *text = client_read_file(path);
	struct profile *p;
	struct err e;

	if (text == NULL)
		return NULL;
	p = profile_parse(
	    json_string_value(text), json_string_length(text), path, &e);
	json_decref(text);
	if (p == NULL)
		client_complain(CLIENT_USAGE, &e);
	return p;
}

/* A descriptor, -1 when none is asked for, -2 after complaining. */
static int
open_output(const char *path)
{
	int fd;

	if (path == NULL)
		return -1;
	if (mkdir(path, 0777) == -1 && errno != EEXIST) {
		client_complainf(CLIENT_USAGE, "%s: %s", path, strerror(errno));
		return -2;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		client_complainf(CLIENT_USAGE, "%s: %s", path, strerror(errno));
		return -2;
	}
	return fd;
}

/* ---- what it says ---- */

static void
fill_sender(const json_t *sender, char **row)
{
	row[0] = text_quote_json(json_object_get(sender, "mac"));
	row[1] = text_count((uint64_t)get_integer(sender, "frames"));
	row[2] = xstrdup(
	    json_is_true(json_object_get(sender, "bench")) ? "bench" : "-");
	row[3] = join(json_object_get(sender, "addresses"), 4);
}

static void
print_senders(const json_t *senders)
{
	static const char *const head[SENDER_COLUMNS] = { "MAC", "FRAMES",
		"ROLE", "ADDRESSES" };

	if (json_array_size(senders) == 0) {
		puts("nobody: it has no Ethernet frame");
		return;
	}
	client_print_table(head, SENDER_COLUMNS, senders, fill_sender);
}

static void
print_shortcomings(const json_t *r)
{
	json_int_t other = get_integer(r, "other"), cut = get_integer(r, "cut");
	const char *end = get_string(r, "end");

	if (end[0] != '\0')
		printf("warning   the file is %s\n", end);
	if (other > 0)
		printf("warning   %" JSON_INTEGER_FORMAT
		       " frames are not Ethernet and were not looked at\n",
		    other);
	if (cut > 0)
		printf("warning   %" JSON_INTEGER_FORMAT
		       " frames have fewer bytes than were on the wire\n",
		    cut);
}

static void
print_head(const json_t *r)
{
	const json_t *device = json_object_get(r, "device");
	char *file = text_quote_json(json_object_get(r, "file"));
	char *frames = text_count((uint64_t)get_integer(r, "frames"));
	char *sent = text_count((uint64_t)get_integer(device, "frames"));
	char *addresses = join(json_object_get(device, "addresses"), 8);
	char *names = join(json_object_get(device, "names"), 20);

	printf("capture   %s  %s, %s frames\n", file, get_string(r, "format"),
	    frames);
	printf("sha256    %s\n", get_string(r, "sha256"));
	printf("device    %s  %s  %s frames sent\n", get_string(device, "mac"),
	    addresses, sent);
	if (names[0] != '\0')
		printf("asked for %s\n", names);
	print_shortcomings(r);
	puts("note      a capture made elsewhere has no controls: what it does "
	     "not show may be\n          there all the same, so a pass is "
	     "never said\n");
	free(file);
	free(frames);
	free(sent);
	free(addresses);
	free(names);
}

static void
print_evidence(const json_t *verdict, const char *file)
{
	const json_t *list = json_object_get(verdict, "evidence"), *one;
	json_int_t first, last;
	size_t i;

	json_array_foreach (list, i, one) {
		if (i == EVIDENCE_LINES) {
			printf("        and %zu more (--json)\n",
			    json_array_size(list) - i);
			return;
		}
		first = get_integer(one, "first");
		last = get_integer(one, "last");
		printf("        %s frame%s %" JSON_INTEGER_FORMAT, file,
		    first == last ? "" : "s", first);
		if (first != last)
			printf(" to %" JSON_INTEGER_FORMAT
			       " (%" JSON_INTEGER_FORMAT " of them)",
			    last, get_integer(one, "count"));
		printf("  %s\n", get_string(one, "sha256"));
	}
}

static void
print_verdict(const struct client *c, const json_t *verdict, const char *file)
{
	json_t *shown = json_copy((json_t *)(uintptr_t)verdict);
	const json_t *slice = json_object_get(verdict, "slice");
	char *text;

	json_object_del(shown, "slice"); /* no bench has it */
	text = text_verdict(&c->style, 0, shown);
	fputs(text, stdout);
	free(text);
	json_decref(shown);
	print_evidence(verdict, file);
	if (json_is_object(slice) && args_has(&c->args, "output"))
		printf("        %s/%s\n", args_value(&c->args, "output"),
		    get_string(slice, "file"));
}

/* A probe without verdicts, or that did not end well. */
static void
print_probe(const json_t *probe)
{
	char *detail;

	if (strcmp(get_string(probe, "reason"), "said_nothing") == 0)
		printf("probe %s: judges nothing by frames alone\n",
		    get_string(probe, "probe"));
	if (strcmp(get_string(probe, "outcome"), "done") == 0)
		return;
	detail = text_quote_json(json_object_get(probe, "detail"));
	printf("probe %s: error: %s: %s\n", get_string(probe, "probe"),
	    get_string(probe, "reason"), detail);
	free(detail);
}

static void
print_result(const struct client *c, const json_t *r)
{
	json_int_t status = get_integer(r, "exit");
	char *file = text_quote_json(json_object_get(r, "file")), *counts;
	const json_t *one;
	size_t i;

	print_head(r);
	json_array_foreach (json_object_get(r, "probes"), i, one)
		print_probe(one);
	json_array_foreach (json_object_get(r, "verdicts"), i, one)
		print_verdict(c, one, file);
	counts = text_counts(json_object_get(r, "counts"));
	printf("\nverdicts  %s\nexit      %d: %s\n",
	    counts[0] == '\0' ? "none" : counts, (int)status,
	    text_exit((int)status));
	free(counts);
	free(file);
}

static int
write_result(int dir, const json_t *r)
{
	int fd = openat(dir, "analysis.json",
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	bool good;

	if (fd == -1)
		return client_complainf(
		    CLIENT_USAGE, "analysis.json: %s", strerror(errno));
	good = json_dumpfd(r, fd, JSON_INDENT(1) | JSON_SORT_KEYS) == 0;
	good = close(fd) == 0 && good;
	return good ? 0
		    : client_complainf(
			  CLIENT_USAGE, "analysis.json: cannot be written");
}

/* ---- the command ---- */

static int
run_analysis(struct client *c, const struct analyze_request *q)
{
	json_t *senders, *result;
	struct err e;
	int status;

	result = analyze(q, &senders, &e);
	if (result == NULL) {
		status = client_complain(CLIENT_USAGE, &e);
		if (senders != NULL && !c->is_json)
			print_senders(senders);
		json_decref(senders);
		return status;
	}
	status = q->output == -1 ? 0 : write_result(q->output, result);
	if (status == 0) {
		status = (int)get_integer(result, "exit");
		if (c->is_json)
			client_print_json(result);
		else
			print_result(c, result);
	}
	json_decref(result);
	return status;
}

static int
with_places(struct client *c, struct analyze_request *q)
{
	char *worker = client_judging_path(c, "worker", "assay-worker");
	char *dir = worker == NULL
	    ? NULL
	    : client_judging_path(c, "probe-dir", "probes");
	int status = CLIENT_USAGE;

	q->worker = worker;
	q->probe_dir = dir;
	q->output =
	    dir == NULL ? -2 : open_output(args_value(&c->args, "output"));
	if (q->output != -2)
		status = run_analysis(c, q);
	if (q->output >= 0)
		close(q->output);
	free(worker);
	free(dir);
	return status;
}

int
client_analyze(struct client *c)
{
	const char *path = args_value(&c->args, "profile");
	struct analyze_request q = { .file = c->args.words[0] };
	struct profile *profile;
	int status;

	if (path == NULL)
		return client_complainf(CLIENT_USAGE,
		    "--profile FILE says what the maker declares");
	profile = load_profile(path);
	if (profile == NULL)
		return CLIENT_USAGE;
	q.profile = profile;
	q.mac = args_value(&c->args, "mac");
	q.probe = args_value(&c->args, "probe");
	status = with_places(c, &q);
	profile_free(profile);
	return status;
}
