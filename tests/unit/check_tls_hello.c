/*
 * check_tls_hello: hellos that OpenSSL's server understands, and its answers
 * read in pieces of any size; what OpenSSL offers as a client; what no library
 * says any more, by its bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "protocols/tls_answer.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"
#include "protocols/tls_record.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static SSL_CTX *context;

static X509 *
certificate_of(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const unsigned char *)"a", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	return x;
}

static void
setup(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = certificate_of(key);

	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	ck_assert_int_eq(
	    SSL_CTX_set_cipher_list(context, "ALL:COMPLEMENTOFALL"), 1);
	ck_assert_int_eq(SSL_CTX_use_certificate(context, x), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, key), 1);
	SSL_CTX_set_dh_auto(context, 1);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void
teardown(void)
{
	SSL_CTX_free(context);
	context = NULL;
}

/* What the server says to these bytes. */
static size_t
ask_server(const uint8_t *say, size_t n, uint8_t *out, size_t size)
{
	SSL *ssl = SSL_new(context);
	BIO *in = BIO_new(BIO_s_mem()), *back = BIO_new(BIO_s_mem());
	int got;

	SSL_set_bio(ssl, in, back);
	ck_assert_int_eq(BIO_write(in, say, (int)n), (int)n);
	(void)SSL_accept(ssl);
	got = BIO_read(back, out, (int)size);
	SSL_free(ssl);
	return got > 0 ? (size_t)got : 0;
}

struct heard {
	struct tls_flight flight;
	uint8_t room[16384];
	struct tls_message messages[8];
	size_t n;
};

static void
hear(struct heard *h, const uint8_t *bytes, size_t n, size_t piece)
{
	size_t at, part;

	memset(h, 0, sizeof(*h));
	tls_flight_begin(&h->flight, h->room, sizeof(h->room));
	for (at = 0; at < n; at += part) {
		part = n - at < piece ? n - at : piece;
		ck_assert(tls_flight_take(&h->flight, bytes + at, part));
		while (h->n < COUNT(h->messages) &&
		    tls_flight_next(&h->flight, &h->messages[h->n]))
			h->n++;
	}
}

static const uint16_t groups[] = { 29, 23, 24, 256 };
static const uint16_t schemes[] = { 0x0403, 0x0804, 0x0401, 0x0203, 0x0201 };

static struct tls_hello_spec
spec_of(uint16_t version, const uint16_t *suites, size_t n)
{
	struct tls_hello_spec s = { .version = version,
		.suites = suites,
		.nsuites = n,
		.groups = groups,
		.ngroups = COUNT(groups),
		.signatures = schemes,
		.nsignatures = COUNT(schemes),
		.extended_master_secret = true,
		.renegotiation_info = true };

	memset(s.random, 0x5a, sizeof(s.random));
	return s;
}

static const struct tls_message *
message(const struct heard *h, enum tls_message_type type)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->messages[i].type == type)
			return &h->messages[i];
	return NULL;
}

static void
ask(struct heard *h, const struct tls_hello_spec *s, size_t piece)
{
	uint8_t say[TLS_HELLO_MAX], back[16384];
	const size_t n = tls_hello_build(s, say, sizeof(say));
	size_t nback;

	ck_assert_uint_gt(n, 0);
	nback = ask_server(say, n, back, sizeof(back));
	ck_assert_uint_gt(nback, 0);
	hear(h, back, nback, piece);
}

static const uint16_t old_versions[] = { TLS_10, TLS_11, TLS_12 };
static const size_t pieces[] = { 1, 2, 7, 100, 16384 };

