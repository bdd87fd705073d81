/*
 * tls_record: records cut out of a stream, messages put together from them.
 *
 * A flight reads byte by byte in spirit: whatever the pieces, the result is
 * the same.
 */
#include "protocols/tls_record.h"

#include <string.h>

#include "protocols/bytes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a record of TLS may begin with; DTLS' versions are not among them. */
static bool
is_header(const uint8_t *h)
{
	return h[0] >= TLS_CHANGE_CIPHER_SPEC && h[0] <= TLS_HEARTBEAT &&
	    h[1] == 3 && h[2] <= 4 && (h[3] << 8 | h[4]) <= TLS_RECORD_BODY_MAX;
}

int
tls_record_next(
    const void *bytes, size_t n, size_t *at, struct tls_record *record)
{
	const uint8_t *h = (const uint8_t *)bytes + *at;
	const size_t left = n - *at;

	if (left < TLS_RECORD_HEADER)
		return 0;
	if (!is_header(h))
		return -1;
	record->type = (enum tls_content)h[0];
	record->version = (uint16_t)(h[1] << 8 | h[2]);
	record->size = (size_t)(h[3] << 8 | h[4]);
	record->body = h + TLS_RECORD_HEADER;
	if (left - TLS_RECORD_HEADER < record->size)
		return 0;
	*at += TLS_RECORD_HEADER + record->size;
	return 1;
}

/* ---- a flight ---- */

void
tls_flight_begin(struct tls_flight *f, void *room, size_t size)
{
	memset(f, 0, sizeof(*f));
	f->room = room;
	f->size = size;
}

/* SSL 2: two bytes of length with the top bit, then the message's type. */
static bool
is_ssl2(const uint8_t *h)
{
	const size_t n = (size_t)(h[0] & 0x7f) << 8 | h[1];

	return (h[0] & 0x80) != 0 &&
	    ((h[2] == 4 && n >= 11) || (h[2] == 0 && n == 3));
}

static void
hear_alert(struct tls_flight *f)
{
	f->nalert = 0;
	if (f->in_alert[0] == 1 && f->in_alert[1] != 0 && !f->alerted) {
		f->warned = true;
		f->warning = f->in_alert[1];
	} else if (!f->alerted) {
		f->alerted = true;
		f->alert_level = f->in_alert[0];
		f->alert = f->in_alert[1];
	}
}

/* n bytes of a record's body. */
static void
take_body(struct tls_flight *f, const uint8_t *p, size_t n)
{
	size_t i;

	if (f->is_ssl2 || f->header[0] == TLS_HANDSHAKE) {
		if (f->used == 0)
			f->begun = (uint16_t)(f->header[1] << 8 | f->header[2]);
		if (n > f->size - f->used) {
			n = f->size - f->used;
			f->is_cut = true;
		}
		memcpy(f->room + f->used, p, n);
		f->used += n;
	} else if (f->header[0] == TLS_ALERT) {
		for (i = 0; i < n && !f->alerted; i++) {
			f->in_alert[f->nalert++] = p[i];
			if (f->nalert == 2)
				hear_alert(f);
		}
	}
}

/* A header is whole. */
static bool
begin_record(struct tls_flight *f)
{
	const uint8_t *h = f->header;

	if (!is_header(h)) {
		f->is_bad = true;
		return false;
	}
	f->left = (size_t)(h[3] << 8 | h[4]);
	f->is_tls = true;
	if (f->records++ == 0)
		f->version = (uint16_t)(h[1] << 8 | h[2]);
	if (h[0] == TLS_APPLICATION_DATA || f->changed_cipher) {
		f->sealed++;
		/* nobody can read what it says: not as alert, nor message */
		f->header[0] = TLS_APPLICATION_DATA;
	} else if (h[0] == TLS_CHANGE_CIPHER_SPEC) {
		f->changed_cipher = true;
	}
	if (f->left == 0)
		f->nheader = 0;
	return true;
}

/* The first bytes that tell what it is; false: nothing of ours. */
static bool
begin_anything(struct tls_flight *f)
{
	if (f->records == 0 && f->nheader == 3 && is_ssl2(f->header)) {
		f->is_ssl2 = f->is_tls = true;
		f->version = TLS_SSL2;
		f->records = 1;
		f->left = ((size_t)(f->header[0] & 0x7f) << 8) + f->header[1];
		f->left--; /* the type has been read */
		return true;
	}
	/* Text is not waited for: the first byte says that it is no TLS. */
	if (f->nheader == 1 && (f->header[0] & 0x80) == 0 &&
	    (f->header[0] < TLS_CHANGE_CIPHER_SPEC ||
		f->header[0] > TLS_HEARTBEAT)) {
		f->is_bad = true;
		return false;
	}
	return f->nheader < TLS_RECORD_HEADER || begin_record(f);
}

