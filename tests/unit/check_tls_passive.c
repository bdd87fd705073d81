/*
 * tls.passive over conversations of a device that calls, is called, speaks in
 * clear, or was not recorded from the beginning.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/dtls_record.h"
#include "tests/unit/fake_job.h"

#include "probes/tls_passive.c"
#include "probes/tls_passive/judge.c"
#include "probes/tls_passive/offer.c"
#include "probes/tls_passive/read.c"

#define SECOND 1000000000ull
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t bench_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t dut[4] = { 10, 77, 0, 10 }, peer[4] = { 192, 0, 2, 1 };

static struct assay_job *job;
static uint64_t now;

static void
begin(void)
{
	now = 1000 * SECOND;
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
}

static void
start(void)
{
	ck_assert_int_eq(fake_job_replay(job, now), 0);
}

/* ---- frames ---- */

struct talk { /* one conversation */
	bool dut_serves;
	uint16_t port, other;
	uint32_t said[2]; /* bytes so far, by the server and by the client */
};

static void
play(const uint8_t *frame, size_t size, size_t wire_size)
{
	const struct assay_frame f = { .data = frame,
		.size = size,
		.wire_size = wire_size,
		.stamp_ns = now += SECOND / 100,
		.link_type = 1 };

	fake_job_replay_frame(job, &f);
}

static size_t
build(
    uint8_t *frame, bool from_dut, uint8_t proto, const void *payload, size_t n)
{
	const struct packet_ends e = { from_dut ? dut_mac : bench_mac,
		from_dut ? bench_mac : dut_mac, 4, from_dut ? dut : peer,
		from_dut ? peer : dut };

	return packet_build_ip(frame, &e, proto, 64, payload, n);
}

static void
segment(const struct talk *t, bool from_server, uint32_t at, uint8_t flags,
    const uint8_t *bytes, size_t n)
{
	uint8_t tcp[20 + 1460] = { 0 }, frame[PACKET_BUILD_MAX + 1500];

	ck_assert_uint_le(n, 1460);
	put_u16(tcp, from_server ? t->port : t->other);
	put_u16(tcp + 2, from_server ? t->other : t->port);
	put_u32(tcp + 4, (from_server ? 5000 : 9000) + at);
	put_u32(tcp + 8, from_server ? 9000 : 5000);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
	if (n > 0)
		memcpy(tcp + 20, bytes, n);
	n = build(frame, from_server == t->dut_serves, 6, tcp, 20 + n);
	play(frame, n, n);
}

static struct talk
call(uint16_t port, uint16_t other, bool dut_serves)
{
	const struct talk t = { dut_serves, port, other, { 0, 0 } };

	segment(&t, false, (uint32_t)-1, TCP_SYN, NULL, 0);
	segment(&t, true, (uint32_t)-1, TCP_SYN | TCP_ACK, NULL, 0);
	return t;
}

static void
say_in(
    struct talk *t, bool by_server, const uint8_t *bytes, size_t n, size_t each)
{
	size_t part;

	while (n > 0) {
		part = n < each ? n : each;
		segment(
		    t, by_server, t->said[!by_server], TCP_ACK, bytes, part);
		t->said[!by_server] += (uint32_t)part;
		bytes += part;
		n -= part;
	}
}

/* ---- what is said ---- */

static const uint16_t good_suites[] = { 0x1301, 0x1302, 0xc02f, 0xc02b };
static const uint16_t new_versions[] = { TLS_13, TLS_12 };
static const uint16_t groups[] = { 29, 23 };
static const uint16_t signatures[] = { 0x0403, 0x0804 };

static struct tls_hello_spec
good_offer(void)
{
	const struct tls_hello_spec spec = { .version = TLS_12,
		.suites = good_suites,
		.nsuites = COUNT(good_suites),
		.host = "api.example.test",
		.versions = new_versions,
		.nversions = COUNT(new_versions),
		.groups = groups,
		.ngroups = COUNT(groups),
		.signatures = signatures,
		.nsignatures = COUNT(signatures),
		.key_share = true,
		.extended_master_secret = true,
		.renegotiation_info = true };

	return spec;
}

static struct talk
offer_in_parts(const struct tls_hello_spec *spec, uint16_t port, size_t each)
{
	static uint16_t own = 40000;
	uint8_t hello[TLS_HELLO_MAX];
	const size_t n = tls_hello_build(spec, hello, sizeof(hello));
	struct talk t = call(port, own++, false);

	ck_assert_uint_gt(n, 0);
	say_in(&t, false, hello, n, each);
	return t;
}