START_TEST(flight_is_the_same_in_pieces_of_any_size)
{
	static const uint16_t suites[] = { 0xc009, 0xc023 };
	const uint16_t version = old_versions[_i % 3];
	struct tls_hello_spec s = spec_of(version, suites, 2);
	struct tls_server_hello hello;
	struct tls_server_key key;
	const struct tls_message *m;
	struct tls_span der;
	struct heard h;
	size_t at = 0;

	ask(&h, &s, pieces[_i / 3]);
	ck_assert(h.flight.is_tls && !h.flight.alerted && !h.flight.is_cut);
	ck_assert_uint_eq(h.n, 4);
	m = message(&h, TLS_SERVER_HELLO);
	ck_assert_int_eq(tls_server_hello_read(&hello, m->body, m->size), 0);
	ck_assert_uint_eq(hello.version, version);
	ck_assert(hello.suite == 0xc009 || hello.suite == 0xc023);
	ck_assert(hello.extended_master_secret && hello.renegotiation_info);
	ck_assert(hello.downgrade ==
	    (version == TLS_12 ? TLS_DOWNGRADE_12 : TLS_DOWNGRADE_11));
	m = message(&h, TLS_CERTIFICATE);
	ck_assert_int_eq(tls_certificate_next(m->body, m->size, &at, &der), 1);
	ck_assert_uint_eq(der.p[0], 0x30);
	ck_assert_int_eq(tls_certificate_next(m->body, m->size, &at, &der), 0);
	m = message(&h, TLS_SERVER_KEY_EXCHANGE);
	ck_assert_int_eq(tls_server_key_read(&key, TLS_EXCHANGE_ECDH, version,
			     false, (struct tls_span){ m->body, m->size }),
	    0);
	ck_assert_uint_eq(key.group, 29);
	ck_assert_uint_eq(key.point.n, 32);
	ck_assert_uint_eq(key.signature, version == TLS_12 ? 0x0403 : 0);
	ck_assert_ptr_nonnull(message(&h, TLS_SERVER_HELLO_DONE));
}
END_TEST

START_TEST(anonymous_dh_shows_its_size)
{
	static const uint16_t adh = 0x0034;
	struct tls_hello_spec s = spec_of(TLS_12, &adh, 1);
	struct tls_server_key key;
	const struct tls_message *m;
	struct heard h;

	ask(&h, &s, 100);
	m = message(&h, TLS_SERVER_KEY_EXCHANGE);
	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(tls_server_key_read(&key, TLS_EXCHANGE_DH, TLS_12,
			     true, (struct tls_span){ m->body, m->size }),
	    0);
	ck_assert(!key.is_signed);
	ck_assert_uint_ge(key.bits, 1024);
	ck_assert_uint_eq(key.bits % 256, 0);
}
END_TEST

START_TEST(empty_key_share_makes_it_name_suite_and_group)
{
	static const uint16_t suites[] = { 0x1303, 0x1301 };
	static const uint16_t versions[] = { TLS_13 };
	struct tls_hello_spec s = spec_of(TLS_12, suites, 2);
	struct tls_server_hello hello;
	const struct tls_message *m;
	struct heard h;

	s.versions = versions;
	s.nversions = 1;
	s.key_share = s.grease = true;
	ask(&h, &s, 3);
	m = message(&h, TLS_SERVER_HELLO);
	ck_assert_int_eq(tls_server_hello_read(&hello, m->body, m->size), 0);
	ck_assert(hello.is_retry);
	ck_assert_uint_eq(hello.version, TLS_13);
	ck_assert_uint_eq(hello.legacy_version, TLS_12);
	ck_assert(hello.suite == 0x1303 || hello.suite == 0x1301);
	ck_assert_uint_ne(hello.group, 0);
	ck_assert_ptr_null(hello.share.p);
}
END_TEST

START_TEST(refusal_is_an_alert)
{
	static const uint16_t nobody = 0xc0ff;
	struct tls_hello_spec s = spec_of(TLS_12, &nobody, 1);
	struct heard h;

	ask(&h, &s, 1);
	ck_assert(h.flight.alerted);
	ck_assert_uint_eq(h.flight.alert, TLS_ALERT_HANDSHAKE_FAILURE);
	ck_assert_str_eq(tls_alert_name(h.flight.alert), "handshake_failure");
	ck_assert_uint_eq(h.n, 0);
}
END_TEST

/* ---- hellos read back ---- */

