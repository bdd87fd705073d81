/*
 * dhcpv6: a DHCPv6 message, as far as it tells who has which address.
 */
#include "protocols/dhcpv6.h"

#include "protocols/bytes.h"

enum {
	OPTION_CLIENT_ID = 1,
	OPTION_SERVER_ID = 2,
	OPTION_IA_NA = 3,
	OPTION_IA_TA = 4,
	OPTION_IA_ADDRESS = 5,
	OPTION_CLIENT_FQDN = 39,
};

/* One option of r. False at the end, or when r->bad. */
static bool
next_option(struct reader *r, uint16_t *code, struct reader *body)
{
	const uint8_t *p;
	uint16_t size;

	if (reader_left(r) == 0)
		return false;
	*code = reader_u16(r);
	size = reader_u16(r);
	p = reader_take(r, size);
	if (p == NULL)
		return false;
	*body = reader_over(p, size);
	return true;
}

static void
take_address(struct dhcpv6 *d, struct reader *r)
{
	struct dhcpv6_address a;

	a.addr = reader_take(r, 16);
	a.preferred_s = reader_u32(r);
	a.valid_s = reader_u32(r);
	if (r->bad)
		return;
	if (d->naddresses < DHCPV6_ADDRESSES_MAX)
		d->addresses[d->naddresses++] = a;
	d->addresses_seen++;
}

/* Sections 21.4 and 21.5: an identifier and, for IA_NA, two times, before the
 * options within.  One level deep: nothing here calls itself. */
static int
take_association(struct dhcpv6 *d, uint16_t code, struct reader *r)
{
	struct reader body;
	uint16_t inner;

	reader_take(r, code == OPTION_IA_NA ? 12 : 4);
	while (next_option(r, &inner, &body))
		if (inner == OPTION_IA_ADDRESS) {
			take_address(d, &body);
			if (body.bad)
				return -1;
		}
	return r->bad ? -1 : 0;
}

/* Section 11.2 (type 1, with a time) and 11.4 (type 3); hardware 1. */
static const uint8_t *
mac_of_duid(const uint8_t *duid, size_t size)
{
	struct reader r = reader_over(duid, size);
	uint16_t type = reader_u16(&r), hardware = reader_u16(&r);
	const uint8_t *mac;

	if (type != 1 && type != 3)
		return NULL;
	if (type == 1)
		reader_take(&r, 4);
	mac = reader_take(&r, 6);
	return hardware == 1 && reader_left(&r) == 0 ? mac : NULL;
}

static int
take_option(struct dhcpv6 *d, uint16_t code, struct reader *body)
{
	size_t size = reader_left(body);

	switch (code) {
	case OPTION_CLIENT_ID:
		d->client_id = body->p;
		d->client_id_size = size;
		d->client_mac = mac_of_duid(body->p, size);
		break;
	case OPTION_SERVER_ID:
		d->server_id = body->p;
		d->server_id_size = size;
		break;
	case OPTION_IA_NA:
	case OPTION_IA_TA:
		return take_association(d, code, body);
	case OPTION_CLIENT_FQDN: /* RFC 4704 section 4: flags, name */
		if (size > 1) {
			d->name = body->p + 1;
			d->name_size = size - 1;
		}
		break;
	default:
		break;
	}
	return 0;
}

int
dhcpv6_parse(struct dhcpv6 *d, const void *data, size_t size)
{
	struct reader r = reader_over(data, size), body;
	uint32_t word = reader_u32(&r);
	uint16_t code;

	memset(d, 0, sizeof(*d));
	if (r.bad)
		return -1;
	d->type = (uint8_t)(word >> 24);
	if (d->type == 0)
		return -1;
	if (d->type == DHCPV6_RELAY_FORWARD || d->type == DHCPV6_RELAY_REPLY)
		return 0;
	d->xid = word & 0xffffff;
	while (next_option(&r, &code, &body))
		if (take_option(d, code, &body) == -1)
			return -1;
	return r.bad ? -1 : 0;
}
