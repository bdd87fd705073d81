/*
 * check_dtls_record: OpenSSL's DTLS server understands what is framed here, and
 * its cookie is read; fragments in any order, twice, contradicting, too large.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/ssl.h>

#include "protocols/dtls_record.h"
#include "protocols/tls_hello.h"

static int
make_cookie(SSL *ssl, unsigned char *cookie, unsigned int *n)
{
	(void)ssl;
	memset(cookie, 0xc7, 20);
	*n = 20;
	return 1;
}

static int
check_cookie(SSL *ssl, const unsigned char *cookie, unsigned int n)
{
	(void)ssl;
	return n == 20 && cookie[0] == 0xc7;
}

static size_t
frame(const struct tls_hello_spec *s, uint16_t sequence, uint8_t *out)
{
	uint8_t body[512], message[600];
	struct dtls_fragment f = { .type = TLS_CLIENT_HELLO,
		.sequence = sequence };
	struct dtls_record r = {
		.type = TLS_HANDSHAKE, .version = DTLS_10, .sequence = sequence
	};

	f.body.p = body;
	f.body.n = tls_hello_datagram_body(s, body, sizeof(body));
	f.size = (uint32_t)f.body.n;
	r.body.p = message;
	r.body.n = dtls_fragment_build(&f, message, sizeof(message));
	return dtls_record_build(&r, out, 700);
}

START_TEST(openssl_asks_for_its_cookie)
{
	static const uint16_t suite = 0xc02b;
	struct tls_hello_spec s = {
		.version = DTLS_12, .suites = &suite, .nsuites = 1
	};
	SSL_CTX *c = SSL_CTX_new(DTLS_server_method());
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	uint8_t say[700], back[2000];
	struct dtls_fragment f;
	struct dtls_record r;
	struct tls_span cookie;
	uint16_t version;
	size_t n, at = 0, in_record = 0;
	SSL *ssl;
	int got;

	SSL_CTX_set_cookie_generate_cb(c, make_cookie);
	SSL_CTX_set_cookie_verify_cb(c, check_cookie);
	SSL_CTX_set_options(c, SSL_OP_COOKIE_EXCHANGE);
	ssl = SSL_new(c);
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	n = frame(&s, 0, say);
	BIO_write(in, say, (int)n);
	(void)SSL_accept(ssl);
	got = BIO_read(out, back, sizeof(back));
	ck_assert_int_gt(got, 0);
	SSL_free(ssl);
	SSL_CTX_free(c);
	ck_assert_int_eq(dtls_record_next(back, (size_t)got, &at, &r), 1);
	ck_assert_uint_eq(r.type, TLS_HANDSHAKE);
	ck_assert_int_eq(dtls_fragment_next(r.body, &in_record, &f), 1);
	ck_assert_int_eq(f.type, TLS_HELLO_VERIFY_REQUEST);
	ck_assert_int_eq(dtls_verify_read(f.body, &version, &cookie), 0);
	ck_assert_uint_eq(cookie.n, 20);
	ck_assert_uint_eq(cookie.p[19], 0xc7);
	ck_assert_int_eq(dtls_record_next(back, (size_t)got, &at, &r), 0);
}
END_TEST

static struct dtls_fragment
part(const uint8_t *message, uint32_t offset, size_t n)
{
	const struct dtls_fragment f = { .type = TLS_SERVER_HELLO,
		.size = 10,
		.sequence = 3,
		.offset = offset,
		.body = { message + offset, n } };

	return f;
}

START_TEST(fragments_come_in_any_order_and_twice)
{
	static const uint8_t message[] = "0123456789";
	static const struct {
		uint32_t offset;
		size_t n;
	} parts[] = { { 6, 4 }, { 0, 3 }, { 6, 4 }, { 2, 3 }, { 5, 1 } };
	struct dtls_message m;
	struct dtls_fragment f;
	uint8_t room[12];
	size_t i;

	dtls_message_begin(&m, 3, room, sizeof(room));
	for (i = 0; i < 5; i++) {
		f = part(message, parts[i].offset, parts[i].n);
		ck_assert_int_eq(dtls_message_take(&m, &f), i == 4);
	}
	ck_assert_mem_eq(room, message, 10);
}
END_TEST

START_TEST(contradictions_are_refused)
{
	static const uint8_t one[] = "0123456789", other[] = "0123x56789";
	struct dtls_fragment f = part(one, 0, 5);
	struct dtls_message m;
	uint8_t room[12];

	dtls_message_begin(&m, 3, room, 11); /* two bytes of bits are needed */
	ck_assert_int_eq(dtls_message_take(&m, &f), -1);
	dtls_message_begin(&m, 3, room, sizeof(room));
	ck_assert_int_eq(dtls_message_take(&m, &f), 0);
	f = part(other, 4, 3);
	ck_assert_int_eq(dtls_message_take(&m, &f), -1);
	f = part(one, 5, 5);
	f.size = 11;
	ck_assert_int_eq(dtls_message_take(&m, &f), -1);
	f.size = 10;
	f.sequence = 4; /* another message's */
	ck_assert_int_eq(dtls_message_take(&m, &f), 0);
}
END_TEST

START_TEST(records_of_all_versions_are_cut_out)
{
	static const uint8_t bytes[] = { 22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9,
		0, 1, 0xaa, 0x2f, 0x12, 0x34, 0, 2, 1, 2, 0x20, 7, 8, 9 };
	static const uint8_t tls[] = { 22, 3, 3, 0, 1, 0, 0, 0, 0, 0, 9, 0, 0 };
	struct dtls_record r;
	size_t at = 0, n;

	ck_assert_int_eq(dtls_record_next(bytes, sizeof(bytes), &at, &r), 1);
	ck_assert(r.epoch == 1 && r.sequence == 9 && r.body.n == 1);
	ck_assert_int_eq(dtls_record_next(bytes, sizeof(bytes), &at, &r), 1);
	ck_assert(r.is_sealed && r.epoch == 3 && r.sequence == 0x1234);
	ck_assert_uint_eq(r.body.n, 2);
	ck_assert_int_eq(dtls_record_next(bytes, sizeof(bytes), &at, &r), 1);
	ck_assert(r.is_sealed && r.sequence == 7 && r.body.n == 2);
	ck_assert_int_eq(dtls_record_next(bytes, sizeof(bytes), &at, &r), 0);
	at = 0;
	ck_assert_int_eq(dtls_record_next(tls, sizeof(tls), &at, &r), -1);
	for (n = 1; n < 14; n++) {
		at = 0;
		ck_assert_int_eq(dtls_record_next(bytes, n, &at, &r), -1);
	}
}
END_TEST

START_TEST(fragment_beyond_its_message_is_refused)
{
	uint8_t f[] = { 2, 0, 0, 4, 0, 0, 0, 0, 3, 0, 0, 2, 1, 2 };
	struct tls_span body = { f, sizeof(f) };
	struct dtls_fragment out;
	size_t at = 0;

	ck_assert_int_eq(dtls_fragment_next(body, &at, &out), -1);
	f[8] = 2;
	ck_assert_int_eq(dtls_fragment_next(body, &at, &out), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dtls_record");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, openssl_asks_for_its_cookie);
	tcase_add_test(tc, fragments_come_in_any_order_and_twice);
	tcase_add_test(tc, contradictions_are_refused);
	tcase_add_test(tc, records_of_all_versions_are_cut_out);
	tcase_add_test(tc, fragment_beyond_its_message_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
