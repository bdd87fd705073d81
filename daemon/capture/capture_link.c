/*
 * capture_link: the ring drained, the recording written, barriers passed.
 *
 * A barrier is passed by count: when as many frames were handed on as the
 * kernel had accepted at the moment it was asked for.
 */
#include "daemon/capture/capture_state.h"

#include <errno.h>
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
#define QUIET_FRAMES 1000u /* in one tick */
#define QUIET_TICKS 4u
#define PAUSE_MS 4
#define PAUSE_FRAMES 200u /* with fewer in a turn, none is made */

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
	char detail[160] = "", name[SEGMENT_NAME_SIZE];

	c->file = number;
	if (finished != NULL)
		snprintf(detail, sizeof(detail),
		    "%s frames %" PRIu64 " size %" PRIu64,
		    segment_capture_name(finished->number, name),
		    finished->frames, finished->size);
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

	if (capture_keep_is_whole(&c->keep, f))
		recording_add(c->recording, f);
	else
		capture_keep_headers(&c->keep, c->recording, f);
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
	size_t i = 0;

	while (i < c->nbarriers &&
	    ethernet_source_has_passed(c->source, &c->barriers[i].mark))
		answer_barrier(c, &c->barriers[i++]);
	c->nbarriers -= i;
	memmove(c->barriers, c->barriers + i,
	    c->nbarriers * sizeof(c->barriers[0]));
}

size_t
capture_link_drain(struct capture *c)
{
	size_t n =
	    ethernet_source_read(c->source, BLOCKS_PER_TURN, on_frame, c);

	if (n > 0)
		capture_link_pass_barriers(c);
	return n;
}

static void
on_work(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);

	(void)fd;
	(void)what;
	capture_link_drain(c);
	capture_work_some(c);
}

/* Frames come fast: the ring is looked at by the clock, which costs less than
 * to be woken for each block. */
static void
pause_reading(struct capture *c)
{
	static const struct timeval later = { 0, PAUSE_MS * 1000 };
	static const struct timeval now = { 0, 0 };

	event_add(
	    c->pause, ethernet_source_has_more(c->source) ? &now : &later);
}

static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);

	(void)fd;
	(void)what;
	if (capture_link_drain(c) >= PAUSE_FRAMES)
		pause_reading(c);
	else
		event_add(c->readable, NULL);
}

static void
tell_link(struct capture *c, int error)
{
	log_warn("capture: %s: %s", c->interface, strerror(error));
	recording_note_gap(c->recording, SEGMENT_GAP_LINK, 0);
	capture_tell(c, CAPTURE_LINK_DOWN, 0, strerror(error));
	c->is_link_down = error != ENODEV;
}

/* What is taken away goes down first, and the kernel tells that alone. */
static void
look_at_link(struct capture *c)
{
	if (c->is_link_down && ethernet_source_is_gone(c->source))
		tell_link(c, ENODEV);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);
	size_t n = capture_link_drain(c);
	int error;

	(void)fd;
	(void)what;
	if (n >= PAUSE_FRAMES) {
		event_del(c->readable);
		pause_reading(c);
	}
	if (n > 0)
		return;
	error = ethernet_source_error(c->source);
	if (error != 0)
		tell_link(c, error);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct capture *c = capture_check(arg);
	struct ethernet_counts n;
	uint64_t frames;

	(void)fd;
	(void)what;
	look_at_clock(c);
	look_at_link(c);
	recording_tick(c->recording);
	capture_link_take_counts(c, &n);
	recording_flush(c->recording);
	frames = n.handed - c->handed_before;
	c->handed_before = n.handed;
	capture_width_tick(c, frames);
	c->quiet_ticks = frames < QUIET_FRAMES ? c->quiet_ticks + 1 : 0;
	if (capture_is_quiet(c) &&
	    c->hash.next < recording_number(c->recording))
		capture_work_soon(c);
}

bool
capture_is_quiet(const struct capture *c)
{
	return c->quiet_ticks >= QUIET_TICKS;
}

/* ---- life ---- */

void
capture_link_begin(struct capture *c)
{
	static const struct timeval every = { 0, TICK_MS * 1000 };
	static const struct recording_hooks hooks = { on_rotated, on_disk };
	struct recording_config r;
	struct err e;

	if (c->packets[1] == -1 || c->captures == -1 || c->evidence == -1 ||
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
	c->hash.next = recording_number(c->recording);
	c->source = ethernet_source_new(
	    c->packets, c->interface, (size_t)c->ring_mib << 20, &e);
	if (c->source == NULL) {
		log_error("%s", e.text);
		capture_stop(c, 1);
		return;
	}
	(void)clock_step_check(&c->clock, clock_step_offset());
	c->readable = event_new(c->base, ethernet_source_fd(c->source),
	    EV_READ | EV_PERSIST, on_readable, c);
	c->pause = evtimer_new(c->base, on_pause, c);
	c->tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
	c->work = evtimer_new(c->base, on_work, c);
	if (c->readable == NULL || c->pause == NULL || c->tick == NULL ||
	    c->work == NULL)
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
	struct ethernet_mark all;

	capture_link_take_counts(c, &n);
	ethernet_source_mark(c->source, &all);
	while (!ethernet_source_has_passed(c->source, &all) &&
	    clock_monotonic_ns() < limit) {
		if (capture_link_drain(c) == 0)
			(void)poll(&p, 1, LAST_WAIT_MS);
	}
	capture_link_take_counts(c, &n);
}
