/*
 * pool: the addresses of a segment that are lent to jobs as sources.
 */
#include "daemon/shared/pool.h"

#include <arpa/inet.h>
#include <string.h>

#define SUBNETS_MAX (CONF_ADDRESSES_MAX + 1)
/* From here on a pool address holds its number, then the same bits as all the
 * others, which no EUI-64 has: those have ff:fe before them. */
#define IPV6_NUMBER_AT 10
#define IPV6_LAST 0x00a55a

/* A subnet and how far its addresses were counted. */
struct subnet {
	struct conf_address own; /* the bench's in it */
	uint32_t next, end;      /* the host number to look at; the last */
};

bool
pool_shares_subnet(
    const struct conf_address *subnet, uint8_t family, const uint8_t *addr)
{
	unsigned whole = subnet->prefix / 8, rest = subnet->prefix % 8;

	if (subnet->family != family || memcmp(subnet->addr, addr, whole) != 0)
		return false;
	return rest == 0 ||
	    ((subnet->addr[whole] ^ addr[whole]) >> (8 - rest)) == 0;
}

/* The number as the address' host part, from byte `at` on; a long prefix is
 * left as it is. */
static void
put_number(const struct subnet *s, uint32_t number, struct conf_address *out)
{
	const size_t size = s->own.family == 4 ? 4 : 16;
	uint8_t host[16] = { 0 }, mask;
	size_t i;

	if (s->own.family == 6 && s->own.prefix <= 8 * IPV6_NUMBER_AT) {
		host[IPV6_NUMBER_AT] = (uint8_t)(number >> 8);
		host[IPV6_NUMBER_AT + 1] = (uint8_t)number;
		host[13] = IPV6_LAST >> 16;
		host[14] = IPV6_LAST >> 8 & 0xff;
		host[15] = IPV6_LAST & 0xff;
	} else {
		for (i = 0; i < 4; i++)
			host[size - 1 - i] = (uint8_t)(number >> 8 * i);
	}
	*out = s->own;
	for (i = 0; i < size; i++) {
		mask = s->own.prefix >= 8 * (i + 1) ? 0xff
		    : s->own.prefix <= 8 * i
		    ? 0
		    : (uint8_t)(0xff00u >> s->own.prefix % 8);
		out->addr[i] =
		    (uint8_t)((s->own.addr[i] & mask) | (host[i] & ~mask));
	}
}

/* The bench's, or the watch's, which is the one after it. */
static bool
is_ours(const struct subnet *s, const struct conf_address *a)
{
	const size_t size = a->family == 4 ? 4 : 16;
	uint8_t watch[16];
	size_t i = size;

	memcpy(watch, s->own.addr, sizeof(watch));
	while (i > 0 && ++watch[--i] == 0)
		continue;
	return memcmp(a->addr, s->own.addr, size) == 0 ||
	    memcmp(a->addr, watch, size) == 0;
}

static bool
is_between(const struct conf_address *a, const char *first, const char *last)
{
	const int family = a->family == 4 ? AF_INET : AF_INET6;
	const size_t size = a->family == 4 ? 4 : 16;
	uint8_t from[16], to[16];

	return inet_pton(family, first, from) == 1 &&
	    inet_pton(family, last, to) == 1 &&
	    memcmp(a->addr, from, size) >= 0 && memcmp(a->addr, to, size) <= 0;
}

static bool
is_lent_by_dhcp(const struct conf_segment *c, const struct conf_address *a)
{
	return a->family == 4 ? is_between(a, c->dhcp_from, c->dhcp_to)
			      : is_between(a, c->dhcpv6_from, c->dhcpv6_to);
}

/* The subnet's next free address; false: there is none. */
static bool
take(const struct conf_segment *c, struct subnet *s, struct conf_address *out)
{
	while (s->next > 0 && s->next <= s->end) {
		put_number(s, s->next, out);
		/* People give devices low numbers, so IPv4 goes down. */
		s->next += s->own.family == 4 ? UINT32_MAX : 1;
		if (!is_ours(s, out) && !is_lent_by_dhcp(c, out))
			return true;
	}
	return false;
}

static void
begin(struct subnet *s, const struct conf_address *own)
{
	unsigned bits = (own->family == 4 ? 32u : 128u) - own->prefix;

	s->own = *own;
	/* Neither the first, which is the subnet, nor the last. */
	s->end = (bits >= 31 ? UINT32_MAX >> 1 : (1u << bits) - 1) - 1;
	if (own->family == 6 && s->end > UINT16_MAX)
		s->end = UINT16_MAX;
	s->next = own->family == 4 ? s->end : 1;
}

static size_t
list_family(const struct conf_segment *c, uint8_t family, size_t max,
    struct conf_address *list)
{
	static const struct conf_address link_local = {
		.family = 6, .addr = { 0xfe, 0x80 }, .prefix = 64
	};
	struct subnet subnets[SUBNETS_MAX];
	size_t i, n = 0, nsubnets = 0, before;

	for (i = 0; i < c->naddresses; i++)
		if (c->addresses[i].family == family)
			begin(&subnets[nsubnets++], &c->addresses[i]);
	if (family == 6)
		begin(&subnets[nsubnets++], &link_local);
	do {
		before = n;
		for (i = 0; i < nsubnets && n < max; i++)
			if (take(c, &subnets[i], &list[n]))
				n++;
	} while (n > before);
	return n;
}

size_t
pool_list(
    const struct conf_segment *segment, struct conf_address list[POOL_MAX])
{
	size_t n = list_family(segment, 4,
	    segment->pool_ipv4 < CONF_POOL_MAX ? segment->pool_ipv4
					       : CONF_POOL_MAX,
	    list);

	return n +
	    list_family(segment, 6,
		segment->pool_ipv6 < CONF_POOL_MAX ? segment->pool_ipv6
						   : CONF_POOL_MAX,
		list + n);
}
