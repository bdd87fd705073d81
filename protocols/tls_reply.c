/*
 * tls_reply: from the bytes of one connection to what the server decided.
 */
#include "protocols/tls_reply.h"

#include <string.h>

#include "protocols/tls_names.h"

/* How its ServerKeyExchange is to be read; 0: it has none. */
static enum tls_exchange
exchange_of(const struct tls_suite *s)
{
	switch (s->exchange) {
	case TLS_KX_DHE:
		return TLS_EXCHANGE_DH;
	case TLS_KX_ECDHE:
		return TLS_EXCHANGE_ECDH;
	case TLS_KX_DHE_PSK:
		return TLS_EXCHANGE_DH_PSK;
	case TLS_KX_ECDHE_PSK:
		return TLS_EXCHANGE_ECDH_PSK;
	case TLS_KX_RSA: /* export alone sends one */
		return TLS_EXCHANGE_RSA;
	case TLS_KX_ANY:
	case TLS_KX_DH:
	case TLS_KX_ECDH:
	case TLS_KX_PSK:
	case TLS_KX_RSA_PSK:
	case TLS_KX_OTHER:
		break;
	}
	return 0;
}

static void
read_key(struct tls_reply *r, const struct tls_message *m)
{
	const struct tls_span body = { m->body, m->size };
	enum tls_exchange exchange;
	struct tls_suite suite;

	if (r->outcome != TLS_CHOSE || !tls_suite_of(r->suite, &suite))
		return;
	exchange = exchange_of(&suite);
	r->has_key = exchange != 0 &&
	    tls_server_key_read(
		&r->key, exchange, r->version, suite.is_anonymous, body) == 0;
}

static void
read_hello(struct tls_reply *r, const struct tls_message *m)
{
	if (r->outcome == TLS_CHOSE)
		return; /* a second one is nobody's */
	if (tls_server_hello_read(&r->hello, m->body, m->size) == -1) {
		r->outcome = TLS_STRANGE;
		return;
	}
	r->outcome = TLS_CHOSE;
	r->version = r->hello.version;
	r->suite = r->hello.suite;
	r->is_whole = r->version == TLS_13; /* the rest is sealed */
}

static void
read_message(struct tls_reply *r, const struct tls_message *m)
{
	size_t at = 0;

	switch (m->type) {
	case TLS_SERVER_HELLO:
		read_hello(r, m);
		break;
	case TLS_CERTIFICATE:
		(void)tls_certificate_next(
		    m->body, m->size, &at, &r->certificate);
		break;
	case TLS_SERVER_KEY_EXCHANGE:
		read_key(r, m);
		break;
	case TLS_CERTIFICATE_REQUEST:
		r->asks_certificate = true;
		break;
	case TLS_SERVER_HELLO_DONE:
		r->is_whole = r->outcome == TLS_CHOSE;
		break;
	case TLS_SSL2_SERVER_HELLO:
		r->outcome = TLS_STRANGE;
		if (tls_ssl2_hello_read(&r->ssl2, m->body, m->size) == -1)
			break;
		r->outcome = TLS_CHOSE;
		r->version = TLS_SSL2;
		r->certificate = r->ssl2.certificate;
		r->is_whole = true;
		break;
	case TLS_SSL2_ERROR:
		r->outcome = TLS_REFUSED;
		break;
	case TLS_HELLO_REQUEST:
	case TLS_CLIENT_HELLO:
	case TLS_HELLO_VERIFY_REQUEST:
	case TLS_NEW_SESSION_TICKET:
	case TLS_ENCRYPTED_EXTENSIONS:
	case TLS_CERTIFICATE_VERIFY:
	case TLS_CLIENT_KEY_EXCHANGE:
	case TLS_FINISHED:
	case TLS_CERTIFICATE_STATUS:
		break;
	}
}

void
tls_reply_read(struct tls_reply *r, const void *heard, size_t n, bool closed,
    uint8_t *room)
{
	struct tls_message m;
	struct tls_flight f;

	memset(r, 0, sizeof(*r));
	tls_flight_begin(&f, room, TLS_REPLY_ROOM);
	(void)tls_flight_take(&f, heard, n);
	while (tls_flight_next(&f, &m))
		read_message(r, &m);
	if (r->outcome != 0)
		return;
	if (f.alerted) {
		r->outcome = TLS_REFUSED;
		r->alert = f.alert;
	} else if (f.is_bad || (n > 0 && closed) || f.sealed > 0) {
		r->outcome = TLS_STRANGE;
	} else {
		r->outcome = closed ? TLS_CLOSED : TLS_SILENT;
	}
}

bool
tls_reply_is_enough(const void *heard, size_t n, bool hello, uint8_t *room)
{
	struct tls_reply r;

	tls_reply_read(&r, heard, n, false, room);
	return r.outcome == TLS_REFUSED || r.outcome == TLS_STRANGE ||
	    (r.outcome == TLS_CHOSE && (hello || r.is_whole));
}