START_TEST(our_hello_is_read_as_it_was_written)
{
	static const uint16_t suites[] = { 0x1301, 0xc02b, 0x00ff };
	static const uint16_t versions[] = { TLS_13, TLS_12 };
	static const char *const alpn[] = { "h2", "http/1.1" };
	static const uint8_t key[32] = { 9 }, ticket[] = { 1, 2, 3 };
	static const struct tls_share share = { 29, key, 32 };
	static const struct tls_raw_extension raw = { 0x1234, ticket, 3 };
	struct tls_hello_spec s = spec_of(TLS_12, suites, 3);
	struct tls_client_hello h;
	uint8_t out[TLS_HELLO_MAX], small[TLS_HELLO_MAX];
	size_t n, i, at = 0;
	struct tls_span v;
	uint16_t type = 0;

	s.host = "device.example";
	s.versions = versions;
	s.nversions = 2;
	s.alpn = alpn;
	s.nalpn = 2;
	s.key_share = s.psk_modes = s.session_ticket = true;
	s.shares = &share;
	s.nshares = 1;
	s.ticket = ticket;
	s.nticket = 3;
	s.raw = &raw;
	s.nraw = 1;
	s.grease = true;
	n = tls_hello_message(&s, out, sizeof(out));
	ck_assert_int_eq(tls_client_hello_read(&h, out + TLS_HANDSHAKE_HEADER,
			     n - TLS_HANDSHAKE_HEADER),
	    0);
	ck_assert_uint_eq(h.best_version, TLS_13);
	ck_assert(tls_client_hello_offers(&h, 0xc02b));
	ck_assert(tls_client_hello_offers(&h, TLS_SUITE_RENEGOTIATION_SCSV));
	ck_assert(!tls_client_hello_offers(&h, 0xc02c));
	ck_assert(tls_is_grease(tls_list_at(h.suites, 0)));
	ck_assert_uint_eq(h.host.n, strlen(s.host));
	ck_assert_mem_eq(h.host.p, s.host, h.host.n);
	ck_assert_mem_eq(h.alpn.p, "\x02h2\x08http/1.1", h.alpn.n);
	ck_assert_uint_eq(h.ticket.n, 3);
	ck_assert_uint_eq(h.key_shares.n, 36);
	ck_assert(h.extended_master_secret && h.renegotiation_info);
	while (tls_extension_next(h.extensions, &at, &type, &v) == 1)
		;
	ck_assert_uint_eq(type, 0x1234); /* the raw one is the last */
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(tls_hello_message(&s, small, i), 0);
	for (i = TLS_HANDSHAKE_HEADER; i < n; i++)
		ck_assert(tls_client_hello_read(&h, out + TLS_HANDSHAKE_HEADER,
			      i - TLS_HANDSHAKE_HEADER) == -1 ||
		    h.extensions.p == NULL);
}
END_TEST

START_TEST(openssl_as_a_client_is_read)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(c);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	char host[] = "cloud.example"; /* the macro casts const away */
	struct tls_client_hello hello;
	uint8_t bytes[4096];
	struct heard h;
	int n;

	SSL_set_bio(ssl, in, out);
	SSL_set_tlsext_host_name(ssl, host);
	SSL_set_alpn_protos(ssl, (const unsigned char *)"\x04mqtt", 5);
	(void)SSL_connect(ssl);
	n = BIO_read(out, bytes, sizeof(bytes));
	ck_assert_int_gt(n, 0);
	SSL_free(ssl);
	SSL_CTX_free(c);
	hear(&h, bytes, (size_t)n, 5);
	ck_assert_uint_eq(h.n, 1);
	ck_assert_int_eq(h.messages[0].type, TLS_CLIENT_HELLO);
	ck_assert_int_eq(tls_client_hello_read(
			     &hello, h.messages[0].body, h.messages[0].size),
	    0);
	ck_assert_uint_eq(hello.best_version, TLS_13);
	ck_assert_mem_eq(hello.host.p, "cloud.example", 13);
	ck_assert_mem_eq(hello.alpn.p, "\x04mqtt", 5);
	ck_assert(tls_client_hello_offers(&hello, 0x1301));
	ck_assert(hello.extended_master_secret);
	ck_assert_uint_eq(tls_list_at(hello.groups, 0), 29);
}
END_TEST

/* ---- what no library of today says ---- */

