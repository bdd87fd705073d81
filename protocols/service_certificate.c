/*
 * service_certificate: the names in a server's certificate (RFC 5280).
 *
 * Only what is needed is read: names by their attributes, and the alternative
 * names.  Nothing is verified; that is another check's business.
 */
#include <string.h>

#include "protocols/bytes.h"
#include "protocols/service_parts.h"

#define ELEMENTS_MAX 512 /* of one certificate */

struct walk {
	struct service_seen *seen;
	const char *source; /* "issuer", "subject" */
	unsigned elements;
};

static bool
next_element(struct reader *r, uint8_t *type, struct bytes_view *v)
{
	size_t n, i, bytes;

	*type = reader_u8(r);
	n = reader_u8(r);
	if ((n & 0x80) != 0) {
		bytes = n & 0x7f;
		n = 0;
		if (bytes == 0 || bytes > 3)
			return false;
		for (i = 0; i < bytes; i++)
			n = n << 8 | reader_u8(r);
	}
	v->n = n;
	v->p = reader_take(r, n);
	return v->p != NULL;
}

/* 2.5.4.x, and what it is of the device. */
static enum service_what
attribute(struct bytes_view oid)
{
	static const uint8_t user_id[] = { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2,
		0x2c, 0x64, 0x01, 0x01 };

	if (oid.n == sizeof(user_id) &&
	    memcmp(oid.p, user_id, sizeof(user_id)) == 0)
		return SERVICE_USER;
	if (oid.n != 3 || oid.p[0] != 0x55 || oid.p[1] != 4)
		return SERVICE_TEXT;
	if (oid.p[2] == 5)
		return SERVICE_SERIAL;
	if (oid.p[2] == 10 || oid.p[2] == 11)
		return SERVICE_PRODUCT;
	return SERVICE_NAME;
}

/* A Name: RDNs, sets of sequences of an OID and a string. */
static void
read_name(struct walk *w, struct bytes_view name)
{
	struct reader rdns = reader_over(name.p, name.n), set, pair;
	struct bytes_view v, oid;
	uint8_t type;

	while (reader_left(&rdns) > 0 && w->elements++ < ELEMENTS_MAX) {
		if (!next_element(&rdns, &type, &v) || type != 0x31)
			return;
		set = reader_over(v.p, v.n);
		if (!next_element(&set, &type, &v) || type != 0x30)
			return;
		pair = reader_over(v.p, v.n);
		if (!next_element(&pair, &type, &oid) || type != 6 ||
		    !next_element(&pair, &type, &v))
			return;
		service_add(w->seen, attribute(oid), w->source, v);
	}
}

/* GeneralNames: 1 mail, 2 DNS, 6 URI, 7 address. */
static void
read_alternatives(struct walk *w, struct bytes_view names)
{
	struct reader r = reader_over(names.p, names.n), all;
	struct bytes_view v;
	uint8_t type;

	if (!next_element(&r, &type, &v) || type != 0x30)
		return;
	all = reader_over(v.p, v.n);
	while (reader_left(&all) > 0 && w->elements++ < ELEMENTS_MAX) {
		if (!next_element(&all, &type, &v))
			return;
		if (type == 0x82)
			service_add(
			    w->seen, SERVICE_HOST, "alternative name", v);
		else if (type == 0x81 || type == 0x86)
			service_add(
			    w->seen, SERVICE_NAME, "alternative name", v);
	}
}

static void
read_extensions(struct walk *w, struct bytes_view extensions)
{
	struct reader r = reader_over(extensions.p, extensions.n), all, one;
	struct bytes_view v, oid;
	uint8_t type;

	if (!next_element(&r, &type, &v) || type != 0x30)
		return;
	all = reader_over(v.p, v.n);
	while (reader_left(&all) > 0 && w->elements++ < ELEMENTS_MAX) {
		if (!next_element(&all, &type, &v) || type != 0x30)
			return;
		one = reader_over(v.p, v.n);
		if (!next_element(&one, &type, &oid) || type != 6)
			return;
		if (!next_element(&one, &type, &v))
			return;
		if (type == 1 && !next_element(&one, &type, &v))
			return; /* it was "critical" */
		if (type == 4 && oid.n == 3 &&
		    memcmp(oid.p, "\x55\x1d\x11", 3) == 0)
			read_alternatives(w, v);
	}
}

bool
service_read_certificate(
    const uint8_t *der, size_t n, struct service_seen *seen)
{
	struct walk w = { .seen = seen };
	struct reader r = reader_over(der, n), tbs;
	struct bytes_view v;
	uint8_t type;
	int at = 0;

	if (!next_element(&r, &type, &v) || type != 0x30)
		return false;
	r = reader_over(v.p, v.n);
	if (!next_element(&r, &type, &v) || type != 0x30)
		return false;
	tbs = reader_over(v.p, v.n);
	/* version?, serial, signature, issuer, validity, subject, key … */
	while (reader_left(&tbs) > 0 && w.elements++ < ELEMENTS_MAX) {
		if (!next_element(&tbs, &type, &v))
			return at > 4;
		if (type == 0xa0)
			continue;
		if (type == 0xa3)
			read_extensions(&w, v);
		w.source = at == 2 ? "issuer" : "subject";
		if (type == 0x30 && (at == 2 || at == 4))
			read_name(&w, v);
		at++;
	}
	return at > 4;
}
