/*
 * net.flows over recordings made here, frame by frame, and its judge alone.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"

#include "probes/net_flows.c"
#include "probes/net_flows/judge.c"
#include "probes/net_flows/observe.c"

#define S 1000000000ull
#define H (3600 * S)
#define T0 (1700000000 * S)

static const uint8_t dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t bench_mac[6] = { 2, 0, 0, 0, 0, 1 };

static struct assay_job *job;
static uint64_t now;

static void
set_up(void)
{
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_param(job, "least", "10s");
	fake_job_param(job, "boot", "false");
	now = T0;
}

static void
tear_down(void)
{
	fake_job_free(job);
}

static void
declare(const char *to, const char *transport, const char *port)
{
	const char *const cells[] = { "to", to, "transport", transport, "port",
		port, NULL };

	fake_job_declare_row(job, "flows", cells);
}

static void
give(const uint8_t *data, size_t size, size_t wire_size)
{
	struct assay_frame f = { .data = data,
		.size = size,
		.wire_size = wire_size,
		.stamp_ns = now,
		.link_type = 1 };

	fake_job_replay_frame(job, &f);
}

struct way {
	const char *from, *to;
	uint16_t from_port, to_port;
	bool received; /* by the device */
};

static size_t
put_ip(uint8_t *out, const struct way *w, uint8_t proto, size_t size)
{
	uint8_t src[4], dst[4];
	uint16_t sum;

	inet_pton(AF_INET, w->from, src);
	inet_pton(AF_INET, w->to, dst);
	memcpy(out, w->received ? dut_mac : bench_mac, 6);
	if ((dst[0] & 0xf0) == 0xe0)
		memcpy(out, (const uint8_t[]){ 1, 0, 0x5e, 0, 0, 0xfb }, 6);
	memcpy(out + 6, w->received ? bench_mac : dut_mac, 6);
	memcpy(out + 12, (const uint8_t[]){ 8, 0, 0x45, 0 }, 4);
	out[16] = (uint8_t)((20 + size) >> 8);
	out[17] = (uint8_t)(20 + size);
	memset(out + 18, 0, 8);
	out[22] = 64;
	out[23] = proto;
	memcpy(out + 26, src, 4);
	memcpy(out + 30, dst, 4);
	sum = packet_checksum(0, NULL, NULL, 0, out + 14, 20);
	out[24] = (uint8_t)(sum >> 8);
	out[25] = (uint8_t)sum;
	return 34;
}

static void
udp(const struct way *w, const void *payload, size_t size)
{
	uint8_t frame[1500];
	size_t at = put_ip(frame, w, 17, 8 + size);

	frame[at] = (uint8_t)(w->from_port >> 8);
	frame[at + 1] = (uint8_t)w->from_port;
	frame[at + 2] = (uint8_t)(w->to_port >> 8);
	frame[at + 3] = (uint8_t)w->to_port;
	frame[at + 4] = (uint8_t)((8 + size) >> 8);
	frame[at + 5] = (uint8_t)(8 + size);
	frame[at + 6] = frame[at + 7] = 0;
	memcpy(frame + at + 8, payload, size);
	give(frame, at + 8 + size, at + 8 + size);
}

static void
tcp(const struct way *w, uint8_t flags)
{
	struct packet_ends e = { w->received ? bench_mac : dut_mac,
		w->received ? dut_mac : bench_mac, 4, NULL, NULL };
	uint8_t frame[PACKET_BUILD_MAX], src[4], dst[4];
	size_t n;

	inet_pton(AF_INET, w->from, src);
	inet_pton(AF_INET, w->to, dst);
	e.src = src;
	e.dst = dst;
	n = packet_build_tcp(
	    frame, &e, w->from_port, w->to_port, 1, 1, flags, 1000, NULL, 0);
	give(frame, n, n);
}

/* The device answers the bench, once a second for so long. */
static void
live(uint64_t seconds)
{
	uint8_t src[4] = { 10, 77, 0, 10 }, dst[4] = { 10, 77, 0, 1 };
	struct packet_ends e = { dut_mac, bench_mac, 4, src, dst };
	uint8_t frame[PACKET_BUILD_MAX + 8];
	size_t n;

	for (; seconds > 0; seconds--) {
		n = packet_build_echo(frame, &e, 1, 1, (const uint8_t *)"x", 1);
		frame[34] = 0; /* a reply */
		give(frame, n, n);
		now += S;
	}
}

