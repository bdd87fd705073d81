/*
 * worker_dtls: one DTLS association as a client, between datagrams and what is
 * said in them.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/alloc.h"
#include "probes/probe.h"

#define MTU 1200 /* fits any link */

struct assay_dtls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	char *identity, *key;
	bool ready;
};

static unsigned
on_key_wanted(SSL *ssl, const char *hint, char *identity, unsigned max_identity,
    unsigned char *key, unsigned max_key)
{
	const struct assay_dtls *d = SSL_get_app_data(ssl);
	const size_t n = strlen(d->identity), m = strlen(d->key);

	(void)hint;
	if (n + 1 > max_identity || m > max_key)
		return 0;
	memcpy(identity, d->identity, n + 1);
	memcpy(key, d->key, m);
	return (unsigned)m;
}

static SSL_CTX *
new_context(void)
{
	SSL_CTX *c;

	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	c = SSL_CTX_new(DTLS_client_method());
	if (c == NULL)
		return NULL;
	SSL_CTX_set_security_level(c, 0);
	SSL_CTX_set_min_proto_version(c, DTLS1_2_VERSION);
	SSL_CTX_set_cipher_list(c, "PSK:ECDHEPSK:DHEPSK:@SECLEVEL=0");
	SSL_CTX_set_psk_client_callback(c, on_key_wanted);
	SSL_CTX_set_options(c, SSL_OP_NO_QUERY_MTU);
	return c;
}

struct assay_dtls *
assay_dtls_new(const char *identity, const char *key)
{
	struct assay_dtls *d = xcalloc(1, sizeof(*d));

	d->identity = xstrdup(identity);
	d->key = xstrdup(key);
	d->context = new_context();
	d->ssl = d->context == NULL ? NULL : SSL_new(d->context);
	d->in = BIO_new(BIO_s_mem());
	d->out = BIO_new(BIO_s_mem());
	if (d->ssl == NULL || d->in == NULL || d->out == NULL) {
		BIO_free(d->in);
		BIO_free(d->out);
		assay_dtls_free(d);
		return NULL;
	}
	SSL_set_app_data(d->ssl, d);
	BIO_set_mem_eof_return(d->in, -1);
	SSL_set_bio(d->ssl, d->in, d->out);
	SSL_set_mtu(d->ssl, MTU);
	SSL_set_connect_state(d->ssl);
	(void)SSL_do_handshake(d->ssl); /* the first flight */
	ERR_clear_error();
	return d;
}

void
assay_dtls_free(struct assay_dtls *d)
{
	if (d == NULL)
		return;
	SSL_free(d->ssl);
	SSL_CTX_free(d->context);
	free(d->identity);
	free(d->key);
	free(d);
}

/* 0: it goes on, whatever it waits for; -1: it is over. */
static int
after(struct assay_dtls *d, int result)
{
	const int error = SSL_get_error(d->ssl, result);

	ERR_clear_error();
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE
	    ? 0
	    : -1;
}

int
assay_dtls_take(struct assay_dtls *d, const void *bytes, size_t n)
{
	int result;

	if (n > INT_MAX || BIO_write(d->in, bytes, (int)n) != (int)n)
		return -1;
	if (d->ready)
		return 0;
	ERR_clear_error();
	result = SSL_do_handshake(d->ssl);
	d->ready = result == 1;
	return d->ready ? 0 : after(d, result);
}

/* Records are whole, and a datagram may hold several (RFC 6347 section 4.1.1):
 * a flight that is as long as that is more than one. */
size_t
assay_dtls_give(struct assay_dtls *d, void *out, size_t size)
{
	const int n =
	    BIO_read(d->out, out, size > INT_MAX ? INT_MAX : (int)size);

	return n > 0 ? (size_t)n : 0;
}

bool
assay_dtls_is_ready(const struct assay_dtls *d)
{
	return d->ready;
}

int
assay_dtls_say(struct assay_dtls *d, const void *bytes, size_t n)
{
	ERR_clear_error();
	return n <= INT_MAX && SSL_write(d->ssl, bytes, (int)n) == (int)n ? 0
									  : -1;
}

int
assay_dtls_hear(struct assay_dtls *d, void *out, size_t size)
{
	int n;

	ERR_clear_error();
	n = SSL_read(d->ssl, out, size > INT_MAX ? INT_MAX : (int)size);
	return n > 0 ? n : after(d, n);
}

void
assay_dtls_end(struct assay_dtls *d)
{
	(void)SSL_shutdown(d->ssl);
	ERR_clear_error();
}
