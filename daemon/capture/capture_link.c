/*
 * capture_link: the ring drained, the recording written, barriers passed,
 * questions resolved.
 *
 * A barrier is passed by count: when as many frames were handed on as the
 * kernel had accepted at the moment it was asked for.
 */
#include "daemon/capture/capture_state.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/peer.h"
#include "daemon/capture/capture_forward.h"

#define BLOCKS_PER_TURN 16u /* of the ring, then others get a turn */
#define TICK_MS 500
#define RETRY_NS 1000000000u       /* after the disk refused */
#define LAST_FRAMES_NS 1000000000u /* at the end, they are waited for */
#define LAST_WAIT_MS 50
#define REPLAY_WAIT_MS 2

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
	capture_tell(c, CAPTURE_ROTATED, number, detail);
}

static void
on_disk(void *arg, const char *why, uint64_t lost)
{
	struct capture *c = capture_check(arg);

	log_error("capture: cannot write: %s (%" PRIu64 " frames lost so far)",
	    why, lost);
	capture_tell(c, CAPTURE_DISK, lost, why);
}

static void
forward(struct capture *c, const struct frame *f)
{
	if (c->watch == NULL || !capture_forward_wants(f))
		return;
	/* A device that floods the watch does not hide what comes in. */
	if (peer_queued(c->watch) >= (capture_forward_is_canary(f) ? 2 : 1) *
		(size_t)CAPTURE_FORWARD_QUEUE) {
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

void
capture_link_take_counts(struct capture *c, struct ethernet_counts *n)
{
	char detail[96];

	ethernet_source_count(c->source, n);
	recording_set_counts(c->recording, n->accepted, n->dropped);
	if (n->offloaded > c->told_offloaded) {
		if (c->told_offloaded == 0)
			recording_note_gap(c->recording, SEGMENT_GAP_OFFLOAD,
			    (int64_t)n->offloaded);
		c->told_offloaded = n->offloaded;
		capture_tell(c, CAPTURE_OFFLOADED, n->offloaded, "");
	}
	if (dropped(c) > c->told_dropped) {
		c->told_dropped = dropped(c);
		snprintf(detail, sizeof(detail),
		    "%" PRIu64 " by the kernel, %" PRIu64 " by the disk",
		    n->dropped, recording_lost(c->recording));
		log_warn("capture: frames lost: %s", detail);
		capture_tell(c, CAPTURE_DROPPED, c->told_dropped, detail);
	}
}

/* ---- barriers and evidence ---- */

static void
look_at_clock(struct capture *c)
{
	int64_t step = clock_step_check(&c->clock, clock_step_offset());

	if (step == 0)
		return;
	log_warn("capture: the clock was set by %" PRId64 " ns", step);
	recording_note_gap(c->recording, SEGMENT_GAP_CLOCK, step);
	capture_tell(c, CAPTURE_CLOCK_STEP, (uint64_t)step, "");
}

static void
answer_barrier(struct capture *c, const struct capture_barrier *b)
{
	char name[SEGMENT_NAME_SIZE] = "";
	uint32_t file;
	uint64_t frame;

	/* A step within the span is told before its end is; and what is
	 * flushed now cannot turn out lost afterwards. */
	look_at_clock(c);
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

void
capture_link_pass_barriers(struct capture *c)
{
	const struct ethernet_counts *n = ethernet_source_counts(c->source);
	size_t i = 0;

	while (i < c->nbarriers && n->handed >= c->barriers[i].accepted)
		answer_barrier(c, &c->barriers[i++]);
	c->nbarriers -= i;
	memmove(c->barriers, c->barriers + i,
	    c->nbarriers * sizeof(c->barriers[0]));
}

void
capture_link_work_soon(struct capture *c)
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
		capture_link_pass_barriers(c);
	return n;
}

/* A part of the resolving. False: there is nothing to resolve. */
static bool
resolve_some(struct capture *c)
{
	if (c->resolving == NULL) {
		c->resolving = capture_resolve_pop(&c->resolves);
		if (c->resolving == NULL)
			return false;
		recording_flush(c->recording);
		capture_resolve_begin(c->resolving, c->captures, c->evidence,
		    capture_resolve_is_stored(c->resolving)
			? &c->stored
			: recording_index(c->recording),
		    c->interface);
	}
	if (!capture_resolve_step(c->resolving)) {
		capture_resolve_answer(c->resolving, c->engine, &c->out);
		capture_resolve_free(c->resolving);
		c->resolving = NULL;
	}
	return true;
}

static void
begin_listing(struct capture *c)
{
	struct ethernet_counts n;

	if (capture_files_is_seal(c->listing)) {
		/* What was lost until now is in the file's own count. */
		capture_link_take_counts(c, &n);
		recording_seal(c->recording);
	}
	capture_files_begin(
	    c->listing, c->captures, recording_number(c->recording));
}

/* The same for telling of files. */
static bool
list_some(struct capture *c)
{
	if (c->listing == NULL) {
		c->listing = capture_files_pop(&c->listings);
		if (c->listing == NULL)
			return false;
		begin_listing(c);
	}
	if (!capture_files_step(c->listing, c->engine, &c->out)) {
		capture_files_free(c->listing);
		c->listing = NULL;
	}
	return true;
}

/* A part of the replay.  False: there is none, or it waits for its worker. */
static bool
replay_some(struct capture *c)
{
	static const struct timeval later = { 0, REPLAY_WAIT_MS * 1000 };

	if (c->replay == NULL)
		return false;
	switch (capture_replay_step(c->replay, c->captures, &c->out)) {
	case CAPTURE_REPLAY_AGAIN:
		return true;
	case CAPTURE_REPLAY_LATER:
		event_add(c->work, &later);
		return false;
	case CAPTURE_REPLAY_DONE:
		break;
	}
	segment_index_free(&c->stored);
	capture_replay_answer(c->replay, c->engine, &c->out, &c->stored);
	capture_replay_free(c->replay);
	c->replay = NULL;
	return false;
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);
	static const struct timeval now = { 0, 0 };
	bool more;

	(void)fd;
	(void)what;
	drain(c);
	more = resolve_some(c);
	more = list_some(c) || more;
	more = replay_some(c) || more;
	if (more)
		event_add(c->work, &now);
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
	capture_tell(c, CAPTURE_LINK_DOWN, 0, strerror(error));
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);
	struct ethernet_counts n;

	(void)fd;
	(void)what;
	look_at_clock(c);
	recording_tick(c->recording);
	capture_link_take_counts(c, &n);
	recording_flush(c->recording);
}

