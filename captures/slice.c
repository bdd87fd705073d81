/*
 * slice: from a span of a capture and selectors to evidence, and to the file
 * with just those frames.
 */
#include "captures/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "captures/digest.h"
#include "captures/digest_many.h"
#include "captures/pcapng.h"
#include "captures/selector_set.h"
#include "captures/slice_file.h"

#define COMMENT_SIZE 512 /* longer ones are cut */
#define WRITE_BYTES (256u << 10)
#define TOGETHER_BYTES \
	(1u << 20) /* of blocks whose digests are made at once \
		    */
#define NO_FILE UINT32_MAX

struct single { /* one of the first frames that a choice took */
	uint64_t position;
	struct evidence evidence;
};

struct choice {
	uint32_t observation;
	struct selector select;
	char comment[COMMENT_SIZE];
	uint64_t count;
	struct single *singles;  /* up to EVIDENCE_SINGLES_MAX */
	struct digest *digests;  /* of the range under way */
	struct evidence *ranges; /* one for each file so far */
	size_t nranges;
	uint32_t file; /* of the last range */
};

struct mark { /* a frame that gets a choice's comment */
	uint64_t position;
	size_t choice;
};

enum pass {
	PASS_CHOOSE,
	PASS_COPY,
	PASS_OVER
};

struct cited { /* a frame of the span, on its way through a pass */
	uint64_t position, number;
	uint32_t file;
	struct frame frame;
	const uint8_t *raw; /* its packet block */
	size_t raw_size;
};

struct found { /* a frame that a choice takes, and the index of its digest */
	uint64_t position, number, stamp_ns;
	size_t choice, sum;
	uint32_t file;
};

struct slice {
	int captures, evidence_dir;
	const struct segment_index *index;
	uint64_t from, to, cursor; /* cursor: the last position done */
	uint8_t dut_mac[6];
	char *name, *headline, *interface;
	void *secrets;
	size_t secrets_size;
	uint32_t secrets_type;
	struct choice *choices;
	size_t nchoices;
	struct selector_set *selectors; /* of the choices */
	size_t *chosen;                 /* room for all of them */
	enum pass pass;
	uint8_t *cited; /* a bit for each position of the span */
	uint64_t frames;
	struct mark *marks;
	size_t nmarks, next_mark;
	int fd; /* of the capture file `file` */
	uint32_t file;
	uint8_t *block; /* with those before it that found are in */
	size_t block_at, block_room;
	struct found *found;
	size_t nfound, found_room;
	struct digest_one *sums;
	size_t nsums, sums_room;
	struct digest_many *digests;
	struct pcapng_out out;
	struct slice_file *target;
	struct evidence *evidence;
	size_t nevidence;
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
	struct err error;
};

/* ---- reading the capture ---- */

static int
open_capture(struct slice *s, uint32_t file)
{
	char name[SEGMENT_NAME_SIZE];

	if (s->fd != -1 && s->file == file)
		return 0;
	if (s->fd != -1)
		close(s->fd);
	s->file = file;
	s->fd = openat(s->captures, segment_capture_name(file, name),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd == -1)
		return err_set(
		    &s->error, "capture %s: %s", name, strerror(errno));
	return 0;
}

static int
read_block(struct slice *s, const struct segment_block *b)
{
	size_t got = 0;
	ssize_t n;

	if (open_capture(s, b->file) == -1)
		return -1;
	while (got < b->size) {
		n = pread(s->fd, s->block + s->block_at + got, b->size - got,
		    (off_t)(b->offset + got));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(&s->error, "capture %06" PRIu32 ": %s",
			    b->file, n == 0 ? "too short" : strerror(errno));
		got += (size_t)n;
	}
	return 0;
}

/* ---- first pass: which frames ---- */

static void
end_range(struct choice *c)
{
	struct evidence *last;

	if (c->nranges == 0)
		return;
	last = &c->ranges[c->nranges - 1];
	if (last->count > 1) /* a file's only frame keeps its own digest */
		digest_end(c->digests, last->sha256);
}

