/*
 * check_watch_role: the watch as a process, against a real Linux stack over a
 * veth, in namespaces of this test's own (root).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <check.h>

#include "daemon/shared/canary.h"
#include "daemon/shared/wire.h"
#include "probes/probe.h"
#include "protocols/bytes.h"
#include "protocols/packet.h"
#include "tests/unit/watch_ground.h"

static struct watch_ground *g;

static void
set_up(void)
{
	g = calloc(1, sizeof(*g));
	ck_assert_ptr_nonnull(g);
	watch_ground_make(g);
	watch_ground_start_watch(g);
}

static void
tear_down(void)
{
	watch_ground_end(g);
	free(g);
}

static void
observe(uint32_t id, const uint8_t *mac)
{
	msg_start(&g->out, WATCH_DUT);
	msg_put_u32(&g->out, id);
	msg_put_bytes(&g->out, mac, 6);
	watch_ground_ask(g);
}

static void
put_text(struct msg_out *m, const char *text)
{
	bool six = strchr(text, ':') != NULL;
	uint8_t addr[16];

	inet_pton(six ? AF_INET6 : AF_INET, text, addr);
	msg_put_u8(m, six ? 6 : 4);
	msg_put_bytes(m, addr, six ? 16 : 4);
}

/* Waits for ENGINE_EXERCISED; how goes to out. */
static bool
exercise(const char *addr, uint32_t limit_ms, uint64_t *rtt_ns, char *out)
{
	uint32_t request;
	struct msg_in m;
	uint64_t stamp;
	uint8_t good;

	msg_start(&g->out, WATCH_EXERCISE);
	msg_put_u32(&g->out, 77);
	msg_put_u32(&g->out, 1);
	put_text(&g->out, addr);
	msg_put_u32(&g->out, limit_ms);
	watch_ground_ask(g);
	ck_assert(watch_ground_wait(g, ENGINE_EXERCISED, 5000, &m));
	msg_get_u32(&m, &request);
	msg_get_u8(&m, &good);
	msg_get_u64(&m, rtt_ns);
	msg_get_u64(&m, &stamp);
	msg_get_string(&m, out, 32);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(request, 77);
	return good != 0;
}

static enum assay_health
wait_for_health(unsigned limit_ms)
{
	struct msg_in m;
	uint32_t dut;
	uint8_t state;

	if (!watch_ground_wait(g, ENGINE_HEALTH, limit_ms, &m))
		return 0;
	msg_get_u32(&m, &dut);
	msg_get_u8(&m, &state);
	ck_assert_uint_eq(dut, 1);
	return state;
}

/* The next participant's address as text; its MAC to mac. */
static bool
next_participant(unsigned limit_ms, uint8_t *mac, char text[INET6_ADDRSTRLEN])
{
	const uint8_t *p, *addr;
	struct msg_in m;
	uint8_t family;
	size_t n;

	if (!watch_ground_wait(g, ENGINE_PARTICIPANT, limit_ms, &m))
		return false;
	msg_get_bytes(&m, &p, &n);
	memcpy(mac, p, 6);
	msg_get_u8(&m, &family);
	ck_assert_int_eq(msg_get_bytes(&m, &addr, &n), 0);
	inet_ntop(
	    family == 4 ? AF_INET : AF_INET6, addr, text, INET6_ADDRSTRLEN);
	return true;
}

static void
discover(void)
{
	msg_start(&g->out, WATCH_DISCOVER);
	msg_put_u32(&g->out, 5);
	msg_put_u32(&g->out, 1);
	watch_ground_ask(g);
}

/* Discovers, and waits until it is over. Returns the number of addresses. */
static unsigned
discover_all(void)
{
	uint32_t request;
	struct msg_in m;
	uint16_t n;

	discover();
	ck_assert(watch_ground_wait(g, ENGINE_DISCOVERED, 5000, &m));
	msg_get_u32(&m, &request);
	msg_get_u16(&m, &n);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(request, 5);
	return n;
}

