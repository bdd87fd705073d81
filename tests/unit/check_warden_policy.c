/*
 * What the engine may ask of the warden.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/warden/segment_guard.h"
#include "daemon/warden/warden_policy.h"

static struct netlink_address own[3], watch[2];
static struct warden_policy policy;

static void
set(struct netlink_address *a, int family, const char *text, int prefix)
{
	memset(a, 0, sizeof(*a));
	a->family = (uint8_t)family;
	a->prefix = (uint8_t)prefix;
	ck_assert_int_eq(
	    inet_pton(family == 4 ? AF_INET : AF_INET6, text, a->addr), 1);
}

static void
setup(void)
{
	set(&own[0], 4, "10.77.0.1", 24);
	set(&own[1], 6, "fd77::1", 64);
	set(&own[2], 6, "fe80::5054:ff:fe00:1", 64);
	set(&watch[0], 4, "10.77.0.2", 24);
	set(&watch[1], 6, "fd77::2", 64);
	policy.segment = "wired0";
	policy.own = own;
	policy.nown = 3;
	policy.watch = watch;
	policy.nwatch = 2;
}

static const struct {
	int family;
	const char *addr, *why; /* NULL: allowed */
} targets[] = {
	{ 4, "10.77.0.10", NULL },
	{ 4, "10.77.0.254", NULL },
	{ 6, "fd77::abcd", NULL },
	{ 6, "fe80::1", NULL },
	{ 6, "febf::1", NULL },
	{ 4, "10.9.9.9",
	    "10.9.9.9 is outside of segment wired0 (10.77.0.1/24, fd77::1/64, "
	    "link-local)" },
	{ 4, "10.77.1.1",
	    "10.77.1.1 is outside of segment wired0 (10.77.0.1/24, "
	    "fd77::1/64, link-local)" },
	{ 6, "fd77:0:0:1::1",
	    "fd77:0:0:1::1 is outside of segment wired0 (10.77.0.1/24, "
	    "fd77::1/64, link-local)" },
	{ 6, "fec0::1",
	    "fec0::1 is outside of segment wired0 (10.77.0.1/24, fd77::1/64, "
	    "link-local)" },
	{ 6, "::ffff:10.77.0.10",
	    "::ffff:10.77.0.10 is outside of segment wired0 (10.77.0.1/24, "
	    "fd77::1/64, link-local)" },
	{ 4, "10.77.0.1", "10.77.0.1 is the bench's own" },
	{ 4, "10.77.0.2", "10.77.0.2 is the bench's own" },
	{ 6, "fd77::2", "fd77::2 is the bench's own" },
	{ 6, "fe80::5054:ff:fe00:1",
	    "fe80::5054:ff:fe00:1 is the bench's own" },
	{ 4, "10.77.0.255", "10.77.0.255 is a broadcast address" },
	{ 4, "255.255.255.255", "255.255.255.255 is a broadcast address" },
	{ 4, "10.77.0.0", "10.77.0.0 is the subnet itself" },
	{ 6, "fd77::", "fd77:: is the subnet itself" },
	{ 4, "224.0.0.251", "224.0.0.251 is a multicast address" },
	{ 4, "239.255.255.250", "239.255.255.250 is a multicast address" },
	{ 6, "ff02::1", "ff02::1 is a multicast address" },
	{ 4, "0.0.0.0", "0.0.0.0 is the unspecified address" },
	{ 6, "::", ":: is the unspecified address" },
	{ 4, "127.0.0.1", "127.0.0.1 is a loopback address" },
	{ 6, "::1", "::1 is a loopback address" },
};

START_TEST(only_one_device_of_the_segment_is_a_target)
{
	uint8_t addr[16];
	struct err e;
	int r;

	memset(&e, 0, sizeof(e));
	ck_assert_int_eq(inet_pton(targets[_i].family == 4 ? AF_INET : AF_INET6,
			     targets[_i].addr, addr),
	    1);
	r = warden_policy_check_target(
	    &policy, (uint8_t)targets[_i].family, addr, &e);
	if (targets[_i].why == NULL) {
		ck_assert_int_eq(r, 0);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_str_eq(e.text, targets[_i].why);
	}
}
END_TEST

