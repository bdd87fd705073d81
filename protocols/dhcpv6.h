/*
 * dhcpv6: a DHCPv6 message, as far as it tells who has which address.
 *
 * RFC 8415 sections 8 (header), 21 (options), 11 (DUID); RFC 4704 (name).
 * Pure: views into the message, names unfiltered.  Messages between relay
 * and server (section 9) do not belong on a segment: only their type is given.
 */
#ifndef ASSAY_DHCPV6_H
#define ASSAY_DHCPV6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCPV6_PORT_CLIENT 546
#define DHCPV6_PORT_SERVER 547

enum dhcpv6_type { /* RFC 8415 section 7.3 */
	DHCPV6_SOLICIT = 1,
	DHCPV6_ADVERTISE,
	DHCPV6_REQUEST,
	DHCPV6_CONFIRM,
	DHCPV6_RENEW,
	DHCPV6_REBIND,
	DHCPV6_REPLY,
	DHCPV6_RELEASE,
	DHCPV6_DECLINE,
	DHCPV6_RECONFIGURE,
	DHCPV6_INFORMATION_REQUEST,
	DHCPV6_RELAY_FORWARD,
	DHCPV6_RELAY_REPLY,
};

#define DHCPV6_ADDRESSES_MAX 16 /* of one message; more are counted only */

struct dhcpv6_address {                /* section 21.6 */
	const uint8_t *addr;           /* 16 bytes */
	uint32_t preferred_s, valid_s; /* valid 0: no longer to be used */
};

struct dhcpv6 {
	uint8_t type;             /* enum dhcpv6_type, or what was there */
	uint32_t xid;             /* 24 bits */
	const uint8_t *client_id; /* DUID, or NULL */
	size_t client_id_size;
	const uint8_t *client_mac; /* in a DUID-LL or DUID-LLT of Ethernet */
	const uint8_t *server_id;  /* DUID, or NULL */
	size_t server_id_size;
	const uint8_t *name; /* client FQDN in DNS wire format, or NULL */
	size_t name_size;
	struct dhcpv6_address
	    addresses[DHCPV6_ADDRESSES_MAX]; /* IA_NA, IA_TA */
	size_t naddresses;                   /* in the array */
	size_t addresses_seen;               /* in the message */
};

/* data: a UDP payload.  0, or -1 when it is no DHCPv6 message or an option
 * runs over the end. */
int dhcpv6_parse(struct dhcpv6 *d, const void *data, size_t size);

#endif
