/*
 * service_industrial: Modbus' device identification and BACnet's device object.
 */
#include <stdio.h>
#include <string.h>

#include "protocols/bytes.h"
#include "protocols/service_parts.h"

/* The header of Modbus/TCP, to the function: ours, with our number. */
static bool
read_modbus_header(const struct cleartext_talk *t, struct reader *r)
{
	const uint16_t id = reader_u16(r), protocol = reader_u16(r);
	const uint16_t size = reader_u16(r);

	(void)reader_u8(r); /* unit */
	return !r->bad && t->nsent >= 8 && t->sent[7] == 0x2b &&
	    protocol == 0 && size >= 3 && size <= 254 &&
	    id == (uint16_t)(t->sent[0] << 8 | t->sent[1]);
}

/* Function 43/14 (Modbus application protocol 1.1b3, section 6.21): objects
 * 0 vendor, 1 product code, 2 revision, 4 product, 5 model. */
bool
service_read_modbus(const struct cleartext_talk *t, struct service_seen *seen)
{
	static const enum service_what whats[256] = { SERVICE_PRODUCT,
		SERVICE_MODEL, SERVICE_VERSION, SERVICE_TEXT, SERVICE_PRODUCT,
		SERVICE_MODEL, SERVICE_NAME }; /* the rest: SERVICE_TEXT */
	struct reader r = reader_over(t->heard, t->nheard);
	const bool ours = read_modbus_header(t, &r);
	const uint8_t function = reader_u8(&r);
	uint8_t objects, object;
	struct bytes_view v;

	if (!ours || (function & 0x7f) != 0x2b)
		return false;
	if ((function & 0x80) != 0)
		return !r.bad; /* an exception: it is Modbus, and no more */
	if (reader_u8(&r) != 0x0e)
		return false;
	(void)reader_take(&r, 4); /* code, conformity, more, next */
	objects = reader_u8(&r);
	if (r.bad)
		return false; /* and a request sent back has no objects */
	for (; objects > 0 && !r.bad; objects--) {
		object = reader_u8(&r);
		v.n = reader_u8(&r);
		v.p = reader_take(&r, v.n);
		if (v.p != NULL)
			service_add(seen, whats[object], "modbus", v);
	}
	return true;
}

/* ---- BACnet/IP (ASHRAE 135 annex J, clause 20) ---- */

/* BVLC and NPDU, both as short as on the same link; the APDU is left. */
static bool
read_bacnet_header(struct reader *r, size_t size)
{
	uint8_t control;

	if (reader_u8(r) != 0x81)
		return false;
	(void)reader_u8(r); /* unicast or broadcast */
	if (reader_u16(r) != size || reader_u8(r) != 1)
		return false;
	control = reader_u8(r);
	return !r->bad && (control & 0xa8) == 0; /* no routes, no network msg */
}

/* I-Am: object id, then application-tagged maximum, segmentation, vendor. */
static bool
read_i_am(struct reader *r, struct service_seen *seen)
{
	char text[40];
	uint32_t object, vendor = 0;
	uint8_t tag;

	if (reader_u8(r) != 0xc4)
		return false;
	object = reader_u32(r);
	if (r->bad || object >> 22 != 8)
		return false;
	(void)reader_take(r, reader_u8(r) & 7);
	(void)reader_take(r, reader_u8(r) & 7);
	tag = reader_u8(r);
	if (tag == 0x21)
		vendor = reader_u8(r);
	else if (tag == 0x22)
		vendor = reader_u16(r);
	if (r->bad)
		return false;
	snprintf(text, sizeof(text), "device %lu, vendor %lu",
	    (unsigned long)(object & 0x3fffff), (unsigned long)vendor);
	service_add_text(seen, SERVICE_ID, "i-am", text);
	return true;
}

/* ReadProperty-ACK: object, property, and between 3E and 3F a text. */
static bool
read_property(struct reader *r, struct service_seen *seen)
{
	struct bytes_view v;
	uint32_t property;
	uint8_t service, tag;

	(void)reader_u8(r); /* invoke id */
	service = reader_u8(r);
	tag = reader_u8(r);
	if (service != 12 || tag != 0x0c)
		return false;
	(void)reader_u32(r);
	tag = reader_u8(r);
	property = tag == 0x1a ? reader_u16(r) : reader_u8(r);
	if (reader_u8(r) != 0x3e)
		return false;
	tag = reader_u8(r);
	v.n = tag & 7;
	if ((tag & 0xf8) != 0x70)
		return !r->bad; /* no text */
	if (v.n == 5)
		v.n = reader_u8(r);
	if (v.n == 0)
		return !r->bad;
	(void)reader_u8(r); /* its character set */
	v.p = reader_take(r, --v.n);
	if (v.p == NULL)
		return false;
	service_add(seen,
	    property == 44        ? SERVICE_VERSION
		: property == 372 ? SERVICE_SERIAL
		: property == 70  ? SERVICE_MODEL
				  : SERVICE_NAME,
	    "bacnet", v);
	return true;
}

bool
service_read_bacnet(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct reader r = reader_over(t->heard, t->nheard);
	uint8_t type;

	if (!read_bacnet_header(&r, t->nheard) ||
	    (t->nsent == t->nheard && memcmp(t->sent, t->heard, t->nsent) == 0))
		return false;
	type = reader_u8(&r);
	if (type == 0x10)
		return reader_u8(&r) == 0 && read_i_am(&r, seen);
	if (type == 0x30)
		return read_property(&r, seen);
	/* error, reject, abort: it is BACnet, and says no more */
	return !r.bad && (type == 0x50 || type == 0x60 || type >> 4 == 7);
}
