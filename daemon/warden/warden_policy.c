/*
 * warden_policy: what the engine may ask for.  Pure.
 */
#include "daemon/warden/warden_policy.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "probes/probe.h"

#define KNOWN_NEEDS \
	(ASSAY_NEED_TCP | ASSAY_NEED_UDP | ASSAY_NEED_LINK | \
	    ASSAY_NEED_LISTEN | ASSAY_NEED_THREADS | ASSAY_NEED_SOURCES | \
	    ASSAY_NEED_CALLS)

int
warden_policy_check_probe(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n > WARDEN_PROBE_NAME_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._") != n)
		return err_set(
		    e, "a probe's name is 1 to 64 of a-z, 0-9, '.' and '_'");
	return 0;
}

int
warden_policy_check_needs(uint32_t needs, struct err *e)
{
	if ((needs & ~(uint32_t)KNOWN_NEEDS) != 0)
		return err_set(e, "needs 0x%x: not known here", needs);
	return 0;
}

char *
warden_policy_probe_file(const char *name)
{
	char *file = xasprintf("%s.so", name);
	size_t i;

	for (i = 0; i < strlen(name); i++)
		if (file[i] == '.')
			file[i] = '_';
	return file;
}

static size_t
address_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static const char *
format_address(uint8_t family, const uint8_t *addr, char *out, size_t size)
{
	return inet_ntop(
	    family == 4 ? AF_INET : AF_INET6, addr, out, (socklen_t)size);
}

/* The first `bits` of a and b are equal. */
static bool
shares_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* Every bit after the prefix is `bit`. */
static bool
is_filled(const struct netlink_address *subnet, const uint8_t *addr, bool bit)
{
	size_t i, end = address_size(subnet->family) * 8;

	for (i = subnet->prefix; i < end; i++)
		if (((addr[i / 8] >> (7 - i % 8) & 1) == 1) != bit)
			return false;
	return true;
}

static bool
is_link_local(uint8_t family, const uint8_t *addr)
{
	return family == 6 && addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

/* Why no device can have this address, whatever the subnet; NULL: it can.
 * RFC 1122 section 3.2.1.3, RFC 4291 section 2.4. */
static const char *
special_name(uint8_t family, const uint8_t *addr)
{
	static const uint8_t zero[16];

	if (memcmp(addr, zero, address_size(family)) == 0)
		return "the unspecified address";
	if (family == 6 && memcmp(addr, zero, 15) == 0 && addr[15] == 1)
		return "a loopback address";
	if (family == 6)
		return addr[0] == 0xff ? "a multicast address" : NULL;
	if (addr[0] == 127)
		return "a loopback address";
	if (memcmp(addr, "\xff\xff\xff\xff", 4) == 0)
		return "a broadcast address";
	return (addr[0] & 0xf0) == 0xe0 ? "a multicast address" : NULL;
}

static bool
is_bench(const struct netlink_address *list, size_t n, uint8_t family,
    const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].family == family &&
		    memcmp(list[i].addr, addr, address_size(family)) == 0)
			return true;
	return false;
}

static int
refuse_outside(const struct warden_policy *p, const char *text, struct err *e)
{
	char subnets[320], own[INET6_ADDRSTRLEN];
	size_t i, n = 0;

	subnets[0] = '\0';
	for (i = 0; i < p->nown && n < sizeof(subnets); i++) {
		if (is_link_local(p->own[i].family, p->own[i].addr))
			continue;
		n += (size_t)snprintf(subnets + n, sizeof(subnets) - n,
		    "%s/%u, ",
		    format_address(
			p->own[i].family, p->own[i].addr, own, sizeof(own)),
		    p->own[i].prefix);
	}
	return err_set(e, "%s is outside of segment %s (%slink-local)", text,
	    p->segment, subnets);
}

int
warden_policy_check_target(const struct warden_policy *p, uint8_t family,
    const uint8_t *addr, struct err *e)
{
	char text[INET6_ADDRSTRLEN];
	const struct netlink_address *a;
	const char *special;
	bool is_inside;
	size_t i;

	if (format_address(family, addr, text, sizeof(text)) == NULL)
		return err_set(e, "not an address");
	special = special_name(family, addr);
	if (special != NULL)
		return err_set(e, "%s is %s", text, special);
	if (is_bench(p->own, p->nown, family, addr) ||
	    is_bench(p->watch, p->nwatch, family, addr))
		return err_set(e, "%s is the bench's own", text);
	is_inside = is_link_local(family, addr);
	for (i = 0; i < p->nown; i++) {
		a = &p->own[i];
		if (a->family != family ||
		    !shares_prefix(a->addr, addr, a->prefix))
			continue;
		is_inside = true;
		if (family == 4 && a->prefix < 31 && is_filled(a, addr, true))
			return err_set(e, "%s is a broadcast address", text);
		/* RFC 1122: once a broadcast; RFC 4291 2.6.1: anycast. */
		if (a->prefix < (family == 4 ? 31 : 127) &&
		    is_filled(a, addr, false))
			return err_set(e, "%s is the subnet itself", text);
	}
	return is_inside ? 0 : refuse_outside(p, text, e);
}

int
warden_policy_check_dut(
    const struct conf_segment *conf, const uint8_t mac[6], struct err *e)
{
	const struct conf_participant *p = conf_participant(conf, mac);

	if (p == NULL || participant_role_is_target(p->role))
		return 0;
	return err_set(e,
	    "%02x:%02x:%02x:%02x:%02x:%02x is no device under test: "
	    "assayd.yaml "
	    "says %s",
	    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
	    participant_role_name(p->role));
}

int
warden_policy_check_cloud(
    const struct conf_segment *conf, const char *host, struct err *e)
{
	size_t i;

	for (i = 0; i < conf->ncloud_allow; i++)
		if (strcmp(conf->cloud_allow[i], host) == 0)
			return 0;
	return err_set(
	    e, "assayd.yaml does not allow the host %s (cloud_allow)", host);
}
