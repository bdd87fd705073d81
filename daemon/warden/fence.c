/*
 * fence: what of a device's traffic may leave its segment in mode cloud.
 */
#include "daemon/warden/fence.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct text {
	char *p;
	size_t size;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *format, ...)
{
	char line[256];
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

/* "ip daddr { … }", of one family; false: the host has no such address. */
static bool
add_addresses(struct text *t, const struct fence_host *h, uint8_t family)
{
	char out[INET6_ADDRSTRLEN];
	size_t i, n = 0;

	for (i = 0; i < h->naddresses; i++) {
		if (h->addresses[i].family != family)
			continue;
		inet_ntop(family == 4 ? AF_INET : AF_INET6,
		    h->addresses[i].addr, out, sizeof(out));
		if (n++ == 0)
			add(t, "%s daddr { ", family == 4 ? "ip" : "ip6");
		else
			add(t, ", ");
		add(t, "%s", out);
	}
	if (n > 0)
		add(t, " }");
	return n > 0;
}

static void
add_port(struct text *t, const struct fence_port *p)
{
	add(t, " meta l4proto %s",
	    p->transport == 6        ? "tcp"
		: p->transport == 17 ? "udp"
				     : "{ tcp, udp }");
	if (p->first != 0 || p->last != UINT16_MAX)
		add(t, " th dport %u-%u", p->first, p->last);
}

/* Of what has no known address nothing is let out. */
static void
add_host(
    struct text *t, const struct fence_host *h, size_t number, uint8_t family)
{
	size_t i;

	if (h->is_shut) {
		if (add_addresses(t, h, family))
			add(t, " log prefix \"%c%zu\" group %d goto refuse\n",
			    FENCE_SHUT, number, FENCE_LOG_GROUP);
		return;
	}
	for (i = 0; i < h->nports; i++) {
		if (!add_addresses(t, h, family))
			return;
		add_port(t, &h->ports[i]);
		add(t, " log prefix \"%c%zu\" group %d accept\n", FENCE_ALLOWED,
		    number, FENCE_LOG_GROUP);
	}
}

static void
add_hosts(struct text *t, const struct fence *f, bool is_shut)
{
	size_t i;

	for (i = 0; i < f->nhosts; i++) {
		if (f->hosts[i].is_shut != is_shut)
			continue;
		add_host(t, &f->hosts[i], i, 4);
		if (f->has_six)
			add_host(t, &f->hosts[i], i, 6);
	}
}

/* A neighbour is asked for on the way itself (RFC 4861): nothing else of ours
 * goes by it. */
#define NEIGHBOURS \
	"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"

/* Before anything of IPv6 is forwarded.  Without a way there is none at all,
 * and what is meant for one is told of; with one, what the kernel would not
 * forward in silence (RFC 4291 section 2.5.6) is told of. */
static void
add_six(struct text *t, const struct fence *f)
{
	add(t,
	    "chain six {\n"
	    "type filter hook prerouting priority 0; policy accept;\n");
	if (f->has_six)
		add(t,
		    "iifname \"" FENCE_LINK "\" " NEIGHBOURS
		    "iifname \"" FENCE_LINK "\" meta nfproto ipv6 "
		    "ct state != { established, related } drop\n");
	else
		add(t, "iifname \"" FENCE_LINK "\" meta nfproto ipv6 drop\n");
	add(t,
	    "iifname \"%s\" %sip6 daddr != { fe80::/10, ff00::/8 } "
	    "fib daddr type != local log prefix \"%c\" group %d "
	    "goto refuse\n}\n",
	    f->interface, f->has_six ? "ip6 saddr fe80::/10 " : "",
	    FENCE_REFUSED, FENCE_LOG_GROUP);
}

/* No process within has a way out: only what is forwarded leaves. */
static void
add_own(struct text *t, const struct fence *f)
{
	add(t,
	    "chain output {\n"
	    "type filter hook output priority 0; policy accept;\n");
	if (f->has_six)
		add(t, "oifname \"" FENCE_LINK "\" " NEIGHBOURS);
	add(t,
	    "oifname \"" FENCE_LINK "\" drop\n}\n"
	    "chain input {\n"
	    "type filter hook input priority 0; policy accept;\n");
	if (f->has_six)
		add(t, "iifname \"" FENCE_LINK "\" " NEIGHBOURS);
	add(t, "iifname \"" FENCE_LINK "\" drop\n}\n");
}

char *
fence_format(const struct fence *f)
{
	const uint8_t *m = f->mac;
	struct text t = { NULL, 0 };

	add(&t, "table inet assay_fence {\n");
	add(&t, "chain refuse {\nreject with icmpx admin-prohibited\n}\n");
	add(&t,
	    "chain forward {\n"
	    "type filter hook forward priority 0; policy drop;\n");
	/* Answers: to what the device began, and to nobody else. */
	add(&t,
	    "iifname \"" FENCE_LINK "\" oifname \"%s\" "
	    "ct state established,related accept\n"
	    "iifname != \"%s\" drop\noifname != \"" FENCE_LINK "\" drop\n",
	    f->interface, f->interface);
	add(&t,
	    "ether saddr != %02x:%02x:%02x:%02x:%02x:%02x "
	    "log prefix \"%c\" group %d drop\n",
	    m[0], m[1], m[2], m[3], m[4], m[5], FENCE_REFUSED, FENCE_LOG_GROUP);
	add_hosts(&t, f, true); /* shut wins, also in mid-flow */
	add(&t, "ct state established,related accept\n");
	add_hosts(&t, f, false);
	add(&t, "log prefix \"%c\" group %d goto refuse\n}\n", FENCE_REFUSED,
	    FENCE_LOG_GROUP);
	add_six(&t, f);
	add_own(&t, f);
	add(&t,
	    "chain leave {\n"
	    "type nat hook postrouting priority 100; policy accept;\n"
	    "oifname \"" FENCE_LINK "\" masquerade\n}\n}\n");
	return t.p;
}

char *
fence_format_uplink(const char *link, const char *interface,
    const struct fence_subnet *net, bool has_six)
{
	char four[INET_ADDRSTRLEN], six[INET6_ADDRSTRLEN];
	struct text t = { NULL, 0 };

	inet_ntop(AF_INET, net->inside, four, sizeof(four));
	inet_ntop(AF_INET6, net->inside_six, six, sizeof(six));
	/* The owner's table: the kernel takes it away with the process. */
	add(&t, "table inet assay_%s {\nflags owner;\nchain input {\n", link);
	add(&t, "type filter hook input priority 0; policy accept;\n");
	if (has_six)
		add(&t, "iifname \"%s\" " NEIGHBOURS, link);
	add(&t, "iifname \"%s\" drop\n}\nchain forward {\n", link);
	add(&t, "type filter hook forward priority 0; policy accept;\n");
	add(&t, "iifname \"%s\" oifname != \"%s\" drop\n", link, interface);
	add(&t, "oifname \"%s\" ct state != { established, related } drop\n",
	    link);
	add(&t,
	    "}\nchain leave {\n"
	    "type nat hook postrouting priority 100; policy accept;\n"
	    "ip saddr %s oifname \"%s\" masquerade\n",
	    four, interface);
	if (has_six)
		add(&t, "ip6 saddr %s oifname \"%s\" masquerade\n", six,
		    interface);
	add(&t, "}\n}\n");
	return t.p;
}

static struct fence_host *
take_host(struct fence *f, const char *name)
{
	char small[sizeof(f->hosts[0].name)];
	struct fence_host *h;
	size_t i;

	for (i = 0; i + 1 < sizeof(small) && name[i] != '\0'; i++)
		small[i] = (char)tolower((unsigned char)name[i]);
	small[i] = '\0';
	for (i = 0; i < f->nhosts; i++)
		if (strcmp(f->hosts[i].name, small) == 0)
			return &f->hosts[i];
	if (f->nhosts == FENCE_HOSTS_MAX)
		return NULL;
	h = &f->hosts[f->nhosts++];
	memset(h, 0, sizeof(*h));
	memcpy(h->name, small, sizeof(small));
	return h;
}

static void
read_port(struct fence_port *p, const char *transport, const char *ports)
{
	char *end;

	p->transport = (uint8_t)(strcmp(transport, "tcp") == 0 ? 6
		: strcmp(transport, "udp") == 0                ? 17
							       : 0);
	p->first = 0;
	p->last = UINT16_MAX;
	if (ports[0] == '\0')
		return;
	/* What is no port leaves none: 1 to 0 is nothing. */
	p->first = (uint16_t)strtoul(ports, &end, 10);
	p->last = *end == '-' ? (uint16_t)strtoul(end + 1, NULL, 10) : p->first;
}

int
fence_name_hosts(
    struct fence *f, const struct profile *p, enum state state, struct err *e)
{
	const struct profile_rows *rows = &p->tables[PROFILE_CLOUD];
	const struct profile_row *row;
	struct fence_port port;
	struct fence_host *h;
	size_t i;

	for (i = 0; i < rows->n; i++) {
		row = &rows->rows[i];
		if ((row->states & 1u << state) == 0)
			continue;
		h = take_host(f, profile_row_cell(PROFILE_CLOUD, row, "host"));
		if (h == NULL)
			return err_set(e,
			    "the profile names more than %d "
			    "hosts of the cloud",
			    FENCE_HOSTS_MAX);
		if (row->flag) {
			h->is_shut = true;
			continue;
		}
		read_port(&port,
		    profile_row_cell(PROFILE_CLOUD, row, "transport"),
		    profile_row_cell(PROFILE_CLOUD, row, "port"));
		if (port.first > port.last)
			return err_set(e, "%s: no such ports", h->name);
		if (h->nports == FENCE_PORTS_MAX)
			return err_set(e, "%s: more than %d rows of the cloud",
			    h->name, FENCE_PORTS_MAX);
		h->ports[h->nports++] = port;
	}
	return 0;
}

void
fence_subnet(uint32_t segment, struct fence_subnet *net)
{
	/* RFC 4193: a prefix of our own, which leaves no machine. */
	static const uint8_t six[16] = { 0xfd, 0x61, 0x73, 0x73, 0x61, 0x79 };
	/* RFC 3927: addresses that are never routed.  /30 each, from .88.0. */
	uint32_t four = 0xa9fe5800u + segment * 4;
	size_t i;

	for (i = 0; i < 4; i++) {
		net->machine[i] = (uint8_t)((four + 1) >> (24 - 8 * i));
		net->inside[i] = (uint8_t)((four + 2) >> (24 - 8 * i));
	}
	memcpy(net->machine_six, six, sizeof(six));
	net->machine_six[6] = (uint8_t)(segment >> 8);
	net->machine_six[7] = (uint8_t)segment;
	memcpy(net->inside_six, net->machine_six, sizeof(six));
	net->machine_six[15] = 1;
	net->inside_six[15] = 2;
}
