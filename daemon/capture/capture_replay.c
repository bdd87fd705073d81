/*
 * capture_replay: one CAPTURE_REPLAY: what is stored of one device, given to a
 * worker again.
 */
#include "daemon/capture/capture_replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "captures/pcapng.h"
#include "captures/segment_file.h"
#include "daemon/shared/wire.h"

#define QUEUED_MAX 256 /* of the worker's messages */
#define NO_FILE UINT32_MAX

struct capture_replay {
	uint32_t request;
	uint64_t stamp_from;
	uint8_t mac[6];
	struct peer *worker;
	bool is_gone, is_over; /* the worker; its frames */
	uint32_t *files;
	size_t nfiles, next_file, next_block;
	bool is_listed;
	struct segment_index index; /* positions counted anew, from 1 */
	int fd;
	uint32_t file;
	uint8_t *block;
	size_t block_room;
	/* the end of what was looked at last, as its own capture counts */
	uint64_t own_position, own_dropped, stamp_last;
	/* the answer */
	uint64_t frames, stamp_first, holes, hole_ns, dropped;
	char error[160];
};

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)m;
	if (fd != -1)
		close(fd);
	return 0;
}

static void
on_close(void *arg, const char *why)
{
	struct capture_replay *q = arg;

	log_debug("capture: replay: worker: %s", why);
	q->is_gone = true;
}

struct capture_replay *
capture_replay_read(struct msg_in *m, int fd, struct event_base *base)
{
	static const struct peer_hooks hooks = { on_message, on_close };
	struct capture_replay *q = xcalloc(1, sizeof(*q));
	const uint8_t *mac;
	size_t n;

	q->fd = -1;
	msg_get_u32(m, &q->request);
	msg_get_u64(m, &q->stamp_from);
	msg_get_bytes(m, &mac, &n);
	if (msg_end(m) == -1 || n != sizeof(q->mac) || fd == -1) {
		if (fd != -1)
			close(fd);
		free(q);
		return NULL;
	}
	memcpy(q->mac, mac, n);
	q->worker = peer_new(base, fd, &hooks, q);
	peer_pause(q->worker); /* what it says is for the engine */
	return q;
}

void
capture_replay_free(struct capture_replay *q)
{
	if (q == NULL)
		return;
	peer_free(q->worker);
	segment_index_free(&q->index);
	if (q->fd != -1)
		close(q->fd);
	free(q->files);
	free(q->block);
	free(q);
}

static void
fail(struct capture_replay *q, const char *text)
{
	if (q->error[0] == '\0')
		snprintf(q->error, sizeof(q->error), "%.150s", text);
}

/* ---- what there is ---- */

static void
note_hole(struct capture_replay *q, const struct segment_block *b)
{
	q->holes++;
	if (b->stamp_first > q->stamp_last)
		q->hole_ns += b->stamp_first - q->stamp_last;
}

/* Positions and drops are counted from the beginning of a capture: where they
 * go back, another one began, and what was between is not known. */
static void
add_block(struct capture_replay *q, const struct segment_block *b)
{
	struct segment_block mine = *b;
	uint64_t last = q->index.n == 0
	    ? 0
	    : q->index.blocks[q->index.n - 1].position +
		q->index.blocks[q->index.n - 1].frames - 1;

	if (b->stamp_last < q->stamp_from) {
		q->own_dropped = b->dropped;
		return;
	}
	if (q->index.n == 0) {
		q->stamp_first = b->stamp_first;
	} else if (b->position <= q->own_position) {
		note_hole(q, b);
		q->own_dropped = 0;
	} else {
		q->dropped += b->position - q->own_position - 1;
	}
	if (b->dropped > q->own_dropped)
		q->dropped += b->dropped - q->own_dropped;
	q->own_dropped = b->dropped;
	q->own_position = b->position + b->frames - 1;
	q->stamp_last = b->stamp_last;
	mine.position = last + 1;
	segment_index_add(&q->index, &mine);
}

static void
load_file(struct capture_replay *q, int dir, uint32_t file)
{
	struct segment_index x = { 0 };
	struct segment_summary summary;
	struct err e;
	size_t i;

	if (segment_index_load(dir, file, &x, &summary, &e) == -1) {
		log_warn("capture: replay: %s", e.text);
		fail(q, e.text);
	}
	for (i = 0; i < x.n; i++)
		add_block(q, &x.blocks[i]);
	segment_index_free(&x);
}

static void
list_files(struct capture_replay *q, int dir)
{
	struct err e;

	q->is_listed = true;
	q->files = segment_file_list(dir, 1, &q->nfiles, &e);
	if (q->files == NULL) {
		fail(q, e.text);
		q->nfiles = 0;
	}
}

/* ---- its frames ---- */

