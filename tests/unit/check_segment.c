/*
 * An interface is taken, and given back as it was.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "daemon/warden/segment.h"
#include "own_netns.h"

static char name[] = "wired0", interface[] = "dut0", none[] = "";
static struct conf_segment conf;
static char *dir;
static char text[16384];

static void
setup(void)
{
	own_netns_enter();
	dir = own_netns_directory();
	memset(&conf, 0, sizeof(conf));
	conf.name = name;
	conf.interface = interface;
	conf.dhcp_from = none;
	conf.dhcp_to = none;
	conf.naddresses = 2;
	conf.addresses[0].family = 4;
	conf.addresses[0].prefix = 24;
	inet_pton(AF_INET, "10.77.0.1", conf.addresses[0].addr);
	conf.addresses[1].family = 6;
	conf.addresses[1].prefix = 64;
	inet_pton(AF_INET6, "fd77::1", conf.addresses[1].addr);
	ck_assert_int_eq(
	    own_netns_run("ip link add dut0 type veth peer name far0"), 0);
	ck_assert_int_eq(own_netns_run("ip link set far0 up"), 0);
}

static void
teardown(void)
{
	own_netns_remove(dir);
	free(dir);
}

static struct segment *
open_or_fail(void)
{
	struct segment *s;
	struct err e;

	memset(&e, 0, sizeof(e));
	s = segment_open(&conf, dir, &e);
	ck_assert_msg(s != NULL, "%s", e.text);
	return s;
}

/* A command inside of the segment; its output in text. */
static int
inside(const struct segment *s, const char *command)
{
	return own_netns_output(text, sizeof(text),
	    "nsenter --net=/proc/%d/fd/%d %s", (int)getpid(), segment_netns(s),
	    command);
}

static void
assert_has(const char *part)
{
	ck_assert_msg(
	    strstr(text, part) != NULL, "no '%s' in:\n%s", part, text);
}

static void
assert_has_not(const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "'%s' in:\n%s", part, text);
}

static void
assert_no_state(void)
{
	own_netns_output(text, sizeof(text), "ls -A %s", dir);
	ck_assert_str_eq(text, "");
}

START_TEST(it_is_quiet_inside_and_has_the_benchs_addresses)
{
	struct segment *s = open_or_fail();
	const struct netlink_address *a;
	size_t n;

	ck_assert_int_ne(own_netns_run("ip link show dut0"), 0);
	inside(s, "ip -br link show dut0");
	assert_has("UP");
	inside(s, "ip address show dut0");
	assert_has("inet 10.77.0.1/24 brd 10.77.0.255");
	assert_has("inet 10.77.0.2/24");
	assert_has("inet6 fd77::1/64");
	assert_has("inet6 fd77::2/64");
	assert_has("inet6 fe80::");
	assert_has_not("tentative");
	inside(s, "ip route show table all");
	assert_has_not("default");
	inside(s, "ip -6 route show table all");
	assert_has_not("default");
	inside(s,
	    "sysctl -n net.ipv4.ip_forward net.ipv4.conf.dut0.forwarding "
	    "net.ipv6.conf.all.forwarding net.ipv6.conf.dut0.forwarding "
	    "net.ipv6.conf.dut0.accept_ra net.ipv6.conf.dut0.autoconf "
	    "net.ipv6.conf.dut0.accept_dad "
	    "net.ipv6.conf.dut0.accept_redirects");
	ck_assert_str_eq(text, "0\n0\n0\n0\n0\n0\n0\n0\n");
	inside(s, "ip -br link show lo");
	assert_has("UNKNOWN"); /* that is: up */
	a = segment_addresses(s, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(a[2].addr[0], 0xfe);
	segment_watch_addresses(s, &n);
	ck_assert_uint_eq(n, 2);
	segment_close(s);
}
END_TEST

START_TEST(a_frame_is_not_changed_behind_our_back)
{
	struct segment *s = open_or_fail();

	inside(s, "ethtool -k dut0");
	assert_has("rx-checksumming: off");
	assert_has("tx-checksumming: off");
	assert_has("scatter-gather: off");
	assert_has("tx-tcp-segmentation: off");
	assert_has("tx-tcp6-segmentation: off");
	assert_has("generic-segmentation-offload: off");
	assert_has("generic-receive-offload: off");
	assert_has("rx-vlan-offload: off");
	assert_has("tx-vlan-offload: off");
	segment_close(s);
}
END_TEST

START_TEST(an_interface_comes_back_as_it_was)
{
	char before[8192], offloads[8192];
	struct segment *s;

	ck_assert_int_eq(own_netns_run("ip link set dut0 mtu 1400 up"), 0);
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.5/28 dev dut0"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip addr add 2001:db8::5/64 dev dut0 nodad"), 0);
	ck_assert_int_eq(own_netns_run("ethtool -K dut0 gro off tso off"), 0);
	own_netns_output(before, sizeof(before), "ip -br address show dut0");
	own_netns_output(offloads, sizeof(offloads), "ethtool -k dut0");
	s = open_or_fail();
	ck_assert_uint_eq(segment_link(s)->mtu, 1400);
	own_netns_output(text, sizeof(text), "ls %s", dir);
	ck_assert_str_eq(text, "dut0\n");
	inside(s, "ip address show dut0");
	assert_has_not("192.0.2.5");
	segment_close(s);
	own_netns_output(text, sizeof(text), "ip -br address show dut0");
	ck_assert_str_eq(text, before);
	own_netns_output(text, sizeof(text), "ethtool -k dut0");
	ck_assert_str_eq(text, offloads);
	own_netns_output(text, sizeof(text), "ip link show dut0");
	assert_has("mtu 1400");
	assert_no_state();
}
END_TEST

