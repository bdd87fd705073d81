/*
 * check_tls_session: handshakes by hand against OpenSSL's own server, in each
 * version and suite that there is; records that are sealed are opened again,
 * unless a bit of them is wrong.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "protocols/bytes.h"
#include "protocols/tls_ask.h"
#include "protocols/tls_session.h"

static EVP_PKEY *keys[2]; /* RSA, EC */
static X509 *certificates[2];
static SSL_CTX *context;
static SSL *server;
static BIO *to_server, *from_server;
static struct tls_session session;
static uint8_t room[TLS_REPLY_ROOM];

static void
make_keys(void)
{
	int i;

	keys[0] = EVP_RSA_gen(1024);
	keys[1] = EVP_EC_gen("P-256");
	for (i = 0; i < 2; i++) {
		ck_assert_ptr_nonnull(keys[i]);
		certificates[i] = X509_new();
		X509_gmtime_adj(X509_getm_notBefore(certificates[i]), 0);
		X509_gmtime_adj(X509_getm_notAfter(certificates[i]), 3600);
		X509_set_pubkey(certificates[i], keys[i]);
		ck_assert_int_gt(
		    X509_sign(certificates[i], keys[i], EVP_sha256()), 0);
	}
}

static void
free_keys(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		EVP_PKEY_free(keys[i]);
		X509_free(certificates[i]);
	}
}

/* Every version and suite, weak or not; both keys. */
static void
setup(void)
{
	int i;

	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    SSL_CTX_use_certificate(context, certificates[i]), 1);
		ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, keys[i]), 1);
	}
	server = SSL_new(context);
	to_server = BIO_new(BIO_s_mem());
	from_server = BIO_new(BIO_s_mem());
	SSL_set_bio(server, to_server, from_server);
	SSL_set_accept_state(server);
}

static void
teardown(void)
{
	SSL_free(server);
	SSL_CTX_free(context);
}

/* What the server says to these bytes. */
static size_t
exchange(const uint8_t *say, size_t n, uint8_t *heard, size_t size)
{
	int got;

	ck_assert_int_eq(BIO_write(to_server, say, (int)n), (int)n);
	(void)SSL_do_handshake(server);
	got = BIO_read(from_server, heard, (int)size);
	return got > 0 ? (size_t)got : 0;
}

static size_t
put_message(
    uint8_t *out, enum tls_message_type type, const uint8_t *body, size_t n)
{
	out[0] = TLS_HANDSHAKE;
	put_u16(out + 1, session.version);
	put_u16(out + 3, (uint16_t)(n + 4));
	out[5] = (uint8_t)type;
	out[6] = 0;
	put_u16(out + 7, (uint16_t)n);
	memcpy(out + 9, body, n);
	ck_assert(tls_session_add(&session, out + 5, n + 4));
	return n + 9;
}

static size_t
put_key(const struct tls_reply *r, uint16_t version, uint8_t *out)
{
	uint8_t body[2 + TLS_SESSION_BLOCK_MAX], premaster[66];
	uint8_t block[TLS_SESSION_BLOCK_MAX];
	size_t n, size, used;

	if (!tls_session_is_rsa(r->suite)) {
		size = tls_session_ecdhe(
		    &r->key, body, sizeof(body), premaster, &n);
		ck_assert_uint_gt(size, 0);
		used = put_message(out, TLS_CLIENT_KEY_EXCHANGE, body, size);
		ck_assert(tls_session_keys(&session, premaster, n));
		return used;
	}
	size = tls_session_rsa_size(r->certificate);
	ck_assert_uint_eq(size, 128);
	memset(block, 0x55, size);
	block[0] = 0;
	block[1] = 2;
	block[size - 49] = 0;
	put_u16(block + size - 48, version);
	put_u16(body, (uint16_t)size);
	ck_assert(tls_session_rsa(r->certificate, block, body + 2));
	used = put_message(out, TLS_CLIENT_KEY_EXCHANGE, body, 2 + size);
	ck_assert(tls_session_keys(&session, block + size - 48, 48));
	return used;
}

/* A whole handshake with this suite alone; what the server says at its end. */
static size_t
shake_hands(uint16_t version, uint16_t suite, bool extended,
    enum tls_spoil spoil, uint8_t *heard, size_t size)
{
	static const uint8_t chance[16] = { 1, 2, 3, 4 };
	static const uint8_t change[] = { 20, 3, 0, 0, 1, 1 };
	uint8_t say[2048], finished[16] = { TLS_FINISHED, 0, 0, 12 };
	const struct tls_session_plain plain = { TLS_HANDSHAKE, finished,
		sizeof(finished), chance, spoil };
	struct tls_hello_spec hello;
	struct tls_reply r;
	size_t n, nhello;

