/*
 * frail-tls: a TLS server that falls over what should not be in a hello.
 *
 *   frail-tls FAULT PORT CERTIFICATE KEY
 *
 * crash: ends when a session ID is one byte longer than there may be; hang:
 * does nothing for two seconds when a hello's record claims to be empty;
 * chance: ends after every 150 connections, whatever they were.  Everything
 * else is OpenSSL's.  One connection at a time, by IPv4 and IPv6; whoever
 * started it starts it again.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define PATIENCE_MS 300
#define HANGS_S 2
#define TIRES_AFTER 150
#define RECORD 5
#define SESSION_ID 43 /* its length, in a record with a ClientHello */

static SSL_CTX *
new_context(const char *certificate, const char *key)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());

	if (c == NULL ||
	    SSL_CTX_use_certificate_file(c, certificate, SSL_FILETYPE_PEM) !=
		1 ||
	    SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1)
		return NULL;
	return c;
}

static int
listen_at(uint16_t port)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };
	const int fd = socket(AF_INET6, SOCK_STREAM, 0), no = 0, yes = 1;

	if (fd == -1 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == -1 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) == -1 ||
	    listen(fd, 64) == -1)
		return -1;
	return fd;
}

/* The beginning of what the client says, which stays to be read. */
static size_t
look(int fd, unsigned char *bytes, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		return 0;
	n = recv(fd, bytes, size, MSG_PEEK);
	return n > 0 ? (size_t)n : 0;
}

static void
fall(const char *fault, int fd)
{
	unsigned char b[64];
	const size_t n = look(fd, b, sizeof(b));
	const bool is_handshake = n >= RECORD && b[0] == 22;

	if (strcmp(fault, "crash") == 0 && is_handshake && n > SESSION_ID &&
	    b[RECORD] == 1 && b[SESSION_ID] == 33)
		_exit(1);
	if (strcmp(fault, "hang") == 0 && is_handshake && n > RECORD &&
	    b[3] == 0 && b[4] == 0 && b[RECORD] == 1)
		sleep(HANGS_S);
}

static void
serve(SSL_CTX *context, int fd)
{
	const struct timeval patience = { 0, PATIENCE_MS * 1000 };
	SSL *ssl = SSL_new(context);
	char heard[512];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (ssl == NULL)
		return;
	if (SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)
		while (SSL_read(ssl, heard, sizeof(heard)) > 0)
			;
	SSL_free(ssl);
}

int
main(int argc, char **argv)
{
	SSL_CTX *context;
	int fd, client, served = 0;

	if (argc != 5) {
		fprintf(
		    stderr, "usage: frail-tls FAULT PORT CERTIFICATE KEY\n");
		return 64;
	}
	context = new_context(argv[3], argv[4]);
	fd = listen_at((uint16_t)strtoul(argv[2], NULL, 10));
	if (context == NULL || fd == -1)
		return 1;
	while (strcmp(argv[1], "chance") != 0 || served++ < TIRES_AFTER) {
		client = accept(fd, NULL, NULL);
		if (client == -1)
			return 1;
		fall(argv[1], client);
		serve(context, client);
		close(client);
	}
	return 0;
}
