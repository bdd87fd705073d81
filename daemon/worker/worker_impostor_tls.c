/*
 * worker_impostor_tls: one TLS session with a device that believes to have
 * reached somebody else.
 */
#include "daemon/worker/worker_impostor_tls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

#include "base/alloc.h"
#include "daemon/worker/worker_impostor_gist.h"

#define KEYS_MAX 2048

struct worker_impostor_tls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	bool answered, shown, completed;
	uint8_t alert;
	uint64_t said;
	EVP_MD_CTX *hash; /* of what was said */
	uint8_t first[IMPOSTOR_FIRST_MAX];
	size_t nfirst;
	char gist[IMPOSTOR_HASH_MAX];
	char digest[2 * SHA256_DIGEST_LENGTH + 1];
	char keys[KEYS_MAX];
};

static void
on_key(const SSL *ssl, const char *line)
{
	struct worker_impostor_tls *t = SSL_get_app_data(ssl);
	const size_t have = strlen(t->keys), n = strlen(line);

	/* Frames are read without what is exported to applications. */
	if (have + n + 2 > sizeof(t->keys) ||
	    strncmp(line, "EXPORTER_", 9) == 0)
		return;
	memcpy(t->keys + have, line, n);
	memcpy(t->keys + have + n, "\n", 2);
}

static void
on_info(const SSL *ssl, int where, int value)
{
	struct worker_impostor_tls *t = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
	    (value & 0xff) != 0)
		t->alert = (uint8_t)(value & 0xff);
	if ((where & SSL_CB_LOOP) == 0)
		return;
	if (SSL_get_state(ssl) == TLS_ST_SW_SRVR_HELLO)
		t->answered = true;
	if (SSL_get_state(ssl) == TLS_ST_SW_CERT)
		t->shown = true;
}

/* The first that it names: a device that wants one of its own may end without
 * it, and that is not what is asked.  But HTTP in words rather than in frames,
 * to know what it is about. */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *nout,
    const unsigned char *in, unsigned int n, void *arg)
{
	static const unsigned char http[] = "\x08http/1.1";
	unsigned int i;

	(void)ssl;
	(void)arg;
	if (n < 2 || in[0] == 0 || in[0] >= n)
		return SSL_TLSEXT_ERR_NOACK;
	*out = in + 1;
	*nout = in[0];
	for (i = 0; i < n; i += in[i] + 1u)
		if (n - i >= sizeof(http) - 1 &&
		    memcmp(in + i, http, sizeof(http) - 1) == 0) {
			*out = in + i + 1;
			*nout = in[i];
		}
	return SSL_TLSEXT_ERR_OK;
}

/* Each session is looked at anew: none is resumed.  Nobody is let in without a
 * certificate of ours.  The rest may be as weak as the device likes it. */
