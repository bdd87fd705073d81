/*
 * tls_hello: a ClientHello, written once from front to end.
 *
 * Lengths stand before what they count, so that each is put in when its end is
 * known; whatever does not fit spoils the whole.
 */
#include "protocols/tls_hello.h"

#include <string.h>

#include "protocols/bytes.h"
#include "protocols/tls_record.h"

struct writer {
	uint8_t *p;
	size_t n, size;
	bool is_full;
};

static void
put(struct writer *w, const void *bytes, size_t n)
{
	if (n > w->size - w->n) {
		w->is_full = true;
		return;
	}
	if (n > 0)
		memcpy(w->p + w->n, bytes, n);
	w->n += n;
}

static void
put_number(struct writer *w, uint32_t v, size_t width)
{
	uint8_t bytes[4];

	put_u32(bytes, v);
	put(w, bytes + 4 - width, width);
}

/* Room for a length of this width; close() fills it in. */
static size_t
open_length(struct writer *w, size_t width)
{
	const size_t at = w->n;

	put_number(w, 0, width);
	return at;
}

static void
close_length(struct writer *w, size_t at, size_t width)
{
	size_t n, i;

	if (w->is_full)
		return;
	n = w->n - at - width;
	if (n >> (8 * width) != 0)
		w->is_full = true;
	for (i = 0; i < width; i++)
		w->p[at + i] = (uint8_t)(n >> (8 * (width - 1 - i)));
}

static size_t
open_extension(struct writer *w, uint16_t type)
{
	put_number(w, type, 2);
	return open_length(w, 2);
}

/* ---- GREASE ---- */

uint16_t
tls_grease(uint8_t chance)
{
	const uint16_t half = (uint16_t)((chance & 0xf0) | 0x0a);

	return (uint16_t)(half << 8 | half);
}

bool
tls_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* ---- extensions ---- */

static void
put_list(struct writer *w, const uint16_t *list, size_t n, size_t width,
    const uint8_t *grease)
{
	const size_t at = open_length(w, width);
	size_t i;

	if (grease != NULL)
		put_number(w, tls_grease(*grease), 2);
	for (i = 0; i < n; i++)
		put_number(w, list[i], 2);
	close_length(w, at, width);
}

static void
put_host(struct writer *w, const char *host)
{
	const size_t at = open_extension(w, TLS_EXT_SERVER_NAME);
	const size_t list = open_length(w, 2);
	size_t name;

	put_number(w, 0, 1); /* host_name */
	name = open_length(w, 2);
	put(w, host, strlen(host));
	close_length(w, name, 2);
	close_length(w, list, 2);
	close_length(w, at, 2);
}

static void
put_groups(struct writer *w, const struct tls_hello_spec *s)
{
	static const uint8_t formats[] = { 1, 0 }; /* uncompressed */
	size_t at = open_extension(w, TLS_EXT_SUPPORTED_GROUPS);

	put_list(w, s->groups, s->ngroups, 2, s->grease ? &s->random[1] : NULL);
	close_length(w, at, 2);
	at = open_extension(w, TLS_EXT_EC_POINT_FORMATS);
	put(w, formats, sizeof(formats));
	close_length(w, at, 2);
}

static void
put_alpn(struct writer *w, const struct tls_hello_spec *s)
{
	const size_t at = open_extension(w, TLS_EXT_ALPN);
	const size_t list = open_length(w, 2);
	size_t i, one;

	for (i = 0; i < s->nalpn; i++) {
		one = open_length(w, 1);
		put(w, s->alpn[i], strlen(s->alpn[i]));
		close_length(w, one, 1);
	}
	close_length(w, list, 2);
	close_length(w, at, 2);
}

static void
put_shares(struct writer *w, const struct tls_hello_spec *s)
{
	const size_t at = open_extension(w, TLS_EXT_KEY_SHARE);
	const size_t list = open_length(w, 2);
	size_t i, one;

	for (i = 0; i < s->nshares; i++) {
		put_number(w, s->shares[i].group, 2);
		one = open_length(w, 2);
		put(w, s->shares[i].key, s->shares[i].size);
		close_length(w, one, 2);
	}
	close_length(w, list, 2);
	close_length(w, at, 2);
}

static void
put_whole(struct writer *w, uint16_t type, const void *body, size_t n)
{
	const size_t at = open_extension(w, type);

	put(w, body, n);
	close_length(w, at, 2);
}

static void
put_13(struct writer *w, const struct tls_hello_spec *s)
{
	static const uint8_t modes[] = { 1, 1 }; /* psk_dhe_ke */
	size_t at, in;

	if (s->nversions > 0) {
		at = open_extension(w, TLS_EXT_SUPPORTED_VERSIONS);
		put_list(w, s->versions, s->nversions, 1,
		    s->grease ? &s->random[2] : NULL);
		close_length(w, at, 2);
	}
	if (s->ncookie > 0) {
		at = open_extension(w, TLS_EXT_COOKIE);
		in = open_length(w, 2);
		put(w, s->cookie, s->ncookie);
		close_length(w, in, 2);
		close_length(w, at, 2);
	}
	if (s->psk_modes)
		put_whole(w, TLS_EXT_PSK_KEY_EXCHANGE_MODES, modes, 2);
	if (s->key_share)
		put_shares(w, s);
}

