/*
 * store_rig: a real store process on a directory of its own, and records to
 * feed it with.
 */
#include "tests/unit/store_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "records/record.h"
#include "daemon/shared/role.h"

static int
on_parent_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)m;
	(void)fd;
	return -1;
}

static void
on_parent_close(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

void
store_rig_new(struct store_rig *r)
{
	char path[128];

	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "/tmp/assay-store.XXXXXX");
	if (mkdtemp(r->dir) == NULL)
		fatal("mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/store", r->dir);
	if (mkdir(path, 0700) == -1)
		fatal("mkdir: %s", strerror(errno));
	r->base = event_base_new();
	r->store = store_new(r->base);
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

void
store_rig_free(struct store_rig *r)
{
	if (r->pid != 0)
		store_rig_kill(r);
	store_free(r->store);
	event_base_free(r->base);
	if (nftw(r->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0 &&
	    errno != EBUSY)
		fatal("%s: %s", r->dir, strerror(errno));
}

_Noreturn static void
be_store(struct store_rig *r, int fd)
{
	char path[128];
	int log;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/log", r->dir);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (log == -1 || dup2(log, STDERR_FILENO) == -1)
		_exit(126);
	if (fd != WIRE_FD && dup2(fd, WIRE_FD) == -1)
		_exit(126);
	closefrom(WIRE_FD + 1);
	exit(store_main());
}

static void
say_start(struct store_rig *r)
{
	struct msg_out m;

	msg_start(&m, ROLE_START);
	msg_put_string(&m, "store");
	msg_put_u8(&m, LOG_LEVEL_INFO);
	msg_put_string(&m, r->dir);
	msg_put_string(&m, r->dir);
	peer_send(r->parent, &m, -1);
}

void
store_rig_attach(struct store_rig *r)
{
	struct msg_out m;
	int fds[2];

	peer_pair(fds);
	msg_start(&m, ROLE_PEER);
	msg_put_u8(&m, ROLE_ENGINE);
	msg_put_u32(&m, WIRE_NO_SEGMENT);
	peer_send(r->parent, &m, fds[1]);
	store_attach(r->store, fds[0]);
}

void
store_rig_start(struct store_rig *r)
{
	static const struct peer_hooks hooks = { on_parent_message,
		on_parent_close };
	int fds[2];

	peer_pair(fds);
	fflush(NULL);
	r->pid = fork();
	if (r->pid == -1)
		fatal("fork: %s", strerror(errno));
	if (r->pid == 0)
		be_store(r, fds[1]);
	close(fds[1]);
	r->parent = peer_new(r->base, fds[0], &hooks, r);
	say_start(r);
	store_rig_attach(r);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
reap(struct store_rig *r)
{
	int status;

	while (waitpid(r->pid, &status, 0) == -1)
		if (errno != EINTR)
			fatal("waitpid: %s", strerror(errno));
	r->pid = 0;
	peer_free(r->parent);
	r->parent = NULL;
	store_detach(r->store);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

int
store_rig_wait_end(struct store_rig *r)
{
	int64_t limit = now_ms() + RIG_LIMIT_MS;
	siginfo_t info = { .si_pid = 0 };

	while (now_ms() < limit) {
		if (waitid(P_PID, (id_t)r->pid, &info,
			WEXITED | WNOHANG | WNOWAIT) == -1)
			fatal("waitid: %s", strerror(errno));
		if (info.si_pid != 0)
			return reap(r);
		/* It may be waiting for us to read. */
		event_base_loop(r->base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
	store_rig_kill(r);
	return -1;
}

int
store_rig_stop(struct store_rig *r)
{
	struct msg_out m;

	msg_start(&m, ROLE_STOP);
	peer_send(r->parent, &m, -1);
	return store_rig_wait_end(r);
}

void
store_rig_kill(struct store_rig *r)
{
	kill(r->pid, SIGKILL);
	reap(r);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Runs the loop until *flag or nothing is pending. */
static bool
run_until(struct store_rig *r, const bool *flag)
{
	struct timeval limit = { RIG_LIMIT_MS / 1000, 0 };
	bool over = false;
	struct event *timer = event_new(r->base, -1, 0, on_limit, &over);

	event_add(timer, &limit);
	while (!over && !(flag != NULL ? *flag : store_pending(r->store) == 0))
		event_base_loop(r->base, EVLOOP_ONCE);
	event_free(timer);
	return !over;
}

bool
store_rig_until(struct store_rig *r, const bool *flag)
{
	return run_until(r, flag);
}

bool
store_rig_until_settled(struct store_rig *r)
{
	return run_until(r, NULL);
}

bool
store_rig_logged(struct store_rig *r, const char *text)
{
	char path[128], line[2048];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", r->dir);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strstr(line, text) != NULL;
	fclose(f);
	return found;
}

sqlite3 *
store_rig_open_raw(struct store_rig *r)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/store/assay.db", r->dir);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		fatal("%s: %s", path, sqlite3_errmsg(db));
	return db;
}

int
store_rig_raw(struct store_rig *r, const char *sql)
{
	sqlite3 *db = store_rig_open_raw(r);
	int result = sqlite3_exec(db, sql, NULL, NULL, NULL);

	sqlite3_close(db);
	return result;
}

struct asked {
	json_t *rows;
	bool ended, failed;
	char *error;
	size_t size;
};

static void
on_row(void *arg, const json_t *row, const char *error)
{
	struct asked *a = arg;

	if (row != NULL) {
		json_array_append_new(a->rows, json_deep_copy(row));
		return;
	}
	a->ended = true;
	a->failed = error != NULL;
	snprintf(a->error, a->size, "%s", error == NULL ? "" : error);
}

json_t *
store_rig_query(struct store_rig *r, const char *name, json_t *args,
    char *error, size_t size)
{
	struct asked a = { json_array(), false, false, error, size };

	store_query(r->store, name, args, on_row, &a);
	json_decref(args);
	if (!store_rig_until(r, &a.ended))
		fatal("query %s: no answer", name);
	if (!a.failed)
		return a.rows;
	json_decref(a.rows);
	return NULL;
}

struct made
maker_next(struct maker *m, const char *type, json_t *more)
{
	json_t *o = more == NULL ? json_object() : more;
	bool first = strcmp(type, "run") == 0;
	struct made made;
	struct err e;

	made.seq = ++m->seq;
	if (first)
		m->run = made.seq;
	json_object_set_new(o, "v", json_integer(RECORD_FORMAT));
	json_object_set_new(o, "type", json_string(type));
	json_object_set_new(o, "bench", json_string("bench-1"));
	json_object_set_new(o, "seq", json_integer((json_int_t)made.seq));
	json_object_set_new(o, "run", json_integer((json_int_t)m->run));
	json_object_set_new(
	    o, "time", json_integer(1700000000000000000 + (json_int_t)m->seq));
	json_object_set_new(
	    o, "prev", first ? json_null() : json_string(m->sha256));
	if (strcmp(type, "manifest") == 0) {
		json_object_set_new(o, "head", json_string(m->sha256));
		json_object_set_new(
		    o, "records", json_integer((json_int_t)m->count));
	}
	made.bytes = record_encode(o, &made.size, &e);
	if (made.bytes == NULL)
		fatal("record: %s", e.text);
	json_decref(o);
	sha256_hex(made.bytes, made.size, made.sha256);
	memcpy(m->sha256, made.sha256, sizeof(m->sha256));
	m->count = first ? 1 : m->count + 1;
	return made;
}

void
store_rig_on_durable(void *arg, uint64_t seq, const char *error)
{
	struct appended *a = arg;

	a->answered = true;
	a->seq = seq;
	snprintf(a->error, sizeof(a->error), "%s", error == NULL ? "" : error);
}

void
store_rig_append(
    struct store_rig *r, const struct made *made, struct appended *a)
{
	memset(a, 0, sizeof(*a));
	store_append(r->store, made->seq, made->bytes, made->size,
	    store_rig_on_durable, a);
}

const char *
store_rig_append_now(
    struct store_rig *r, const struct made *made, struct appended *a)
{
	store_rig_append(r, made, a);
	if (!store_rig_until(r, &a->answered))
		fatal("append: no answer");
	return a->error;
}

const char *
store_rig_add(struct store_rig *r, struct maker *m, const char *type,
    json_t *more, struct appended *a)
{
	struct made made = maker_next(m, type, more);
	const char *error = store_rig_append_now(r, &made, a);

	free(made.bytes);
	return error;
}
