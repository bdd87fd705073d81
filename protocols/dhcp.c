/*
 * dhcp: a DHCPv4 message, as far as it tells who has which address.
 */
#include "protocols/dhcp.h"

#include <stdbool.h>

#include "protocols/bytes.h"

#define COOKIE 0x63825363 /* RFC 2131 section 3 */
#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2

enum {
	OPTION_PAD = 0,
	OPTION_DNS = 6,
	OPTION_HOST_NAME = 12,
	OPTION_REQUESTED = 50,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_VENDOR_CLASS = 60,
	OPTION_CLIENT_ID = 61,
	OPTION_END = 255,
};

static void
take_bytes(const uint8_t **p, size_t *n, const uint8_t *body, size_t size)
{
	if (*p != NULL || size == 0)
		return;
	*p = body;
	*n = size;
}

static void
take_option(struct dhcp *d, uint8_t code, const uint8_t *body, size_t size)
{
	struct reader r = reader_over(body, size);

	switch (code) {
	case OPTION_HOST_NAME:
		take_bytes(&d->host_name, &d->host_name_size, body, size);
		break;
	case OPTION_VENDOR_CLASS:
		take_bytes(&d->vendor_class, &d->vendor_class_size, body, size);
		break;
	case OPTION_CLIENT_ID:
		take_bytes(&d->client_id, &d->client_id_size, body, size);
		break;
	case OPTION_REQUESTED:
		if (size == 4 && d->requested == NULL)
			d->requested = body;
		break;
	case OPTION_SERVER:
		if (size == 4 && d->server == NULL)
			d->server = body;
		break;
	case OPTION_LEASE:
		d->lease_s = reader_u32(&r);
		break;
	case OPTION_DNS:
		d->dns = body;
		d->dns_size = size - size % 4;
		break;
	case OPTION_TYPE:
		if (d->type == 0)
			d->type = reader_u8(&r);
		break;
	default:
		break;
	}
}

/* One field of options.  *overload: bits of option 52, which is only heard in
 * the first field. */
static int
parse_options(struct dhcp *d, struct reader *r, uint8_t *overload)
{
	const uint8_t *body;
	uint8_t code, size;

	while (reader_left(r) > 0) {
		code = reader_u8(r);
		if (code == OPTION_PAD)
			continue;
		if (code == OPTION_END)
			return 0;
		size = reader_u8(r);
		body = reader_take(r, size);
		if (body == NULL)
			return -1;
		if (code == OPTION_OVERLOAD && size == 1 && overload != NULL)
			*overload = body[0];
		else
			take_option(d, code, body, size);
	}
	return 0;
}

int
dhcp_parse(struct dhcp *d, const void *data, size_t size)
{
	struct reader r = reader_over(data, size), field;
	const uint8_t *chaddr, *sname, *file;
	uint8_t htype, hlen, overload = 0;

	memset(d, 0, sizeof(*d));
	d->op = reader_u8(&r);
	htype = reader_u8(&r);
	hlen = reader_u8(&r);
	reader_u8(&r);
	d->xid = reader_u32(&r);
	reader_take(&r, 4);
	d->ciaddr = reader_take(&r, 4);
	d->yiaddr = reader_take(&r, 4);
	d->siaddr = reader_take(&r, 4);
	d->giaddr = reader_take(&r, 4);
	chaddr = reader_take(&r, 16);
	sname = reader_take(&r, 64);
	file = reader_take(&r, 128);
	if (reader_u32(&r) != COOKIE || r.bad || (d->op != 1 && d->op != 2))
		return -1;
	if (htype == 1 && hlen == 6)
		d->mac = chaddr;
	if (parse_options(d, &r, &overload) == -1)
		return -1;
	if ((overload & OVERLOAD_FILE) != 0) {
		field = reader_over(file, 128);
		if (parse_options(d, &field, NULL) == -1)
			return -1;
	}
	if ((overload & OVERLOAD_SNAME) != 0) {
		field = reader_over(sname, 64);
		if (parse_options(d, &field, NULL) == -1)
			return -1;
	}
	return 0;
}