static struct talk
offer(const struct tls_hello_spec *spec)
{
	return offer_in_parts(spec, 443, 1460);
}

/* A ServerHello of TLS 1.2 or before, without extensions. */
static size_t
put_answer(uint8_t *out, uint16_t version, uint16_t suite)
{
	memset(out, 0, 47);
	out[0] = TLS_HANDSHAKE;
	put_u16(out + 1, version);
	put_u16(out + 3, 42);
	out[5] = TLS_SERVER_HELLO;
	out[8] = 38;
	put_u16(out + 9, version);
	put_u16(out + 44, suite); /* behind 32 of random, and no session */
	return 47;
}

/* ---- what is expected ---- */

static const struct assay_verdict *
verdict(const char *check, enum assay_kind kind)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, check, kind, NULL);

	ck_assert_ptr_nonnull(v);
	if (v->value == ASSAY_PASS || v->value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
	return v;
}

static void
expect(enum assay_verdict_value value, const char *reason, const char *said)
{
	const struct assay_verdict *v = verdict("TLS-C10", ASSAY_COMPLETENESS);

	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (said != NULL)
		ck_assert_ptr_nonnull(
		    strstr(fake_job_verdict_value(v, "said")->string, said));
}

static void
end(enum assay_verdict_value value, const char *reason, const char *said)
{
	fake_job_judge(job);
	expect(value, reason, said);
	fake_job_free(job);
}

START_TEST(a_good_offer_passes)
{
	const struct tls_hello_spec spec = good_offer();

	begin();
	start();
	(void)offer(&spec);
	(void)offer(&spec);
	fake_job_judge(job);
	expect(ASSAY_PASS, "passive.good", "tcp 443 api.example.test");
	ck_assert_int_eq(
	    verdict("TLS-C10", ASSAY_BEHAVIOUR)->value, ASSAY_PASS);
	ck_assert_int_eq(
	    verdict("TLS-S01", ASSAY_BEHAVIOUR)->value, ASSAY_INFO);
	ck_assert_uint_eq(fake_job_find(job, "hellos", NULL)->value.u64, 2);
	ck_assert_uint_eq(fake_job_verdict_value(
			      verdict("TLS-C10", ASSAY_COMPLETENESS), "count")
			      ->u64,
	    1);
	fake_job_free(job);
}
END_TEST

/* suite 0: none but the good ones. */
static const struct {
	uint16_t suite, version;
	const char *said;
} bad[] = {
	{ 0x0005, 0, "TLS_RSA_WITH_RC4_128_SHA" },
	{ 0x0003, 0, "EXPORT" },
	{ 0x0034, 0, "anon" },
	{ 0x003b, 0, "NULL" },
	{ 0x0009, 0, "DES_CBC" },
	{ 0, TLS_SSL3, "SSLv3" },
	{ 0, TLS_10, "TLSv1.0" },
	{ 0, TLS_11, "TLSv1.1" },
};

START_TEST(a_bad_offer_fails_in_one_byte_segments_too)
{
	struct tls_hello_spec spec = good_offer();
	const uint16_t versions[] = { TLS_13, TLS_12, bad[_i].version };
	const uint16_t suites[] = { 0x1301, 0xc02f, bad[_i].suite };

	if (bad[_i].version != 0) {
		spec.versions = versions;
		spec.nversions = 3;
	} else {
		spec.suites = suites;
		spec.nsuites = 3;
	}
	begin();
	start();
	(void)offer_in_parts(&spec, 443, 1);
	end(ASSAY_FAIL, "passive.offers_bad", bad[_i].said);
}
END_TEST

START_TEST(an_old_hello_fails)
{
	static const uint8_t old[] = { 0x80, 28, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0,
		0, 0x2f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		16 };
	struct tls_hello_spec spec = good_offer();
	struct talk t;

	begin();
	start();
	t = call(443, 45000, false);
	say_in(&t, false, old, sizeof(old), 1460);
	end(ASSAY_FAIL, "passive.offers_bad", "SSLv2");
	spec.versions = NULL;
	spec.nversions = 0;
	spec.version = TLS_10;
	begin();
	start();
	(void)offer(&spec);
	end(ASSAY_FAIL, "passive.offers_bad", "TLSv1.0");
}
END_TEST

