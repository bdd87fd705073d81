/*
 * tls_malformed_hello: the ClientHello of all malformed handshakes, by a recipe
 * that says in what it differs.
 *
 * It is what a client of TLS 1.3 and 1.2 says, with suites for servers of any
 * age, so that one hello serves for every port.  Its random and its keys never
 * change: the key of X25519 is that curve's base point, the one of P-256 its
 * generator, whose secrets everybody knows.
 */
#include <string.h>

#include "protocols/tls_hello.h"
#include "protocols/tls_malformed_parts.h"
#include "protocols/tls_record.h"

#define FILLER 0x61

const struct malformed_recipe malformed_usual = {
	.name = "good", .clause = "", .want = TLS_WANT_TAKEN
};

/* ---- writing ---- */

void
malformed_put(struct malformed_flight *f, const void *p, size_t n)
{
	if (n > f->size - f->n) {
		f->is_full = true;
		return;
	}
	if (n > 0)
		memcpy(f->p + f->n, p, n);
	f->n += n;
}

void
malformed_set_number(uint8_t *p, size_t width, uint32_t v)
{
	size_t i;

	for (i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> (8 * (width - 1 - i)));
}

void
malformed_put_number(struct malformed_flight *f, uint32_t v, size_t width)
{
	uint8_t bytes[4];

	malformed_set_number(bytes, width, v);
	malformed_put(f, bytes, width);
}

void
malformed_fill(struct malformed_flight *f, uint8_t with, size_t n)
{
	if (n > f->size - f->n) {
		f->is_full = true;
		return;
	}
	memset(f->p + f->n, with, n);
	f->n += n;
}

static size_t
begin(struct malformed_flight *f, const char *name, uint8_t width)
{
	if (f->nmarks < MALFORMED_MARKS)
		f->marks[f->nmarks++] =
		    (struct malformed_mark){ name, f->n, width };
	malformed_put_number(f, 0, width);
	return f->n;
}

/* from: what begin() gave. */
static void
end(struct malformed_flight *f, size_t from, size_t width)
{
	if (!f->is_full)
		malformed_set_number(
		    f->p + from - width, width, (uint32_t)(f->n - from));
}

/* A list with its length before it. */
static void
put_list(struct malformed_flight *f, const char *name, uint8_t width,
    const void *p, size_t n)
{
	const size_t at = begin(f, name, width);

	malformed_put(f, p, n);
	end(f, at, width);
}

/* ---- extensions ---- */

static void
put_server_name(struct malformed_flight *f, const struct malformed_recipe *r)
{
	const size_t at = begin(f, "server_name.list", 2);

	(void)r;
	malformed_put_number(f, 0, 1); /* host_name */
	put_list(f, "server_name.name", 2, f->host, strlen(f->host));
	end(f, at, 2);
}

static void
put_renegotiation(struct malformed_flight *f, const struct malformed_recipe *r)
{
	(void)r;
	put_list(f, "renegotiation_info.value", 1, NULL, 0);
}

static void
put_groups(struct malformed_flight *f, const struct malformed_recipe *r)
{
	static const uint8_t groups[] = { 0, 29, 0, 23, 0, 24, 0, 25 };

	(void)r;
	put_list(f, "supported_groups.list", 2, groups, sizeof(groups));
}

static void
put_formats(struct malformed_flight *f, const struct malformed_recipe *r)
{
	static const uint8_t uncompressed[] = { 0 };

	(void)r;
	put_list(f, "ec_point_formats.list", 1, uncompressed, 1);
}

static void
put_status(struct malformed_flight *f, const struct malformed_recipe *r)
{
	(void)r;
	malformed_put_number(f, 1, 1); /* ocsp */
	put_list(f, "status_request.responders", 2, NULL, 0);
	put_list(f, "status_request.extensions", 2, NULL, 0);
}

static void
put_signatures(struct malformed_flight *f, const struct malformed_recipe *r)
{
	static const uint8_t signatures[] = { 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5,
		1, 8, 6, 6, 1, 6, 3, 8, 7, 2, 3, 2, 1 };

	(void)r;
	put_list(
	    f, "signature_algorithms.list", 2, signatures, sizeof(signatures));
}

static void
put_versions(struct malformed_flight *f, const struct malformed_recipe *r)
{
	static const uint8_t both[] = { 3, 4, 3, 3 };
	const uint8_t only[] = { (uint8_t)(r->only >> 8), (uint8_t)r->only };

	put_list(f, "supported_versions.list", 1, r->only == 0 ? both : only,
	    r->only == 0 ? sizeof(both) : sizeof(only));
}

static void
put_modes(struct malformed_flight *f, const struct malformed_recipe *r)
{
	static const uint8_t psk_dhe_ke[] = { 1 };

	(void)r;
	put_list(f, "psk_key_exchange_modes.list", 1, psk_dhe_ke, 1);
}

static void
put_shares(struct malformed_flight *f, const struct malformed_recipe *r)
{
	/* RFC 7748 section 4.1; SEC 2 section 2.4.2. */
	static const uint8_t x25519[32] = { 9 };
	static const uint8_t p256[] = { 4, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c,
		0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
		0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
		0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2,
		0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f,
		0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
		0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5 };
	const size_t at = begin(f, "key_share.list", 2);

	(void)r;
	malformed_put_number(f, 29, 2);
	put_list(f, "key_share.x25519", 2, x25519, sizeof(x25519));
	malformed_put_number(f, 23, 2);
	put_list(f, "key_share.p256", 2, p256, sizeof(p256));
	end(f, at, 2);
}