START_TEST(one_that_was_down_comes_back_down)
{
	segment_close(open_or_fail());
	own_netns_output(text, sizeof(text), "ip link show dut0");
	assert_has("state DOWN");
	assert_has_not(",UP");
	assert_no_state();
}
END_TEST

static void
assert_refused(const char *why)
{
	struct err e;

	ck_assert_ptr_null(segment_open(&conf, dir, &e));
	ck_assert_str_eq(e.text, why);
	assert_no_state();
}

START_TEST(the_machines_own_way_out_is_refused)
{
	ck_assert_int_eq(own_netns_run("ip link set dut0 up"), 0);
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.5/24 dev dut0"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip route add default via 192.0.2.1"), 0);
	assert_refused("dut0: it carries this machine's default route");
	own_netns_output(text, sizeof(text), "ip route");
	assert_has("default via 192.0.2.1");
}
END_TEST

START_TEST(a_default_route_of_ipv6_or_of_another_table_counts_too)
{
	ck_assert_int_eq(own_netns_run("ip link set dut0 up"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip -6 route add default via fe80::1 dev dut0"), 0);
	assert_refused("dut0: it carries this machine's default route");
	ck_assert_int_eq(own_netns_run("ip -6 route del default"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip route add default dev dut0 table 200"), 0);
	assert_refused("dut0: it carries this machine's default route");
	ck_assert_int_eq(own_netns_run("ip route flush table 200"), 0);
	segment_close(open_or_fail());
}
END_TEST

START_TEST(loopback_bridges_their_ports_and_nothing_are_refused)
{
	static char lo[] = "lo", br[] = "br0", missing[] = "nope0";

	conf.interface = lo;
	assert_refused("lo: it is the loopback");
	conf.interface = missing;
	assert_refused("nope0: no such interface");
	conf.interface = br;
	ck_assert_int_eq(own_netns_run("ip link add br0 type bridge"), 0);
	assert_refused("br0: it is a bridge");
	conf.interface = interface;
	ck_assert_int_eq(own_netns_run("ip link set dut0 master br0"), 0);
	assert_refused("dut0: it is a port of a bridge or a bond");
}
END_TEST

START_TEST(a_default_route_that_leaves_by_another_way_is_no_reason)
{
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.5/24 dev far0"), 0);
	ck_assert_int_eq(own_netns_run("ip link set dut0 up"), 0);
	ck_assert_int_eq(
	    own_netns_run("ip route add default via 192.0.2.1 dev far0"), 0);
	segment_close(open_or_fail());
}
END_TEST

START_TEST(its_state_file_is_there_before_the_interface_goes)
{
	struct err e;

	/* Where no file can be written, nothing is taken. */
	own_netns_remove(dir);
	ck_assert_ptr_null(segment_open(&conf, dir, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "No such file or directory"));
	ck_assert_int_eq(own_netns_run("ip link show dut0"), 0);
}
END_TEST

START_TEST(a_vanished_interface_is_noticed_and_owes_nothing)
{
	struct segment *s = open_or_fail();

	ck_assert(segment_is_alive(s));
	ck_assert_int_eq(own_netns_run("ip link del far0"), 0);
	ck_assert(!segment_is_alive(s));
	segment_close(s);
	assert_no_state();
}
END_TEST

START_TEST(a_failure_inside_gives_the_interface_back)
{
	struct err e;

	/* The same address twice is fine; one that the kernel refuses is
	 * not. */
	memset(conf.addresses[0].addr, 0, 16);
	conf.addresses[0].addr[0] = 255;
	conf.addresses[0].prefix = 33;
	ck_assert_ptr_null(segment_open(&conf, dir, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "dut0: address"));
	ck_assert_int_eq(own_netns_run("ip link show dut0"), 0);
	assert_no_state();
}
END_TEST

/* What a kill -9 leaves: the file; and the interface, as the kernel gives
 * hardware back: down, without addresses.  (A veth dies with its namespace;
 * so the interface is put back here by hand.) */
static void
leave_behind(void)
{
	char path[256];
	struct segment *s;

	ck_assert_int_eq(own_netns_run("ip link set dut0 mtu 1400 up"), 0);
	ck_assert_int_eq(own_netns_run("ip addr add 192.0.2.5/28 dev dut0"), 0);
	s = open_or_fail();
	snprintf(path, sizeof(path), "%s/dut0", dir);
	ck_assert_int_eq(own_netns_run("cp %s %s.kept", path, path), 0);
	segment_close(s);
	ck_assert_int_eq(own_netns_run("mv %s.kept %s", path, path), 0);
	ck_assert_int_eq(
	    own_netns_run("sed -i s/^kind.*/kind\\x20-/ %s", path), 0);
	ck_assert_int_eq(own_netns_run("ip link set dut0 down mtu 1500"), 0);
	ck_assert_int_eq(own_netns_run("ip addr flush dev dut0"), 0);
}

static void
assert_restored(void)
{
	own_netns_output(text, sizeof(text), "ip address show dut0");
	assert_has("mtu 1400");
	assert_has(",UP");
	assert_has("inet 192.0.2.5/28");
}

START_TEST(a_sweep_restores_what_an_earlier_life_took)
{
	leave_behind();
	segment_sweep(dir);
	assert_restored();
	assert_no_state();
}
END_TEST

START_TEST(a_new_segment_remembers_what_was_before_the_crash)
{
	leave_behind();
	segment_close(open_or_fail()); /* not "down, mtu 1500" */
	assert_restored();
	assert_no_state();
}
END_TEST

START_TEST(another_interface_of_the_same_name_is_left_alone)
{
	leave_behind();
	ck_assert_int_eq(
	    own_netns_run("ip link set dut0 address 02:00:00:00:00:99"), 0);
	segment_sweep(dir);
	own_netns_output(text, sizeof(text), "ip address show dut0");
	assert_has("mtu 1500");
	assert_no_state();
}
END_TEST

START_TEST(hardware_that_is_not_there_yet_keeps_its_file)
{
	leave_behind();
	ck_assert_int_eq(own_netns_run("ip link set dut0 name away0"), 0);
	segment_sweep(dir);
	own_netns_output(text, sizeof(text), "ls %s", dir);
	ck_assert_str_eq(text, "dut0\n");
	ck_assert_int_eq(own_netns_run("ip link set away0 name dut0"), 0);
	segment_sweep(dir);
	assert_restored();
	assert_no_state();
}
END_TEST

START_TEST(a_spoilt_file_is_dropped)
{
	ck_assert_int_eq(own_netns_run("cp /etc/passwd %s/dut0", dir), 0);
	segment_sweep(dir);
	assert_no_state();
}
END_TEST

START_TEST(a_packet_socket_hears_nothing_until_it_is_bound)
{
	struct segment *s = open_or_fail();
	struct sockaddr_ll sa;
	socklen_t size = sizeof(sa);
	struct err e;
	int fd;

	memset(&sa, 0, sizeof(sa));
	fd = segment_open_packet_socket(s, &e);
	ck_assert_msg(fd != -1, "%s", e.text);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &size), 0);
	ck_assert_int_eq(sa.sll_protocol, 0);
	/* It belongs to the segment, not to us: the index is known there. */
	memset(&sa, 0, sizeof(sa));
	sa.sll_family = AF_PACKET;
	sa.sll_protocol = htons(3);
	sa.sll_ifindex = (int)segment_link(s)->index;
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
	segment_close(s);
}
END_TEST

static int
count_fds(void)
{
	int i, n = 0;

	for (i = 0; i < 256; i++)
		if (fcntl(i, F_GETFD) != -1)
			n++;
	return n;
}

START_TEST(no_descriptor_and_no_process_is_left)
{
	int before = count_fds();
	struct err e;

	segment_close(open_or_fail());
	conf.interface = none;
	ck_assert_ptr_null(segment_open(&conf, dir, &e));
	ck_assert_int_eq(count_fds(), before);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("segment");
	TCase *c = tcase_create("segment");
	SRunner *runner;
	int failed;

	if (!own_netns_can())
		return EXIT_SUCCESS;
	tcase_set_timeout(c, 30);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, it_is_quiet_inside_and_has_the_benchs_addresses);
	tcase_add_test(c, a_frame_is_not_changed_behind_our_back);
	tcase_add_test(c, an_interface_comes_back_as_it_was);
	tcase_add_test(c, one_that_was_down_comes_back_down);
	tcase_add_test(c, the_machines_own_way_out_is_refused);
	tcase_add_test(
	    c, a_default_route_of_ipv6_or_of_another_table_counts_too);
	tcase_add_test(c, loopback_bridges_their_ports_and_nothing_are_refused);
	tcase_add_test(
	    c, a_default_route_that_leaves_by_another_way_is_no_reason);
	tcase_add_test(c, its_state_file_is_there_before_the_interface_goes);
	tcase_add_test(c, a_vanished_interface_is_noticed_and_owes_nothing);
	tcase_add_test(c, a_failure_inside_gives_the_interface_back);
	tcase_add_test(c, a_sweep_restores_what_an_earlier_life_took);
	tcase_add_test(c, a_new_segment_remembers_what_was_before_the_crash);
	tcase_add_test(c, another_interface_of_the_same_name_is_left_alone);
	tcase_add_test(c, hardware_that_is_not_there_yet_keeps_its_file);
	tcase_add_test(c, a_spoilt_file_is_dropped);
	tcase_add_test(c, a_packet_socket_hears_nothing_until_it_is_bound);
	tcase_add_test(c, no_descriptor_and_no_process_is_left);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