static struct evidence *
begin_range(struct choice *c, const struct found *f)
{
	struct evidence *v;

	end_range(c);
	c->ranges = xrealloc(c->ranges, c->nranges + 1, sizeof(*c->ranges));
	v = &c->ranges[c->nranges++];
	memset(v, 0, sizeof(*v));
	v->observation = c->observation;
	segment_capture_name(f->file, v->file);
	c->file = f->file;
	v->select = c->select;
	v->first = f->number;
	v->stamp_first = f->stamp_ns;
	if (c->digests == NULL)
		c->digests = digest_new();
	digest_restart(c->digests);
	return v;
}

static void
keep_single(struct choice *c, const struct found *f,
    const struct evidence *range, const uint8_t sum[SHA256_SIZE])
{
	struct single *one;

	if (c->singles == NULL)
		c->singles = xcalloc(EVIDENCE_SINGLES_MAX, sizeof(*one));
	one = &c->singles[c->count];
	one->position = f->position;
	one->evidence = *range;
	one->evidence.first = f->number;
	one->evidence.last = f->number;
	one->evidence.count = 1;
	one->evidence.stamp_first = f->stamp_ns;
	one->evidence.stamp_last = f->stamp_ns;
	memcpy(one->evidence.sha256, sum, SHA256_SIZE);
}

static void
take(struct choice *c, const struct found *f, const uint8_t sum[SHA256_SIZE])
{
	struct evidence *v =
	    c->nranges == 0 ? NULL : &c->ranges[c->nranges - 1];

	if (v == NULL || c->file != f->file)
		v = begin_range(c, f);
	v->last = f->number;
	v->stamp_last = f->stamp_ns;
	v->count++;
	digest_add(c->digests, sum, SHA256_SIZE);
	if (v->count == 1)
		memcpy(v->sha256, sum, SHA256_SIZE);
	if (c->count < EVIDENCE_SINGLES_MAX)
		keep_single(c, f, v, sum);
	c->count++;
}

static void *
with_room(void *p, size_t *room, size_t n, size_t size)
{
	if (n < *room)
		return p;
	*room = *room * 2 + 256;
	return xrealloc(p, *room, size);
}

static void
choose(struct slice *s, const struct cited *f)
{
	uint64_t bit = f->position - s->from - 1;
	struct selector_view view;
	struct digest_one *sum;
	struct found *found;
	struct packet p;
	size_t i, n;

	if (!selector_set_may_match(
		s->selectors, f->frame.data, f->frame.size) ||
	    packet_dissect(&p, f->frame.data, f->frame.size) == -1 ||
	    !selector_view(&view, &p, s->dut_mac))
		return;
	n = selector_set_match(s->selectors, &view, s->chosen);
	if (n == 0)
		return;
	s->sums = with_room(s->sums, &s->sums_room, s->nsums, sizeof(*s->sums));
	sum = &s->sums[s->nsums];
	sum->data = f->frame.data;
	sum->size = f->frame.size;
	for (i = 0; i < n; i++) {
		s->found = with_room(
		    s->found, &s->found_room, s->nfound, sizeof(*s->found));
		found = &s->found[s->nfound++];
		found->position = f->position;
		found->number = f->number;
		found->stamp_ns = f->frame.stamp_ns;
		found->file = f->file;
		found->choice = s->chosen[i];
		found->sum = s->nsums;
	}
	s->nsums++;
	s->cited[bit / 8] |= (uint8_t)(1u << bit % 8);
	s->frames++;
}

/* What was found in some blocks, while their bytes are still there. */
static void
take_found(struct slice *s)
{
	const struct found *found;
	size_t i;

	digest_many_do(s->digests, s->sums, s->nsums);
	for (i = 0; i < s->nfound; i++) {
		found = &s->found[i];
		take(&s->choices[found->choice], found,
		    s->sums[found->sum].sha256);
	}
	s->nfound = s->nsums = s->block_at = 0;
}

