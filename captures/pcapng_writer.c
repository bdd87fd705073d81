/*
 * pcapng: the writing half.  All blocks are padded to 32 bits and carry their
 * length at both ends, so that a reader can walk either way.
 */
#include "captures/pcapng.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define PAD4(n) (((n) + 3u) & ~(size_t)3)

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECRETS = 10,
};

enum option_code {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SHB_HARDWARE = 2,
	SHB_OS = 3,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
};

static uint8_t *
reserve(struct pcapng_out *o, size_t n)
{
	if (o->room - o->size < n) {
		o->room = (o->size + n) * 2;
		o->data = xrealloc(o->data, o->room, 1);
	}
	return o->data + o->size;
}

static void
put16(struct pcapng_out *o, uint16_t v)
{
	uint16_t le = htole16(v);

	memcpy(reserve(o, sizeof(le)), &le, sizeof(le));
	o->size += sizeof(le);
}

static void
put32(struct pcapng_out *o, uint32_t v)
{
	uint32_t le = htole32(v);

	memcpy(reserve(o, sizeof(le)), &le, sizeof(le));
	o->size += sizeof(le);
}

static void
put64(struct pcapng_out *o, uint64_t v)
{
	put32(o, (uint32_t)v);
	put32(o, (uint32_t)(v >> 32));
}

static void
put_padded(struct pcapng_out *o, const void *p, size_t n)
{
	uint8_t *to = reserve(o, PAD4(n));

	if (n != 0)
		memcpy(to, p, n);
	memset(to + n, 0, PAD4(n) - n);
	o->size += PAD4(n);
}

/* Returns where the block began, for end_block(). */
static size_t
begin_block(struct pcapng_out *o, uint32_t type)
{
	size_t at = o->size;

	put32(o, type);
	put32(o, 0);
	return at;
}

static void
end_block(struct pcapng_out *o, size_t at)
{
	uint32_t size = (uint32_t)(o->size + 4 - at), le = htole32(size);

	put32(o, size);
	memcpy(o->data + at + 4, &le, sizeof(le));
}

static void
put_option(struct pcapng_out *o, uint16_t code, const void *p, size_t n)
{
	put16(o, code);
	put16(o, (uint16_t)n);
	put_padded(o, p, n);
}

/* A text longer than an option can hold is cut, at a character's edge. */
static void
put_text(struct pcapng_out *o, uint16_t code, const char *s)
{
	size_t n;

	if (s == NULL || *s == '\0')
		return;
	n = strlen(s);
	if (n > UINT16_MAX) {
		n = UINT16_MAX;
		while (n > 0 && ((uint8_t)s[n] & 0xc0) == 0x80)
			n--;
	}
	put_option(o, code, s, n);
}

static void
put_number(struct pcapng_out *o, uint16_t code, uint64_t v)
{
	put16(o, code);
	put16(o, 8);
	put64(o, v);
}

static void
put_stamp(struct pcapng_out *o, uint64_t stamp_ns)
{
	put32(o, (uint32_t)(stamp_ns >> 32));
	put32(o, (uint32_t)stamp_ns);
}

void
pcapng_out_free(struct pcapng_out *o)
{
	free(o->data);
	memset(o, 0, sizeof(*o));
}

void
pcapng_put_section(struct pcapng_out *o, const struct pcapng_section *s)
{
	size_t at = begin_block(o, BLOCK_SECTION);

	put32(o, BYTE_ORDER_MAGIC);
	put16(o, 1);          /* major */
	put16(o, 0);          /* minor */
	put64(o, UINT64_MAX); /* length not said: the file grows */
	put_text(o, OPTION_COMMENT, s->comment);
	put_text(o, SHB_HARDWARE, s->hardware);
	put_text(o, SHB_OS, s->os);
	put_text(o, SHB_USERAPPL, s->application);
	put_option(o, OPTION_END, NULL, 0);
	end_block(o, at);
}

