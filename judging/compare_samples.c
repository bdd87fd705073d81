/*
 * compare_samples: two units of one product: what must be each one's own, and
 * is the same.
 */
#include "judging/compare_samples.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "judging/compare_secrets.h"

#define DETAIL_MAX 560 /* bytes, of what a sealed check may say */
#define CODE_MANY "samples.many"
#define UUID_SIZE 36
#define FIELDS_MAX 3

enum weight {
	MUST,  /* the same on both: shared */
	MAY,   /* the same on both may have its reason: look at it */
	ASIDE, /* without its value in records: see add_secrets() */
};

struct rule {
	const char *check;
	const char *fields[FIELDS_MAX]; /* NULL ends */
	enum weight weight;
	/* The part of a value that tells units apart, caller frees; NULL: it
	 * does not.  Absent: all of it. */
	char *(*part)(const char *value);
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- what of a value tells units apart ---- */

static bool
is_uuid(const char *s)
{
	size_t i;

	for (i = 0; i < UUID_SIZE; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
			? s[i] != '-'
			: isxdigit((unsigned char)s[i]) == 0)
			return false;
	return true;
}

/* Of "uuid:…::urn:…" the UUID; an instance's number or a type is none. */
static char *
uuid_part(const char *value)
{
	for (; strlen(value) >= UUID_SIZE; value++)
		if (is_uuid(value))
			return xasprintf("%.*s", UUID_SIZE, value);
	return NULL;
}

/* "n/a", "0" and "unknown" are nobody's serial number. */
static char *
serial_part(const char *value)
{
	size_t digits = 0, i;

	for (i = 0; value[i] != '\0'; i++)
		digits += isdigit((unsigned char)value[i]) != 0;
	return digits < 3 ? NULL : xstrdup(value);
}

/* Its SHA-256: the key itself is too long to be told. */
static char *
key_part(const char *value)
{
	size_t n = strlen(value) / 2;
	uint8_t *bytes = xcalloc(1, n + 1);
	char digest[SHA256_HEX_SIZE];
	bool is_key = n > 0 && hex_decode(value, bytes, n) == 0;

	if (is_key)
		sha256_hex(bytes, n, digest);
	free(bytes);
	return is_key ? xasprintf("sha256 %s", digest) : NULL;
}

static const struct rule rules[] = {
	{ "identifier.mac", { "mac" }, MUST, NULL },
	{ "identifier.serial", { "discloses.serial", "udp.discloses.serial" },
	    MUST, serial_part },
	{ "identifier.uuid", { "discloses.id", "udp.discloses.id" }, MUST,
	    uuid_part },
	/* A host name may be the model's, a MAC address somebody else's. */
	{ "identifier.hostname",
	    { "discloses.hostname", "udp.discloses.hostname" }, MAY, NULL },
	{ "identifier.told_mac", { "discloses.mac", "udp.discloses.mac" }, MAY,
	    NULL },
	{ "key.tls", { "certificate.public_key" }, MUST, NULL },
	{ "key.ssh", { "ssh.host_key" }, MUST, key_part },
	{ "secret.default", { "discloses.secret", "udp.discloses.secret" },
	    ASIDE, NULL },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

static bool
is_of(const struct rule *rule, const char *field)
{
	size_t i;

	for (i = 0; i < FIELDS_MAX && rule->fields[i] != NULL; i++)
		if (strcmp(rule->fields[i], field) == 0)
			return true;
	return false;
}

static bool
is_wanted(const char *field)
{
	size_t i;

	for (i = 0; i < RULES; i++)
		if (is_of(&rules[i], field))
			return true;
	return false;
}

/* ---- items of a record ---- */

static void
add_item(json_t *items, const json_t *record, const char *sha256,
    const json_t *observation)
{
	const json_t *frames = json_object_get(observation, "frames"),
		     *value = json_object_get(observation, "value"),
		     *id = json_object_get(observation, "id");
	const char *source = text_of(json_array_get(frames, 0), "comment"),
		   *field = text_of(observation, "field");

	/* An issuer's number is the issuer's. */
	if (!json_is_string(value) || strcmp(source, "issuer") == 0)
		return;
	json_array_append_new(items,
	    json_pack("{s:O?, s:O?, s:s, s:I, s:s, s:O, s:s, s:O?, s:O?}",
		"run", json_object_get(record, "run"), "seq",
		json_object_get(record, "seq"), "sha256", sha256, "id",
		(json_int_t)json_integer_value(id), "field", field, "value",
		value, "source", source, "subject",
		json_object_get(observation, "subject"), "frames", frames));
}

static void
add_targets(json_t *items, const json_t *record, const char *sha256)
{
	const json_t *target;
	json_t *seen;
	size_t i;

	json_array_foreach (json_object_get(record, "targets"), i, target) {
		seen = json_pack("{s:s, s:O?}", "field", "mac", "value",
		    json_object_get(target, "mac"));
		if (seen != NULL)
			add_item(items, record, sha256, seen);
		json_decref(seen);
	}
}

json_t *
compare_samples_items(const json_t *record, const char *sha256)
{
	const json_t *one;
	json_t *items = json_array();
	size_t i;

	if (strcmp(text_of(record, "type"), "job") == 0)
		add_targets(items, record, sha256);
	if (strcmp(text_of(record, "type"), "observed") != 0)
		return items;
	json_array_foreach (json_object_get(record, "observations"), i, one)
		if (is_wanted(text_of(one, "field")))
			add_item(items, record, sha256, one);
	return items;
}

/* ---- the comparison ---- */

/* The part of an item's value that this rule compares; NULL: none. */
static char *
part_of(const struct rule *rule, const json_t *item)
{
	const char *value = text_of(item, "value");

	if (!is_of(rule, text_of(item, "field")) || value[0] == '\0')
		return NULL;
	return rule->part == NULL ? xstrdup(value) : rule->part(value);
}

static size_t
count(const struct rule *rule, const json_t *items)
{
	const json_t *item;
	size_t i, n = 0;
	char *part;

	json_array_foreach (items, i, item) {
		part = part_of(rule, item);
		n += part != NULL;
		free(part);
	}
	return n;
}

/* The first of items with this value; NULL. */
static const json_t *
find(const struct rule *rule, const json_t *items, const char *value)
{
	const json_t *item;
	bool is_same;
	char *part;
	size_t i;

	json_array_foreach (items, i, item) {
		part = part_of(rule, item);
		is_same = part != NULL && strcasecmp(part, value) == 0;
		free(part);
		if (is_same)
			return item;
	}
	return NULL;
}

/* "02:… (1/5, 9/12), …", with run and record of either; NULL when nothing is.
 */
static char *
shared(const struct rule *rule, const json_t *a, const json_t *b)
{
	const json_t *item, *other;
	json_t *told = json_object();
	char *text = NULL, *part, *longer;
	size_t i;

	json_array_foreach (a, i, item) {
		part = part_of(rule, item);
		other = part == NULL ? NULL : find(rule, b, part);
		if (other == NULL || json_object_get(told, part) != NULL) {
			free(part);
			continue;
		}
		json_object_set_new(told, part, json_true());
		longer = xasprintf("%s%s%s (%lld/%lld, %lld/%lld)",
		    text == NULL ? "" : text, text == NULL ? "" : ", ", part,
		    (long long)json_integer_value(json_object_get(item, "run")),
		    (long long)json_integer_value(json_object_get(item, "seq")),
		    (long long)json_integer_value(
			json_object_get(other, "run")),
		    (long long)json_integer_value(
			json_object_get(other, "seq")));
		free(text);
		free(part);
		text = longer;
	}
	json_decref(told);
	return text;
}

static json_t *
row(const char *check, int good, char *detail)
{
	bool is_long = strlen(detail) > DETAIL_MAX; /* the items have all */
	json_t *o = json_pack("{s:s, s:o, s:s}", "check", check, "good",
	    good == -1 ? json_null() : json_boolean(good), "detail",
	    is_long ? CODE_MANY : detail);

	free(detail);
	return o;
}

/* none: what it says when no such secret is declared; NULL: nothing. */
static void
add_secrets(json_t *rows, const char *check, const json_t *a, const json_t *b,
    bool typed_alone, const char *none)
{
	json_t *said = compare_secrets(a, b, typed_alone);
	const json_t *good = json_object_get(said, "good");

	if (said != NULL)
		json_array_append_new(rows,
		    row(check, json_is_null(good) ? -1 : json_is_true(good),
			xstrdup(text_of(said, "detail"))));
	else if (none != NULL)
		json_array_append_new(rows, row(check, -1, xstrdup(none)));
	json_decref(said);
}

static json_t *
compare_one(const struct rule *rule, const json_t *a, const json_t *b)
{
	const json_t *of_a = json_object_get(a, "items"),
		     *of_b = json_object_get(b, "items");
	size_t n = count(rule, of_a), m = count(rule, of_b);
	char *same, *detail;

	if (n == 0 || m == 0)
		return row(rule->check, -1,
		    n + m == 0 ? xstrdup("samples.unseen")
			       : xasprintf("samples.alone %s",
				     text_of(n > 0 ? a : b, "serial")));
	same = shared(rule, of_a, of_b);
	if (same == NULL)
		return row(
		    rule->check, 1, xasprintf("samples.own %zu, %zu", n, m));
	detail = xasprintf("%s %s",
	    rule->weight == MUST ? "samples.shared" : "samples.alike", same);
	free(same);
	return row(rule->check, rule->weight == MUST ? 0 : -1, detail);
}

json_t *
compare_samples(const json_t *a, const json_t *b)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < RULES; i++)
		if (rules[i].weight != ASIDE)
			json_array_append_new(
			    rows, compare_one(&rules[i], a, b));
	add_secrets(rows, "secret.default", a, b, false, "samples.unrecorded");
	add_secrets(rows, "secret.password", a, b, true, NULL);
	return rows;
}

bool
compare_samples_failed(const json_t *rows)
{
	const json_t *one;
	size_t i;

	json_array_foreach (rows, i, one)
		if (json_is_false(json_object_get(one, "good")))
			return true;
	return false;
}

bool
compare_samples_are(const json_t *rows, const json_t *checks)
{
	const json_t *one, *sealed;
	size_t i;

	json_array_foreach (rows, i, one) {
		sealed = json_object_get(checks, text_of(one, "check"));
		if (!json_equal(json_object_get(sealed, "good"),
			json_object_get(one, "good")) ||
		    !json_equal(json_object_get(sealed, "detail"),
			json_object_get(one, "detail")))
			return false;
	}
	return json_object_size(checks) == json_array_size(rows);
}
