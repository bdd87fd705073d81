/*
 * recording: frames in, immutable capture files and their index out.
 *
 * Whole blocks alone are written, so that a capture killed at any moment
 * leaves a file that can be read.
 */
#include "captures/recording.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "captures/clock_step.h"
#include "captures/pcapng.h"

#define CHUNK_BYTES (128u << 10) /* buffered before a write */
#define FINISH_BYTES 64u         /* the statistics block at the end of a file */
#define NUMBERS_TRIED 100000u

struct recording {
	struct recording_config config;
	struct recording_hooks hooks;
	void *arg;
	int fd, index_fd;  /* -1: the disk refused */
	uint32_t number;   /* of the file open, or of the next one to try */
	bool is_refused;   /* on_disk was called, on_rotated not yet */
	uint64_t retry_at; /* monotonic */
	uint64_t file_size, file_frames; /* written */
	struct pcapng_out chunk;         /* not yet written */
	struct segment_block pending;    /* what chunk holds */
	struct segment_index index;
	uint64_t position, lost, accepted, dropped;
	uint64_t dropped_before; /* and lost, up to the file before */
	bool last_is_lost;
	bool has_finished; /* on_rotated is to tell of it */
	struct recording_file finished;
};

/* 0, or -1: errno says why, and the file may have got a part. */
static int
write_all(int fd, const void *data, size_t n)
{
	const uint8_t *p = data;
	ssize_t done;

	while (n > 0) {
		done = write(fd, p, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0) {
			if (done == 0)
				errno = ENOSPC;
			return -1;
		}
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static void
close_files(struct recording *r)
{
	if (r->fd != -1)
		close(r->fd);
	if (r->index_fd != -1)
		close(r->index_fd);
	r->fd = -1;
	r->index_fd = -1;
}

/* A file without a frame says nothing: its number is used again. */
static void
remove_files(struct recording *r)
{
	char name[SEGMENT_NAME_SIZE];

	unlinkat(r->config.dir, segment_capture_name(r->number, name), 0);
	unlinkat(r->config.dir, segment_index_name(r->number, name), 0);
}

static void
drop_chunk(struct recording *r)
{
	r->lost += r->pending.frames;
	if (r->pending.frames > 0)
		r->last_is_lost = true;
	r->pending.frames = 0;
	r->chunk.size = 0;
}

/* The disk refused: what is good of the file stays, the rest is lost. */
static void
refuse(struct recording *r, const char *what, int error)
{
	char why[128];

	drop_chunk(r);
	if (r->fd != -1) {
		/* A part of a block would make the file malformed. */
		if (ftruncate(r->fd, (off_t)r->file_size) == -1)
			log_warn("recording: cannot cut a file: %s",
			    strerror(errno));
		(void)fsync(r->fd); /* it may be the very thing that fails */
		(void)fchmod(r->fd, 0440);
		close_files(r);
		if (r->file_frames == 0)
			remove_files(r);
		else
			r->number++;
	}
	r->retry_at = clock_monotonic_ns() + r->config.retry_ns;
	if (r->is_refused)
		return;
	r->is_refused = true;
	snprintf(why, sizeof(why), "%s: %s", what, strerror(error));
	r->hooks.on_disk(r->arg, why, r->lost);
}

static int
write_index(struct recording *r, const char *line, size_t n)
{
	if (write_all(r->index_fd, line, n) == 0)
		return 0;
	refuse(r, "index", errno);
	return -1;
}

void
recording_note_gap(struct recording *r, enum segment_gap gap, int64_t value)
{
	char line[128];
	int n;

	recording_flush(r); /* it stands between the frames it parts */
	if (r->index_fd == -1)
		return;
	n = snprintf(line, sizeof(line), "gap %s %" PRIu64 " %" PRId64 "\n",
	    segment_gap_name(gap), clock_real_ns(), value);
	(void)write_index(r, line, (size_t)n);
}

static void
index_chunk(struct recording *r)
{
	struct segment_block *b = &r->pending;
	char line[256];
	int n;

	b->accepted = r->accepted;
	b->dropped = r->dropped + r->lost;
	segment_index_add(&r->index, b);
	n = snprintf(line, sizeof(line),
	    "block %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu64
	    " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	    b->first_frame, b->offset, b->size, b->frames, b->position,
	    b->stamp_first, b->stamp_last, b->accepted, b->dropped);
	b->frames = 0;
	(void)write_index(r, line, (size_t)n);
}

static int
write_chunk(struct recording *r)
{
	if (write_all(r->fd, r->chunk.data, r->chunk.size) == -1)
		return -1;
	/* Begins writing back now, so that the fsync at the end is short. */
	(void)sync_file_range(r->fd, (off_t)r->file_size, (off_t)r->chunk.size,
	    SYNC_FILE_RANGE_WRITE);
	r->file_size += r->chunk.size;
	r->chunk.size = 0;
	return 0;
}

void
recording_flush(struct recording *r)
{
	if (r->fd == -1 || r->pending.frames == 0)
		return;
	r->pending.offset = r->file_size;
	r->pending.size = r->chunk.size;
	if (write_chunk(r) == -1) {
		refuse(r, "capture file", errno);
		return;
	}
	r->file_frames += r->pending.frames;
	index_chunk(r);
}

/* Opens a new number for writing. */
static int
create_files(struct recording *r)
{
	char name[SEGMENT_NAME_SIZE];
	unsigned tries;

	for (tries = 0; tries < NUMBERS_TRIED; tries++) {
		r->fd =
		    openat(r->config.dir, segment_capture_name(r->number, name),
			O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
		if (r->fd != -1 || errno != EEXIST)
			break;
		r->number++;
	}
	if (r->fd == -1)
		return -1;
	r->index_fd = openat(r->config.dir, segment_index_name(r->number, name),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	return r->index_fd == -1 ? -1 : 0;
}

static void
put_head(struct recording *r)
{
	struct utsname u;
	char os[160];
	struct pcapng_section s;
	struct pcapng_interface i;

	memset(&u, 0, sizeof(u));
	memset(&s, 0, sizeof(s));
	memset(&i, 0, sizeof(i));
	(void)uname(&u);
	snprintf(os, sizeof(os), "%.60s %.60s", u.sysname, u.release);
	s.hardware = u.machine;
	s.os = os;
	s.application = PCAPNG_APPLICATION;
	i.name = r->config.interface;
	i.link_type = r->config.link_type;
	i.snaplen = r->config.snaplen;
	pcapng_put_section(&r->chunk, &s);
	pcapng_put_interface(&r->chunk, &i);
}

static int
write_heads(struct recording *r)
{
	char line[64], name[SEGMENT_NAME_SIZE];
	int n;

	put_head(r);
	if (write_chunk(r) == -1)
		return -1;
	n = snprintf(line, sizeof(line), "assay-index 1 %s\n",
	    segment_capture_name(r->number, name));
	return write_all(r->index_fd, line, (size_t)n);
}

/* Begins file r->number, or the first free one behind it. */
static void
begin_file(struct recording *r)
{
	struct recording_file finished = r->finished;
	bool has_finished = r->has_finished, was_refused = r->is_refused;

	r->file_size = 0;
	r->file_frames = 0;
	if (create_files(r) == -1 || write_heads(r) == -1) {
		r->chunk.size = 0;
		r->file_size = 0;
		refuse(r, "new capture file", errno);
		return;
	}
	r->is_refused = false;
	r->has_finished = false;
	if (was_refused)
		recording_note_gap(r, SEGMENT_GAP_DISK, (int64_t)r->lost);
	r->hooks.on_rotated(r->arg, r->number, has_finished ? &finished : NULL);
}

static int
write_whole(struct recording *r, const struct recording_file *done)
{
	char line[128];
	int n;

	n = snprintf(line, sizeof(line),
	    "whole %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", done->frames,
	    done->size, done->dropped);
	return write_all(r->index_fd, line, (size_t)n);
}

/* What was not made durable is not finished. */
static void
remove_whole(struct recording *r)
{
	char name[SEGMENT_NAME_SIZE];

	if (unlinkat(r->config.dir, segment_index_name(r->number, name), 0) ==
	    -1)
		log_warn("recording: %s: %s", name, strerror(errno));
}

/* Makes the file durable and read-only. */
static void
finish_file(struct recording *r)
{
	struct recording_file *done = &r->finished;

	recording_flush(r);
	if (r->fd == -1)
		return;
	pcapng_put_statistics(&r->chunk, clock_real_ns(),
	    r->accepted + r->dropped, r->dropped + r->lost);
	if (write_chunk(r) == -1) {
		refuse(r, "capture file", errno);
		return;
	}
	done->number = r->number;
	done->frames = r->file_frames;
	done->size = r->file_size;
	done->dropped = r->dropped + r->lost - r->dropped_before;
	if (write_whole(r, done) == -1) {
		refuse(r, "index", errno);
		return;
	}
	if (fsync(r->fd) == -1 || fsync(r->index_fd) == -1) {
		/* Nobody can say which of its frames are there. */
		r->lost += r->file_frames;
		remove_whole(r);
		refuse(r, "cannot make a file durable", errno);
		return;
	}
	if (fchmod(r->fd, 0440) == -1)
		log_warn("recording: %s", strerror(errno));
	close_files(r);
	(void)fsync(r->config.dir); /* its name; the frames are there */
	r->has_finished = true;
	r->dropped_before = r->dropped + r->lost;
	r->number++;
}

struct recording *
recording_new(const struct recording_config *c,
    const struct recording_hooks *hooks, void *arg)
{
	struct recording *r = xcalloc(1, sizeof(*r));

	r->config = *c;
	r->config.interface = xstrdup(c->interface);
	r->hooks = *hooks;
	r->arg = arg;
	r->fd = -1;
	r->index_fd = -1;
	r->number = c->first_file;
	begin_file(r);
	recording_note_gap(r, SEGMENT_GAP_START, 0);
	return r;
}

void
recording_free(struct recording *r)
{
	if (r == NULL)
		return;
	finish_file(r);
	close_files(r);
	pcapng_out_free(&r->chunk);
	segment_index_free(&r->index);
	free((void *)(uintptr_t)r->config.interface);
	free(r);
}

void
recording_seal(struct recording *r)
{
	recording_flush(r);
	if (r->fd == -1 || r->file_frames == 0)
		return;
	finish_file(r);
	if (r->fd == -1 && !r->is_refused)
		begin_file(r);
}

uint32_t
recording_number(const struct recording *r)
{
	return r->number;
}

void
recording_tick(struct recording *r)
{
	if (r->fd == -1 && clock_monotonic_ns() >= r->retry_at)
		begin_file(r);
}

/* Room for size bytes of a frame and its comment, with the other options and
 * the block at the end. */
static bool
is_full(const struct recording *r, size_t size)
{
	return r->file_frames + r->pending.frames > 0 &&
	    r->file_size + r->chunk.size + size + 72 + FINISH_BYTES >
	    r->config.file_bytes;
}

void
recording_add(struct recording *r, const struct frame *f)
{
	recording_add_noted(r, f, NULL);
}

void
recording_add_noted(
    struct recording *r, const struct frame *f, const char *comment)
{
	struct segment_block *b = &r->pending;
	const size_t noted = comment == NULL ? 0 : strlen(comment);

	if (r->fd != -1 && is_full(r, f->size + noted)) {
		finish_file(r);
		if (r->fd == -1 && !r->is_refused)
			begin_file(r);
	}
	recording_tick(r);
	r->position++;
	r->last_is_lost = r->fd == -1;
	if (r->last_is_lost) {
		r->lost++;
		return;
	}
	if (b->frames == 0) {
		memset(b, 0, sizeof(*b));
		b->file = r->number;
		b->first_frame = r->file_frames + 1;
		b->position = r->position;
		b->stamp_first = f->stamp_ns;
	}
	b->frames++;
	b->stamp_last = f->stamp_ns;
	pcapng_put_packet(&r->chunk, f, &comment, comment == NULL ? 0 : 1);
	if (r->chunk.size >= CHUNK_BYTES)
		recording_flush(r);
}

void
recording_set_counts(struct recording *r, uint64_t accepted, uint64_t dropped)
{
	r->accepted = accepted;
	r->dropped = dropped;
}

uint64_t
recording_position(const struct recording *r)
{
	return r->position;
}

uint64_t
recording_lost(const struct recording *r)
{
	return r->lost;
}

const struct segment_index *
recording_index(const struct recording *r)
{
	return &r->index;
}

void
recording_last(const struct recording *r, uint32_t *file, uint64_t *frame)
{
	bool is_there = r->position > 0 && !r->last_is_lost && r->fd != -1;

	*file = is_there ? r->number : 0;
	*frame = is_there ? r->file_frames + r->pending.frames : 0;
}

int
recording_locate(
    const struct recording *r, uint64_t position, struct recording_place *place)
{
	const struct segment_block *b = segment_index_find(&r->index, position);
	char name[SEGMENT_NAME_SIZE];
	uint8_t head[8];
	uint32_t size;
	uint64_t i;
	int fd, result = 0;

	if (b == NULL)
		return -1;
	fd = openat(r->config.dir, segment_capture_name(b->file, name),
	    O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	place->file = b->file;
	place->frame = b->first_frame + (position - b->position);
	place->offset = b->offset;
	for (i = b->position; i < position && result == 0; i++) {
		if (pread(fd, head, sizeof(head), (off_t)place->offset) !=
		    (ssize_t)sizeof(head))
			result = -1;
		memcpy(&size, head + 4, sizeof(size));
		place->offset += le32toh(size);
	}
	close(fd);
	return result;
}