void
pcapng_put_interface(struct pcapng_out *o, const struct pcapng_interface *i)
{
	size_t at = begin_block(o, BLOCK_INTERFACE);
	const uint8_t nanoseconds = 9; /* 10 to the minus 9 */

	put16(o, i->link_type);
	put16(o, 0);
	put32(o, i->snaplen);
	put_text(o, IF_NAME, i->name);
	put_text(o, IF_DESCRIPTION, i->description);
	put_option(o, IF_TSRESOL, &nanoseconds, 1);
	put_option(o, OPTION_END, NULL, 0);
	end_block(o, at);
}

void
pcapng_put_secrets(struct pcapng_out *o, uint32_t type, const void *p, size_t n)
{
	size_t at = begin_block(o, BLOCK_SECRETS);

	put32(o, type);
	put32(o, (uint32_t)n);
	put_padded(o, p, n);
	end_block(o, at);
}

/* What a capture writes half a million times a second: the block's fixed parts
 * as two pieces, with the same bytes as below. */
static void
put_plain_packet(struct pcapng_out *o, const struct frame *f)
{
	const size_t padded = PAD4(f->size);
	const uint32_t size = (uint32_t)(28 + padded + 16);
	const uint32_t head[7] = { htole32(BLOCK_PACKET), htole32(size), 0,
		htole32((uint32_t)(f->stamp_ns >> 32)),
		htole32((uint32_t)f->stamp_ns), htole32((uint32_t)f->size),
		htole32((uint32_t)f->wire_size) };
	const uint32_t tail[4] = { htole32(EPB_FLAGS | 4u << 16),
		htole32((uint32_t)f->direction), 0, htole32(size) };
	uint8_t *to = reserve(o, size);

	memcpy(to, head, sizeof(head));
	/* The padding, ahead of the bytes that leave some of it over. */
	memcpy(to + sizeof(head) + padded - 4, &tail[2], padded > 0 ? 4 : 0);
	if (f->size > 0)
		memcpy(to + sizeof(head), f->data, f->size);
	memcpy(to + sizeof(head) + padded, tail, sizeof(tail));
	o->size += size;
}

void
pcapng_put_packet(struct pcapng_out *o, const struct frame *f,
    const char *const *comments, size_t ncomments)
{
	size_t at, i;
	uint32_t flags = htole32((uint32_t)f->direction);

	if (ncomments == 0 && f->direction != FRAME_UNKNOWN) {
		put_plain_packet(o, f);
		return;
	}
	reserve(o, 64 + PAD4(f->size)); /* one growth, not a dozen */
	at = begin_block(o, BLOCK_PACKET);
	put32(o, 0); /* interface */
	put_stamp(o, f->stamp_ns);
	put32(o, (uint32_t)f->size);
	put32(o, (uint32_t)f->wire_size);
	put_padded(o, f->data, f->size);
	for (i = 0; i < ncomments; i++)
		put_text(o, OPTION_COMMENT, comments[i]);
	if (f->direction != FRAME_UNKNOWN)
		put_option(o, EPB_FLAGS, &flags, sizeof(flags));
	if (ncomments > 0 || f->direction != FRAME_UNKNOWN)
		put_option(o, OPTION_END, NULL, 0);
	end_block(o, at);
}

void
pcapng_put_raw(struct pcapng_out *o, const void *block, size_t n)
{
	put_padded(o, block, n);
}

void
pcapng_put_statistics(struct pcapng_out *o, uint64_t stamp_ns,
    uint64_t received, uint64_t dropped)
{
	size_t at = begin_block(o, BLOCK_STATISTICS);

	put32(o, 0); /* interface */
	put_stamp(o, stamp_ns);
	put_number(o, ISB_IFRECV, received);
	put_number(o, ISB_IFDROP, dropped);
	put_option(o, OPTION_END, NULL, 0);
	end_block(o, at);
}
