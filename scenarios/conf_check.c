/*
 * conf_check: what of assayd.yaml no table can say: addresses, subnets, and
 * that two entries do not want the same thing.
 *
 * The warden's policy is these subnets, so a mistake here is one that no
 * later check would find.
 */
#include "scenarios/conf_check.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An IPv4 /30 holds bench and watch, and no device. */
#define IPV4_PREFIX_MIN 8
#define IPV4_PREFIX_MAX 29
#define IPV6_PREFIX_MIN 48
#define IPV6_PREFIX_MAX 125

static size_t
address_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

/* The bits from the prefix on are all v. */
static bool
host_part_is(const struct conf_address *a, unsigned v)
{
	size_t i, bits = 8 * address_size(a->family);

	for (i = a->prefix; i < bits; i++)
		if (((unsigned)a->addr[i / 8] >> (7 - i % 8) & 1u) != v)
			return false;
	return true;
}

static bool
is_in_subnet(const uint8_t *addr, const struct conf_address *a)
{
	size_t i;

	for (i = 0; i < a->prefix; i++)
		if (((addr[i / 8] ^ a->addr[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

static void
plus_one(struct conf_address *a)
{
	size_t i = address_size(a->family);

	while (i > 0 && ++a->addr[--i] == 0)
		;
}

/* A host part that names a host: RFC 4291 section 2.6.1 for the zero in IPv6,
 * RFC 1122 section 3.2.1.3 for IPv4. */
static bool
is_host(const struct conf_address *a)
{
	return !host_part_is(a, 0) && !host_part_is(a, 1);
}

/* Unicast, and not of this machine or this link alone. */
static bool
is_usable(const struct conf_address *a)
{
	static const uint8_t zeros[10];

	if (a->family == 4)
		return a->addr[0] != 0 && a->addr[0] != 127 &&
		    a->addr[0] < 224 &&
		    !(a->addr[0] == 169 && a->addr[1] == 254);
	return a->addr[0] != 0xff && memcmp(a->addr, zeros, 10) != 0 &&
	    !(a->addr[0] == 0xfe && (a->addr[1] & 0xc0) == 0x80);
}

static bool
parse_prefix(const char *text, uint8_t *prefix)
{
	unsigned v = 0;
	const char *p;

	for (p = text; *p >= '0' && *p <= '9' && p - text < 3; p++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p == text || *p != '\0' || (text[0] == '0' && p - text > 1) ||
	    v > 128)
		return false;
	*prefix = (uint8_t)v;
	return true;
}

bool
conf_check_address(const char *text, struct conf_address *a)
{
	const char *slash = strchr(text, '/');
	struct conf_address own = { .family = 0 }, watch;
	char host[INET6_ADDRSTRLEN];

	if (slash == NULL || (size_t)(slash - text) >= sizeof(host) ||
	    !parse_prefix(slash + 1, &own.prefix))
		return false;
	memcpy(host, text, (size_t)(slash - text));
	host[slash - text] = '\0';
	if (inet_pton(AF_INET, host, own.addr) == 1)
		own.family = 4;
	else if (inet_pton(AF_INET6, host, own.addr) == 1)
		own.family = 6;
	else
		return false;
	if (own.family == 4
		? own.prefix < IPV4_PREFIX_MIN || own.prefix > IPV4_PREFIX_MAX
		: own.prefix < IPV6_PREFIX_MIN || own.prefix > IPV6_PREFIX_MAX)
		return false;
	if (!is_usable(&own) || !is_host(&own))
		return false;
	watch = own;
	plus_one(&watch);
	if (!is_host(&watch))
		return false;
	*a = own;
	return true;
}

static bool
subnets_meet(const struct conf_address *a, const struct conf_address *b)
{
	if (a->family != b->family)
		return false;
	return a->prefix <= b->prefix ? is_in_subnet(b->addr, a)
				      : is_in_subnet(a->addr, b);
}

static bool
segments_meet(const struct conf_segment *a, const struct conf_segment *b)
{
	size_t i, j;

	for (i = 0; i < a->naddresses; i++)
		for (j = 0; j < b->naddresses; j++)
			if (subnets_meet(&a->addresses[i], &b->addresses[j]))
				return true;
	return false;
}

/* ---- DHCP: a range within one subnet that spares bench and watch ---- */

static const struct conf_address *
subnet_of(const struct conf_segment *s, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < s->naddresses; i++)
		if (s->addresses[i].family == 4 &&
		    is_in_subnet(addr, &s->addresses[i]))
			return &s->addresses[i];
	return NULL;
}

static int
check_dhcp(
    const struct yaml_node *n, const struct conf_segment *s, struct err *e)
{
	const struct conf_address *subnet;
	struct conf_address from = { .family = 4 }, to = { .family = 4 }, watch;

	if (inet_pton(AF_INET, s->dhcp_from, from.addr) != 1 ||
	    inet_pton(AF_INET, s->dhcp_to, to.addr) != 1)
		return yaml_tree_fail(
		    n, e, "dhcp: from and to must be IPv4 addresses");
	subnet = subnet_of(s, from.addr);
	if (subnet == NULL || !is_in_subnet(to.addr, subnet))
		return yaml_tree_fail(n, e,
		    "dhcp: from and to must be in one IPv4 subnet of the "
		    "segment's addresses");
	from.prefix = to.prefix = subnet->prefix;
	if (!is_host(&from) || !is_host(&to) ||
	    memcmp(from.addr, to.addr, 4) > 0)
		return yaml_tree_fail(n, e,
		    "dhcp: from must not be after to, and neither may be the "
		    "subnet's first or last address");
	watch = *subnet;
	plus_one(&watch);
	if (memcmp(watch.addr, from.addr, 4) >= 0 &&
	    memcmp(subnet->addr, to.addr, 4) <= 0)
		return yaml_tree_fail(n, e,
		    "dhcp: the range holds the bench's own address or the one "
		    "after it, which is the watch's");
	return 0;
}

/* Hosts make addresses from a prefix of 64 bits alone, and the same router
 * advertisement tells of both: RFC 4861 section 4.2, RFC 4862 section 5.5.3. */
static const struct conf_address *
subnet6_of(const struct conf_segment *s, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < s->naddresses; i++)
		if (s->addresses[i].family == 6 &&
		    s->addresses[i].prefix == 64 &&
		    is_in_subnet(addr, &s->addresses[i]))
			return &s->addresses[i];
	return NULL;
}

static int
check_dhcpv6(
    const struct yaml_node *n, const struct conf_segment *s, struct err *e)
{
	const struct conf_address *subnet;
	uint8_t from[16], to[16];
	struct conf_address watch;

	if (inet_pton(AF_INET6, s->dhcpv6_from, from) != 1 ||
	    inet_pton(AF_INET6, s->dhcpv6_to, to) != 1)
		return yaml_tree_fail(
		    n, e, "dhcpv6: from and to must be IPv6 addresses");
	subnet = subnet6_of(s, from);
	if (subnet == NULL || !is_in_subnet(to, subnet))
		return yaml_tree_fail(n, e,
		    "dhcpv6: from and to must be in one IPv6 /64 of the "
		    "segment's addresses");
	if (memcmp(from, to, 16) > 0)
		return yaml_tree_fail(
		    n, e, "dhcpv6: from must not be after to");
	watch = *subnet;
	plus_one(&watch);
	if (memcmp(watch.addr, from, 16) >= 0 &&
	    memcmp(subnet->addr, to, 16) <= 0)
		return yaml_tree_fail(n, e,
		    "dhcpv6: the range holds the bench's own address or the "
		    "one after it, which is the watch's");
	return 0;
}

int
conf_check_segment(
    const struct yaml_node *n, const struct conf_segment *s, struct err *e)
{
	const struct yaml_node *list = yaml_tree_get(n, "addresses"),
			       *dhcp = yaml_tree_get(n, "dhcp"),
			       *dhcpv6 = yaml_tree_get(n, "dhcpv6");
	size_t i, j;

	for (i = 0; i < s->naddresses; i++)
		for (j = 0; j < i; j++)
			if (subnets_meet(&s->addresses[i], &s->addresses[j]))
				return yaml_tree_fail(list->items[i], e,
				    "addresses: the same subnet as \"%s\"",
				    list->items[j]->text);
	if (dhcp != NULL && check_dhcp(dhcp, s, e) == -1)
		return -1;
	return dhcpv6 == NULL ? 0 : check_dhcpv6(dhcpv6, s, e);
}

int
conf_check_participants(
    const struct yaml_node *list, const struct conf_segment *s, struct err *e)
{
	size_t i, j;

	for (i = 0; i < s->nparticipants; i++)
		for (j = 0; j < i; j++)
			if (memcmp(s->participants[i].mac,
				s->participants[j].mac, 6) == 0)
				return yaml_tree_fail(list->items[i], e,
				    "participants: the same MAC address as in "
				    "line %u",
				    list->items[j]->line);
	return 0;
}

int
conf_check_segments(
    const struct yaml_node *list, const struct conf *c, struct err *e)
{
	const struct conf_segment *a, *b;
	size_t i, j;

	for (i = 0; i < c->nsegments; i++) {
		for (j = 0; j < i; j++) {
			a = &c->segments[i];
			b = &c->segments[j];
			if (strcmp(a->name, b->name) == 0)
				return yaml_tree_fail(list->items[i], e,
				    "a second segment named \"%s\"", a->name);
			if (strcmp(a->interface, b->interface) == 0)
				return yaml_tree_fail(list->items[i], e,
				    "the interface \"%s\" is segment \"%s\" "
				    "already",
				    a->interface, b->name);
			if (segments_meet(a, b))
				return yaml_tree_fail(list->items[i], e,
				    "shares a subnet with segment \"%s\"",
				    b->name);
		}
	}
	return 0;
}

int
conf_check_hooks(
    const struct yaml_node *list, const struct conf *c, struct err *e)
{
	size_t i, j;

	for (i = 0; i < c->nhooks; i++) {
		if (c->hooks[i].command[0][0] != '/')
			return yaml_tree_fail(list->items[i], e,
			    "command: expected an absolute path first, found "
			    "\"%s\"",
			    c->hooks[i].command[0]);
		for (j = 0; j < i; j++)
			if (strcmp(c->hooks[i].name, c->hooks[j].name) == 0)
				return yaml_tree_fail(list->items[i], e,
				    "a second hook named \"%s\"",
				    c->hooks[i].name);
	}
	return 0;
}
