/*
 * What a device finds on a segment: an address, a prefix, a name, and no way
 * out.  The role is this very program, started with -x; the device is udhcpc
 * in a namespace at the other end of a veth.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include <check.h>
#include <event2/event.h>

#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/role.h"
#include "daemon/warden/segment.h"
#include "daemon/services/services_config.h"
#include "daemon/warden/spawn.h"
#include "own_netns.h"

#define TEST_UID 61904

static char dir[64], text[16384];
static char name[] = "wired0", interface[] = "dut0", from[] = "10.77.0.100",
	    to[] = "10.77.0.110";
static struct conf_segment conf;
static struct segment *segment;
static pid_t role, device;
static struct event_base *base;
static struct peer *to_role, *as_engine;
static uint8_t said_up; /* by the last ENGINE_SERVICES */
static char said[256];
static unsigned nsaid;

/* ---- configuration, pure ---- */

static void
fill_config(struct services_config *c)
{
	memset(c, 0, sizeof(*c));
	snprintf(c->segment, sizeof(c->segment), "wired0");
	snprintf(c->interface, sizeof(c->interface), "dut0");
	snprintf(c->dhcp_from, sizeof(c->dhcp_from), "%s", from);
	snprintf(c->dhcp_to, sizeof(c->dhcp_to), "%s", to);
	snprintf(c->lease_file, sizeof(c->lease_file), "/x/wired0.leases");
	c->lease_s = 600;
	c->nown = 3;
	c->own[0].family = 4;
	c->own[0].prefix = 24;
	inet_pton(AF_INET, "10.77.0.1", c->own[0].addr);
	c->own[1].family = 6;
	c->own[1].prefix = 64;
	inet_pton(AF_INET6, "fd77::1", c->own[1].addr);
	c->own[2].family = 6;
	c->own[2].prefix = 64;
	inet_pton(AF_INET6, "fe80::1", c->own[2].addr);
}

START_TEST(dnsmasq_is_told_exactly_this)
{
	struct services_config c;
	char *got;

	fill_config(&c);
	got = services_config_format(&c);
	ck_assert_str_eq(got,
	    "keep-in-foreground\nlog-facility=-\nuser=root\npid-file\n"
	    "no-resolv\nno-hosts\nno-poll\nno-ping\n"
	    "interface=dut0\nexcept-interface=lo\nbind-interfaces\n"
	    "address=/#/\n"
	    "host-record=bench.test,10.77.0.1\n"
	    "host-record=bench.test,fd77::1\n"
	    "dhcp-range=10.77.0.100,10.77.0.110,255.255.255.0,600s\n"
	    "dhcp-option=option:router\n"
	    "dhcp-option=option:dns-server,10.77.0.1\n"
	    "dhcp-option=option:ntp-server,10.77.0.1\n"
	    "dhcp-range=fd77::,ra-stateless,64\n"
	    "dhcp-option=option6:dns-server,[fd77::1]\n"
	    "dhcp-option=option6:ntp-server,[fd77::1]\n"
	    "dhcp-option=option6:sntp-server,[fd77::1]\n"
	    "enable-ra\nra-param=dut0,60,0\n"
	    "dhcp-authoritative\ndhcp-ignore-names\n"
	    "dhcp-leasefile=/x/wired0.leases\n");
	free(got);
	services_config_describe(&c, text, sizeof(text));
	ck_assert_str_eq(
	    text, "dhcp 10.77.0.100 to 10.77.0.110, ra fd77::/64, dns, ntp");
}
END_TEST

START_TEST(a_router_is_told_of_by_ipv6_while_a_name_is_there)
{
	struct services_config c;
	char *got;

	fill_config(&c);
	c.nnames = 1;
	snprintf(c.names[0].host, sizeof(c.names[0].host), "api.example.com");
	c.names[0].family = 4;
	inet_pton(AF_INET, "192.0.2.80", c.names[0].addr);
	got = services_config_format(&c);
	ck_assert_ptr_nonnull(
	    strstr(got, "\nhost-record=api.example.com,192.0.2.80\n"));
	ck_assert_ptr_nonnull(strstr(got, "\nra-param=dut0,60,0\n"));
	free(got);
	c.names[0].family = 6;
	inet_pton(AF_INET6, "2001:db8:ffff::80", c.names[0].addr);
	got = services_config_format(&c);
	ck_assert_ptr_nonnull(
	    strstr(got, "\nhost-record=api.example.com,2001:db8:ffff::80\n"));
	ck_assert_ptr_nonnull(strstr(got, "\nra-param=dut0,60,1800\n"));
	free(got);
}
END_TEST

