/*
 * tls_malformed: numbers to cases, and the families that come of the structure
 * alone: cut short, and every length wrong.
 */
#include "protocols/tls_malformed.h"

#include <stdio.h>
#include <string.h>

#include "protocols/tls_malformed_parts.h"
#include "protocols/tls_record.h"

#define HOST "device.test"
#define HOST_MAX 100
#define RECORD_LENGTH 3 /* where it stands */
#define HELLO_AT (TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER)

static const char unparsable[] = "RFC 8446 section 6";

static void
name(struct tls_malformed *out, enum tls_malformed_want want,
    const char *clause, const char *family, const char *mark, const char *what)
{
	snprintf(out->name, sizeof(out->name), "%s.%s.%s", family, mark, what);
	out->want = want;
	out->clause = clause;
}

/* Before and behind each length, from the record's on; each place once.
 * False: there is none of this index. */
static bool
boundary(const struct malformed_flight *f, unsigned index, size_t *at)
{
	const struct malformed_mark *m, *last;

	if (index / 2 >= f->nmarks)
		return false;
	m = &f->marks[index / 2];
	last = index < 2 ? NULL : m - 1;
	*at = index % 2 == 0 ? m->at : m->at + m->width;
	return last == NULL || index % 2 == 1 || last->at + last->width < *at;
}

/* ---- a hello that ends too early ---- */

/* The rest never comes. */
static bool
cut(struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	size_t at;

	malformed_put_hello_record(f, &malformed_usual);
	if (!boundary(f, index, &at))
		return false;
	name(out, TLS_WANT_WAITING, "", "cut", f->marks[index / 2].name,
	    index % 2 == 0 ? "before" : "behind");
	f->n = at;
	return true;
}

/* Message and record say that this is all. */
static bool
ends(struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	enum tls_malformed_want want = TLS_WANT_REFUSED;
	const struct malformed_mark *m;
	size_t at;

	malformed_put_hello_record(f, &malformed_usual);
	if (!boundary(f, index, &at) || at < HELLO_AT)
		return false;
	m = &f->marks[index / 2];
	/* RFC 5246 section 7.4.1.2: a hello may have no extensions. */
	if (index % 2 == 0 && strcmp(m->name, "extensions") == 0)
		want = TLS_WANT_ANYTHING;
	name(out, want, unparsable, "ends", m->name,
	    index % 2 == 0 ? "before" : "behind");
	malformed_set_number(
	    f->p + RECORD_LENGTH, 2, (uint32_t)(at - TLS_RECORD_HEADER));
	malformed_set_number(
	    f->p + TLS_RECORD_HEADER + 1, 3, (uint32_t)(at - HELLO_AT));
	f->n = at;
	return true;
}

/* ---- a length that is wrong ---- */

enum change {
	ZERO,
	ONE,
	LESS,
	MORE,
	MOST,
	CHANGES
};

static uint32_t
changed(uint32_t v, enum change change, uint8_t width)
{
	switch (change) {
	case ZERO:
		return 0;
	case ONE:
		return 1;
	case LESS:
		return v - 1;
	case MORE:
		return v + 1;
	case MOST:
	case CHANGES:
		break;
	}
	return (UINT32_C(1) << 8 * width) - 1;
}

/* Within an extension, its reader alone sees it: those that know it not, and
 * in TLS 1.2 most, need not. */
static enum tls_malformed_want
want_of(const struct malformed_mark *m, enum change change)
{
	static const char *const of_13[] = { "signature_algorithms.list",
		"supported_versions.list", "key_share.list", "key_share.x25519",
		"key_share.p256" };
	size_t i;

	if (strcmp(m->name, "record") == 0)
		return change >= MORE ? TLS_WANT_WAITING : TLS_WANT_ANYTHING;
	if (strcmp(m->name, "handshake") == 0)
		return change >= MORE ? TLS_WANT_WAITING : TLS_WANT_REFUSED;
	for (i = 0; i < sizeof(of_13) / sizeof(of_13[0]); i++)
		if (strcmp(m->name, of_13[i]) == 0)
			return TLS_WANT_REFUSED_13;
	return strchr(m->name, '.') != NULL ? TLS_WANT_ANYTHING
					    : TLS_WANT_REFUSED;
}

static bool
length(struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	static const char *const names[CHANGES] = { "zero", "one", "less",
		"more", "most" };
	const struct malformed_mark *m;
	const enum change change = (enum change)(index % CHANGES);
	uint32_t v = 0, is;
	size_t i;

	malformed_put_hello_record(f, &malformed_usual);
	if (index / CHANGES >= f->nmarks)
		return false;
	m = &f->marks[index / CHANGES];
	for (i = 0; i < m->width; i++)
		v = v << 8 | f->p[m->at + i];
	is = changed(v, change, m->width);
	/* One less than nothing is no length; one is what it was, or nothing
	 * and one more. */
	if (is == v || (change == LESS && v <= 2) || (change == MORE && v == 0))
		return false;
	malformed_set_number(f->p + m->at, m->width, is);
	name(out, want_of(m, change), unparsable, "length", m->name,
	    names[change]);
	return true;
}

/* ---- all of them ---- */

static bool
good(struct malformed_flight *f, struct tls_malformed *out, unsigned index)
{
	if (index != 0)
		return false;
	malformed_put_hello_record(f, &malformed_usual);
	snprintf(out->name, sizeof(out->name), "good");
	out->want = TLS_WANT_TAKEN;
	return true;
}

static const struct family {
	uint16_t first; /* its number: never changes */
	bool (*make)(
	    struct malformed_flight *, struct tls_malformed *, unsigned index);
} families[] = {
	{ 0, good },
	{ 100, cut },
	{ 200, ends },
	{ 300, length },
	{ 500, malformed_value },
	{ 800, malformed_record },
	{ 1000, malformed_order },
};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

size_t
tls_malformed_build(struct tls_malformed *out, uint16_t number,
    const char *host, uint8_t *bytes, size_t size)
{
	struct malformed_flight f = {
		.p = bytes, .size = size, .host = host == NULL ? HOST : host
	};
	size_t i = FAMILIES - 1;

	memset(out, 0, sizeof(*out));
	out->clause = "";
	if (number > TLS_MALFORMED_LAST || strlen(f.host) > HOST_MAX)
		return 0;
	while (families[i].first > number)
		i--;
	if (!families[i].make(&f, out, number - families[i].first))
		return 0;
	return f.is_full ? 0 : f.n;
}

unsigned
tls_malformed_count(void)
{
	uint8_t bytes[TLS_MALFORMED_MAX];
	struct tls_malformed is;
	unsigned n = 0;
	uint16_t i;

	for (i = 1; i <= TLS_MALFORMED_LAST; i++)
		if (tls_malformed_build(&is, i, NULL, bytes, sizeof(bytes)) > 0)
			n++;
	return n;
}
