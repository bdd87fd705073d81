/*
 * check_watch_exercise: exchanges, discovery and rounds: what is sent when, and
 * which answer counts. The link is a list of frames.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/watch/watch_discover.h"
#include "daemon/watch/watch_dut.h"
#include "daemon/watch/watch_exercise.h"
#include "protocols/packet.h"

#define S 1000000000ull
#define MS 1000000ull
#define SENT_MAX 1200

static const uint8_t own[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 0xb };
static const uint8_t own_addr[4] = { 10, 0, 0, 2 };
static const uint8_t addr_8[4] = { 10, 0, 0, 8 };
static const uint8_t addr_9[4] = { 10, 0, 0, 9 };
static const uint8_t six_own[16] = { 0xfd, [15] = 2 };
static const uint8_t six_9[16] = { 0xfd, [15] = 9 };
static const uint8_t six_a[16] = { 0xfe, 0x80, [15] = 10 };

struct sent {
	size_t size;
	uint8_t frame[160];
};

static struct watch_link segment;
static struct sent sent[SENT_MAX];
static size_t nsent;
static struct watch_exercises exercises;
static struct watch_participants *table;
static unsigned ndone;
static bool done_good;
static uint64_t done_rtt;
static char done_how[32], gone_why[80];

static void
on_send(void *arg, const uint8_t *frame, size_t size)
{
	(void)arg;
	ck_assert_uint_lt(nsent, SENT_MAX);
	ck_assert_uint_le(size, sizeof(sent[0].frame));
	memcpy(sent[nsent].frame, frame, size);
	sent[nsent++].size = size;
}

static void
on_done(void *arg, const struct watch_exercise *x, bool good, uint64_t rtt_ns,
    uint64_t stamp_ns, const char *how)
{
	(void)arg;
	(void)x;
	(void)stamp_ns;
	ndone++;
	done_good = good;
	done_rtt = rtt_ns;
	snprintf(done_how, sizeof(done_how), "%s", how);
}

static bool
on_seen(void *arg, const uint8_t *mac, const struct watch_held *held,
    const char *name)
{
	(void)arg;
	(void)mac;
	(void)held;
	(void)name;
	return true;
}

static void
on_gone(void *arg, const uint8_t *mac, uint8_t family, const uint8_t *addr,
    const char *why)
{
	(void)arg;
	(void)mac;
	(void)family;
	(void)addr;
	snprintf(gone_why, sizeof(gone_why), "%s", why);
}

static void
set_up(void)
{
	static const struct watch_participants_hooks hooks = { on_seen,
		on_gone };

	memset(&segment, 0, sizeof(segment));
	memcpy(segment.mac, own, 6);
	segment.send = on_send;
	watch_link_add(&segment, 4, own_addr, 24, false);
	watch_link_add(&segment, 6, six_own, 64, false);
	nsent = ndone = 0;
	memset(&exercises, 0, sizeof(exercises));
	exercises.link = &segment;
	exercises.on_done = on_done;
	exercises.seq = 100;
	table = watch_participants_new(own, &hooks, NULL);
}

static void
tear_down(void)
{
	watch_participants_free(table);
}

static struct watch_exercise
exchange(void)
{
	struct watch_exercise x = { .request = 1, .dut = 2, .family = 4 };

	memcpy(x.mac, mac_a, 6);
	memcpy(x.addr, addr_9, 4);
	return x;
}

static struct watch_sight
answer(const uint8_t *mac, const uint8_t *addr, const char *how, uint16_t seq)
{
	struct watch_sight s = { .kind = WATCH_SIGHT_ANSWER,
		.mac = mac,
		.family = 4,
		.addr = addr,
		.how = how,
		.seq = seq };

	return s;
}

static void
begin(uint64_t now)
{
	struct watch_exercise x = exchange();

	watch_exercises_begin(&exercises, &x, 1000, now);
}

START_TEST(an_exchange_asks_the_device_alone)
{
	struct packet p;

	begin(S);
	ck_assert_uint_eq(nsent, 2);
	packet_dissect(&p, sent[0].frame, sent[0].size);
	ck_assert(p.arp != NULL);
	ck_assert_mem_eq(p.mac_dst, mac_a, 6);
	packet_dissect(&p, sent[1].frame, sent[1].size);
	ck_assert_uint_eq(p.icmp_type, 8);
	ck_assert_mem_eq(p.mac_dst, mac_a, 6);
	ck_assert_mem_eq(p.src, own_addr, 4);
}
END_TEST

START_TEST(an_answer_in_time_is_good)
{
	struct watch_sight s = answer(mac_a, addr_9, "arp", 0);

	begin(S);
	watch_exercises_on_answer(&exercises, &s, S + 3 * MS);
	ck_assert_uint_eq(ndone, 1);
	ck_assert(done_good);
	ck_assert_uint_eq(done_rtt, 3 * MS);
	ck_assert_str_eq(done_how, "arp");
	ck_assert_uint_eq(exercises.n, 0);
}
END_TEST

/* Answers that are none to this exchange. */
START_TEST(an_answer_that_cannot_be_one_is_not_counted)
{
	struct watch_sight s = answer(mac_a, addr_9, "arp", 0);

	begin(S);
	watch_exercises_on_answer(&exercises, &s, S - 1);
	watch_exercises_on_answer(&exercises, &s, 2 * S + 1);
	s = answer(mac_a, addr_8, "arp", 0);
	watch_exercises_on_answer(&exercises, &s, S + 1);
	s = answer(mac_a, addr_9, "echo", 99);
	watch_exercises_on_answer(&exercises, &s, S + 1);
	ck_assert_uint_eq(ndone, 0);
	s = answer(mac_a, addr_9, "echo", 100);
	watch_exercises_on_answer(&exercises, &s, S + 1);
	ck_assert_uint_eq(ndone, 1);
	ck_assert(done_good);
}
END_TEST

