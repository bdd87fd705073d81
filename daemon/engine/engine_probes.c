/*
 * engine_probes: the probes there are, as their own descriptors say.
 */
#include "daemon/engine/engine_probes.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"

#define PROBES_MAX 512
#define DESCRIBE_LIMIT_MS 10000
#define NAME_MAX_BYTES 63 /* of a check, field, reason */

struct known {
	char name[65], path[64]; /* "tcp.ports", "tcp_ports.so" */
	struct timespec mtime;
	bool seen, described; /* seen: the file is there now */
	bool refused;         /* the warden could not start its worker */
	/* Compact JSON: parsed, all of them are half a megabyte.  NULL: it
	 * cannot be described. */
	char *descriptor;
	char why[200];
};

struct waiter {
	void (*on_ready)(void *arg);
	void *arg;
};

struct probes {
	struct engine *engine;
	struct known *known;
	size_t nknown;
	struct waiter *waiters;
	size_t nwaiters;
	struct known *asked; /* being described now, by index */
	uint32_t worker;
	struct peer *peer;
	bool calling;
	bool has_parsed;     /* descriptions, and memory is still held for it */
	struct event *limit; /* of the description under way */
};

static void on_limit(evutil_socket_t fd, short what, void *arg);

struct probes *
probes_new(struct engine *en)
{
	struct probes *p = xcalloc(1, sizeof(*p));

	p->engine = en;
	p->known = xcalloc(PROBES_MAX, sizeof(*p->known));
	p->limit = evtimer_new(en->base, on_limit, p);
	if (p->limit == NULL)
		fatal("probes: cannot make a timer");
	return p;
}

void
probes_free(struct probes *p)
{
	size_t i;

	if (p == NULL)
		return;
	peer_free(p->peer);
	event_free(p->limit);
	for (i = 0; i < p->nknown; i++)
		free(p->known[i].descriptor);
	free(p->waiters);
	free(p->known);
	free(p);
}

static void
call_waiters(struct probes *p)
{
	struct waiter w;

	if (p->calling)
		return;
	p->calling = true;
	while (p->nwaiters > 0 && p->asked == NULL) {
		w = p->waiters[0];
		memmove(
		    &p->waiters[0], &p->waiters[1], --p->nwaiters * sizeof(w));
		w.on_ready(w.arg);
	}
	p->calling = false;
}

void
probes_forget(struct probes *p, const void *arg)
{
	size_t i;

	for (i = 0; i < p->nwaiters; i++)
		if (p->waiters[i].arg == arg) {
			memmove(&p->waiters[i], &p->waiters[i + 1],
			    (--p->nwaiters - i) * sizeof(p->waiters[0]));
			i--;
		}
}

static void describe_next(struct probes *p);

static void
end_description(struct probes *p, const char *why)
{
	struct known *k = p->asked;

	if (k == NULL)
		return;
	if (k->descriptor == NULL) {
		snprintf(k->why, sizeof(k->why), "%s", why);
		log_warn("probe %s: cannot be described: %s", k->name, why);
	}
	evtimer_del(p->limit);
	p->asked = NULL;
	p->worker = 0;
	peer_free(p->peer);
	p->peer = NULL;
	describe_next(p);
}

/* Its constructor, which is the probe's own code, does not come to an end. */
static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	static struct msg_out out;
	struct probes *p = arg;

	(void)fd;
	(void)what;
	msg_start(&out, WARDEN_KILL);
	msg_put_u32(&out, p->worker);
	peer_send(p->engine->warden, &out, -1);
	end_description(p, "it did not describe itself in time");
}

static bool
rows_have(const json_t *o, const char *table, const char *key)
{
	const json_t *rows = json_object_get(o, table), *row;
	const char *s;
	size_t i;

	json_array_foreach (rows, i, row) {
		s = json_string_value(json_object_get(row, key));
		if (s == NULL || strlen(s) > NAME_MAX_BYTES)
			return false;
	}
	return json_is_array(rows);
}

