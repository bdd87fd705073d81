/*
 * read: what a conversation of the device's shows of TLS.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "probes/tls_passive/parts.h"
#include "protocols/dtls_record.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"
#include "protocols/x509.h"

#define TO_MAX 320
#define TRIES_MAX 32 /* places that look like a hello and are none */

/* ---- whom the device called ---- */

static bool
has_server(const struct passive_server *list, size_t n,
    const struct passive_server *server)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memcmp(&list[i], server, sizeof(*server)) == 0)
			return true;
	return false;
}

static struct passive_server
server_at(uint8_t family, const uint8_t *addr, uint16_t port)
{
	struct passive_server server;

	memset(&server, 0, sizeof(server));
	server.family = family;
	server.port = port;
	memcpy(server.addr, addr, family == 4 ? 4 : 16);
	return server;
}

static void
meet(struct passive *s, const struct tcp_stream *t)
{
	const struct passive_server server =
	    server_at(t->family, t->server, t->server_port);

	if (s->nmet < PASSIVE_SERVERS_MAX &&
	    !has_server(s->met, s->nmet, &server))
		s->met[s->nmet++] = server;
}

static bool
is_record(const uint8_t *p, size_t n)
{
	return n >= TLS_RECORD_HEADER && p[0] >= TLS_CHANGE_CIPHER_SPEC &&
	    p[0] <= TLS_APPLICATION_DATA && p[1] == 3 && p[2] <= 4 &&
	    (size_t)(p[3] << 8 | p[4]) <= TLS_RECORD_BODY_MAX;
}

void
passive_miss(struct assay_job *job, const struct packet *p)
{
	struct passive *s = assay_state(job);
	const struct passive_server server =
	    server_at(p->family, p->dst, p->port_dst);

	/* Segments of a record's middle look like nothing; its next one does.
	 */
	if (!is_record(p->payload, p->payload_size) ||
	    has_server(s->missed, s->nmissed, &server))
		return;
	if (s->nmissed == PASSIVE_SERVERS_MAX) {
		s->overflowed = true;
		return;
	}
	s->missed_own[s->nmissed] = p->port_src;
	s->missed[s->nmissed++] = server;
}

/* "tcp 443 api.example.com", or the address when it names nobody. */
static void
put_to(char *out, size_t size, const char *transport,
    const struct passive_server *server, struct tls_span host)
{
	char name[256];
	size_t i;

	if (host.p == NULL || host.n == 0 || host.n >= sizeof(name)) {
		inet_ntop(server->family == 4 ? AF_INET : AF_INET6,
		    server->addr, name, sizeof(name));
	} else {
		for (i = 0; i < host.n; i++)
			name[i] = host.p[i] > ' ' && host.p[i] < 127
			    ? (char)host.p[i]
			    : '?';
		name[host.n] = '\0';
	}
	snprintf(out, size, "%s %u %s", transport, server->port, name);
}

/* ---- the client's side ---- */

/* The first message from at on, whole, is a ClientHello. */
static bool
read_hello(struct passive *s, const uint8_t *bytes, size_t n,
    struct tls_client_hello *hello, struct tls_flight *flight)
{
	struct tls_message m;

	tls_flight_begin(flight, s->room, sizeof(s->room));
	(void)tls_flight_take(flight, bytes, n);
	return tls_flight_next(flight, &m) && m.type == TLS_CLIENT_HELLO &&
	    tls_client_hello_read(hello, m.body, m.size) == 0;
}

/* It goes on to the key exchange, or to what is sealed: the choice suits it. */
static bool
goes_on(struct tls_flight *flight)
{
	struct tls_message m;

	while (tls_flight_next(flight, &m))
		if (m.type == TLS_CLIENT_KEY_EXCHANGE)
			return true;
	return flight->changed_cipher;
}

/* draft-hickman-netscape-ssl-00 section 2.5; RFC 5246 appendix E.2. */
static bool
read_old_hello(
    const uint8_t *p, size_t n, uint16_t *version, struct tls_span *kinds)
{
	size_t size;

	if (n < 11 || (p[0] & 0x80) == 0 || p[2] != 1)
		return false;
	size = (size_t)(p[0] & 0x7f) << 8 | p[1];
	*version = (uint16_t)(p[3] << 8 | p[4]);
	kinds->n = (size_t)(p[5] << 8 | p[6]);
	kinds->p = p + 11;
	return (*version == TLS_SSL2 || *version >> 8 == 3) &&
	    kinds->n % 3 == 0 && kinds->n > 0 && kinds->n <= n - 11 &&
	    size >= 9 + kinds->n;
}