static void
put_extensions(struct writer *w, const struct tls_hello_spec *s)
{
	static const uint8_t no_renegotiation = 0; /* an empty list */
	const size_t block = open_length(w, 2);
	size_t i, at;

	if (s->grease)
		put_whole(w, tls_grease(s->random[3]), NULL, 0);
	if (s->host != NULL)
		put_host(w, s->host);
	if (s->extended_master_secret)
		put_whole(w, TLS_EXT_EXTENDED_MASTER_SECRET, NULL, 0);
	if (s->renegotiation_info)
		put_whole(w, TLS_EXT_RENEGOTIATION_INFO, &no_renegotiation, 1);
	if (s->encrypt_then_mac)
		put_whole(w, TLS_EXT_ENCRYPT_THEN_MAC, NULL, 0);
	if (s->ngroups > 0)
		put_groups(w, s);
	if (s->session_ticket)
		put_whole(w, TLS_EXT_SESSION_TICKET, s->ticket, s->nticket);
	if (s->nalpn > 0)
		put_alpn(w, s);
	if (s->nsignatures > 0) {
		at = open_extension(w, TLS_EXT_SIGNATURE_ALGORITHMS);
		put_list(w, s->signatures, s->nsignatures, 2, NULL);
		close_length(w, at, 2);
	}
	put_13(w, s);
	for (i = 0; i < s->nraw; i++)
		put_whole(w, s->raw[i].type, s->raw[i].body, s->raw[i].size);
	/* With nothing in it the block is left out: SSL 3 knows none. */
	if (!w->is_full && w->n == block + 2)
		w->n = block;
	else
		close_length(w, block, 2);
}

/* ---- the hello ---- */

static void
put_body(struct writer *w, const struct tls_hello_spec *s, bool is_datagram)
{
	size_t at;

	put_number(w, s->version, 2);
	put(w, s->random, sizeof(s->random));
	at = open_length(w, 1);
	put(w, s->session_id, s->nsession_id);
	close_length(w, at, 1);
	if (is_datagram) {
		at = open_length(w, 1);
		put(w, s->dtls_cookie, s->ndtls_cookie);
		close_length(w, at, 1);
	}
	put_list(w, s->suites, s->nsuites, 2, s->grease ? &s->random[0] : NULL);
	at = open_length(w, 1);
	if (s->ncompressions == 0)
		put_number(w, 0, 1);
	put(w, s->compressions, s->ncompressions);
	close_length(w, at, 1);
	put_extensions(w, s);
}

static size_t
written(const struct writer *w)
{
	return w->is_full ? 0 : w->n;
}

size_t
tls_hello_datagram_body(
    const struct tls_hello_spec *spec, uint8_t *out, size_t size)
{
	struct writer w = { .p = out, .size = size };

	put_body(&w, spec, true);
	return written(&w);
}

static void
put_message(struct writer *w, const struct tls_hello_spec *spec)
{
	size_t at;

	put_number(w, TLS_CLIENT_HELLO, 1);
	at = open_length(w, 3);
	put_body(w, spec, false);
	close_length(w, at, 3);
}

size_t
tls_hello_message(const struct tls_hello_spec *spec, uint8_t *out, size_t size)
{
	struct writer w = { .p = out, .size = size };

	put_message(&w, spec);
	return written(&w);
}

size_t
tls_hello_build(const struct tls_hello_spec *spec, uint8_t *out, size_t size)
{
	struct writer w = { .p = out, .size = size };
	uint16_t version = spec->record_version;
	size_t at;

	/* RFC 8446 appendix D.4: what old servers take */
	if (version == 0)
		version = spec->version < TLS_10 ? spec->version : TLS_10;
	put_number(&w, TLS_HANDSHAKE, 1);
	put_number(&w, version, 2);
	at = open_length(&w, 2);
	put_message(&w, spec);
	close_length(&w, at, 2);
	return written(&w);
}

size_t
tls_hello_ssl2(const uint32_t *kinds, size_t nkinds,
    const uint8_t challenge[16], uint8_t *out, size_t size)
{
	struct writer w = { .p = out, .size = size };
	const size_t at = open_length(&w, 2);
	size_t i;

	put_number(&w, 1, 1); /* CLIENT-HELLO */
	put_number(&w, TLS_SSL2, 2);
	put_number(&w, (uint32_t)(3 * nkinds), 2);
	put_number(&w, 0, 2); /* no session */
	put_number(&w, 16, 2);
	for (i = 0; i < nkinds; i++)
		put_number(&w, kinds[i], 3);
	put(&w, challenge, 16);
	close_length(&w, at, 2);
	if (!w.is_full)
		w.p[at] |= 0x80; /* a header of two bytes: no padding */
	return written(&w);
}
