/*
 * The warden's pool of source addresses: lent while a worker is there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

#include "daemon/shared/wire.h"
#include "own_netns.h"
#include "probes/probe.h"
#include "warden_rig.h"
#include "warden_stand_in.h"

#define RAW (ASSAY_NEED_SOURCES | ASSAY_NEED_LINK)
#define DEVICE "10.77.0.10"

static const char *const first[] = { "10.77.0.254", "fe80::1:0:a55a", NULL };
static const char *const second[] = { "10.77.0.253", "fe80::2:0:a55a", NULL };

static char text[16384];

/* Something of the segment's namespace, as a command says it. */
static const char *
inside(const char *command)
{
	own_netns_output(text, sizeof(text), "nsenter -t %d -n %s",
	    (int)warden_rig_find_role("capture"), command);
	return text;
}

static bool
is_there(const char *addr)
{
	char word[64];

	snprintf(word, sizeof(word), " %s/", addr);
	return strstr(inside("ip address show dev dut0"), word) != NULL;
}

static bool
has_rules(void)
{
	return strstr(inside("nft list ruleset"), "assay_pool") != NULL;
}

static struct warden_rig_worker
lend(uint32_t request, uint32_t needs, const char *const *sources)
{
	struct warden_rig_worker k;

	warden_rig_ask_lent(request, 0, needs, "tcp.ports", DEVICE, sources);
	warden_rig_expect_worker(request, &k);
	return k;
}

/* Killed as if it had crashed; back when that is told, or soon after. */
static void
crash(struct warden_rig_worker *k)
{
	struct msg_out m;

	msg_start(&m, WARDEN_KILL);
	msg_put_u32(&m, k->id);
	warden_rig_say(&m);
	warden_rig_expect_exit(k, 1, SIGKILL);
}

static bool
is_not_there(void *addr)
{
	return !is_there(addr);
}

static void
await_gone(const char *addr)
{
	ck_assert(own_netns_wait(is_not_there, (void *)(uintptr_t)addr));
}

/* A connection from the device's side, under way or refused. */
static int
reach(const char *addr, bool waits)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(9),
		.sin6_scope_id = if_nametoindex("far0") };
	bool is_v4 = strchr(addr, '.') != NULL;
	int fd, r;

	fd = socket(is_v4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | (waits ? 0 : SOCK_NONBLOCK), 0);
	ck_assert_int_ne(fd, -1);
	inet_pton(AF_INET, addr, &in.sin_addr);
	inet_pton(AF_INET6, addr, &in6.sin6_addr);
	r = connect(fd, is_v4 ? (void *)&in : (void *)&in6,
	    is_v4 ? sizeof(in) : sizeof(in6));
	ck_assert_int_eq(r, -1);
	ck_assert_int_eq(errno, waits ? ECONNREFUSED : EINPROGRESS);
	if (!waits)
		return fd;
	close(fd);
	return -1;
}

static bool
is_settled(int fd)
{
	struct pollfd p = { fd, POLLOUT, 0 };

	return poll(&p, 1, 0) != 0;
}

/* The device's side has the bench's MAC for it: ARP or ND was answered. */
static bool
is_neighbour(void *addr)
{
	own_netns_output(text, sizeof(text), "ip neigh show %s dev far0",
	    (const char *)addr);
	return strstr(text, "lladdr") != NULL;
}

