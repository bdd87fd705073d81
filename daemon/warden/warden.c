/*
 * warden: the privileged parent.
 *
 * Whatever way it ends, nothing is left: in good order by the stages below,
 * else by the kernel, for every process dies with it and the namespaces have
 * no other holder.
 */
#include "daemon/warden/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "daemon/warden/warden_fence.h"
#include "daemon/warden/warden_key.h"
#include "daemon/warden/warden_parts.h"

#define UIDS 32 /* in a row from uid_first */

/* A uid that a person or a service has would be able to signal our processes
 * and read what they may read. */
static int
check_uids(const struct conf *c, struct err *e)
{
	const struct passwd *p;
	uid_t uid;

	if (c->uid_first == 0)
		return err_set(e, "uid_first is root's");
	for (uid = c->uid_first; uid < c->uid_first + UIDS; uid++) {
		p = getpwuid(uid);
		if (p != NULL && strncmp(p->pw_name, "assay", 5) != 0)
			return err_set(e,
			    "uid %u, which assayd would use, is %s's "
			    "(uid_first in assayd.yaml)",
			    (unsigned)uid, p->pw_name);
	}
	return 0;
}

struct uids_answer {
	int r;
	struct err e;
};

static void
check_uids_apart(void *arg, int fd)
{
	const struct warden *w = arg;
	struct uids_answer a;
	char go;

	memset(&a, 0, sizeof(a));
	a.r = check_uids(w->conf, &a.e);
	if (apart_take(fd, &go, sizeof(go)) == 0)
		apart_give(fd, &a, sizeof(a));
}

/* Who has users loads libraries for it, which would stay. */
static int
ask_for_uids(struct warden *w, struct err *e)
{
	struct uids_answer a;
	struct apart p;
	const char go = 0;

	if (apart_start(&p, check_uids_apart, w, e) == -1 ||
	    apart_ask(&p, &go, sizeof(go), &a, sizeof(a), e) == -1)
		return -1;
	*e = a.e;
	return a.r;
}

/* ---- the end, stage by stage ---- */

static bool
are_gone(struct warden *w, enum role role)
{
	size_t i;

	for (i = 0; i < w->conf->nsegments; i++)
		if (!warden_role_is_gone(role == ROLE_WATCH
			    ? &w->segments[i].watch
			    : role == ROLE_SERVICES ? &w->segments[i].services
						    : &w->segments[i].capture))
			return false;
	return true;
}

static void
stop_all(struct warden *w, enum role role)
{
	size_t i;

	for (i = 0; i < w->conf->nsegments; i++)
		warden_role_stop(role == ROLE_WATCH ? &w->segments[i].watch
			: role == ROLE_SERVICES     ? &w->segments[i].services
						    : &w->segments[i].capture);
}

/* Each stage waits for the one before it: a capture outlives whoever may
 * still ask it, and the store outlives all. */
void
warden_check_end(struct warden *w)
{
	static const enum role order[] = { ROLE_ENGINE, ROLE_STAMP, ROLE_WATCH,
		ROLE_SERVICES, ROLE_CAPTURE, ROLE_STORE };
	struct warden_role *one;
	enum role role;
	bool gone;
	size_t i;

	for (i = 0; i < w->conf->nsegments; i++)
		if (w->stage > 0 &&
		    !warden_role_is_gone(&w->segments[i].uplink))
			return;
	while (w->stage > 0 && w->stage <= sizeof(order) / sizeof(*order)) {
		role = order[w->stage - 1];
		one = role == ROLE_ENGINE ? &w->engine
		    : role == ROLE_STORE  ? &w->store
		    : role == ROLE_STAMP  ? &w->stamp
					  : NULL;
		if (one != NULL) {
			warden_role_stop(one);
			gone = warden_role_is_gone(one);
		} else {
			stop_all(w, role);
			gone = are_gone(w, role);
		}
		if (!gone)
			return;
		w->stage++;
	}
	if (w->stage > 0 && TAILQ_EMPTY(&w->workers) && TAILQ_EMPTY(&w->hooks))
		event_base_loopexit(w->base, NULL);
}

static void
on_end(evutil_socket_t number, short what, void *arg)
{
	struct warden *w = arg;
	size_t i;

	(void)what;
	if (w->stage > 0)
		return;
	log_info("ending: %s", strsignal(number));
	w->stage = 1;
	warden_role_stop(&w->engine); /* first, so that it blames no worker */
	warden_workers_kill_all(w);
	warden_hooks_kill_all(w);
	for (i = 0; i < w->conf->nsegments; i++)
		warden_fence_shut(&w->segments[i]);
	warden_check_end(w);
}

/* ---- events ---- */

static bool
reap_role(struct warden *w, pid_t pid, int status)
{
	struct warden_segment *s;
	size_t i;

	if (warden_role_reap(&w->engine, pid, status) ||
	    warden_role_reap(&w->store, pid, status) ||
	    warden_role_reap(&w->stamp, pid, status))
		return true;
	for (i = 0; i < w->conf->nsegments; i++) {
		s = &w->segments[i];
		if (warden_role_reap(&s->capture, pid, status) ||
		    warden_role_reap(&s->watch, pid, status) ||
		    warden_role_reap(&s->services, pid, status) ||
		    warden_role_reap(&s->uplink, pid, status)) {
			if (w->stage == 0)
				warden_segment_settle(s);
			return true;
		}
	}
	return false;
}