START_TEST(a_point_to_point_subnet_has_no_broadcast)
{
	uint8_t addr[16];

	set(&own[0], 4, "10.77.0.0", 31);
	set(&watch[0], 4, "10.88.0.1", 32);
	inet_pton(AF_INET, "10.77.0.1", addr);
	ck_assert_int_eq(warden_policy_check_target(&policy, 4, addr, NULL), 0);
	inet_pton(AF_INET, "10.77.0.2", addr);
	ck_assert_int_eq(
	    warden_policy_check_target(&policy, 4, addr, NULL), -1);
}
END_TEST

START_TEST(a_subnet_may_end_within_a_byte)
{
	uint8_t addr[16];

	set(&own[0], 4, "10.77.0.65", 26);
	inet_pton(AF_INET, "10.77.0.70", addr);
	ck_assert_int_eq(warden_policy_check_target(&policy, 4, addr, NULL), 0);
	inet_pton(AF_INET, "10.77.0.127", addr); /* broadcast */
	ck_assert_int_eq(
	    warden_policy_check_target(&policy, 4, addr, NULL), -1);
	inet_pton(AF_INET, "10.77.0.128", addr);
	ck_assert_int_eq(
	    warden_policy_check_target(&policy, 4, addr, NULL), -1);
}
END_TEST

static const struct {
	const char *name;
	int result;
} names[] = {
	{ "tcp.ports", 0 },
	{ "a", 0 },
	{ "a_9.x", 0 },
	{ "", -1 },
	{ "../../etc/passwd", -1 },
	{ "tcp/ports", -1 },
	{ "Tcp", -1 },
	{ "tcp ports", -1 },
	{ "tcp\nports", -1 },
	{ "a123456789012345678901234567890123456789012345678901234567890123",
	    0 },
	{ "a1234567890123456789012345678901234567890123456789012345678901234",
	    -1 },
};

START_TEST(a_probes_name_is_no_path)
{
	ck_assert_int_eq(
	    warden_policy_check_probe(names[_i].name, NULL), names[_i].result);
}
END_TEST

START_TEST(a_probe_is_a_file_named_as_itself)
{
	char *file = warden_policy_probe_file("tcp.ports");

	ck_assert_str_eq(file, "tcp_ports.so");
	free(file);
	file = warden_policy_probe_file("...");
	ck_assert_str_eq(file, "___.so"); /* never a directory above */
	free(file);
}
END_TEST

START_TEST(a_need_that_is_not_known_is_refused)
{
	struct err e;

	ck_assert_int_eq(warden_policy_check_needs(0, NULL), 0);
	ck_assert_int_eq(warden_policy_check_needs(0x7f, NULL), 0);
	ck_assert_int_eq(warden_policy_check_needs(0x81, &e), -1);
	ck_assert_str_eq(e.text, "needs 0x81: not known here");
}
END_TEST

START_TEST(who_is_there_to_help_is_no_device_under_test)
{
	static const uint8_t macs[][6] = { { 2, 0, 0, 0, 0, 0x10 },
		{ 2, 0, 0, 0, 0, 0x11 }, { 2, 0, 0, 0, 0, 0x20 },
		{ 2, 0, 0, 0, 0, 0x21 }, { 2, 0, 0, 0, 0, 0x99 } };
	static const enum participant_role roles[] = { PARTICIPANT_DUT,
		PARTICIPANT_COMPONENT, PARTICIPANT_PHONE, PARTICIPANT_HUB };
	struct conf_participant list[4];
	struct conf_segment conf;
	struct err e;
	size_t i;

	memset(&conf, 0, sizeof(conf));
	memset(list, 0, sizeof(list));
	for (i = 0; i < 4; i++) {
		memcpy(list[i].mac, macs[i], 6);
		list[i].role = roles[i];
	}
	conf.participants = list;
	conf.nparticipants = 4;
	ck_assert_int_eq(warden_policy_check_dut(&conf, macs[0], &e), 0);
	ck_assert_int_eq(warden_policy_check_dut(&conf, macs[1], &e), 0);
	ck_assert_int_eq(warden_policy_check_dut(&conf, macs[4], &e), 0);
	ck_assert_int_eq(warden_policy_check_dut(&conf, macs[3], &e), -1);
	ck_assert_int_eq(warden_policy_check_dut(&conf, macs[2], &e), -1);
	ck_assert_str_eq(e.text,
	    "02:00:00:00:00:20 is no device under test: assayd.yaml says "
	    "phone");
}
END_TEST

