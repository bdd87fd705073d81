/*
 * tls_answer: a server's messages, field by field.
 *
 * Every length is checked by the reader it is read with; a message that does
 * not end where its fields do is malformed.
 */
#include "protocols/tls_answer.h"

#include <string.h>

#include "protocols/bytes.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_record.h"

/* A vector whose length has this many bytes. */
static struct tls_span
take_vector(struct reader *r, size_t width)
{
	struct tls_span v = { NULL, 0 };
	size_t i;

	for (i = 0; i < width; i++)
		v.n = v.n << 8 | reader_u8(r);
	v.p = reader_take(r, v.n);
	if (v.p == NULL)
		v.n = 0;
	return v;
}

int
tls_extension_next(struct tls_span extensions, size_t *at, uint16_t *type,
    struct tls_span *body)
{
	struct reader r;

	if (*at >= extensions.n)
		return 0;
	r = reader_over(extensions.p + *at, extensions.n - *at);
	*type = reader_u16(&r);
	*body = take_vector(&r, 2);
	if (r.bad)
		return -1;
	*at = extensions.n - reader_left(&r);
	return 1;
}

/* ---- ServerHello ---- */

/* RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest". */
static const uint8_t retry[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61,
	0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
	0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33,
	0x9c };

static enum tls_downgrade
downgrade_of(const uint8_t *random)
{
	static const uint8_t word[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };

	if (memcmp(random + 24, word, sizeof(word)) != 0)
		return TLS_DOWNGRADE_NONE;
	if (random[31] == 1)
		return TLS_DOWNGRADE_12;
	return random[31] == 0 ? TLS_DOWNGRADE_11 : TLS_DOWNGRADE_NONE;
}

/* Extensions with a value of their own; -1: it is malformed. */
static int
read_valued(struct tls_server_hello *h, uint16_t type, struct tls_span body)
{
	struct reader r = reader_over(body.p, body.n), list;
	struct tls_span v;

	switch (type) {
	case TLS_EXT_SUPPORTED_VERSIONS:
		h->version = reader_u16(&r);
		break;
	case TLS_EXT_KEY_SHARE:
		h->group = reader_u16(&r);
		if (!h->is_retry)
			h->share = take_vector(&r, 2);
		break;
	case TLS_EXT_COOKIE:
		h->cookie = take_vector(&r, 2);
		break;
	case TLS_EXT_RENEGOTIATION_INFO:
		h->renegotiation_info = true;
		h->renegotiation = take_vector(&r, 1);
		break;
	case TLS_EXT_ALPN:
		v = take_vector(&r, 2);
		if (v.p == NULL)
			return -1;
		list = reader_over(v.p, v.n);
		h->alpn = take_vector(&list, 1);
		r.bad = r.bad || list.bad || reader_left(&list) > 0;
		break;
	default:
		return 0;
	}
	return r.bad || reader_left(&r) > 0 ? -1 : 0;
}

static int
read_extension(struct tls_server_hello *h, uint16_t type, struct tls_span body)
{
	switch (type) {
	case TLS_EXT_EXTENDED_MASTER_SECRET:
		h->extended_master_secret = true;
		break;
	case TLS_EXT_ENCRYPT_THEN_MAC:
		h->encrypt_then_mac = true;
		break;
	case TLS_EXT_SESSION_TICKET:
		h->session_ticket = true;
		break;
	case TLS_EXT_HEARTBEAT:
		h->heartbeat = true;
		break;
	case TLS_EXT_PRE_SHARED_KEY:
		h->psk = true;
		break;
	default:
		break;
	}
	h->nextensions++;
	return read_valued(h, type, body);
}

int
tls_server_hello_read(struct tls_server_hello *h, const void *body, size_t n)
{
	struct reader r = reader_over(body, n);
	struct tls_span value;
	size_t at = 0;
	uint16_t type;
	int got;

	memset(h, 0, sizeof(*h));
	h->legacy_version = h->version = reader_u16(&r);
	h->random = reader_take(&r, 32);
	h->session_id = take_vector(&r, 1);
	h->suite = reader_u16(&r);
	h->compression = reader_u8(&r);
	if (r.bad || h->random == NULL || h->session_id.n > 32)
		return -1;
	h->is_retry = memcmp(h->random, retry, sizeof(retry)) == 0;
	h->downgrade = downgrade_of(h->random);
	if (reader_left(&r) == 0)
		return 0; /* before extensions were known */
	h->extensions = take_vector(&r, 2);
	if (r.bad || reader_left(&r) > 0)
		return -1;
	while (
	    (got = tls_extension_next(h->extensions, &at, &type, &value)) == 1)
		if (read_extension(h, type, value) == -1)
			return -1;
	return got;
}

