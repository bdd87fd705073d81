/*
 * tls_client_hello: a client's offer, field by field.
 */
#include "protocols/tls_client_hello.h"

#include <string.h>

#include "protocols/bytes.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_record.h"

static struct tls_span
take_vector(struct reader *r, size_t width)
{
	struct tls_span v = { NULL, 0 };

	v.n = width == 1 ? reader_u8(r) : reader_u16(r);
	v.p = reader_take(r, v.n);
	if (v.p == NULL)
		v.n = 0;
	return v;
}

uint16_t
tls_list_at(struct tls_span list, size_t i)
{
	return (uint16_t)(list.p[2 * i] << 8 | list.p[2 * i + 1]);
}

bool
tls_client_hello_offers(const struct tls_client_hello *h, uint16_t suite)
{
	size_t i;

	for (i = 0; i < h->suites.n / 2; i++)
		if (tls_list_at(h->suites, i) == suite)
			return true;
	return false;
}

/* One vector that is the whole extension, of entries of `each` bytes. */
static int
read_whole(
    struct tls_span body, size_t width, size_t each, struct tls_span *out)
{
	struct reader r = reader_over(body.p, body.n);

	*out = take_vector(&r, width);
	return r.bad || reader_left(&r) > 0 || out->n % each != 0 ? -1 : 0;
}

static int
read_host(struct tls_client_hello *h, struct tls_span body)
{
	struct tls_span list, name;
	struct reader r;
	uint8_t kind;

	if (read_whole(body, 2, 1, &list) == -1)
		return -1;
	r = reader_over(list.p, list.n);
	while (!r.bad && reader_left(&r) > 0) {
		kind = reader_u8(&r);
		name = take_vector(&r, 2);
		if (kind == 0 && h->host.p == NULL)
			h->host = name;
	}
	return r.bad ? -1 : 0;
}

/* Those that are there or not. */
static void
read_flag(struct tls_client_hello *h, uint16_t type)
{
	switch (type) {
	case TLS_EXT_EXTENDED_MASTER_SECRET:
		h->extended_master_secret = true;
		break;
	case TLS_EXT_ENCRYPT_THEN_MAC:
		h->encrypt_then_mac = true;
		break;
	case TLS_EXT_RENEGOTIATION_INFO:
		h->renegotiation_info = true;
		break;
	case TLS_EXT_EARLY_DATA:
		h->early_data = true;
		break;
	case TLS_EXT_PRE_SHARED_KEY:
		h->psk = true;
		break;
	case TLS_EXT_STATUS_REQUEST:
		h->status_request = true;
		break;
	case TLS_EXT_HEARTBEAT:
		h->heartbeat = true;
		break;
	default:
		break;
	}
}

static int
read_extension(struct tls_client_hello *h, uint16_t type, struct tls_span body)
{
	h->nextensions++;
	read_flag(h, type);
	switch (type) {
	case TLS_EXT_SERVER_NAME:
		return read_host(h, body);
	case TLS_EXT_SUPPORTED_VERSIONS:
		return read_whole(body, 1, 2, &h->versions);
	case TLS_EXT_SUPPORTED_GROUPS:
		return read_whole(body, 2, 2, &h->groups);
	case TLS_EXT_SIGNATURE_ALGORITHMS:
		return read_whole(body, 2, 2, &h->signatures);
	case TLS_EXT_ALPN:
		return read_whole(body, 2, 1, &h->alpn);
	case TLS_EXT_KEY_SHARE:
		return read_whole(body, 2, 1, &h->key_shares);
	case TLS_EXT_SESSION_TICKET:
		h->ticket = body;
		return 0;
	default:
		return 0;
	}
}

/* DTLS' versions count downwards: "better" is higher in both. */
static uint16_t
rank(uint16_t version)
{
	return version >= 0xfe00 ? (uint16_t)~version : version;
}

static void
find_best(struct tls_client_hello *h)
{
	bool found = false;
	uint16_t v;
	size_t i;

	h->best_version = h->legacy_version;
	for (i = 0; i < h->versions.n / 2; i++) {
		v = tls_list_at(h->versions, i);
		if (tls_is_grease(v))
			continue;
		if (!found || rank(v) > rank(h->best_version))
			h->best_version = v;
		found = true;
	}
}

static int
read_hello(struct tls_client_hello *h, struct reader *r, bool is_datagram)
{
	struct tls_span value;
	uint16_t type;
	size_t at = 0;
	int got;

	memset(h, 0, sizeof(*h));
	h->legacy_version = reader_u16(r);
	h->random = reader_take(r, 32);
	h->session_id = take_vector(r, 1);
	if (is_datagram)
		h->dtls_cookie = take_vector(r, 1);
	h->suites = take_vector(r, 2);
	h->compressions = take_vector(r, 1);
	if (r->bad || h->suites.n % 2 != 0 || h->session_id.n > 32)
		return -1;
	if (reader_left(r) > 0) {
		h->extensions = take_vector(r, 2);
		if (r->bad || reader_left(r) > 0)
			return -1;
	}
	while (
	    (got = tls_extension_next(h->extensions, &at, &type, &value)) == 1)
		if (read_extension(h, type, value) == -1)
			return -1;
	find_best(h);
	return got;
}

int
tls_client_hello_read(struct tls_client_hello *h, const void *body, size_t n)
{
	struct reader r = reader_over(body, n);

	return read_hello(h, &r, false);
}

int
tls_client_hello_read_datagram(
    struct tls_client_hello *h, const void *body, size_t n)
{
	struct reader r = reader_over(body, n);

	return read_hello(h, &r, true);
}