START_TEST(every_address_of_a_silent_device_is_discovered)
{
	bool four = false, ula = false, local = false;
	char text[INET6_ADDRSTRLEN];
	uint8_t mac[6];
	int i;

	observe(1, g->device_mac);
	discover();
	for (i = 0; i < 3; i++) {
		ck_assert(next_participant(3000, mac, text));
		ck_assert_mem_eq(mac, g->device_mac, 6);
		four = four || strcmp(text, "10.66.0.9") == 0;
		ula = ula || strcmp(text, "fd66::9") == 0;
		local = local || strcmp(text, "fe80::ff:fe00:6609") == 0;
	}
	ck_assert(four);
	ck_assert(ula);
	ck_assert(local);
	ck_assert_uint_eq(discover_all(), 3);
}
END_TEST

START_TEST(a_discovery_of_an_unknown_dut_is_answered_with_nothing)
{
	ck_assert_uint_eq(discover_all(), 0);
}
END_TEST

/* Asks until as many rounds were answered; the fields go to out. */
static bool
baseline(uint64_t rounds, uint64_t out[13])
{
	struct msg_in m;
	uint32_t request;
	uint8_t known;
	unsigned tries;
	size_t i;

	for (tries = 0; tries < 200; tries++) {
		msg_start(&g->out, WATCH_BASELINE);
		msg_put_u32(&g->out, 5);
		msg_put_u32(&g->out, 1);
		watch_ground_ask(g);
		ck_assert(watch_ground_wait(g, ENGINE_BASELINE, 5000, &m));
		msg_get_u32(&m, &request);
		msg_get_u8(&m, &known);
		for (i = 0; i < 13; i++)
			msg_get_u64(&m, &out[i]);
		ck_assert_int_eq(msg_end(&m), 0);
		ck_assert_uint_eq(request, 5);
		if (!known || out[3] >= rounds)
			return known != 0;
		/* Plays the capture meanwhile. */
		(void)watch_ground_wait(g, ENGINE_FOREIGN, 100, &m);
	}
	ck_abort_msg("%u rounds were not answered", (unsigned)rounds);
}

START_TEST(a_device_is_known_at_rest_until_something_is_done_to_it)
{
	uint64_t was[13], is[13];

	ck_assert(!baseline(1, was)); /* nobody has named it */
	msg_start(&g->out, WATCH_REST);
	msg_put_u32(&g->out, 1);
	msg_put_bytes(&g->out, g->device_mac, 6);
	watch_ground_ask(g);
	observe(1, g->device_mac);
	ck_assert(baseline(2, was));
	ck_assert_uint_gt(was[0], 0); /* since */
	ck_assert_uint_gt(was[1], 0); /* observed */
	ck_assert_uint_ge(was[2], was[3]);
	ck_assert_uint_gt(was[4], 0); /* median */
	msg_start(&g->out, WATCH_BUSY);
	msg_put_u32(&g->out, 1);
	watch_ground_ask(g);
	ck_assert(baseline(2, was));
	(void)wait_for_health(3000); /* rounds go on, and do not count */
	ck_assert(baseline(2, is));
	ck_assert_uint_eq(is[1], was[1]);
	ck_assert_uint_eq(is[2], was[2]);
}
END_TEST

START_TEST(an_exchange_with_the_device_is_good)
{
	uint64_t rtt;
	char how[32];

	observe(1, g->device_mac);
	ck_assert(exercise("10.66.0.9", 1000, &rtt, how));
	ck_assert_str_eq(how, "arp");
	ck_assert_uint_gt(rtt, 0);
	ck_assert_uint_lt(rtt, 900000000);
	ck_assert(exercise("fd66::9", 1000, &rtt, how));
	ck_assert_str_eq(how, "nd");
	ck_assert(exercise("fe80::ff:fe00:6609", 1000, &rtt, how));
	ck_assert_str_eq(how, "nd");
}
END_TEST

