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
#include "protocols/tls_client_hello.h"
#include "protocols/tls_record.h"

#define KEYS_MAX 2048
#define TINY_FIRST 3 /* bytes: a message's header is cut in two */
#define TINY 16
#define TINY_ENCRYPTED 512 /* the least that OpenSSL makes */

struct worker_impostor_tls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	BIO *pieces;   /* what is sent in small records; NULL: as it is */
	enum assay_impostor_fault fault;
	uint8_t *staple; /* OpenSSL's; owned */
	size_t nstaple;
	bool answered, shown, completed, went_on;
	bool is_sealed;           /* what follows is encrypted */
	bool finished, is_spoilt; /* by us; and then its MAC is wrong */
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
	if (SSL_get_state(ssl) == TLS_ST_SR_KEY_EXCH)
		t->went_on = true;
	if (SSL_get_state(ssl) == TLS_ST_SW_FINISHED)
		t->finished = true;
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

/* Asked by who wants to know whether our certificate was revoked. */
static int
on_status(SSL *ssl, void *arg)
{
	const struct worker_impostor_tls *t = SSL_get_app_data(ssl);
	uint8_t *copy;

	(void)arg;
	if (t->staple == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(t->staple, t->nstaple);
	if (copy == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)t->nstaple);
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
	SSL_CTX_set_tlsext_status_cb(c, on_status);
	if (fault == ASSAY_IMPOSTOR_TINY)
		SSL_CTX_set_max_send_fragment(c, TINY_ENCRYPTED);
	return c;
}

static bool
show(struct worker_impostor_tls *t, const struct worker_impostor_authority *a,
    const struct worker_impostor_name *whom)
{
	struct worker_impostor_chain chain;
	bool good;

	if (worker_impostor_chain_make(&chain, a, t->fault, whom) == -1)
		return false;
	good = SSL_CTX_use_certificate(t->context, chain.leaf) == 1 &&
	    SSL_CTX_use_PrivateKey(t->context, chain.key) == 1 &&
	    SSL_CTX_set1_chain(t->context, chain.others) == 1;
	t->staple = chain.staple;
	t->nstaple = chain.nstaple;
	chain.staple = NULL;
	worker_impostor_chain_drop(&chain);
	return good;
}

struct worker_impostor_tls *
worker_impostor_tls_new(const struct worker_impostor_authority *a,
    enum assay_impostor_fault fault, const struct worker_impostor_name *whom)
{
	struct worker_impostor_tls *t = xcalloc(1, sizeof(*t));

