/*
 * warden_workers: one process per job, with nothing but what its job needs.
 */
#include "daemon/warden/warden_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/warden/segment_guard.h"
#include "daemon/warden/spawn.h"
#include "daemon/warden/warden_impostor.h"
#include "daemon/warden/warden_key.h"
#include "daemon/warden/warden_policy.h"
#include "probes/probe.h"

/* -1: all in use.  A killed worker keeps its uid until it is reaped. */
static int
free_slot(const struct warden *w)
{
	bool used[WARDEN_WORKERS_MAX] = { false };
	const struct warden_worker *k;
	unsigned i;

	TAILQ_FOREACH (k, &w->workers, entry)
		used[k->slot] = true;
	for (i = 0; i < WARDEN_WORKERS_MAX; i++)
		if (!used[i])
			return (int)i;
	return -1;
}

/* The probe is code that we are about to run: a plain file that nobody but
 * root, or the user who runs this daemon, could have put there. */
static int
open_probe(const struct warden *w, const char *name, struct err *e)
{
	char *file, *path;
	struct stat st;
	bool good = false;
	int fd;

	if (warden_policy_check_probe(name, e) == -1)
		return -1;
	file = warden_policy_probe_file(name);
	path = xasprintf("%s/%s", w->conf->probe_dir, file);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		err_set(e, "no probe named %s (%s: %s)", name, path,
		    strerror(errno));
	else if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(e, "%s: not a plain file", path);
	else if (st.st_uid != 0 && st.st_uid != getuid())
		err_set(e, "%s: it is not root's", path);
	else if ((st.st_mode & S_IWOTH) != 0)
		err_set(e, "%s: anyone may write to it", path);
	else
		good = true;
	if (!good && fd != -1) {
		close(fd);
		fd = -1;
	}
	free(file);
	free(path);
	return fd;
}

static int
open_link(struct warden *w, const struct warden_worker_spec *spec, int *fd,
    struct err *e)
{
	const uint32_t mark = SEGMENT_GUARD_MARK;