/* For one more block. */
static void
make_room(struct slice *s, size_t size)
{
	if (s->block_room - s->block_at >= size)
		return;
	take_found(s);
	if (s->block_room >= size)
		return;
	s->block_room = size > TOGETHER_BYTES ? size : TOGETHER_BYTES;
	s->block = xrealloc(s->block, s->block_room, 1);
}

/* ---- second pass: copy them ---- */

static int
write_out(struct slice *s, size_t least)
{
	int r = 0;

	if (s->out.size >= least && s->out.size > 0) {
		r = slice_file_write(
		    s->target, s->out.data, s->out.size, &s->error);
		s->out.size = 0;
	}
	return r;
}

/* Frames without a comment are copied as they stand in the capture. */
static void
copy(struct slice *s, const struct cited *f)
{
	uint64_t bit = f->position - s->from - 1;
	char name[SEGMENT_NAME_SIZE], own[COMMENT_SIZE], **comments = NULL;
	const struct choice *c;
	struct frame whole;
	size_t n = 0, i;

	if ((s->cited[bit / 8] & 1u << bit % 8) == 0)
		return;
	for (; s->next_mark < s->nmarks; s->next_mark++) {
		if (s->marks[s->next_mark].position != f->position)
			break;
		c = &s->choices[s->marks[s->next_mark].choice];
		comments = xrealloc(comments, n + 1, sizeof(*comments));
		comments[n++] = xasprintf("%s%sfile %s frame %" PRIu64,
		    c->comment, c->comment[0] == '\0' ? "" : ": ",
		    segment_capture_name(f->file, name), f->number);
	}
	/* What the capture itself says of a frame that it cut stays. */
	if (n > 0 &&
	    pcapng_view_comment(f->raw, f->raw_size, own, sizeof(own))) {
		comments = xrealloc(comments, n + 1, sizeof(*comments));
		comments[n++] = xstrdup(own);
	}
	if (n > 0 && pcapng_view_packet(f->raw, f->raw_size, &whole) > 0)
		pcapng_put_packet(
		    &s->out, &whole, (const char *const *)comments, n);
	else
		pcapng_put_raw(&s->out, f->raw, f->raw_size);
	for (i = 0; i < n; i++)
		free(comments[i]);
	free(comments);
}

static int
compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return x->choice < y->choice ? -1 : x->choice > y->choice;
}

/* Which frames get a comment, in the order of the second pass. */
static void
list_marks(struct slice *s)
{
	size_t i, k, n;
	const struct choice *c;

	s->marks =
	    xcalloc(s->nchoices * EVIDENCE_SINGLES_MAX, sizeof(*s->marks));
	for (i = 0; i < s->nchoices; i++) {
		c = &s->choices[i];
		n = c->count <= EVIDENCE_SINGLES_MAX ? (size_t)c->count : 1;
		for (k = 0; k < n; k++) {
			s->marks[s->nmarks].position = c->singles[k].position;
			s->marks[s->nmarks++].choice = i;
		}
	}
	qsort(s->marks, s->nmarks, sizeof(*s->marks), compare_marks);
}

/* ---- both ---- */

/* True when it has something for this pass: a few frames of a handshake are
 * copied without reading the sweep around them again. */
static bool
is_wanted(const struct slice *s, const struct segment_block *b)
{
	uint64_t first = b->position > s->from ? b->position : s->from + 1;
	uint64_t last = b->position + b->frames - 1, bit;

	if (s->pass == PASS_CHOOSE)
		return true;
	last = last < s->to ? last : s->to;
	for (bit = first - s->from - 1; bit < last - s->from; bit++)
		if ((s->cited[bit / 8] & 1u << bit % 8) != 0)
			return true;
	return false;
}

/* True when each of its frames is copied as it stands. */
static bool
is_whole(const struct slice *s, const struct segment_block *b)
{
	uint64_t last = b->position + b->frames - 1, bit;

	if (s->pass != PASS_COPY || b->frames == 0 ||
	    b->position <= s->cursor || last > s->to ||
	    (s->next_mark < s->nmarks &&
		s->marks[s->next_mark].position <= last))
		return false;
	for (bit = b->position - s->from - 1; bit < last - s->from; bit++)
		if ((s->cited[bit / 8] & 1u << bit % 8) == 0)
			return false;
	return true;
}

