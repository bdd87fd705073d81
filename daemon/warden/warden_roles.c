/*
 * warden_roles: our own processes come and go.
 *
 * A process is gone when it is reaped, and only then: its socket may close
 * earlier, and then it is killed, for it is of no more use.
 */
#include "daemon/warden/warden_parts.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#include <event2/event.h>

#include "base/log.h"
#include "daemon/shared/role.h"
#include "daemon/warden/spawn.h"
#include "daemon/warden/warden_fence.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 10000
#define BACKOFF_RESET_MS 60000 /* of life */
#define STOP_LIMIT_MS 5000

uint64_t
warden_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uid_t
warden_role_uid(const struct warden *w, enum role role)
{
	return w->conf->uid_first + (uid_t)role - ROLE_ENGINE;
}

/* The engine reads what captures wrote: one group for both. */
gid_t
warden_role_gid(const struct warden *w, enum role role)
{
	if (role == ROLE_CAPTURE)
		role = ROLE_ENGINE;
	return (gid_t)warden_role_uid(w, role);
}

static const char *
role_text(const struct warden_role *r, char *out, size_t size)
{
	if (r->segment == WIRE_NO_SEGMENT)
		snprintf(out, size, "%s", role_name(r->role));
	else
		snprintf(out, size, "%s %s", role_name(r->role),
		    r->w->conf->segments[r->segment].name);
	return out;
}

static void
arm(struct event *timer, uint32_t ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	evtimer_add(timer, &tv);
}

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	struct warden_role *r = arg;

	if (r->role == ROLE_ENGINE)
		return warden_engine_message(r->w, m, fd);
	if (fd != -1)
		close(fd);
	if (r->role == ROLE_UPLINK)
		return warden_fence_on_uplink(warden_segment_of(r), m);
	return -1; /* nobody else has anything to ask of us */
}

static void
on_close(void *arg, const char *why)
{
	struct warden_role *r = arg;
	char text[48];

	role_text(r, text, sizeof(text));
	if (strcmp(why, "end of file") != 0)
		log_error("%s: %s", text, why);
	/* One that stops may still have work to do after its socket. */
	if (r->is_wanted && r->pid != 0)
		kill(r->pid, SIGKILL);
	if (r->is_wanted && r->role == ROLE_ENGINE)
		warden_workers_kill_all(r->w);
}

static pid_t
spawn_role(struct warden_role *r, int socket, struct err *e)
{
	char program[] = "assayd", flag[] = "-x", name[16];
	char *argv[] = { program, flag, name, NULL };
	const int fds[] = { SPAWN_NULL, SPAWN_NULL, STDERR_FILENO, socket };
	struct spawn s;

	snprintf(name, sizeof(name), "%s", role_name(r->role));
	memset(&s, 0, sizeof(s));
	s.argv = argv;
	s.netns = -1;
	s.uid = warden_role_uid(r->w, r->role);
	s.gid = warden_role_gid(r->w, r->role);
	s.fds = fds;
	s.nfds = sizeof(fds) / sizeof(*fds);
	if (r->role == ROLE_STAMP || r->role == ROLE_UPLINK)
		s.namespaces = 0; /* those that talk with the world */
	else if (r->segment == WIRE_NO_SEGMENT)
		s.namespaces = CLONE_NEWNET; /* it needs no network at all */
	else
		s.netns = segment_netns(r->w->segments[r->segment].segment);
	if (r->role == ROLE_SERVICES)
		s.capabilities = 1ull << CAP_NET_BIND_SERVICE |
		    1ull << CAP_NET_RAW | 1ull << CAP_NET_ADMIN;
	if (r->role == ROLE_UPLINK)
		s.capabilities = 1ull
		    << CAP_NET_ADMIN; /* until it has a table */
	return spawn_process(&s, e);
}

static void
start_later(struct warden_role *r)
{
	if (r->backoff_ms == 0 ||
	    warden_now_ms() - r->started_ms >= BACKOFF_RESET_MS)
		r->backoff_ms = BACKOFF_FIRST_MS;
	arm(r->retry, r->backoff_ms);
	r->backoff_ms *= 2;
	if (r->backoff_ms > BACKOFF_LAST_MS)
		r->backoff_ms = BACKOFF_LAST_MS;
}