static size_t
put_name(uint8_t *out, const char *name)
{
	size_t n = 0, len;

	while (*name != '\0') {
		len = strcspn(name, ".");
		out[n++] = (uint8_t)len;
		memcpy(out + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	out[n++] = 0;
	return n;
}

static void
ask(const char *resolver, const char *name)
{
	const struct way w = { "10.77.0.10", resolver, 4000, 53, false };
	uint8_t m[300] = { 0, 1, 1, 0, 0, 1 };
	size_t n = 12 + put_name(m + 12, name);

	memcpy(m + n, (const uint8_t[]){ 0, 1, 0, 1 }, 4);
	udp(&w, m, n + 4);
}

static void
told(const char *name, const char *addr)
{
	const struct way w = { "10.77.0.1", "10.77.0.10", 53, 4000, true };
	uint8_t m[300] = { 0, 1, 0x81, 0x80, 0, 1, 0, 1 };
	size_t n = 12 + put_name(m + 12, name);

	memcpy(m + n,
	    (const uint8_t[]){
		0, 1, 0, 1, 0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0x3c, 0, 4 },
	    16);
	inet_pton(AF_INET, addr, m + n + 16);
	udp(&w, m, n + 20);
}

static void
call(const char *addr, uint16_t port)
{
	const struct way w = { "10.77.0.10", addr, 50000, port, false };

	tcp(&w, TCP_SYN);
}

static const struct assay_verdict *
judged(void)
{
	fake_job_judge(job);
	return fake_job_find_verdict(job, "NET-36", ASSAY_COMPLETENESS, NULL);
}

static void
expect(enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v = judged();

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
}

static void
begin(void)
{
	ck_assert_int_eq(fake_job_replay(job, T0), 0);
}

START_TEST(a_device_that_calls_whom_it_declares_passes)
{
	declare("api.example.com", "tcp", "443");
	begin();
	live(5);
	ask("10.77.0.1", "API.example.com");
	told("api.example.com", "203.0.113.5");
	call("203.0.113.5", 443);
	live(10);
	expect(ASSAY_PASS, "flows.as_declared");
}
END_TEST

START_TEST(a_device_that_calls_nobody_passes)
{
	fake_job_declares_table(job, "flows");
	begin();
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
}
END_TEST

/* One host's name ends as the other's does. */
START_TEST(a_name_within_another_is_a_name_of_its_own)
{
	declare("*.api.example.com", "udp", "53");
	declare("api.example.com", "tcp", "443");
	begin();
	told("cdn.api.example.com", "203.0.113.5");
	told("api.example.com", "203.0.113.5");
	call("203.0.113.5", 443);
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
}
END_TEST

/* The last of them may be the declared one, and is not said. */
START_TEST(more_names_of_an_address_than_are_said_are_a_doubt)
{
	char name[40];
	unsigned i;

	declare("*.x.example.com", "tcp", "80");
	declare("api.example.com", "tcp", "443");
	begin();
	for (i = 0; i < FLOWS_CALL_NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "host%u.x.example.com", i);
		told(name, "203.0.113.5");
	}
	call("203.0.113.5", 443);
	live(20);
	expect(ASSAY_FAIL, "flows.undeclared");
	fake_job_free(job);
	set_up();
	declare("*.x.example.com", "tcp", "80");
	declare("api.example.com", "tcp", "443");
	begin();
	for (i = 0; i < FLOWS_CALL_NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "host%u.x.example.com", i);
		told(name, "203.0.113.5");
	}
	told("api.example.com", "203.0.113.5");
	call("203.0.113.5", 443);
	live(20);
	expect(ASSAY_INCONC, "flows.doubt");
}
END_TEST

START_TEST(another_port_of_a_declared_host_is_undeclared)
{
	const struct assay_verdict *v;

	declare("api.example.com", "tcp", "443");
	begin();
	ask("10.77.0.1", "api.example.com");
	told("api.example.com", "203.0.113.5");
	call("203.0.113.5", 8883);
	live(20);
	v = judged();
	ck_assert_int_eq(v->value, ASSAY_FAIL);
	ck_assert_str_eq(fake_job_verdict_value(v, "destinations")->string,
	    "tcp 203.0.113.5 8883");
	ck_assert_uint_eq(v->nobservations, 1);
}
END_TEST

