/*
 * dtls_record: datagrams taken apart, messages put together.
 */
#include "protocols/dtls_record.h"

#include <string.h>

#include "protocols/bytes.h"

static uint64_t
read_number(struct reader *r, size_t width)
{
	uint64_t v = 0;

	while (width-- > 0)
		v = v << 8 | reader_u8(r);
	return v;
}

static void
put_number(uint8_t *p, uint64_t v, size_t width)
{
	size_t i;

	for (i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> (8 * (width - 1 - i)));
}

/* RFC 9147 section 4: 001CSLEE. */
static void
read_short(struct reader *r, uint8_t first, struct dtls_record *d)
{
	d->is_sealed = true;
	d->type = TLS_APPLICATION_DATA;
	d->version = DTLS_13;
	d->epoch = first & 3;
	/* A connection id is of a length that only its receiver knows. */
	if ((first & 0x10) != 0)
		r->bad = true;
	d->sequence = read_number(r, (first & 8) != 0 ? 2 : 1);
	d->body.n = (first & 4) != 0 ? reader_u16(r) : reader_left(r);
	d->body.p = reader_take(r, d->body.n);
}

int
dtls_record_next(
    const void *datagram, size_t n, size_t *at, struct dtls_record *d)
{
	struct reader r = reader_over((const uint8_t *)datagram + *at, n - *at);

	memset(d, 0, sizeof(*d));
	if (reader_left(&r) == 0)
		return 0;
	d->type = reader_u8(&r);
	if ((d->type & 0xe0) == 0x20) {
		read_short(&r, d->type, d);
	} else {
		d->version = reader_u16(&r);
		d->epoch = reader_u16(&r);
		d->sequence = read_number(&r, 6);
		d->body.n = reader_u16(&r);
		d->body.p = reader_take(&r, d->body.n);
		/* RFC 6347 section 4.1: 254.255, 254.253; 0.1 of old OpenSSL
		 * is nobody's any more */
		if (d->version >> 8 != 0xfe || d->type < 20 || d->type > 27)
			r.bad = true;
	}
	if (r.bad)
		return -1;
	*at = n - reader_left(&r);
	return 1;
}

size_t
dtls_record_build(const struct dtls_record *d, uint8_t *out, size_t size)
{
	if (d->body.n > UINT16_MAX || size < DTLS_RECORD_HEADER ||
	    size - DTLS_RECORD_HEADER < d->body.n)
		return 0;
	out[0] = d->type;
	put_u16(out + 1, d->version);
	put_u16(out + 3, d->epoch);
	put_number(out + 5, d->sequence, 6);
	put_u16(out + 11, (uint16_t)d->body.n);
	if (d->body.n > 0)
		memcpy(out + DTLS_RECORD_HEADER, d->body.p, d->body.n);
	return DTLS_RECORD_HEADER + d->body.n;
}

int
dtls_fragment_next(struct tls_span body, size_t *at, struct dtls_fragment *f)
{
	struct reader r;

	if (*at >= body.n)
		return 0;
	r = reader_over(body.p + *at, body.n - *at);
	f->type = (enum tls_message_type)reader_u8(&r);
	f->size = (uint32_t)read_number(&r, 3);
	f->sequence = reader_u16(&r);
	f->offset = (uint32_t)read_number(&r, 3);
	f->body.n = (size_t)read_number(&r, 3);
	f->body.p = reader_take(&r, f->body.n);
	if (r.bad || f->offset > f->size || f->body.n > f->size - f->offset)
		return -1;
	*at = body.n - reader_left(&r);
	return 1;
}

size_t
dtls_fragment_build(const struct dtls_fragment *f, uint8_t *out, size_t size)
{
	if (size < DTLS_HANDSHAKE_HEADER ||
	    size - DTLS_HANDSHAKE_HEADER < f->body.n)
		return 0;
	out[0] = (uint8_t)f->type;
	put_number(out + 1, f->size, 3);
	put_u16(out + 4, f->sequence);
	put_number(out + 6, f->offset, 3);
	put_number(out + 9, f->body.n, 3);
	if (f->body.n > 0)
		memcpy(out + DTLS_HANDSHAKE_HEADER, f->body.p, f->body.n);
	return DTLS_HANDSHAKE_HEADER + f->body.n;
}

/* ---- a message from its fragments ---- */

void
dtls_message_begin(
    struct dtls_message *m, uint16_t sequence, void *room, size_t size)
{
	memset(m, 0, sizeof(*m));
	m->sequence = sequence;
	m->room = room;
	m->room_size = size;
}

int
dtls_message_take(struct dtls_message *m, const struct dtls_fragment *f)
{
	const uint32_t end = f->offset + (uint32_t)f->body.n;
	uint8_t *bits;
	uint32_t i;

	if (f->sequence != m->sequence || m->is_whole)
		return 0;
	if (!m->is_begun) {
		if ((size_t)f->size + (f->size + 7) / 8 > m->room_size)
			return -1;
		m->is_begun = true;
		m->type = f->type;
		m->size = f->size;
		memset(m->room, 0, (size_t)f->size + (f->size + 7) / 8);
	}
	if (f->type != m->type || f->size != m->size)
		return -1;
	bits = m->room + m->size;
	for (i = f->offset; i < end; i++) {
		/* Twice, and not the same: nobody knows which one is right. */
		if ((bits[i / 8] & 1 << i % 8) != 0 &&
		    m->room[i] != f->body.p[i - f->offset])
			return -1;
		m->got += (bits[i / 8] & 1 << i % 8) == 0;
		m->room[i] = f->body.p[i - f->offset];
		bits[i / 8] = (uint8_t)(bits[i / 8] | 1 << i % 8);
	}
	m->is_whole = m->got == m->size;
	return m->is_whole ? 1 : 0;
}

int
dtls_verify_read(
    struct tls_span body, uint16_t *version, struct tls_span *cookie)
{
	struct reader r = reader_over(body.p, body.n);

	*version = reader_u16(&r);
	cookie->n = reader_u8(&r);
	cookie->p = reader_take(&r, cookie->n);
	return r.bad || reader_left(&r) > 0 ? -1 : 0;
}