static int
copy_whole(struct slice *s, const struct segment_block *b)
{
	pcapng_put_raw(&s->out, s->block, b->size);
	s->cursor = b->position + b->frames - 1;
	return write_out(s, WRITE_BYTES);
}

static int
pass_block(struct slice *s, const struct segment_block *b)
{
	struct cited f;
	size_t at = 0, size;
	const uint8_t *block;
	uint32_t i;

	if (!is_wanted(s, b)) {
		s->cursor = b->position + b->frames - 1;
		return 0;
	}
	make_room(s, b->size);
	if (read_block(s, b) == -1)
		return -1;
	if (is_whole(s, b))
		return copy_whole(s, b);
	block = s->block + s->block_at;
	f.file = b->file;
	for (i = 0; i < b->frames; i++, at += size) {
		f.position = b->position + i;
		f.number = b->first_frame + i;
		if (f.position > s->to)
			break;
		size = pcapng_view_bytes(
		    block + at, (size_t)b->size - at, &f.frame);
		if (size == 0)
			return err_set(&s->error,
			    "capture %06" PRIu32 ": frame %" PRIu64
			    " is not where the index says",
			    b->file, f.number);
		f.raw = block + at;
		f.raw_size = size;
		if (f.position <= s->cursor)
			continue;
		if (s->pass == PASS_CHOOSE)
			choose(s, &f);
		else
			copy(s, &f);
	}
	s->cursor = b->position + i - 1;
	if (s->pass == PASS_COPY)
		return write_out(s, WRITE_BYTES);
	if (s->nsums > 0)
		s->block_at += b->size;
	return 0;
}

static void
list_evidence(struct slice *s)
{
	size_t i, n, k;
	struct choice *c;
	struct evidence *v;

	for (i = 0; i < s->nchoices; i++) {
		c = &s->choices[i];
		end_range(c);
		n = c->count <= EVIDENCE_SINGLES_MAX ? (size_t)c->count
						     : c->nranges;
		if (n == 0)
			continue;
		s->evidence = xrealloc(
		    s->evidence, s->nevidence + n, sizeof(*s->evidence));
		for (k = 0; k < n; k++) {
			v = &s->evidence[s->nevidence++];
			*v = c->count <= EVIDENCE_SINGLES_MAX
			    ? c->singles[k].evidence
			    : c->ranges[k];
			v->choice = (uint32_t)i;
		}
	}
}

static int
begin_copy(struct slice *s)
{
	struct pcapng_section section;
	struct pcapng_interface interface;

	list_evidence(s);
	list_marks(s);
	if (s->frames == 0) {
		s->pass = PASS_OVER;
		return 0;
	}
	s->target = slice_file_new(s->evidence_dir, s->name, &s->error);
	if (s->target == NULL)
		return -1;
	memset(&section, 0, sizeof(section));
	memset(&interface, 0, sizeof(interface));
	section.application = PCAPNG_APPLICATION;
	section.comment = s->headline;
	interface.name = s->interface;
	interface.link_type = LINKTYPE_ETHERNET_NUMBER;
	pcapng_put_section(&s->out, &section);
	if (s->secrets_size > 0) /* Wireshark uses keys only from here on */
		pcapng_put_secrets(
		    &s->out, s->secrets_type, s->secrets, s->secrets_size);
	pcapng_put_interface(&s->out, &interface);
	s->pass = PASS_COPY;
	s->cursor = s->from;
	return 0;
}

static int
end_pass(struct slice *s)
{
	if (s->pass == PASS_CHOOSE) {
		take_found(s);
		return begin_copy(s);
	}
	s->pass = PASS_OVER;
	if (write_out(s, 0) == -1)
		return -1;
	return slice_file_commit(s->target, &s->size, s->sha256, &s->error);
}