/* ---- Certificate ---- */

int
tls_certificate_next(
    const void *body, size_t n, size_t *at, struct tls_span *der)
{
	struct reader r = reader_over(body, n);
	struct tls_span list = take_vector(&r, 3);

	if (list.p == NULL || reader_left(&r) > 0)
		return -1;
	if (*at >= list.n)
		return 0;
	r = reader_over(list.p + *at, list.n - *at);
	*der = take_vector(&r, 3);
	if (r.bad)
		return -1;
	*at = list.n - reader_left(&r);
	return 1;
}

/* ---- ServerKeyExchange ---- */

static uint32_t
bits_of(struct tls_span number)
{
	uint32_t bits;
	uint8_t top;

	while (number.n > 0 && number.p[0] == 0) {
		number.p++;
		number.n--;
	}
	if (number.n == 0)
		return 0;
	bits = (uint32_t)number.n * 8;
	for (top = number.p[0]; (top & 0x80) == 0; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

/* RFC 8422 section 5.4; explicit curves: RFC 4492 section 5.4. */
static void
read_curve(struct tls_server_key *k, struct reader *r)
{
	const uint8_t kind = reader_u8(r);

	if (kind == 3) {
		k->group = reader_u16(r);
	} else if (kind == 1) {
		(void)take_vector(r, 1); /* p, a, b, base, order, cofactor */
		(void)take_vector(r, 1);
		(void)take_vector(r, 1);
		(void)take_vector(r, 1);
		(void)take_vector(r, 1);
		(void)take_vector(r, 1);
	} else {
		r->bad = true;
	}
	k->point = take_vector(r, 1);
}

int
tls_server_key_read(struct tls_server_key *k, enum tls_exchange exchange,
    uint16_t version, bool is_anonymous, struct tls_span body)
{
	struct reader r = reader_over(body.p, body.n);
	const bool psk = exchange == TLS_EXCHANGE_ECDH_PSK ||
	    exchange == TLS_EXCHANGE_DH_PSK;

	memset(k, 0, sizeof(*k));
	if (psk)
		(void)take_vector(&r, 2); /* the hint */
	if (exchange == TLS_EXCHANGE_ECDH ||
	    exchange == TLS_EXCHANGE_ECDH_PSK) {
		read_curve(k, &r);
	} else {
		k->prime = take_vector(&r, 2);
		k->generator = take_vector(&r, 2);
		if (exchange != TLS_EXCHANGE_RSA)
			k->point = take_vector(&r, 2);
		k->bits = bits_of(k->prime);
	}
	if (!psk && !is_anonymous) {
		k->is_signed = true;
		if (version >= TLS_12)
			k->signature = reader_u16(&r);
		(void)take_vector(&r, 2);
	}
	return r.bad || reader_left(&r) > 0 ? -1 : 0;
}

int
tls_certificate_request_read(struct tls_certificate_request *request,
    uint16_t version, const void *body, size_t n)
{
	struct reader r = reader_over(body, n);

	memset(request, 0, sizeof(*request));
	request->types = take_vector(&r, 1);
	if (version >= TLS_12)
		request->signatures = take_vector(&r, 2);
	request->names = take_vector(&r, 2);
	return r.bad || reader_left(&r) > 0 ? -1 : 0;
}

/* ---- SSL 2 ---- */

int
tls_ssl2_hello_read(struct tls_ssl2_hello *h, const void *body, size_t n)
{
	struct reader r = reader_over(body, n);
	uint16_t certificate, kinds, id;

	memset(h, 0, sizeof(*h));
	h->session_hit = reader_u8(&r) != 0;
	(void)reader_u8(&r); /* the kind of certificate: X.509 alone exists */
	h->version = reader_u16(&r);
	certificate = reader_u16(&r);
	kinds = reader_u16(&r);
	id = reader_u16(&r);
	h->certificate.p = reader_take(&r, certificate);
	h->certificate.n = certificate;
	h->kinds.p = reader_take(&r, kinds);
	h->kinds.n = kinds;
	h->connection_id.p = reader_take(&r, id);
	h->connection_id.n = id;
	return r.bad || kinds % 3 != 0 || reader_left(&r) > 0 ? -1 : 0;
}