START_TEST(a_name_that_is_not_declared_fails_even_without_an_answer)
{
	const struct assay_verdict *v;

	declare("api.example.com", "", "");
	begin();
	ask("10.77.0.1", "tracker.example.net");
	live(2); /* however short: a fail stands on its frames */
	v = judged();
	ck_assert_int_eq(v->value, ASSAY_FAIL);
	ck_assert_str_eq(fake_job_verdict_value(v, "destinations")->string,
	    "tracker.example.net");
}
END_TEST

static const struct {
	const char *to, *transport, *port;
	bool good;
} rows[] = {
	{ "203.0.113.5", "", "", true },
	{ "203.0.113.4", "", "", false },
	{ "203.0.113.0/24", "", "", true },
	{ "203.0.112.0/24", "", "", false },
	{ "0.0.0.0/0", "", "", true },
	{ "::/0", "", "", false },
	{ "203.0.113.5/x", "", "", false },
	{ "203.0.113.5", "udp", "", false },
	{ "203.0.113.5", "tcp", "443", true },
	{ "203.0.113.5", "tcp", "400-500", true },
	{ "203.0.113.5", "tcp", "444-500", false },
	{ "other.example.com", "tcp", "443", false },
};

START_TEST(a_row_allows_what_it_says)
{
	declare(rows[_i].to, rows[_i].transport, rows[_i].port);
	begin();
	call("203.0.113.5", 443);
	live(20);
	expect(rows[_i].good ? ASSAY_PASS : ASSAY_FAIL,
	    rows[_i].good ? "flows.as_declared" : "flows.undeclared");
}
END_TEST

START_TEST(a_star_is_every_name_below)
{
	ck_assert(name_matches("*.example.com", "a.example.com"));
	ck_assert(name_matches("*.example.com", "a.b.EXAMPLE.com"));
	ck_assert(!name_matches("*.example.com", "example.com"));
	ck_assert(!name_matches("*.example.com", "badexample.com"));
	ck_assert(!name_matches("example.com", "a.example.com"));
}
END_TEST

START_TEST(a_resolver_nobody_offered_is_a_finding_of_its_own)
{
	const struct assay_verdict *v;

	declare("a.example", "", "");
	declare("192.0.2.53", "udp", "53");
	begin();
	ask("192.0.2.53", "a.example");
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
	v = fake_job_find_verdict(job, "NET-36", ASSAY_BEHAVIOUR, NULL);
	ck_assert_str_eq(v->reason, "flows.hard_resolver");
	ck_assert_int_eq(v->value, ASSAY_INFO);
	ck_assert_str_eq(
	    fake_job_verdict_value(v, "resolvers")->string, "192.0.2.53");
}
END_TEST

START_TEST(a_resolver_nobody_offered_and_nobody_declared_fails)
{
	declare("a.example", "", "");
	begin();
	ask("192.0.2.53", "a.example");
	live(20);
	expect(ASSAY_FAIL, "flows.undeclared");
}
END_TEST

START_TEST(the_resolver_that_dhcp_offered_is_no_destination)
{
	const struct way w = { "10.77.0.1", "10.77.0.10", 67, 68, true };
	uint8_t m[300] = { 2, 1, 6 };

	memcpy(m + 236,
	    (const uint8_t[]){ 0x63, 0x82, 0x53, 0x63, 0x35, 1, 5, 6, 4, 0xc0,
		0, 2, 0x35, 0xff },
	    14);
	declare("a.example", "", "");
	begin();
	udp(&w, m, 250);
	ask("192.0.2.53", "a.example");
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
	ck_assert_str_eq(
	    fake_job_find_verdict(job, "NET-36", ASSAY_BEHAVIOUR, NULL)->reason,
	    "flows.offered_resolver");
}
END_TEST

START_TEST(an_answer_is_no_call)
{
	const struct way in = { "198.51.100.1", "10.77.0.10", 7000, 161, true },
			 out = { "10.77.0.10", "198.51.100.1", 161, 7000,
				 false },
			 syn = { "198.51.100.1", "10.77.0.10", 7001, 80, true },
			 ack = { "10.77.0.10", "198.51.100.1", 80, 7001,
				 false };

	fake_job_declares_table(job, "flows");
	begin();
	udp(&in, "x", 1);
	udp(&out, "y", 1);
	tcp(&syn, TCP_SYN);
	tcp(&ack, TCP_SYN | TCP_ACK);
	tcp(&ack, TCP_ACK);
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
}
END_TEST