START_TEST(the_least_version_is_known_by_suites_alone)
{
	static const uint16_t new_suites[] = { 0xc02f, 0xc02b, 0x00ff };
	static const uint16_t any[] = { 0xc02f, 0xc013 };
	struct tls_hello_spec spec = good_offer();

	spec.versions = NULL;
	spec.nversions = 0;
	spec.key_share = false;
	spec.suites = new_suites;
	spec.nsuites = 3;
	begin();
	start();
	(void)offer(&spec);
	end(ASSAY_PASS, "passive.good", NULL);
	spec.suites = any;
	spec.nsuites = 2;
	begin();
	start();
	(void)offer(&spec);
	end(ASSAY_INCONC, "passive.least_unknown", "443");
}
END_TEST

START_TEST(an_old_version_that_is_taken_fails)
{
	static const uint16_t any[] = { 0xc02f, 0xc013 };
	static const uint8_t goes_on[] = { 22, 3, 1, 0, 4, 16, 0, 0, 0, 20, 3,
		1, 0, 1, 1 };
	static const uint8_t refuses[] = { 21, 3, 1, 0, 2, 2, 70 };
	struct tls_hello_spec spec = good_offer();
	uint8_t answer[64];
	struct talk t;
	int i;

	spec.versions = NULL;
	spec.nversions = 0;
	spec.suites = any;
	spec.nsuites = 2;
	for (i = 0; i < 2; i++) {
		begin();
		start();
		t = offer(&spec);
		say_in(
		    &t, true, answer, put_answer(answer, TLS_10, 0xc013), 1460);
		if (i == 0)
			say_in(&t, false, goes_on, sizeof(goes_on), 1460);
		else
			say_in(&t, false, refuses, sizeof(refuses), 1460);
		if (i == 0)
			end(ASSAY_FAIL, "passive.offers_bad", "taken: TLSv1.0");
		else
			end(ASSAY_INCONC, "passive.least_unknown", NULL);
	}
}
END_TEST

START_TEST(what_should_not_be_offered_is_told_or_fails)
{
	static const uint16_t weak[] = { 0x1301, 0xc02f, 0xc013 };
	struct tls_hello_spec spec = good_offer();
	const struct assay_verdict *v;
	int strict;

	spec.suites = weak;
	spec.nsuites = 3;
	spec.extended_master_secret = false;
	for (strict = 0; strict < 2; strict++) {
		begin();
		if (strict)
			fake_job_param(job, "strict", "true");
		start();
		(void)offer(&spec);
		fake_job_judge(job);
		expect(ASSAY_PASS, "passive.good", NULL);
		v = verdict("TLS-C10", ASSAY_BEHAVIOUR);
		ck_assert_str_eq(v->reason, "passive.offers_weak");
		ck_assert_int_eq(v->value, strict ? ASSAY_FAIL : ASSAY_INFO);
		ck_assert_ptr_nonnull(
		    strstr(fake_job_verdict_value(v, "said")->string,
			"no extended_master_secret"));
		ck_assert_ptr_nonnull(
		    strstr(fake_job_verdict_value(v, "said")->string, "CBC"));
		fake_job_free(job);
	}
}
END_TEST

START_TEST(nothing_seen_is_inconclusive)
{
	struct talk t;

	begin();
	start();
	end(ASSAY_INCONC, "passive.none", NULL);
	begin();
	start();
	t = call(443, 45000, false); /* and not a word */
	ck_assert(!t.dut_serves);
	end(ASSAY_INCONC, "passive.none", NULL);
}
END_TEST

START_TEST(what_is_missing_is_a_doubt)
{
	const struct tls_hello_spec spec = good_offer();
	uint8_t hello[TLS_HELLO_MAX], frame[PACKET_BUILD_MAX + 1500];
	const size_t n = tls_hello_build(&spec, hello, sizeof(hello));
	static const uint8_t sealed[] = { 23, 3, 3, 0, 2, 1, 2 };
	uint8_t tcp[120] = { 0 };
	struct talk t;

	/* A segment of a hello. */
	begin();
	start();
	(void)offer(&spec);
	t = call(8883, 45000, false);
	segment(&t, false, 50, TCP_ACK, hello + 50, n - 50);
	end(ASSAY_INCONC, "passive.unread", NULL);
	/* Its end. */
	begin();
	start();
	(void)offer(&spec);
	t = call(8883, 45000, false);
	say_in(&t, false, hello, n - 1, 1460);
	end(ASSAY_INCONC, "passive.unread", NULL);
	/* The beginning of a conversation, with another server. */
	begin();
	start();
	(void)offer(&spec);
	t = (struct talk){ false, 8883, 45000, { 0, 0 } };
	say_in(&t, false, sealed, sizeof(sealed), 1460);
	end(ASSAY_INCONC, "passive.missed", "8883");
	/* With the same one: what it offers there is known. */
	begin();
	start();
	(void)offer(&spec);
	t = (struct talk){ false, 443, 45000, { 0, 0 } };
	say_in(&t, false, sealed, sizeof(sealed), 1460);
	end(ASSAY_PASS, "passive.good", NULL);
	/* The payload of a frame. */
	begin();
	start();
	(void)offer(&spec);
	tcp[12] = 5 << 4;
	play(frame, build(frame, true, 6, tcp, sizeof(tcp)) - 100, 154);
	end(ASSAY_INCONC, "passive.cut", NULL);
}
END_TEST

