/*
 * worker_tls: one TLS session with a device, between bytes from the network
 * and bytes in clear.
 */
#include "daemon/worker/worker_tls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/alloc.h"
#include "daemon/worker/worker_tls_client.h"
#include "daemon/worker/worker_tls_resume.h"

#define KEYS_MAX 2048

struct worker_tls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	enum assay_talk_certificate shows;
	bool ready, wants_certificate, shown;
	uint8_t alert;
	uint8_t *certificate;
	size_t ncertificate;
	char public_key[2 * SHA256_DIGEST_LENGTH + 1];
	char keys[KEYS_MAX];
	struct worker_tls_resume resume;
};

static void
on_key(const SSL *ssl, const char *line)
{
	struct worker_tls *t = SSL_get_app_data(ssl);
	const size_t have = strlen(t->keys), n = strlen(line);

	/* Frames are read without what is exported to applications. */
	if (have + n + 2 > sizeof(t->keys) ||
	    strncmp(line, "EXPORTER_", 9) == 0)
		return;
	memcpy(t->keys + have, line, n);
	memcpy(t->keys + have + n, "\n", 2);
}

/* Called when the device has sent a CertificateRequest; 0: we have none. */
static int
on_request(SSL *ssl, X509 **x, EVP_PKEY **key)
{
	struct worker_tls *t = SSL_get_app_data(ssl);
	const STACK_OF(X509_NAME) *trusted = SSL_get0_peer_CA_list(ssl);

	t->wants_certificate = true;
	if (t->shows == ASSAY_TALK_NO_CERTIFICATE)
		return 0;
	/* The name of whom it trusts; NULL when it names nobody. */
	return worker_tls_client_make(t->shows,
		   trusted == NULL ? NULL : sk_X509_NAME_value(trusted, 0), x,
		   key) == 0
	    ? 1
	    : 0;
}

/* Only what was sent counts: a device may ask for a kind of key that ours is
 * not, and then none is sent.  CertificateVerify follows none but a real one.
 */
static void
on_info(const SSL *ssl, int where, int value)
{
	struct worker_tls *t = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
	    (value & 0xff) != 0)
		t->alert = (uint8_t)(value & 0xff);
	if ((where & SSL_CB_LOOP) != 0 &&
	    SSL_get_state(ssl) == TLS_ST_CW_CERT_VRFY)
		t->shown = true;
}

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct worker_tls *t = SSL_get_app_data(ssl);

	worker_tls_resume_keep(&t->resume, session);
	return 0; /* it stays theirs */
}

/* Security level 0, and no configuration of the machine's: what a distribution
 * thinks too weak is what a device may still speak. */
static SSL_CTX *
new_context(void)
{
	SSL_CTX *c;

	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	c = SSL_CTX_new(TLS_client_method());
	if (c == NULL)
		return NULL;
	SSL_CTX_set_security_level(c, 0);
	SSL_CTX_set_min_proto_version(c, 0);
	SSL_CTX_set_cipher_list(c, "ALL:@SECLEVEL=0");
	SSL_CTX_set_options(
	    c, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(c, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_keylog_callback(c, on_key);
	SSL_CTX_set_client_cert_cb(c, on_request);
	SSL_CTX_set_info_callback(c, on_info);
	SSL_CTX_set_session_cache_mode(
	    c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c, on_session);
	return c;
}

struct worker_tls *
worker_tls_new(
    enum assay_talk_certificate shows, const struct assay_tls_offer *offer)
{
	struct worker_tls *t = xcalloc(1, sizeof(*t));

	t->shows = shows;
	t->context = new_context();
	t->ssl = t->context == NULL ? NULL : SSL_new(t->context);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (t->ssl == NULL || t->in == NULL || t->out == NULL) {
		BIO_free(t->in);
		BIO_free(t->out);
		SSL_free(t->ssl);
		SSL_CTX_free(t->context);
		free(t);
		return NULL;
	}
	SSL_set_app_data(t->ssl, t);
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_connect_state(t->ssl);
	if (worker_tls_resume_begin(&t->resume, t->ssl, offer) == -1) {
		worker_tls_free(t);
		return NULL;
	}
	return t;
}

void
worker_tls_free(struct worker_tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->context);
	worker_tls_resume_end(&t->resume);
	free(t->certificate);
	free(t);
}

static void
keep_public_key(struct worker_tls *t, X509 *x)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char hash[SHA256_DIGEST_LENGTH], *spki = NULL;
	const int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
	size_t i;

	if (n > 0 &&
	    EVP_Digest(spki, (size_t)n, hash, NULL, EVP_sha256(), NULL) == 1)
		for (i = 0; i < sizeof(hash); i++) {
			t->public_key[2 * i] = hex[hash[i] >> 4];
			t->public_key[2 * i + 1] = hex[hash[i] & 0xf];
		}
	OPENSSL_free(spki);
}

