/*
 * services_config: what dnsmasq is told.  Pure.
 */
#include "daemon/services/services_config.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define RA_INTERVAL_S 60
#define RA_ROUTER_S 1800 /* RFC 4861 section 6.2.1 */
#define RA_PREFIX 64     /* the only length that hosts make addresses from */

struct text {
	char *p;
	size_t size;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *format, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		return; /* no line of ours is as long */
	t->p = xrealloc(t->p, t->size + (size_t)n + 1, 1);
	memcpy(t->p + t->size, line, (size_t)n + 1);
	t->size += (size_t)n;
}

static const char *
format_address(const struct netlink_address *a, char *out, size_t size)
{
	return inet_ntop(
	    a->family == 4 ? AF_INET : AF_INET6, a->addr, out, (socklen_t)size);
}

static bool
is_link_local(const struct netlink_address *a)
{
	return a->family == 6 && a->addr[0] == 0xfe &&
	    (a->addr[1] & 0xc0) == 0x80;
}

/* The subnet of a, as an address with its host bits cleared. */
static void
clear_host(const struct netlink_address *a, struct netlink_address *net)
{
	size_t i, bits = a->family == 4 ? 32 : 128;

	*net = *a;
	for (i = a->prefix; i < bits; i++)
		net->addr[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
}

static bool
has_prefix(const struct services_config *c, const uint8_t addr[4],
    const struct netlink_address **own)
{
	struct netlink_address there, net, mine;
	size_t i;

	for (i = 0; i < c->nown; i++) {
		if (c->own[i].family != 4)
			continue;
		there = c->own[i];
		memcpy(there.addr, addr, 4);
		clear_host(&there, &net);
		clear_host(&c->own[i], &mine);
		if (memcmp(net.addr, mine.addr, 4) == 0) {
			*own = &c->own[i];
			return true;
		}
	}
	return false;
}

/* Option 3 is named and empty: otherwise dnsmasq would say it is itself the
 * router. */
static void
add_dhcp(struct text *t, const struct services_config *c)
{
	const struct netlink_address *own;
	char mask_text[INET_ADDRSTRLEN], text[INET_ADDRSTRLEN];
	struct netlink_address all;
	uint8_t from[4];

	if (c->dhcp_from[0] == '\0' ||
	    inet_pton(AF_INET, c->dhcp_from, from) != 1 ||
	    !has_prefix(c, from, &own))
		return;
	all = *own;
	memset(all.addr, 0xff, 4);
	clear_host(&all, &all);
	add(t, "dhcp-range=%s,%s,%s,%us\n", c->dhcp_from, c->dhcp_to,
	    format_address(&all, mask_text, sizeof(mask_text)), c->lease_s);
	format_address(own, text, sizeof(text));
	if (c->is_router)
		add(t, "dhcp-option=option:router,%s\n", text);
	else
		add(t, "dhcp-option=option:router\n");
	add(t, "dhcp-option=option:dns-server,%s\n", text);
	add(t, "dhcp-option=option:ntp-server,%s\n", text);
}

/* The /64 that DHCPv6 lends addresses of. */
static bool
lends_from(const struct services_config *c, const struct netlink_address *own)
{
	uint8_t from[16];

	return c->dhcpv6_from[0] != '\0' &&
	    inet_pton(AF_INET6, c->dhcpv6_from, from) == 1 &&
	    memcmp(from, own->addr, RA_PREFIX / 8) == 0;
}

static bool
has_ra_prefix(const struct netlink_address *a)
{
	return a->family == 6 && !is_link_local(a) && a->prefix == RA_PREFIX;
}

/* By IPv6 a router is told of only while it leads anywhere: unlike DHCP's its
 * lifetime is taken back at once. */
static unsigned
router_lifetime_s(const struct services_config *c)
{
	size_t i;

	for (i = 0; i < c->nnames; i++)
		if (c->names[i].family == 6)
			return RA_ROUTER_S;
	return 0;
}

static void
add_ra(struct text *t, const struct services_config *c)
{
	char net_text[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];
	struct netlink_address net;
	bool any = false;
	size_t i;

	for (i = 0; i < c->nown; i++) {
		if (!has_ra_prefix(&c->own[i]))
			continue;
		clear_host(&c->own[i], &net);
		format_address(&net, net_text, sizeof(net_text));
		format_address(&c->own[i], text, sizeof(text));
		if (lends_from(c, &c->own[i]))
			add(t, "dhcp-range=%s,%s,slaac,%d,%us\n",
			    c->dhcpv6_from, c->dhcpv6_to, RA_PREFIX,
			    c->lease6_s);
		else
			add(t, "dhcp-range=%s,ra-stateless,%d\n", net_text,
			    RA_PREFIX);
		if (!any) {
			add(t, "dhcp-option=option6:dns-server,[%s]\n", text);
			add(t, "dhcp-option=option6:ntp-server,[%s]\n", text);
			add(t, "dhcp-option=option6:sntp-server,[%s]\n", text);
		}
		any = true;
	}
	if (any)
		add(t, "enable-ra\nra-param=%s,%d,%u\n", c->interface,
		    RA_INTERVAL_S, router_lifetime_s(c));
}

static void
add_leases(struct text *t, const struct services_config *c)
{
	if (c->dhcp_from[0] == '\0' && c->dhcpv6_from[0] == '\0')
		return;
	add(t, "dhcp-authoritative\ndhcp-ignore-names\n");
	add(t, "dhcp-leasefile=%s\n", c->lease_file);
}

/* The first of each family, so that a device is told the same each time. */
static void
add_catch(struct text *t, const struct services_config *c)
{
	char text[INET6_ADDRSTRLEN];
	bool has[2] = { false, false };
	size_t i, which;

	for (i = 0; i < c->nown; i++) {
		which = c->own[i].family == 4 ? 0 : 1;
		if (is_link_local(&c->own[i]) || has[which])
			continue;
		has[which] = true;
		add(t, "address=/#/%s\n",
		    format_address(&c->own[i], text, sizeof(text)));
	}
}

static void
add_names(struct text *t, const struct services_config *c)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	/* Every other name does not exist: nothing is asked of anybody. */
	if (c->catches)
		add_catch(t, c);
	else
		add(t, "address=/#/\n");
	for (i = 0; i < c->nown; i++)
		if (!is_link_local(&c->own[i]))
			add(t, "host-record=bench.test,%s\n",
			    format_address(&c->own[i], text, sizeof(text)));
	for (i = 0; i < c->nnames; i++)
		add(t, "host-record=%s,%s\n", c->names[i].host,
		    inet_ntop(c->names[i].family == 4 ? AF_INET : AF_INET6,
			c->names[i].addr, text, sizeof(text)));
}