static SSL_CTX *
new_context(enum assay_impostor_fault fault)
{
	SSL_CTX *c;

	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	c = SSL_CTX_new(TLS_server_method());
	if (c == NULL)
		return NULL;
	SSL_CTX_set_security_level(c, 0);
	SSL_CTX_set_min_proto_version(c, 0);
	if (fault == ASSAY_IMPOSTOR_TLS_10) {
		SSL_CTX_set_min_proto_version(c, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(c, TLS1_VERSION);
	}
	if (fault == ASSAY_IMPOSTOR_TLS_11) {
		SSL_CTX_set_min_proto_version(c, TLS1_1_VERSION);
		SSL_CTX_set_max_proto_version(c, TLS1_1_VERSION);
	}
	SSL_CTX_set_cipher_list(c, "ALL:!aNULL:!eNULL:!PSK:@SECLEVEL=0");
	SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_num_tickets(c, 0);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_dh_auto(c, 1);
	SSL_CTX_set_alpn_select_cb(c, on_alpn, NULL);
	SSL_CTX_set_keylog_callback(c, on_key);
	SSL_CTX_set_info_callback(c, on_info);
	return c;
}

static bool
show(SSL_CTX *c, const struct worker_impostor_authority *a,
    enum assay_impostor_fault fault, const char *name)
{
	struct worker_impostor_chain chain;
	bool good;

	if (worker_impostor_chain_make(&chain, a, fault, name) == -1)
		return false;
	good = SSL_CTX_use_certificate(c, chain.leaf) == 1 &&
	    SSL_CTX_use_PrivateKey(c, chain.key) == 1 &&
	    SSL_CTX_set1_chain(c, chain.others) == 1;
	worker_impostor_chain_drop(&chain);
	return good;
}

struct worker_impostor_tls *
worker_impostor_tls_new(const struct worker_impostor_authority *a,
    enum assay_impostor_fault fault, const char *name)
{
	struct worker_impostor_tls *t = xcalloc(1, sizeof(*t));

	t->context = new_context(fault);
	t->hash = EVP_MD_CTX_new();
	if (t->context != NULL && t->hash != NULL &&
	    EVP_DigestInit_ex(t->hash, EVP_sha256(), NULL) == 1 &&
	    show(t->context, a, fault, name))
		t->ssl = SSL_new(t->context);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (t->ssl == NULL || t->in == NULL || t->out == NULL) {
		BIO_free(t->in);
		BIO_free(t->out);
		worker_impostor_tls_free(t);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_app_data(t->ssl, t);
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_accept_state(t->ssl);
	return t;
}

void
worker_impostor_tls_free(struct worker_impostor_tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->context);
	EVP_MD_CTX_free(t->hash);
	OPENSSL_cleanse(t->first, t->nfirst);
	free(t);
}

/* 0: it goes on, whatever it waits for; -1: it is over. */
static int
after(struct worker_impostor_tls *t, int result)
{
	const int error = SSL_get_error(t->ssl, result);

	ERR_clear_error();
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE
	    ? 0
	    : -1;
}

static int
hear(struct worker_impostor_tls *t)
{
	uint8_t bytes[4096];
	size_t room;
	int n;

	ERR_clear_error();
	while ((n = SSL_read(t->ssl, bytes, sizeof(bytes))) > 0) {
		room = sizeof(t->first) - t->nfirst;
		if (room > (size_t)n)
			room = (size_t)n;
		memcpy(t->first + t->nfirst, bytes, room);
		t->nfirst += room;
		t->said += (uint64_t)n;
		EVP_DigestUpdate(t->hash, bytes, (size_t)n);
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return after(t, n);
}

int
worker_impostor_tls_take(
    struct worker_impostor_tls *t, const void *bytes, size_t n)
{
	int r;

	if (n > INT_MAX || BIO_write(t->in, bytes, (int)n) != (int)n)
		return -1;
	ERR_clear_error();
	if (!t->completed) {
		r = SSL_do_handshake(t->ssl);
		if (r != 1)
			return after(t, r);
		t->completed = true;
	}
	return hear(t);
}

size_t
worker_impostor_tls_give(struct worker_impostor_tls *t, void *out, size_t size)
{
	const int n =
	    BIO_read(t->out, out, size > INT_MAX ? INT_MAX : (int)size);

	return n > 0 ? (size_t)n : 0;
}

void
worker_impostor_tls_end(struct worker_impostor_tls *t)
{
	if (t->completed)
		(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

static void
write_digest(struct worker_impostor_tls *t)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char host[IMPOSTOR_HOST_MAX];
	size_t i;

	if (t->said == 0 || t->digest[0] != '\0' ||
	    EVP_DigestFinal_ex(t->hash, hash, NULL) != 1)
		return;
	for (i = 0; i < sizeof(hash); i++) {
		t->digest[2 * i] = hex[hash[i] >> 4];
		t->digest[2 * i + 1] = hex[hash[i] & 0xf];
	}
	worker_impostor_gist(t->first, t->nfirst, t->gist, host);
}

void
worker_impostor_tls_tell(
    struct worker_impostor_tls *t, struct assay_called *called)
{
	write_digest(t);
	called->shown = t->shown;
	called->completed = t->completed;
	called->version = t->answered ? SSL_get_version(t->ssl) : "";
	called->alert = t->alert;
	called->said = t->said;
	called->digest = t->digest;
	called->gist = t->gist;
	called->keys = t->keys;
}
