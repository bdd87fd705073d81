/*
 * What a bench plays to a device: each certificate has just the fault that it
 * is named for, as OpenSSL's own verification says, and a session tells what
 * became of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include <openssl/ec.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "daemon/warden/impostor_authority.h"
#include "daemon/worker/worker_impostor_gist.h"
#include "daemon/worker/worker_impostor_tls.h"
#include "own_netns.h"

#define HOST "api.example.com"
#define ADDRESS "192.0.2.9"

static char *directory, host[] = HOST;
static struct worker_impostor_authority *authority;
static const struct worker_impostor_name whom_host = { HOST, ADDRESS };
static X509 *root;

/* The warden's half makes what the worker's half reads. */
static void
setup(void)
{
	char pem[16384], *path;
	struct err e;
	ssize_t n;
	FILE *f;
	int fd;

	directory = own_netns_directory();
	fd = impostor_authority_open(directory, &e);
	ck_assert_int_ne(fd, -1);
	n = read(fd, pem, sizeof(pem));
	ck_assert_int_gt(n, 0);
	close(fd);
	authority = worker_impostor_authority_read(pem, (size_t)n, &e);
	ck_assert_ptr_nonnull(authority);
	path = malloc(strlen(directory) + 32);
	ck_assert_ptr_nonnull(path);
	snprintf(path, strlen(directory) + 32, "%s/authority.crt", directory);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	root = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	free(path);
	ck_assert_ptr_nonnull(root);
}

static void
teardown(void)
{
	X509_free(root);
	worker_impostor_authority_free(authority);
	own_netns_remove(directory);
	free(directory);
}

/* What OpenSSL says of it, trusting the bench's authority; X509_V_OK. */
static int
verify(enum assay_impostor_fault fault, const char *name, int level)
{
	const struct worker_impostor_name whom = { name, ADDRESS };
	struct worker_impostor_chain c;
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *p;
	int r;

	ck_assert_int_eq(
	    worker_impostor_chain_make(&c, authority, fault, &whom), 0);
	X509_STORE_add_cert(store, root);
	X509_STORE_CTX_init(ctx, store, c.leaf, c.others);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(p, level);
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (strchr(name, ':') != NULL || name[0] == '1')
		X509_VERIFY_PARAM_set1_ip_asc(p, name);
	else
		X509_VERIFY_PARAM_set1_host(p, name, 0);
	r = X509_verify_cert(ctx) == 1 ? X509_V_OK
				       : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	worker_impostor_chain_drop(&c);
	return r;
}

