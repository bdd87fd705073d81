/*
 * services_config: what dnsmasq is told.  Pure.
 *
 * A device must find a network it can live in, and none that leads out but by
 * the fence: DHCP without a router (RFC 2132 option 3) where there is none,
 * router advertisements with prefixes and a router lifetime of 0 (RFC 4861
 * section 4.2: not a default router) unless the fence lets a name out by IPv6,
 * and a DNS that knows one name.
 */
#ifndef ASSAY_SERVICES_CONFIG_H
#define ASSAY_SERVICES_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/warden/netlink.h"

#define SERVICES_ADDRESSES_MAX 32
#define SERVICES_NAMES_MAX 512

struct services_config {
	char segment[32], interface[16];
	struct netlink_address own[SERVICES_ADDRESSES_MAX];
	size_t nown;
	char dhcp_from[16], dhcp_to[16]; /* "" : no DHCPv4 */
	uint32_t lease_s;
	char dhcpv6_from[46], dhcpv6_to[46]; /* "" : no addresses by DHCPv6 */
	uint32_t lease6_s;
	bool is_router; /* there is a way out, at times */
	char lease_file[320];
	struct services_name {
		char host[254];
		uint8_t family, addr[16];
	} names[SERVICES_NAMES_MAX]; /* that exist beside the bench's own */
	size_t nnames;
	bool catches; /* every name is the bench's: somebody answers there */
};

/* dnsmasq.conf's text. Caller frees. */
char *services_config_format(const struct services_config *c);
/* "dhcp 10.77.0.100 to 10.77.0.199, ra fd77::/64, dns", for a person. */
void services_config_describe(
    const struct services_config *c, char *out, size_t size);

#endif
