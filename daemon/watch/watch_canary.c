/*
 * watch_canary: proof that nothing gets out of a sealed segment.
 *
 * The hard truth: "no answer from outside" proves nothing, the outside may be
 * asleep.  So the kernel is asked what it would do, and a refusal to say counts
 * against the segment.
 */
#include "daemon/watch/watch_canary.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include "daemon/warden/fence.h"

#define DISCARD_PORT 9

struct look { /* one question under way */
	const struct watch_link *link;
	struct watch_fact *fact;
	uint8_t family; /* AF_… */
	unsigned seen;
	enum watch_fence_way fence; /* open: FENCE_LINK is the way to it */
	unsigned way;               /* its index */
};

static void __attribute__((format(printf, 2, 3)))
add_value(struct watch_fact *f, const char *format, ...)
{
	size_t n = strlen(f->value);
	va_list ap;

	if (n != 0 && n + 2 < sizeof(f->value)) {
		memcpy(f->value + n, ", ", 3);
		n += 2;
	}
	va_start(ap, format);
	(void)vsnprintf(f->value + n, sizeof(f->value) - n, format, ap);
	va_end(ap);
}

static struct watch_fact *
add_fact(struct watch_canary *c, const char *name)
{
	struct watch_fact *f = &c->facts[c->n++];

	f->name = name;
	f->value[0] = '\0';
	f->good = true;
	return f;
}

static bool
leads_to_fence(enum watch_fence_way fence, uint8_t family)
{
	return fence == WATCH_FENCE_BOTH ||
	    (fence == WATCH_FENCE_IPV4 && family == AF_INET);
}

static void
on_interface(void *arg, struct nlmsghdr *m)
{
	struct look *look = arg;
	struct ifinfomsg *i = NLMSG_DATA(m);
	const char *name;

	if (m->nlmsg_type != RTM_NEWLINK)
		return;
	name = watch_netlink_attribute(m, sizeof(*i), IFLA_IFNAME, 1);
	add_value(look->fact, "%.31s", name == NULL ? "?" : name);
	if ((unsigned)i->ifi_index == look->link->ifindex)
		look->seen++;
	else if (look->fence != WATCH_FENCE_SHUT && name != NULL &&
	    strcmp(name, FENCE_LINK) == 0)
		look->way = (unsigned)i->ifi_index;
	else if (i->ifi_type != ARPHRD_LOOPBACK)
		look->fact->good = false;
}

/* The namespace holds its loopback and the segment's interface alone; and the
 * way to the fence while that is open. */
static void
take_interfaces(struct watch_canary *c, struct watch_netlink *nl,
    const struct watch_link *l)
{
	struct look look = { .link = l, .fence = c->fence };
	int r;

	look.fact = add_fact(c, "interfaces");

	r = watch_netlink_dump(nl, RTM_GETLINK, AF_UNSPEC, on_interface, &look);
	if (r != 0)
		add_value(look.fact, "unknown: %s", strerror(-r));
	if (r != 0 || look.seen != 1 ||
	    (c->fence != WATCH_FENCE_SHUT && look.way == 0))
		look.fact->good = false;
	c->way = look.way;
}

/* Any way over a gateway leads away, also 0.0.0.0/1 and its like. */
static void
on_route(void *arg, struct nlmsghdr *m)
{
	struct look *look = arg;
	struct rtmsg *r = NLMSG_DATA(m);
	const void *gateway, *via, *multipath, *table, *nexthop;
	char text[INET6_ADDRSTRLEN] = "";
	uint32_t id;

	if (m->nlmsg_type != RTM_NEWROUTE)
		return;
	look->seen++;
	if (r->rtm_type != RTN_UNICAST)
		return;
	id = r->rtm_table;
	table = watch_netlink_attribute(m, sizeof(*r), RTA_TABLE, 4);
	if (table != NULL)
		memcpy(&id, table, 4);
	if (leads_to_fence(look->fence, look->family) && id == FENCE_ROUTES)
		return; /* the device's own: take_transit() asks who takes it */
	gateway = watch_netlink_attribute(
	    m, sizeof(*r), RTA_GATEWAY, look->family == AF_INET ? 4 : 16);
	via = watch_netlink_attribute(m, sizeof(*r), RTA_VIA, 2);
	multipath = watch_netlink_attribute(m, sizeof(*r), RTA_MULTIPATH, 8);
	nexthop = watch_netlink_attribute(m, sizeof(*r), RTA_NH_ID, 4);
	if (r->rtm_dst_len != 0 && gateway == NULL && via == NULL &&
	    multipath == NULL && nexthop == NULL)
		return;
	if (gateway != NULL)
		inet_ntop(look->family, gateway, text, sizeof(text));
	look->fact->good = false;
	add_value(look->fact, "/%u via %s table %u", r->rtm_dst_len,
	    text[0] == '\0' ? "link" : text, id);
}

