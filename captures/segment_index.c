/*
 * segment_index: where in which file the frame of a position is.
 */
#include "captures/segment_index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define TAIL_BYTES 4096 /* a score of lines, the last among them */

static const char *const gap_names[] = {
	[SEGMENT_GAP_START] = "start",
	[SEGMENT_GAP_CLOCK] = "clock",
	[SEGMENT_GAP_DISK] = "disk",
	[SEGMENT_GAP_LINK] = "link",
	[SEGMENT_GAP_OFFLOAD] = "offload",
};

const char *
segment_gap_name(enum segment_gap gap)
{
	return gap_names[gap];
}

static int
joins(const struct segment_block *last, const struct segment_block *b)
{
	return last->file == b->file &&
	    last->offset + last->size == b->offset &&
	    last->position + last->frames == b->position &&
	    last->first_frame + last->frames == b->first_frame &&
	    last->size + b->size <= SEGMENT_BLOCK_BYTES;
}

void
segment_index_add(struct segment_index *x, const struct segment_block *b)
{
	struct segment_block *last = x->n == 0 ? NULL : &x->blocks[x->n - 1];

	if (last != NULL && joins(last, b)) {
		last->frames += b->frames;
		last->size += b->size;
		last->stamp_last = b->stamp_last;
		last->accepted = b->accepted;
		last->dropped = b->dropped;
		return;
	}
	if (x->n == x->room) {
		x->room = x->room == 0 ? 64 : x->room * 2;
		x->blocks = xrealloc(x->blocks, x->room, sizeof(*x->blocks));
	}
	x->blocks[x->n++] = *b;
}

void
segment_index_free(struct segment_index *x)
{
	free(x->blocks);
	memset(x, 0, sizeof(*x));
}

const struct segment_block *
segment_index_after(const struct segment_index *x, uint64_t position)
{
	size_t low = 0, high = x->n, middle;
	const struct segment_block *b;

	while (low < high) {
		middle = low + (high - low) / 2;
		b = &x->blocks[middle];
		if (b->position + b->frames - 1 > position)
			high = middle;
		else
			low = middle + 1;
	}
	return low == x->n ? NULL : &x->blocks[low];
}

const struct segment_block *
segment_index_find(const struct segment_index *x, uint64_t position)
{
	const struct segment_block *b;

	if (position == 0)
		return NULL;
	b = segment_index_after(x, position - 1);
	return b != NULL && b->position <= position ? b : NULL;
}

const char *
segment_capture_name(uint32_t file, char out[SEGMENT_NAME_SIZE])
{
	snprintf(out, SEGMENT_NAME_SIZE, "%06" PRIu32 ".pcapng", file);
	return out;
}

const char *
segment_index_name(uint32_t file, char out[SEGMENT_NAME_SIZE])
{
	snprintf(out, SEGMENT_NAME_SIZE, "%06" PRIu32 ".idx", file);
	return out;
}

int
segment_number(const char *capture_name, uint32_t *file)
{
	char again[SEGMENT_NAME_SIZE], *end;
	unsigned long v;

	if (*capture_name < '0' || *capture_name > '9')
		return -1;
	errno = 0;
	v = strtoul(capture_name, &end, 10);
	if (errno != 0 || v > UINT32_MAX)
		return -1;
	*file = (uint32_t)v;
	segment_capture_name(*file, again);
	return strcmp(again, capture_name) == 0 ? 0 : -1;
}

/* ---- the file ---- */

/* Takes a decimal number and the space or end behind it. */
static int
take_number(const char **p, uint64_t *v)
{
	const char *s = *p;
	unsigned digit;

	*v = 0;
	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		digit = (unsigned)(*s - '0');
		if (*v > (UINT64_MAX - digit) / 10)
			return -1;
		*v = *v * 10 + digit;
	}
	if (*s != ' ' && *s != '\0')
		return -1;
	*p = *s == ' ' ? s + 1 : s;
	return 0;
}

static int
read_block(const char *line, uint32_t file, struct segment_block *b)
{
	uint64_t frames = 0;
	uint64_t *const fields[] = { &b->first_frame, &b->offset, &b->size,
		&frames, &b->position, &b->stamp_first, &b->stamp_last,
		&b->accepted, &b->dropped };
	size_t i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (take_number(&line, fields[i]) == -1)
			return -1;
	if (*line != '\0' || frames == 0 || frames > UINT32_MAX)
		return -1;
	b->file = file;
	b->frames = (uint32_t)frames;
	/* What a search divides by order must be in order. */
	return b->position == 0 || b->first_frame == 0 ||
		b->position > UINT64_MAX / 2
	    ? -1
	    : 0;
}

/* FRAMES SIZE SHA256 and, but for a file that was cut or an old one, DROPPED */
static int
read_end(const char *line, struct segment_summary *s)
{
	char hex[SHA256_HEX_SIZE];
	const char *space;

	s->dropped = UINT64_MAX;
	if (take_number(&line, &s->frames) == -1 ||
	    take_number(&line, &s->size) == -1)
		return -1;
	space = strchr(line, ' ');
	if (space != NULL) {
		if (space - line != SHA256_HEX_SIZE - 1)
			return -1;
		memcpy(hex, line, SHA256_HEX_SIZE - 1);
		hex[SHA256_HEX_SIZE - 1] = '\0';
		line = space + 1;
		if (take_number(&line, &s->dropped) == -1 || *line != '\0')
			return -1;
		line = hex;
	}
	if (hex_decode(line, s->sha256, SHA256_SIZE) == -1)
		return -1;
	s->finished = 1;
	return 0;
}