START_TEST(an_exchange_with_an_address_nobody_has_is_not_good)
{
	uint64_t rtt;
	char how[32];

	observe(1, g->device_mac);
	ck_assert(!exercise("10.66.0.10", 300, &rtt, how));
	ck_assert_str_eq(how, "silent");
	ck_assert(!exercise("fd66::10", 300, &rtt, how));
}
END_TEST

START_TEST(an_exchange_with_another_mac_is_not_good)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0x66, 0x77 };
	uint64_t rtt;
	char how[32];

	observe(1, other);
	ck_assert(!exercise("10.66.0.9", 300, &rtt, how));
	ck_assert_str_eq(how, "silent");
}
END_TEST

/* ---- who answers for an address that was lent? ---- */

START_TEST(who_answers_for_a_lent_address_is_told)
{
	static const char *const list[] = { "10.66.0.77", "10.66.0.9",
		"fd66::77", "fd66::9" };
	uint32_t request;
	const uint8_t *p;
	struct msg_in m;
	uint8_t family;
	uint16_t n, i;
	uint64_t rtt;
	char how[32];
	size_t size;

	/* Its addresses are there at last: none is being tried any more. */
	observe(1, g->device_mac);
	for (i = 0; i < 9 && !exercise("fd66::9", 1000, &rtt, how); i++)
		continue;
	msg_start(&g->out, WATCH_CLAIMS);
	msg_put_u32(&g->out, 12);
	msg_put_u16(&g->out, 4);
	for (i = 0; i < 4; i++)
		put_text(&g->out, list[i]);
	watch_ground_ask(g);
	ck_assert(watch_ground_wait(g, ENGINE_CLAIMS, 5000, &m));
	msg_get_u32(&m, &request);
	msg_get_u16(&m, &n);
	ck_assert_uint_eq(request, 12);
	ck_assert_uint_eq(n, 2);
	for (i = 0; i < n; i++) {
		msg_get_bytes(&m, &p, &size);
		ck_assert_uint_eq(size, 6);
		ck_assert_mem_eq(p, g->device_mac, 6);
		msg_get_u8(&m, &family);
		ck_assert_uint_eq(family, i == 0 ? 4 : 6);
		msg_get_bytes(&m, &p, &size);
		ck_assert_uint_eq(p[size - 1], 9);
	}
	ck_assert_int_eq(msg_end(&m), 0);
}
END_TEST

/* ---- what the machine sends must not come in ---- */

static const uint8_t nonce[CANARY_NONCE] = "nobody knows it";

static void
listen_for(uint32_t request)
{
	struct msg_in m;

	msg_start(&g->out, WATCH_CANARY);
	msg_put_u32(&g->out, request);
	msg_put_bytes(&g->out, nonce, sizeof(nonce));
	watch_ground_ask(g);
	ck_assert(watch_ground_wait(g, ENGINE_CANARY, 3000, &m));
}

static void
come_in(const uint8_t *with)
{
	uint8_t frame[CANARY_FRAME];

	canary_write(frame, NULL, g->device_mac, with, "br0");
	watch_ground_inject(g, frame, sizeof(frame));
}

/* The fact's value; *good. */
static const char *
inward(uint8_t *good)
{
	static char value[256];
	uint32_t request;
	struct msg_in m;
	char name[32];
	uint8_t all;
	uint16_t n;

	msg_start(&g->out, WATCH_INWARD);
	msg_put_u32(&g->out, 8);
	msg_put_string(&g->out, "eth0, br0");
	watch_ground_ask(g);
	ck_assert(watch_ground_wait(g, ENGINE_CANARY, 9000, &m));
	msg_get_u32(&m, &request);
	msg_get_u8(&m, &all);
	msg_get_u16(&m, &n);
	msg_get_string(&m, name, sizeof(name));
	msg_get_string(&m, value, sizeof(value));
	msg_get_u8(&m, good);
	ck_assert_int_eq(msg_end(&m), 0);
	ck_assert_uint_eq(request, 8);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(all, *good);
	ck_assert_str_eq(name, "inward");
	return value;
}

