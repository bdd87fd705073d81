/*
 * record_view: a record's fields, where they lie in its canonical bytes.
 *
 * What a lax parser would forgive (a space, "1.0", "-0", "\/", keys in another
 * order) is a refusal here, each where it stands.  The fuzz target holds this
 * against a parser and an encoder that know nothing of it.
 */
#include "records/record_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "records/record.h"

#define FIELDS_FIRST 32 /* room for a common record's */

/* In each byte of eight */
#define ONES 0x0101010101010101u
#define HIGH_BITS 0x8080808080808080u

struct scan {
	const char *begin, *at, *end;
	struct record_view *view; /* takes the outermost fields */
	struct err *e;
};

static int
refuse(const struct scan *s, const char *why)
{
	return err_set(s->e, "not in canonical form at byte %td: %s",
	    s->at - s->begin, why);
}

static bool
next_is(const struct scan *s, char c)
{
	return s->at < s->end && *s->at == c;
}

static int
expect(struct scan *s, char c, const char *why)
{
	if (!next_is(s, c))
		return refuse(s, why);
	s->at++;
	return 0;
}

/* ---- strings ---- */

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What the escape at p (n > 0 bytes there) stands for, and its length in
 * *size.  0: it is none of the canonical ones. */
static char
escape_at(const char *p, size_t n, size_t *size)
{
	static const char names[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
	const char *name;
	char c;

	*size = 2;
	if (n < 2 || p[1] == '\0')
		return 0;
	name = strchr(names, p[1]);
	if (name != NULL)
		return meant[name - names];
	*size = 6;
	if (n < 6 || memcmp(p, "\\u00", 4) != 0 || p[4] < '0' || p[4] > '1' ||
	    digit_of(p[5]) == -1)
		return 0;
	c = (char)((p[4] - '0') * 16 + digit_of(p[5]));
	/* What has a shorter name goes by that alone. */
	return c == 0 || strchr("\b\f\n\r\t", c) != NULL ? 0 : c;
}

/* A sequence that begins with a byte of 0x80 or more. */
static size_t
utf8_length(const struct scan *s)
{
	bool shown;
	size_t n = utf8_sequence(
	    (const uint8_t *)s->at, (size_t)(s->end - s->at), &shown);

	return n > 1 ? n : 0;
}

/* Past whatever needs a closer look than a plain character.  0: refused. */
static size_t
special_length(const struct scan *s, struct record_value *v)
{
	size_t n;

	if (*s->at == '\\') {
		v->escaped = true;
		if (escape_at(s->at, (size_t)(s->end - s->at), &n) != 0)
			return n;
		refuse(s, "an escape that is not needed so");
		return 0;
	}
	n = (uint8_t)*s->at >= 0x80 ? utf8_length(s) : 0;
	if (n == 0)
		refuse(s,
		    (uint8_t)*s->at < 0x20 ? "a control character"
					   : "not UTF-8");
	return n;
}

static bool
is_plain(char c)
{
	return (uint8_t)c >= 0x20 && (uint8_t)c < 0x80 && c != '"' && c != '\\';
}

/* A byte of w is `b`: its high bit is set, and perhaps those above it. */
static uint64_t
bytes_that_are(uint64_t w, uint8_t b)
{
	const uint64_t x = w ^ (ONES * b);

	return (x - ONES) & ~x & HIGH_BITS;
}

/* How many plain characters follow at least: eight at a time. */
static size_t
plain_words(const char *p, size_t n)
{
	size_t i;
	uint64_t w;

	for (i = 0; i + sizeof(w) <= n; i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		/* 0x80 or more; less than 0x20; the two that mean something */
		if ((w & HIGH_BITS) != 0 ||
		    ((w - ONES * 0x20) & HIGH_BITS) != 0 ||
		    bytes_that_are(w, '"') != 0 || bytes_that_are(w, '\\') != 0)
			break;
	}
	return i;
}

static int
scan_string(struct scan *s, struct record_value *v)
{
	size_t n;

	if (expect(s, '"', "a string is missing") == -1)
		return -1;
	v->kind = RECORD_IS_STRING;
	v->text = s->at;
	for (;;) {
		s->at += plain_words(s->at, (size_t)(s->end - s->at));
		while (s->at < s->end && is_plain(*s->at))
			s->at++;
		if (s->at == s->end)
			return refuse(s, "a string has no end");
		if (*s->at == '"')
			break;
		n = special_length(s, v);
		if (n == 0)
			return -1;
		s->at += n;
	}
	v->size = (size_t)(s->at - v->text);
	s->at++;
	return 0;
}

char *
record_value_dup(const struct record_value *v, size_t *size)
{
	char *text = xcalloc(1, v->size + 1);
	size_t i = 0, n = 0, length;

	while (i < v->size) {
		length = 1;
		text[n++] = v->text[i] == '\\'
		    ? escape_at(v->text + i, v->size - i, &length)
		    : v->text[i];
		i += length;
	}
	if (size != NULL)
		*size = n;
	return text;
}

/* ---- numbers and words ---- */

static int
scan_integer(struct scan *s, struct record_value *v)
{
	const uint64_t limit = (uint64_t)INT64_MAX + (*s->at == '-');
	const bool negative = *s->at == '-';
	const char *digits = s->at + negative;
	uint64_t n = 0;
	unsigned digit;

	for (s->at = digits; s->at < s->end; s->at++) {
		if (*s->at < '0' || *s->at > '9')
			break;
		digit = (unsigned)(*s->at - '0');
		if (n > (limit - digit) / 10)
			return refuse(s, "a number of more than 64 bits");
		n = n * 10 + digit;
	}
	if (s->at == digits)
		return refuse(s, "no value");
	if (*digits == '0' && (negative || s->at - digits > 1))
		return refuse(s, "a number that begins with 0");
	if (next_is(s, '.') || next_is(s, 'e') || next_is(s, 'E'))
		return refuse(s, "a number that is not an integer");
	v->kind = RECORD_IS_INTEGER;
	v->number = negative ? (int64_t)(0 - n) : (int64_t)n;
	return 0;
}

static int
scan_word(struct scan *s, struct record_value *v)
{
	static const struct {
		const char *text;
		size_t size;
		enum record_kind kind;
	} words[] = {
		{ "null", 4, RECORD_IS_NULL },
		{ "true", 4, RECORD_IS_TRUE },
		{ "false", 5, RECORD_IS_FALSE },
	};
	const size_t left = (size_t)(s->end - s->at);
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (left >= words[i].size &&
		    memcmp(s->at, words[i].text, words[i].size) == 0) {
			s->at += words[i].size;
			v->kind = words[i].kind;
			return 0;
		}
	return refuse(s, "no value");
}

/* ---- objects and arrays ---- */

static int scan_value(struct scan *s, struct record_value *v, unsigned depth);

/* depth: levels above this one. */
static int
enter(struct scan *s, unsigned depth)
{
	if (depth == RECORD_DEPTH)
		return err_set(s->e, "nested deeper than %u", RECORD_DEPTH);
	s->at++;
	return 0;
}

static int
scan_array(struct scan *s, unsigned depth)
{
	struct record_value v;

	if (enter(s, depth) == -1)
		return -1;
	if (!next_is(s, ']'))
		for (;;) {
			if (scan_value(s, &v, depth + 1) == -1)
				return -1;
			if (!next_is(s, ','))
				break;
			s->at++;
		}
	return expect(s, ']', "an array goes on otherwise");
}

static int
compare_bytes(const char *a, size_t na, const char *b, size_t nb)
{
	int r = memcmp(a, b, na < nb ? na : nb);

	if (r != 0)
		return r;
	return na == nb ? 0 : (na < nb ? -1 : 1);
}

/* Keys are sorted by the bytes that they stand for. */
static int
compare_keys(const struct record_value *a, const struct record_value *b)
{
	char *at, *bt;
	size_t an, bn;
	int r;

	if (!a->escaped && !b->escaped)
		return compare_bytes(a->text, a->size, b->text, b->size);
	at = record_value_dup(a, &an);
	bt = record_value_dup(b, &bn);
	r = compare_bytes(at, an, bt, bn);
	free(at);
	free(bt);
	return r;
}

static void
note_field(struct record_view *view, const struct record_field *f)
{
	if (view->n == view->room) {
		view->room = view->room == 0 ? FIELDS_FIRST : view->room * 2;
		view->fields =
		    xrealloc(view->fields, view->room, sizeof(*view->fields));
	}
	view->fields[view->n++] = *f;
}

static int
scan_object(struct scan *s, unsigned depth)
{
	struct record_field f;
	struct record_value before = { .text = NULL };

	if (enter(s, depth) == -1)
		return -1;
	if (!next_is(s, '}'))
		for (;;) {
			memset(&f, 0, sizeof(f));
			if (scan_string(s, &f.key) == -1)
				return -1;
			if (before.text != NULL &&
			    compare_keys(&before, &f.key) >= 0)
				return refuse(s,
				    "a key that is not after the "
				    "one before it");
			before = f.key;
			if (expect(s, ':', "a ':' is missing") == -1 ||
			    scan_value(s, &f.value, depth + 1) == -1)
				return -1;
			if (depth == 0)
				note_field(s->view, &f);
			if (!next_is(s, ','))
				break;
			s->at++;
		}
	return expect(s, '}', "an object goes on otherwise");
}

static int
scan_value(struct scan *s, struct record_value *v, unsigned depth)
{
	const char *begin = s->at;
	int r;

	memset(v, 0, sizeof(*v));
	if (next_is(s, '"'))
		return scan_string(s, v);
	if (next_is(s, '{')) {
		v->kind = RECORD_IS_OBJECT;
		r = scan_object(s, depth);
	} else if (next_is(s, '[')) {
		v->kind = RECORD_IS_ARRAY;
		r = scan_array(s, depth);
	} else if (next_is(s, 'n') || next_is(s, 't') || next_is(s, 'f'))
		r = scan_word(s, v);
	else if (s->at < s->end)
		r = scan_integer(s, v);
	else
		r = refuse(s, "no value");
	v->text = begin;
	v->size = (size_t)(s->at - begin);
	return r;
}

int
record_view_begin(struct record_view *v, const char *bytes, size_t size,
    size_t *used, struct err *e)
{
	struct scan s = { .begin = bytes, .at = bytes, .view = v, .e = e };

	v->n = 0;
	s.end = bytes + size;
	if (!next_is(&s, '{'))
		return err_set(e, "a record is an object");
	if (scan_object(&s, 0) == -1)
		return -1;
	*used = (size_t)(s.at - bytes);
	return 0;
}

int
record_view_read(
    struct record_view *v, const char *bytes, size_t size, struct err *e)
{
	size_t used = 0;

	v->n = 0;
	if (size > RECORD_MAX)
		return err_set(e, "%zu bytes, more than %d", size, RECORD_MAX);
	if (record_view_begin(v, bytes, size, &used, e) == -1)
		return -1;
	if (used != size)
		return err_set(e,
		    "not in canonical form at byte %zu: something follows the "
		    "record",
		    used);
	return 0;
}

void
record_view_free(struct record_view *v)
{
	free(v->fields);
	memset(v, 0, sizeof(*v));
}

const struct record_value *
record_view_get(const struct record_view *v, const char *key)
{
	const size_t size = strlen(key);
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->fields[i].key.size == size &&
		    !v->fields[i].key.escaped &&
		    memcmp(v->fields[i].key.text, key, size) == 0)
			return &v->fields[i].value;
	return NULL;
}