/* ---- life ---- */

void
capture_link_begin(struct capture *c)
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
		capture_stop(c, 1);
		return;
	}
	(void)clock_step_check(&c->clock, clock_step_offset());
	c->readable = event_new(c->base, ethernet_source_fd(c->source),
	    EV_READ | EV_PERSIST, on_readable, c);
	c->tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
	c->work = evtimer_new(c->base, on_work, c);
	if (c->readable == NULL || c->tick == NULL || c->work == NULL)
		fatal("capture: cannot make events");
	event_add(c->readable, NULL);
	event_add(c->tick, &every);
	if (c->engine != NULL)
		peer_resume(c->engine);
}

/* Takes what the kernel has accepted so far, some of which is in a block that
 * is given to us a few milliseconds from now. */
void
capture_link_drain_last(struct capture *c)
{
	struct pollfd p = { ethernet_source_fd(c->source), POLLIN, 0 };
	uint64_t limit = clock_monotonic_ns() + LAST_FRAMES_NS;
	struct ethernet_counts n;

	capture_link_take_counts(c, &n);
	while (ethernet_source_counts(c->source)->handed < n.accepted &&
	    clock_monotonic_ns() < limit) {
		if (drain(c) == 0)
			(void)poll(&p, 1, LAST_WAIT_MS);
	}
	capture_link_take_counts(c, &n);
}
