/*
 * msg: one message between two of our processes, built and read field by
 * field.
 */
#include "base/msg.h"

#include <string.h>

#include "base/alloc.h"

void
msg_start(struct msg_out *m, uint16_t type)
{
	m->type = type;
	m->overfull = false;
	m->size = 0;
}

static void
put(struct msg_out *m, const void *p, size_t n)
{
	if (m->overfull || n > sizeof(m->body) - m->size) {
		m->overfull = true;
		return;
	}
	if (n != 0)
		memcpy(m->body + m->size, p, n);
	m->size += n;
}

static void
put_number(struct msg_out *m, uint64_t v, unsigned size)
{
	uint8_t b[8];
	unsigned i;

	for (i = 0; i < size; i++)
		b[i] = (uint8_t)(v >> 8 * (size - 1 - i));
	put(m, b, size);
}

void
msg_put_u8(struct msg_out *m, uint8_t v)
{
	put_number(m, v, 1);
}

void
msg_put_u16(struct msg_out *m, uint16_t v)
{
	put_number(m, v, 2);
}

void
msg_put_u32(struct msg_out *m, uint32_t v)
{
	put_number(m, v, 4);
}

void
msg_put_u64(struct msg_out *m, uint64_t v)
{
	put_number(m, v, 8);
}

void
msg_put_i64(struct msg_out *m, int64_t v)
{
	put_number(m, (uint64_t)v, 8);
}

void
msg_put_bytes(struct msg_out *m, const void *p, size_t n)
{
	if (n > UINT32_MAX) {
		m->overfull = true;
		return;
	}
	msg_put_u32(m, (uint32_t)n);
	put(m, p, n);
}

void
msg_put_string(struct msg_out *m, const char *s)
{
	if (s == NULL)
		s = "";
	msg_put_bytes(m, s, strlen(s));
}

bool
msg_is_overfull(const struct msg_out *m)
{
	return m->overfull;
}

int
msg_read(struct msg_in *m, const void *datagram, size_t n)
{
	const uint8_t *p = datagram;

	memset(m, 0, sizeof(*m));
	if (n < MSG_HEADER || n > MSG_MAX || p[2] != 0 || p[3] != 0) {
		m->bad = true;
		return -1;
	}
	m->type = (uint16_t)(p[0] << 8 | p[1]);
	m->p = p + MSG_HEADER;
	m->end = p + n;
	return 0;
}

static int
get_number(struct msg_in *m, uint64_t *v, unsigned size)
{
	unsigned i;

	*v = 0;
	if (m->bad || (size_t)(m->end - m->p) < size) {
		m->bad = true;
		return -1;
	}
	for (i = 0; i < size; i++)
		*v = *v << 8 | *m->p++;
	return 0;
}

int
msg_get_u8(struct msg_in *m, uint8_t *v)
{
	uint64_t n;
	int r = get_number(m, &n, 1);

	*v = (uint8_t)n;
	return r;
}

int
msg_get_u16(struct msg_in *m, uint16_t *v)
{
	uint64_t n;
	int r = get_number(m, &n, 2);

	*v = (uint16_t)n;
	return r;
}

int
msg_get_u32(struct msg_in *m, uint32_t *v)
{
	uint64_t n;
	int r = get_number(m, &n, 4);

	*v = (uint32_t)n;
	return r;
}

int
msg_get_u64(struct msg_in *m, uint64_t *v)
{
	return get_number(m, v, 8);
}

int
msg_get_i64(struct msg_in *m, int64_t *v)
{
	uint64_t n;
	int r = get_number(m, &n, 8);

	memcpy(v, &n, sizeof(*v));
	return r;
}

int
msg_get_bytes(struct msg_in *m, const uint8_t **p, size_t *n)
{
	uint32_t size;

	*p = NULL;
	*n = 0;
	if (msg_get_u32(m, &size) == -1)
		return -1;
	if ((size_t)(m->end - m->p) < size) {
		m->bad = true;
		return -1;
	}
	*p = m->p;
	*n = size;
	m->p += size;
	return 0;
}

int
msg_get_string(struct msg_in *m, char *out, size_t size)
{
	const uint8_t *p;
	size_t n;

	out[0] = '\0';
	if (msg_get_bytes(m, &p, &n) == -1)
		return -1;
	if (n >= size || memchr(p, '\0', n) != NULL) {
		m->bad = true;
		return -1;
	}
	memcpy(out, p, n);
	out[n] = '\0';
	return 0;
}

char *
msg_dup_string(struct msg_in *m)
{
	const uint8_t *p;
	size_t n;
	char *s;

	if (msg_get_bytes(m, &p, &n) == -1)
		return NULL;
	if (n > MSG_STRING_MAX || memchr(p, '\0', n) != NULL) {
		m->bad = true;
		return NULL;
	}
	s = xcalloc(1, n + 1);
	memcpy(s, p, n);
	return s;
}

int
msg_end(struct msg_in *m)
{
	if (m->bad || m->p != m->end) {
		m->bad = true;
		return -1;
	}
	return 0;
}