START_TEST(what_does_not_come_in_is_a_good_fact)
{
	static const uint8_t other[CANARY_NONCE] = "another one";
	uint8_t good;

	listen_for(7);
	come_in(other); /* of an earlier run, or made up */
	ck_assert_str_eq(inward(&good), "sent by eth0, br0: none came in");
	ck_assert_uint_eq(good, 1);
}
END_TEST

START_TEST(what_comes_in_is_a_bad_fact)
{
	uint8_t good;

	listen_for(7);
	come_in(nonce);
	ck_assert_str_eq(
	    inward(&good), "what this machine sent by br0 came in");
	ck_assert_uint_eq(good, 0);
	listen_for(9); /* the next run begins anew */
	inward(&good);
	ck_assert_uint_eq(good, 1);
}
END_TEST

START_TEST(what_comes_in_later_voids_the_isolation)
{
	struct msg_in m;
	char what[32];
	uint8_t good;

	listen_for(7);
	inward(&good);
	ck_assert_uint_eq(good, 1);
	come_in(nonce);
	ck_assert(watch_ground_wait(g, ENGINE_FOREIGN, 3000, &m));
	msg_get_string(&m, what, sizeof(what));
	ck_assert_str_eq(what, "frame of this machine");
}
END_TEST

START_TEST(without_a_capture_nothing_is_known_of_what_comes_in)
{
	uint8_t good;

	listen_for(7);
	close(g->tap);
	g->tap = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_str_eq(
	    inward(&good), "unknown: no frame of its own was seen");
	ck_assert_uint_eq(good, 0);
}
END_TEST

START_TEST(an_exchange_ends_badly_when_another_mac_answers)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0x66, 0x77 };
	static const uint8_t addr[4] = { 10, 66, 0, 10 };
	static const uint8_t own[4] = { 10, 66, 0, 2 };
	uint8_t frame[PACKET_BUILD_MAX];
	struct msg_in m;
	uint64_t skip;
	uint32_t request;
	uint8_t good;
	char how[32];
	size_t n;

	observe(1, g->device_mac);
	msg_start(&g->out, WATCH_EXERCISE);
	msg_put_u32(&g->out, 3);
	msg_put_u32(&g->out, 1);
	put_text(&g->out, "10.66.0.10");
	msg_put_u32(&g->out, 3000);
	watch_ground_ask(g);
	/* The answer to the canary shows that the exchange is under way. */
	listen_for(4);
	n = packet_build_arp(frame, g->mac, 2, other, addr, g->mac, own);
	watch_ground_inject(g, frame, n);
	ck_assert(watch_ground_wait(g, ENGINE_EXERCISED, 2000, &m));
	msg_get_u32(&m, &request);
	msg_get_u8(&m, &good);
	msg_get_u64(&m, &skip);
	msg_get_u64(&m, &skip);
	msg_get_string(&m, how, sizeof(how));
	ck_assert_uint_eq(good, 0);
	ck_assert_str_eq(how, "other mac");
}
END_TEST

START_TEST(a_lost_link_is_told_and_is_no_silence)
{
	struct msg_in m;
	uint64_t rtt;
	char how[32];
	uint8_t up;

	ck_assert(watch_ground_wait(g, ENGINE_LINK, 3000, &m));
	msg_get_u8(&m, &up);
	ck_assert_uint_eq(up, 1);
	observe(1, g->device_mac);
	ck_assert_uint_gt(discover_all(), 0);
	ck_assert_int_eq(wait_for_health(3000), ASSAY_UP);
	watch_ground_run_on_device(g, "ip link set dut0 down");
	ck_assert(watch_ground_wait(g, ENGINE_LINK, 3000, &m));
	msg_get_u8(&m, &up);
	ck_assert_uint_eq(up, 0);
	ck_assert_int_eq(wait_for_health(3000), ASSAY_LINK_LOST);
	ck_assert(!exercise("10.66.0.9", 300, &rtt, how));
	watch_ground_run_on_device(g, "ip link set dut0 up");
	ck_assert(watch_ground_wait(g, ENGINE_LINK, 3000, &m));
	msg_get_u8(&m, &up);
	ck_assert_uint_eq(up, 1);
	ck_assert_int_eq(wait_for_health(4000), ASSAY_UP);
}
END_TEST

