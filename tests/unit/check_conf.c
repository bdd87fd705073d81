/*
 * assayd.yaml: what the warden's policy is made of.
 */
#include "scenarios/conf.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "version: 1\nbench: b\n"
#define SEGMENT(name, interface, addresses) \
	"  - {name: " name \
	", kind: wired, interface: " interface ", addresses: [" addresses "]"
#define ONE(addresses) "segments:\n" SEGMENT("w", "eth1", addresses) "}\n"
#define DHCP(range) \
	"segments:\n" SEGMENT("w", "e", "10.7.0.1/24") ", dhcp: {" range "}}" \
						       "\n"
#define WITH(more) \
	"segments:\n" SEGMENT("w", "e", "10.7.0.1/24") ", " more "}\n"
#define DHCPV6(range) \
	"segments:\n" SEGMENT("w", "e", \
	    "\"fd7::1/64\", \"fd8::1/96\"") ", dhcpv6: {" range "}}\n"
#define HOOK(text) "hooks: [{name: h, command: " text "}]\n"

static struct conf *
parse(const char *text, const char *file, struct err *e)
{
	return conf_parse(text, strlen(text), file, e);
}

START_TEST(participants_have_roles)
{
	static const uint8_t phone[6] = { 2, 0, 0, 0, 0, 0x20 };
	static const uint8_t hub[6] = { 2, 0, 0, 0, 0, 0x21 };
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 0x22 };
	const struct conf_participant *p;
	struct conf *c;
	struct err e;

	c = parse("version: 1\nbench: b\n" WITH(
		      "participants: [{mac: 02:00:00:00:00:20, role: phone, "
		      "name: of J.}, {mac: 02:00:00:00:00:21, role: "
		      "component}]"),
	    "x.yaml", &e);
	ck_assert_msg(c != NULL, "%s", e.text);
	p = conf_participant(&c->segments[0], phone);
	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(p->name, "of J.");
	ck_assert_str_eq(participant_role_name(p->role), "phone");
	ck_assert(!participant_role_is_target(p->role));
	p = conf_participant(&c->segments[0], hub);
	ck_assert(participant_role_is_target(p->role));
	ck_assert_ptr_null(conf_participant(&c->segments[0], other));
	conf_free(c);
}
END_TEST

START_TEST(the_shipped_file_is_read)
{
	struct err e;
	struct conf *c = conf_load("etc/assayd.yaml", &e);

	ck_assert_msg(c != NULL, "%s:%u: %s", e.file, e.line, e.text);
	ck_assert_str_eq(c->bench, "bench1");
	ck_assert_uint_eq(c->nsegments, 1);
	ck_assert_uint_eq(c->segments[0].naddresses, 2);
	ck_assert_uint_eq(c->segments[0].addresses[0].family, 4);
	ck_assert_uint_eq(c->segments[0].addresses[0].prefix, 24);
	ck_assert_uint_eq(c->segments[0].addresses[1].family, 6);
	ck_assert_uint_eq(c->segments[0].addresses[1].addr[0], 0xfd);
	ck_assert_uint_eq(c->segments[0].addresses[1].addr[15], 1);
	ck_assert_str_eq(c->segments[0].dhcp_from, "10.77.0.100");
	ck_assert_uint_eq(c->segments[0].lease_s, 3600);
	ck_assert_uint_eq(c->nhooks, 0);
	conf_free(c);
}
END_TEST

START_TEST(what_is_not_said_has_its_default)
{
	struct err e;
	struct conf *c = parse(HEAD ONE("10.7.0.1/24"), "x.yaml", &e);

	ck_assert_msg(c != NULL, "%u: %s", e.line, e.text);
	ck_assert_str_eq(c->state_dir, "/var/lib/assay");
	ck_assert_str_eq(c->run_dir, "/run/assay");
	ck_assert_str_eq(c->worker, "/usr/local/lib/assay/assay-worker");
	ck_assert_uint_eq(c->uid_first, 59000);
	ck_assert_str_eq(c->run_group, "assay");
	ck_assert_str_eq(c->view_group, "assay-view");
	ck_assert_str_eq(c->segments[0].dhcp_from, "");
	ck_assert_str_eq(c->segments[0].dhcp_to, "");
	ck_assert_uint_eq(c->segments[0].ring_mib, 64);
	ck_assert_uint_eq(c->segments[0].file_mib, 256);
	ck_assert_uint_eq(c->segments[0].pool_ipv4, 512);
	ck_assert_uint_eq(c->segments[0].pool_ipv6, 512);
	conf_free(c);
}
END_TEST

