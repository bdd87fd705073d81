/*
 * The fence: what a profile names becomes rules, and what the kernel tells of
 * becomes flows.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#include "daemon/warden/fence.h"
#include "daemon/watch/watch_fence.h"

static const char text[] =
    "version: 1\nproduct: {name: x}\ncloud:\n"
    "  - {host: API.example.com, transport: tcp, port: 443}\n"
    "  - {host: api.example.com, transport: udp, port: 3478-3481}\n"
    "  - {host: any.example.com, states: [factory]}\n"
    "  - {host: fw.example.com, shut: true}\n";

static struct fence f;

static void
name_hosts(enum state state)
{
	struct profile *p;
	struct err e;

	memset(&f, 0, sizeof(f));
	p = profile_parse(text, sizeof(text) - 1, "p.yaml", &e);
	ck_assert_msg(p != NULL, "%s", e.text);
	ck_assert_int_eq(fence_name_hosts(&f, p, state, &e), 0);
	profile_free(p);
}

START_TEST(a_host_is_named_once_with_all_its_ports)
{
	name_hosts(STATE_OPERATING);
	ck_assert_uint_eq(f.nhosts, 2);
	ck_assert_str_eq(f.hosts[0].name, "api.example.com");
	ck_assert_uint_eq(f.hosts[0].nports, 2);
	ck_assert_uint_eq(f.hosts[0].ports[1].transport, 17);
	ck_assert_uint_eq(f.hosts[0].ports[1].last, 3481);
	ck_assert(f.hosts[1].is_shut);
	name_hosts(STATE_FACTORY);
	ck_assert_uint_eq(f.nhosts, 3);
	ck_assert_uint_eq(f.hosts[1].ports[0].transport, 0);
	ck_assert_uint_eq(f.hosts[1].ports[0].last, 65535);
}
END_TEST

/* The place of part in rules; a failure when it is not there. */
static size_t
at(const char *rules, const char *part)
{
	const char *p = strstr(rules, part);

	ck_assert_msg(p != NULL, "no '%s' in:\n%s", part, rules);
	return (size_t)(p - rules);
}

static void
add_address(size_t host, const char *address)
{
	struct fence_host *h = &f.hosts[host];
	struct fence_address *a = &h->addresses[h->naddresses++];

	a->family = strchr(address, ':') == NULL ? 4 : 6;
	ck_assert_int_eq(
	    inet_pton(a->family == 4 ? AF_INET : AF_INET6, address, a->addr),
	    1);
}

START_TEST(what_is_shut_comes_before_all_that_is_let_out)
{
	size_t shut, mac, answers, known, let;
	char *rules;

	name_hosts(STATE_OPERATING);
	memcpy(f.interface, "dut0", 5);
	f.mac[0] = 2;
	f.mac[5] = 0x10;
	add_address(0, "192.0.2.80");
	add_address(0, "192.0.2.81");
	add_address(1, "192.0.2.81");
	rules = fence_format(&f);
	mac = at(rules, "ether saddr != 02:00:00:00:00:10 log prefix \"r\"");
	shut = at(rules,
	    "ip daddr { 192.0.2.81 } log prefix \"s1\" group 77 goto refuse\n");
	known = at(rules, "\nct state established,related accept\n");
	let = at(rules,
	    "ip daddr { 192.0.2.80, 192.0.2.81 } meta l4proto tcp th dport "
	    "443-443 log prefix \"a0\" group 77 accept\n");
	answers = at(rules, "log prefix \"r\" group 77 goto refuse\n");
	ck_assert(mac < shut && shut < known && known < let && let < answers);
	at(rules, "type filter hook forward priority 0; policy drop;");
	at(rules, "oifname \"uplink0\" drop\n}");
	free(rules);
	f.hosts[0].naddresses = 0; /* nothing is known of it: nothing is let */
	rules = fence_format(&f);
	ck_assert_ptr_null(strstr(rules, "\"a0\""));
	free(rules);
}
END_TEST

