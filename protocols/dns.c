/*
 * dns: a DNS message taken apart.
 */
#include "protocols/dns.h"

#include <stdio.h>
#include <string.h>

#define HEADER 12u
#define NAME_MAX_WIRE 255u
#define TOP_BIT 0x8000u

int
dns_parse(struct dns *d, const void *data, size_t size)
{
	struct reader r = reader_over(data, size);
	uint16_t flags;
	int i;

	memset(d, 0, sizeof(*d));
	d->id = reader_u16(&r);
	flags = reader_u16(&r);
	for (i = 0; i < DNS_SECTIONS; i++)
		d->counts[i] = reader_u16(&r);
	if (r.bad)
		return -1;
	d->response = (flags & 0x8000) != 0;
	d->opcode = (uint8_t)(flags >> 11 & 15);
	d->authoritative = (flags & 0x0400) != 0;
	d->truncated = (flags & 0x0200) != 0;
	d->recursion = (flags & 0x0100) != 0;
	d->rcode = (uint8_t)(flags & 15);
	d->message = data;
	d->size = size;
	d->offset = HEADER;
	return 0;
}

/* A name being read: where, and what has become of it. */
struct name {
	size_t at;
	size_t wire; /* bytes of it uncompressed, RFC 1035 section 2.3.4 */
	size_t size; /* of out */
	unsigned jumps;
	size_t floor; /* a pointer must point below it */
};

static void
put_label(struct name *n, char out[DNS_NAME_SIZE], const uint8_t *p, size_t len)
{
	size_t i;

	if (n->size > 0)
		out[n->size++] = '.';
	for (i = 0; i < len; i++)
		if (p[i] > 0x20 && p[i] < 0x7f && p[i] != '.' && p[i] != '\\')
			out[n->size++] = (char)p[i];
		else
			n->size += (size_t)snprintf(out + n->size,
			    DNS_NAME_SIZE - n->size, "\\%03u", p[i]);
}

/* 1: a label or a jump was taken; 0: the end; -1. */
static int
take_label(const struct dns *d, struct name *n, char out[DNS_NAME_SIZE])
{
	uint8_t len;
	size_t to;

	if (n->at >= d->size)
		return -1;
	len = d->message[n->at];
	if (len == 0) {
		n->at++;
		return 0;
	}
	if (len >= 0xc0) {
		if (n->at + 1 >= d->size || n->jumps++ == DNS_JUMPS_MAX)
			return -1;
		to = (size_t)(len & 0x3f) << 8 | d->message[n->at + 1];
		if (to < HEADER || to >= n->floor)
			return -1;
		n->at = n->floor = to;
		return 1;
	}
	n->wire += 1u + len;
	if (len > 63 || n->wire + 1 > NAME_MAX_WIRE ||
	    len > d->size - n->at - 1)
		return -1;
	put_label(n, out, d->message + n->at + 1, len);
	n->at += 1u + len;
	return 1;
}

/* Reads the name at *at, which moves behind it. 0 or -1. */
static int
read_name(const struct dns *d, size_t *at, char out[DNS_NAME_SIZE])
{
	struct name n = { .at = *at, .floor = *at };
	size_t behind = 0, was;
	unsigned jumps;
	int got;

	do {
		was = n.at;
		jumps = n.jumps;
		got = take_label(d, &n, out);
		if (jumps == 0 && n.jumps == 1)
			behind = was + 2;
	} while (got == 1);
	if (got == -1)
		return -1;
	*at = n.jumps == 0 ? n.at : behind;
	if (n.size == 0)
		out[n.size++] = '.';
	out[n.size] = '\0';
	return 0;
}

/* The name in a record's data, which it has to fill from `skip` on. */
static int
read_target(const struct dns *d, struct dns_record *r, size_t skip)
{
	size_t at = (size_t)(r->data - d->message) + skip;
	size_t end = (size_t)(r->data - d->message) + r->data_size;

	if (r->data_size < skip || read_name(d, &at, r->target) == -1)
		return -1;
	return at == end ? 0 : -1;
}

static int
read_srv(const struct dns *d, struct dns_record *r)
{
	struct reader in = reader_over(r->data, r->data_size);

	r->priority = reader_u16(&in);
	r->weight = reader_u16(&in);
	r->port = reader_u16(&in);
	return in.bad ? -1 : read_target(d, r, 6);
}

static int
read_texts(const struct dns_record *r)
{
	const uint8_t *text;
	size_t at = 0, size;

	while (dns_next_text(r, &at, &text, &size))
		;
	return at == r->data_size ? 0 : -1;
}

static int
read_data(const struct dns *d, struct dns_record *r)
{
	if (r->class != 1) /* types mean this on the Internet only */
		return 0;
	switch (r->type) {
	case DNS_A:
	case DNS_AAAA:
		if (r->data_size != (r->type == DNS_A ? 4 : 16))
			return -1;
		r->addr = r->data;
		return 0;
	case DNS_CNAME:
	case DNS_PTR:
		return read_target(d, r, 0);
	case DNS_SRV:
		return read_srv(d, r);
	case DNS_TXT:
		return read_texts(r);
	default:
		return 0;
	}
}

static int
read_record(struct dns *d, struct dns_record *r)
{
	struct reader in;
	size_t at = d->offset;

	if (read_name(d, &at, r->name) == -1)
		return -1;
	in = reader_over(d->message + at, d->size - at);
	r->type = reader_u16(&in);
	r->class = reader_u16(&in);
	/* In an OPT record (RFC 6891) it is a size, not a class. */
	if (r->type != 41) {
		r->top_bit = (r->class & TOP_BIT) != 0;
		r->class &= (uint16_t)~TOP_BIT;
	}
	if (r->section != DNS_QUESTION) {
		r->ttl_s = reader_u32(&in);
		r->data_size = reader_u16(&in);
		r->data = reader_take(&in, r->data_size);
	}
	if (in.bad)
		return -1;
	d->offset = (size_t)(in.p - d->message);
	return r->data == NULL ? 0 : read_data(d, r);
}

int
dns_next(struct dns *d, struct dns_record *r)
{
	memset(r, 0, sizeof(*r));
	while (d->section < DNS_SECTIONS && d->taken == d->counts[d->section]) {
		d->section++;
		d->taken = 0;
	}
	if (d->section == DNS_SECTIONS)
		return 0;
	r->section = (enum dns_section)d->section;
	if (read_record(d, r) == -1) {
		d->offset = d->size; /* nothing behind it can be found */
		return -1;
	}
	d->taken++;
	return 1;
}

bool
dns_next_text(
    const struct dns_record *r, size_t *at, const uint8_t **text, size_t *size)
{
	if (r->data == NULL || *at >= r->data_size ||
	    r->data[*at] > r->data_size - *at - 1)
		return false;
	*size = r->data[*at];
	*text = r->data + *at + 1;
	*at += 1 + *size;
	return true;
}