START_TEST(a_datagram_that_answers_nothing_is_a_call)
{
	const struct way in = { "198.51.100.1", "10.77.0.10", 7000, 161, true },
			 out = { "10.77.0.10", "198.51.100.1", 162, 7000,
				 false };

	fake_job_declares_table(job, "flows");
	begin();
	udp(&in, "x", 1);
	udp(&out, "y", 1);
	live(20);
	expect(ASSAY_FAIL, "flows.undeclared");
}
END_TEST

START_TEST(a_connection_older_than_the_recording_is_a_call)
{
	const struct way w = { "10.77.0.10", "203.0.113.9", 50000, 8883,
		false };

	fake_job_declares_table(job, "flows");
	begin();
	tcp(&w, TCP_ACK | TCP_PSH);
	live(20);
	expect(ASSAY_FAIL, "flows.undeclared");
}
END_TEST

START_TEST(multicast_the_clock_it_was_given_and_dhcp_are_no_destinations)
{
	const struct way mdns = { "10.77.0.10", "224.0.0.251", 5353, 5353,
		false },
			 ntp = { "10.77.0.10", "10.77.0.1", 123, 123, false },
			 dhcp = { "10.77.0.10", "10.77.0.1", 68, 67, false };

	fake_job_declares_table(job, "flows");
	begin();
	udp(&mdns, "x", 1);
	udp(&ntp, "x", 1);
	udp(&dhcp, "x", 1);
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
	ck_assert_uint_eq(fake_job_find(job, "on_link", NULL)->value.u64, 1);
}
END_TEST

START_TEST(another_clock_is_a_destination)
{
	const struct way w = { "10.77.0.10", "192.0.2.123", 123, 123, false };

	fake_job_declares_table(job, "flows");
	begin();
	udp(&w, "x", 1);
	live(20);
	expect(ASSAY_FAIL, "flows.undeclared");
}
END_TEST

START_TEST(a_reverse_name_is_no_destination)
{
	fake_job_declares_table(job, "flows");
	begin();
	ask("10.77.0.1", "1.0.77.10.in-addr.arpa");
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
}
END_TEST

/* ---- when it cannot know ---- */

START_TEST(without_a_declaration_nothing_is_judged)
{
	begin();
	call("203.0.113.5", 443);
	live(20);
	expect(ASSAY_INCONC, "flows.not_declared");
}
END_TEST

START_TEST(a_device_that_never_spoke_is_inconclusive)
{
	const struct way w = { "10.77.0.1", "10.77.0.10", 1, 2, true };

	fake_job_declares_table(job, "flows");
	begin();
	udp(&w, "x", 1);
	now += H;
	udp(&w, "x", 1);
	expect(ASSAY_INCONC, "flows.never_spoke");
}
END_TEST

START_TEST(a_recording_that_is_too_short_is_inconclusive)
{
	fake_job_declares_table(job, "flows");
	begin();
	live(10); /* nine seconds from first to last */
	expect(ASSAY_INCONC, "flows.too_short");
}
END_TEST

START_TEST(a_device_that_was_silent_is_inconclusive)
{
	fake_job_declares_table(job, "flows");
	begin();
	live(10);
	now += 60 * S;
	live(10);
	expect(ASSAY_INCONC, "flows.silent");
}
END_TEST

START_TEST(a_boot_is_asked_for)
{
	fake_job_param(job, "boot", "true");
	fake_job_declares_table(job, "flows");
	begin();
	live(20);
	expect(ASSAY_INCONC, "flows.no_boot");
}
END_TEST

START_TEST(a_boot_that_was_seen_is_enough)
{
	const struct way w = { "0.0.0.0", "255.255.255.255", 68, 67, false };
	uint8_t m[300] = { 1, 1, 6 };

	memcpy(m + 236,
	    (const uint8_t[]){ 0x63, 0x82, 0x53, 0x63, 0x35, 1, 1, 0xff }, 8);
	fake_job_param(job, "boot", "true");
	fake_job_declares_table(job, "flows");
	begin();
	udp(&w, m, 250);
	live(20);
	expect(ASSAY_PASS, "flows.as_declared");
}
END_TEST

START_TEST(a_question_that_cannot_be_read_is_a_doubt)
{
	const struct way w = { "10.77.0.10", "10.77.0.1", 4000, 53, false };

	fake_job_declares_table(job, "flows");
	begin();
	udp(&w, "not a name", 10);
	live(20);
	expect(ASSAY_INCONC, "flows.doubt");
}
END_TEST