START_TEST(captures_are_kept_for_ever_unless_it_says_otherwise)
{
	static const char *const bad[] = { "after: 0d", "after: 30",
		"after: 3s", "after: -1d", "disk: 10", "disk: 5GB",
		"disk: 0MiB", "disk: 1.5GiB", "older: 3d" };
	struct err e;
	struct conf *c = parse(HEAD, "x", &e);
	char text[300];
	size_t i;

	ck_assert_uint_eq(c->prune_after_s, 0);
	ck_assert_uint_eq(c->prune_disk_bytes, 0);
	conf_free(c);
	c = parse(HEAD "prune: {after: 30d, disk: 50GiB}\n", "x", &e);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->prune_after_s, 30 * 86400);
	ck_assert_uint_eq(c->prune_disk_bytes, 50ull << 30);
	conf_free(c);
	c = parse(HEAD "prune: {disk: 500MiB}\n", "x", &e);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->prune_after_s, 0);
	ck_assert_uint_eq(c->prune_disk_bytes, 500u << 20);
	conf_free(c);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), HEAD "prune: {%s}\n", bad[i]);
		ck_assert_msg(parse(text, "x", &e) == NULL, "%s", bad[i]);
	}
}
END_TEST

START_TEST(a_relative_path_is_relative_to_the_file)
{
	struct err e;
	struct conf *c = parse(HEAD "state_dir: state\nrun_dir: /run/x\n",
	    "/srv/bench/assayd.yaml", &e);

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->state_dir, "/srv/bench/state");
	ck_assert_str_eq(c->run_dir, "/run/x");
	conf_free(c);
}
END_TEST

START_TEST(a_hook_is_a_command_and_its_arguments)
{
	struct err e;
	struct conf *c = parse(HEAD
	    "hooks: [{name: r, command: [/bin/x, a b, \"\"], limit: 2s}]",
	    "x", &e);

	ck_assert_ptr_null(c); /* an empty argument is a mistake */
	c = parse(HEAD "hooks: [{name: r, command: [/bin/x, a b], limit: 2s}]",
	    "x", &e);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->hooks[0].command[0], "/bin/x");
	ck_assert_str_eq(c->hooks[0].command[1], "a b");
	ck_assert_ptr_null(c->hooks[0].command[2]);
	ck_assert_uint_eq(c->hooks[0].limit_ms, 2000);
	conf_free(c);
}
END_TEST

static const char *const good_addresses[] = { "10.7.0.1/24", "10.7.0.253/24",
	"10.0.0.1/8", "192.168.1.1/29", "192.168.1.5/29", "\"fd77::1/64\"",
	"\"2001:db8::1/48\"", "\"fd77::5/125\"",
	"10.7.0.1/24, \"fd77::1/64\", 10.8.0.1/24" };

START_TEST(a_good_address_is_accepted)
{
	char text[300];
	struct conf *c;
	struct err e;

	snprintf(text, sizeof(text), HEAD ONE("%s"), good_addresses[_i]);
	c = parse(text, "x", &e);
	ck_assert_msg(c != NULL, "%s: %s", good_addresses[_i], e.text);
	conf_free(c);
}
END_TEST

static const char *const bad_addresses[] = {
	"10.7.0.1", /* no prefix */
	"10.7.0.1/",
	"10.7.0.1/x",
	"10.7.0.1/024",
	"10.7.0.1/24/24",
	"10.7.0/24",
	"10.7.0.256/24",
	"10.7.0.01/24",
	"10.7.0.0/24",   /* the subnet itself */
	"10.7.0.255/24", /* broadcast */
	"10.7.0.254/24", /* the watch's would be broadcast */
	"10.7.0.1/30",   /* no room for a device */
	"10.7.0.1/7",
	"127.0.0.1/8",
	"169.254.1.1/16",
	"224.0.0.1/24",
	"0.0.0.1/24",
	"\"fd77::/64\"", /* the routers' anycast address */
	"\"fd77::ffff:ffff:ffff:ffff/64\"",
	"\"fd77::ffff:ffff:ffff:fffe/64\"",
	"\"fd77::1/126\"",
	"\"fd77::1/47\"",
	"\"fd77::1/129\"",
	"\"fe80::1/64\"",
	"\"ff02::1/64\"",
	"\"::1/64\"",
	"\"::ffff:10.7.0.1/125\"",
	"\"fd77::1%eth0/64\"",
	"[10.7.0.1/24]",
};

START_TEST(a_bad_address_is_refused)
{
	char text[300];
	struct conf *c;
	struct err e;

	snprintf(text, sizeof(text), HEAD ONE("%s"), bad_addresses[_i]);
	c = parse(text, "x", &e);
	ck_assert_msg(c == NULL, "%s was accepted", bad_addresses[_i]);
	ck_assert_msg(
	    strncmp(e.text, "addresses: expected an address", 30) == 0, "%s",
	    e.text);
	ck_assert_uint_eq(e.line, 4);
}
END_TEST

