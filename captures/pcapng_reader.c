/*
 * pcapng: the reading half.  A file comes from anywhere: each length is
 * checked against the block it stands in, each block against the file.
 */
#include "captures/pcapng.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BYTE_ORDER_SWAPPED 0x4d3c2b1au
#define BLOCK_SECTION 0x0a0d0d0au /* the same in both orders */
#define BLOCK_INTERFACE 1u
#define BLOCK_OLD_PACKET 2u
#define BLOCK_SIMPLE 3u
#define BLOCK_PACKET 6u
#define BLOCK_LEAST 12u /* type, length, length */
#define OPTION_END 0
#define OPTION_COMMENT 1
#define EPB_FLAGS 2
#define IF_TSRESOL 9
#define IF_TSOFFSET 14
#define PAD4(n) (((n) + 3u) & ~(size_t)3)

struct interface {
	uint16_t link_type;
	uint32_t snaplen;
	uint8_t tsresol; /* as in the file: 6 is µs */
	int64_t tsoffset_s;
};

struct pcapng_reader {
	int fd;              /* -1: memory */
	const uint8_t *data; /* of memory, or the window */
	uint64_t base;       /* offset of data[0] */
	size_t size;         /* bytes at data */
	uint8_t *window;     /* PCAPNG_BLOCK_MAX bytes, fd only */
	uint64_t offset;     /* of the next block */
	uint64_t frames;
	bool in_section, swapped, failed, cut;
	struct interface interfaces[PCAPNG_INTERFACES_MAX];
	uint32_t ninterfaces;
	char why[128];
};

struct block {
	uint32_t type, size;
	const uint8_t *body; /* between the two lengths */
	size_t body_size;
};

static int
fail(struct pcapng_reader *r, const char *why)
{
	snprintf(r->why, sizeof(r->why), "at byte %llu: %s",
	    (unsigned long long)r->offset, why);
	r->failed = true;
	return -1;
}

static int
cut(struct pcapng_reader *r)
{
	r->cut = true;
	return fail(r, "the file ends within a block");
}

static uint16_t
get16(const struct pcapng_reader *r, const uint8_t *p)
{
	return r->swapped ? (uint16_t)(p[0] << 8 | p[1])
			  : (uint16_t)(p[1] << 8 | p[0]);
}

static uint32_t
get32(const struct pcapng_reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->swapped ? be32toh(v) : le32toh(v);
}

/* Fills the window from offset on. Returns the bytes there are, or -1. */
static int
refill(struct pcapng_reader *r, uint64_t offset)
{
	ssize_t n;

	r->base = offset;
	r->size = 0;
	while (r->size < PCAPNG_BLOCK_MAX) {
		n = pread(r->fd, r->window + r->size,
		    PCAPNG_BLOCK_MAX - r->size, (off_t)(offset + r->size));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		r->size += (size_t)n;
	}
	return 0;
}

/* A view of n bytes (at most PCAPNG_BLOCK_MAX) at offset, or NULL when the
 * file has not that many; *left: how many it has, at most n. */
static const uint8_t *
view(struct pcapng_reader *r, uint64_t offset, size_t n, size_t *left)
{
	bool inside = offset >= r->base && offset - r->base <= r->size &&
	    r->size - (offset - r->base) >= n;

	if (!inside && r->fd != -1 && refill(r, offset) == -1)
		r->size = 0;
	*left = 0;
	if (offset < r->base || offset - r->base > r->size)
		return NULL;
	*left = r->size - (size_t)(offset - r->base);
	if (*left < n)
		return NULL;
	*left = n;
	return r->data + (offset - r->base);
}

/* 1: *b; 0: end of file; -1. A section header sets the byte order. */
static int
read_block(struct pcapng_reader *r, struct block *b)
{
	size_t left;
	const uint8_t *p = view(r, r->offset, BLOCK_LEAST, &left);
	uint32_t magic;

	if (p == NULL)
		return left == 0 ? 0 : cut(r);
	memcpy(&b->type, p, sizeof(b->type));
	if (le32toh(b->type) == BLOCK_SECTION) {
		memcpy(&magic, p + 8, sizeof(magic));
		magic = le32toh(magic);
		if (magic != BYTE_ORDER_MAGIC && magic != BYTE_ORDER_SWAPPED)
			return fail(r, "no byte order mark");
		r->swapped = magic == BYTE_ORDER_SWAPPED;
	} else if (!r->in_section)
		return fail(r, "not a pcapng file");
	b->type = get32(r, p);
	b->size = get32(r, p + 4);
	if (b->size < BLOCK_LEAST || b->size % 4 != 0)
		return fail(r, "a block of impossible length");
	b->body = NULL;
	b->body_size = b->size - BLOCK_LEAST;
	if (b->size > PCAPNG_BLOCK_MAX)
		return 1;
	p = view(r, r->offset, b->size, &left);
	if (p == NULL)
		return cut(r);
	if (get32(r, p + b->size - 4) != b->size)
		return fail(r, "a block's two lengths differ");
	b->body = p + 8;
	return 1;
}

