/*
 * check_dns: real messages are read as Wireshark reads them; what loops, points
 * forward or runs over the end is refused.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/dns.h"

#define MESSAGE(d, bytes) \
	ck_assert_int_eq(dns_parse(&(d), bytes, sizeof(bytes) - 1), 0)

/* www.example.com A? and its answer: a CNAME and an address, compressed. */
static const char answer[] =
    "\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x01"
    "\3www\7example\3com\0\x00\x01\x00\x01"
    "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x06\3cdn\xc0\x10"
    "\xc0\x2d\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\x5d\xb8\xd8\x22"
    "\x00\x00\x29\x10\x00\x00\x00\x80\x00\x00\x00"; /* EDNS */

START_TEST(query_and_answer_are_read)
{
	static const uint8_t addr[] = { 0x5d, 0xb8, 0xd8, 0x22 };
	struct dns_record r;
	struct dns d;

	MESSAGE(d, answer);
	ck_assert_uint_eq(d.id, 0x1234);
	ck_assert(d.response && d.recursion);
	ck_assert(!d.truncated && !d.authoritative);
	ck_assert_int_eq(d.rcode, 0);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_int_eq(r.section, DNS_QUESTION);
	ck_assert_str_eq(r.name, "www.example.com");
	ck_assert_uint_eq(r.type, DNS_A);
	ck_assert_ptr_null(r.data);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_int_eq(r.section, DNS_ANSWER);
	ck_assert_uint_eq(r.type, DNS_CNAME);
	ck_assert_str_eq(r.name, "www.example.com");
	ck_assert_str_eq(r.target, "cdn.example.com");
	ck_assert_uint_eq(r.ttl_s, 60);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_str_eq(r.name, "cdn.example.com");
	ck_assert_mem_eq(r.addr, addr, 4);
	ck_assert_uint_eq(r.ttl_s, 3600);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_int_eq(r.section, DNS_ADDITIONAL);
	ck_assert_str_eq(r.name, ".");
	ck_assert_uint_eq(r.type, 41);
	ck_assert_int_eq(dns_next(&d, &r), 0);
}
END_TEST

START_TEST(multicast_service_is_read)
{
	static const char m[] =
	    "\0\0\x84\0\0\0\0\4\0\0\0\0"
	    "\5_http\4_tcp\5local\0\0\x0c\0\1\0\0\0\x78\0\7\4lock\xc0\x0c"
	    "\xc0\x28\0\x21\x80\1\0\0\0\x78\0\x0d\0\1\0\2\x1f\x90\4"
	    "dev1\xc0\x17"
	    "\xc0\x28\0\x10\x80\1\0\0\0\x78\0\6\2a=\2b!"
	    "\4dev1\xc0\x17\0\x1c\x80\1\0\0\0\x78\0\x10"
	    "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1";
	struct dns_record r;
	const uint8_t *text;
	struct dns d;
	size_t at = 0, size;

	MESSAGE(d, m);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_uint_eq(r.type, DNS_PTR);
	ck_assert_str_eq(r.name, "_http._tcp.local");
	ck_assert_str_eq(r.target, "lock._http._tcp.local");
	ck_assert(!r.top_bit);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_uint_eq(r.type, DNS_SRV);
	ck_assert(r.top_bit);
	ck_assert_uint_eq(r.class, 1);
	ck_assert_uint_eq(r.priority, 1);
	ck_assert_uint_eq(r.weight, 2);
	ck_assert_uint_eq(r.port, 8080);
	ck_assert_str_eq(r.target, "dev1.local");
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert(dns_next_text(&r, &at, &text, &size));
	ck_assert_uint_eq(size, 2);
	ck_assert_mem_eq(text, "a=", 2);
	ck_assert(dns_next_text(&r, &at, &text, &size));
	ck_assert_mem_eq(text, "b!", 2);
	ck_assert(!dns_next_text(&r, &at, &text, &size));
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_uint_eq(r.type, DNS_AAAA);
	ck_assert_uint_eq(r.addr[0], 0xfe);
	ck_assert_int_eq(dns_next(&d, &r), 0);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_written_as_numbers)
{
	static const char m[] = "\0\1\1\0\0\1\0\0\0\0\0\0"
				"\6a.b\\\x1b\xff\0\0\1\0\1";
	struct dns_record r;
	struct dns d;

	MESSAGE(d, m);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_str_eq(r.name, "a\\046b\\092\\027\\255");
}
END_TEST

START_TEST(name_that_loops_or_points_forward_is_refused)
{
	static const char itself[] = "\0\1\1\0\0\1\0\0\0\0\0\0"
				     "\xc0\x0c\0\1\0\1";
	static const char forward[] = "\0\1\1\0\0\1\0\0\0\0\0\0"
				      "\xc0\x10\0\1\0\1\1a\0";
	static const char pair[] = "\0\1\1\0\0\2\0\0\0\0\0\0"
				   "\1a\xc0\x0c\0\1\0\1";
	static const char header[] = "\0\1\1\0\0\1\0\0\0\0\0\0"
				     "\1a\xc0\x00\0\1\0\1";
	struct dns_record r;
	struct dns d;

	MESSAGE(d, itself);
	ck_assert_int_eq(dns_next(&d, &r), -1);
	ck_assert_int_eq(dns_next(&d, &r), -1);
	MESSAGE(d, forward);
	ck_assert_int_eq(dns_next(&d, &r), -1);
	MESSAGE(d, pair);
	ck_assert_int_eq(dns_next(&d, &r), -1);
	MESSAGE(d, header);
	ck_assert_int_eq(dns_next(&d, &r), -1);
}
END_TEST

