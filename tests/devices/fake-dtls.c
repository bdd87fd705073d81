/*
 * fake-dtls: the first flight of DTLS servers with a fault that no real server
 * here has any more.
 *
 *   fake-dtls FAULT PORT
 *
 * no-cookie: it answers a hello at once.  any-cookie: it asks for a cookie, and
 * takes whatever is in its place.  On IPv4 and IPv6; it knows no handshake
 * beyond the ServerHello.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocols/bytes.h"
#include "protocols/dtls_record.h"
#include "protocols/tls_client_hello.h"

#define COOKIE_SIZE 16
#define OUT_SIZE 512

struct server {
	bool no_cookie, any_cookie;
	int fd;
	uint64_t sequence;
};

static size_t
frame(struct server *s, enum tls_message_type type, uint16_t number,
    const uint8_t *body, size_t n, uint8_t out[OUT_SIZE])
{
	uint8_t message[256];
	struct dtls_fragment f = { .type = type,
		.size = (uint32_t)n,
		.sequence = number,
		.body = { body, n } };
	struct dtls_record r = { .type = TLS_HANDSHAKE,
		.version = DTLS_12,
		.sequence = s->sequence++,
		.body = { message, 0 } };

	r.body.n = dtls_fragment_build(&f, message, sizeof(message));
	return dtls_record_build(&r, out, OUT_SIZE);
}

/* The sequence of a hello's message is that of its answer. */
static size_t
ask_for_cookie(struct server *s, uint16_t number, uint8_t out[OUT_SIZE])
{
	uint8_t body[3 + COOKIE_SIZE];

	put_u16(body, DTLS_10);
	body[2] = COOKIE_SIZE;
	memset(body + 3, 0x5a, COOKIE_SIZE);
	return frame(
	    s, TLS_HELLO_VERIFY_REQUEST, number, body, sizeof(body), out);
}

static size_t
take(struct server *s, uint16_t number, uint16_t suite, uint8_t out[OUT_SIZE])
{
	uint8_t body[38] = { 0 };

	put_u16(body, DTLS_12);
	put_u16(body + 35, suite);
	return frame(s, TLS_SERVER_HELLO, number, body, sizeof(body), out);
}

static bool
is_cookie(const struct server *s, struct tls_span cookie)
{
	size_t i;

	if (s->any_cookie)
		return cookie.n > 0;
	for (i = 0; i < cookie.n; i++)
		if (cookie.p[i] != 0x5a)
			return false;
	return cookie.n == COOKIE_SIZE;
}

static void
answer(struct server *s, const uint8_t *bytes, size_t n,
    const struct sockaddr_in6 *to)
{
	struct tls_client_hello hello;
	struct dtls_fragment f;
	struct dtls_record r;
	uint8_t out[OUT_SIZE];
	size_t at = 0, in = 0, size;

	if (dtls_record_next(bytes, n, &at, &r) != 1 ||
	    r.type != TLS_HANDSHAKE || r.epoch != 0 ||
	    dtls_fragment_next(r.body, &in, &f) != 1 ||
	    f.type != TLS_CLIENT_HELLO || f.body.n != f.size ||
	    tls_client_hello_read_datagram(&hello, f.body.p, f.body.n) == -1 ||
	    hello.suites.n < 2)
		return;
	if (s->no_cookie || is_cookie(s, hello.dtls_cookie))
		size = take(s, f.sequence, tls_list_at(hello.suites, 0), out);
	else
		size = ask_for_cookie(s, f.sequence, out);
	(void)sendto(
	    s->fd, out, size, 0, (const struct sockaddr *)to, sizeof(*to));
}

int
main(int argc, char **argv)
{
	struct sockaddr_in6 own = { .sin6_family = AF_INET6 }, from;
	struct server s = { .fd = -1 };
	uint8_t bytes[2048];
	socklen_t size;
	ssize_t n;
	int no = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: fake-dtls FAULT PORT\n");
		return 64;
	}
	s.no_cookie = strcmp(argv[1], "no-cookie") == 0;
	s.any_cookie = strcmp(argv[1], "any-cookie") == 0;
	own.sin6_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	s.fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s.fd == -1 ||
	    setsockopt(s.fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) ==
		-1 ||
	    bind(s.fd, (const struct sockaddr *)&own, sizeof(own)) == -1) {
		perror("fake-dtls");
		return 1;
	}
	for (;;) {
		size = sizeof(from);
		n = recvfrom(s.fd, bytes, sizeof(bytes), 0,
		    (struct sockaddr *)&from, &size);
		if (n > 0)
			answer(&s, bytes, (size_t)n, &from);
	}
}