START_TEST(ssl2_is_asked_and_read)
{
	static const uint32_t kinds[] = { 0x010080, 0x0700c0 };
	static const uint8_t challenge[16] = { 1 };
	static const uint8_t hello[] = { 0x80, 0x11, 4, 0, 1, 0, 2, 0, 2, 0, 3,
		0, 1, 0x30, 0x00, 0x07, 0x00, 0xc0, 0x77 };
	static const uint8_t error[] = { 0x80, 3, 0, 0, 1 };
	struct tls_ssl2_hello s;
	uint8_t out[64];
	struct heard h;

	ck_assert_uint_eq(
	    tls_hello_ssl2(kinds, 2, challenge, out, sizeof(out)), 33);
	ck_assert_mem_eq(out,
	    "\x80\x1f\x01\x00\x02\x00\x06\x00\x00\x00\x10\x01\x00\x80\x07", 15);
	hear(&h, hello, sizeof(hello), 1);
	ck_assert_uint_eq(h.n, 1);
	ck_assert_int_eq(h.messages[0].type, TLS_SSL2_SERVER_HELLO);
	ck_assert_int_eq(
	    tls_ssl2_hello_read(&s, h.messages[0].body, h.messages[0].size), 0);
	ck_assert_uint_eq(s.version, TLS_SSL2);
	ck_assert_uint_eq(s.certificate.n, 2);
	ck_assert_mem_eq(s.kinds.p, "\x07\x00\xc0", 3);
	ck_assert_str_eq(
	    tls_ssl2_kind_name(0x0700c0), "SSL2_DES_192_EDE3_CBC_WITH_MD5");
	ck_assert_int_eq(
	    tls_ssl2_hello_read(&s, h.messages[0].body, h.messages[0].size - 1),
	    -1);
	hear(&h, error, sizeof(error), 2);
	ck_assert_int_eq(h.messages[0].type, TLS_SSL2_ERROR);
}
END_TEST

START_TEST(ssl3_has_no_extensions)
{
	static const uint16_t rc4 = 0x0005;
	static const uint8_t deflate[] = { 1, 0 };
	const struct tls_hello_spec s = { .version = TLS_SSL3,
		.suites = &rc4,
		.nsuites = 1,
		.compressions = deflate,
		.ncompressions = 2 };
	uint8_t out[128];

	ck_assert_uint_eq(tls_hello_build(&s, out, sizeof(out)), 51);
	ck_assert_mem_eq(
	    out, "\x16\x03\x00\x00\x2e\x01\x00\x00\x2a\x03\x00", 11);
	ck_assert_mem_eq(out + 43, "\x00\x00\x02\x00\x05\x02\x01\x00", 8);
}
END_TEST

START_TEST(export_rsa_key_is_measured)
{
	uint8_t body[80] = { 0, 65, 0, 0x80 };
	struct tls_server_key k;

	body[67] = 0;
	body[68] = 1;
	body[69] = 3;
	body[70] = 0;
	body[71] = 1;
	body[72] = 7;
	ck_assert_int_eq(tls_server_key_read(&k, TLS_EXCHANGE_RSA, TLS_10,
			     false, (struct tls_span){ body, 73 }),
	    0);
	ck_assert_uint_eq(k.bits, 512);
	ck_assert_int_eq(tls_server_key_read(&k, TLS_EXCHANGE_RSA, TLS_10,
			     false, (struct tls_span){ body, 72 }),
	    -1);
}
END_TEST

START_TEST(text_is_no_tls_at_its_first_byte)
{
	static const char *const texts[] = { "HTTP/1.1 400", "SSH-2.0", "220 x",
		"\x15\x01\x01", "\x16\x03\x09\x00\x00" };
	struct tls_flight f;
	uint8_t room[64];
	size_t n = _i == 4 ? 5 : _i == 3 ? 3 : strlen(texts[_i]);

	tls_flight_begin(&f, room, sizeof(room));
	ck_assert(!tls_flight_take(&f, texts[_i], n) || _i == 3);
	ck_assert(_i == 3 || f.is_bad);
	ck_assert(!f.is_tls);
}
END_TEST

START_TEST(what_does_not_fit_is_said_to_be_cut)
{
	static const uint8_t big[] = { 22, 3, 3, 0, 8, 11, 0xff, 0xff, 0xff, 1,
		2, 3, 4 };
	struct tls_message m;
	struct tls_flight f;
	uint8_t room[64];

	tls_flight_begin(&f, room, sizeof(room));
	ck_assert(tls_flight_take(&f, big, sizeof(big)));
	ck_assert(!tls_flight_next(&f, &m));
	ck_assert(f.is_cut);
}
END_TEST

START_TEST(sealed_records_are_never_read)
{
	/* an alert behind ChangeCipherSpec is ciphertext */
	static const uint8_t bytes[] = { 20, 3, 3, 0, 1, 1, 21, 3, 3, 0, 2, 2,
		40, 23, 3, 3, 0, 1, 9 };
	struct heard h;

	hear(&h, bytes, sizeof(bytes), 1);
	ck_assert(h.flight.changed_cipher && !h.flight.alerted);
	ck_assert_uint_eq(h.flight.sealed, 2);
}
END_TEST