START_TEST(every_name_leads_to_the_bench_while_it_answers)
{
	struct services_config c;
	char *got;

	fill_config(&c);
	c.catches = true;
	c.nown = 4;
	c.own[3] = c.own[0]; /* one of each family is enough */
	inet_pton(AF_INET, "10.78.0.1", c.own[3].addr);
	got = services_config_format(&c);
	ck_assert_ptr_nonnull(strstr(
	    got, "\naddress=/#/10.77.0.1\naddress=/#/fd77::1\nhost-record="));
	ck_assert_ptr_null(strstr(got, "address=/#/\n"));
	free(got);
}
END_TEST

START_TEST(dhcpv6_lends_of_its_own_prefix_and_keeps_the_leases)
{
	struct services_config c;
	char *got;

	fill_config(&c);
	c.dhcp_from[0] = '\0';
	snprintf(c.dhcpv6_from, sizeof(c.dhcpv6_from), "fd77::1000");
	snprintf(c.dhcpv6_to, sizeof(c.dhcpv6_to), "fd77::1fff");
	c.lease6_s = 700;
	c.nown = 4;
	c.own[3] = c.own[1];
	inet_pton(AF_INET6, "2001:db8:77::1", c.own[3].addr);
	got = services_config_format(&c);
	ck_assert_ptr_nonnull(
	    strstr(got, "\ndhcp-range=fd77::1000,fd77::1fff,slaac,64,700s\n"));
	ck_assert_ptr_nonnull(
	    strstr(got, "\ndhcp-range=2001:db8:77::,ra-stateless,64\n"));
	ck_assert_ptr_nonnull(
	    strstr(got, "\ndhcp-leasefile=/x/wired0.leases\n"));
	ck_assert_ptr_null(strstr(got, "ra-only"));
	free(got);
	services_config_describe(&c, text, sizeof(text));
	ck_assert_str_eq(text,
	    "dhcpv6 fd77::1000 to fd77::1fff, ra fd77::/64, "
	    "ra 2001:db8:77::/64, dns, ntp");
}
END_TEST

START_TEST(a_segment_without_ranges_has_names_alone)
{
	struct services_config c;
	char *got;

	fill_config(&c);
	c.dhcp_from[0] = '\0';
	c.own[1].prefix = 80; /* no host makes an address from that */
	got = services_config_format(&c);
	ck_assert_ptr_null(strstr(got, "dhcp"));
	ck_assert_ptr_null(strstr(got, "enable-ra"));
	free(got);
	services_config_describe(&c, text, sizeof(text));
	ck_assert_str_eq(text, "dns, ntp");
}
END_TEST

/* ---- the role ---- */

static int
on_role_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)fd;
	ck_abort_msg("message %#x", m->type);
	return -1;
}