/* A chain of pointers, each to the one before it: legal, but bounded. */
START_TEST(many_jumps_are_refused)
{
	uint8_t m[400];
	struct dns_record r;
	struct dns d;
	size_t last;
	int i;

	for (i = 0; i < 2; i++) {
		unsigned jumps = i == 0 ? DNS_JUMPS_MAX : DNS_JUMPS_MAX + 1;

		memset(m, 0, sizeof(m));
		m[5] = 2;
		last = 12; /* the root, and a question's type and class */
		/* Pointers lie where no question is read: behind. */
		for (unsigned k = 0; k < jumps - 1; k++) {
			size_t at = 100 + 2 * k;

			m[at] = (uint8_t)(0xc0 | last >> 8);
			m[at + 1] = (uint8_t)last;
			last = at;
		}
		/* The second question is the end of the chain. */
		d = (struct dns){ .id = 0 };
		ck_assert_int_eq(dns_parse(&d, m, sizeof(m)), 0);
		ck_assert_int_eq(dns_next(&d, &r), 1);
		d.offset = 300;
		m[300] = (uint8_t)(0xc0 | last >> 8);
		m[301] = (uint8_t)last;
		ck_assert_int_eq(dns_next(&d, &r), i == 0 ? 1 : -1);
	}
}
END_TEST

START_TEST(name_over_255_bytes_is_refused)
{
	uint8_t m[400] = { 0 };
	struct dns_record r;
	struct dns d;
	size_t n = 12;
	int i;

	m[5] = 1;
	for (i = 0; i < 3; i++) {
		m[n] = 63;
		memset(m + n + 1, 0xff, 63);
		n += 64;
	}
	m[n] = 61; /* 3 * 64 + 62 + 1 = 255 */
	memset(m + n + 1, 0xff, 61);
	ck_assert_int_eq(dns_parse(&d, m, sizeof(m)), 0);
	ck_assert_int_eq(dns_next(&d, &r), 1);
	ck_assert_uint_eq(strlen(r.name), (3 * 63 + 61) * 4 + 3);
	m[n] = 62;
	m[n + 62] = 0xff;
	ck_assert_int_eq(dns_parse(&d, m, sizeof(m)), 0);
	ck_assert_int_eq(dns_next(&d, &r), -1);
}
END_TEST

START_TEST(message_cut_anywhere_is_refused_there)
{
	struct dns_record r;
	struct dns d;
	size_t size;
	int got;

	for (size = 0; size < sizeof(answer) - 1; size++) {
		uint8_t *copy = malloc(size == 0 ? 1 : size);

		memcpy(copy, answer, size);
		got = dns_parse(&d, copy, size);
		ck_assert_int_eq(got, size < 12 ? -1 : 0);
		if (got == 0) {
			while ((got = dns_next(&d, &r)) == 1)
				;
			ck_assert_int_eq(got, -1);
		}
		free(copy);
	}
}
END_TEST

START_TEST(record_whose_data_lies_is_refused)
{
	/* An address of three bytes; an alias with something behind it. */
	static const char address[] = "\0\1\x81\0\0\0\0\1\0\0\0\0"
				      "\1a\0\0\1\0\1\0\0\0\0\0\3abc";
	static const char alias[] = "\0\1\x81\0\0\0\0\1\0\0\0\0"
				    "\1a\0\0\5\0\1\0\0\0\0\0\4\1b\0x";
	static const char text[] = "\0\1\x81\0\0\0\0\1\0\0\0\0"
				   "\1a\0\0\x10\0\1\0\0\0\0\0\2\5x";
	struct dns_record r;
	struct dns d;

	MESSAGE(d, address);
	ck_assert_int_eq(dns_next(&d, &r), -1);
	MESSAGE(d, alias);
	ck_assert_int_eq(dns_next(&d, &r), -1);
	MESSAGE(d, text);
	ck_assert_int_eq(dns_next(&d, &r), -1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dns");
	TCase *t = tcase_create("dns");

	tcase_add_test(t, query_and_answer_are_read);
	tcase_add_test(t, multicast_service_is_read);
	tcase_add_test(t, bytes_that_are_no_text_are_written_as_numbers);
	tcase_add_test(t, name_that_loops_or_points_forward_is_refused);
	tcase_add_test(t, many_jumps_are_refused);
	tcase_add_test(t, name_over_255_bytes_is_refused);
	tcase_add_test(t, message_cut_anywhere_is_refused_there);
	tcase_add_test(t, record_whose_data_lies_is_refused);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