START_TEST(a_device_that_falls_silent_is_down_until_it_answers)
{
	observe(1, g->device_mac);
	ck_assert_uint_gt(discover_all(), 0);
	ck_assert_int_eq(wait_for_health(3000), ASSAY_UP);
	/* Deaf, but with its link up. */
	watch_ground_run_on_device(
	    g, "ip link set dut0 arp off; ip addr flush dev dut0");
	ck_assert_int_eq(wait_for_health(6000), ASSAY_DOWN);
	watch_ground_run_on_device(
	    g, "ip link set dut0 arp on; ip addr add 10.66.0.9/24 dev dut0");
	ck_assert_int_eq(wait_for_health(4000), ASSAY_UP);
}
END_TEST

START_TEST(a_gratuitous_arp_of_a_device_that_was_up_is_a_reboot)
{
	static const uint8_t addr[4] = { 10, 66, 0, 9 };
	uint8_t frame[PACKET_BUILD_MAX];
	size_t n;

	observe(1, g->device_mac);
	ck_assert_uint_gt(discover_all(), 0);
	ck_assert_int_eq(wait_for_health(3000), ASSAY_UP);
	n = packet_build_arp(frame, NULL, 1, g->device_mac, addr, NULL, addr);
	watch_ground_inject(g, frame, n);
	ck_assert_int_eq(wait_for_health(1000), ASSAY_REBOOTED);
	ck_assert_int_eq(wait_for_health(3000), ASSAY_UP);
}
END_TEST

START_TEST(another_ipv4_address_in_place_of_the_old_one_is_told)
{
	struct msg_in m;
	const uint8_t *p;
	uint8_t family;
	size_t n;

	observe(1, g->device_mac);
	ck_assert_uint_eq(discover_all(), 3);
	ck_assert_int_eq(wait_for_health(3000), ASSAY_UP);
	watch_ground_run_on_device(g,
	    "ip addr del 10.66.0.9/24 dev dut0; "
	    "ip addr add 10.66.0.11/24 dev dut0; "
	    "ping -c 1 -W 1 10.66.0.1 >/dev/null");
	ck_assert(watch_ground_wait(g, ENGINE_ADDRESS_GONE, 8000, &m));
	msg_get_bytes(&m, &p, &n);
	ck_assert_mem_eq(p, g->device_mac, 6);
	msg_get_u8(&m, &family);
	msg_get_bytes(&m, &p, &n);
	ck_assert_uint_eq(family, 4);
	ck_assert_uint_eq(p[3], 9);
	ck_assert_int_eq(wait_for_health(1000), ASSAY_ADDRESS_CHANGED);
	ck_assert_int_eq(wait_for_health(3000), ASSAY_UP);
}
END_TEST

START_TEST(an_address_that_another_mac_takes_is_gone)
{
	struct msg_in m;
	const uint8_t *p;
	size_t n;

	observe(1, g->device_mac);
	ck_assert_uint_eq(discover_all(), 3);
	watch_ground_run_on_device(g,
	    "ip link set dut0 down; ip link set dut0 address "
	    "02:00:00:00:66:0a; ip link set dut0 up; "
	    "ping -c 1 -W 1 10.66.0.1 >/dev/null");
	ck_assert(watch_ground_wait(g, ENGINE_ADDRESS_GONE, 3000, &m));
	msg_get_bytes(&m, &p, &n);
	ck_assert_mem_eq(p, g->device_mac, 6);
}
END_TEST