struct option {
	uint16_t code;
	size_t size;
	const uint8_t *value;
};

/* Takes the next option off *p. False at the end, also at a broken one. */
static bool
next_option(const struct pcapng_reader *r, const uint8_t **p,
    const uint8_t *end, struct option *o)
{
	if (end - *p < 4)
		return false;
	o->code = get16(r, *p);
	o->size = get16(r, *p + 2);
	o->value = *p + 4;
	if (o->code == OPTION_END || (size_t)(end - o->value) < PAD4(o->size))
		return false;
	*p = o->value + PAD4(o->size);
	return true;
}

static int
read_section(struct pcapng_reader *r, const struct block *b)
{
	if (b->body == NULL || b->body_size < 16)
		return fail(r, "a section header of impossible length");
	if (get16(r, b->body + 4) != 1)
		return fail(r, "an unknown version");
	r->in_section = true;
	r->ninterfaces = 0;
	return 0;
}

static int64_t
get_i64(const struct pcapng_reader *r, const uint8_t *p)
{
	uint64_t low = get32(r, p + (r->swapped ? 4 : 0));
	uint64_t high = get32(r, p + (r->swapped ? 0 : 4));

	return (int64_t)(high << 32 | low);
}

static int
read_interface(struct pcapng_reader *r, const struct block *b)
{
	struct interface *i;
	const uint8_t *p;
	struct option o;

	if (b->body == NULL || b->body_size < 8)
		return fail(r, "an interface of impossible length");
	if (r->ninterfaces == PCAPNG_INTERFACES_MAX)
		return fail(r, "too many interfaces");
	i = &r->interfaces[r->ninterfaces++];
	i->link_type = get16(r, b->body);
	i->snaplen = get32(r, b->body + 4);
	i->tsresol = 6;
	i->tsoffset_s = 0;
	p = b->body + 8;
	while (next_option(r, &p, b->body + b->body_size, &o)) {
		if (o.code == IF_TSRESOL && o.size == 1)
			i->tsresol = o.value[0];
		if (o.code == IF_TSOFFSET && o.size == 8)
			i->tsoffset_s = get_i64(r, o.value);
	}
	return 0;
}

/* Units of the interface to ns since 1970; wraps rather than overflows. */
static uint64_t
stamp_ns(const struct interface *i, uint64_t units)
{
	unsigned exponent = i->tsresol & 0x7f;
	__extension__ unsigned __int128 wide;
	uint64_t ns, scale = 1;

	if (i->tsresol & 0x80) { /* units of 2^-exponent s */
		wide = units;
		wide *= 1000000000u;
		ns = exponent > 127 ? 0 : (uint64_t)(wide >> exponent);
	} else if (exponent <= 9) {
		for (; exponent < 9; exponent++)
			scale *= 10;
		ns = units * scale;
	} else {
		for (; exponent > 9 && scale != 0; exponent--)
			scale = scale > UINT64_MAX / 10 ? 0 : scale * 10;
		ns = scale == 0 ? 0 : units / scale;
	}
	return ns + (uint64_t)i->tsoffset_s * 1000000000u;
}

static void
read_packet_options(const struct pcapng_reader *r, const uint8_t *p,
    const uint8_t *end, struct pcapng_frame *f)
{
	struct option o;

	while (next_option(r, &p, end, &o)) {
		if (o.code == OPTION_COMMENT && f->comment == NULL) {
			f->comment = o.value;
			f->comment_size = o.size;
		}
		if (o.code == EPB_FLAGS && o.size == 4) {
			uint32_t bits = get32(r, o.value) & 3;

			f->frame.direction = bits == 1 ? FRAME_IN
			    : bits == 2                ? FRAME_OUT
						       : FRAME_UNKNOWN;
		}
	}
}

/* Enhanced and old packet blocks differ in how they name the interface. */
static int
read_packet(
    struct pcapng_reader *r, const struct block *b, struct pcapng_frame *f)
{
	const struct interface *i;
	const uint8_t *p = b->body, *end;
	uint64_t units;

	if (p == NULL || b->body_size < 20)
		return fail(r, "a packet of impossible length");
	f->interface = b->type == BLOCK_PACKET ? get32(r, p) : get16(r, p);
	if (f->interface >= r->ninterfaces)
		return fail(r, "a packet of an unknown interface");
	i = &r->interfaces[f->interface];
	units = (uint64_t)get32(r, p + 4) << 32 | get32(r, p + 8);
	f->frame.size = get32(r, p + 12);
	f->frame.wire_size = get32(r, p + 16);
	end = p + b->body_size;
	p += 20;
	if (f->frame.size > (size_t)(end - p))
		return fail(r, "a packet longer than its block");
	f->frame.data = p;
	f->frame.stamp_ns = stamp_ns(i, units);
	f->frame.link_type = i->link_type;
	read_packet_options(r, p + PAD4(f->frame.size), end, f);
	return 1;
}