/* Where a hello begins: at once, or behind words in clear that lead to it
 * (STARTTLS, CONNECT).  n: nowhere. */
static size_t
find_hello(struct passive *s, const uint8_t *bytes, size_t n,
    struct tls_client_hello *hello, struct tls_flight *flight)
{
	unsigned tries = 0;
	size_t at;

	for (at = 0; at + 6 <= n && tries < TRIES_MAX; at++) {
		if (!is_record(bytes + at, n - at) ||
		    bytes[at] != TLS_HANDSHAKE ||
		    bytes[at + 5] != TLS_CLIENT_HELLO)
			continue;
		if (read_hello(s, bytes + at, n - at, hello, flight))
			return at;
		tries++;
	}
	return n;
}

/* What the server of the first record from at on answers. */
static bool
hear_choice(struct passive *s, const struct tcp_stream_side *side,
    struct tls_reply *reply)
{
	const size_t n = tcp_stream_size(side);
	unsigned tries = 0;
	size_t at;

	for (at = 0; at + 6 <= n && tries < TRIES_MAX; at++) {
		if (!is_record(side->bytes + at, n - at) ||
		    side->bytes[at] != TLS_HANDSHAKE ||
		    side->bytes[at + 5] != TLS_SERVER_HELLO)
			continue;
		tls_reply_read(reply, side->bytes + at, n - at, false, s->room);
		if (reply->outcome == TLS_CHOSE)
			return true;
		tries++;
	}
	return false;
}

static void
put_choice(char *out, size_t size, const struct tls_reply *r)
{
	struct tls_suite suite;

	(void)tls_suite_of(r->suite, &suite);
	snprintf(
	    out, size, "0x%04x 0x%04x %s", r->version, r->suite, suite.name);
}

static void
tell_certificate(struct assay_job *job, uint16_t port, const char *field,
    const char *prefix, const struct tls_reply *r,
    const struct assay_frames *frames)
{
	char text[128];
	struct x509 x;

	if (r->certificate.p == NULL ||
	    x509_read(&x, r->certificate.p, r->certificate.n) == -1)
		return;
	snprintf(text, sizeof(text), "%s%s %u %s%s", prefix, x.key, x.key_bits,
	    x.signature, x.signature_is_weak ? " weak" : "");
	passive_tell(job, port, field, text, frames);
}

static void
tell_choice(struct assay_job *job, const struct tcp_stream *t, size_t number,
    bool went_on, const struct assay_frames *frames)
{
	struct passive *s = assay_state(job);
	char choice[120], text[160], prefix[24];
	struct tls_reply r;

	if (!hear_choice(s, &t->heard, &r))
		return;
	put_choice(choice, sizeof(choice), &r);
	/* In TLS 1.3 what follows is sealed, and nothing hangs on it. */
	snprintf(text, sizeof(text), "%zu %s%s", number, choice,
	    went_on ? " taken" : "");
	passive_tell(job, 0, "chosen", text, frames);
	snprintf(prefix, sizeof(prefix), "%zu ", number);
	tell_certificate(job, 0, "chosen.certificate", prefix, &r, frames);
}

static void
read_client(struct assay_job *job, const struct tcp_stream *t)
{
	struct passive *s = assay_state(job);
	const uint8_t *bytes = t->sent.bytes;
	const size_t n = tcp_stream_size(&t->sent);
	const struct assay_frames frames = assay_frames_of(ASSAY_TCP, NULL,
	    t->server_port, t->client_port, "TLS of the device as client");
	const struct passive_server server =
	    server_at(t->family, t->server, t->server_port);
	struct tls_span none = { NULL, 0 }, kinds;
	struct tls_client_hello hello;
	struct tls_flight flight;
	char to[TO_MAX];
	uint16_t version;
	bool went_on;
	size_t number;

	if (n == 0) {
		s->unread += tcp_stream_has_gap(&t->sent);
		return;
	}
	if (find_hello(s, bytes, n, &hello, &flight) < n) {
		put_to(to, sizeof(to), "tcp", &server, hello.host);
		number = passive_tell_offer(job, &hello, to, &frames);
		went_on = goes_on(&flight);
		s->hellos++;
		meet(s, t);
		if (number > 0)
			tell_choice(job, t, number, went_on, &frames);
	} else if (read_old_hello(bytes, n, &version, &kinds)) {
		put_to(to, sizeof(to), "tcp", &server, none);
		(void)passive_tell_old_offer(job, version, kinds, to, &frames);
		s->hellos++;
		meet(s, t);
	} else if (n < 3 || (bytes[0] == TLS_HANDSHAKE && bytes[1] == 3)) {
		s->unread++; /* it was to be a hello, and is not all there */
	} else {
		put_to(to, sizeof(to), "tcp", &server, none);
		passive_tell(job, 0, "clear", to, &frames);
		s->unread += tcp_stream_has_gap(&t->sent);
	}
}