	tls_ask_begin(&hello, version, &suite, 1, NULL);
	hello.extended_master_secret = extended;
	memset(hello.random, 0x42, sizeof(hello.random));
	nhello = tls_hello_build(&hello, say, sizeof(say));
	n = exchange(say, nhello, heard, size);
	tls_reply_read(&r, heard, n, false, room);
	ck_assert_int_eq(r.outcome, TLS_CHOSE);
	ck_assert(r.is_whole);
	ck_assert_uint_eq(r.version, version);
	ck_assert(tls_session_begin(&session, version, suite));
	session.has_extended_secret = r.hello.extended_master_secret;
	ck_assert(session.has_extended_secret == extended);
	memcpy(session.random[TLS_CLIENT], hello.random, 32);
	memcpy(session.random[TLS_SERVER], r.hello.random, 32);
	ck_assert(tls_session_add_records(&session, say, nhello));
	ck_assert(tls_session_add_records(&session, heard, n));
	n = put_key(&r, version, say);
	memcpy(say + n, change, sizeof(change));
	put_u16(say + n + 1, version);
	n += sizeof(change);
	ck_assert(tls_session_finished(&session, TLS_CLIENT, finished + 4));
	n += tls_session_seal(
	    &session, TLS_CLIENT, &plain, say + n, sizeof(say) - n);
	ck_assert(tls_session_add(&session, finished, sizeof(finished)));
	return exchange(say, n, heard, size);
}

/* Its Finished is opened, and is the one that it should be. */
static void
server_finished(const uint8_t *heard, size_t n)
{
	uint8_t plain[TLS_RECORD_BODY_MAX], wanted[TLS_FINISHED_SIZE];
	struct tls_record r;
	size_t at = 0;
	bool changed = false;

	while (tls_record_next(heard, n, &at, &r) == 1) {
		if (r.type == TLS_CHANGE_CIPHER_SPEC) {
			changed = true;
		} else if (!changed) {
			ck_assert(tls_session_add(&session, r.body, r.size));
		} else {
			ck_assert_int_eq(tls_session_open(&session, TLS_SERVER,
					     false, &r, plain),
			    16);
			ck_assert(
			    tls_session_finished(&session, TLS_SERVER, wanted));
			ck_assert_mem_eq(plain + 4, wanted, sizeof(wanted));
			return;
		}
	}
	ck_abort_msg("no Finished");
}

/* Of TLS 1.0, 1.1 and 1.2 in turn; with the extended secret and without. */
START_TEST(every_suite_shakes_hands_with_a_real_server)
{
	const uint16_t version = (uint16_t)(TLS_10 + _i / 2);
	const bool extended = _i % 2 == 1;
	uint8_t heard[8192];
	const uint16_t *suites;
	size_t n, i;

	suites = tls_session_suites(&n);
	for (i = 0; i < n; i++) {
		if (version < tls_session_least_version(suites[i]))
			continue;
		server_finished(heard,
		    shake_hands(version, suites[i], extended, TLS_SPOIL_NONE,
			heard, sizeof(heard)));
		ck_assert_int_eq(SSL_is_init_finished(server), 1);
		teardown();
		setup();
	}
}
END_TEST

START_TEST(a_real_server_refuses_what_is_spoilt)
{
	static const enum tls_spoil spoils[] = { TLS_SPOIL_PADDING,
		TLS_SPOIL_MAC };
	uint8_t heard[8192];
	size_t n;

	n = shake_hands(TLS_12, 0xc013, true, spoils[_i], heard, sizeof(heard));
	ck_assert_uint_eq(n, 7);
	ck_assert_uint_eq(heard[0], TLS_ALERT);
	ck_assert_uint_eq(heard[6], 20); /* bad_record_mac */
}
END_TEST