static void
on_close(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

static int
on_engine_message(void *arg, struct msg_in *m, int fd)
{
	(void)arg;
	(void)fd;
	ck_assert_uint_eq(m->type, ENGINE_SERVICES);
	msg_get_u8(m, &said_up);
	msg_get_string(m, said, sizeof(said));
	ck_assert_int_eq(msg_end(m), 0);
	nsaid++;
	return 0;
}

static bool
wait_until_up(uint8_t up)
{
	int i;

	for (i = 0; i < 1000; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (nsaid > 0 && said_up == up)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static void
attach_engine(void)
{
	static const struct peer_hooks hooks = { on_engine_message, on_close };
	struct msg_out m;
	int fds[2];

	peer_pair(fds);
	as_engine = peer_new(base, fds[0], &hooks, NULL);
	msg_start(&m, ROLE_PEER);
	msg_put_u8(&m, ROLE_ENGINE);
	msg_put_u32(&m, 0);
	peer_send(to_role, &m, fds[1]);
}

static void
send_open(void)
{
	const struct netlink_address *a;
	struct msg_out m;
	size_t i, n;

	msg_start(&m, ROLE_START);
	msg_put_string(&m, "services wired0");
	msg_put_u8(&m, LOG_LEVEL_WARN);
	msg_put_string(&m, dir);
	msg_put_string(&m, dir);
	peer_send(to_role, &m, -1);
	a = segment_addresses(segment, &n);
	msg_start(&m, SERVICES_OPEN);
	msg_put_u32(&m, 0);
	msg_put_string(&m, name);
	msg_put_string(&m, interface);
	msg_put_u16(&m, (uint16_t)n);
	for (i = 0; i < n; i++) {
		msg_put_u8(&m, a[i].family);
		msg_put_bytes(&m, a[i].addr, a[i].family == 4 ? 4 : 16);
		msg_put_u8(&m, a[i].prefix);
	}
	msg_put_string(&m, from);
	msg_put_string(&m, to);
	msg_put_u32(&m, 600);
	msg_put_string(&m, "fd77::1000");
	msg_put_string(&m, "fd77::1fff");
	msg_put_u32(&m, 700);
	msg_put_u8(&m, 0);
	peer_send(to_role, &m, -1);
}

static void
start_role(void)
{
	static const struct peer_hooks hooks = { on_role_message, on_close };
	char program[] = "assayd", flag[] = "-x", which[] = "services";
	char *argv[] = { program, flag, which, NULL };
	int fds[4] = { SPAWN_NULL, SPAWN_NULL, STDERR_FILENO, -1 }, pair[2];
	struct spawn s;
	struct err e;

	peer_pair(pair);
	fds[3] = pair[1];
	memset(&s, 0, sizeof(s));
	s.argv = argv;
	s.netns = segment_netns(segment);
	s.uid = TEST_UID;
	s.gid = TEST_UID;
	s.fds = fds;
	s.nfds = 4;
	s.capabilities = 1ull << CAP_NET_BIND_SERVICE | 1ull << CAP_NET_RAW |
	    1ull << CAP_NET_ADMIN;
	role = spawn_process(&s, &e);
	ck_assert_msg(role != -1, "%s", e.text);
	close(pair[1]);
	to_role = peer_new(base, pair[0], &hooks, NULL);
	nsaid = 0;
	send_open();
	attach_engine();
	ck_assert(wait_until_up(1));
}

static void
stop_role(int signal_number)
{
	struct msg_out m;

	if (signal_number == 0) {
		msg_start(&m, ROLE_STOP);
		peer_send(to_role, &m, -1);
		peer_flush(to_role);
	} else {
		kill(role, signal_number);
	}
	ck_assert_int_eq(waitpid(role, NULL, 0), role);
	peer_free(to_role);
	peer_free(as_engine);
	role = 0;
}

static void
make_segment(void)
{
	struct err e;

	memset(&conf, 0, sizeof(conf));
	conf.name = name;
	conf.interface = interface;
	conf.naddresses = 2;
	conf.addresses[0].family = 4;
	conf.addresses[0].prefix = 24;
	inet_pton(AF_INET, "10.77.0.1", conf.addresses[0].addr);
	conf.addresses[1].family = 6;
	conf.addresses[1].prefix = 64;
	inet_pton(AF_INET6, "fd77::1", conf.addresses[1].addr);
	segment = segment_open(&conf, dir, &e);
	ck_assert_msg(segment != NULL, "%s", e.text);
}

static void
setup(void)
{
	char *made;

	own_netns_enter();
	made = own_netns_directory();
	snprintf(dir, sizeof(dir), "%s", made);
	free(made);
	ck_assert_int_eq(own_netns_run("mkdir -m 700 %s/services", dir), 0);
	ck_assert_int_eq(
	    own_netns_run("chown %d:%d %s/services", TEST_UID, TEST_UID, dir),
	    0);
	device = own_netns_other();
	ck_assert_int_eq(own_netns_run("ip link add dut0 type veth peer name "
				       "eth9 netns %d",
			     (int)device),
	    0);
	ck_assert_int_eq(
	    own_netns_run("nsenter --net=/proc/%d/ns/net ip link set eth9 up",
		(int)device),
	    0);
	base = event_base_new();
	make_segment();
	start_role();
}

static void
teardown(void)
{
	if (role != 0)
		stop_role(0);
	segment_close(segment);
	event_base_free(base);
	kill(device, SIGKILL);
	waitpid(device, NULL, 0);
	own_netns_remove(dir);
}

/* A command on the device; its output in text. */
static int
on_device(const char *command)
{
	return own_netns_output(text, sizeof(text),
	    "nsenter --net=/proc/%d/ns/net %s", (int)device, command);
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

/* ---- tests with the real servers ---- */

/* The script that udhcpc runs prints what the server gave. */
static void
ask_dhcp(void)
{
	static const char script[] = "#!/bin/sh\nenv\n";
	char path[128], command[256];
	int fd;

	snprintf(path, sizeof(path), "%s/script", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ck_assert_int_eq(
	    write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
	close(fd);
	snprintf(command, sizeof(command),
	    "busybox udhcpc -O ntpsrv -i eth9 -n -q -f -t 5 -T 2 -s %s", path);
	ck_assert_int_eq(on_device(command), 0);
}

START_TEST(a_device_gets_an_address_a_dns_server_and_no_router)
{
	ask_dhcp();
	assert_has("ip=10.77.0.1");
	assert_has("mask=24");
	assert_has("dns=10.77.0.1\n");
	assert_has("lease=600");
	assert_has("serverid=10.77.0.1\n");
	assert_has("ntpsrv=10.77.0.1\n");
	assert_has_not("router=");
}
END_TEST

static void
copy_ip(char *out, size_t size)
{
	const char *p = strstr(text, "\nip=");
	size_t n = p == NULL ? 0 : strcspn(p + 4, "\n");

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, size);
	memcpy(out, p + 4, n);
	out[n] = '\0';
}

START_TEST(a_lease_survives_a_kill_9_of_the_servers)
{
	char first[32], second[32];

	ask_dhcp();
	copy_ip(first, sizeof(first));
	stop_role(SIGKILL);
	ck_assert_int_eq(
	    own_netns_run("grep -q %s %s/services/wired0.leases", first, dir),
	    0);
	start_role();
	ask_dhcp();
	copy_ip(second, sizeof(second));
	ck_assert_str_eq(first, second);
}
END_TEST

static bool
has_slaac(void *arg)
{
	(void)arg;
	on_device("ip -6 address show dev eth9");
	return strstr(text, "inet6 fd77:") != NULL;
}

START_TEST(a_device_makes_an_address_and_finds_no_way_out)
{
	ck_assert_msg(own_netns_wait(has_slaac, NULL), "%s", text);
	assert_has("/64 scope global");
	on_device("ip -6 route show");
	assert_has("fd77::/64");
	assert_has_not("default");
}
END_TEST

/* A question of a client (RFC 5905), and what came back, in hex. */
static void
ask_time(const char *server)
{
	/* As a client does: again, when there is no answer. */
	static const char script[] =
	    "#!/bin/sh\n"
	    "for i in 1 2 3 4 5; do\n"
	    "answer=$({ printf '\\043'; head -c 39 /dev/zero; "
	    "printf ASSAYNTP; } |\n"
	    "socat -t 2 - \"UDP:$1:123\" | od -An -v -tx1 | tr -d ' \\n')\n"
	    "[ -z \"$answer\" ] || break\n"
	    "done\n"
	    "printf %s \"$answer\"\n";
	char path[128], command[256];
	int fd;

	snprintf(path, sizeof(path), "%s/ask-time", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ck_assert_int_eq(
	    write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
	close(fd);
	snprintf(command, sizeof(command), "%s '%s'", path, server);
	ck_assert_int_eq(on_device(command), 0);
}

static void
assert_is_time(void)
{
	/* Version 4, mode 4, a stratum of 10 or 15; 127.127.1.1; the stamp of
	 * the question back. */
	ck_assert_msg(
	    strncmp(text, "240a", 4) == 0 || strncmp(text, "240f", 4) == 0,
	    "%s", text);
	assert_has("7f7f0101");
	ck_assert_msg(
	    strncmp(text + 48, "41535341594e5450", 16) == 0, "%s", text);
	ck_assert_uint_eq(strlen(text), 96);
}

START_TEST(a_device_is_told_the_time_by_ipv4_and_ipv6)
{
	on_device("ip address add 10.77.0.50/24 dev eth9");
	ask_time("10.77.0.1");
	assert_is_time();
	on_device("ip address add fd77::50/64 dev eth9 nodad");
	ask_time("[fd77::1]");
	assert_is_time();
	stop_role(SIGKILL);
	start_role();
	ask_time("10.77.0.1");
	assert_is_time();
}
END_TEST

START_TEST(one_name_is_known_and_no_other_exists)
{
	on_device("ip address add 10.77.0.50/24 dev eth9");
	on_device("busybox nslookup -type=a bench.test 10.77.0.1");
	assert_has("Address: 10.77.0.1");
	on_device("busybox nslookup -type=aaaa bench.test 10.77.0.1");
	assert_has("Address: fd77::1");
	on_device("busybox nslookup -type=a example.com 10.77.0.1");
	assert_has("NXDOMAIN");
}
END_TEST

static pid_t
find_dnsmasq(void)
{
	char list[64];

	own_netns_output(
	    list, sizeof(list), "pgrep -P %d -x dnsmasq", (int)role);
	return (pid_t)strtol(list, NULL, 10);
}

START_TEST(the_servers_are_not_root)
{
	pid_t pid = find_dnsmasq();

	ck_assert_int_gt(pid, 0);
	own_netns_output(text, sizeof(text), "cat /proc/%d/status", (int)pid);
	assert_has("Uid:\t61904\t61904\t61904\t61904\n");
	assert_has("CapEff:\t0000000000003400\n");
	assert_has("CapPrm:\t0000000000003400\n");
	assert_has("NoNewPrivs:\t1\n");
}
END_TEST

START_TEST(servers_that_die_are_told_of_and_come_back)
{
	pid_t before = find_dnsmasq();

	kill(before, SIGKILL);
	ck_assert(wait_until_up(0));
	ck_assert_ptr_nonnull(strstr(said, "killed by signal 9"));
	ck_assert(wait_until_up(1));
	ck_assert_str_eq(said,
	    "dhcp 10.77.0.100 to 10.77.0.110, "
	    "dhcpv6 fd77::1000 to fd77::1fff, ra fd77::/64, dns, ntp");
	ck_assert_int_ne(find_dnsmasq(), before);
}
END_TEST

static bool
is_gone(void *pid)
{
	return kill(*(pid_t *)pid, 0) == -1 && errno == ESRCH;
}

START_TEST(servers_end_with_their_role)
{
	pid_t pid = find_dnsmasq();

	ck_assert_int_gt(pid, 0);
	stop_role(SIGKILL);
	ck_assert(own_netns_wait(is_gone, &pid));
	start_role();
	pid = find_dnsmasq();
	stop_role(0);
	ck_assert(is_gone(&pid)); /* in good order: reaped by the role */
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite;
	TCase *pure, *real;
	SRunner *runner;
	int failed;

	if (argc == 3 && strcmp(argv[1], "-x") == 0)
		return services_main();
	suite = suite_create("services");
	pure = tcase_create("configuration");
	real = tcase_create("servers");
	tcase_add_test(pure, dnsmasq_is_told_exactly_this);
	tcase_add_test(pure, a_router_is_told_of_by_ipv6_while_a_name_is_there);
	tcase_add_test(pure, every_name_leads_to_the_bench_while_it_answers);
	tcase_add_test(
	    pure, dhcpv6_lends_of_its_own_prefix_and_keeps_the_leases);
	tcase_add_test(pure, a_segment_without_ranges_has_names_alone);
	suite_add_tcase(suite, pure);
	tcase_set_timeout(real, 60);
	tcase_add_checked_fixture(real, setup, teardown);
	tcase_add_test(
	    real, a_device_gets_an_address_a_dns_server_and_no_router);
	tcase_add_test(real, a_lease_survives_a_kill_9_of_the_servers);
	tcase_add_test(real, a_device_makes_an_address_and_finds_no_way_out);
	tcase_add_test(real, a_device_is_told_the_time_by_ipv4_and_ipv6);
	tcase_add_test(real, one_name_is_known_and_no_other_exists);
	tcase_add_test(real, the_servers_are_not_root);
	tcase_add_test(real, servers_that_die_are_told_of_and_come_back);
	tcase_add_test(real, servers_end_with_their_role);
	if (!own_netns_can())
		;
	else if (access("/usr/sbin/dnsmasq", X_OK) == -1 ||
	    access("/usr/bin/busybox", X_OK) == -1)
		printf("skipped: needs dnsmasq and busybox\n");
	else
		suite_add_tcase(suite, real);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