static const struct extension {
	uint16_t type;
	const char *name;
	void (*put)(struct malformed_flight *, const struct malformed_recipe *);
} extensions[] = {
	{ TLS_EXT_SERVER_NAME, "server_name", put_server_name },
	{ TLS_EXT_EXTENDED_MASTER_SECRET, "extended_master_secret", NULL },
	{ TLS_EXT_RENEGOTIATION_INFO, "renegotiation_info", put_renegotiation },
	{ TLS_EXT_SUPPORTED_GROUPS, "supported_groups", put_groups },
	{ TLS_EXT_EC_POINT_FORMATS, "ec_point_formats", put_formats },
	{ TLS_EXT_SESSION_TICKET, "session_ticket", NULL },
	{ TLS_EXT_STATUS_REQUEST, "status_request", put_status },
	{ TLS_EXT_SIGNATURE_ALGORITHMS, "signature_algorithms",
	    put_signatures },
	{ TLS_EXT_SUPPORTED_VERSIONS, "supported_versions", put_versions },
	{ TLS_EXT_PSK_KEY_EXCHANGE_MODES, "psk_key_exchange_modes", put_modes },
	{ TLS_EXT_KEY_SHARE, "key_share", put_shares },
};
#define EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

static const struct malformed_edit *
edit_of(const struct malformed_recipe *r, uint16_t type)
{
	size_t i;

	for (i = 0; i < MALFORMED_EDITS; i++)
		if (r->edits[i].how >= MALFORMED_REPLACE &&
		    r->edits[i].how <= MALFORMED_TWICE &&
		    r->edits[i].type == type)
			return &r->edits[i];
	return NULL;
}

static void
put_edit(struct malformed_flight *f, uint16_t type, const char *name,
    const struct malformed_edit *e)
{
	size_t at;

	malformed_put_number(f, type, 2);
	at = begin(f, name, 2);
	malformed_put(f, e->body.p, e->body.n);
	malformed_fill(f, FILLER, e->fill);
	end(f, at, 2);
}

static void
put_extension(struct malformed_flight *f, const struct malformed_recipe *r,
    const struct extension *x)
{
	const struct malformed_edit *e = edit_of(r, x->type);
	unsigned times = e != NULL && e->how == MALFORMED_TWICE ? 2 : 1;
	size_t at;

	if (e != NULL && e->how == MALFORMED_OMIT)
		return;
	if (e != NULL && e->how == MALFORMED_REPLACE) {
		put_edit(f, x->type, x->name, e);
		return;
	}
	while (times-- > 0) {
		malformed_put_number(f, x->type, 2);
		at = begin(f, x->name, 2);
		if (x->put != NULL)
			x->put(f, r);
		end(f, at, 2);
	}
}

static void
put_others(struct malformed_flight *f, const struct malformed_recipe *r,
    enum malformed_how how)
{
	const struct malformed_edit *e;
	unsigned i, k;

	for (i = 0; i < MALFORMED_EDITS; i++) {
		e = &r->edits[i];
		for (k = 0; e->how == how && k <= e->times; k++)
			put_edit(f, (uint16_t)(e->type + k), "added", e);
	}
}

/* ---- the hello ---- */

static void
put_body(struct malformed_flight *f, const struct malformed_recipe *r)
{
	static const uint8_t suites[] = { 0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2b,
		0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8, 0,
		0x9c, 0, 0x9d, 0, 0x9e, 0xc0, 9, 0xc0, 0x13, 0xc0, 0x0a, 0xc0,
		0x14, 0, 0x2f, 0, 0x35 };
	static const uint8_t null[] = { 0 };
	size_t at;
	unsigned i;

	malformed_put_number(f, r->legacy == 0 ? TLS_12 : r->legacy, 2);
	for (i = 0; i < 32; i++) /* a random that means nothing */
		malformed_put_number(f, 0x40 + i, 1);
	at = begin(f, "session_id", 1);
	malformed_put(f, r->session.p, r->session.n);
	if (r->session.p != NULL)
		malformed_fill(f, FILLER, r->fill);
	else
		malformed_fill(f, 0xa5, 32);
	end(f, at, 1);
	at = begin(f, "cipher_suites", 2);
	malformed_put(f,
	    r->suites.p != NULL ? (const void *)r->suites.p : suites,
	    r->suites.p != NULL ? r->suites.n : sizeof(suites));
	if (r->suites.p != NULL)
		malformed_fill(f, FILLER, r->fill);
	end(f, at, 2);
	put_list(f, "compression_methods", 1,
	    r->compressions.p != NULL ? (const void *)r->compressions.p : null,
	    r->compressions.p != NULL ? r->compressions.n : sizeof(null));
}

void
malformed_put_hello(
    struct malformed_flight *f, const struct malformed_recipe *r)
{
	size_t message, block, i;

	malformed_put_number(f, TLS_CLIENT_HELLO, 1);
	message = begin(f, "handshake", 3);
	put_body(f, r);
	block = begin(f, "extensions", 2);
	put_others(f, r, MALFORMED_FIRST);
	for (i = 0; i < EXTENSIONS; i++)
		put_extension(f, r, &extensions[i]);
	put_others(f, r, MALFORMED_ADD);
	end(f, block, 2);
	end(f, message, 3);
}

void
malformed_put_hello_record(
    struct malformed_flight *f, const struct malformed_recipe *r)
{
	size_t at;

	malformed_put_number(f, TLS_HANDSHAKE, 1);
	malformed_put_number(f, r->record == 0 ? TLS_10 : r->record, 2);
	at = begin(f, "record", 2);
	malformed_put_hello(f, r);
	end(f, at, 2);
}