static const struct {
	enum assay_impostor_fault fault;
	int error;
} faults[] = {
	{ ASSAY_IMPOSTOR_NOTHING, X509_V_OK },
	{ ASSAY_IMPOSTOR_SELF_SIGNED, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
	{ ASSAY_IMPOSTOR_UNTRUSTED, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN },
	{ ASSAY_IMPOSTOR_WRONG_NAME, X509_V_ERR_HOSTNAME_MISMATCH },
	{ ASSAY_IMPOSTOR_COMMON_NAME, X509_V_ERR_HOSTNAME_MISMATCH },
	{ ASSAY_IMPOSTOR_OTHER_KIND, X509_V_ERR_HOSTNAME_MISMATCH },
	{ ASSAY_IMPOSTOR_WILDCARD, X509_V_ERR_HOSTNAME_MISMATCH },
	{ ASSAY_IMPOSTOR_NUL, X509_V_ERR_HOSTNAME_MISMATCH },
	{ ASSAY_IMPOSTOR_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED },
	{ ASSAY_IMPOSTOR_NOT_YET, X509_V_ERR_CERT_NOT_YET_VALID },
	{ ASSAY_IMPOSTOR_LEAF_ISSUED, X509_V_ERR_INVALID_CA },
	{ ASSAY_IMPOSTOR_NO_CONSTRAINTS, X509_V_ERR_INVALID_CA },
	{ ASSAY_IMPOSTOR_PATH_LENGTH, X509_V_ERR_PATH_LENGTH_EXCEEDED },
	{ ASSAY_IMPOSTOR_NAME_CONSTRAINTS, X509_V_ERR_PERMITTED_VIOLATION },
	{ ASSAY_IMPOSTOR_ISSUER_USAGE, X509_V_ERR_INVALID_CA },
	{ ASSAY_IMPOSTOR_CRITICAL, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION },
	{ ASSAY_IMPOSTOR_FOR_CLIENTS, X509_V_ERR_INVALID_PURPOSE },
	{ ASSAY_IMPOSTOR_SHA1, X509_V_ERR_CA_MD_TOO_WEAK },
	{ ASSAY_IMPOSTOR_MD5, X509_V_ERR_CA_MD_TOO_WEAK },
	{ ASSAY_IMPOSTOR_RSA_1024, X509_V_ERR_EE_KEY_TOO_SMALL },
	{ ASSAY_IMPOSTOR_REVOKED, X509_V_OK },
	{ ASSAY_IMPOSTOR_NO_STAPLE, X509_V_OK },
	{ ASSAY_IMPOSTOR_NO_KEY, X509_V_OK },
	{ ASSAY_IMPOSTOR_BAD_MAC, X509_V_OK },
	{ ASSAY_IMPOSTOR_TLS_10, X509_V_OK },
	{ ASSAY_IMPOSTOR_TLS_11, X509_V_OK },
	{ ASSAY_IMPOSTOR_DOWNGRADE, X509_V_OK },
	{ ASSAY_IMPOSTOR_RESET, X509_V_OK },
	{ ASSAY_IMPOSTOR_CUT, X509_V_OK },
	{ ASSAY_IMPOSTOR_LARGE, X509_V_OK },
	{ ASSAY_IMPOSTOR_TINY, X509_V_OK },
};

START_TEST(each_fault_is_the_one_it_is_named_for)
{
	ck_assert_int_eq(
	    sizeof(faults) / sizeof(faults[0]), ASSAY_IMPOSTOR_FAULTS);
	ck_assert_int_eq(verify(faults[_i].fault, HOST, 2), faults[_i].error);
}
END_TEST

/* A weak signature or key is all that is wrong with these. */
START_TEST(what_is_weak_is_good_to_who_takes_it)
{
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_SHA1, HOST, 0), X509_V_OK);
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_MD5, HOST, 0), X509_V_OK);
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_RSA_1024, HOST, 0), X509_V_OK);
}
END_TEST

/* Who is called by address. */
START_TEST(an_address_is_no_name)
{
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_NOTHING, ADDRESS, 2), X509_V_OK);
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_OTHER_KIND, ADDRESS, 2),
	    X509_V_ERR_IP_ADDRESS_MISMATCH);
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_WILDCARD, ADDRESS, 2),
	    X509_V_ERR_IP_ADDRESS_MISMATCH);
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_NAME_CONSTRAINTS, ADDRESS, 2),
	    X509_V_ERR_EXCLUDED_VIOLATION);
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_NAME_CONSTRAINTS, "fd77::1", 2),
	    X509_V_ERR_EXCLUDED_VIOLATION);
}
END_TEST

/* Of the names of a certificate, in bytes, as who stops at a NUL reads one. */
START_TEST(who_stops_at_a_nul_reads_the_right_name)
{
	struct worker_impostor_chain c;
	GENERAL_NAMES *names;
	ASN1_STRING *s;

	ck_assert_int_eq(worker_impostor_chain_make(
			     &c, authority, ASSAY_IMPOSTOR_NUL, &whom_host),
	    0);
	names = X509_get_ext_d2i(c.leaf, NID_subject_alt_name, NULL, NULL);
	ck_assert_int_eq(sk_GENERAL_NAME_num(names), 1);
	s = sk_GENERAL_NAME_value(names, 0)->d.dNSName;
	ck_assert_int_gt(ASN1_STRING_length(s), (int)sizeof(HOST));
	ck_assert_str_eq((const char *)ASN1_STRING_get0_data(s), HOST);
	ck_assert_uint_eq(
	    ASN1_STRING_get0_data(s)[ASN1_STRING_length(s) - 1], 't');
	GENERAL_NAMES_free(names);
	worker_impostor_chain_drop(&c);
}
END_TEST