static void
take_routes(struct watch_canary *c, struct watch_netlink *nl,
    const struct watch_link *l, uint8_t family)
{
	struct look look = { .link = l, .family = family, .fence = c->fence };
	int r;

	look.fact =
	    add_fact(c, family == AF_INET ? "routes.ipv4" : "routes.ipv6");
	r = watch_netlink_dump(nl, RTM_GETROUTE, family, on_route, &look);
	if (r != 0) {
		add_value(look.fact, "unknown: %s", strerror(-r));
		look.fact->good = false;
	} else if (look.seen == 0) {
		/* The loopback's own are always there. */
		add_value(look.fact, "unknown: not one was shown");
		look.fact->good = false;
	} else if (look.fact->good)
		add_value(look.fact, "none of %u leads away", look.seen);
}

static void
on_netconf(void *arg, struct nlmsghdr *m)
{
	struct look *look = arg;
	const void *index, *forwarding;
	int32_t i, v;

	index = watch_netlink_attribute(
	    m, sizeof(struct netconfmsg), NETCONFA_IFINDEX, 4);
	forwarding = watch_netlink_attribute(
	    m, sizeof(struct netconfmsg), NETCONFA_FORWARDING, 4);
	if (m->nlmsg_type != RTM_NEWNETCONF || index == NULL ||
	    forwarding == NULL)
		return;
	memcpy(&i, index, 4);
	memcpy(&v, forwarding, 4);
	if (i != NETCONFA_IFINDEX_ALL && i != (int32_t)look->link->ifindex)
		return;
	look->seen++;
	add_value(look->fact, "%s %d",
	    i == NETCONFA_IFINDEX_ALL ? "all" : look->link->interface, v);
	/* The device's packets alone are forwarded; whether IPv6 is, "all" says
	 * for every interface. */
	if (v !=
	    (leads_to_fence(look->fence, look->family) &&
		(look->family == AF_INET6 || i != NETCONFA_IFINDEX_ALL)))
		look->fact->good = false;
}

/* net.ipv4.conf.{all,IF}.forwarding and the same of IPv6, asked over netlink
 * because /proc shows whatever somebody mounted there. */
static void
take_forwarding(struct watch_canary *c, struct watch_netlink *nl,
    const struct watch_link *l, uint8_t family)
{
	struct look look = { .link = l, .family = family, .fence = c->fence };
	int r;

	look.fact = add_fact(
	    c, family == AF_INET ? "forwarding.ipv4" : "forwarding.ipv6");
	r = watch_netlink_dump(nl, RTM_GETNETCONF, family, on_netconf, &look);
	if (r != 0)
		add_value(look.fact, "unknown: %s", strerror(-r));
	if (r != 0 || look.seen != 2)
		look.fact->good = false;
}

/* An address that is certainly not on this link: of those set aside for
 * documents (RFC 5737, RFC 3849, RFC 9637) or benchmarks (RFC 5180). */
static const uint8_t *
choose_outside(const struct watch_link *l, uint8_t family)
{
	static const uint8_t four[][16] = { { 192, 0, 2, 1 },
		{ 198, 51, 100, 1 }, { 203, 0, 113, 1 } };
	static const uint8_t six[][16] = { { 0x20, 1, 0x0d, 0xb8, 0xff,
					       0xff, [15] = 1 },
		{ 0x3f, 0xff, 0x0f, 0xff, [15] = 1 },
		{ 0x20, 1, 0, 2, [15] = 1 } };
	const uint8_t *addr;
	size_t i;

	for (i = 0; i < 3; i++) {
		addr = family == AF_INET ? four[i] : six[i];
		if (!watch_link_is_on_link(l, family == AF_INET ? 4 : 6, addr))
			return addr;
	}
	return NULL;
}

static int
connect_to(uint8_t family, const uint8_t *addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(DISCARD_PORT) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(DISCARD_PORT) };
	const struct sockaddr *sa = (const struct sockaddr *)&sin;
	socklen_t size = sizeof(sin);
	int fd, r = 0;

	if (family == AF_INET)
		memcpy(&sin.sin_addr, addr, 4);
	else {
		memcpy(&sin6.sin6_addr, addr, 16);
		sa = (const struct sockaddr *)&sin6;
		size = sizeof(sin6);
	}
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return errno;
	if (connect(fd, sa, size) == -1)
		r = errno;
	close(fd);
	return r;
}

static void
take_connect(struct watch_canary *c, const struct watch_link *l, uint8_t family)
{
	struct watch_fact *f =
	    add_fact(c, family == AF_INET ? "connect.ipv4" : "connect.ipv6");
	const uint8_t *outside = choose_outside(l, family);
	char text[INET6_ADDRSTRLEN];
	int r;

	if (outside == NULL) {
		add_value(f, "no address is outside");
		f->good = false;
		return;
	}
	r = connect_to(family, outside);
	inet_ntop(family, outside, text, sizeof(text));
	add_value(f, "%s: %s", text, r == 0 ? "a way out" : strerror(r));
	/* A datagram's connect sends nothing: this is the kernel's own word. */
	f->good = r == ENETUNREACH || r == EHOSTUNREACH;
}

/* What a device on this link may have: an address of our subnet that is not
 * ours.  Without one of that family, any: with no route, the kernel refuses
 * before it looks at the source. */