static void
keep_certificate(struct worker_tls *t)
{
	X509 *x = SSL_get0_peer_certificate(t->ssl);
	unsigned char *p;
	int n = x == NULL ? -1 : i2d_X509(x, NULL);

	if (n <= 0 || t->certificate != NULL)
		return;
	t->certificate = xcalloc(1, (size_t)n);
	p = t->certificate;
	t->ncertificate = (size_t)i2d_X509(x, &p);
	keep_public_key(t, x);
}

/* 0: it goes on, whatever it waits for; -1: it is over. */
static int
after(struct worker_tls *t, int result)
{
	const int error = SSL_get_error(t->ssl, result);

	ERR_clear_error();
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE
	    ? 0
	    : -1;
}

int
worker_tls_take(struct worker_tls *t, const void *bytes, size_t n)
{
	int result;

	if (n > INT_MAX || BIO_write(t->in, bytes, (int)n) != (int)n)
		return -1;
	if (t->ready)
		return 0;
	ERR_clear_error();
	result = SSL_do_handshake(t->ssl);
	keep_certificate(t);
	worker_tls_resume_see(&t->resume, t->ssl);
	if (result == 1)
		t->ready = true;
	return result == 1 ? 0 : after(t, result);
}

size_t
worker_tls_give(struct worker_tls *t, void *out, size_t size)
{
	const int n =
	    BIO_read(t->out, out, size > INT_MAX ? INT_MAX : (int)size);

	return n > 0 ? (size_t)n : 0;
}

bool
worker_tls_is_ready(const struct worker_tls *t)
{
	return t->ready;
}

int
worker_tls_say(struct worker_tls *t, const void *bytes, size_t n)
{
	ERR_clear_error();
	return SSL_write(t->ssl, bytes, (int)n) == (int)n ? 0 : -1;
}

int
worker_tls_hear(struct worker_tls *t, void *out, size_t size)
{
	int n;

	ERR_clear_error();
	n = SSL_read(t->ssl, out, size > INT_MAX ? INT_MAX : (int)size);
	return n > 0 ? n : after(t, n);
}

const uint8_t *
worker_tls_certificate(const struct worker_tls *t, size_t *n)
{
	*n = t->ncertificate;
	return t->certificate;
}

const char *
worker_tls_public_key(const struct worker_tls *t)
{
	return t->public_key;
}

const char *
worker_tls_version(const struct worker_tls *t)
{
	return t->ready ? SSL_get_version(t->ssl) : "";
}

const char *
worker_tls_keys(const struct worker_tls *t)
{
	return t->keys;
}

uint8_t
worker_tls_alert(const struct worker_tls *t)
{
	return t->alert;
}

bool
worker_tls_wants_certificate(const struct worker_tls *t)
{
	return t->wants_certificate;
}

bool
worker_tls_has_shown(const struct worker_tls *t)
{
	return t->shown;
}

struct assay_tls_kept
worker_tls_kept(const struct worker_tls *t)
{
	return t->resume.kept;
}

/* Below TLS 1.3 tickets come within the handshake. */
bool
worker_tls_has_kept(const struct worker_tls *t)
{
	return t->resume.kept.nticket > 0 ||
	    (t->ready && SSL_version(t->ssl) < TLS1_3_VERSION);
}