static int
open_file(struct capture_replay *q, int dir, uint32_t file)
{
	char name[SEGMENT_NAME_SIZE];

	if (q->fd != -1 && q->file == file)
		return 0;
	if (q->fd != -1)
		close(q->fd);
	q->file = file;
	q->fd = openat(dir, segment_capture_name(file, name),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return q->fd == -1 ? -1 : 0;
}

static int
read_block(struct capture_replay *q, int dir, const struct segment_block *b)
{
	size_t got = 0;
	ssize_t n;

	if (open_file(q, dir, b->file) == -1)
		return -1;
	if (q->block_room < b->size) {
		q->block_room = b->size;
		q->block = xrealloc(q->block, q->block_room, 1);
	}
	while (got < b->size) {
		n = pread(q->fd, q->block + got, b->size - got,
		    (off_t)(b->offset + got));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		got += (size_t)n;
	}
	return 0;
}

/* From it, to it, or to all. */
static bool
is_about(const struct capture_replay *q, const struct frame *f)
{
	return f->size >= 12 && f->stamp_ns >= q->stamp_from &&
	    ((f->data[0] & 1) != 0 || memcmp(f->data, q->mac, 6) == 0 ||
		memcmp(f->data + 6, q->mac, 6) == 0);
}

static void
give(struct capture_replay *q, const struct frame *f, uint64_t position,
    struct msg_out *m)
{
	size_t size = f->size > WIRE_FRAME_MAX ? WIRE_FRAME_MAX : f->size;
	size_t wire = f->wire_size < size ? size : f->wire_size;

	msg_start(m, WORKER_FRAME);
	msg_put_u64(m, position);
	msg_put_u64(m, f->stamp_ns);
	msg_put_u32(m, wire > UINT32_MAX ? UINT32_MAX : (uint32_t)wire);
	msg_put_u16(m, f->link_type);
	msg_put_u8(m, f->direction == FRAME_OUT);
	msg_put_bytes(m, f->data, size);
	peer_send(q->worker, m, -1);
	q->frames++;
}

static void
give_block(struct capture_replay *q, int dir, const struct segment_block *b,
    struct msg_out *m)
{
	uint64_t position = b->position;
	struct frame f;
	size_t at = 0, n;
	uint32_t i;

	if (read_block(q, dir, b) == -1) {
		fail(q, "a capture file cannot be read");
		return;
	}
	for (i = 0; i < b->frames; i++) {
		n = pcapng_view_packet(q->block + at, b->size - at, &f);
		if (n == 0) {
			fail(q, "a capture file is not as its index says");
			return;
		}
		f.link_type = LINKTYPE_ETHERNET_NUMBER;
		if (is_about(q, &f))
			give(q, &f, position + i, m);
		at += n;
	}
}

static void
end_frames(struct capture_replay *q, struct msg_out *m)
{
	q->is_over = true;
	msg_start(m, WORKER_FRAMES_END);
	peer_send(q->worker, m, -1);
}

enum capture_replay_turn
capture_replay_step(struct capture_replay *q, int dir, struct msg_out *m)
{
	if (q->is_gone || (q->error[0] != '\0' && !q->is_over))
		return CAPTURE_REPLAY_DONE;
	if (peer_queued(q->worker) > QUEUED_MAX)
		return CAPTURE_REPLAY_LATER;
	if (!q->is_listed)
		list_files(q, dir);
	else if (q->next_file < q->nfiles)
		load_file(q, dir, q->files[q->next_file++]);
	else if (q->next_block < q->index.n)
		give_block(q, dir, &q->index.blocks[q->next_block++], m);
	else if (!q->is_over)
		end_frames(q, m);
	else
		return peer_queued(q->worker) > 0 ? CAPTURE_REPLAY_LATER
						  : CAPTURE_REPLAY_DONE;
	return CAPTURE_REPLAY_AGAIN;
}

void
capture_replay_answer(struct capture_replay *q, struct peer *engine,
    struct msg_out *m, struct segment_index *x)
{
	const struct segment_block *last =
	    q->index.n == 0 ? NULL : &q->index.blocks[q->index.n - 1];

	if (q->is_gone && !q->is_over)
		fail(q, "the worker is gone");
	msg_start(m, ENGINE_REPLAYED);
	msg_put_u32(m, q->request);
	msg_put_u64(m, last == NULL ? 0 : last->position + last->frames - 1);
	msg_put_u64(m, q->frames);
	msg_put_u64(m, q->stamp_first);
	msg_put_u64(m, q->stamp_last);
	msg_put_u64(m, q->holes);
	msg_put_u64(m, q->hole_ns);
	msg_put_u64(m, q->dropped);
	msg_put_string(m, q->error);
	peer_send(engine, m, -1);
	*x = q->index;
	memset(&q->index, 0, sizeof(q->index));
}
