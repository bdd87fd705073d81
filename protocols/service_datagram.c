/*
 * service_datagram: SNMP, NTP, DNS, mDNS, CoAP, NetBIOS, TFTP.
 *
 * An answer must fit its question (an echo of it is none).
 */
#include <stdio.h>
#include <string.h>

#include "protocols/bytes.h"
#include "protocols/cleartext_lines.h"
#include "protocols/dns.h"
#include "protocols/service_parts.h"

#define RECORDS_MAX 64

static bool
is_echo(const struct cleartext_talk *t)
{
	return t->nsent == t->nheard &&
	    memcmp(t->sent, t->heard, t->nsent) == 0;
}

/* A line of any kind: what can be told of it, else the line itself. */
static void
read_description(
    struct service_seen *seen, const char *source, struct bytes_view v)
{
	service_add(seen, SERVICE_NAME, source, v);
	(void)service_mine_banner(seen, source, v);
	service_mine_text(seen, source, v, false);
}

/* ---- SNMP: sysDescr.0, the value of the only binding ---- */

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

/* The next element must be of this type: its content, and behind it. */
static struct bytes_view
read_element(struct reader *r, uint8_t type, bool into)
{
	struct bytes_view v = { NULL, 0 };

	if (reader_u8(r) != type)
		r->bad = true;
	v.n = read_length(r);
	if (r->bad)
		return (struct bytes_view){ NULL, 0 };
	v.p = r->p;
	if (!into)
		(void)reader_take(r, v.n);
	return v;
}

bool
service_read_snmp(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct reader r = reader_over(t->heard, t->nheard);
	struct cleartext_seen kind;
	struct bytes_view v;

	cleartext_read_udp(t, &kind);
	if (kind.kind != CLEARTEXT_SNMP1 && kind.kind != CLEARTEXT_SNMP2C)
		return kind.kind == CLEARTEXT_SNMP3;
	(void)read_element(&r, 0x30, true);
	(void)read_element(&r, 2, false);   /* version */
	(void)read_element(&r, 4, false);   /* community */
	(void)read_element(&r, 0xa2, true); /* response */
	(void)read_element(&r, 2, false);   /* request id */
	(void)read_element(&r, 2, false);   /* error */
	(void)read_element(&r, 2, false);   /* its index */
	(void)read_element(&r, 0x30, true); /* bindings */
	(void)read_element(&r, 0x30, true);
	(void)read_element(&r, 6, false); /* its name */
	v = read_element(&r, 4, false);
	if (!r.bad)
		read_description(seen, "sysDescr", v);
	return true;
}

/* ---- NTP (RFC 5905 section 7.3), and mode 6 (RFC 9327) ---- */

static void
read_refid(struct service_seen *seen, const uint8_t *p)
{
	char text[32];

	if (p[1] == 0 || p[1] > 15)
		return; /* unsynchronised: a kiss code or nothing */
	if (p[1] == 1) {
		snprintf(text, sizeof(text), "%.4s", (const char *)p + 12);
		service_add_text(seen, SERVICE_PRODUCT, "refid", text);
		return;
	}
	snprintf(text, sizeof(text), "%u.%u.%u.%u", p[12], p[13], p[14], p[15]);
	service_add_text(seen, SERVICE_ADDRESS, "refid", text);
}

/* version="ntpd 4.2.8p15", processor="armv7l", system="Linux/5.10" */
static void
read_variables(struct service_seen *seen, struct bytes_view v)
{
	static const char *const names[] = { "version=\"", "processor=\"",
		"system=\"" };
	static const enum service_what whats[] = { SERVICE_VERSION,
		SERVICE_PRODUCT, SERVICE_VERSION };
	struct bytes_view value;
	const uint8_t *end;
	size_t i, k;

	for (i = 0; i < v.n; i++)
		for (k = 0; k < 3; k++) {
			if (!line_begins(v.p + i, v.n - i, names[k]))
				continue;
			value.p = v.p + i + strlen(names[k]);
			value.n = v.n - i - strlen(names[k]);
			end = memchr(value.p, '"', value.n);
			if (end != NULL)
				value.n = (size_t)(end - value.p);
			service_add(seen, whats[k], "variables", value);
		}
}

bool
service_read_ntp(const struct cleartext_talk *t, struct service_seen *seen)
{
	const uint8_t mode = t->heard[0] & 7;

	if (t->nsent == 0 || is_echo(t))
		return false;
	if (mode == 6 && (t->sent[0] & 7) == 6) {
		/* a response, to the same number */
		if (t->nheard < 12 || t->nsent < 4 ||
		    (t->heard[1] & 0x80) == 0 ||
		    memcmp(t->sent + 2, t->heard + 2, 2) != 0)
			return false;
		read_variables(
		    seen, (struct bytes_view){ t->heard + 12, t->nheard - 12 });
		return true;
	}
	/* the originate stamp is our transmit stamp */
	if (mode != 4 || t->nheard < 48 || t->nsent < 48 ||
	    memcmp(t->sent + 40, t->heard + 24, 8) != 0)
		return false;
	read_refid(seen, t->heard);
	return true;
}

/* ---- DNS and mDNS ---- */

static void
read_text(
    struct service_seen *seen, const char *source, const struct dns_record *r)
{
	const uint8_t *p;
	size_t at = 0, n;

	while (dns_next_text(r, &at, &p, &n))
		service_mine_text(
		    seen, source, (struct bytes_view){ p, n }, false);
}