/* A datagram of the device, size bytes of which were kept. */
static void
give_cut(uint8_t proto, uint16_t to_port, size_t size)
{
	static const struct way w = { .from = "10.77.0.10",
		.to = "203.0.113.5" };
	uint8_t frame[1000] = { 0 };
	size_t at = put_ip(frame, &w, proto, sizeof(frame) - 34);

	frame[at] = 0x9c;
	frame[at + 2] = (uint8_t)(to_port >> 8);
	frame[at + 3] = (uint8_t)to_port;
	if (proto == 17) {
		frame[at + 4] = (sizeof(frame) - 34) >> 8;
		frame[at + 5] = (uint8_t)(sizeof(frame) - 34);
	} else {
		frame[at + 12] = 0x50;
		frame[at + 13] = TCP_SYN;
	}
	give(frame, size, sizeof(frame));
}

/* What is read of it is not there. */
START_TEST(a_frame_that_was_cut_is_a_doubt)
{
	static const struct {
		uint8_t proto;
		uint16_t port;
		size_t size;
	} cut[] = { { 17, 5000, 14 }, { 17, 5000, 33 }, { 17, 5000, 41 },
		{ 17, 53, 42 }, { 17, 67, 200 }, { 6, 443, 53 },
		{ 6, 443, 40 } };

	declare("203.0.113.5", "", "");
	begin();
	give_cut(cut[_i].proto, cut[_i].port, cut[_i].size);
	live(20);
	expect(ASSAY_INCONC, "flows.doubt");
}
END_TEST

/* Headers are all that is read of it: declared it passes, and else fails. */
START_TEST(a_frame_without_its_payload_is_judged)
{
	static const char *const to[] = { "203.0.113.5", "203.0.113.6" };

	declare(to[_i], "", "");
	begin();
	give_cut(17, 5000, 42);
	give_cut(6, 443, 54);
	live(20);
	expect(_i == 0 ? ASSAY_PASS : ASSAY_FAIL,
	    _i == 0 ? "flows.as_declared" : "flows.undeclared");
}
END_TEST

START_TEST(more_destinations_than_are_kept_are_a_doubt)
{
	unsigned i;

	declare("203.0.113.5", "", "");
	begin();
	for (i = 1; i <= FLOWS_CALLS_MAX + 1; i++)
		call("203.0.113.5", (uint16_t)i);
	live(20);
	expect(ASSAY_INCONC, "flows.doubt");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net_flows");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_device_that_calls_whom_it_declares_passes);
	tcase_add_test(t, a_device_that_calls_nobody_passes);
	tcase_add_test(t, a_name_within_another_is_a_name_of_its_own);
	tcase_add_test(t, more_names_of_an_address_than_are_said_are_a_doubt);
	tcase_add_test(t, another_port_of_a_declared_host_is_undeclared);
	tcase_add_test(
	    t, a_name_that_is_not_declared_fails_even_without_an_answer);
	tcase_add_loop_test(t, a_row_allows_what_it_says, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, a_star_is_every_name_below);
	tcase_add_test(t, a_resolver_nobody_offered_is_a_finding_of_its_own);
	tcase_add_test(t, a_resolver_nobody_offered_and_nobody_declared_fails);
	tcase_add_test(t, the_resolver_that_dhcp_offered_is_no_destination);
	tcase_add_test(t, an_answer_is_no_call);
	tcase_add_test(t, a_datagram_that_answers_nothing_is_a_call);
	tcase_add_test(t, a_connection_older_than_the_recording_is_a_call);
	tcase_add_test(
	    t, multicast_the_clock_it_was_given_and_dhcp_are_no_destinations);
	tcase_add_test(t, another_clock_is_a_destination);
	tcase_add_test(t, a_reverse_name_is_no_destination);
	tcase_add_test(t, without_a_declaration_nothing_is_judged);
	tcase_add_test(t, a_device_that_never_spoke_is_inconclusive);
	tcase_add_test(t, a_recording_that_is_too_short_is_inconclusive);
	tcase_add_test(t, a_device_that_was_silent_is_inconclusive);
	tcase_add_test(t, a_boot_is_asked_for);
	tcase_add_test(t, a_boot_that_was_seen_is_enough);
	tcase_add_test(t, a_question_that_cannot_be_read_is_a_doubt);
	tcase_add_loop_test(t, a_frame_that_was_cut_is_a_doubt, 0, 7);
	tcase_add_loop_test(t, a_frame_without_its_payload_is_judged, 0, 2);
	tcase_add_test(t, more_destinations_than_are_kept_are_a_doubt);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