static void
choose_neighbour(const struct watch_link *l, uint8_t family, uint8_t *out)
{
	static const uint8_t four[4] = { 198, 18, 0, 1 };
	static const uint8_t six[16] = { 0x20, 1, 0, 2, [15] = 2 };
	const struct watch_address *a;
	uint8_t host, wanted = family == AF_INET ? 4 : 6;
	size_t i, last = watch_addr_size(wanted) - 1;

	memcpy(out, family == AF_INET ? four : six, last + 1);
	for (i = 0; i < l->naddresses; i++) {
		a = &l->addresses[i];
		if (a->family != wanted || a->prefix > 8 * last ||
		    (wanted == 6 && watch_addr_is_link_local6(a->addr)))
			continue;
		memcpy(out, a->addr, last + 1);
		for (host = 1; host < 254; host++) {
			out[last] = host;
			if (!watch_link_owns(l, wanted, out))
				return;
		}
	}
}

struct verdict {
	uint8_t type; /* RTN_… */
	int out;      /* interface, or 0 */
};

static void
on_answer(void *arg, struct nlmsghdr *m)
{
	struct verdict *v = arg;
	struct rtmsg *r = NLMSG_DATA(m);
	const void *out;

	if (m->nlmsg_type != RTM_NEWROUTE)
		return;
	v->type = r->rtm_type;
	out = watch_netlink_attribute(m, sizeof(*r), RTA_OIF, 4);
	if (out != NULL)
		memcpy(&v->out, out, 4);
}

struct route_request {
	struct nlmsghdr h;
	struct rtmsg r;
	uint8_t attributes[64];
};

static void
add_attribute(struct route_request *q, uint16_t type, const void *p, size_t n)
{
	struct rtattr *a = (void *)((uint8_t *)q + NLMSG_ALIGN(q->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(n);
	memcpy(RTA_DATA(a), p, n);
	q->h.nlmsg_len = NLMSG_ALIGN(q->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static int
ask_route(struct watch_netlink *nl, const struct watch_link *l, uint8_t family,
    const uint8_t *from, const uint8_t *to, struct verdict *v)
{
	size_t size = family == AF_INET ? 4 : 16;
	struct route_request q;
	uint32_t iif = l->ifindex;

	memset(v, 0, sizeof(*v));
	memset(&q, 0, sizeof(q));
	q.h.nlmsg_len = NLMSG_LENGTH(sizeof(q.r));
	q.h.nlmsg_type = RTM_GETROUTE;
	q.h.nlmsg_flags = NLM_F_REQUEST;
	q.r.rtm_family = family;
	q.r.rtm_dst_len = q.r.rtm_src_len = (uint8_t)(8 * size);
	add_attribute(&q, RTA_DST, to, size);
	add_attribute(&q, RTA_SRC, from, size);
	add_attribute(&q, RTA_IIF, &iif, sizeof(iif));
	return watch_netlink_ask(nl, &q.h, on_answer, v);
}

static bool
is_refusal(uint8_t type)
{
	return type == RTN_UNREACHABLE || type == RTN_BLACKHOLE ||
	    type == RTN_PROHIBIT;
}

/* The kernel's own word on a packet that comes in from a device on this link
 * for an address outside. */
static void
take_transit(struct watch_canary *c, struct watch_netlink *nl,
    const struct watch_link *l, uint8_t family)
{
	struct watch_fact *f =
	    add_fact(c, family == AF_INET ? "transit.ipv4" : "transit.ipv6");
	const uint8_t *outside = choose_outside(l, family);
	uint8_t from[16];
	struct verdict v;
	int r;

	if (outside == NULL) {
		add_value(f, "no address is outside");
		f->good = false;
		return;
	}
	choose_neighbour(l, family, from);
	r = ask_route(nl, l, family, from, outside, &v);
	if (leads_to_fence(c->fence, family)) {
		f->good = r == 0 && v.type == RTN_UNICAST &&
		    (unsigned)v.out == c->way;
		add_value(f, f->good ? "to the fence" : "not to the fence");
		return;
	}
	/* These say "no way"; another error would say that the question was
	 * wrong, and prove nothing. */
	if (r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EACCES)
		add_value(f, "%s", strerror(-r));
	else if (r == 0 && is_refusal(v.type))
		add_value(f, "refused");
	else {
		f->good = false;
		if (r == 0)
			add_value(f, "routed to interface %d", v.out);
		else
			add_value(f, "unknown: %s", strerror(-r));
	}
}

void
watch_canary_take(struct watch_canary *c, struct watch_netlink *nl,
    const struct watch_link *l, enum watch_fence_way fence)
{
	static const uint8_t families[2] = { AF_INET, AF_INET6 };
	size_t i;

	memset(c, 0, sizeof(*c));
	c->fence = fence;
	take_interfaces(c, nl, l);
	for (i = 0; i < 2; i++) {
		take_routes(c, nl, l, families[i]);
		take_forwarding(c, nl, l, families[i]);
		take_connect(c, l, families[i]);
		take_transit(c, nl, l, families[i]);
	}
	c->good = true;
	for (i = 0; i < c->n; i++)
		if (!c->facts[i].good)
			c->good = false;
}