bool
tls_flight_take(struct tls_flight *f, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t part;

	while (n > 0 && !f->is_bad) {
		if (f->left == 0 && !f->is_ssl2) {
			f->header[f->nheader++] = *p++;
			n--;
			if (!begin_anything(f))
				return false;
			continue;
		}
		if (f->left == 0)
			return false; /* SSL 2: encrypted from here on */
		part = n < f->left ? n : f->left;
		take_body(f, p, part);
		p += part;
		n -= part;
		f->left -= part;
		if (f->left == 0)
			f->nheader = f->is_ssl2 ? f->nheader : 0;
	}
	return !f->is_bad;
}

static bool
next_ssl2(struct tls_flight *f, struct tls_message *m)
{
	if (f->left > 0 || f->read > 0 || f->is_cut)
		return false;
	m->type = f->header[2] == 4 ? TLS_SSL2_SERVER_HELLO : TLS_SSL2_ERROR;
	m->version = TLS_SSL2;
	m->body = f->room;
	m->size = f->used;
	f->read = 1;
	return true;
}

bool
tls_flight_next(struct tls_flight *f, struct tls_message *m)
{
	const uint8_t *h;
	size_t n;

	if (f->is_ssl2)
		return next_ssl2(f, m);
	if (f->used - f->read < TLS_HANDSHAKE_HEADER)
		return false;
	h = f->room + f->read;
	n = (size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3];
	if (f->used - f->read - TLS_HANDSHAKE_HEADER < n) {
		if (n > f->size - f->read - TLS_HANDSHAKE_HEADER)
			f->is_cut = true;
		return false;
	}
	m->type = (enum tls_message_type)h[0];
	m->version = f->begun;
	m->body = h + TLS_HANDSHAKE_HEADER;
	m->size = n;
	f->read += TLS_HANDSHAKE_HEADER + n;
	return true;
}

/* ---- names ---- */

const char *
tls_version_name(uint16_t version)
{
	switch (version) {
	case TLS_SSL2:
		return "SSLv2";
	case TLS_SSL3:
		return "SSLv3";
	case TLS_10:
		return "TLSv1.0";
	case TLS_11:
		return "TLSv1.1";
	case TLS_12:
		return "TLSv1.2";
	case TLS_13:
		return "TLSv1.3";
	case 0xfeff:
		return "DTLSv1.0";
	case 0xfefd:
		return "DTLSv1.2";
	case 0xfefc:
		return "DTLSv1.3";
	default:
		return "unknown";
	}
}

const char *
tls_alert_name(uint8_t alert)
{
	static const struct {
		uint8_t alert;
		const char *name;
	} names[] = {
		{ 0, "close_notify" },
		{ 10, "unexpected_message" },
		{ 20, "bad_record_mac" },
		{ 21, "decryption_failed" },
		{ 22, "record_overflow" },
		{ 30, "decompression_failure" },
		{ 40, "handshake_failure" },
		{ 41, "no_certificate" },
		{ 42, "bad_certificate" },
		{ 43, "unsupported_certificate" },
		{ 44, "certificate_revoked" },
		{ 45, "certificate_expired" },
		{ 46, "certificate_unknown" },
		{ 47, "illegal_parameter" },
		{ 48, "unknown_ca" },
		{ 49, "access_denied" },
		{ 50, "decode_error" },
		{ 51, "decrypt_error" },
		{ 60, "export_restriction" },
		{ 70, "protocol_version" },
		{ 71, "insufficient_security" },
		{ 80, "internal_error" },
		{ 86, "inappropriate_fallback" },
		{ 90, "user_canceled" },
		{ 100, "no_renegotiation" },
		{ 109, "missing_extension" },
		{ 110, "unsupported_extension" },
		{ 111, "certificate_unobtainable" },
		{ 112, "unrecognized_name" },
		{ 113, "bad_certificate_status_response" },
		{ 114, "bad_certificate_hash_value" },
		{ 115, "unknown_psk_identity" },
		{ 116, "certificate_required" },
		{ 120, "no_application_protocol" },
	};
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (names[i].alert == alert)
			return names[i].name;
	return NULL;
}