static void
on_child(evutil_socket_t number, short what, void *arg)
{
	struct warden *w = arg;
	int status;
	pid_t pid;

	(void)number;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!warden_worker_reap(w, pid, status) &&
		    !warden_hook_reap(w, pid, status) &&
		    !warden_key_reap(w, pid) && !reap_role(w, pid, status))
			log_debug("process %d was nobody's", (int)pid);
	warden_check_end(w);
}

static void
on_links(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;
	size_t i;

	(void)what;
	if (!netlink_drain_monitor(fd))
		return;
	for (i = 0; i < w->conf->nsegments; i++)
		warden_segment_try(&w->segments[i]);
}

/* ---- the beginning ---- */

static int
make_events(struct warden *w, struct err *e)
{
	w->monitor_fd = netlink_open_monitor(e);
	if (w->monitor_fd == -1)
		return -1;
	w->sigchld = evsignal_new(w->base, SIGCHLD, on_child, w);
	w->sigterm = evsignal_new(w->base, SIGTERM, on_end, w);
	w->sigint = evsignal_new(w->base, SIGINT, on_end, w);
	w->monitor = event_new(
	    w->base, w->monitor_fd, EV_READ | EV_PERSIST, on_links, w);
	if (w->sigchld == NULL || w->sigterm == NULL || w->sigint == NULL ||
	    w->monitor == NULL)
		fatal("cannot make events");
	event_add(w->sigchld, NULL);
	event_add(w->sigterm, NULL);
	event_add(w->sigint, NULL);
	event_add(w->monitor, NULL);
	return 0;
}

static void
ignore_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static int
prepare(struct warden *w, struct err *e)
{
	uint32_t i;

	if (ask_for_uids(w, e) == -1 || warden_lock(w, e) == -1 ||
	    warden_make_directories(w, e) == -1 || warden_key_open(w, e) == -1)
		return -1;
	w->evidence_fd = warden_open_evidence(w, e);
	if (w->evidence_fd == -1 || warden_copy_conf(w, e) == -1 ||
	    warden_open_control(w, e) == -1 || make_events(w, e) == -1)
		return -1;
	segment_sweep(w->interfaces_dir);
	warden_role_init(w, &w->engine, ROLE_ENGINE, WIRE_NO_SEGMENT);
	warden_role_init(w, &w->store, ROLE_STORE, WIRE_NO_SEGMENT);
	warden_role_init(w, &w->stamp, ROLE_STAMP, WIRE_NO_SEGMENT);
	for (i = 0; i < w->conf->nsegments; i++)
		warden_segment_init(w, i);
	return 0;
}

static void
release(struct warden *w)
{
	struct event *events[] = { w->sigchld, w->sigterm, w->sigint,
		w->monitor };
	const int fds[] = { w->conf_fd, w->evidence_fd, w->monitor_fd,
		w->canary_fd };
	size_t i;

	for (i = 0; i < w->conf->nsegments; i++)
		warden_segment_free(&w->segments[i]);
	warden_role_free(&w->engine);
	warden_role_free(&w->store);
	warden_role_free(&w->stamp);
	for (i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] != -1)
			close(fds[i]);
	warden_remove_files(w);
	event_base_free(w->base);
	warden_key_close(w);
	free(w->segments);
	free(w->interfaces_dir);
	free(w->control_path);
	free(w->lock_path);
	free(w);
}

static struct warden *
warden_new(const struct conf *conf, const struct warden_options *options)
{
	struct warden *w = xcalloc(1, sizeof(*w));

	w->conf = conf;
	w->options = options;
	w->base = event_base_new();
	if (w->base == NULL)
		fatal("cannot make an event loop");
	w->segments = xcalloc(conf->nsegments + 1, sizeof(*w->segments));
	TAILQ_INIT(&w->workers);
	TAILQ_INIT(&w->hooks);
	w->lock_fd = -1;
	w->control_fd = -1;
	w->conf_fd = -1;
	w->evidence_fd = -1;
	w->monitor_fd = -1;
	w->canary_fd = -1;
	w->interfaces_dir = xasprintf("%s/interfaces", conf->state_dir);
	w->control_path = xasprintf("%s/assayd.sock", conf->run_dir);
	w->lock_path = xasprintf("%s/assayd.lock", conf->run_dir);
	return w;
}

int
warden_run(const struct conf *conf, const struct warden_options *options,
    struct err *e)
{
	struct warden *w = warden_new(conf, options);
	size_t i;
	int r;

	ignore_signals();
	r = prepare(w, e);
	if (r == 0) {
		warden_role_start(&w->store);
		warden_role_start(&w->engine);
		if (conf->timestamp_url[0] != '\0')
			warden_role_start(&w->stamp);
		for (i = 0; i < conf->nsegments; i++)
			warden_segment_try(&w->segments[i]);
		event_base_dispatch(w->base);
		log_info("ended");
	}
	release(w);
	return r;
}