START_TEST(by_ipv6_a_host_is_let_out_where_there_is_a_way)
{
	static const char let[] =
	    "ip6 daddr { 2001:db8:ffff::80 } meta l4proto tcp th dport "
	    "443-443 log prefix \"a0\" group 77 accept\n",
			  all[] = "iifname \"dut0\" ip6 daddr != ",
			  own[] = "iifname \"dut0\" ip6 saddr fe80::/10 ";
	size_t shut, known;
	char *rules;

	name_hosts(STATE_OPERATING);
	memcpy(f.interface, "dut0", 5);
	add_address(0, "2001:db8:ffff::80");
	add_address(1, "2001:db8:ffff::81");
	rules = fence_format(&f);
	ck_assert_ptr_null(strstr(rules, "ip6 daddr {"));
	ck_assert_ptr_null(strstr(rules, "nd-neighbor"));
	at(rules, "iifname \"uplink0\" meta nfproto ipv6 drop\n");
	at(rules, all);
	free(rules);
	f.has_six = true;
	rules = fence_format(&f);
	shut = at(rules,
	    "ip6 daddr { 2001:db8:ffff::81 } log prefix \"s1\" group 77 goto "
	    "refuse\n");
	known = at(rules, "\nct state established,related accept\n");
	ck_assert(shut < known && known < at(rules, let));
	ck_assert_ptr_null(strstr(rules, all));
	at(rules, own);
	at(rules,
	    "iifname \"uplink0\" meta nfproto ipv6 ct state != "
	    "{ established, related } drop\n");
	free(rules);
}
END_TEST

START_TEST(each_segment_has_its_own_ends)
{
	struct fence_subnet net;
	char *rules, text_of[INET6_ADDRSTRLEN];

	fence_subnet(0, &net);
	ck_assert_mem_eq(net.machine, "\251\376\130\1", 4);
	ck_assert_mem_eq(net.inside, "\251\376\130\2", 4);
	inet_ntop(AF_INET6, net.inside_six, text_of, sizeof(text_of));
	ck_assert_str_eq(text_of, "fd61:7373:6179::2");
	rules = fence_format_uplink("assay0", "eth0", &net, false);
	at(rules, "ip saddr 169.254.88.2 oifname \"eth0\" masquerade\n");
	ck_assert_ptr_null(strstr(rules, "ip6"));
	free(rules);
	fence_subnet(63, &net);
	ck_assert_mem_eq(net.machine, "\251\376\130\375", 4);
	rules = fence_format_uplink("assay63", "eth0", &net, true);
	at(rules,
	    "ip6 saddr fd61:7373:6179:3f::2 oifname \"eth0\" masquerade\n");
	free(rules);
}
END_TEST

static size_t
put(uint8_t *p, uint16_t type, const void *body, size_t size)
{
	struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + size),
		.nla_type = type };

	memcpy(p, &a, sizeof(a));
	memcpy(p + NLA_HDRLEN, body, size);
	return NLA_ALIGN(a.nla_len);
}

/* The same of a UDP datagram from 2001:db8:77::50 to 2001:db8:ffff::80. */
static size_t
make_six(uint8_t out[256])
{
	static const uint8_t packet[] = { 0x60, 0, 0, 0, 0, 8, 17, 64, 0x20, 1,
		0x0d, 0xb8, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x20, 1,
		0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x9c,
		0x40, 0, 123 };
	size_t n = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	struct nlmsghdr h;

	memset(out, 0, 256);
	n += put(out + n, NFULA_PREFIX, "r", 2);
	n += put(out + n, NFULA_PAYLOAD, packet, sizeof(packet));
	memset(&h, 0, sizeof(h));
	h.nlmsg_len = (uint32_t)n;
	h.nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET;
	memcpy(out, &h, sizeof(h));
	return n;
}

START_TEST(a_flow_of_ipv6_is_read_too)
{
	struct watch_flow flow;
	uint8_t bytes[256];
	size_t n = make_six(bytes), i;

	ck_assert_int_eq(watch_flow_parse(&flow, bytes, n), 0);
	ck_assert_uint_eq(flow.what, FENCE_REFUSED);
	ck_assert_uint_eq(flow.family, 6);
	ck_assert_uint_eq(flow.transport, 17);
	ck_assert_uint_eq(flow.to[15], 0x80);
	ck_assert_uint_eq(flow.from[15], 0x50);
	ck_assert_uint_eq(flow.to_port, 123);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(watch_flow_parse(&flow, bytes, i), -1);
}
END_TEST