START_TEST(another_mac_ends_the_exchange_badly)
{
	struct watch_sight s = answer(mac_b, addr_9, "arp", 0);

	begin(S);
	watch_exercises_on_answer(&exercises, &s, S + 1);
	ck_assert_uint_eq(ndone, 1);
	ck_assert(!done_good);
	ck_assert_str_eq(done_how, "other mac");
}
END_TEST

START_TEST(silence_is_asked_again_and_ends_after_the_limit)
{
	uint64_t now;

	begin(S);
	for (now = S; now < 2 * S + 240 * MS; now += 20 * MS)
		watch_exercises_on_time(&exercises, now);
	/* At 0, 260, 520, 780 ms: two frames each. */
	ck_assert_uint_eq(nsent, 8);
	ck_assert_uint_eq(ndone, 0);
	watch_exercises_on_time(&exercises, 2 * S + 250 * MS);
	ck_assert_uint_eq(ndone, 1);
	ck_assert(!done_good);
	ck_assert_str_eq(done_how, "silent");
}
END_TEST

START_TEST(a_frame_delivered_late_counts_by_its_stamp)
{
	struct watch_sight s = answer(mac_a, addr_9, "arp", 0);

	begin(S);
	watch_exercises_on_time(&exercises, 2 * S + 100 * MS);
	watch_exercises_on_answer(&exercises, &s, 2 * S - 1);
	ck_assert(done_good);
}
END_TEST

START_TEST(a_clock_set_back_ends_badly)
{
	begin(10 * S);
	watch_exercises_on_time(&exercises, 9 * S);
	ck_assert_uint_eq(ndone, 1);
	ck_assert(!done_good);
}
END_TEST

START_TEST(an_exchange_without_an_own_address_is_not_good)
{
	segment.naddresses = 0;
	begin(S);
	ck_assert_uint_eq(nsent, 0);
	ck_assert(!done_good);
	ck_assert_str_eq(done_how, "no source address");
}
END_TEST

START_TEST(too_many_exchanges_are_refused_and_all_are_answered)
{
	unsigned i;

	for (i = 0; i < WATCH_EXERCISES_MAX; i++)
		begin(S);
	ck_assert_uint_eq(ndone, 0);
	begin(S);
	ck_assert_uint_eq(ndone, 1);
	ck_assert_str_eq(done_how, "too many");
	watch_exercises_forget(&exercises, 3, S);
	ck_assert_uint_eq(ndone, 1);
	watch_exercises_forget(&exercises, 2, S);
	ck_assert_uint_eq(ndone, 1 + WATCH_EXERCISES_MAX);
	ck_assert_str_eq(done_how, "forgotten");
	ck_assert_uint_eq(exercises.n, 0);
}
END_TEST