/* FRAMES SIZE DROPPED, until the file is hashed */
static int
read_whole(const char *line, struct segment_summary *s)
{
	if (take_number(&line, &s->frames) == -1 ||
	    take_number(&line, &s->size) == -1 ||
	    take_number(&line, &s->dropped) == -1 || *line != '\0')
		return -1;
	s->whole = 1;
	return 0;
}

/* What a file is when it is hashed, it was when it was finished. */
static int
read_hashed(const char *line, struct segment_summary *s)
{
	struct segment_summary before = *s;

	if (read_end(line, s) == -1)
		return -1;
	return before.whole &&
		(before.frames != s->frames || before.size != s->size ||
		    before.dropped != s->dropped)
	    ? -1
	    : 0;
}

static int
read_line(const char *line, uint32_t file, struct segment_index *x,
    struct segment_summary *s)
{
	struct segment_block b;

	if (strncmp(line, "end ", 4) == 0)
		return read_hashed(line + 4, s);
	if (s->whole)
		return -1;
	if (strncmp(line, "whole ", 6) == 0)
		return read_whole(line + 6, s);
	if (strncmp(line, "block ", 6) == 0) {
		if (read_block(line + 6, file, &b) == -1)
			return -1;
		if (x->n > 0 &&
		    b.position < x->blocks[x->n - 1].position +
			    x->blocks[x->n - 1].frames)
			return -1;
		segment_index_add(x, &b);
		return 0;
	}
	if (strncmp(line, "gap ", 4) == 0) {
		s->gaps++;
		return 0;
	}
	if (strncmp(line, "cut ", 4) != 0)
		return -1;
	s->cut = 1;
	return read_end(line + 4, s);
}

static int
read_lines(FILE *in, const char *name, uint32_t file, struct segment_index *x,
    struct segment_summary *s, struct err *e)
{
	char line[512], expected[64], capture[SEGMENT_NAME_SIZE];
	unsigned number = 0;
	size_t n;

	snprintf(expected, sizeof(expected), "assay-index 1 %s",
	    segment_capture_name(file, capture));
	while (fgets(line, sizeof(line), in) != NULL) {
		number++;
		n = strlen(line);
		if (n == 0 || line[n - 1] != '\n') {
			if (feof(in))
				break; /* killed while writing it */
			return err_set_at(e, name, number, 0, "line too long");
		}
		line[n - 1] = '\0';
		if (number == 1 && strcmp(line, expected) != 0)
			return err_set_at(
			    e, name, 1, 0, "expected \"%s\"", expected);
		if (s->finished ||
		    (number > 1 && read_line(line, file, x, s) == -1))
			return err_set_at(e, name, number, 0,
			    "not a line of an index, or out of order");
	}
	if (ferror(in))
		return err_set(e, "%s: cannot be read", name);
	return 0;
}

int
segment_index_load(int dir, uint32_t file, struct segment_index *x,
    struct segment_summary *summary, struct err *e)
{
	char name[SEGMENT_NAME_SIZE];
	FILE *in;
	int fd, r;

	memset(summary, 0, sizeof(*summary));
	fd = openat(dir, segment_index_name(file, name), O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_set(e, "%s: %s", name, strerror(errno));
	in = fdopen(fd, "r");
	if (in == NULL) {
		close(fd);
		return err_set(e, "%s: %s", name, strerror(errno));
	}
	r = read_lines(in, name, file, x, summary, e);
	fclose(in);
	return r;
}

/* ---- its last lines ---- */

/* What is whole of the last bytes, without the first line, which is not or is
 * the heading; NUL-terminated.  0, or -1 with errno. */
static int
read_tail(int fd, char *text, size_t size, char **lines)
{
	off_t end = lseek(fd, 0, SEEK_END), from;
	ssize_t n;
	char *last;

	if (end == -1)
		return -1;
	from = end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0;
	n = pread(fd, text, size - 1, from);
	if (n == -1)
		return -1;
	text[n] = '\0';
	last = strrchr(text, '\n'); /* behind it: killed while writing */
	if (last != NULL)
		last[1] = '\0';
	*lines = strchr(text, '\n');
	*lines = *lines == NULL ? text + strlen(text) : *lines + 1;
	return 0;
}

static int
read_tail_lines(char *lines, const char *name, uint32_t file,
    struct segment_index *x, struct segment_summary *s, struct err *e)
{
	char *line, *end;

	for (line = lines; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		if (s->finished || read_line(line, file, x, s) == -1)
			return err_set(e,
			    "%s: not a line of an index, or out of order",
			    name);
	}
	return 0;
}

int
segment_index_tail(
    int dir, uint32_t file, struct segment_summary *summary, struct err *e)
{
	char name[SEGMENT_NAME_SIZE], text[TAIL_BYTES], *lines;
	struct segment_index x = { 0 };
	const struct segment_block *b;
	int fd, r;

	memset(summary, 0, sizeof(*summary));
	fd = openat(dir, segment_index_name(file, name),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_set(e, "%s: %s", name, strerror(errno));
	r = read_tail(fd, text, sizeof(text), &lines);
	if (r == -1)
		err_set(e, "%s: %s", name, strerror(errno));
	else
		r = read_tail_lines(lines, name, file, &x, summary, e);
	close(fd);
	if (r == 0 && !summary->finished && !summary->whole) {
		b = x.n == 0 ? NULL : &x.blocks[x.n - 1];
		summary->frames =
		    b == NULL ? 0 : b->first_frame + b->frames - 1;
		summary->dropped = UINT64_MAX;
	}
	segment_index_free(&x);
	return r;
}
