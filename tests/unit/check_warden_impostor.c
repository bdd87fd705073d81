/*
 * The device's calls: whose they are, for how long, and that they are nobody
 * else's.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "daemon/shared/wire.h"
#include "daemon/warden/impostor_way.h"
#include "own_netns.h"
#include "probes/probe.h"
#include "warden_rig.h"
#include "warden_stand_in.h"

#define DEVICE "10.77.0.10"

static char text[16384];

static const char *
inside(const char *command)
{
	own_netns_output(text, sizeof(text), "nsenter -t %d -n %s",
	    (int)warden_rig_find_role("capture"), command);
	return text;
}

static bool
has_rules(void *unused)
{
	(void)unused;
	return strstr(inside("nft list ruleset"), "assay_impostor") != NULL;
}

static bool
has_no_rules(void *unused)
{
	return !has_rules(unused);
}

static void
name_device(void)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x10 };
	struct msg_out m;

	msg_start(&m, WARDEN_DUT);
	msg_put_u32(&m, 0);
	msg_put_bytes(&m, mac, sizeof(mac));
	msg_put_u8(&m, 0);
	warden_rig_say(&m);
	own_netns_run("ip link set far0 address 02:00:00:00:00:10");
	ck_assert_int_eq(
	    own_netns_run("ip addr add " DEVICE "/24 dev far0"), 0);
	inside("ip addr add fd77::1/64 dev dut0 nodad");
	own_netns_run("ip addr add fd77::10/64 dev far0 nodad");
	own_netns_run("ip route add default via 10.77.0.1");
	own_netns_run("ip -6 route add default via fd77::1");
}

static void
take_calls(uint32_t request, struct warden_rig_worker *k)
{
	warden_rig_ask_worker(
	    request, 0, "tcp.ports", ASSAY_NEED_CALLS, DEVICE);
	warden_rig_expect_worker(request, k);
}

static void
crash(struct warden_rig_worker *k)
{
	struct msg_out m;

	msg_start(&m, WARDEN_KILL);
	msg_put_u32(&m, k->id);
	warden_rig_say(&m);
	warden_rig_expect_exit(k, 1, SIGKILL);
}

/* From the device's side, within this time.  What is dropped stays silent, be
 * it waited for longer or not. */
static bool
connects_within(const char *addr, uint16_t port, int limit_ms)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };
	const bool is_v4 = strchr(addr, '.') != NULL;
	int error = -1, fd;
	socklen_t size = sizeof(error);
	struct pollfd p;

	fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ne(fd, -1);
	inet_pton(AF_INET, addr, &in.sin_addr);
	inet_pton(AF_INET6, addr, &in6.sin6_addr);
	(void)connect(fd, is_v4 ? (void *)&in : (void *)&in6,
	    is_v4 ? sizeof(in) : sizeof(in6));
	p = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (poll(&p, 1, limit_ms) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	close(fd);
	return error == 0;
}

static bool
connects(const char *addr, uint16_t port)
{
	return connects_within(addr, port, 5000);
}

static bool
is_silent(const char *addr, uint16_t port)
{
	return !connects_within(addr, port, 100);
}

/* Of the listener, as ss of its namespace says it. */
static uint16_t
listener_port(void)
{
	const char *p = strstr(inside("ss -Htln"), "*:");

	return p == NULL ? 0 : (uint16_t)strtoul(p + 2, NULL, 10);
}

START_TEST(the_rules_name_the_device_and_the_port)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x10 };
	char *rules = impostor_way_format("lab0", mac, 4444);

	ck_assert_ptr_nonnull(strstr(rules,
	    "iifname \"lab0\" ether saddr 02:00:00:00:00:10 tcp flags & "
	    "(fin | syn | rst | ack) == syn redirect to :4444\n"));
	ck_assert_ptr_nonnull(
	    strstr(rules, "tcp dport 4444 ct status & dnat == 0 drop\n"));
	free(rules);
}
END_TEST

START_TEST(calls_come_here_for_as_long_as_the_worker_lives)
{
	struct warden_rig_worker k;

	warden_rig_start();
	name_device();
	ck_assert(is_silent("192.0.2.9", 443));
	take_calls(1, &k);
	ck_assert(has_rules(NULL));
	ck_assert(connects("192.0.2.9", 443));
	ck_assert(connects("10.77.0.1", 8883));
	ck_assert(connects("2001:db8::9", 443));
	crash(&k);
	ck_assert(own_netns_wait(has_no_rules, NULL));
	ck_assert(is_silent("192.0.2.9", 443));
	take_calls(2, &k); /* and can be lent again */
	ck_assert(connects("192.0.2.9", 443));
}
END_TEST

