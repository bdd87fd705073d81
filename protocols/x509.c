/*
 * x509: what a certificate says of itself.
 *
 * A length that does not fit what is around it ends the reading: nothing is
 * guessed behind it.
 */
#include "protocols/x509.h"

#include <string.h>

#include "protocols/bytes.h"
#include "protocols/x509_parts.h"

#define ELEMENTS_MAX 512 /* of one list */

#define BOOLEAN 0x01
#define INTEGER 0x02
#define BIT_STRING 0x03
#define OCTET_STRING 0x04
#define OID 0x06
#define UTC_TIME 0x17
#define GENERALIZED_TIME 0x18
#define SEQUENCE 0x30
#define SET 0x31
#define VERSION 0xa0
#define EXTENSIONS 0xa3
#define NAME_DNS 0x82
#define NAME_ADDRESS 0x87

struct element {
	uint8_t type;
	struct x509_view whole, value;
};

static bool
next_element(struct reader *r, struct element *e)
{
	size_t n, bytes;

	e->whole.p = r->p;
	e->type = reader_u8(r);
	n = reader_u8(r);
	if ((n & 0x80) != 0) {
		bytes = n & 0x7f;
		n = 0;
		if (bytes == 0 || bytes > 3)
			return false;
		while (bytes-- > 0)
			n = n << 8 | reader_u8(r);
	}
	e->value.n = n;
	e->value.p = reader_take(r, n);
	e->whole.n = (size_t)(r->p - e->whole.p);
	return e->value.p != NULL;
}

static bool
next_of(struct reader *r, uint8_t type, struct element *e)
{
	return next_element(r, e) && e->type == type;
}

static struct reader
inside(const struct x509_view *v)
{
	return reader_over(v->p, v->n);
}

/* ---- times ---- */

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t
days(int64_t year, int64_t month, int64_t day)
{
	int64_t era, of_era, of_year;

	year -= month <= 2 ? 1 : 0;
	era = year / 400;
	of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static bool
read_digits(const uint8_t *p, size_t n, int64_t *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*value = *value * 10 + (p[i] - '0');
	}
	return true;
}