/* ARP requests among what was sent. */
static unsigned
count_arps(void)
{
	struct packet p;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < nsent; i++)
		if (packet_dissect(&p, sent[i].frame, sent[i].size) == 0 &&
		    p.arp != NULL)
			n++;
	return n;
}

static bool
was_solicited(const uint8_t *addr)
{
	struct packet p;
	size_t i;

	for (i = 0; i < nsent; i++)
		if (packet_dissect(&p, sent[i].frame, sent[i].size) == 0 &&
		    p.icmp_type == 135 &&
		    memcmp(p.transport + 8, addr, 16) == 0)
			return true;
	return false;
}

START_TEST(a_discovery_of_nothing_known_sweeps_the_subnet_at_its_pace)
{
	struct watch_discover d = { .mac = { 2, 0, 0, 0, 0, 0xa } };
	uint64_t now;

	watch_discover_begin(&d, &segment, table, 1, S);
	for (now = S; now < S + 100 * MS; now += 20 * MS)
		ck_assert(!watch_discover_on_time(&d, &segment, now));
	ck_assert_uint_ge(count_arps(), 40);
	ck_assert_uint_le(count_arps(), 52);
	for (; !watch_discover_on_time(&d, &segment, now); now += 20 * MS)
		ck_assert_uint_lt(now, 3 * S);
	ck_assert_uint_eq(count_arps(), 253); /* all but our own */
	/* Half a second of sweep, then time for the last answer. */
	ck_assert_uint_ge(now, S + 780 * MS);
	ck_assert_uint_le(now, S + 900 * MS);
}
END_TEST

START_TEST(a_discovery_ends_300_ms_after_its_last_find)
{
	struct watch_discover d = { .mac = { 2, 0, 0, 0, 0, 0xa } };

	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	watch_discover_begin(&d, &segment, table, 1, S);
	ck_assert_uint_eq(count_arps(), 1);
	watch_discover_on_found(&d, &segment, 6, six_9, S + 50 * MS);
	ck_assert(!watch_discover_on_time(&d, &segment, S + 340 * MS));
	ck_assert(watch_discover_on_time(&d, &segment, S + 350 * MS));
	ck_assert(!watch_discover_on_time(&d, &segment, S + 360 * MS));
}
END_TEST

START_TEST(a_discovery_that_finds_nothing_ends_after_700_ms)
{
	struct watch_discover d = { .mac = { 2, 0, 0, 0, 0, 0xa } };

	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	watch_discover_begin(&d, &segment, table, 1, S);
	ck_assert(!watch_discover_on_time(&d, &segment, S + 699 * MS));
	ck_assert(watch_discover_on_time(&d, &segment, S + 700 * MS));
}
END_TEST

START_TEST(each_identifier_is_asked_for_in_each_prefix)
{
	static const uint8_t found[16] = { 0xfe, 0x80, [14] = 7, 7 };
	static const uint8_t ula[16] = { 0xfd, [14] = 7, 7 };
	static const uint8_t eui[16] = { 0xfd, [11] = 0xff, 0xfe, 0, 0, 0xa };
	struct watch_discover d = { .mac = { 2, 0, 0, 0, 0, 0xa } };
	size_t before;

	watch_discover_begin(&d, &segment, table, 1, S);
	ck_assert(was_solicited(eui));
	ck_assert(!was_solicited(ula));
	watch_discover_on_found(&d, &segment, 6, found, S);
	ck_assert(was_solicited(ula));
	ck_assert(was_solicited(found));
	before = nsent;
	watch_discover_on_found(&d, &segment, 6, ula, S);
	ck_assert_uint_eq(nsent, before); /* once each */
}
END_TEST

START_TEST(a_large_subnet_is_not_swept)
{
	struct watch_discover d = { .mac = { 2, 0, 0, 0, 0, 0xa } };

	segment.addresses[0].prefix = 21;
	watch_discover_begin(&d, &segment, table, 1, S);
	(void)watch_discover_on_time(&d, &segment, S);
	ck_assert_uint_eq(count_arps(), 0);
	ck_assert(!d.sweeping);
}
END_TEST

