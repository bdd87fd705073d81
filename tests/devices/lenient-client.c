/*
 * lenient-client: a client of TLS that looks at everything but one thing, where
 * no real one can be brought to leave it out.
 *
 *   lenient-client FLAW HOST:PORT AUTHORITY
 *
 * FLAW: signature (whoever signs the handshake), mac (a record whose MAC is
 * wrong), downgrade (a random that tells of one), pieces (it waits for ever
 * when a message's header comes in two records).  OpenSSL's library, whose own
 * calls of libcrypto come here first.  Calls once, asks by HTTP, and ends when
 * all is said.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define PATIENCE_S 20
#define OURS __attribute__((visibility("default")))

static const char *flaw = "";
static bool is_stuck;  /* nothing is read any more */
static bool has_wiped; /* the sentinel, which is among what was signed */
static const uint8_t sentinel[8] = "DOWNGRD\1"; /* RFC 8446 section 4.1.3 */

static bool
has(const char *name)
{
	return strcmp(flaw, name) == 0;
}

OURS int
EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t siglen,
    const unsigned char *tbs, size_t tbslen)
{
	if (has("signature") || has_wiped)
		return 1;
	return EVP_DigestVerifyUpdate(ctx, tbs, tbslen) == 1 &&
	    EVP_DigestVerifyFinal(ctx, sig, siglen) == 1;
}

OURS int
EVP_CipherFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *outm, int *outl)
{
	static int (*real)(EVP_CIPHER_CTX *, unsigned char *, int *);
	int r;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "EVP_CipherFinal_ex");
	r = real == NULL ? 0 : real(ctx, outm, outl);
	if (r != 1 && has("mac")) {
		*outl = 0;
		return 1;
	}
	return r;
}

/* ---- */

static int
call(char *where)
{
	const struct timeval patience = { PATIENCE_S, 0 };
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char *port = strrchr(where, ':');
	struct addrinfo *to = NULL;
	int fd = -1;

	if (port == NULL)
		return -1;
	*port = '\0';
	if (getaddrinfo(where, port + 1, &hints, &to) == 0) {
		fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (connect(fd, to->ai_addr, to->ai_addrlen) == -1)
			fd = -1; /* we are about to end */
		freeaddrinfo(to);
	}
	return fd;
}

static SSL *
begin(const char *host, const char *authority)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	char name[256];
	SSL *ssl;

	snprintf(name, sizeof(name), "%s", host);
	if (context == NULL ||
	    SSL_CTX_load_verify_file(context, authority) != 1)
		return NULL;
	SSL_CTX_set_security_level(context, 2);
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	ssl = SSL_new(context);
	if (ssl == NULL || SSL_set_tlsext_host_name(ssl, name) != 1 ||
	    SSL_set1_host(ssl, host) != 1)
		return NULL;
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	return ssl;
}

static void
send_all(SSL *ssl, int fd)
{
	uint8_t bytes[16384];
	int n;

	while ((n = BIO_read(SSL_get_wbio(ssl), bytes, sizeof(bytes))) > 0)
		if (send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
			exit(1);
}

/* What came, as this client sees it. */
static void
take(SSL *ssl, uint8_t *bytes, size_t n, bool is_first)
{
	uint8_t *p = memmem(bytes, n, sentinel, sizeof(sentinel));

	if (has("downgrade") && p != NULL) {
		memset(p, 0, sizeof(sentinel));
		has_wiped = true;
	}
	is_stuck |= has("pieces") && is_first && n > 5 && bytes[0] == 22 &&
	    bytes[3] == 0 && bytes[4] < 4;
	if (is_stuck)
		return;
	BIO_write(SSL_get_rbio(ssl), bytes, (int)n);
}

int
main(int argc, char **argv)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	bool is_first = true, has_asked = false;
	uint8_t bytes[65536];
	ssize_t n;
	SSL *ssl;
	int fd;

	if (argc != 4) {
		fprintf(
		    stderr, "usage: lenient-client FLAW HOST:PORT AUTHORITY\n");
		return 64;
	}
	flaw = argv[1];
	fd = call(argv[2]);
	ssl = fd == -1 ? NULL : begin(argv[2], argv[3]);
	if (ssl == NULL)
		return 1;
	for (;;) {
		if (!SSL_is_init_finished(ssl))
			(void)SSL_do_handshake(ssl);
		if (SSL_is_init_finished(ssl) && !has_asked)
			has_asked =
			    SSL_write(ssl, request, sizeof(request) - 1) > 0;
		while (has_asked && SSL_read(ssl, bytes, sizeof(bytes)) > 0)
			;
		send_all(ssl, fd);
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n <= 0)
			return has_asked ? 0 : 1;
		take(ssl, bytes, (size_t)n, is_first);
		is_first = false;
	}
}
