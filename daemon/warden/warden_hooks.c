/*
 * warden_hooks: commands that root named in assayd.yaml, by their names.
 *
 * The engine says a name and nothing else: no argument of a profile, a
 * scenario or a device reaches a command line.
 */
#include "daemon/warden/warden_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/util.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/warden/spawn.h"

static const struct conf_hook *
find_hook(const struct warden *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->conf->nhooks; i++)
		if (strcmp(w->conf->hooks[i].name, name) == 0)
			return &w->conf->hooks[i];
	return NULL;
}

static void
keep_tail(struct warden_hook *h, const char *p, size_t n)
{
	size_t drop;

	if (n > WARDEN_HOOK_TAIL) {
		p += n - WARDEN_HOOK_TAIL;
		n = WARDEN_HOOK_TAIL;
	}
	if (h->ntail + n > WARDEN_HOOK_TAIL) {
		drop = h->ntail + n - WARDEN_HOOK_TAIL;
		memmove(h->tail, h->tail + drop, h->ntail - drop);
		h->ntail -= drop;
	}
	memcpy(h->tail + h->ntail, p, n);
	h->ntail += n;
}

/* Reads what is there. */
static void
read_output(struct warden_hook *h)
{
	char buffer[4096];
	ssize_t n;
	int turns;

	for (turns = 0; turns < 64 && h->output != -1; turns++) {
		n = read(h->output, buffer, sizeof(buffer));
		if (n > 0) {
			keep_tail(h, buffer, (size_t)n);
			continue;
		}
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		event_del(h->readable);
		close(h->output);
		h->output = -1;
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_output(arg);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct warden_hook *h = arg;

	(void)fd;
	(void)what;
	h->timed_out = true;
	kill(-h->pid, SIGKILL);
}

static void
hook_free(struct warden_hook *h)
{
	if (h->readable != NULL)
		event_free(h->readable);
	if (h->limit != NULL)
		event_free(h->limit);
	if (h->output != -1)
		close(h->output);
	TAILQ_REMOVE(&h->w->hooks, h, entry);
	free(h);
}

static pid_t
spawn_hook(const struct conf_hook *c, int output, struct err *e)
{
	const int fds[] = { SPAWN_NULL, output, output };
	struct spawn s;
	pid_t pid;

	memset(&s, 0, sizeof(s));
	s.path = c->command[0];
	s.argv = c->command;
	s.netns = -1;
	s.keeps_user = true;
	s.has_group = true;
	s.fds = fds;
	s.nfds = sizeof(fds) / sizeof(*fds);
	pid = spawn_process(&s, e);
	if (pid == -1)
		err_prefix(e, "hook %s: %s", c->name, c->command[0]);
	return pid;
}

int
warden_hook_start(
    struct warden *w, uint32_t request, const char *name, struct err *e)
{
	const struct conf_hook *c = find_hook(w, name);
	struct warden_hook *h;
	struct timeval limit;
	unsigned n = 0;
	int fds[2];

	TAILQ_FOREACH (h, &w->hooks, entry)
		n++;
	if (c == NULL)
		return err_set(e, "no such hook in assayd.yaml");
	if (n >= WARDEN_HOOKS_MAX)
		return err_set(e, "%u hooks are running already", n);
	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_set(e, "pipe: %s", strerror(errno));
	evutil_make_socket_nonblocking(fds[0]); /* only our own end */
	h = xcalloc(1, sizeof(*h));
	h->w = w;
	h->request = request;
	h->output = fds[0];
	TAILQ_INSERT_TAIL(&w->hooks, h, entry);
	h->pid = spawn_hook(c, fds[1], e);
	close(fds[1]);
	if (h->pid == -1) {
		hook_free(h);
		return -1;
	}
	h->readable =
	    event_new(w->base, h->output, EV_READ | EV_PERSIST, on_readable, h);
	h->limit = evtimer_new(w->base, on_limit, h);
	if (h->readable == NULL || h->limit == NULL)
		fatal("hook: cannot make events");
	limit.tv_sec = c->limit_ms / 1000;
	limit.tv_usec = (suseconds_t)(c->limit_ms % 1000) * 1000;
	event_add(h->readable, NULL);
	evtimer_add(h->limit, &limit);
	return 0;
}

void
warden_hooks_kill_all(struct warden *w)
{
	struct warden_hook *h;

	TAILQ_FOREACH (h, &w->hooks, entry) {
		h->is_orphan = true;
		kill(-h->pid, SIGKILL);
	}
}

/* Its message carries a string: a NUL would end it. */
static void
end_tail(struct warden_hook *h)
{
	size_t i;

	for (i = 0; i < h->ntail; i++)
		if (h->tail[i] == '\0')
			h->tail[i] = '?';
	h->tail[h->ntail] = '\0';
}

bool
warden_hook_reap(struct warden *w, pid_t pid, int status)
{
	struct warden_hook *h;
	struct msg_out m;

	TAILQ_FOREACH (h, &w->hooks, entry)
		if (h->pid == pid)
			break;
	if (h == NULL)
		return false;
	kill(-h->pid, SIGKILL); /* a hook leaves nothing running */
	read_output(h);
	end_tail(h);
	if (!h->is_orphan) {
		msg_start(&m, ENGINE_HOOK_DONE);
		msg_put_u32(&m, h->request);
		msg_put_u8(&m, h->timed_out ? 2 : WIFSIGNALED(status) ? 1 : 0);
		msg_put_u32(&m,
		    (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status)
						   : WEXITSTATUS(status)));
		msg_put_string(&m, h->tail);
		warden_tell_engine(w, &m, -1);
	}
	hook_free(h);
	return true;
}