static int
has_name(const char *made_for, const char *name)
{
	const struct worker_impostor_name whom = { made_for, ADDRESS };
	struct worker_impostor_chain c;
	int r;

	ck_assert_int_eq(worker_impostor_chain_make(
			     &c, authority, ASSAY_IMPOSTOR_NOTHING, &whom),
	    0);
	r = X509_check_host(c.leaf, name, 0, 0, NULL);
	worker_impostor_chain_drop(&c);
	return r;
}

/* What a device writes into server_name is a name and nothing else. */
START_TEST(a_name_is_never_read_as_something_else)
{
	ck_assert_int_eq(verify(ASSAY_IMPOSTOR_NOTHING, "fd77::1", 2), 0);
	ck_assert_int_eq(has_name("a,DNS:" HOST, HOST), 0);
	ck_assert_int_eq(has_name(HOST, HOST), 1);
}
END_TEST

/* ---- a session ---- */

/* A client that does not look at the signature of the handshake: libssl's own
 * call of libcrypto comes here. */
static bool is_lenient;

__attribute__((visibility("default"))) int
EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sig, size_t siglen,
    const unsigned char *tbs, size_t tbslen)
{
	return is_lenient ? 1
			  : EVP_DigestVerifyUpdate(ctx, tbs, tbslen) == 1 &&
		EVP_DigestVerifyFinal(ctx, sig, siglen) == 1;
}

struct client {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
};

