/*
 * compare_secrets: were two samples delivered with the same default secret?
 *
 * One that is the same is shared, whatever else is not known.  All differ only
 * where every one that is declared of either sample has its counterpart, and
 * could be read.
 */
#include "judging/compare_secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define FIELD_TYPED "default.password"
#define FIELD_KEY "default.key"

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* ---- items ---- */

static bool
is_typed(const char *kind)
{
	return strcmp(kind, "password") == 0 || strcmp(kind, "pin") == 0 ||
	    strcmp(kind, "pairing-code") == 0;
}

json_t *
compare_secrets_items(const json_t *secrets, const char *sample)
{
	const char *kind, *account;
	json_t *items = json_array();
	const json_t *one;
	char *source;
	size_t i;

	json_array_foreach (secrets, i, one) {
		if (strcmp(text_of(one, "sample"), sample) != 0)
			continue;
		kind = text_of(one, "secret");
		account = text_of(one, "account");
		source = xasprintf(
		    "%s%s%s", kind, account[0] == '\0' ? "" : " ", account);
		json_array_append_new(items,
		    json_pack("{s:s, s:s, s:s, s:s}", "field",
			is_typed(kind) ? FIELD_TYPED : FIELD_KEY, "value",
			text_of(one, "mark"), "source", source, "why",
			text_of(one, "why")));
		free(source);
	}
	return items;
}

bool
compare_secrets_is_item(const json_t *item)
{
	const char *field = text_of(item, "field");

	return strcmp(field, FIELD_TYPED) == 0 || strcmp(field, FIELD_KEY) == 0;
}

/* ---- the comparison ---- */

static json_t *
of_interest(const json_t *sample, bool typed_alone)
{
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach (json_object_get(sample, "items"), i, item)
		if (compare_secrets_is_item(item) &&
		    (!typed_alone ||
			strcmp(text_of(item, "field"), FIELD_TYPED) == 0))
			json_array_append(list, item);
	return list;
}

/* Another item with the same text under this key. */
static bool
has_same(const json_t *items, const json_t *item, const char *key)
{
	const json_t *one;
	size_t i;

	json_array_foreach (items, i, one)
		if (strcmp(text_of(one, key), text_of(item, key)) == 0)
			return true;
	return false;
}

/* "password admin, pin"; NULL when none is. */
static char *
shared(const json_t *a, const json_t *b)
{
	char *text = NULL, *longer;
	const json_t *item;
	size_t i;

	json_array_foreach (a, i, item) {
		if (text_of(item, "value")[0] == '\0' ||
		    !has_same(b, item, "value"))
			continue;
		longer = xasprintf("%s%s%s", text == NULL ? "" : text,
		    text == NULL ? "" : ", ", text_of(item, "source"));
		free(text);
		text = longer;
	}
	return text;
}

/* Why it is not known of one of these that it is nobody else's; NULL. */
static char *
doubt(const json_t *of, const json_t *others, const char *serial)
{
	const json_t *item;
	size_t i;

	json_array_foreach (of, i, item) {
		if (text_of(item, "value")[0] == '\0')
			return xasprintf("samples.unread %s (%s): %s",
			    text_of(item, "source"), serial,
			    text_of(item, "why"));
		if (!has_same(others, item, "source"))
			return xasprintf("samples.undeclared %s (%s)",
			    text_of(item, "source"), serial);
	}
	return NULL;
}

static json_t *
said(int good, char *detail)
{
	json_t *o = json_pack("{s:o, s:s}", "good",
	    good == -1 ? json_null() : json_boolean(good), "detail", detail);

	free(detail);
	return o;
}

static json_t *
judge(const json_t *a, const json_t *b, const char *serial_a,
    const char *serial_b)
{
	char *text = shared(a, b), *detail;

	if (text != NULL) {
		detail = xasprintf("samples.shared %s", text);
		free(text);
		return said(0, detail);
	}
	detail = doubt(a, b, serial_a);
	if (detail == NULL)
		detail = doubt(b, a, serial_b);
	if (detail != NULL)
		return said(-1, detail);
	return said(1,
	    xasprintf("samples.own %zu, %zu", json_array_size(a),
		json_array_size(b)));
}

json_t *
compare_secrets(const json_t *a, const json_t *b, bool typed_alone)
{
	json_t *of_a = of_interest(a, typed_alone),
	       *of_b = of_interest(b, typed_alone), *o = NULL;

	if (json_array_size(of_a) > 0 || json_array_size(of_b) > 0)
		o = judge(
		    of_a, of_b, text_of(a, "serial"), text_of(b, "serial"));
	json_decref(of_a);
	json_decref(of_b);
	return o;
}