bool
service_read_dns(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct dns d;
	struct dns_record r;
	const uint8_t *p;
	size_t at, n;
	int records = 0;

	if (dns_parse(&d, t->heard, t->nheard) == -1 || !d.response ||
	    t->nsent < 2 || t->heard[0] != t->sent[0] ||
	    t->heard[1] != t->sent[1])
		return false;
	while (dns_next(&d, &r) == 1 && records++ < RECORDS_MAX)
		for (at = 0; r.section == DNS_ANSWER && r.type == DNS_TXT &&
		     r.class == 3 && dns_next_text(&r, &at, &p, &n);)
			service_add(seen, SERVICE_VERSION, "version.bind",
			    (struct bytes_view){ p, n });
	return true;
}

/* RFC 6763: what there is, each one's instance, host, port and texts. */
bool
service_read_mdns(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct dns d;
	struct dns_record r;
	char address[16];
	int records = 0;

	if (dns_parse(&d, t->heard, t->nheard) == -1 || !d.response)
		return false;
	while (dns_next(&d, &r) == 1 && records++ < RECORDS_MAX) {
		if (r.section == DNS_QUESTION)
			continue;
		if (r.type == DNS_PTR)
			service_add_text(seen, SERVICE_NAME, "mdns", r.target);
		else if (r.type == DNS_SRV)
			service_add_text(seen, SERVICE_HOST, "mdns", r.target);
		else if (r.type == DNS_TXT)
			read_text(seen, "mdns txt", &r);
		else if (r.type == DNS_A && r.addr != NULL) {
			snprintf(address, sizeof(address), "%u.%u.%u.%u",
			    r.addr[0], r.addr[1], r.addr[2], r.addr[3]);
			service_add_text(
			    seen, SERVICE_ADDRESS, "mdns", address);
		}
	}
	return true;
}

/* ---- CoAP: /.well-known/core (RFC 7252 section 3, RFC 6690) ---- */

/* Options, up to the payload marker; a view of the payload. */
static struct bytes_view
coap_payload(struct reader *r)
{
	uint8_t c;
	size_t size, delta;

	while (!r->bad && reader_left(r) > 0) {
		c = reader_u8(r);
		if (c == 0xff)
			return (struct bytes_view){ r->p, reader_left(r) };
		delta = c >> 4;
		size = c & 15;
		if (delta == 15 || size == 15)
			break;
		if (delta >= 13)
			(void)reader_take(r, delta - 12);
		if (size == 13)
			size = 13u + reader_u8(r);
		else if (size == 14)
			size = 269u + reader_u16(r);
		(void)reader_take(r, size);
	}
	return (struct bytes_view){ NULL, 0 };
}

/* "</time>;title=\"…\",</>;ct=0" */
static void
read_links(struct service_seen *seen, struct bytes_view v)
{
	const uint8_t *end;
	size_t i;

	for (i = 0; i < v.n; i++) {
		if (v.p[i] != '<')
			continue;
		end = memchr(v.p + i, '>', v.n - i);
		if (end == NULL)
			break;
		service_add(seen, SERVICE_PATH, "core",
		    (struct bytes_view){
			v.p + i + 1, (size_t)(end - (v.p + i + 1)) });
	}
	service_mine_text(seen, "core", v, false);
}

/* RFC 7252 section 5.3.2: our token, and our message where it is
 * acknowledged. */
static bool
is_answered(const struct cleartext_talk *t)
{
	const size_t token = t->sent[0] & 15u;
	const bool acknowledges = (t->heard[0] >> 4 & 3) == 2;

	return (t->heard[0] & 15u) == token && token <= 8 &&
	    t->nheard >= 4 + token && t->nsent >= 4 + token &&
	    memcmp(t->sent + 4, t->heard + 4, token) == 0 &&
	    (!acknowledges || memcmp(t->sent + 2, t->heard + 2, 2) == 0);
}

bool
service_read_coap(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct reader r = reader_over(t->heard, t->nheard);
	const uint8_t first = reader_u8(&r), class = reader_u8(&r) >> 5;

	(void)reader_u16(&r);
	/* version 1; a response of class 2, 4 or 5 */
	if (r.bad || t->nsent < 4 || is_echo(t) || first >> 6 != 1 ||
	    (class != 2 && class != 4 && class != 5) || !is_answered(t))
		return false;
	(void)reader_take(&r, first & 15u);
	if (class == 2)
		read_links(seen, coap_payload(&r));
	return true;
}

/* ---- NetBIOS node status (RFC 1002 section 4.2.18) ---- */

bool
service_read_netbios(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct reader r = reader_over(t->heard, t->nheard);
	const uint16_t id = reader_u16(&r), flags = reader_u16(&r);
	const uint8_t *name, *mac;
	uint16_t type, class;
	uint8_t names;
	char text[18];

	if (t->nsent < 2 || id != (uint16_t)(t->sent[0] << 8 | t->sent[1]) ||
	    (flags & 0x8000) == 0)
		return false;
	(void)reader_take(&r, 8 + 34); /* counts; the name that was asked */
	type = reader_u16(&r);
	class = reader_u16(&r);
	if (type != 0x21 || class != 1)
		return false;
	(void)reader_take(&r, 4 + 2);
	names = reader_u8(&r);
	if (r.bad)
		return false;
	for (; names > 0 && !r.bad; names--) {
		name = reader_take(&r, 18);
		if (name != NULL)
			service_add(seen, SERVICE_HOST, "netbios",
			    (struct bytes_view){ name, 15 });
	}
	mac = reader_take(&r, 6);
	if (mac != NULL && memcmp(mac, "\0\0\0\0\0\0", 6) != 0) {
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x",
		    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		service_add_text(seen, SERVICE_MAC, "netbios", text);
	}
	return true;
}

/* That it is there; the words of its error are the protocol's. */
bool
service_read_tftp(const struct cleartext_talk *t, struct service_seen *seen)
{
	struct cleartext_seen kind;

	(void)seen;
	cleartext_read_udp(t, &kind);
	return kind.kind == CLEARTEXT_TFTP;
}
