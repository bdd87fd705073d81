/*
 * dtls_hello: the first words of a DTLS client, and how a server takes them.
 */
#include "protocols/dtls_hello.h"

#include <string.h>

#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"

#define SUITES_MAX 256
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* All that a real client may want; of DTLS 1.0 all that there is. */
static size_t
list_suites(uint16_t *out, bool old)
{
	struct tls_suite suite;
	size_t i, n = 0;

	for (i = 0; i < tls_suite_count() && n < SUITES_MAX; i++) {
		(void)tls_suite_of(tls_suite_id_at(i), &suite);
		if (suite.is_13 || (old && suite.needs_12) ||
		    suite.exchange == TLS_KX_OTHER || suite.is_rc4)
			continue;
		if (!old && (suite.bits < 112 || suite.is_anonymous))
			continue;
		out[n++] = suite.id;
	}
	return n;
}

size_t
dtls_hello_body(const struct dtls_hello *h, uint8_t *out, size_t size)
{
	static const uint16_t groups[] = { 29, 23, 24, 25 };
	static const uint16_t signatures[] = { 0x0403, 0x0503, 0x0603, 0x0804,
		0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201 };
	uint16_t suites[SUITES_MAX];
	const bool old = h->version == DTLS_10;
	struct tls_hello_spec spec = { .version = h->version,
		.suites = h->suites,
		.nsuites = h->nsuites,
		.compressions = h->compressions,
		.ncompressions = h->ncompressions,
		.groups = groups,
		.ngroups = COUNT(groups),
		.signatures = signatures,
		.nsignatures = old ? 0 : COUNT(signatures),
		.extended_master_secret = true,
		.renegotiation_info = true,
		.dtls_cookie = h->cookie,
		.ndtls_cookie = h->ncookie };

	if (h->nsuites == 0) {
		spec.suites = suites;
		spec.nsuites = list_suites(suites, old);
	}
	memcpy(spec.random, h->random, sizeof(spec.random));
	return tls_hello_datagram_body(&spec, out, size);
}

size_t
dtls_hello_build(
    const struct dtls_hello *h, uint64_t sequence, uint8_t *out, size_t size)
{
	uint8_t body[DTLS_HELLO_MAX];
	uint8_t message[DTLS_HELLO_MAX + DTLS_HANDSHAKE_HEADER];
	struct dtls_fragment f = { .type = TLS_CLIENT_HELLO,
		.sequence = h->cookie != NULL ? 1 : 0,
		.body = { body, 0 } };
	struct dtls_record r = { .type = TLS_HANDSHAKE,
		.version = DTLS_10,
		.sequence = sequence,
		.body = { message, 0 } };

	f.body.n = dtls_hello_body(h, body, sizeof(body));
	f.size = (uint32_t)f.body.n;
	r.body.n = dtls_fragment_build(&f, message, sizeof(message));
	return f.body.n == 0 || r.body.n == 0
	    ? 0
	    : dtls_record_build(&r, out, size);
}

size_t
dtls_hello_end(uint64_t sequence, uint8_t *out, size_t size)
{
	static const uint8_t canceled[] = { 2, TLS_ALERT_HANDSHAKE_FAILURE };
	const struct dtls_record r = { .type = TLS_ALERT,
		.version = DTLS_12,
		.sequence = sequence,
		.body = { canceled, sizeof(canceled) } };

	return dtls_record_build(&r, out, size);
}

static void
hear_server_hello(struct dtls_heard *h, const struct dtls_fragment *f)
{
	struct tls_server_hello hello;

	h->answer = DTLS_HELLO;
	h->version = (uint16_t)(f->body.p[0] << 8 | f->body.p[1]);
	if (f->body.n != f->size ||
	    tls_server_hello_read(&hello, f->body.p, f->body.n) == -1)
		return;
	h->suite = hello.suite;
	h->compression = hello.compression;
}

static void
hear_handshake(struct dtls_heard *h, struct tls_span body)
{
	struct dtls_fragment f;
	struct tls_span cookie;
	uint16_t version;
	size_t at = 0;

	while (dtls_fragment_next(body, &at, &f) == 1) {
		if (f.type == TLS_SERVER_HELLO && f.offset == 0 &&
		    f.body.n >= 2)
			hear_server_hello(h, &f);
		if (h->answer != DTLS_NOTHING ||
		    f.type != TLS_HELLO_VERIFY_REQUEST || f.offset != 0 ||
		    f.body.n != f.size ||
		    dtls_verify_read(f.body, &version, &cookie) == -1 ||
		    cookie.n > sizeof(h->cookie))
			continue;
		h->answer = DTLS_VERIFY;
		if (cookie.n > 0)
			memcpy(h->cookie, cookie.p, cookie.n);
		h->ncookie = cookie.n;
	}
}

void
dtls_hello_hear(struct dtls_heard *h, const void *bytes, size_t n)
{
	struct dtls_record r;
	size_t at = 0;
	bool any = false;

	while (dtls_record_next(bytes, n, &at, &r) == 1) {
		any = true;
		if (r.is_sealed || r.epoch != 0)
			continue;
		if (r.type == TLS_HANDSHAKE) {
			hear_handshake(h, r.body);
		} else if (r.type == TLS_ALERT && r.body.n == 2 &&
		    h->answer == DTLS_NOTHING) {
			h->answer = DTLS_ALERT;
			h->alert = r.body.p[1];
		}
	}
	if (!any && h->answer == DTLS_NOTHING)
		h->answer = DTLS_STRANGE;
}
