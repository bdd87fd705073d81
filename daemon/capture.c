/*
 * capture: one segment's packets in, immutable files, barriers and evidence
 * out.
 *
 * It loses no frame for anybody's sake: every longer piece of work is done in
 * steps, and the ring is drained between two of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "captures/clock_step.h"
#include "captures/ethernet_source.h"
#include "captures/recording.h"
#include "daemon/capture_forward.h"
#include "daemon/capture_resolve.h"
#include "daemon/role.h"

#define CAPTURE_MAGIC 0x5ca97e01u
#define BLOCKS_PER_TURN 16u /* of the ring, then others get a turn */
#define TICK_MS 500
#define RETRY_NS 1000000000u       /* after the disk refused */
#define LAST_FRAMES_NS 1000000000u /* at the end, they are waited for */
#define LAST_WAIT_MS 50
#define BARRIERS_MAX 1024u
#define STRING_SIZE 256

struct barrier {
	uint32_t request;
	uint64_t accepted; /* frames that have to be handed on first */
	uint64_t stamp_ns;
};

struct capture {
	unsigned magic;
	struct event_base *base;
	struct event *readable, *tick, *work, *sigterm, *sigint;
	struct peer *parent, *engine, *watch;
	uint32_t segment, first_file, ring_mib, file_mib;
	char interface[STRING_SIZE];
	int packet_fd, captures, evidence; /* -1: not given yet */
	struct ethernet_source *source;
	struct recording *recording;
	struct barrier barriers[BARRIERS_MAX]; /* in order */
	size_t nbarriers;
	struct capture_resolve *resolving;
	struct capture_resolve_queue resolves;
	struct clock_step clock;
	uint64_t told_dropped, told_offloaded, not_forwarded;
	uint32_t file; /* told last */
	bool is_stopping;
	int status;
	struct msg_out out; /* scratch */
};

static struct capture *
capture_check(void *arg)
{
	struct capture *c = arg;

	if (c == NULL || c->magic != CAPTURE_MAGIC)
		fatal("capture: not a capture");
	return c;
}

static void
tell(struct capture *c, enum capture_event what, uint64_t value,
    const char *detail)
{
	if (c->engine == NULL)
		return;
	msg_start(&c->out, ENGINE_CAPTURE_EVENT);
	msg_put_u8(&c->out, (uint8_t)what);
	msg_put_u64(&c->out, value);
	msg_put_string(&c->out, detail);
	peer_send(c->engine, &c->out, -1);
}

static void
stop(struct capture *c, int status)
{
	c->is_stopping = true;
	if (status != 0)
		c->status = status;
	event_base_loopbreak(c->base);
}

/* ---- recording ---- */

/* Frames that are in no file, whoever lost them. */
static uint64_t
dropped(const struct capture *c)
{
	return ethernet_source_counts(c->source)->dropped +
	    recording_lost(c->recording);
}

static void
on_rotated(void *arg, uint32_t number, const struct recording_file *finished)
{
	struct capture *c = capture_check(arg);
	char detail[160] = "", hex[SHA256_HEX_SIZE], name[SEGMENT_NAME_SIZE];

	c->file = number;
	if (finished != NULL)
		snprintf(detail, sizeof(detail),
		    "%s frames %" PRIu64 " size %" PRIu64 " sha256 %s",
		    segment_capture_name(finished->number, name),
		    finished->frames, finished->size,
		    hex_encode(finished->sha256, SHA256_SIZE, hex));
	log_info("capture: file %" PRIu32 " begun", number);
	tell(c, CAPTURE_ROTATED, number, detail);
}

static void
on_disk(void *arg, const char *why, uint64_t lost)
{
	struct capture *c = capture_check(arg);

	log_error("capture: cannot write: %s (%" PRIu64 " frames lost so far)",
	    why, lost);
	tell(c, CAPTURE_DISK, lost, why);
}

static void
forward(struct capture *c, const struct frame *f)
{
	if (c->watch == NULL || !capture_forward_wants(f))
		return;
	if (peer_queued(c->watch) >= CAPTURE_FORWARD_QUEUE) {
		c->not_forwarded++;
		return;
	}
	capture_forward_put(&c->out, recording_position(c->recording), f);
	peer_send(c->watch, &c->out, -1);
}

static void
on_frame(void *arg, const struct frame *f)
{
	struct capture *c = capture_check(arg);

	recording_add(c->recording, f);
	forward(c, f);
}