#define EMPTY(words, ip, ip6) \
	"ip hdrlength 5 tcp doff " #words " ip length " #ip " return\n" \
	"ip6 nexthdr tcp tcp doff " #words " ip6 length " #ip6 " return\n"
#define FLUSH \
	"flush set netdev assay_guard duts\n" \
	"flush set netdev assay_guard printers\n"

START_TEST(a_workers_frames_go_to_the_device_and_to_groups)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x10 };
	char *text = segment_guard_format("dut0", 59008, 24);

	ck_assert_str_eq(text,
	    "table netdev assay_guard {\n"
	    "set duts { type ether_addr; }\n"
	    "set printers { type ether_addr; }\n"
	    "chain print {\n"
	    "ether daddr @printers return\n"
	    "ip frag-off & 0x2000 != 0 drop\n" EMPTY(5, 40, 20) EMPTY(6, 44, 24)
		EMPTY(7, 48, 28) EMPTY(8, 52, 32) EMPTY(9, 56, 36)
		    EMPTY(10, 60, 40) EMPTY(11, 64, 44) EMPTY(12, 68, 48)
			EMPTY(13, 72, 52) EMPTY(14, 76, 56) EMPTY(
			    15, 80, 60) "counter drop\n"
					"}\n"
					"chain worker {\n"
					"ether daddr @duts accept\n"
					"ether daddr & 01:00:00:00:00:00 != "
					"00:00:00:00:00:00 accept\n"
					"counter drop\n"
					"}\n"
					"chain leave {\n"
					"type filter hook egress device "
					"\"dut0\" priority 0; policy "
					"accept;\n"
					"tcp dport 9100-9107 jump print\n"
					"meta mark 0x61737361 goto worker\n"
					"meta skuid 59008-59031 goto worker\n"
					"}\n"
					"chain come {\n"
					"type filter hook ingress device "
					"\"dut0\" priority 0; policy "
					"accept;\n"
					"tcp dport 61000-64999 tcp flags & "
					"(syn | rst) == rst drop\n"
					"}\n"
					"}\n");
	free(text);
	text = segment_guard_format_dut(mac, false);
	ck_assert_str_eq(text,
	    FLUSH
	    "add element netdev assay_guard duts { 02:00:00:00:00:10 }\n");
	free(text);
	text = segment_guard_format_dut(mac, true);
	ck_assert_str_eq(text,
	    FLUSH
	    "add element netdev assay_guard duts { 02:00:00:00:00:10 }\n"
	    "add element netdev assay_guard printers { 02:00:00:00:00:10 }\n");
	free(text);
	text = segment_guard_format_dut(NULL, true);
	ck_assert_str_eq(text, FLUSH);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("warden_policy");
	TCase *c = tcase_create("policy");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_loop_test(c, only_one_device_of_the_segment_is_a_target, 0,
	    (int)(sizeof(targets) / sizeof(*targets)));
	tcase_add_test(c, a_point_to_point_subnet_has_no_broadcast);
	tcase_add_test(c, a_subnet_may_end_within_a_byte);
	tcase_add_loop_test(c, a_probes_name_is_no_path, 0,
	    (int)(sizeof(names) / sizeof(*names)));
	tcase_add_test(c, a_probe_is_a_file_named_as_itself);
	tcase_add_test(c, a_need_that_is_not_known_is_refused);
	tcase_add_test(c, who_is_there_to_help_is_no_device_under_test);
	tcase_add_test(c, a_workers_frames_go_to_the_device_and_to_groups);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