static void
client_begin(struct client *k, bool verifies, int most)
{
	k->context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(k->context, 0);
	SSL_CTX_set_cipher_list(k->context, "ALL:@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(k->context, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(k->context, most);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(k->context), root);
	if (verifies)
		SSL_CTX_set_verify(k->context, SSL_VERIFY_PEER, NULL);
	k->ssl = SSL_new(k->context);
	SSL_set_tlsext_host_name(k->ssl, host);
	SSL_set1_host(k->ssl, HOST);
	k->in = BIO_new(BIO_s_mem());
	k->out = BIO_new(BIO_s_mem());
	SSL_set_bio(k->ssl, k->in, k->out);
	SSL_set_connect_state(k->ssl);
}

static void
client_end(struct client *k)
{
	SSL_free(k->ssl);
	SSL_CTX_free(k->context);
}

/* There and back until nothing moves any more. */
static void
talk(struct client *k, struct worker_impostor_tls *t, const char *say)
{
	uint8_t bytes[16384];
	bool said = false;
	size_t given;
	int n, quiet = 0;

	while (quiet < 2) {
		quiet++;
		if (SSL_do_handshake(k->ssl) == 1 && say != NULL && !said)
			said = SSL_write(k->ssl, say, (int)strlen(say)) > 0;
		while ((n = BIO_read(k->out, bytes, sizeof(bytes))) > 0) {
			(void)worker_impostor_tls_take(t, bytes, (size_t)n);
			quiet = 0;
		}
		while ((given = worker_impostor_tls_give(
			    t, bytes, sizeof(bytes))) > 0) {
			BIO_write(k->in, bytes, (int)given);
			quiet = 0;
		}
	}
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

START_TEST(a_client_that_looks_at_it_refuses)
{
	struct worker_impostor_tls *t = worker_impostor_tls_new(
	    authority, ASSAY_IMPOSTOR_EXPIRED, &whom_host);
	struct assay_called called = { 0 };
	struct client k;

	client_begin(&k, true, versions[_i]);
	talk(&k, t, "secret");
	worker_impostor_tls_tell(t, &called);
	ck_assert(called.shown && !called.completed);
	ck_assert_uint_eq(called.alert, 45); /* certificate_expired */
	ck_assert_uint_eq(called.said, 0);
	ck_assert_str_eq(called.digest, "");
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

START_TEST(a_client_that_does_not_tells_what_it_has_to_say)
{
	struct worker_impostor_tls *t = worker_impostor_tls_new(
	    authority, ASSAY_IMPOSTOR_SELF_SIGNED, &whom_host);
	struct assay_called called = { 0 };
	struct client k;

	client_begin(&k, false, versions[_i]);
	talk(&k, t, "abc");
	worker_impostor_tls_tell(t, &called);
	ck_assert(called.shown && called.completed);
	ck_assert_uint_eq(called.alert, 0);
	ck_assert_uint_eq(called.said, 3);
	ck_assert_str_eq(called.digest, /* FIPS 180-2 appendix B.1 */
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	ck_assert_str_eq(called.version, _i == 0 ? "TLSv1.2" : "TLSv1.3");
	ck_assert_ptr_nonnull(strstr(called.keys,
	    _i == 0 ? "CLIENT_RANDOM " : "CLIENT_TRAFFIC_SECRET_0 "));
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

START_TEST(nothing_wrong_is_taken_by_who_trusts_the_bench)
{
	struct worker_impostor_tls *t = worker_impostor_tls_new(
	    authority, ASSAY_IMPOSTOR_NOTHING, &whom_host);
	struct assay_called called = { 0 };
	struct client k;

	client_begin(&k, true, versions[_i]);
	talk(&k, t, NULL);
	worker_impostor_tls_tell(t, &called);
	ck_assert(called.completed);
	ck_assert_uint_eq(called.said, 0);
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

START_TEST(an_old_version_is_spoken_and_no_other)
{
	static const enum assay_impostor_fault old[] = { ASSAY_IMPOSTOR_TLS_10,
		ASSAY_IMPOSTOR_TLS_11 };
	struct worker_impostor_tls *t =
	    worker_impostor_tls_new(authority, old[_i], &whom_host);
	struct assay_called called = { 0 };
	struct client k;

	client_begin(&k, true, TLS1_2_VERSION);
	talk(&k, t, "abc");
	worker_impostor_tls_tell(t, &called);
	ck_assert(called.completed && called.said == 3);
	ck_assert_str_eq(called.version, _i == 0 ? "TLSv1" : "TLSv1.1");
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

/* ---- faults of the session ---- */

/* What became of a client that verifies; result: SSL_get_verify_result(). */
static struct worker_impostor_tls *
play(struct client *k, enum assay_impostor_fault fault, int most, bool asks,
    struct assay_called *called)
{
	struct worker_impostor_tls *t =
	    worker_impostor_tls_new(authority, fault, &whom_host);

	ck_assert_ptr_nonnull(t);
	client_begin(k, true, most);
	if (asks)
		SSL_set_tlsext_status_type(k->ssl, TLSEXT_STATUSTYPE_ocsp);
	memset(called, 0, sizeof(*called));
	talk(k, t, "abc");
	worker_impostor_tls_tell(t, called);
	return t;
}

static const struct {
	enum assay_impostor_fault fault;
	int version;
	unsigned alert;
} broken[] = {
	{ ASSAY_IMPOSTOR_NO_KEY, TLS1_2_VERSION, 51 /* decrypt_error */ },
	{ ASSAY_IMPOSTOR_NO_KEY, TLS1_3_VERSION, 51 },
	{ ASSAY_IMPOSTOR_BAD_MAC, TLS1_2_VERSION, 20 /* bad_record_mac */ },
	{ ASSAY_IMPOSTOR_BAD_MAC, TLS1_3_VERSION, 20 },
};

START_TEST(a_broken_handshake_is_refused_by_who_looks)
{
	struct assay_called called;
	struct client k;
	struct worker_impostor_tls *t =
	    play(&k, broken[_i].fault, broken[_i].version, false, &called);

	ck_assert(called.shown && !called.completed);
	ck_assert_uint_eq(called.alert, broken[_i].alert);
	ck_assert_uint_eq(called.said, 0);
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

START_TEST(who_has_not_the_key_is_believed_by_who_does_not_look)
{
	struct assay_called called;
	struct worker_impostor_tls *t;
	struct client k;

	is_lenient = true;
	t = play(&k, ASSAY_IMPOSTOR_NO_KEY, versions[_i], false, &called);
	is_lenient = false;
	ck_assert(called.completed);
	ck_assert_uint_eq(called.said, 3);
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

/* What is unusual is right, all the same. */
START_TEST(what_is_unusual_is_taken)
{
	static const enum assay_impostor_fault unusual[] = {
		ASSAY_IMPOSTOR_LARGE, ASSAY_IMPOSTOR_TINY
	};
	struct assay_called called;
	struct client k;
	struct worker_impostor_tls *t =
	    play(&k, unusual[_i / 2], versions[_i % 2], false, &called);

	ck_assert(called.completed);
	ck_assert_uint_eq(called.said, 3);
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

START_TEST(large_is_more_than_a_record)
{
	struct worker_impostor_chain c;
	int i, n;

	ck_assert_int_eq(worker_impostor_chain_make(
			     &c, authority, ASSAY_IMPOSTOR_LARGE, &whom_host),
	    0);
	n = i2d_X509(c.leaf, NULL);
	for (i = 0; i < sk_X509_num(c.others); i++)
		n += i2d_X509(sk_X509_value(c.others, i), NULL);
	ck_assert_int_gt(n, 16384);
	worker_impostor_chain_drop(&c);
}
END_TEST

static int
on_response(SSL *ssl, void *arg)
{
	const unsigned char *der;
	const long n = SSL_get_tlsext_status_ocsp_resp(ssl, &der);
	OCSP_RESPONSE *r = n > 0 ? d2i_OCSP_RESPONSE(NULL, &der, n) : NULL;
	OCSP_BASICRESP *b = r == NULL ? NULL : OCSP_response_get1_basic(r);
	int reason, *status = arg;

	if (b != NULL &&
	    OCSP_basic_verify(b, SSL_get_peer_cert_chain(ssl),
		SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), 0) == 1)
		*status = OCSP_single_get0_status(
		    OCSP_resp_get0(b, 0), &reason, NULL, NULL, NULL);
	OCSP_BASICRESP_free(b);
	OCSP_RESPONSE_free(r);
	return *status != V_OCSP_CERTSTATUS_REVOKED;
}

START_TEST(who_asks_is_told_that_it_was_revoked)
{
	struct worker_impostor_tls *t = worker_impostor_tls_new(
	    authority, ASSAY_IMPOSTOR_REVOKED, &whom_host);
	struct assay_called called = { 0 };
	int status = -1;
	struct client k;

	client_begin(&k, true, versions[_i]);
	SSL_CTX_set_tlsext_status_cb(k.context, on_response);
	SSL_CTX_set_tlsext_status_arg(k.context, &status);
	SSL_set_tlsext_status_type(k.ssl, TLSEXT_STATUSTYPE_ocsp);
	talk(&k, t, "abc");
	worker_impostor_tls_tell(t, &called);
	ck_assert_int_eq(status, V_OCSP_CERTSTATUS_REVOKED);
	ck_assert_uint_eq(called.alert, 113); /* bad_certificate_status… */
	ck_assert(!called.completed);
	client_end(&k);
	worker_impostor_tls_free(t);
	/* By the other there is nothing to be told. */
	t = play(&k, ASSAY_IMPOSTOR_NO_STAPLE, versions[_i], true, &called);
	ck_assert_uint_eq(called.said, 3);
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

/* There and back as talk(), but begun as the network begins it. */
static void
downgrade(struct client *k, struct worker_impostor_tls *t, bool wipes)
{
	static const uint8_t sentinel[] = "DOWNGRD\1";
	uint8_t bytes[16384], *p;
	struct worker_impostor_hello hello = { .records = bytes };
	size_t given;
	int n;

	(void)SSL_do_handshake(k->ssl);
	n = BIO_read(k->out, bytes, sizeof(bytes));
	ck_assert_int_gt(n, 9);
	hello.nrecords = (size_t)n;
	hello.body = bytes + 9;
	hello.nbody = (size_t)n - 9;
	(void)worker_impostor_tls_begin(t, &hello);
	given = worker_impostor_tls_give(t, bytes, sizeof(bytes));
	p = memmem(bytes, given, sentinel, 8);
	ck_assert_ptr_nonnull(p);
	if (wipes)
		memset(p, 0, 8);
	BIO_write(k->in, bytes, (int)given);
	talk(k, t, "abc");
}

START_TEST(a_downgrade_is_refused_by_who_reads_the_random)
{
	struct worker_impostor_tls *t = worker_impostor_tls_new(
	    authority, ASSAY_IMPOSTOR_DOWNGRADE, &whom_host);
	struct assay_called called = { 0 };
	struct client k;

	client_begin(&k, true, TLS1_3_VERSION);
	is_lenient = _i == 1; /* the random is what is signed */
	downgrade(&k, t, _i == 1);
	is_lenient = false;
	worker_impostor_tls_tell(t, &called);
	ck_assert(!called.completed);
	ck_assert_str_eq(called.version, "TLSv1.2");
	ck_assert_int_eq(called.went_on, _i == 1);
	ck_assert_uint_eq(called.alert, _i == 1 ? 0 : 47);
	client_end(&k);
	worker_impostor_tls_free(t);
}
END_TEST

START_TEST(what_is_no_tls_is_over_without_a_word)
{
	static const struct worker_impostor_name whom_long = {
		"a-name-that-is-longer-than-what-a-common-name-may-be-of."
		"example.com",
		ADDRESS
	};
	struct worker_impostor_tls *t = worker_impostor_tls_new(
	    authority, ASSAY_IMPOSTOR_NOTHING, &whom_host);
	struct assay_called called = { 0 };

	ck_assert_int_eq(
	    worker_impostor_tls_take(t, "GET / HTTP/1.0\r\n", 16), -1);
	worker_impostor_tls_tell(t, &called);
	ck_assert(!called.shown && !called.completed);
	ck_assert_str_eq(called.version, "");
	worker_impostor_tls_free(t);
	/* A name that no subject can hold: the fault cannot be played. */
	ck_assert_ptr_null(worker_impostor_tls_new(
	    authority, ASSAY_IMPOSTOR_COMMON_NAME, &whom_long));
}
END_TEST

/* ---- what words are about ---- */

#define WORDS(s) \
	{ \
		(s), sizeof(s) - 1 \
	}
struct said {
	const char *p;
	size_t n;
};

static const struct {
	struct said a, b;
	bool same;
	const char *host; /* of a */
} pairs[] = {
	{ WORDS("GET /x HTTP/1.1\r\nHost: API.example.com:8443\r\n\r\n"),
	    WORDS("GET /x HTTP/1.1\r\nA: b\r\nhost:api.example.com\r\n\r\n"),
	    true, "api.example.com" },
	{ WORDS("GET /x HTTP/1.1\r\nHost: a.b\r\n\r\n"),
	    WORDS("GET /y HTTP/1.1\r\nHost: a.b\r\n\r\n"), false, "a.b" },
	{ WORDS("GET /x HTTP/1.1\r\nHost: a.b\r\n\r\n"),
	    WORDS("GET /x HTTP/1.1\r\nHost: a.c\r\n\r\n"), false, "a.b" },
	{ WORDS("GET /x HTTP/1.1\r\nHost: [fd77::1]:80\r\n\r\n"),
	    WORDS("GET /x HTTP/1.0\r\nHost: fd77\r\n\r\n"), false, "fd77::1" },
	{ WORDS("GET / HTTP/1.0\r\n\r\nHost: a.b\r\n"),
	    WORDS("GET / HTTP/1.0\r\n\r\n"), false, "" },
	/* MQTT 3.1.1 and 5.0: who speaks, however long it may be silent */
	{ WORDS("\x10\x10\0\4MQTT\4\2\0\x3c\0\4lamp"),
	    WORDS("\x10\x11\0\4MQTT\5\2\0\x0a\0\0\4lamp"), true, "" },
	{ WORDS("\x10\x10\0\4MQTT\4\2\0\x3c\0\4lamp"),
	    WORDS("\x10\x10\0\4MQTT\4\2\0\x3c\0\4damp"), false, "" },
	/* nobody says who it is; cut off */
	{ WORDS("\x10\x0c\0\4MQTT\4\2\0\x3c\0\0"),
	    WORDS("\x10\x0c\0\4MQTT\4\2\0\x3d\0\0"), false, "" },
	{ WORDS("\x10\x10\0\4MQTT\4\2\0\x3c\0\4lam"),
	    WORDS("\x10\xff\xff\xff\xff\xff"), false, "" },
	{ WORDS("HELO"), WORDS("HELO"), false, "" }, /* anyone says so */
	{ WORDS("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	    WORDS("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), false, "" },
	{ WORDS("HELO"), WORDS("HELO\n"), false, "" },
};

START_TEST(the_same_words_are_known_for_the_same)
{
	const struct said *s[] = { &pairs[_i].a, &pairs[_i].b };
	char gist[2][IMPOSTOR_HASH_MAX], hosts[2][IMPOSTOR_HOST_MAX];
	uint8_t *copy;
	size_t i;

	for (i = 0; i < 2; i++) { /* of its very size */
		copy = malloc(s[i]->n);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, s[i]->p, s[i]->n);
		worker_impostor_gist(copy, s[i]->n, gist[i], hosts[i]);
		free(copy);
	}
	ck_assert_int_eq(strcmp(gist[0], gist[1]) == 0 && gist[0][0] != '\0',
	    pairs[_i].same);
	ck_assert_str_eq(hosts[0], pairs[_i].host);
}
END_TEST

static TCase *
make_case(void)
{
	TCase *c = tcase_create("impostor");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(
	    c, each_fault_is_the_one_it_is_named_for, 0, ASSAY_IMPOSTOR_FAULTS);
	tcase_add_test(c, what_is_weak_is_good_to_who_takes_it);
	tcase_add_test(c, a_name_is_never_read_as_something_else);
	tcase_add_loop_test(c, a_client_that_looks_at_it_refuses, 0, 2);
	tcase_add_loop_test(
	    c, a_client_that_does_not_tells_what_it_has_to_say, 0, 2);
	tcase_add_loop_test(
	    c, nothing_wrong_is_taken_by_who_trusts_the_bench, 0, 2);
	tcase_add_loop_test(c, an_old_version_is_spoken_and_no_other, 0, 2);
	tcase_add_test(c, an_address_is_no_name);
	tcase_add_test(c, who_stops_at_a_nul_reads_the_right_name);
	tcase_add_loop_test(c, a_broken_handshake_is_refused_by_who_looks, 0,
	    sizeof(broken) / sizeof(broken[0]));
	tcase_add_loop_test(
	    c, who_has_not_the_key_is_believed_by_who_does_not_look, 0, 2);
	tcase_add_loop_test(c, what_is_unusual_is_taken, 0, 4);
	tcase_add_test(c, large_is_more_than_a_record);
	tcase_add_loop_test(c, who_asks_is_told_that_it_was_revoked, 0, 2);
	tcase_add_loop_test(
	    c, a_downgrade_is_refused_by_who_reads_the_random, 0, 2);
	tcase_add_test(c, what_is_no_tls_is_over_without_a_word);
	tcase_add_loop_test(c, the_same_words_are_known_for_the_same, 0,
	    sizeof(pairs) / sizeof(pairs[0]));
	return c;
}

int
main(void)
{
	Suite *suite = suite_create("worker impostor");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, make_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
