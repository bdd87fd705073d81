/*
 * fake_tls: hellos in, flights out.
 */
#include "tests/unit/fake_tls.h"

#include <stdlib.h>
#include <string.h>

#include "protocols/bytes.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"

static size_t
version_index(uint16_t version)
{
	return version == TLS_SSL2 ? 0 : (size_t)(version - TLS_SSL3) + 1;
}

static size_t
refuse(enum fake_tls_refuses how, uint8_t *out)
{
	static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 40 };

	if (how == FAKE_TLS_BY_CLOSING || how == FAKE_TLS_BY_SILENCE)
		return 0;
	memcpy(out, alert, sizeof(alert));
	if (how == FAKE_TLS_BY_VERSION_ALERT)
		out[6] = TLS_ALERT_PROTOCOL_VERSION;
	return sizeof(alert);
}

/* A handshake message in a record of its own. */
static size_t
put_message(uint8_t *out, uint8_t type, const uint8_t *body, size_t n)
{
	out[0] = TLS_HANDSHAKE;
	put_u16(out + 1, TLS_12);
	put_u16(out + 3, (uint16_t)(n + 4));
	out[5] = type;
	out[6] = 0;
	put_u16(out + 7, (uint16_t)n);
	if (n > 0)
		memcpy(out + 9, body, n);
	return n + 9;
}

static size_t
put_hello(
    const struct fake_tls *s, uint16_t version, uint16_t suite, uint8_t *out)
{
	uint8_t body[128] = { 0 };
	size_t n = 38, block;

	put_u16(body, version == TLS_13 ? TLS_12 : version);
	put_u16(body + 35, suite);
	body[37] = version == TLS_13 ? 0 : s->compression;
	block = n;
	n += 2;
	if (version == TLS_13) {
		put_u16(body + n, TLS_EXT_SUPPORTED_VERSIONS);
		put_u16(body + n + 2, 2);
		put_u16(body + n + 4, TLS_13);
		n += 6;
	}
	if (version < TLS_13 && !s->no_ems) {
		put_u16(body + n, TLS_EXT_EXTENDED_MASTER_SECRET);
		n += 4;
	}
	if (version < TLS_13 && !s->no_renegotiation_info) {
		put_u16(body + n, TLS_EXT_RENEGOTIATION_INFO);
		put_u16(body + n + 2, 1);
		n += 5;
	}
	put_u16(body + block, (uint16_t)(n - block - 2));
	if (n == block + 2)
		n = block;
	return put_message(out, TLS_SERVER_HELLO, body, n);
}

static size_t
put_key(
    const struct fake_tls *s, uint16_t version, uint16_t suite, uint8_t *out)
{
	const size_t prime = (size_t)(s->dh_bits == 0 ? 2048 : s->dh_bits) / 8;
	uint8_t body[1200] = { 0 };
	struct tls_suite is;
	size_t n = 0;

	(void)tls_suite_of(suite, &is);
	if (is.exchange == TLS_KX_DHE) {
		put_u16(body, (uint16_t)prime);
		memset(body + 2, 0xff, prime);
		n = 2 + prime;
		put_u16(body + n, 1);
		body[n + 2] = 2;
		put_u16(body + n + 3, 1);
		body[n + 5] = 4;
		n += 6;
	} else if (is.exchange == TLS_KX_ECDHE) {
		body[0] = 3;
		put_u16(body + 1, s->group == 0 ? 29 : s->group);
		body[3] = 32;
		n = 36;
	} else {
		return 0;
	}
	if (!is.is_anonymous && version == TLS_12) {
		put_u16(body + n, s->signature == 0 ? 0x0804 : s->signature);
		n += 2;
	}
	if (!is.is_anonymous) {
		put_u16(body + n, 64);
		n += 66;
	}
	return put_message(out, TLS_SERVER_KEY_EXCHANGE, body, n);
}

static size_t
choose(const struct fake_tls *s, uint16_t version, uint16_t suite, uint8_t *out)
{
	size_t n = put_hello(s, version, suite, out);

	if (version == TLS_13)
		return n;
	n += put_key(s, version, suite, out + n);
	return n + put_message(out + n, TLS_SERVER_HELLO_DONE, NULL, 0);
}

static uint16_t
pick(const struct fake_tls *s, const struct tls_client_hello *h, size_t v)
{
	size_t i, k;

	for (i = 0; s->clients_order && i < h->suites.n / 2; i++)
		for (k = 0; s->takes[v][k] != 0; k++)
			if (s->takes[v][k] == tls_list_at(h->suites, i))
				return s->takes[v][k];
	for (k = 0; s->takes[v][k] != 0; k++)
		if (tls_client_hello_offers(h, s->takes[v][k]))
			return s->takes[v][k];
	return 0;
}

static size_t
answer_ssl2(uint8_t *out)
{
	static const uint8_t hello[] = { 0x80, 0x11, 4, 0, 1, 0, 2, 0, 0, 0, 6,
		0, 0, 0x01, 0x00, 0x80, 0x07, 0x00, 0xc0 };

	memcpy(out, hello, sizeof(hello));
	return sizeof(hello);
}

size_t
fake_tls_serve(struct fake_tls *s, const uint8_t *say, size_t n, uint8_t *out,
    bool *closed)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n";
	struct tls_client_hello h;
	uint16_t suite;

	s->hellos++;
	*closed = s->refuses != FAKE_TLS_BY_SILENCE;
	if (s->tires_after != 0 && s->hellos > s->tires_after) {
		*closed = true;
		return 0;
	}
	if (s->speaks_text) {
		memcpy(out, text, sizeof(text) - 1);
		return sizeof(text) - 1;
	}
	if ((say[0] & 0x80) != 0)
		return s->has_ssl2 ? answer_ssl2(out) : refuse(s->refuses, out);
	if (tls_client_hello_read(&h, say + 9, n - 9) == -1)
		abort();
	if (h.suites.n / 2 > s->largest)
		s->largest = (uint32_t)h.suites.n / 2;
	if (s->longest != 0 && h.suites.n / 2 > s->longest) {
		*closed = s->choke != FAKE_TLS_BY_SILENCE;
		return refuse(s->choke, out);
	}
	if (s->lies)
		return choose(s, h.best_version, 0x0042, out);
	suite = pick(s, &h, version_index(h.best_version));
	if (suite == 0)
		return refuse(s->refuses, out);
	*closed = false;
	return choose(s, h.best_version, suite, out);
}

void
fake_tls_take(
    struct fake_tls *s, uint16_t version, const uint16_t *suites, size_t n)
{
	memcpy(s->takes[version_index(version)], suites, n * sizeof(suites[0]));
}

void
fake_tls_take_many(struct fake_tls *s, uint16_t version, size_t n)
{
	uint16_t *out = s->takes[version_index(version)];
	struct tls_suite is;
	size_t i, k = 0;

	for (i = tls_suite_count(); i > 0 && k < n; i--) {
		(void)tls_suite_of(tls_suite_id_at(i - 1), &is);
		if (is.is_13 == (version == TLS_13) &&
		    (version >= TLS_12 || is.mode != TLS_MODE_AEAD))
			out[k++] = is.id;
	}
}

size_t
fake_tls_count(const struct fake_tls *s, uint16_t version)
{
	const uint16_t *list = s->takes[version_index(version)];
	size_t n = 0;

	while (list[n] != 0)
		n++;
	return n;
}