void
warden_role_start(struct warden_role *r)
{
	static const struct peer_hooks hooks = { on_message, on_close };
	char text[48];
	struct err e;
	int fds[2];

	r->is_wanted = true;
	if (r->pid != 0)
		return;
	r->started_ms = warden_now_ms();
	if (peer_try_pair(fds) == -1) {
		log_error("%s: cannot start: socketpair: %s",
		    role_text(r, text, sizeof(text)), strerror(errno));
		start_later(r);
		return;
	}
	r->pid = spawn_role(r, fds[1], &e);
	close(fds[1]);
	if (r->pid == -1) {
		r->pid = 0;
		close(fds[0]);
		log_error("%s: cannot start: %s",
		    role_text(r, text, sizeof(text)), e.text);
		start_later(r);
		return;
	}
	r->peer = peer_new(r->w->base, fds[0], &hooks, r);
	log_info("%s: started as process %d", role_text(r, text, sizeof(text)),
	    (int)r->pid);
	if (warden_greet(r, &e) == -1) {
		log_error("%s: %s", role_text(r, text, sizeof(text)), e.text);
		kill(r->pid, SIGKILL); /* and again, when it is reaped */
	}
}

/* Both uses of the timer: start again, or end one that will not stop. */
static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct warden_role *r = arg;
	char text[48];

	(void)fd;
	(void)what;
	if (r->is_wanted) {
		warden_role_start(r);
		return;
	}
	if (r->pid == 0)
		return;
	log_warn(
	    "%s: does not stop, is killed", role_text(r, text, sizeof(text)));
	kill(r->pid, SIGKILL);
}

void
warden_role_stop(struct warden_role *r)
{
	struct msg_out m;

	if (!r->is_wanted)
		return;
	r->is_wanted = false;
	evtimer_del(r->retry);
	if (r->pid == 0)
		return;
	msg_start(&m, ROLE_STOP);
	peer_send(r->peer, &m, -1);
	arm(r->retry, STOP_LIMIT_MS);
}

bool
warden_role_is_gone(const struct warden_role *r)
{
	return r->pid == 0;
}

static void
tell_lost(struct warden_role *r, const char *obituary)
{
	static const uint16_t lost[] = {
		[ROLE_STORE] = ENGINE_STORE_LOST,
		[ROLE_CAPTURE] = ENGINE_CAPTURE_LOST,
		[ROLE_WATCH] = ENGINE_WATCH_LOST,
		[ROLE_SERVICES] = ENGINE_SERVICES_LOST,
		[ROLE_STAMP] = ENGINE_STAMP_LOST,
	};
	struct msg_out m;

	if (r->role == ROLE_ENGINE)
		return;
	msg_start(&m, lost[r->role]);
	if (r->segment != WIRE_NO_SEGMENT)
		msg_put_u32(&m, r->segment);
	msg_put_string(&m, obituary);
	warden_tell_engine(r->w, &m, -1);
}

/* What the engine had under way ends with it. */
static void
end_engines_work(struct warden *w)
{
	size_t i;

	warden_workers_kill_all(w);
	for (i = 0; i < w->conf->nsegments; i++)
		warden_fence_shut(&w->segments[i]);
}

bool
warden_role_reap(struct warden_role *r, pid_t pid, int status)
{
	char text[48], obituary[64];

	if (r->pid == 0 || r->pid != pid)
		return false;
	role_text(r, text, sizeof(text));
	spawn_obituary(status, obituary, sizeof(obituary));
	r->pid = 0;
	peer_free(r->peer);
	r->peer = NULL;
	evtimer_del(r->retry);
	if (!r->is_wanted) {
		log_info("%s: stopped: %s", text, obituary);
		return true;
	}
	log_error("%s: died: %s", text, obituary);
	if (r->role == ROLE_UPLINK) { /* the fence is shut, not mended */
		r->is_wanted = false;
		warden_fence_on_gone(warden_segment_of(r), obituary);
		return true;
	}
	if (r->role == ROLE_ENGINE)
		end_engines_work(r->w);
	tell_lost(r, obituary);
	start_later(r);
	return true;
}

void
warden_role_init(
    struct warden *w, struct warden_role *r, enum role role, uint32_t segment)
{
	r->w = w;
	r->role = role;
	r->segment = segment;
	r->retry = evtimer_new(w->base, on_retry, r);
	if (r->retry == NULL)
		fatal("%s: cannot make a timer", role_name(role));
}

void
warden_role_free(struct warden_role *r)
{
	if (r->retry != NULL)
		event_free(r->retry);
	peer_free(r->peer);
}