/* Asks the kernel and tells what was lost, or was not as it was sent. */
static void
take_counts(struct capture *c, struct ethernet_counts *n)
{
	char detail[96];

	ethernet_source_count(c->source, n);
	recording_set_counts(c->recording, n->accepted, n->dropped);
	if (n->offloaded > c->told_offloaded) {
		if (c->told_offloaded == 0)
			recording_note_gap(c->recording, SEGMENT_GAP_OFFLOAD,
			    (int64_t)n->offloaded);
		c->told_offloaded = n->offloaded;
		tell(c, CAPTURE_OFFLOADED, n->offloaded, "");
	}
	if (dropped(c) > c->told_dropped) {
		c->told_dropped = dropped(c);
		snprintf(detail, sizeof(detail),
		    "%" PRIu64 " by the kernel, %" PRIu64 " by the disk",
		    n->dropped, recording_lost(c->recording));
		log_warn("capture: frames lost: %s", detail);
		tell(c, CAPTURE_DROPPED, c->told_dropped, detail);
	}
}

/* ---- barriers and evidence ---- */

static void
answer_barrier(struct capture *c, const struct barrier *b)
{
	char name[SEGMENT_NAME_SIZE] = "";
	uint32_t file;
	uint64_t frame;

	/* What is flushed now cannot turn out lost afterwards. */
	recording_flush(c->recording);
	recording_last(c->recording, &file, &frame);
	if (file != 0)
		segment_capture_name(file, name);
	msg_start(&c->out, ENGINE_BARRIER);
	msg_put_u32(&c->out, b->request);
	msg_put_u64(&c->out, recording_position(c->recording));
	msg_put_u64(&c->out, dropped(c));
	msg_put_u64(&c->out, b->stamp_ns);
	msg_put_string(&c->out, name);
	msg_put_u64(&c->out, frame);
	peer_send(c->engine, &c->out, -1);
}

static void
pass_barriers(struct capture *c)
{
	const struct ethernet_counts *n = ethernet_source_counts(c->source);
	size_t i = 0;

	while (i < c->nbarriers && n->handed >= c->barriers[i].accepted)
		answer_barrier(c, &c->barriers[i++]);
	c->nbarriers -= i;
	memmove(c->barriers, c->barriers + i,
	    c->nbarriers * sizeof(c->barriers[0]));
}

static void
work_soon(struct capture *c)
{
	static const struct timeval now = { 0, 0 };

	if (!event_pending(c->work, EV_TIMEOUT, NULL))
		event_add(c->work, &now);
}

static size_t
drain(struct capture *c)
{
	size_t n =
	    ethernet_source_read(c->source, BLOCKS_PER_TURN, on_frame, c);

	if (n > 0)
		pass_barriers(c);
	return n;
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);

	(void)fd;
	(void)what;
	drain(c);
	if (c->resolving == NULL) {
		c->resolving = capture_resolve_pop(&c->resolves);
		if (c->resolving == NULL)
			return;
		recording_flush(c->recording);
		capture_resolve_begin(c->resolving, c->captures, c->evidence,
		    recording_index(c->recording), c->interface);
	}
	if (!capture_resolve_step(c->resolving)) {
		capture_resolve_answer(c->resolving, c->engine, &c->out);
		capture_resolve_free(c->resolving);
		c->resolving = NULL;
	}
	work_soon(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);
	int error;

	(void)fd;
	(void)what;
	if (drain(c) > 0)
		return;
	error = ethernet_source_error(c->source);
	if (error == 0)
		return;
	log_warn("capture: %s: %s", c->interface, strerror(error));
	recording_note_gap(c->recording, SEGMENT_GAP_LINK, 0);
	tell(c, CAPTURE_LINK_DOWN, 0, strerror(error));
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);
	struct ethernet_counts n;
	int64_t step = clock_step_check(&c->clock, clock_step_offset());

	(void)fd;
	(void)what;
	if (step != 0) {
		log_warn("capture: the clock was set by %" PRId64 " ns", step);
		recording_note_gap(c->recording, SEGMENT_GAP_CLOCK, step);
		tell(c, CAPTURE_CLOCK_STEP, (uint64_t)step, "");
	}
	recording_tick(c->recording);
	take_counts(c, &n);
	recording_flush(c->recording);
}

/* ---- the engine ---- */

static void
forget_engine(struct capture *c)
{
	struct capture_resolve *q;

	peer_free(c->engine);
	c->engine = NULL;
	c->nbarriers = 0;
	capture_resolve_free(c->resolving);
	c->resolving = NULL;
	while ((q = capture_resolve_pop(&c->resolves)) != NULL)
		capture_resolve_free(q);
}

static int
take_barrier(struct capture *c, struct msg_in *m)
{
	struct barrier *b = &c->barriers[c->nbarriers];
	struct ethernet_counts n;

	if (c->nbarriers == BARRIERS_MAX)
		return -1;
	if (msg_get_u32(m, &b->request) == -1 || msg_end(m) == -1)
		return -1;
	b->stamp_ns = clock_real_ns();
	take_counts(c, &n);
	b->accepted = n.accepted;
	c->nbarriers++;
	pass_barriers(c);
	return 0;
}