static const struct {
	const char *rest, *error;
} refused[] = {
	{ "segments:\n" SEGMENT("a", "e0", "10.7.0.1/24") "}\n" SEGMENT(
	      "b", "e0", "10.8.0.1/24") "}\n",
	    "x.yaml:5:5: the interface \"e0\" is segment \"a\" already" },
	{ "segments:\n" SEGMENT("a", "e0", "10.7.0.1/24") "}\n" SEGMENT(
	      "a", "e1", "10.8.0.1/24") "}\n",
	    "x.yaml:5:5: a second segment named \"a\"" },
	{ "segments:\n" SEGMENT("a", "e0", "10.7.0.1/24") "}\n" SEGMENT(
	      "b", "e1", "10.7.200.1/16") "}\n",
	    "x.yaml:5:5: shares a subnet with segment \"a\"" },
	{ ONE("10.7.0.1/24, 10.7.0.9/25"),
	    "x.yaml:4:70: addresses: the same subnet as \"10.7.0.1/24\"" },
	{ ONE(""), "x.yaml:4:56: addresses: expected 1 to 8 entries, found 0" },
	{ "segments: [{name: w, kind: ap, interface: e, addresses: []}]\n",
	    "x.yaml:3:28: kind \"ap\" is reserved and not built yet" },
	{ "segments: [{name: W, kind: wired}]\n",
	    "x.yaml:3:19: name: expected a name: a letter, then small "
	    "letters, digits or -, found \"W\"" },
	{ "segments:\n" SEGMENT("w", "abcdefghijklmnop", "10.7.0.1/24") "}\n",
	    "x.yaml:4:39: interface: expected the name of a network "
	    "interface, at most 15 letters, digits or . _ -, found "
	    "\"abcdefghijklmnop\"" },
	{ "segments:\n" SEGMENT("w", "a/b", "10.7.0.1/24") "}\n",
	    "x.yaml:4:39: interface: expected the name of a network "
	    "interface, at most 15 letters, digits or . _ -, found \"a/b\"" },
	{ "segments:\n" SEGMENT("w", "..", "10.7.0.1/24") "}\n",
	    "x.yaml:4:39: interface: expected the name of a network "
	    "interface, at most 15 letters, digits or . _ -, found \"..\"" },
	{ DHCP("from: 10.7.0.9"), "x.yaml:4:74: the key \"to\" is missing" },
	{ DHCP("from: 10.8.0.9, to: 10.8.0.10"),
	    "x.yaml:4:74: dhcp: from and to must be in one IPv4 subnet of the "
	    "segment's addresses" },
	{ DHCP("from: 10.7.0.9, to: 10.7.0.8"),
	    "x.yaml:4:74: dhcp: from must not be after to, and neither may be "
	    "the subnet's first or last address" },
	{ DHCP("from: 10.7.0.9, to: 10.7.0.255"),
	    "x.yaml:4:74: dhcp: from must not be after to, and neither may be "
	    "the subnet's first or last address" },
	{ DHCP("from: 10.7.0.2, to: 10.7.0.8"),
	    "x.yaml:4:74: dhcp: the range holds the bench's own address or "
	    "the one after it, which is the watch's" },
	{ DHCP("from: 10.7.0.256, to: 10.7.0.8"),
	    "x.yaml:4:74: dhcp: from and to must be IPv4 addresses" },
	{ DHCPV6("from: \"fd7::9\", to: \"fd7::1:0:0:0:1\""),
	    "x.yaml:4:89: dhcpv6: from and to must be in one IPv6 /64 of the "
	    "segment's addresses" },
	{ DHCPV6("from: \"fd8::9\", to: \"fd8::19\""),
	    "x.yaml:4:89: dhcpv6: from and to must be in one IPv6 /64 of the "
	    "segment's addresses" },
	{ DHCPV6("from: \"fd7::9\", to: \"fd7::8\""),
	    "x.yaml:4:89: dhcpv6: from must not be after to" },
	{ DHCPV6("from: \"fd7::2\", to: \"fd7::8\""),
	    "x.yaml:4:89: dhcpv6: the range holds the bench's own address or "
	    "the one after it, which is the watch's" },
	{ DHCPV6("from: \"fd7::9\", to: \"fd7::99999\""),
	    "x.yaml:4:89: dhcpv6: from and to must be IPv6 addresses" },
	{ WITH("participants: [{mac: 03:00:00:00:00:20, role: hub}]"),
	    "x.yaml:4:89: mac: expected a MAC address such as "
	    "02:00:00:00:00:20, found \"03:00:00:00:00:20\"" },
	{ WITH("participants: [{mac: 02:00:00:00:00:20, role: cat}]"),
	    "x.yaml:4:114: role: expected one of dut, component, phone, hub, "
	    "bench, unknown, found \"cat\"" },
	{ WITH("participants: [{mac: 02:00:00:00:00:aa, role: hub}, "
	       "{mac: 02:00:00:00:00:AA, role: phone}]"),
	    "x.yaml:4:120: participants: the same MAC address as in line 4" },
	{ HOOK("[relay, on]"),
	    "x.yaml:3:9: command: expected an absolute path first, found "
	    "\"relay\"" },
	{ HOOK("[]"),
	    "x.yaml:3:28: command: expected 1 to 64 entries, found "
	    "0" },
	{ HOOK("/bin/x"),
	    "x.yaml:3:28: command: expected a list, found \"/bin/x\"" },
	{ "hooks: [{name: h, command: [/a]}, {name: h, command: [/b]}]\n",
	    "x.yaml:3:35: a second hook named \"h\"" },
	{ "uid_first: 0\n",
	    "x.yaml:3:12: uid_first: expected 1000 to 2000000000, found "
	    "\"0\"" },
	{ "uid_first: 65510\n",
	    "x.yaml:3:12: uid_first: 32 numbers in a row would take 65534, "
	    "the user nobody" },
	{ "run_group: a b\n",
	    "x.yaml:3:12: run_group: expected a group's name or number, or "
	    "\"\" for root only, found \"a b\"" },
	{ "statedir: /x\n",
	    "x.yaml:3:1: unknown key \"statedir\", did you mean "
	    "\"state_dir\"?" },
};