/* What the kernel says of a SYN from 10.77.0.50:40000 to 192.0.2.80:443. */
static size_t
make(uint8_t out[256], const char *prefix, uint32_t seq)
{
	static const uint8_t packet[] = { 0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6,
		0, 0, 10, 77, 0, 50, 192, 0, 2, 80, 0x9c, 0x40, 1, 0xbb };
	size_t n = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	uint32_t net = htonl(seq);
	struct nlmsghdr h;

	memset(out, 0, 256);
	n += put(out + n, NFULA_PREFIX, prefix, strlen(prefix) + 1);
	n += put(out + n, NFULA_PAYLOAD, packet, sizeof(packet));
	n += put(out + n, NFULA_SEQ, &net, sizeof(net));
	memset(&h, 0, sizeof(h));
	h.nlmsg_len = (uint32_t)n;
	h.nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET;
	memcpy(out, &h, sizeof(h));
	return n;
}

START_TEST(a_flow_is_read_and_every_cut_is_refused)
{
	struct watch_flow flow;
	uint8_t bytes[256];
	size_t n = make(bytes, "a3", 7), i;

	ck_assert_int_eq(watch_flow_parse(&flow, bytes, n), 0);
	ck_assert_uint_eq(flow.what, FENCE_ALLOWED);
	ck_assert_uint_eq(flow.host, 3);
	ck_assert_uint_eq(flow.family, 4);
	ck_assert_uint_eq(flow.transport, 6);
	ck_assert_uint_eq(flow.from_port, 40000);
	ck_assert_uint_eq(flow.to_port, 443);
	ck_assert_mem_eq(flow.to, "\300\0\2\120", 4);
	ck_assert_uint_eq(flow.seq, 7);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(watch_flow_parse(&flow, bytes, i), -1);
	n = make(bytes, "x", 1);
	ck_assert_int_eq(watch_flow_parse(&flow, bytes, n), -1);
	n = make(bytes, "a99", 1); /* no host has this number */
	ck_assert_int_eq(watch_flow_parse(&flow, bytes, n), -1);
}
END_TEST

START_TEST(a_flow_is_told_once_and_what_is_not_told_is_counted)
{
	static struct watch_flows s;
	struct watch_flow flow;
	uint8_t bytes[256];
	unsigned i, told = 0;

	memset(&s, 0, sizeof(s));
	ck_assert_int_eq(
	    watch_flow_parse(&flow, bytes, make(bytes, "r", 0)), 0);
	ck_assert(watch_flows_take(&s, &flow, 1000));
	flow.seq = 1;
	ck_assert(!watch_flows_take(&s, &flow, 2000)); /* it came again */
	ck_assert(s.lost == 0);
	flow.seq = 12; /* ten were lost on the way here */
	flow.from_port++;
	ck_assert(watch_flows_take(&s, &flow, 3000));
	ck_assert(s.lost == 10);
	for (i = 0; i < 1000; i++) {
		flow.seq++;
		flow.from_port++;
		told += watch_flows_take(&s, &flow, 4000);
	}
	ck_assert_uint_eq(told, WATCH_FLOWS_BURST - 2);
	ck_assert(s.lost == 10 + 1000 - told);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fence");
	TCase *c = tcase_create("fence");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_host_is_named_once_with_all_its_ports);
	tcase_add_test(c, what_is_shut_comes_before_all_that_is_let_out);
	tcase_add_test(c, by_ipv6_a_host_is_let_out_where_there_is_a_way);
	tcase_add_test(c, each_segment_has_its_own_ends);
	tcase_add_test(c, a_flow_is_read_and_every_cut_is_refused);
	tcase_add_test(c, a_flow_of_ipv6_is_read_too);
	tcase_add_test(c, a_flow_is_told_once_and_what_is_not_told_is_counted);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