static int
take_resolve(struct capture *c, struct msg_in *m)
{
	struct capture_resolve *q = capture_resolve_read(m);

	if (q == NULL)
		return -1;
	capture_resolve_push(&c->resolves, q);
	work_soon(c);
	return 0;
}

static int
on_engine_message(void *arg, struct msg_in *m, int fd)
{
	struct capture *c = capture_check(arg);

	if (fd != -1)
		close(fd);
	if (m->type == CAPTURE_BARRIER)
		return take_barrier(c, m);
	if (m->type == CAPTURE_RESOLVE)
		return take_resolve(c, m);
	return -1;
}

/* End of file is a peer's right; a message that is none is not. */
static void
fatal_unless_gone(const char *who, const char *why)
{
	if (strstr(why, "message") != NULL)
		fatal("capture: %s: %s", who, why);
	log_info("capture: %s: %s", who, why);
}

static void
on_engine_close(void *arg, const char *why)
{
	struct capture *c = capture_check(arg);

	fatal_unless_gone("engine", why);
	forget_engine(c);
}

/* A new engine hears what the one before it was told. */
static void
tell_all(struct capture *c)
{
	if (c->recording == NULL)
		return;
	if (c->file != 0)
		tell(c, CAPTURE_ROTATED, c->file, "");
	if (c->told_dropped > 0)
		tell(c, CAPTURE_DROPPED, c->told_dropped, "");
	if (c->told_offloaded > 0)
		tell(c, CAPTURE_OFFLOADED, c->told_offloaded, "");
}

static void
attach_engine(struct capture *c, int fd)
{
	static const struct peer_hooks hooks = { on_engine_message,
		on_engine_close };

	forget_engine(c);
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

	fatal_unless_gone("watch", why);
	peer_free(c->watch);
	c->watch = NULL;
}

static void
attach_watch(struct capture *c, int fd)
{
	static const struct peer_hooks hooks = { on_watch_message,
		on_watch_close };

	peer_free(c->watch);
	c->watch = peer_new(c->base, fd, &hooks, c);
}

/* ---- the warden ---- */

static void
begin(struct capture *c)
{
	static const struct timeval every = { 0, TICK_MS * 1000 };
	static const struct recording_hooks hooks = { on_rotated, on_disk };
	struct recording_config r;
	struct err e;

	if (c->packet_fd == -1 || c->captures == -1 || c->evidence == -1 ||
	    c->source != NULL)
		return;
	memset(&r, 0, sizeof(r));
	r.dir = c->captures;
	r.first_file = c->first_file;
	r.file_bytes = (uint64_t)c->file_mib << 20;
	r.interface = c->interface;
	r.link_type = LINKTYPE_ETHERNET_NUMBER;
	r.snaplen = ETHERNET_SNAPLEN;
	r.retry_ns = RETRY_NS;
	c->recording = recording_new(&r, &hooks, c);
	c->source = ethernet_source_new(
	    c->packet_fd, c->interface, (size_t)c->ring_mib << 20, &e);
	if (c->source == NULL) {
		log_error("%s", e.text);
		stop(c, 1);
		return;
	}
	(void)clock_step_check(&c->clock, clock_step_offset());
	c->readable = event_new(c->base, ethernet_source_fd(c->source),
	    EV_READ | EV_PERSIST, on_readable, c);
	c->tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
	if (c->readable == NULL || c->tick == NULL)
		fatal("capture: cannot make events");
	event_add(c->readable, NULL);
	event_add(c->tick, &every);
	if (c->engine != NULL)
		peer_resume(c->engine);
}

static int
take_start(struct capture *c, struct msg_in *m, int fd)
{
	char name[STRING_SIZE], state[4096], run[4096];
	uint8_t level;

	(void)c;
	msg_get_string(m, name, sizeof(name));
	msg_get_u8(m, &level);
	msg_get_string(m, state, sizeof(state));
	msg_get_string(m, run, sizeof(run));
	if (msg_end(m) == -1 || fd != -1 || level > LOG_LEVEL_DEBUG)
		return -1;
	log_init(name, (enum log_level)level);
	return 0;
}

static int
take_open(struct capture *c, struct msg_in *m, int fd)
{
	char segment[STRING_SIZE];

	if (fd == -1 || c->packet_fd != -1)
		return -1;
	msg_get_u32(m, &c->segment);
	msg_get_string(m, segment, sizeof(segment));
	msg_get_string(m, c->interface, sizeof(c->interface));
	msg_get_u32(m, &c->ring_mib);
	msg_get_u32(m, &c->file_mib);
	msg_get_u32(m, &c->first_file);
	if (msg_end(m) == -1 || c->file_mib == 0)
		return -1;
	c->packet_fd = fd;
	begin(c);
	return 0;
}