	*fd = SPAWN_CLOSED;
	if ((spec->needs & ASSAY_NEED_LINK) == 0)
		return 0;
	if (spec->segment == WIRE_NO_SEGMENT)
		return err_set(e, "raw frames without a segment");
	*fd = segment_open_packet_socket(w->segments[spec->segment].segment, e);
	if (*fd == -1)
		return -1;
	/* The segment's guard knows it by this. */
	if (setsockopt(*fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == -1)
		return err_set(e, "mark: %s", strerror(errno));
	return 0;
}

struct pipes {
	int socket[2], errors[2]; /* [0] the engine's, [1] the worker's */
	int link;                 /* stays with us, too; -1: none */
	struct impostor_way way;  /* the worker's alone */
};

static void
close_all(const int *fds, size_t n)
{
	while (n-- > 0)
		if (fds[n] >= 0)
			close(fds[n]);
}

static pid_t
spawn_worker(struct warden *w, const struct warden_worker_spec *spec,
    unsigned slot, const int *fds, struct err *e)
{
	char program[] = "assay-worker", *probe = xstrdup(spec->probe);
	char *argv[] = { program, probe, NULL };
	struct spawn s;
	pid_t pid;

	memset(&s, 0, sizeof(s));
	s.path = w->conf->worker;
	s.argv = argv;
	s.uid = w->conf->uid_first + WARDEN_WORKER_UID + slot;
	s.gid = (gid_t)s.uid;
	s.fds = fds;
	s.nfds = 8;
	s.netns = -1;
	s.namespaces = CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	if (spec->segment == WIRE_NO_SEGMENT)
		s.namespaces |= CLONE_NEWNET;
	else
		s.netns = segment_netns(w->segments[spec->segment].segment);
	pid = spawn_process(&s, e);
	free(probe);
	if (pid == -1)
		err_prefix(e, "%s", w->conf->worker);
	return pid;
}

static void
tell_worker(struct warden *w, uint32_t request, const struct warden_worker *k,
    const struct pipes *p)
{
	struct msg_out m;

	msg_start(&m, ENGINE_WORKER);
	msg_put_u32(&m, request);
	msg_put_u32(&m, k->id);
	msg_put_u32(&m, (uint32_t)k->pid);
	warden_tell_engine(w, &m, p->socket[0]);
	msg_start(&m, ENGINE_WORKER_STDERR);
	msg_put_u32(&m, k->id);
	warden_tell_engine(w, &m, p->errors[0]);
}

/* Who closes a raw socket last waits for the kernel, which first lets every
 * packet under way pass, for tens of milliseconds: that is we, when the worker
 * has ended and its job goes on. */
static pid_t
start_with(struct warden *w, const struct warden_worker_spec *spec,
    unsigned slot, struct pipes *p, struct err *e)
{
	int fds[8] = { SPAWN_NULL, SPAWN_NULL, p->errors[1], p->socket[1],
		SPAWN_CLOSED, -1, p->way.listener, p->way.authority };
	pid_t pid = -1;

	fds[5] = open_probe(w, spec->probe, e);
	if (fds[5] == -1)
		return -1;
	if (open_link(w, spec, &fds[4], e) == 0)
		pid = spawn_worker(w, spec, slot, fds, e);
	close(fds[5]);
	if (pid == -1)
		close_all(&fds[4], 1);
	else
		p->link = fds[4];
	return pid;
}

/* The worker's process, or -1 with *e and nothing left of it. */
static pid_t
start_piped(struct warden *w, const struct warden_worker_spec *spec,
    unsigned slot, struct pipes *p, struct err *e)
{
	pid_t pid;

	p->link = -1;
	if (pipe2(p->errors, O_CLOEXEC) == -1)
		return err_set(e, "pipe: %s", strerror(errno));
	if (peer_try_pair(p->socket) == -1) {
		close_all(p->errors, 2);
		return err_set(e, "socketpair: %s", strerror(errno));
	}
	pid = start_with(w, spec, slot, p, e);
	close(p->socket[1]);
	close(p->errors[1]);
	if (pid == -1) {
		close(p->socket[0]);
		close(p->errors[0]);
	}
	return pid;
}

int
warden_worker_start(struct warden *w, uint32_t request,
    const struct warden_worker_spec *spec, struct err *e)
{
	struct warden_worker *k;
	struct warden_lease lease;
	struct pipes p;
	bool has_calls = false;
	int slot = free_slot(w);
	pid_t pid = -1;

	if (slot == -1)
		return err_set(
		    e, "%d workers are at work already", WARDEN_WORKERS_MAX);
	if (warden_lease(w, spec, &lease, e) == -1)
		return -1;
	if (warden_impostor_begin(w, spec, &p.way, e) == 0) {
		has_calls = p.way.listener != -1;
		pid = start_piped(w, spec, (unsigned)slot, &p, e);
		close_all(&p.way.listener, 1);
		close_all(&p.way.authority, 1);
	}
	if (pid == -1) {
		if (has_calls)
			warden_impostor_end(w, spec->segment);
		warden_lease_end(w, &lease);
		return -1;
	}
	k = xcalloc(1, sizeof(*k));
	k->id = ++w->last_worker;
	k->slot = (unsigned)slot;
	k->pid = pid;
	k->link = p.link;
	k->lease = lease;
	k->has_calls = has_calls;
	k->segment = spec->segment;
	TAILQ_INSERT_TAIL(&w->workers, k, entry);
	tell_worker(w, request, k, &p);
	return 0;
}

void
warden_worker_kill(struct warden *w, uint32_t id)
{
	const struct warden_worker *k;

	TAILQ_FOREACH (k, &w->workers, entry)
		if (k->id == id && !k->is_orphan)
			kill(k->pid, SIGKILL);
}

void
warden_workers_kill_all(struct warden *w)
{
	struct warden_worker *k;

	TAILQ_FOREACH (k, &w->workers, entry) {
		k->is_orphan = true;
		kill(k->pid, SIGKILL);
	}
}

bool
warden_worker_reap(struct warden *w, pid_t pid, int status)
{
	struct warden_worker *k;
	struct msg_out m;

	TAILQ_FOREACH (k, &w->workers, entry)
		if (k->pid == pid)
			break;
	if (k == NULL)
		return false;
	if (!k->is_orphan) {
		msg_start(&m, ENGINE_WORKER_EXITED);
		msg_put_u32(&m, k->id);
		msg_put_u8(&m, WIFSIGNALED(status) ? 1 : 0);
		msg_put_u32(&m,
		    (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status)
						   : WEXITSTATUS(status)));
		warden_tell_engine(w, &m, -1);
		if (k->link != -1)
			warden_key_prepare(w); /* for its run's manifest */
	}
	TAILQ_REMOVE(&w->workers, k, entry);
	warden_lease_end(w, &k->lease);
	if (k->has_calls)
		warden_impostor_end(w, k->segment);
	close_all(&k->link, 1);
	free(k);
	if (TAILQ_EMPTY(&w->workers))
		malloc_trim(0); /* at rest little is needed */
	return true;
}
