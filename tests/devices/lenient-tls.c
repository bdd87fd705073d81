/*
 * lenient-tls: a TLS 1.3 server that resumes whatever ticket it is shown.
 *
 *   lenient-tls PORT CERTIFICATE KEY
 *
 * Its tickets are numbers of sessions that it remembers (no state is in them),
 * and one that it does not know is taken for the newest.  Everything else is
 * OpenSSL's.  One connection at a time, by IPv4 and IPv6; it says nothing.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define PATIENCE_S 2

static SSL_SESSION *newest;

static int
on_new(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(newest);
	newest = session;
	return 1; /* ours now */
}

static SSL_SESSION *
on_wanted(SSL *ssl, const unsigned char *id, int n, int *copy)
{
	(void)ssl;
	(void)id;
	(void)n;
	*copy = 1;
	return newest;
}

static SSL_CTX *
new_context(const char *certificate, const char *key)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());

	if (c == NULL ||
	    SSL_CTX_use_certificate_file(c, certificate, SSL_FILETYPE_PEM) !=
		1 ||
	    SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1)
		return NULL;
	SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION);
	SSL_CTX_set_options(c, SSL_OP_NO_TICKET); /* numbers instead */
	SSL_CTX_set_num_tickets(c, 1);            /* the newest */
	SSL_CTX_set_session_cache_mode(
	    c, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c, on_new);
	SSL_CTX_sess_set_get_cb(c, on_wanted);
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

/* Until the client ends it, or has not spoken for a while. */
static void
serve(SSL_CTX *context, int fd)
{
	const struct timeval patience = { PATIENCE_S, 0 };
	SSL *ssl = SSL_new(context);
	char heard[512];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (ssl == NULL)
		return;
	if (SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)
		while (SSL_read(ssl, heard, sizeof(heard)) > 0)
			;
	/* Without it, what was cut off could not be resumed. */
	SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(ssl);
}

int
main(int argc, char **argv)
{
	SSL_CTX *context;
	int fd, client;

	if (argc != 4) {
		fprintf(stderr, "usage: lenient-tls PORT CERTIFICATE KEY\n");
		return 64;
	}
	context = new_context(argv[2], argv[3]);
	fd = listen_at((uint16_t)strtoul(argv[1], NULL, 10));
	if (context == NULL || fd == -1)
		return 1;
	for (;;) {
		client = accept(fd, NULL, NULL);
		if (client == -1)
			return 1;
		serve(context, client);
		close(client);
	}
}