static void
device_there(void)
{
	ck_assert_int_eq(
	    own_netns_run("ip addr add " DEVICE "/24 dev far0"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip addr add fe80::10/64 dev far0 nodad"), 0);
}

START_TEST(an_address_is_there_for_as_long_as_its_worker)
{
	struct warden_rig_worker k;

	warden_rig_start();
	ck_assert(!is_there("10.77.0.254"));
	k = lend(1, ASSAY_NEED_SOURCES, first);
	ck_assert(is_there("10.77.0.254"));
	ck_assert(is_there("fe80::1:0:a55a"));
	ck_assert(!is_there("10.77.0.253"));
	ck_assert(!has_rules());
	ck_assert(strstr(inside("ip -6 address show dev dut0 deprecated"),
		      "fe80::1:0:a55a/128") != NULL);
	crash(&k);
	await_gone("10.77.0.254");
	await_gone("fe80::1:0:a55a");
	ck_assert(is_there("10.77.0.1"));
	k = lend(2, ASSAY_NEED_SOURCES, first);
	ck_assert(is_there("10.77.0.254"));
}
END_TEST

START_TEST(nobody_has_an_address_twice)
{
	struct warden_rig_worker a, b;

	warden_rig_start();
	a = lend(1, ASSAY_NEED_SOURCES, first);
	warden_rig_ask_lent(
	    2, 0, ASSAY_NEED_SOURCES, "tcp.ports", DEVICE, first);
	warden_rig_assert_refused(2, "10.77.0.254 is lent already");
	b = lend(3, ASSAY_NEED_SOURCES, second);
	crash(&a);
	await_gone("10.77.0.254");
	ck_assert(is_there("10.77.0.253"));
	crash(&b);
	await_gone("10.77.0.253");
}
END_TEST

START_TEST(only_the_pool_is_lent_and_only_on_need)
{
	static const char *const bench[] = { "10.77.0.1", NULL },
				 *const strange[] = { "10.9.9.9", NULL };

	warden_rig_start();
	warden_rig_ask_lent(
	    1, 0, ASSAY_NEED_SOURCES, "tcp.ports", DEVICE, bench);
	warden_rig_assert_refused(1, "10.77.0.1 is not of segment wired0's");
	warden_rig_ask_lent(
	    2, 0, ASSAY_NEED_SOURCES, "tcp.ports", DEVICE, strange);
	warden_rig_assert_refused(2, "10.9.9.9 is not of segment wired0's");
	warden_rig_ask_lent(3, 0, 0, "tcp.ports", DEVICE, first);
	warden_rig_assert_refused(3, "source addresses that nobody needs");
	warden_rig_ask_lent(
	    4, WIRE_NO_SEGMENT, ASSAY_NEED_SOURCES, "tcp.ports", NULL, first);
	warden_rig_assert_refused(4, "source addresses that nobody needs");
	warden_rig_ask_lent(5, 0, ASSAY_NEED_SOURCES, "no.such", DEVICE, first);
	warden_rig_assert_refused(5, "no probe named no.such");
	ck_assert(!is_there("10.77.0.254"));
}
END_TEST

/* What the segment sends comes in order: once the bench's own address has
 * refused, a refusal of the one asked before would be there, too. */
START_TEST(the_kernel_is_silent_for_a_raw_lease_and_for_no_other)
{
	struct warden_rig_worker raw, other;
	char v4[] = "10.77.0.254", v6[] = "fe80::1:0:a55a";
	int fd4, fd6;

	warden_rig_start();
	device_there();
	raw = lend(1, RAW, first);
	ck_assert(has_rules());
	fd4 = reach(v4, false);
	fd6 = reach(v6, false);
	ck_assert(own_netns_wait(is_neighbour, v4)); /* but ARP and ND */
	ck_assert(own_netns_wait(is_neighbour, v6));
	reach("10.77.0.1", true);
	ck_assert(!is_settled(fd4) && !is_settled(fd6));
	other = lend(2, ASSAY_NEED_SOURCES, second);
	reach("10.77.0.253", true);
	reach("fe80::2:0:a55a", true);
	ck_assert(!is_settled(fd4) && !is_settled(fd6));
	crash(&raw);
	await_gone(v4);
	ck_assert(!has_rules());
	crash(&other);
	close(fd4);
	close(fd6);
}
END_TEST

START_TEST(the_end_of_one_raw_lease_leaves_the_other_silent)
{
	struct warden_rig_worker a, b;
	int fd;

	warden_rig_start();
	device_there();
	a = lend(1, RAW, first);
	b = lend(2, RAW, second);
	crash(&a);
	await_gone("10.77.0.254");
	fd = reach("10.77.0.253", false);
	ck_assert(
	    own_netns_wait(is_neighbour, (void *)(uintptr_t) "10.77.0.253"));
	reach("10.77.0.1", true);
	ck_assert(!is_settled(fd));
	crash(&b);
	await_gone("10.77.0.253");
	ck_assert(!has_rules());
	close(fd);
}
END_TEST

START_TEST(an_address_that_somebody_has_is_withdrawn)
{
	const uint8_t addr[4] = { 10, 77, 0, 254 };
	struct warden_rig_worker k;
	struct msg_out m;
	unsigned i;

	warden_rig_start();
	k = lend(1, ASSAY_NEED_SOURCES, first);
	for (i = 0; i < 2; i++) { /* once more does no harm */
		msg_start(&m, WARDEN_WITHDRAW);
		msg_put_u32(&m, 0);
		msg_put_u8(&m, 4);
		msg_put_bytes(&m, addr, 4);
		warden_rig_say(&m);
	}
	await_gone("10.77.0.254");
	ck_assert(is_there("fe80::1:0:a55a"));
	crash(&k);
	await_gone("fe80::1:0:a55a");
}
END_TEST

START_TEST(a_lease_does_not_outlive_its_segment)
{
	struct warden_rig_worker k;

	warden_rig_start();
	k = lend(1, RAW, first);
	ck_assert_int_eq(own_netns_run("ip link del far0"), 0);
	warden_rig_expect(ENGINE_SEGMENT_DOWN, NULL);
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	warden_rig_expect(ENGINE_SEGMENT_UP, NULL);
	ck_assert(!is_there("10.77.0.254"));
	(void)lend(2, RAW, first);
	crash(&k);
	ck_assert(is_there("10.77.0.254"));
}
END_TEST

static TCase *
make_case(void)
{
	TCase *c = tcase_create("leases");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, warden_rig_setup, warden_rig_teardown);
	tcase_add_test(c, an_address_is_there_for_as_long_as_its_worker);
	tcase_add_test(c, nobody_has_an_address_twice);
	tcase_add_test(c, only_the_pool_is_lent_and_only_on_need);
	tcase_add_test(
	    c, the_kernel_is_silent_for_a_raw_lease_and_for_no_other);
	tcase_add_test(c, the_end_of_one_raw_lease_leaves_the_other_silent);
	tcase_add_test(c, an_address_that_somebody_has_is_withdrawn);
	tcase_add_test(c, a_lease_does_not_outlive_its_segment);
	return c;
}

int
main(int argc, char **argv)
{
	Suite *suite;
	SRunner *runner;
	int failed;

	if (argc == 3 && strcmp(argv[1], "-x") == 0)
		return warden_stand_in_role(argv[2]);
	if (argc == 2 && strcmp(argv[0], "assay-worker") == 0)
		return warden_stand_in_worker(argv[1]);
	if (!own_netns_can())
		return EXIT_SUCCESS;
	suite = suite_create("warden leases");
	suite_add_tcase(suite, make_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
