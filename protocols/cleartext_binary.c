/*
 * cleartext_binary: TLS, MQTT, SNMP and TFTP.
 */
#include "protocols/bytes.h"
#include "protocols/cleartext_kinds.h"

/* RFC 8446 section 6: two bytes, a warning or fatal. */
static bool
is_alert(uint16_t size, struct reader *r)
{
	const uint8_t level = reader_u8(r);

	(void)reader_u8(r); /* what it is about */
	return !r->bad && size == 2 && (level == 1 || level == 2);
}

/* RFC 8446 section 4.1.3: type 2, its size, version 3.x. */
static bool
is_server_hello(uint16_t size, struct reader *r)
{
	const uint8_t type = reader_u8(r);

	(void)reader_take(r, 3);
	return reader_u8(r) == 3 && !r->bad && type == 2 && size >= 42 &&
	    size <= 16384;
}

/* In a record (RFC 8446 section 5.1, RFC 6101 for SSL 3). */
bool
cleartext_read_tls(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	struct reader r = reader_over(t->heard, t->nheard);
	const uint8_t type = reader_u8(&r);
	const uint16_t version = reader_u16(&r), size = reader_u16(&r);

	if (r.bad || version < 0x0300 || version > 0x0304)
		return false;
	if (!(type == 21 && is_alert(size, &r)) &&
	    !(type == 22 && is_server_hello(size, &r)))
		return false;
	seen->kind = CLEARTEXT_TLS;
	return true;
}

static bool
is_connect(const struct cleartext_talk *t)
{
	return t->nsent >= 10 && t->sent[0] == 0x10 &&
	    (memcmp(t->sent + 4, "MQTT", 4) == 0 ||
		memcmp(t->sent + 4, "MQIsdp", 6) == 0);
}

/* CONNACK, the only answer to CONNECT: MQTT 3.1.1 section 3.2 (two bytes,
 * code 0 to 5), 5.0 section 3.2 (properties, 0 or an error). */
bool
cleartext_read_mqtt(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	struct reader r = reader_over(t->heard, t->nheard);
	uint8_t type = reader_u8(&r), size = reader_u8(&r);
	uint8_t flags = reader_u8(&r), code = reader_u8(&r), properties = 0;

	if (size > 2)
		properties = reader_u8(&r);
	if (r.bad || !is_connect(t) || type != 0x20 || flags > 1 ||
	    (size == 2 && code > 5) ||
	    (size > 2 &&
		((code != 0 && code < 0x80) || properties != size - 3)) ||
	    size < 2 || size > 127)
		return false;
	seen->kind = CLEARTEXT_MQTT;
	return true;
}

/* A BER length; 0 and r->bad when it is beyond what is there. */
static size_t
read_length(struct reader *r)
{
	size_t size = reader_u8(r);

	if (size == 0x81)
		size = reader_u8(r);
	else if (size == 0x82)
		size = reader_u16(r);
	else if (size > 0x7f)
		r->bad = true;
	if (size > reader_left(r))
		r->bad = true;
	return r->bad ? 0 : size;
}

/* RFC 1157 section 4, RFC 3416 section 3, RFC 3412 section 6: a sequence of
 * version, then community and a response, or the header of version 3. */
bool
cleartext_read_snmp(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	static const enum cleartext_kind kinds[] = { CLEARTEXT_SNMP1,
		CLEARTEXT_SNMP2C };
	struct reader r = reader_over(t->heard, t->nheard);
	uint8_t sequence = reader_u8(&r), version;

	(void)read_length(&r);
	if (sequence != 0x30 || reader_u8(&r) != 2 || reader_u8(&r) != 1)
		return false;
	version = reader_u8(&r);
	if (version == 3) {
		if (reader_u8(&r) != 0x30 || read_length(&r) == 0 || r.bad)
			return false;
		/* An echo gives the same back: a response has other flags. */
		if (t->nsent == t->nheard &&
		    memcmp(t->sent, t->heard, t->nsent) == 0)
			return false;
		seen->kind = CLEARTEXT_SNMP3;
		return true;
	}
	if (version > 1 || reader_u8(&r) != 4)
		return false;
	(void)reader_take(&r, read_length(&r));
	if (reader_u8(&r) != 0xa2 || read_length(&r) == 0 || r.bad)
		return false;
	seen->kind = kinds[version];
	return true;
}

/* RFC 1350 section 5, RFC 2347: DATA 1, ACK 0, ERROR or OACK. */
static bool
answers_request(const struct cleartext_talk *t)
{
	struct reader r = reader_over(t->heard, t->nheard);
	const uint16_t op = reader_u16(&r), number = reader_u16(&r);
	const bool ends = t->nheard > 4 && t->heard[t->nheard - 1] == 0;

	if (r.bad)
		return false;
	switch (op) {
	case 3:
		return number == 1 && t->nheard <= 516;
	case 4:
		return number == 0 && t->nheard == 4;
	case 5:
		return number <= 8 && ends;
	default:
		return op == 6 && ends;
	}
}

bool
cleartext_read_tftp(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	if (t->nsent < 4 || t->sent[0] != 0 ||
	    (t->sent[1] != 1 && t->sent[1] != 2) || !answers_request(t))
		return false;
	seen->kind = CLEARTEXT_TFTP;
	return true;
}