/* Sealed by one side and opened by the other, in each suite. */
START_TEST(what_is_sealed_is_opened_unless_a_bit_is_wrong)
{
	static const uint8_t premaster[48] = { 3, 3 }, chance[16] = { 9 };
	uint8_t sealed[256], plain[256], text[40];
	const struct tls_session_plain of = { TLS_APPLICATION_DATA, text,
		sizeof(text), chance, TLS_SPOIL_NONE };
	const uint16_t *suites;
	struct tls_session other;
	struct tls_record r;
	size_t n, i, bit, size, at;

	memset(text, 0x61, sizeof(text));
	suites = tls_session_suites(&n);
	for (i = 0; i < n; i++) {
		ck_assert(tls_session_begin(&session, TLS_12, suites[i]));
		ck_assert(tls_session_add(&session, "x", 1));
		ck_assert(tls_session_keys(&session, premaster, 48));
		other = session;
		size = tls_session_seal(
		    &session, TLS_CLIENT, &of, sealed, sizeof(sealed));
		for (bit = 8 * 5; bit < 8 * size; bit += 7) {
			session = other;
			sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
			at = 0;
			ck_assert_int_eq(
			    tls_record_next(sealed, size, &at, &r), 1);
			ck_assert_int_eq(tls_session_open(&session, TLS_CLIENT,
					     false, &r, plain),
			    -1);
			sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		session = other;
		at = 0;
		ck_assert_int_eq(tls_record_next(sealed, size, &at, &r), 1);
		ck_assert_int_eq(
		    tls_session_open(&session, TLS_CLIENT, false, &r, plain),
		    sizeof(text));
		ck_assert_mem_eq(plain, text, sizeof(text));
	}
}
END_TEST

START_TEST(padding_is_overlooked_only_by_the_lenient)
{
	static const uint8_t premaster[48] = { 3, 3 }, chance[16] = { 9 };
	uint8_t sealed[256], plain[256];
	const struct tls_session_plain of = { TLS_APPLICATION_DATA, "abc", 3,
		chance, TLS_SPOIL_PADDING };
	struct tls_session other;
	struct tls_record r;
	size_t size, at = 0;

	ck_assert(tls_session_begin(&session, TLS_12, 0x002f));
	ck_assert(tls_session_keys(&session, premaster, 48));
	other = session;
	size =
	    tls_session_seal(&session, TLS_CLIENT, &of, sealed, sizeof(sealed));
	ck_assert_int_eq(tls_record_next(sealed, size, &at, &r), 1);
	session = other;
	ck_assert_int_eq(
	    tls_session_open(&session, TLS_CLIENT, false, &r, plain), -1);
	session = other;
	ck_assert_int_eq(
	    tls_session_open(&session, TLS_CLIENT, true, &r, plain), 3);
}
END_TEST

START_TEST(what_is_too_short_or_unknown_is_refused)
{
	uint8_t bytes[64] = { 0 }, out[64], premaster[66];
	const struct tls_span no_certificate = { bytes, sizeof(bytes) };
	const struct tls_server_key key = { .group = 23,
		.point = { bytes, 65 - 2 } };
	const struct tls_server_key other = { .group = 24,
		.point = { bytes, 32 } };
	struct tls_record r = { .type = TLS_HANDSHAKE, .body = bytes };
	const uint16_t *suites;
	size_t i, n, nsuites;

	suites = tls_session_suites(&nsuites);
	for (i = 0; i < nsuites; i++) {
		ck_assert(tls_session_begin(&session, TLS_12, suites[i]));
		for (r.size = 0; r.size < sizeof(bytes); r.size++)
			ck_assert_int_eq(tls_session_open(&session, TLS_SERVER,
					     false, &r, out),
			    -1);
	}
	ck_assert(!tls_session_begin(&session, TLS_12, 0x1301));
	ck_assert(!tls_session_begin(&session, TLS_11, 0xc02f));
	ck_assert(!tls_session_begin(&session, TLS_SSL3, 0x002f));
	ck_assert(!tls_session_add(&session, room, TLS_SESSION_SAID_MAX + 1));
	ck_assert_uint_eq(
	    tls_session_ecdhe(&key, out, sizeof(out), premaster, &n), 0);
	ck_assert_uint_eq(
	    tls_session_ecdhe(&other, out, sizeof(out), premaster, &n), 0);
	ck_assert_uint_eq(tls_session_rsa_size(no_certificate), 0);
	ck_assert(!tls_session_rsa(no_certificate, bytes, out));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_session");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tc, make_keys, free_keys);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, every_suite_shakes_hands_with_a_real_server, 0, 6);
	tcase_add_loop_test(tc, a_real_server_refuses_what_is_spoilt, 0, 2);
	tcase_add_test(tc, what_is_sealed_is_opened_unless_a_bit_is_wrong);
	tcase_add_test(tc, padding_is_overlooked_only_by_the_lenient);
	tcase_add_test(tc, what_is_too_short_or_unknown_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
