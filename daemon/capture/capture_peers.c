/*
 * capture_peers: the engine, which asks, and the watch, which only listens.
 */
#include "daemon/capture/capture_state.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/peer.h"

/* ---- the engine ---- */

void
capture_engine_forget(struct capture *c)
{
	struct capture_resolve *q;
	struct capture_files *f;

	peer_free(c->engine);
	c->engine = NULL;
	if (c->is_run_open)
		capture_width_run_ends(c);
	c->nbarriers = 0;
	capture_resolve_free(c->resolving);
	c->resolving = NULL;
	while ((q = capture_resolve_pop(&c->resolves)) != NULL)
		capture_resolve_free(q);
	capture_files_free(c->listing);
	c->listing = NULL;
	capture_replay_free(c->replay);
	c->replay = NULL;
	capture_keep_end_jobs(&c->keep);
	while ((f = capture_files_pop(&c->listings)) != NULL)
		capture_files_free(f);
}

static int
take_barrier(struct capture *c, struct msg_in *m)
{
	struct capture_barrier *b = &c->barriers[c->nbarriers];
	struct ethernet_counts n;

	if (c->nbarriers == CAPTURE_BARRIERS_MAX)
		return -1;
	if (msg_get_u32(m, &b->request) == -1 || msg_end(m) == -1)
		return -1;
	b->stamp_ns = clock_real_ns();
	capture_link_take_counts(c, &n);
	ethernet_source_mark(c->source, &b->mark);
	c->nbarriers++;
	capture_link_pass_barriers(c);
	return 0;
}

static int
take_resolve(struct capture *c, struct msg_in *m)
{
	struct capture_resolve *q = capture_resolve_read(m);

	if (q == NULL)
		return -1;
	capture_resolve_push(&c->resolves, q);
	capture_work_soon(c);
	return 0;
}

static int
take_files(struct capture *c, struct msg_in *m)
{
	struct capture_files *q = capture_files_read(m);

	if (q == NULL)
		return -1;
	capture_files_push(&c->listings, q);
	capture_work_soon(c);
	return 0;
}

static int
take_unlink(struct capture *c, struct msg_in *m)
{
	return capture_files_unlink(
	    m, c->captures, recording_number(c->recording), c->engine, &c->out);
}

/* The one before it is over: its job has ended. */
static int
take_replay(struct capture *c, struct msg_in *m, int fd)
{
	struct capture_replay *q = capture_replay_read(m, fd, c->base);

	if (q == NULL)
		return -1;
	capture_replay_free(c->replay);
	c->replay = q;
	recording_flush(c->recording);
	capture_work_soon(c);
	return 0;
}

static int
on_engine_message(void *arg, struct msg_in *m, int fd)
{
	struct capture *c = capture_check(arg);

	if (m->type == CAPTURE_REPLAY)
		return take_replay(c, m, fd);
	if (fd != -1)
		close(fd);
	switch (m->type) {
	case CAPTURE_BARRIER:
		return take_barrier(c, m);
	case CAPTURE_RESOLVE:
	case CAPTURE_RESOLVE_STORED:
		return take_resolve(c, m);
	case CAPTURE_SEAL:
	case CAPTURE_LIST:
		return take_files(c, m);
	case CAPTURE_UNLINK:
		return take_unlink(c, m);
	case CAPTURE_KEEP:
		return capture_keep_read(&c->keep, m);
	default:
		return -1;
	}
}

void
capture_peer_gone(const char *who, const char *why)
{
	if (strstr(why, "message") != NULL)
		fatal("capture: %s: %s", who, why);
	log_info("capture: %s: %s", who, why);
}

static void
on_engine_close(void *arg, const char *why)
{
	struct capture *c = capture_check(arg);

	capture_peer_gone("engine", why);
	capture_engine_forget(c);
}

/* A new engine hears what the one before it was told. */
static void
tell_all(struct capture *c)
{
	if (c->recording == NULL)
		return;
	if (c->file != 0)
		capture_tell(c, CAPTURE_ROTATED, c->file, "");
	if (c->told_dropped > 0)
		capture_tell(c, CAPTURE_DROPPED, c->told_dropped, "");
	if (c->told_offloaded > 0)
		capture_tell(c, CAPTURE_OFFLOADED, c->told_offloaded, "");
}

void
capture_engine_attach(struct capture *c, int fd)
{
	static const struct peer_hooks hooks = { on_engine_message,
		on_engine_close };

	capture_engine_forget(c);
	c->engine = peer_new(c->base, fd, &hooks, c);
	if (c->recording == NULL)
		peer_pause(c->engine); /* until there is something to ask */
	tell_all(c);
}

/* ---- the watch: it only listens ---- */

static int
on_watch_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)m;
	if (fd != -1)
		close(fd);
	return -1;
}

static void
on_watch_close(void *arg, const char *why)
{
	struct capture *c = capture_check(arg);

	capture_peer_gone("watch", why);
	peer_free(c->watch);
	c->watch = NULL;
}

void
capture_watch_attach(struct capture *c, int fd)
{
	static const struct peer_hooks hooks = { on_watch_message,
		on_watch_close };

	peer_free(c->watch);
	c->watch = peer_new(c->base, fd, &hooks, c);
}