START_TEST(a_bad_file_is_refused_with_place_and_cause)
{
	char text[600], found[900];
	struct err e;

	snprintf(text, sizeof(text), HEAD "%s", refused[_i].rest);
	ck_assert_ptr_null(parse(text, "x.yaml", &e));
	ck_assert_str_eq(
	    err_format(&e, found, sizeof(found)), refused[_i].error);
}
END_TEST

START_TEST(two_segments_apart_are_accepted)
{
	struct err e;
	struct conf *c = parse(HEAD
	    "segments:\n" SEGMENT("a", "e0", "10.7.0.1/24") "}\n" SEGMENT(
		"b", "e1", "10.7.1.1/24, \"fd77::1/64\"") "}\n",
	    "x", &e);

	ck_assert_msg(c != NULL, "%s", e.text);
	ck_assert_uint_eq(c->nsegments, 2);
	conf_free(c);
}
END_TEST

START_TEST(root_only_is_an_empty_group)
{
	struct err e;
	struct conf *c =
	    parse(HEAD "run_group: \"\"\nview_group: \"1001\"\n", "x", &e);

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->run_group, "");
	ck_assert_str_eq(c->view_group, "1001");
	conf_free(c);
}
END_TEST

/* A file of this test's own; closed. */
static void
write_file(char *path, mode_t mode)
{
	int fd = mkstemp(path);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, HEAD, strlen(HEAD)), (ssize_t)strlen(HEAD));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

START_TEST(a_file_that_everybody_may_write_is_refused)
{
	char path[] = "/tmp/check_conf.XXXXXX";
	struct conf *c;
	struct err e;

	write_file(path, 0646);
	c = conf_load(path, &e);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_ptr_null(c);
	ck_assert_str_eq(e.text, "everybody may write it");
	c = conf_load(path, &e);
	unlink(path);
	ck_assert_ptr_nonnull(c);
	conf_free(c);
}
END_TEST

START_TEST(a_file_that_is_not_there_or_no_file_is_said)
{
	struct err e;

	ck_assert_ptr_null(conf_load("/nowhere/assayd.yaml", &e));
	ck_assert_str_eq(e.file, "/nowhere/assayd.yaml");
	ck_assert_str_eq(e.text, "No such file or directory");
	ck_assert_ptr_null(conf_load("/tmp", &e));
	ck_assert_str_eq(e.text, "not a file");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf");
	TCase *tc = tcase_create("conf");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, participants_have_roles);
	tcase_add_test(tc, the_shipped_file_is_read);
	tcase_add_test(tc, what_is_not_said_has_its_default);
	tcase_add_test(tc, captures_are_kept_for_ever_unless_it_says_otherwise);
	tcase_add_test(tc, a_relative_path_is_relative_to_the_file);
	tcase_add_test(tc, a_hook_is_a_command_and_its_arguments);
	tcase_add_loop_test(tc, a_good_address_is_accepted, 0,
	    (int)(sizeof(good_addresses) / sizeof(good_addresses[0])));
	tcase_add_loop_test(tc, a_bad_address_is_refused, 0,
	    (int)(sizeof(bad_addresses) / sizeof(bad_addresses[0])));
	tcase_add_loop_test(tc, a_bad_file_is_refused_with_place_and_cause, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, two_segments_apart_are_accepted);
	tcase_add_test(tc, root_only_is_an_empty_group);
	tcase_add_test(tc, a_file_that_everybody_may_write_is_refused);
	tcase_add_test(tc, a_file_that_is_not_there_or_no_file_is_said);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