/* ---- rounds of one device ---- */

static void
make_dut(struct watch_dut *d)
{
	memset(d, 0, sizeof(*d));
	memcpy(d->mac, mac_a, 6);
}

START_TEST(the_round_trip_is_told_by_the_echo_of_this_round)
{
	struct watch_sight s = answer(mac_a, addr_9, "echo", 5);
	struct watch_dut d;

	make_dut(&d);
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	(void)watch_dut_round(&d, &segment, table, 5, 2 * S);
	ck_assert_uint_eq(nsent, 2);
	ck_assert(watch_dut_on_answer(&d, &s, 2 * S + 7 * MS));
	ck_assert_int_eq(d.health.state, ASSAY_UP);
	ck_assert_uint_eq(d.health.rtt_ns, 7 * MS);
	(void)watch_dut_round(&d, &segment, table, 6, 3 * S);
	(void)watch_dut_on_answer(&d, &s, 3 * S + 1 * MS); /* the old echo */
	ck_assert_uint_eq(d.health.rtt_ns, 7 * MS);
}
END_TEST

START_TEST(a_silent_address_makes_the_others_be_asked)
{
	struct watch_dut d;

	make_dut(&d);
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	watch_participants_hold(table, mac_a, 6, six_9, "nd", S);
	(void)watch_dut_round(&d, &segment, table, 5, 2 * S);
	ck_assert_uint_eq(nsent, 2);
	nsent = 0;
	(void)watch_dut_round(&d, &segment, table, 6, 3 * S);
	ck_assert_uint_eq(nsent, 4);
}
END_TEST

START_TEST(a_device_without_an_address_is_down_and_says_why)
{
	struct watch_dut d;
	unsigned i;

	make_dut(&d);
	for (i = 0; i < 3; i++)
		ck_assert(
		    !watch_dut_round(&d, &segment, table, (uint16_t)i, i * S));
	ck_assert(watch_dut_round(&d, &segment, table, 4, 4 * S));
	ck_assert_int_eq(d.health.state, ASSAY_DOWN);
	ck_assert_str_eq(d.detail, "no address known");
}
END_TEST

START_TEST(another_lease_replaces_the_first)
{
	struct watch_sight s = answer(mac_a, addr_9, "dhcp", 0);
	struct watch_dut d;

	make_dut(&d);
	watch_participants_hold(table, mac_a, 4, addr_8, "dhcp", S);
	watch_participants_hold(table, mac_a, 4, addr_9, "dhcp", 2 * S);
	ck_assert(watch_dut_on_new_address(&d, table, &s));
	ck_assert_int_eq(d.health.state, ASSAY_ADDRESS_CHANGED);
	ck_assert_str_eq(d.detail, "10.0.0.8 to 10.0.0.9");
	ck_assert_str_eq(gone_why, "dhcp gave another");
	ck_assert(!watch_participants_holds(table, mac_a, 4, addr_8));
}
END_TEST

/* Rounds in which addr_9 always answers, and addr_8 if it lives. */
static bool
run_rounds(struct watch_dut *d, bool old_lives)
{
	struct watch_sight s9 = answer(mac_a, addr_9, "arp", 0);
	struct watch_sight s8 = answer(mac_a, addr_8, "arp", 0);
	bool told = false;
	uint64_t now;

	for (now = 10 * S; now < 16 * S; now += S) {
		if (watch_dut_round(d, &segment, table, 1, now) &&
		    d->health.state == ASSAY_ADDRESS_CHANGED)
			told = true;
		(void)watch_dut_on_answer(d, &s9, now + MS);
		if (old_lives)
			(void)watch_dut_on_answer(d, &s8, now + 2 * MS);
	}
	return told;
}

START_TEST(an_address_replaced_without_a_word_is_found_out)
{
	struct watch_sight s = answer(mac_a, addr_9, "arp", 0);
	bool old_lives = _i == 1;
	struct watch_dut d;

	make_dut(&d);
	watch_participants_hold(table, mac_a, 4, addr_8, "arp", S);
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", 2 * S);
	(void)watch_dut_on_new_address(&d, table, &s);
	ck_assert(run_rounds(&d, old_lives) == !old_lives);
	ck_assert(
	    watch_participants_holds(table, mac_a, 4, addr_8) == old_lives);
}
END_TEST