START_TEST(segments_may_come_in_any_order)
{
	const struct tls_hello_spec spec = good_offer();
	uint8_t hello[TLS_HELLO_MAX];
	const size_t n = tls_hello_build(&spec, hello, sizeof(hello));
	struct talk t;

	begin();
	start();
	t = call(443, 45000, false);
	segment(&t, false, 90, TCP_ACK, hello + 90, n - 90);
	segment(&t, false, 0, TCP_ACK, hello, 40);
	segment(&t, false, 30, TCP_ACK, hello + 30, 70);
	end(ASSAY_PASS, "passive.good", NULL);
}
END_TEST

static void
declare(const char *role, const char *port, const char *versions,
    const char *suites)
{
	fake_job_declare_row(job, "crypto",
	    (const char *const[]){ "interface", "x", "role", role, "port", port,
		"versions", versions, "suites", suites, NULL });
}

START_TEST(an_offer_is_held_against_what_is_declared)
{
	const struct tls_hello_spec spec = good_offer();

	begin();
	declare("client", "443", "tls1.2 tls1.3", "");
	start();
	(void)offer(&spec);
	end(ASSAY_PASS, "passive.as_declared", NULL);
	begin();
	declare("client", "443", "tls1.3", "");
	start();
	(void)offer(&spec);
	end(ASSAY_FAIL, "passive.undeclared", "TLSv1.2");
	begin();
	declare("server", "443", "tls1.2 tls1.3", "");
	start();
	(void)offer(&spec);
	end(ASSAY_FAIL, "passive.undeclared", "TLSv1.3");
	begin();
	declare("client", "", "tls1.2 tls1.3",
	    "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 "
	    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
	start();
	(void)offer(&spec);
	end(ASSAY_FAIL, "passive.undeclared",
	    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
	begin();
	fake_job_declares_table(job, "crypto");
	start();
	(void)offer(&spec);
	end(ASSAY_FAIL, "passive.undeclared", NULL);
}
END_TEST

START_TEST(clear_text_on_a_port_of_tls_fails)
{
	static const uint8_t mqtt[] = { 0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4,
		2, 0, 60, 0, 0 };
	static const uint8_t smtp[] = "EHLO x\r\nSTARTTLS\r\n";
	const struct tls_hello_spec spec = good_offer();
	uint8_t hello[TLS_HELLO_MAX];
	const size_t n = tls_hello_build(&spec, hello, sizeof(hello));
	struct talk t;
	int i;

	for (i = 0; i < 2; i++) {
		begin();
		declare("client", i == 0 ? "8883" : "", "tls1.2 tls1.3", "");
		start();
		(void)offer(&spec);
		t = call(8883, 45000, false);
		say_in(&t, false, mqtt, sizeof(mqtt), 1460);
		if (i == 0)
			end(ASSAY_FAIL, "passive.clear_text", "tcp 8883");
		else
			end(ASSAY_PASS, "passive.as_declared", NULL);
	}
	begin();
	declare("client", "587", "tls1.2 tls1.3", "");
	start();
	t = call(587, 45000, false);
	say_in(&t, false, smtp, sizeof(smtp) - 1, 1460);
	say_in(&t, false, hello, n, 1460);
	end(ASSAY_PASS, "passive.as_declared", "587");
}
END_TEST

START_TEST(what_it_serves_is_seen_when_asked)
{
	const struct tls_hello_spec spec = good_offer();
	uint8_t hello[TLS_HELLO_MAX], answer[64];
	const size_t n = tls_hello_build(&spec, hello, sizeof(hello));
	struct talk t;

	begin();
	start();
	t = call(8443, 45000, true);
	say_in(&t, false, hello, n, 1460);
	say_in(&t, true, answer, put_answer(answer, TLS_10, 0x0005), 7);
	fake_job_judge(job);
	ck_assert_str_eq(
	    verdict("TLS-S01", ASSAY_BEHAVIOUR)->reason, "passive.served_old");
	ck_assert_str_eq(
	    verdict("TLS-S03", ASSAY_BEHAVIOUR)->reason, "passive.served_bad");
	ck_assert_int_eq(
	    verdict("TLS-S03", ASSAY_BEHAVIOUR)->value, ASSAY_FAIL);
	expect(ASSAY_INCONC, "passive.none", NULL);
	fake_job_free(job);
	/* The same bytes as somebody's data. */
	begin();
	start();
	t = call(8443, 45000, true);
	say_in(&t, true, answer, put_answer(answer, TLS_10, 0x0005), 7);
	fake_job_judge(job);
	ck_assert_int_eq(
	    verdict("TLS-S03", ASSAY_BEHAVIOUR)->value, ASSAY_INFO);
	fake_job_free(job);
}
END_TEST

static void
offer_datagram(const struct tls_hello_spec *spec, uint32_t missing)
{
	uint8_t body[2048], message[2048], record[2048], udp[2048] = { 0 };
	uint8_t frame[4096];
	struct dtls_fragment f = { .type = TLS_CLIENT_HELLO };
	struct dtls_record r = { .type = TLS_HANDSHAKE, .version = DTLS_10 };
	size_t n;

	f.body.p = body;
	f.body.n = tls_hello_datagram_body(spec, body, sizeof(body));
	f.size = (uint32_t)f.body.n;
	f.body.n -= missing;
	r.body.p = message;
	r.body.n = dtls_fragment_build(&f, message, sizeof(message));
	n = dtls_record_build(&r, record, sizeof(record));
	put_u16(udp, 50000);
	put_u16(udp + 2, 5684);
	put_u16(udp + 4, (uint16_t)(8 + n));
	memcpy(udp + 8, record, n);
	n = build(frame, true, 17, udp, 8 + n);
	play(frame, n, n);
}

START_TEST(hellos_in_datagrams_are_read)
{
	static const uint16_t suites[] = { 0xc0a8, 0xc02b };
	struct tls_hello_spec spec = good_offer();

	spec.version = DTLS_12;
	spec.versions = NULL;
	spec.nversions = 0;
	spec.key_share = false;
	spec.suites = suites;
	spec.nsuites = 2;
	begin();
	start();
	offer_datagram(&spec, 0);
	end(ASSAY_PASS, "passive.good", "udp 5684");
	spec.version = DTLS_10;
	begin();
	start();
	offer_datagram(&spec, 0);
	end(ASSAY_FAIL, "passive.offers_bad", "DTLSv1.0");
	spec.version = DTLS_12;
	begin();
	start();
	offer_datagram(&spec, 10);
	end(ASSAY_INCONC, "passive.unread", NULL);
}
END_TEST

START_TEST(more_than_fit_are_a_doubt)
{
	struct tls_hello_spec spec = good_offer();
	unsigned i;

	begin();
	start();
	for (i = 0; i <= PASSIVE_OFFERS_MAX; i++)
		(void)offer_in_parts(&spec, (uint16_t)(1000 + i), 1460);
	end(ASSAY_INCONC, "passive.overflowed", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tls_passive");
	TCase *c = tcase_create("tls_passive");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_good_offer_passes);
	tcase_add_loop_test(
	    c, a_bad_offer_fails_in_one_byte_segments_too, 0, (int)COUNT(bad));
	tcase_add_test(c, an_old_hello_fails);
	tcase_add_test(c, the_least_version_is_known_by_suites_alone);
	tcase_add_test(c, an_old_version_that_is_taken_fails);
	tcase_add_test(c, what_should_not_be_offered_is_told_or_fails);
	tcase_add_test(c, nothing_seen_is_inconclusive);
	tcase_add_test(c, what_is_missing_is_a_doubt);
	tcase_add_test(c, segments_may_come_in_any_order);
	tcase_add_test(c, an_offer_is_held_against_what_is_declared);
	tcase_add_test(c, clear_text_on_a_port_of_tls_fails);
	tcase_add_test(c, what_it_serves_is_seen_when_asked);
	tcase_add_test(c, hellos_in_datagrams_are_read);
	tcase_add_test(c, more_than_fit_are_a_doubt);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