START_TEST(a_warning_is_no_refusal)
{
	static const uint8_t bytes[] = { 21, 3, 1, 0, 2, 1, 112, 21, 3, 1, 0, 2,
		2, 40 };
	struct heard h;

	hear(&h, bytes, sizeof(bytes), 1);
	ck_assert(h.flight.warned && h.flight.alerted);
	ck_assert_uint_eq(h.flight.warning, TLS_ALERT_UNRECOGNIZED_NAME);
	ck_assert_uint_eq(h.flight.alert, TLS_ALERT_HANDSHAKE_FAILURE);
}
END_TEST

/* ---- names ---- */

START_TEST(suites_are_in_order_and_their_names_understood)
{
	struct tls_suite s;
	size_t i;

	for (i = 0; i < tls_suite_count(); i++) {
		ck_assert(
		    i == 0 || tls_suite_id_at(i) > tls_suite_id_at(i - 1));
		ck_assert(tls_suite_of(tls_suite_id_at(i), &s));
		ck_assert_msg(s.bits > 0 || strstr(s.name, "NULL") != NULL ||
			strstr(s.name, "_SHA256_SHA") != NULL ||
			strstr(s.name, "_SHA384_SHA") != NULL ||
			strcmp(s.name, "TLS_SHA256_SHA256") == 0 ||
			strcmp(s.name, "TLS_SHA384_SHA384") == 0,
		    "%s has no strength", s.name);
		ck_assert_msg(!s.is_anonymous ||
			strstr(s.name, "anon") != NULL ||
			strcmp(s.name, "TLS_NULL_WITH_NULL_NULL") == 0,
		    "%s", s.name);
	}
	ck_assert(!tls_suite_of(0x4242, &s));
	ck_assert_str_eq(s.name, "0x4242");
}
END_TEST

/* Against what OpenSSL says of its own suites. */
START_TEST(properties_agree_with_openssl)
{
	SSL *ssl = SSL_new(context);
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);
	const SSL_CIPHER *c;
	struct tls_suite s;
	int i, bits;

	ck_assert_int_gt(sk_SSL_CIPHER_num(all), 60);
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		c = sk_SSL_CIPHER_value(all, i);
		ck_assert(tls_suite_of(
		    (uint16_t)(SSL_CIPHER_get_id(c) & 0xffff), &s));
		ck_assert_str_eq(s.name, SSL_CIPHER_standard_name(c));
		bits = SSL_CIPHER_get_bits(c, NULL);
		if (strstr(s.name, "3DES") == NULL)
			ck_assert_msg(bits == s.bits, "%s", s.name);
		ck_assert_msg(
		    SSL_CIPHER_is_aead(c) == (s.mode == TLS_MODE_AEAD), "%s",
		    s.name);
		ck_assert_msg((SSL_CIPHER_get_auth_nid(c) == NID_auth_null) ==
			s.is_anonymous,
		    "%s", s.name);
		ck_assert_msg((SSL_CIPHER_get_kx_nid(c) == NID_kx_rsa) ==
			(s.exchange == TLS_KX_RSA),
		    "%s", s.name);
	}
	SSL_free(ssl);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_hello");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, flight_is_the_same_in_pieces_of_any_size, 0, 15);
	tcase_add_test(tc, anonymous_dh_shows_its_size);
	tcase_add_test(tc, empty_key_share_makes_it_name_suite_and_group);
	tcase_add_test(tc, refusal_is_an_alert);
	tcase_add_test(tc, our_hello_is_read_as_it_was_written);
	tcase_add_test(tc, openssl_as_a_client_is_read);
	tcase_add_test(tc, ssl2_is_asked_and_read);
	tcase_add_test(tc, ssl3_has_no_extensions);
	tcase_add_test(tc, export_rsa_key_is_measured);
	tcase_add_loop_test(tc, text_is_no_tls_at_its_first_byte, 0, 5);
	tcase_add_test(tc, what_does_not_fit_is_said_to_be_cut);
	tcase_add_test(tc, sealed_records_are_never_read);
	tcase_add_test(tc, a_warning_is_no_refusal);
	tcase_add_test(tc, suites_are_in_order_and_their_names_understood);
	tcase_add_test(tc, properties_agree_with_openssl);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
