/*
 * dhcp: a DHCPv4 message, as far as it tells who has which address.
 *
 * RFC 2131 section 2 (fields), RFC 2132 (options, with overload, section
 * 9.3).  Pure: views into the message; names and classes are bytes as the
 * device sent them, unfiltered: whoever shows them quotes them.  An option
 * that comes in pieces (RFC 3396) is given as its first piece.
 */
#ifndef ASSAY_DHCP_H
#define ASSAY_DHCP_H

#include <stddef.h>
#include <stdint.h>

#define DHCP_PORT_SERVER 67
#define DHCP_PORT_CLIENT 68

enum dhcp_type { /* RFC 2132 section 9.6 */
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM,
};

struct dhcp {
	uint8_t op;   /* 1 from a client, 2 from a server */
	uint8_t type; /* enum dhcp_type, or what was there; 0: BOOTP */
	uint32_t xid;
	const uint8_t *mac; /* chaddr, 6 bytes; NULL: not Ethernet */
	const uint8_t *ciaddr, *yiaddr, *siaddr, *giaddr; /* 4 bytes each */
	const uint8_t *requested; /* option 50, or NULL */
	const uint8_t *server;    /* option 54, or NULL */
	uint32_t lease_s;         /* option 51; 0: not there */
	const uint8_t *dns;       /* option 6: resolvers, 4 bytes each; NULL */
	size_t dns_size;          /* a multiple of 4 */
	const uint8_t *host_name; /* option 12, or NULL */
	size_t host_name_size;
	const uint8_t *vendor_class; /* option 60, or NULL */
	size_t vendor_class_size;
	const uint8_t *client_id; /* option 61, or NULL */
	size_t client_id_size;
};

/* data: a UDP payload.  0, or -1 when it is no DHCP or BOOTP message or an
 * option runs over the end. */
int dhcp_parse(struct dhcp *d, const void *data, size_t size);

#endif