static int
read_simple(
    struct pcapng_reader *r, const struct block *b, struct pcapng_frame *f)
{
	const struct interface *i = &r->interfaces[0];

	if (b->body == NULL || b->body_size < 4 || r->ninterfaces == 0)
		return fail(r, "a simple packet of impossible length");
	f->frame.wire_size = get32(r, b->body);
	f->frame.size = f->frame.wire_size;
	if (i->snaplen != 0 && f->frame.size > i->snaplen)
		f->frame.size = i->snaplen;
	if (f->frame.size > b->body_size - 4)
		return fail(r, "a packet longer than its block");
	f->frame.data = b->body + 4;
	f->frame.link_type = i->link_type;
	return 1;
}

static int
dispatch(struct pcapng_reader *r, const struct block *b, struct pcapng_frame *f)
{
	switch (b->type) {
	case BLOCK_SECTION:
		return read_section(r, b);
	case BLOCK_INTERFACE:
		return read_interface(r, b);
	case BLOCK_PACKET:
	case BLOCK_OLD_PACKET:
		return read_packet(r, b, f);
	case BLOCK_SIMPLE:
		return read_simple(r, b, f);
	default:
		return 0;
	}
}

static struct pcapng_reader *
new_reader(void)
{
	struct pcapng_reader *r = xcalloc(1, sizeof(*r));

	r->fd = -1;
	return r;
}

struct pcapng_reader *
pcapng_open_memory(const void *p, size_t n)
{
	struct pcapng_reader *r = new_reader();

	r->data = p;
	r->size = n;
	return r;
}

struct pcapng_reader *
pcapng_open(int fd)
{
	struct pcapng_reader *r = new_reader();

	r->fd = fd;
	r->window = xcalloc(1, PCAPNG_BLOCK_MAX);
	r->data = r->window;
	return r;
}

int
pcapng_next(struct pcapng_reader *r, struct pcapng_frame *f)
{
	struct block b;
	int got;

	while (!r->failed) {
		got = read_block(r, &b);
		if (got != 1)
			return got;
		memset(f, 0, sizeof(*f));
		f->offset = r->offset;
		f->block_size = b.size;
		got = dispatch(r, &b, f);
		if (got == -1)
			return -1;
		r->offset += b.size;
		if (got == 1) {
			f->number = ++r->frames;
			return 1;
		}
	}
	return -1;
}

bool
pcapng_is_cut(const struct pcapng_reader *r)
{
	return r->cut;
}

const char *
pcapng_why(const struct pcapng_reader *r)
{
	return r->why;
}

void
pcapng_close(struct pcapng_reader *r)
{
	if (r == NULL)
		return;
	free(r->window);
	free(r);
}

size_t
pcapng_view_bytes(const uint8_t *p, size_t n, struct frame *f)
{
	static const struct pcapng_reader little; /* our byte order */
	static const struct interface ours = { 1, 0, 9, 0 };
	uint32_t size;

	if (n < 32 || get32(&little, p) != BLOCK_PACKET)
		return 0;
	size = get32(&little, p + 4);
	if (size < 32 || size % 4 != 0 || size > n ||
	    get32(&little, p + size - 4) != size)
		return 0;
	memset(f, 0, sizeof(*f));
	f->size = get32(&little, p + 20);
	f->wire_size = get32(&little, p + 24);
	if (PAD4(f->size) > size - 32)
		return 0;
	f->data = p + 28;
	f->stamp_ns = stamp_ns(&ours,
	    (uint64_t)get32(&little, p + 12) << 32 | get32(&little, p + 16));
	f->link_type = ours.link_type;
	return size;
}

/* 0: not one, or not all there. */
static size_t
view_packet(const uint8_t *p, size_t n, struct pcapng_frame *whole)
{
	static const struct pcapng_reader little;
	size_t size;

	memset(whole, 0, sizeof(*whole));
	size = pcapng_view_bytes(p, n, &whole->frame);
	if (size != 0)
		read_packet_options(&little, p + 28 + PAD4(whole->frame.size),
		    p + size - 4, whole);
	return size;
}

size_t
pcapng_view_packet(const uint8_t *p, size_t n, struct frame *f)
{
	struct pcapng_frame whole;
	const size_t size = view_packet(p, n, &whole);

	if (size != 0)
		*f = whole.frame;
	return size;
}

bool
pcapng_view_comment(const uint8_t *p, size_t n, char *out, size_t room)
{
	struct pcapng_frame whole;

	if (view_packet(p, n, &whole) == 0 || whole.comment == NULL)
		return false;
	snprintf(out, room, "%.*s", (int)whole.comment_size,
	    (const char *)whole.comment);
	return true;
}
