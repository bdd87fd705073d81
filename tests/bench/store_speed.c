/*
 * store_speed: verdicts made durable per second by the real store process,
 * one by one (each waits for its answer) and as fast as they come.
 *
 * The records are made beforehand: what is measured is the way from
 * store_append() to the answer, in both processes, and nothing else.
 *
 *   store_speed [ASSAYD]     default: ../../assayd beside this program
 *
 * The directory is made where TMPDIR says; on a disk that fsyncs truly, the
 * first number is the disk's.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/bench/store_process.h"

#define LONE 2000
#define GROUPED 60000 /* with what the log's moving into the file costs */
#define PENDING 4096  /* unanswered at most */
#define PER_RUN 1000

struct made {
	uint64_t seq;
	size_t size;
	char *bytes;
};

struct figures {
	double per_second;
	double work_us; /* processor time of the store, a verdict */
};

struct bench {
	char dir[128];
	struct store_process store;
	uint64_t seq, run, count;
	char prev[SHA256_HEX_SIZE];
	size_t durable;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
on_durable(void *arg, uint64_t seq, const char *error)
{
	struct bench *b = arg;

	(void)seq;
	b->durable++;
	if (error != NULL && b->store.error[0] == '\0')
		snprintf(b->store.error, sizeof(b->store.error), "%s", error);
}

/* As large as a real verdict: about a kilobyte. */
static json_t *
make_record(struct bench *b)
{
	static const char hash[] = "0123456789abcdef0123456789abcdef"
				   "0123456789abcdef0123456789abcdef";
	json_t *o;

	if (b->seq++ % PER_RUN == 0) {
		b->run = b->seq;
		return json_pack(
		    "{s:s, s:n, s:s}", "type", "run", "prev", "device", "lock");
	}
	o = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "type",
	    "verdict", "prev", b->prev, "check", "NET-01", "claim",
	    "completeness", "method", 1, "verdict", "pass", "reason",
	    "tcp.ports_as_declared", "profile", hash);
	json_object_set_new(o, "evidence",
	    json_pack("[{s:s, s:s, s:i, s:i, s:i, s:s, s:I, s:I},"
		      " {s:s, s:s, s:i, s:i, s:i, s:s, s:I, s:I}]",
		"source", "wired0", "file", "000001.pcapng", "first", 1, "last",
		131070, "count", 131070, "sha256", hash, "stamp_first",
		(json_int_t)1700000000000000000, "stamp_last",
		(json_int_t)1700000030000000000, "source", "wired0", "file",
		"000001.pcapng", "first", 131071, "last", 131080, "count", 10,
		"sha256", hash, "stamp_first", (json_int_t)1700000030000000000,
		"stamp_last", (json_int_t)1700000031000000000));
	return o;
}

static struct made
make_next(struct bench *b)
{
	json_t *o = make_record(b);
	struct made made = { .seq = b->seq };
	struct err e;

	json_object_set_new(o, "v", json_integer(RECORD_FORMAT));
	json_object_set_new(o, "bench", json_string("bench-1"));
	json_object_set_new(o, "seq", json_integer((json_int_t)b->seq));
	json_object_set_new(o, "run", json_integer((json_int_t)b->run));
	json_object_set_new(o, "time", json_integer(1700000000000000000));
	made.bytes = record_encode(o, &made.size, &e);
	json_decref(o);
	if (made.bytes == NULL)
		fatal("record: %s", e.text);
	sha256_hex(made.bytes, made.size, b->prev);
	return made;
}

static void
append_within(struct bench *b, const struct made *made, size_t n, size_t *sent,
    size_t pending)
{
	for (; *sent < n && store_pending(b->store.store) < pending; ++*sent)
		store_append(b->store.store, made[*sent].seq, made[*sent].bytes,
		    made[*sent].size, on_durable, b);
}

/* Seconds that the store has worked, as against waited. */
static double
worked(const struct bench *b)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(b->store.pid, &clock) != 0 ||
	    clock_gettime(clock, &t) == -1)
		fatal("the store's clock: %s", strerror(errno));
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Appends n with at most `pending` unanswered. */
static struct figures
measure(struct bench *b, size_t n, size_t pending)
{
	struct made *made = xcalloc(n, sizeof(*made));
	size_t i, sent = 0, before = b->durable;
	struct figures f;
	double begin, begin_work;

	for (i = 0; i < n; i++)
		made[i] = make_next(b);
	begin = now();
	begin_work = worked(b);
	while (b->durable - before < n && b->store.error[0] == '\0') {
		append_within(b, made, n, &sent, pending);
		event_base_loop(b->store.loop, EVLOOP_ONCE);
	}
	f.per_second = (double)n / (now() - begin);
	/* None, if it ended: then b->error says so. */
	f.work_us = b->store.error[0] == '\0'
	    ? (worked(b) - begin_work) / (double)n * 1e6
	    : 0;
	for (i = 0; i < n; i++)
		free(made[i].bytes);
	free(made);
	return f;
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static char *
default_assayd(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		fatal("/proc/self/exe: %s", strerror(errno));
	self[n] = '\0';
	slash = strrchr(self, '/');
	*slash = '\0';
	return xasprintf("%s/../../assayd", self);
}

static void
show(const char *how, const struct figures *f)
{
	printf("store: %s %8.0f verdicts/s durable, %.1f us of work each\n",
	    how, f->per_second, f->work_us);
}

int
main(int argc, char **argv)
{
	char *assayd = argc > 1 ? xstrdup(argv[1]) : default_assayd(), *path;
	const char *tmp = getenv("TMPDIR");
	struct bench b;
	struct figures alone, grouped;

	memset(&b, 0, sizeof(b));
	snprintf(b.dir, sizeof(b.dir), "%s/assay-speed.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(b.dir) == NULL)
		fatal("%s: %s", b.dir, strerror(errno));
	path = xasprintf("%s/store", b.dir);
	if (mkdir(path, 0700) == -1)
		fatal("%s: %s", path, strerror(errno));
	free(path);
	store_process_start(&b.store, assayd, b.dir);
	alone = measure(&b, LONE, 1);
	grouped = measure(&b, GROUPED, PENDING);
	store_process_stop(&b.store);
	nftw(b.dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(assayd);
	if (b.store.error[0] != '\0') {
		fprintf(stderr, "store_speed: %s\n", b.store.error);
		return 1;
	}
	show("one by one", &alone);
	show("in groups ", &grouped);
	return 0;
}