char *
services_config_format(const struct services_config *c)
{
	struct text t = { NULL, 0 };

	/* It is not root when it starts, so "user" changes nothing, but must
	 * name someone who exists. */
	add(&t, "keep-in-foreground\nlog-facility=-\nuser=root\npid-file\n");
	add(&t, "no-resolv\nno-hosts\nno-poll\n");
	/* The watch sees who is there; dnsmasq would wait 3 s to be sure. */
	add(&t, "no-ping\n");
	add(&t, "interface=%s\nexcept-interface=lo\nbind-interfaces\n",
	    c->interface);
	add_names(&t, c);
	add_dhcp(&t, c);
	add_ra(&t, c);
	add_leases(&t, c);
	return t.p;
}

void
services_config_describe(
    const struct services_config *c, char *out, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	struct netlink_address net;
	size_t i, n = 0;

	out[0] = '\0';
	if (c->dhcp_from[0] != '\0')
		n = (size_t)snprintf(
		    out, size, "dhcp %s to %s, ", c->dhcp_from, c->dhcp_to);
	if (c->dhcpv6_from[0] != '\0' && n < size)
		n += (size_t)snprintf(out + n, size - n, "dhcpv6 %s to %s, ",
		    c->dhcpv6_from, c->dhcpv6_to);
	for (i = 0; i < c->nown && n < size; i++) {
		if (!has_ra_prefix(&c->own[i]))
			continue;
		clear_host(&c->own[i], &net);
		n += (size_t)snprintf(out + n, size - n, "ra %s/%d, ",
		    format_address(&net, text, sizeof(text)), RA_PREFIX);
	}
	if (n < size)
		snprintf(out + n, size - n, "dns, ntp");
}
