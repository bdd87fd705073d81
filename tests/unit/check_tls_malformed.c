/*
 * check_tls_malformed: the cases are many, differ, and never change; parsers
 * that are right (ours, OpenSSL's) refuse what they must and bear the rest.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "protocols/bytes.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_malformed.h"
#include "protocols/tls_reply.h"

static uint8_t bytes[TLS_MALFORMED_MAX], heard[TLS_REPLY_ROOM],
    room[TLS_REPLY_ROOM];

static size_t
build(uint16_t number, struct tls_malformed *is)
{
	return tls_malformed_build(is, number, NULL, bytes, sizeof(bytes));
}

START_TEST(there_are_many_and_all_differ)
{
	static struct {
		uint8_t *p;
		size_t n;
		char name[56];
	} all[TLS_MALFORMED_LAST + 1];
	struct tls_malformed is;
	size_t n = 0, i, k;
	unsigned number;

	for (number = 0; number <= TLS_MALFORMED_LAST; number++) {
		all[n].n = build((uint16_t)number, &is);
		if (all[n].n == 0)
			continue;
		all[n].p = malloc(all[n].n);
		memcpy(all[n].p, bytes, all[n].n);
		memcpy(all[n].name, is.name, sizeof(is.name));
		n++;
	}
	ck_assert_uint_ge(n, 401);
	ck_assert_uint_eq(n - 1, tls_malformed_count());
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++) {
			if (all[i].n == all[k].n &&
			    memcmp(all[i].p, all[k].p, all[i].n) == 0)
				ck_abort_msg(
				    "%s is %s", all[i].name, all[k].name);
			ck_assert_str_ne(all[i].name, all[k].name);
		}
	for (i = 0; i < n; i++)
		free(all[i].p);
}
END_TEST

/* What a record names can be said again in ten years. */
START_TEST(a_number_gives_the_same_for_ever)
{
	static const char golden[] =
	    "de0a794b01cd9377821977f5eda28f724e15edc0753df603d21e17891805b726";
	uint8_t digest[32], two[2];
	char hex[65];
	struct tls_malformed is;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned number, i;
	size_t n;

	EVP_DigestInit_ex(c, EVP_sha256(), NULL);
	for (number = 0; number <= TLS_MALFORMED_LAST; number++) {
		n = build((uint16_t)number, &is);
		if (n == 0)
			continue;
		put_u16(two, (uint16_t)number);
		EVP_DigestUpdate(c, two, sizeof(two));
		EVP_DigestUpdate(c, is.name, strlen(is.name));
		EVP_DigestUpdate(c, bytes, n);
	}
	EVP_DigestFinal_ex(c, digest, NULL);
	EVP_MD_CTX_free(c);
	for (i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(hex, golden);
}
END_TEST

START_TEST(the_host_is_in_it)
{
	struct tls_malformed is;
	struct tls_client_hello h;
	char longest[102];
	size_t n;

	n = tls_malformed_build(&is, 0, "a.example", bytes, sizeof(bytes));
	ck_assert_int_eq(tls_client_hello_read(&h, bytes + 9, n - 9), 0);
	ck_assert_uint_eq(h.host.n, 9);
	ck_assert_mem_eq(h.host.p, "a.example", 9);
	memset(longest, 'a', sizeof(longest));
	longest[101] = '\0';
	ck_assert_uint_eq(
	    tls_malformed_build(&is, 0, longest, bytes, sizeof(bytes)), 0);
	ck_assert_uint_eq(tls_malformed_build(&is, 0, NULL, bytes, 20), 0);
	ck_assert_uint_eq(build(TLS_MALFORMED_LAST + 1, &is), 0);
	ck_assert_uint_eq(build(99, &is), 0);
}
END_TEST

/* Ours: every hello that ends too early or has a wrong length outside of its
 * extensions. */
START_TEST(our_own_parser_refuses)
{
	struct tls_malformed is;
	struct tls_client_hello h;
	struct tls_message m;
	struct tls_flight f;
	unsigned number, refused = 0;
	bool taken;
	size_t n;

	for (number = 0; number <= TLS_MALFORMED_LAST; number++) {
		n = build((uint16_t)number, &is);
		if (n == 0)
			continue;
		tls_flight_begin(&f, room, sizeof(room));
		(void)tls_flight_take(&f, bytes, n);
		taken = tls_flight_next(&f, &m) && m.type == TLS_CLIENT_HELLO &&
		    tls_client_hello_read(&h, m.body, m.size) == 0;
		if (is.want == TLS_WANT_TAKEN || is.follows)
			ck_assert_msg(taken, "%u %s", number, is.name);
		/* It reads messages before their record is whole. */
		if (is.want == TLS_WANT_WAITING &&
		    strncmp(is.name, "length.record.", 14) != 0)
			ck_assert_msg(!taken, "%u %s", number, is.name);
		if (is.want == TLS_WANT_REFUSED &&
		    (strncmp(is.name, "ends.", 5) == 0 ||
			strncmp(is.name, "length.", 7) == 0)) {
			ck_assert_msg(!taken, "%u %s", number, is.name);
			refused++;
		}
	}
	ck_assert_uint_gt(refused, 100);
}
END_TEST

/* ---- OpenSSL, in memory ---- */

static SSL_CTX *
server(int most)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	X509_set_pubkey(certificate, key);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
	X509_sign(certificate, key, EVP_sha256());
	ck_assert_int_eq(SSL_CTX_use_certificate(ctx, certificate), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(ctx, key), 1);
	SSL_CTX_set_max_proto_version(ctx, most);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return ctx;
}