START_TEST(a_new_engine_hears_everything_again)
{
	char text[INET6_ADDRSTRLEN];
	struct msg_in m;
	uint8_t mac[6];
	int i;

	observe(1, g->device_mac);
	ck_assert_uint_eq(discover_all(), 3);
	watch_ground_new_engine(g);
	g->nkept = 0;
	ck_assert(watch_ground_wait(g, ENGINE_LINK, 2000, &m));
	for (i = 0; i < 3; i++)
		ck_assert(next_participant(2000, mac, text));
}
END_TEST

/* A frame as a router or server would send it, over link-local addresses. */
static size_t
foreign_advertisement(uint8_t *frame)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0x66, 0x55 };
	static const uint8_t all_mac[6] = { 0x33, 0x33, [5] = 1 };
	static const uint8_t src[16] = { 0xfe, 0x80, [15] = 0x55 };
	static const uint8_t dst[16] = { 0xff, 2, [15] = 1 };
	uint8_t *icmp = frame + 54;

	memset(frame, 0, 70);
	memcpy(frame, all_mac, 6);
	memcpy(frame + 6, mac, 6);
	put_u16(frame + 12, 0x86dd);
	put_u32(frame + 14, 0x60000000);
	put_u16(frame + 18, 16);
	frame[20] = 58;
	frame[21] = 255;
	memcpy(frame + 22, src, 16);
	memcpy(frame + 38, dst, 16);
	icmp[0] = 134;
	put_u16(icmp + 6, 1800);
	put_u16(icmp + 2, packet_checksum(6, src, dst, 58, icmp, 16));
	return 70;
}

START_TEST(a_foreign_router_is_told)
{
	uint8_t frame[128];
	struct msg_in m;
	char what[32];
	size_t n;

	n = foreign_advertisement(frame);
	watch_ground_inject(g, frame, n);
	ck_assert(watch_ground_wait(g, ENGINE_FOREIGN, 2000, &m));
	msg_get_string(&m, what, sizeof(what));
	ck_assert_str_eq(what, "router");
}
END_TEST

START_TEST(the_watch_ends_in_good_order_when_its_parent_is_gone)
{
	int status;

	close(g->warden);
	ck_assert_int_eq(waitpid(g->watch, &status, 0), g->watch);
	g->watch = -1;
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_role");
	TCase *t = tcase_create("role");
	SRunner *r;
	int failed;

	if (!watch_ground_is_possible())
		return EXIT_SUCCESS;
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 40);
	tcase_add_test(t, every_address_of_a_silent_device_is_discovered);
	tcase_add_test(
	    t, a_discovery_of_an_unknown_dut_is_answered_with_nothing);
	tcase_add_test(
	    t, a_device_is_known_at_rest_until_something_is_done_to_it);
	tcase_add_test(t, an_exchange_with_the_device_is_good);
	tcase_add_test(t, an_exchange_with_an_address_nobody_has_is_not_good);
	tcase_add_test(t, an_exchange_with_another_mac_is_not_good);
	tcase_add_test(t, an_exchange_ends_badly_when_another_mac_answers);
	tcase_add_test(t, who_answers_for_a_lent_address_is_told);
	tcase_add_test(t, what_does_not_come_in_is_a_good_fact);
	tcase_add_test(t, what_comes_in_is_a_bad_fact);
	tcase_add_test(t, what_comes_in_later_voids_the_isolation);
	tcase_add_test(t, without_a_capture_nothing_is_known_of_what_comes_in);
	tcase_add_test(t, a_lost_link_is_told_and_is_no_silence);
	tcase_add_test(t, a_device_that_falls_silent_is_down_until_it_answers);
	tcase_add_test(t, a_gratuitous_arp_of_a_device_that_was_up_is_a_reboot);
	tcase_add_test(t, another_ipv4_address_in_place_of_the_old_one_is_told);
	tcase_add_test(t, an_address_that_another_mac_takes_is_gone);
	tcase_add_test(t, a_new_engine_hears_everything_again);
	tcase_add_test(t, a_foreign_router_is_told);
	tcase_add_test(t, the_watch_ends_in_good_order_when_its_parent_is_gone);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