/* Month, day, hour, minute, second. */
static bool
are_of_a_time(const int64_t *part)
{
	return part[0] >= 1 && part[0] <= 12 && part[1] >= 1 && part[1] <= 31 &&
	    part[2] <= 23 && part[3] <= 59 && part[4] <= 60;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ (RFC 5280 section 4.1.2.5). */
static bool
read_time(const struct element *e, int64_t *seconds)
{
	const size_t digits = e->type == UTC_TIME ? 2 : 4;
	const uint8_t *p;
	int64_t year, part[5];
	size_t i;

	if ((e->type != UTC_TIME && e->type != GENERALIZED_TIME) ||
	    e->value.n != digits + 11 || e->value.p[digits + 10] != 'Z' ||
	    !read_digits(e->value.p, digits, &year))
		return false;
	p = e->value.p + digits;
	if (digits == 2)
		year += year < 50 ? 2000 : 1900;
	for (i = 0; i < 5; i++)
		if (!read_digits(p + 2 * i, 2, &part[i]))
			return false;
	if (!are_of_a_time(part))
		return false;
	*seconds = days(year, part[0], part[1]) * 86400 + part[2] * 3600 +
	    part[3] * 60 + part[4];
	return true;
}

static bool
read_validity(struct x509 *x, const struct x509_view *v)
{
	struct reader r = inside(v);
	struct element from, to;

	return next_element(&r, &from) && next_element(&r, &to) &&
	    read_time(&from, &x->not_before_s) &&
	    read_time(&to, &x->not_after_s);
}

/* ---- the key ---- */

static uint32_t
bits_of(const struct x509_view *number)
{
	size_t i = 0;
	uint32_t bits;
	uint8_t top;

	while (i < number->n && number->p[i] == 0)
		i++;
	if (i == number->n)
		return 0;
	bits = (uint32_t)(number->n - i - 1) * 8;
	for (top = number->p[i]; top != 0; top >>= 1)
		bits++;
	return bits;
}

/* A point (SEC 1 section 2.3.3): compressed, or with both coordinates. */
static uint32_t
bits_of_point(const struct x509_view *point)
{
	if (point->n < 2)
		return 0;
	return (uint32_t)(point->p[0] == 4 ? (point->n - 1) / 2
					   : point->n - 1) *
	    8;
}

static bool
read_key(struct x509 *x, const struct x509_view *v)
{
	struct reader r = inside(v), of_algorithm, of_key;
	struct element algorithm, key, oid, curve, sequence, modulus;
	struct x509_view bits;

	if (!next_of(&r, SEQUENCE, &algorithm) ||
	    !next_of(&r, BIT_STRING, &key) || key.value.n < 2 ||
	    key.value.p[0] != 0)
		return false;
	of_algorithm = inside(&algorithm.value);
	if (!next_of(&of_algorithm, OID, &oid))
		return false;
	bits = (struct x509_view){ key.value.p + 1, key.value.n - 1 };
	x->key = x509_key_name(&oid.value, &x->key_bits);
	if (strcmp(x->key, "rsa") == 0) {
		of_key = inside(&bits);
		if (!next_of(&of_key, SEQUENCE, &sequence))
			return false;
		of_key = inside(&sequence.value);
		if (!next_of(&of_key, INTEGER, &modulus))
			return false;
		x->key_bits = bits_of(&modulus.value);
	} else if (strcmp(x->key, "ec") == 0) {
		if (next_of(&of_algorithm, OID, &curve))
			x->key_bits = x509_curve_bits(&curve.value);
		if (x->key_bits == 0)
			x->key_bits = bits_of_point(&bits);
	}
	return true;
}

/* ---- extensions ---- */

static bool
read_usage(struct x509 *x, struct reader *r)
{
	struct element bits;
	size_t i;

	if (!next_of(r, BIT_STRING, &bits) || bits.value.n < 1)
		return false;
	x->has_key_usage = true;
	for (i = 0; i < 9 && 1 + i / 8 < bits.value.n; i++)
		if ((bits.value.p[1 + i / 8] & (0x80 >> i % 8)) != 0)
			x->key_usage |= 1u << i;
	return true;
}

static bool
read_purposes(struct x509 *x, struct reader *r)
{
	struct element list, oid;
	unsigned n = 0;

	if (!next_of(r, SEQUENCE, &list))
		return false;
	x->has_purposes = true;
	*r = inside(&list.value);
	while (reader_left(r) > 0 && n++ < ELEMENTS_MAX) {
		if (!next_of(r, OID, &oid))
			return false;
		x->purposes |= x509_purpose_of(&oid.value);
	}
	return true;
}

static bool
read_constraints(struct x509 *x, struct reader *r)
{
	struct element list, is_authority;

	if (!next_of(r, SEQUENCE, &list))
		return false;
	*r = inside(&list.value);
	if (reader_left(r) > 0)
		x->is_authority = next_of(r, BOOLEAN, &is_authority) &&
		    is_authority.value.n == 1 && is_authority.value.p[0] != 0;
	return true;
}

static bool
read_alternatives(struct x509 *x, struct reader *r)
{
	struct element list;

	if (!next_of(r, SEQUENCE, &list))
		return false;
	x->alternatives = list.value;
	return true;
}

/* 2.5.29.x; others are not asked about. */
static bool
read_extension(struct x509 *x, const struct x509_view *v)
{
	struct reader r = inside(v), contents;
	struct element oid, value;

	if (!next_of(&r, OID, &oid) || !next_element(&r, &value))
		return false;
	if (value.type == BOOLEAN && !next_element(&r, &value))
		return false; /* it was "critical" */
	if (value.type != OCTET_STRING)
		return false;
	if (oid.value.n != 3 || memcmp(oid.value.p, "\x55\x1d", 2) != 0)
		return true;
	contents = inside(&value.value);
	switch (oid.value.p[2]) {
	case 15:
		return read_usage(x, &contents);
	case 17:
		return read_alternatives(x, &contents);
	case 19:
		return read_constraints(x, &contents);
	case 37:
		return read_purposes(x, &contents);
	default:
		return true;
	}
}

static bool
read_extensions(struct x509 *x, const struct x509_view *v)
{
	struct reader r = inside(v);
	struct element list, one;
	unsigned n = 0;

	if (!next_of(&r, SEQUENCE, &list))
		return false;
	r = inside(&list.value);
	while (reader_left(&r) > 0) {
		if (n++ == ELEMENTS_MAX || !next_of(&r, SEQUENCE, &one) ||
		    !read_extension(x, &one.value))
			return false;
	}
	return true;
}

/* ---- the whole ---- */

/* Unique identifiers, which nobody uses, and extensions at the very end. */
static bool
read_rest(struct x509 *x, struct reader *r)
{
	struct element e;

	while (reader_left(r) > 0) {
		if (!next_element(r, &e))
			return false;
		if (e.type == EXTENSIONS)
			return reader_left(r) == 0 &&
			    read_extensions(x, &e.value);
	}
	return true;
}

/* TBSCertificate: version?, serial, signature, issuer, validity, subject, key,
 * unique identifiers?, extensions?. */
static bool
read_contents(struct x509 *x, const struct x509_view *v)
{
	struct reader r = inside(v);
	struct element e;

	if (!next_element(&r, &e) ||
	    (e.type == VERSION && !next_element(&r, &e)) || e.type != INTEGER ||
	    !next_of(&r, SEQUENCE, &e) || !next_of(&r, SEQUENCE, &e))
		return false;
	x->issuer = e.whole;
	if (!next_of(&r, SEQUENCE, &e) || !read_validity(x, &e.value) ||
	    !next_of(&r, SEQUENCE, &e))
		return false;
	x->subject = e.whole;
	if (!next_of(&r, SEQUENCE, &e) || !read_key(x, &e.value))
		return false;
	x->public_key = e.whole;
	return read_rest(x, &r);
}

int
x509_read(struct x509 *x, const uint8_t *der, size_t n)
{
	struct reader r = reader_over(der, n), of_algorithm;
	struct element certificate, contents, algorithm, oid, signature;

	memset(x, 0, sizeof(*x));
	x->key = x->signature = "unknown";
	if (!next_of(&r, SEQUENCE, &certificate) || reader_left(&r) > 0)
		return -1;
	r = inside(&certificate.value);
	if (!next_of(&r, SEQUENCE, &contents) ||
	    !next_of(&r, SEQUENCE, &algorithm) ||
	    !next_of(&r, BIT_STRING, &signature) || reader_left(&r) > 0)
		return -1;
	of_algorithm = inside(&algorithm.value);
	if (!next_of(&of_algorithm, OID, &oid))
		return -1;
	x->signature = x509_signature_name(&oid.value, &x->signature_is_weak);
	return read_contents(x, &contents.value) ? 0 : -1;
}

/* ---- names ---- */

static bool
next_alternative(const struct x509 *x, size_t *at, struct x509_name *name)
{
	struct reader r;
	struct element e;

	while (*at < x->alternatives.n) {
		r = reader_over(
		    x->alternatives.p + *at, x->alternatives.n - *at);
		if (!next_element(&r, &e))
			break;
		*at += e.whole.n;
		name->value = e.value;
		name->kind = X509_NAME_DNS;
		if (e.type == NAME_DNS)
			return true;
		name->kind = X509_NAME_ADDRESS;
		if (e.type == NAME_ADDRESS &&
		    (e.value.n == 4 || e.value.n == 16))
			return true;
	}
	*at = x->alternatives.n;
	return false;
}

/* Name: relative names, each a set of pairs of an OID and a string. */
static bool
next_common(const struct x509 *x, size_t *at, struct x509_name *name)
{
	struct reader r = inside(&x->subject), pair;
	struct element e, oid, value;
	size_t i;

	if (!next_of(&r, SEQUENCE, &e))
		return false;
	r = inside(&e.value);
	for (i = 0; reader_left(&r) > 0 && i < ELEMENTS_MAX; i++) {
		if (!next_of(&r, SET, &e))
			return false;
		pair = inside(&e.value);
		if (i < *at || !next_of(&pair, SEQUENCE, &e))
			continue;
		*at = i + 1;
		pair = inside(&e.value);
		if (!next_of(&pair, OID, &oid) ||
		    !next_element(&pair, &value) || oid.value.n != 3 ||
		    memcmp(oid.value.p, "\x55\x04\x03", 3) != 0)
			continue;
		name->kind = X509_NAME_COMMON;
		name->value = value.value;
		return true;
	}
	return false;
}

bool
x509_next_name(const struct x509 *x, size_t *at, struct x509_name *name)
{
	size_t first = 0;

	if (next_alternative(x, &first, name))
		return next_alternative(x, at, name);
	return next_common(x, at, name);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
x509_name_covers(const char *presented, const char *host)
{
	const char *dot = strchr(host, '.');

	if (presented[0] == '*' && presented[1] == '.') {
		if (dot == NULL || dot == host)
			return false;
		presented++;
		host = dot;
	}
	while (*presented != '\0' && lower(*presented) == lower(*host)) {
		presented++;
		host++;
	}
	return *presented == '\0' && *host == '\0';
}