START_TEST(two_jobs_do_not_have_them)
{
	struct warden_rig_worker k;

	warden_rig_start();
	name_device();
	take_calls(1, &k);
	warden_rig_ask_worker(2, 0, "tcp.ports", ASSAY_NEED_CALLS, DEVICE);
	warden_rig_assert_refused(
	    2, "segment wired0: another job answers the device's calls");
	ck_assert(has_rules(NULL));
	crash(&k);
	ck_assert(own_netns_wait(has_no_rules, NULL));
}
END_TEST

START_TEST(they_are_of_a_device_that_was_named)
{
	warden_rig_start();
	warden_rig_ask_worker(1, 0, "tcp.ports", ASSAY_NEED_CALLS, DEVICE);
	warden_rig_assert_refused(1, "segment wired0: whose calls are they?");
	warden_rig_ask_worker(
	    2, WIRE_NO_SEGMENT, "tcp.ports", ASSAY_NEED_CALLS, NULL);
	warden_rig_assert_refused(2, "a device's calls without a segment");
	warden_rig_ask_worker(3, 0, "no.such", ASSAY_NEED_CALLS, DEVICE);
	warden_rig_assert_refused(3, "segment wired0: whose calls are they?");
	name_device();
	warden_rig_ask_worker(4, 0, "no.such", ASSAY_NEED_CALLS, DEVICE);
	warden_rig_assert_refused(4, "no probe named no.such");
	ck_assert(!has_rules(NULL));
}
END_TEST

/* Another MAC address, and a process of the segment's that goes straight to
 * the port. */
START_TEST(nobody_else_gets_there)
{
	struct warden_rig_worker k;
	uint16_t port;

	warden_rig_start();
	name_device();
	take_calls(1, &k);
	port = listener_port();
	ck_assert_uint_ne(port, 0);
	own_netns_run("ip link set far0 address 02:00:00:00:00:11");
	own_netns_run("ip neigh flush dev far0");
	ck_assert(is_silent("192.0.2.9", 443));
	ck_assert(is_silent("10.77.0.1", port));
	own_netns_run("ip link set far0 address 02:00:00:00:00:10");
	ck_assert(own_netns_wait(has_rules, NULL));
	ck_assert(connects("192.0.2.9", 443));
	crash(&k);
}
END_TEST

static X509 *
read_certificate(const char *path)
{
	FILE *f = fopen(path, "r");
	X509 *x;

	ck_assert_ptr_nonnull(f);
	x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	ck_assert_ptr_nonnull(x);
	return x;
}

/* Made once, shown without its key, and the same the next time. */
START_TEST(the_authority_stays_and_its_key_is_roots)
{
	struct warden_rig_worker k;
	char path[128], shown[128];
	X509 *first, *second;

	warden_rig_start();
	name_device();
	take_calls(1, &k);
	snprintf(
	    path, sizeof(path), "%s/keys/authority.pem", rig.conf.state_dir);
	snprintf(
	    shown, sizeof(shown), "%s/keys/authority.crt", rig.conf.state_dir);
	warden_rig_assert_owner("state/keys/authority.pem", 0, 0, 0600);
	first = read_certificate(shown);
	ck_assert_int_eq(X509_check_ca(first), 1);
	crash(&k);
	ck_assert(own_netns_wait(has_no_rules, NULL));
	unlink(shown);
	take_calls(2, &k);
	second = read_certificate(shown);
	ck_assert_int_eq(X509_cmp(first, second), 0);
	X509_free(first);
	X509_free(second);
	crash(&k);
	ck_assert(own_netns_wait(has_no_rules, NULL));
	chmod(path, 0644);
	warden_rig_ask_worker(3, 0, "tcp.ports", ASSAY_NEED_CALLS, DEVICE);
	warden_rig_assert_refused(3, "not a file that root alone reads");
	ck_assert(!has_rules(NULL));
}
END_TEST

static TCase *
make_case(void)
{
	TCase *c = tcase_create("calls");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, warden_rig_setup, warden_rig_teardown);
	tcase_add_test(c, the_rules_name_the_device_and_the_port);
	tcase_add_test(c, calls_come_here_for_as_long_as_the_worker_lives);
	tcase_add_test(c, two_jobs_do_not_have_them);
	tcase_add_test(c, they_are_of_a_device_that_was_named);
	tcase_add_test(c, nobody_else_gets_there);
	tcase_add_test(c, the_authority_stays_and_its_key_is_roots);
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
	suite = suite_create("warden impostor");
	suite_add_tcase(suite, make_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