START_TEST(a_claim_on_a_new_address_is_no_boot)
{
	struct watch_sight s = { .kind = WATCH_SIGHT_BOOTS,
		.mac = mac_a,
		.family = 4,
		.addr = addr_9,
		.how = "",
		.why = "arp probe" };
	struct watch_dut d;

	make_dut(&d);
	d.health.state = ASSAY_UP;
	d.health.was_up = true;
	ck_assert(!watch_dut_on_boot(&d, table, &s, 20 * S));
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	ck_assert(watch_dut_on_boot(&d, table, &s, 20 * S));
	ck_assert_str_eq(d.detail, "arp probe");
}
END_TEST

/* Up and answering again since 20 s, after so long without a link. */
static void
replug(struct watch_dut *d, uint64_t away_ns)
{
	make_dut(d);
	d->health.state = ASSAY_UP;
	d->health.was_up = true;
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	watch_participants_hold(table, mac_a, 6, six_a, "nd", S);
	(void)watch_dut_on_link(d, false, 20 * S - away_ns);
	(void)watch_dut_on_link(d, true, 20 * S);
	(void)watch_health_on_answer(&d->health, 20 * S + 1, 1);
}

START_TEST(a_link_that_comes_back_is_no_boot)
{
	static const struct {
		uint64_t away_ns, stamp_ns;
		uint8_t family;
		bool boot;
	} t[] = {
		{ S, 21 * S, 6, false },
		{ S, 26 * S, 6, true },      /* not for the link */
		{ 10 * S, 21 * S, 6, true }, /* it had time to boot */
		{ S, 21 * S, 4, true }, { S, 21 * S, 0, true }, /* DHCP */
	};
	struct watch_sight s = { .kind = WATCH_SIGHT_BOOTS,
		.mac = mac_a,
		.family = t[_i].family,
		.addr = t[_i].family == 6 ? six_a : addr_9,
		.how = "",
		.why = "x" };
	struct watch_dut d;

	replug(&d, t[_i].away_ns);
	ck_assert(
	    watch_dut_on_boot(&d, table, &s, t[_i].stamp_ns) == t[_i].boot);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_exercise");
	TCase *t = tcase_create("watch_exercise");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_exchange_asks_the_device_alone);
	tcase_add_test(t, an_answer_in_time_is_good);
	tcase_add_test(t, an_answer_that_cannot_be_one_is_not_counted);
	tcase_add_test(t, another_mac_ends_the_exchange_badly);
	tcase_add_test(t, silence_is_asked_again_and_ends_after_the_limit);
	tcase_add_test(t, a_frame_delivered_late_counts_by_its_stamp);
	tcase_add_test(t, a_clock_set_back_ends_badly);
	tcase_add_test(t, an_exchange_without_an_own_address_is_not_good);
	tcase_add_test(t, too_many_exchanges_are_refused_and_all_are_answered);
	tcase_add_test(
	    t, a_discovery_of_nothing_known_sweeps_the_subnet_at_its_pace);
	tcase_add_test(t, a_discovery_ends_300_ms_after_its_last_find);
	tcase_add_test(t, a_discovery_that_finds_nothing_ends_after_700_ms);
	tcase_add_test(t, each_identifier_is_asked_for_in_each_prefix);
	tcase_add_test(t, a_large_subnet_is_not_swept);
	tcase_add_test(t, the_round_trip_is_told_by_the_echo_of_this_round);
	tcase_add_test(t, a_silent_address_makes_the_others_be_asked);
	tcase_add_test(t, a_device_without_an_address_is_down_and_says_why);
	tcase_add_test(t, another_lease_replaces_the_first);
	tcase_add_loop_test(
	    t, an_address_replaced_without_a_word_is_found_out, 0, 2);
	tcase_add_test(t, a_claim_on_a_new_address_is_no_boot);
	tcase_add_loop_test(t, a_link_that_comes_back_is_no_boot, 0, 5);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