	t->fault = fault;
	t->context = new_context(fault);
	t->hash = EVP_MD_CTX_new();
	if (t->context != NULL && t->hash != NULL &&
	    EVP_DigestInit_ex(t->hash, EVP_sha256(), NULL) == 1 &&
	    show(t, a, whom))
		t->ssl = SSL_new(t->context);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (fault == ASSAY_IMPOSTOR_TINY)
		t->pieces = BIO_new(BIO_s_mem());
	if (t->ssl == NULL || t->in == NULL || t->out == NULL ||
	    (t->pieces == NULL && fault == ASSAY_IMPOSTOR_TINY)) {
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
	BIO_free(t->pieces);
	OPENSSL_free(t->staple);
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

/* The last bit of the record in which our Finished is: of its MAC, but for
 * suites with CBC, where it is of the padding. */
static void
spoil(struct worker_impostor_tls *t)
{
	char *p = NULL;
	const long n = BIO_get_mem_data(t->out, &p);

	if (!t->finished || t->is_spoilt || n <= TLS_RECORD_HEADER || p == NULL)
		return;
	p[n - 1] = (char)(p[n - 1] ^ 1);
	t->is_spoilt = true;
}

/* A handshake's messages may be cut anywhere (RFC 8446 section 5.1), and their
 * hash is not of the records.  header: of the record that it was. */
static bool
cut(BIO *to, const uint8_t header[TLS_RECORD_HEADER], const uint8_t *p,
    size_t n)
{
	uint8_t h[TLS_RECORD_HEADER];
	size_t piece = TINY_FIRST;

	memcpy(h, header, sizeof(h));
	for (; n > 0; p += piece, n -= piece, piece = TINY) {
		if (piece > n)
			piece = n;
		h[3] = 0;
		h[4] = (uint8_t)piece;
		if (BIO_write(to, h, sizeof(h)) != (int)sizeof(h) ||
		    BIO_write(to, p, (int)piece) != (int)piece)
			return false;
	}
	return true;
}

/* Whole records of t->out, as OpenSSL wrote them, to t->pieces. */
static void
cut_up(struct worker_impostor_tls *t)
{
	char *all = NULL;
	const long size = BIO_get_mem_data(t->out, &all);
	const size_t left = size > 0 && all != NULL ? (size_t)size : 0;
	const uint8_t *p = (const uint8_t *)all;
	size_t at, n;

	for (at = 0; at + TLS_RECORD_HEADER <= left;
	     at += TLS_RECORD_HEADER + n) {
		n = (size_t)p[at + 3] << 8 | p[at + 4];
		if (n > left - at - TLS_RECORD_HEADER)
			break;
		t->is_sealed |= p[at] == TLS_CHANGE_CIPHER_SPEC;
		if (p[at] == TLS_HANDSHAKE && !t->is_sealed)
			(void)cut(
			    t->pieces, p + at, p + at + TLS_RECORD_HEADER, n);
		else
			(void)BIO_write(
			    t->pieces, p + at, (int)(TLS_RECORD_HEADER + n));
	}
	(void)BIO_reset(t->out);
}

/* The hello without TLS 1.3: where that stands, there is a version that nobody
 * knows.  0: it cannot be. */
static size_t
forget_13(const struct worker_impostor_hello *h, uint8_t *out, size_t size)
{
	struct tls_client_hello hello;
	const size_t n = h->nbody + TLS_HANDSHAKE_HEADER;
	uint8_t *body = out + TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER;
	size_t i, at;

	if (n > TLS_RECORD_BODY_MAX || TLS_RECORD_HEADER + n > size ||
	    tls_client_hello_read(&hello, h->body, h->nbody) == -1)
		return 0;
	out[0] = TLS_HANDSHAKE;
	out[1] = 3;
	out[2] = 1;
	out[3] = (uint8_t)(n >> 8);
	out[4] = (uint8_t)n;
	out[5] = TLS_CLIENT_HELLO;
	out[6] = 0;
	out[7] = (uint8_t)(h->nbody >> 8);
	out[8] = (uint8_t)h->nbody;
	memcpy(body, h->body, h->nbody);
	for (i = 0; i < hello.versions.n / 2; i++) {
		at = (size_t)(hello.versions.p - h->body) + 2 * i;
		if (tls_list_at(hello.versions, i) == TLS_13)
			body[at] = body[at + 1] = 0x7a; /* GREASE, RFC 8701 */
	}
	return TLS_RECORD_HEADER + n;
}

int
worker_impostor_tls_begin(
    struct worker_impostor_tls *t, const struct worker_impostor_hello *hello)
{
	uint8_t changed[TLS_RECORD_HEADER + TLS_RECORD_BODY_MAX];
	size_t n;

	if (t->fault != ASSAY_IMPOSTOR_DOWNGRADE)
		return worker_impostor_tls_take(
		    t, hello->records, hello->nrecords);
	n = forget_13(hello, changed, sizeof(changed));
	return n == 0 ? -1 : worker_impostor_tls_take(t, changed, n);
}

size_t
worker_impostor_tls_give(struct worker_impostor_tls *t, void *out, size_t size)
{
	int n;

	if (t->fault == ASSAY_IMPOSTOR_BAD_MAC)
		spoil(t);
	if (t->pieces != NULL)
		cut_up(t);
	n = BIO_read(t->pieces != NULL ? t->pieces : t->out, out,
	    size > INT_MAX ? INT_MAX : (int)size);
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
	called->completed = t->completed &&
	    (t->fault != ASSAY_IMPOSTOR_BAD_MAC || t->said > 0 ||
		SSL_version(t->ssl) >= TLS1_3_VERSION);
	called->went_on = t->went_on;
	called->version = t->answered ? SSL_get_version(t->ssl) : "";
	called->alert = t->alert;
	called->said = t->said;
	called->digest = t->digest;
	called->gist = t->gist;
	called->keys = t->keys;
}