bool
slice_step(struct slice *s)
{
	const struct segment_block *b;
	int r;

	if (s->pass == PASS_OVER)
		return false;
	b = segment_index_after(s->index, s->cursor);
	if (b != NULL && b->position <= s->to && s->cursor < s->to)
		r = pass_block(s, b);
	else
		r = end_pass(s);
	if (r == -1)
		s->pass = PASS_OVER;
	if (s->pass == PASS_OVER) {
		slice_file_free(s->target);
		s->target = NULL;
	}
	return s->pass != PASS_OVER;
}

static void
copy_choices(struct slice *s, const struct slice_request *q)
{
	struct selector *selectors = xcalloc(q->nchoices, sizeof(*selectors));
	const char *text;
	size_t i;

	s->nchoices = q->nchoices;
	s->choices = xcalloc(q->nchoices, sizeof(*s->choices));
	for (i = 0; i < q->nchoices; i++) {
		s->choices[i].observation = q->choices[i].observation;
		s->choices[i].select = q->choices[i].select;
		selectors[i] = q->choices[i].select;
		text = q->choices[i].comment;
		if (text != NULL) /* it came from a probe */
			log_quote(text, strlen(text), s->choices[i].comment,
			    COMMENT_SIZE);
	}
	s->selectors = selector_set_new(selectors, q->nchoices);
	s->chosen = xcalloc(q->nchoices, sizeof(*s->chosen));
	free(selectors);
}

/* Positions behind the last block are not there yet, or lost. */
static uint64_t
last_position(const struct segment_index *x)
{
	const struct segment_block *b;

	if (x->n == 0)
		return 0;
	b = &x->blocks[x->n - 1];
	return b->position + b->frames - 1;
}

struct slice *
slice_new(int captures, int evidence, const struct segment_index *x,
    const struct slice_request *request)
{
	const struct slice_request *q = request;
	struct slice *s = xcalloc(1, sizeof(*s));
	uint64_t last = last_position(x);

	s->captures = captures;
	s->evidence_dir = evidence;
	s->index = x;
	s->from = q->from;
	s->to = q->to < last ? q->to : last;
	if (s->to < s->from)
		s->to = s->from;
	s->cursor = s->from;
	memcpy(s->dut_mac, q->dut_mac, sizeof(s->dut_mac));
	s->name = xstrdup(q->name);
	s->headline = xstrdup(q->headline == NULL ? "" : q->headline);
	s->interface = xstrdup(q->interface == NULL ? "" : q->interface);
	if (q->secrets != NULL && q->secrets_size > 0) {
		s->secrets = xmemdup(q->secrets, q->secrets_size);
		s->secrets_size = q->secrets_size;
		s->secrets_type = q->secrets_type;
	}
	copy_choices(s, q);
	s->cited = xcalloc(1, (size_t)((s->to - s->from) / 8 + 1));
	s->fd = -1;
	s->file = NO_FILE;
	s->digests = digest_many_new();
	return s;
}

static void
free_choice(struct choice *c)
{
	free(c->singles);
	free(c->ranges);
	digest_free(c->digests);
}

void
slice_free(struct slice *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->nchoices; i++)
		free_choice(&s->choices[i]);
	free(s->choices);
	selector_set_free(s->selectors);
	free(s->chosen);
	if (s->secrets != NULL)
		explicit_bzero(s->secrets, s->secrets_size);
	free(s->secrets);
	free(s->name);
	free(s->headline);
	free(s->interface);
	free(s->cited);
	free(s->marks);
	if (s->fd != -1)
		close(s->fd);
	free(s->block);
	digest_many_free(s->digests);
	free(s->found);
	free(s->sums);
	pcapng_out_free(&s->out);
	slice_file_free(s->target);
	free(s->evidence);
	free(s);
}

void
slice_result(const struct slice *s, struct slice_result *out)
{
	memset(out, 0, sizeof(*out));
	out->evidence = s->evidence;
	out->nevidence = s->nevidence;
	out->frames = s->frames;
	out->size = s->size;
	memcpy(out->sha256, s->sha256, SHA256_SIZE);
	out->error = s->error.text;
}