static int
take_dir(struct capture *c, struct msg_in *m, int fd)
{
	uint8_t which;
	int *dir;

	if (msg_get_u8(m, &which) == -1 || msg_end(m) == -1 || fd == -1 ||
	    which > 1)
		return -1;
	dir = which == 0 ? &c->captures : &c->evidence;
	if (*dir != -1)
		return -1;
	*dir = fd;
	begin(c);
	return 0;
}

static int
take_peer(struct capture *c, struct msg_in *m, int fd)
{
	uint8_t role;
	uint32_t segment;

	msg_get_u8(m, &role);
	msg_get_u32(m, &segment);
	if (msg_end(m) == -1 || fd == -1)
		return -1;
	if (role == ROLE_ENGINE)
		attach_engine(c, fd);
	else if (role == ROLE_WATCH)
		attach_watch(c, fd);
	else
		return -1;
	return 0;
}

static int
take_stop(struct capture *c, struct msg_in *m, int fd)
{
	if (msg_end(m) == -1 || fd != -1)
		return -1;
	stop(c, 0);
	return 0;
}

static int
on_parent_message(void *arg, struct msg_in *m, int fd)
{
	static const struct {
		uint16_t type;
		int (*take)(struct capture *, struct msg_in *, int);
	} handlers[] = {
		{ ROLE_START, take_start },
		{ ROLE_PEER, take_peer },
		{ ROLE_STOP, take_stop },
		{ CAPTURE_OPEN, take_open },
		{ CAPTURE_DIR, take_dir },
	};
	struct capture *c = capture_check(arg);
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].take(c, m, fd);
	return -1;
}

static void
on_parent_close(void *arg, const char *why)
{
	struct capture *c = capture_check(arg);

	fatal_unless_gone("warden", why);
	stop(c, 0);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	stop(capture_check(arg), 0);
}

/* ---- life ---- */

static struct capture *
new_capture(void)
{
	static const struct peer_hooks hooks = { on_parent_message,
		on_parent_close };
	struct capture *c = xcalloc(1, sizeof(*c));

	c->magic = CAPTURE_MAGIC;
	c->packet_fd = -1;
	c->captures = -1;
	c->evidence = -1;
	c->base = event_base_new();
	if (c->base == NULL)
		fatal("capture: no event base");
	c->sigterm = evsignal_new(c->base, SIGTERM, on_signal, c);
	c->sigint = evsignal_new(c->base, SIGINT, on_signal, c);
	c->work = evtimer_new(c->base, on_work, c);
	if (c->sigterm == NULL || c->sigint == NULL || c->work == NULL)
		fatal("capture: cannot make events");
	event_add(c->sigterm, NULL);
	event_add(c->sigint, NULL);
	c->parent = peer_new(c->base, WIRE_FD, &hooks, c);
	return c;
}

static void
free_event(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

/* Takes what the kernel has accepted so far, some of which is in a block that
 * is given to us a few milliseconds from now. */
static void
drain_last(struct capture *c)
{
	struct pollfd p = { ethernet_source_fd(c->source), POLLIN, 0 };
	uint64_t limit = clock_monotonic_ns() + LAST_FRAMES_NS;
	struct ethernet_counts n;

	take_counts(c, &n);
	while (ethernet_source_counts(c->source)->handed < n.accepted &&
	    clock_monotonic_ns() < limit) {
		if (drain(c) == 0)
			(void)poll(&p, 1, LAST_WAIT_MS);
	}
	take_counts(c, &n);
}

/* Ends the file in good order. */
static void
end(struct capture *c)
{
	if (c->source != NULL)
		drain_last(c);
	recording_free(c->recording);
	if (c->not_forwarded > 0)
		log_warn("capture: %" PRIu64 " frames not forwarded",
		    c->not_forwarded);
	forget_engine(c);
	peer_free(c->watch);
	peer_free(c->parent);
	free_event(c->readable);
	free_event(c->tick);
	free_event(c->work);
	free_event(c->sigterm);
	free_event(c->sigint);
	if (c->source != NULL)
		ethernet_source_free(c->source);
	else if (c->packet_fd != -1)
		close(c->packet_fd);
	if (c->captures != -1)
		close(c->captures);
	if (c->evidence != -1)
		close(c->evidence);
	event_base_free(c->base);
	free(c);
}

int
capture_main(void)
{
	struct capture *c;
	int status;

	log_init("capture", LOG_LEVEL_INFO);
	umask(027);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("capture: no new privileges: %s", strerror(errno));
	c = new_capture();
	if (event_base_dispatch(c->base) == -1)
		fatal("capture: the event loop failed");
	if (!c->is_stopping)
		fatal("capture: the event loop ended by itself");
	status = c->status;
	end(c);
	return status;
}