/* It comes from the process of a probe: whatever the engine reads of it later
 * has to be what it ought to be. */
static bool
is_descriptor(const json_t *o, const char *asked)
{
	const char *name = json_string_value(json_object_get(o, "name"));
	const json_t *needs = json_object_get(o, "needs"), *need;
	json_int_t timeout =
	    json_integer_value(json_object_get(o, "timeout_ms"));
	size_t i;

	json_array_foreach (needs, i, need)
		if (!json_is_string(need))
			return false;
	return name != NULL && strcmp(name, asked) == 0 && timeout > 0 &&
	    timeout <= INT32_MAX && json_is_array(needs) &&
	    json_is_integer(json_object_get(o, "method")) &&
	    json_is_integer(json_object_get(o, "abi")) &&
	    rows_have(o, "claims", "check") && rows_have(o, "claims", "kind") &&
	    rows_have(o, "observations", "name") &&
	    rows_have(o, "observations", "type") &&
	    rows_have(o, "reasons", "code");
}

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	struct probes *p = arg;
	json_error_t error;
	char *text;
	json_t *o;

	if (fd != -1)
		close(fd);
	if (m->type == ENGINE_SANDBOX)
		return 0;
	if (m->type == ENGINE_FAILED) {
		msg_get_string(m, p->asked->why, sizeof(p->asked->why));
		return 0;
	}
	if (m->type == ENGINE_DONE)
		return 0;
	if (m->type != ENGINE_DESCRIPTION || p->asked->descriptor != NULL)
		return -1;
	text = msg_dup_string(m);
	if (msg_end(m) == -1) {
		free(text);
		return -1;
	}
	o = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (is_descriptor(o, p->asked->name))
		p->asked->descriptor = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return p->asked->descriptor == NULL ? -1 : 0;
}

static void
on_close(void *arg, const char *why)
{
	struct probes *p = arg;
	char text[200];

	if (p->asked == NULL)
		return;
	if (strcmp(why, "end of file") == 0)
		why = "it ended before it described itself";
	snprintf(text, sizeof(text), "%s",
	    p->asked->why[0] != '\0' ? p->asked->why : why);
	end_description(p, text);
}

static void
on_worker(void *arg, struct msg_in *m, int fd, const char *why)
{
	static const struct timeval limit = { DESCRIBE_LIMIT_MS / 1000, 0 };
	static const struct peer_hooks hooks = { on_message, on_close };
	struct probes *p = arg;
	static struct msg_out out;
	char text[200];
	uint32_t pid;

	if (m == NULL || m->type == ENGINE_REFUSED) {
		struct known *k = p->asked;

		if (m != NULL && msg_get_string(m, text, sizeof(text)) == 0)
			why = text;
		end_description(p, why == NULL ? "refused" : why);
		k->refused = true; /* not the probe's doing: asked again */
		return;
	}
	msg_get_u32(m, &p->worker);
	msg_get_u32(m, &pid);
	if (fd == -1) { /* the kernel could not hand its socket on to us */
		struct known *k = p->asked;

		end_description(p, "the engine is out of descriptors");
		k->refused = true;
		return;
	}
	evtimer_add(p->limit, &limit);
	p->peer = peer_new(p->engine->base, fd, &hooks, p);
	msg_start(&out, WORKER_DESCRIBE);
	peer_send(p->peer, &out, -1);
}

int
probes_on_exit(struct probes *p, uint32_t worker)
{
	/* What it said before is still to be read: the socket's end decides. */
	return worker != 0 && worker == p->worker ? 0 : -1;
}