/* ---- the device as server ---- */

static void
read_server(struct assay_job *job, const struct tcp_stream *t)
{
	struct passive *s = assay_state(job);
	const struct assay_frames frames = assay_frames_of(ASSAY_TCP, NULL,
	    t->client_port, t->server_port, "TLS of the device as server");
	const size_t n = tcp_stream_size(&t->sent);
	struct tls_client_hello hello;
	struct tls_flight flight;
	struct tls_reply r;
	char text[120];

	/* Without a question these bytes are somebody's data. */
	if (find_hello(s, t->sent.bytes, n, &hello, &flight) == n ||
	    !hear_choice(s, &t->heard, &r))
		return;
	put_choice(text, sizeof(text), &r);
	passive_tell(job, t->server_port, "served", text, &frames);
	tell_certificate(
	    job, t->server_port, "served.certificate", "", &r, &frames);
}

void
passive_read_stream(void *arg, const struct tcp_stream *t)
{
	if (t->tag == PASSIVE_CLIENT)
		read_client(arg, t);
	else
		read_server(arg, t);
}

/* ---- DTLS ---- */

void
passive_read_datagram(struct assay_job *job, const struct packet *p)
{
	struct passive *s = assay_state(job);
	const struct passive_server server =
	    server_at(p->family, p->dst, p->port_dst);
	const struct assay_frames frames = assay_frames_of(ASSAY_UDP, NULL,
	    p->port_dst, p->port_src, "DTLS of the device as client");
	struct tls_client_hello hello;
	struct dtls_fragment f;
	struct dtls_record r;
	char to[TO_MAX];
	size_t at = 0, in = 0;

	if (p->payload_size < DTLS_RECORD_HEADER + DTLS_HANDSHAKE_HEADER ||
	    p->payload[0] != TLS_HANDSHAKE || p->payload[1] != 0xfe ||
	    p->payload[DTLS_RECORD_HEADER] != TLS_CLIENT_HELLO ||
	    dtls_record_next(p->payload, p->payload_size, &at, &r) != 1 ||
	    r.epoch != 0)
		return;
	if (dtls_fragment_next(r.body, &in, &f) != 1 ||
	    f.type != TLS_CLIENT_HELLO)
		return;
	if (f.offset != 0 || f.body.n != f.size ||
	    tls_client_hello_read_datagram(&hello, f.body.p, f.body.n) == -1) {
		s->unread++; /* in fragments, or broken */
		return;
	}
	put_to(to, sizeof(to), "udp", &server, hello.host);
	(void)passive_tell_offer(job, &hello, to, &frames);
	s->hellos++;
}

/* ---- once the frames are over ---- */

static void
observe_missed(struct assay_job *job)
{
	const struct passive *s = assay_state(job);
	const struct tls_span none = { NULL, 0 };
	struct assay_frames frames;
	char to[TO_MAX];
	size_t i;

	for (i = 0; i < s->nmissed; i++) {
		if (has_server(s->met, s->nmet, &s->missed[i]))
			continue;
		frames = assay_frames_of(ASSAY_TCP, NULL, s->missed[i].port,
		    s->missed_own[i], "a conversation without its beginning");
		put_to(to, sizeof(to), "tcp", &s->missed[i], none);
		(void)assay_observe_on(job, ASSAY_ON(NULL, 0), "missed",
		    ASSAY_STRING(to), &frames, 1);
	}
}

void
passive_observe_end(struct assay_job *job)
{
	struct passive *s = assay_state(job);
	const struct assay_subject device = ASSAY_ON(NULL, 0);

	tcp_streams_end(&s->streams);
	observe_missed(job);
	(void)assay_observe_count(job, device, "hellos", s->hellos);
	(void)assay_observe_count(job, device, "unread", s->unread);
	(void)assay_observe_count(job, device, "cut", s->cut);
	(void)assay_observe_on(
	    job, device, "overflowed", ASSAY_BOOL(s->overflowed), NULL, 0);
}