static void
ask(SSL_CTX *ctx, size_t n, struct tls_reply *reply)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL *ssl = SSL_new(ctx);
	bool closed;
	int got, how;

	BIO_set_mem_eof_return(in, -1);
	BIO_write(in, bytes, (int)n);
	SSL_set_bio(ssl, in, out);
	got = SSL_accept(ssl);
	how = SSL_get_error(ssl, got);
	closed = how != SSL_ERROR_WANT_READ;
	got = BIO_read(out, heard, sizeof(heard));
	tls_reply_read(reply, heard, got > 0 ? (size_t)got : 0, closed, room);
	SSL_free(ssl);
}

START_TEST(openssl_refuses_what_it_must)
{
	const bool is_13 = _i == 1;
	SSL_CTX *ctx = server(is_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
	struct tls_malformed is;
	struct tls_reply r;
	unsigned number, refused = 0;
	bool must;
	size_t n;

	for (number = 0; number <= TLS_MALFORMED_LAST; number++) {
		n = build((uint16_t)number, &is);
		if (n == 0)
			continue;
		memset(&r, 0, sizeof(r));
		ask(ctx, n, &r);
		must = is.want == TLS_WANT_REFUSED ||
		    (is.want == TLS_WANT_REFUSED_13 && is_13);
		if (is.want == TLS_WANT_TAKEN)
			ck_assert_msg(
			    r.outcome == TLS_CHOSE, "%u %s", number, is.name);
		if (is.want == TLS_WANT_WAITING)
			ck_assert_msg(
			    r.outcome != TLS_CHOSE, "%u %s", number, is.name);
		if (is.follows) /* with the rest in its record, it may not be */
			ck_assert_msg(
			    r.outcome == TLS_CHOSE || r.outcome == TLS_REFUSED,
			    "%u %s", number, is.name);
		if (must)
			ck_assert_msg(
			    r.outcome == TLS_REFUSED || r.outcome == TLS_CLOSED,
			    "%u %s", number, is.name);
		refused += must ? 1 : 0;
	}
	ck_assert_uint_gt(refused, 150);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_malformed");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, there_are_many_and_all_differ);
	tcase_add_test(tc, a_number_gives_the_same_for_ever);
	tcase_add_test(tc, the_host_is_in_it);
	tcase_add_test(tc, our_own_parser_refuses);
	tcase_add_loop_test(tc, openssl_refuses_what_it_must, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