static void
describe_next(struct probes *p)
{
	static struct msg_out m;
	size_t i;

	if (p->asked != NULL)
		return;
	for (i = 0; i < p->nknown; i++)
		if (p->known[i].seen && !p->known[i].described)
			break;
	if (i == p->nknown) {
		if (p->has_parsed)
			malloc_trim(0); /* what their parsing took */
		p->has_parsed = false;
		call_waiters(p);
		return;
	}
	p->has_parsed = true;
	p->asked = &p->known[i];
	p->asked->described = true;
	p->asked->why[0] = '\0';
	free(p->asked->descriptor);
	p->asked->descriptor = NULL;
	msg_start(&m, WARDEN_WORKER);
	msg_put_u32(&m,
	    requests_add(p->engine->requests, ASKED_WARDEN, DESCRIBE_LIMIT_MS,
		on_worker, p));
	msg_put_u32(&m, WIRE_NO_SEGMENT);
	msg_put_string(&m, p->asked->name);
	msg_put_u32(&m, 0);
	msg_put_u16(&m, 0);
	msg_put_u16(&m, 0);
	peer_send(p->engine->warden, &m, -1);
}

static void
see_file(struct probes *p, int dir, const char *file)
{
	size_t n = strlen(file), i;
	struct known *k;
	struct stat st;
	char *c;

	if (n < 4 || n > 60 || strcmp(file + n - 3, ".so") != 0 ||
	    fstatat(dir, file, &st, 0) == -1 || !S_ISREG(st.st_mode))
		return;
	for (i = 0; i < p->nknown; i++)
		if (strcmp(p->known[i].path, file) == 0)
			break;
	if (i == PROBES_MAX)
		return;
	k = &p->known[i];
	if (i == p->nknown) {
		p->nknown++;
		snprintf(k->path, sizeof(k->path), "%s", file);
		snprintf(k->name, sizeof(k->name), "%.*s", (int)n - 3, file);
		c = strchr(
		    k->name, '_'); /* the first divides protocol, claim */
		if (c != NULL)
			*c = '.';
	}
	k->seen = true;
	if (k->refused || k->mtime.tv_sec != st.st_mtim.tv_sec ||
	    k->mtime.tv_nsec != st.st_mtim.tv_nsec) {
		k->mtime = st.st_mtim;
		k->refused = false;
		if (k != p->asked)
			k->described = false;
	}
}

void
probes_refresh(struct probes *p, void (*on_ready)(void *arg), void *arg)
{
	DIR *dir = opendir(p->engine->conf->probe_dir);
	struct dirent *e;
	size_t i;

	if (dir == NULL) {
		log_error("probes: %s: %s", p->engine->conf->probe_dir,
		    strerror(errno));
	} else {
		for (i = 0; i < p->nknown; i++)
			p->known[i].seen = false;
		for (e = readdir(dir); e != NULL; e = readdir(dir))
			see_file(p, dirfd(dir), e->d_name);
		closedir(dir);
	}
	if (on_ready != NULL) {
		p->waiters = xrealloc(
		    p->waiters, p->nwaiters + 1, sizeof(p->waiters[0]));
		p->waiters[p->nwaiters].on_ready = on_ready;
		p->waiters[p->nwaiters++].arg = arg;
	}
	describe_next(p);
}

/* NULL: it has none. */
static json_t *
descriptor_of(const struct known *k)
{
	return k->descriptor == NULL ? NULL
				     : json_loads(k->descriptor, 0, NULL);
}

json_t *
probes_find(const struct probes *p, const char *name, const char **why)
{
	size_t i;

	for (i = 0; i < p->nknown; i++) {
		if (!p->known[i].seen || strcmp(p->known[i].name, name) != 0)
			continue;
		if (why != NULL)
			*why = p->known[i].why;
		return descriptor_of(&p->known[i]);
	}
	if (why != NULL)
		*why = "there is no such probe";
	return NULL;
}

static int
compare_names(const void *a, const void *b)
{
	const struct known *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

json_t *
probes_list(const struct probes *p)
{
	const struct known **sorted = xcalloc(p->nknown, sizeof(*sorted));
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->nknown; i++)
		sorted[i] = &p->known[i];
	qsort(sorted, p->nknown, sizeof(*sorted), compare_names);
	for (i = 0; i < p->nknown; i++)
		if (sorted[i]->seen && sorted[i]->descriptor != NULL)
			json_array_append_new(list, descriptor_of(sorted[i]));
	free(sorted);
	return list;
}
