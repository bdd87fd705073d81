/*
 * yaml: files that people write, read by tables into structs.
 *
 * The struct is filled in the order of the table, and whatever was filled is
 * released by the same table: a read that fails half way leaks nothing.
 */
#include "scenarios/yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "scenarios/scenario.h"
#include "scenarios/yaml_match.h"
#include "scenarios/yaml_words.h"

#define TEXT_MAX 4096 /* bytes, where a table says nothing */
#define LIST_MAX 4096 /* items, where a table says nothing */

static int fill_field(const struct yaml_field *f, const struct yaml_node *n,
    void *base, struct err *e);
static void release_field(const struct yaml_field *f, void *base);

static void *
member(void *base, size_t at)
{
	return (char *)base + at;
}

/* ---- scalars: each says whether the text is one, and keeps it ---- */

static const struct yaml_choice *
find_choice(const struct yaml_choice *c, const char *text)
{
	for (; c->name != NULL; c++)
		if (strcmp(c->name, text) == 0)
			return c;
	return NULL;
}

static void
store_unsigned(const struct yaml_field *f, void *base, uint64_t v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	if (f->width == 1)
		memcpy(member(base, f->at), &v8, 1);
	else if (f->width == 2)
		memcpy(member(base, f->at), &v16, 2);
	else if (f->width == 4)
		memcpy(member(base, f->at), &v32, 4);
	else if (f->width == 8)
		memcpy(member(base, f->at), &v, 8);
	else if (f->width != 0)
		fatal("yaml: %s: no such width", f->name);
}

static bool
set_text(const struct yaml_field *f, const char *text, void *base)
{
	size_t size = strlen(text);
	char *copy;

	if (size < f->min || size > (f->max == 0 ? TEXT_MAX : f->max))
		return false;
	if (f->choices != NULL && find_choice(f->choices, text) == NULL)
		return false;
	if (f->pattern != NULL && !yaml_matches(text, f->pattern))
		return false;
	copy = xstrdup(text);
	memcpy(member(base, f->at), &copy, sizeof(copy));
	return true;
}

static bool
set_bool(const struct yaml_field *f, const char *text, void *base)
{
	bool v = strcmp(text, "true") == 0;

	if (!v && strcmp(text, "false") != 0)
		return false;
	memcpy(member(base, f->at), &v, sizeof(v));
	return true;
}

static bool
set_uint(const struct yaml_field *f, const char *text, void *base)
{
	unsigned long long v;
	char *end;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 19 ||
	    (text[0] == '0' && text[1] != '\0')) /* octal to some readers */
		return false;
	v = strtoull(text, &end, 10);
	if (*end != '\0' || v < f->min || (f->max != 0 && v > f->max))
		return false;
	store_unsigned(f, base, v);
	return true;
}

static bool
set_duration(const struct yaml_field *f, const char *text, void *base)
{
	uint64_t ns;

	if (duration_parse_ns(text, &ns) == -1 || ns / 1000000 < f->min ||
	    ns / 1000000 > (f->max == 0 ? UINT32_MAX : f->max))
		return false;
	store_unsigned(f, base, ns / 1000000);
	return true;
}

static bool
set_choice(const struct yaml_field *f, const char *text, void *base)
{
	const struct yaml_choice *c = find_choice(f->choices, text);

	if (c == NULL)
		return false;
	store_unsigned(f, base, c->value);
	return true;
}

static bool
set_parsed(const struct yaml_field *f, const char *text, void *base)
{
	return (f->pattern == NULL || yaml_matches(text, f->pattern)) &&
	    f->parse(text, base);
}

static bool (*const setters[])(
    const struct yaml_field *, const char *, void *) = {
	[YAML_TEXT] = set_text,
	[YAML_BOOL] = set_bool,
	[YAML_UINT] = set_uint,
	[YAML_DURATION] = set_duration,
	[YAML_CHOICE] = set_choice,
	[YAML_PARSED] = set_parsed,
	[YAML_RESERVED] = NULL,
};

static int
fail_expected(
    const struct yaml_field *f, const struct yaml_node *n, struct err *e)
{
	char expected[256], found[128];

	yaml_words_expected(f, expected, sizeof(expected));
	yaml_words_found(n, found, sizeof(found));
	return yaml_tree_fail(
	    n, e, "%s: expected %s, found %s", f->name, expected, found);
}

/* An unquoted null, ~ or nothing at all is no value to other YAML readers. */
static bool
is_nothing(const struct yaml_node *n)
{
	return n->is_plain &&
	    (n->text[0] == '\0' || strcmp(n->text, "~") == 0 ||
		strcmp(n->text, "null") == 0 || strcmp(n->text, "Null") == 0 ||
		strcmp(n->text, "NULL") == 0);
}

static int
fill_scalar(const struct yaml_field *f, const struct yaml_node *n, void *base,
    struct err *e)
{
	const struct yaml_choice *c = NULL;

	if (n->shape != YAML_SCALAR || is_nothing(n))
		return fail_expected(f, n, e);
	if (f->choices != NULL)
		c = find_choice(f->choices, n->text);
	if (c != NULL && c->is_reserved)
		return yaml_tree_fail(n, e,
		    "%s \"%s\" is reserved and not built yet", f->name,
		    c->name);
	if (!setters[f->type](f, n->text, base))
		return fail_expected(f, n, e);
	return 0;
}

/* ---- lists, maps ---- */

static int
fill_flags(const struct yaml_field *f, const struct yaml_node *n, void *base,
    struct err *e)
{
	const struct yaml_choice *c;
	struct yaml_field one = *f;
	uint32_t bits = 0;
	size_t i;

	if (n->shape != YAML_SEQUENCE || n->nitems == 0)
		return fail_expected(f, n, e);
	one.type = YAML_CHOICE;
	one.width = 0;
	for (i = 0; i < n->nitems; i++) {
		if (fill_scalar(&one, n->items[i], base, e) == -1)
			return -1;
		c = find_choice(f->choices, n->items[i]->text);
		bits |= 1u << c->value;
	}
	store_unsigned(f, base, bits);
	return 0;
}

/* Room for n items, all zero, where the field wants them. */
static char *
make_items(const struct yaml_field *f, size_t n, void *base)
{
	char *items;

	if (f->count_at != YAML_UNCOUNTED)
		memcpy(member(base, f->count_at), &n, sizeof(n));
	if (f->is_in_place)
		return member(base, f->at);
	items = xcalloc(n + 1, f->item_size); /* one more: NULL ends texts */
	memcpy(member(base, f->at), &items, sizeof(items));
	return items;
}

static int
check_count(const struct yaml_field *f, const struct yaml_node *n, size_t count,
    struct err *e)
{
	size_t max = f->max == 0 ? LIST_MAX : (size_t)f->max;

	if (count >= f->min && count <= max)
		return 0;
	return yaml_tree_fail(n, e,
	    "%s: expected %zu to %zu entries, found %zu", f->name,
	    (size_t)f->min, max, count);
}

static int
fill_list(const struct yaml_field *f, const struct yaml_node *n, void *base,
    struct err *e)
{
	struct yaml_field item = *f->item;
	char *items;
	size_t i;

	if (n->shape != YAML_SEQUENCE)
		return fail_expected(f, n, e);
	if (check_count(f, n, n->nitems, e) == -1)
		return -1;
	item.name = f->name;
	items = make_items(f, n->nitems, base);
	for (i = 0; i < n->nitems; i++)
		if (fill_field(
			&item, n->items[i], items + i * f->item_size, e) == -1)
			return -1;
	return 0;
}

static int
fill_free(const struct yaml_field *f, const struct yaml_node *n, void *base,
    struct err *e)
{
	struct yaml_field item = *f->item;
	const struct yaml_node *key;
	char *items, *entry, *copy, quoted[96];
	size_t i;

	if (n->shape != YAML_MAPPING)
		return fail_expected(f, n, e);
	if (check_count(f, n, n->nitems / 2, e) == -1)
		return -1;
	items = make_items(f, n->nitems / 2, base);
	for (i = 0; i < n->nitems / 2; i++) {
		key = n->items[2 * i];
		entry = items + i * f->item_size;
		if (!yaml_matches(key->text, f->pattern)) {
			yaml_words_found(key, quoted, sizeof(quoted));
			return yaml_tree_fail(key, e,
			    "%s: expected %s as a key, found %s", f->name,
			    f->expects, quoted);
		}
		copy = xstrdup(key->text);
		memcpy(entry + f->key_at, &copy, sizeof(copy));
		item.name = copy;
		if (fill_field(&item, n->items[2 * i + 1], entry, e) == -1)
			return -1;
	}
	return 0;
}

static const struct yaml_field *
find_field(const struct yaml_field *f, const char *name)
{
	for (; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static int
check_keys(const struct yaml_map *map, const struct yaml_node *n, struct err *e)
{
	const struct yaml_field *f;
	char words[300];
	size_t i;

	for (i = 0; i < n->nitems; i += 2) {
		f = find_field(map->fields, n->items[i]->text);
		if (f == NULL) {
			yaml_words_unknown(map->fields, n->items[i]->text,
			    words, sizeof(words));
			return yaml_tree_fail(n->items[i], e, "%s", words);
		}
		if (f->type == YAML_RESERVED)
			return yaml_tree_fail(n->items[i], e,
			    "%s \"%s\" is reserved and not built yet",
			    f->expects, f->name);
	}
	return 0;
}

static int
check_one_of(
    const struct yaml_map *map, const struct yaml_node *n, struct err *e)
{
	char name[64], words[200];
	const char *p = map->one_of;
	unsigned found = 0;

	while (p != NULL && *p != '\0') {
		p = yaml_words_next(p, name, sizeof(name));
		found += yaml_tree_get(n, name) != NULL;
	}
	if (p == NULL || found == 1)
		return 0;
	yaml_words_one_of(map->one_of, words, sizeof(words));
	return yaml_tree_fail(n, e, "expected one of the keys %s, found %s",
	    words, found == 0 ? "none" : "more than one");
}

static int
fill_map(const struct yaml_map *map, const struct yaml_node *n, void *base,
    struct err *e)
{
	const struct yaml_field *f;
	const struct yaml_node *value;

	if (check_keys(map, n, e) == -1 || check_one_of(map, n, e) == -1)
		return -1;
	for (f = map->fields; f->name != NULL; f++) {
		value = yaml_tree_get(n, f->name);
		if (value == NULL && f->is_required)
			return yaml_tree_fail(
			    n, e, "the key \"%s\" is missing", f->name);
		if (fill_field(f, value, base, e) == -1)
			return -1;
	}
	return map->finish == NULL ? 0 : map->finish(n, base, e);
}

/* The key is not there.  A default that does not read is a table's bug. */
static void
fill_default(const struct yaml_field *f, void *base)
{
	const struct yaml_field *sub;
	char *text;

	if (f->type == YAML_MAP) {
		for (sub = f->map->fields; sub->name != NULL; sub++)
			fill_default(sub, member(base, f->at));
	} else if (f->def == NULL && f->type == YAML_TEXT) {
		/* Two keys of one_of may share a place: the other's stays. */
		memcpy(&text, member(base, f->at), sizeof(text));
		if (text == NULL)
			text = xstrdup("");
		memcpy(member(base, f->at), &text, sizeof(text));
	} else if (f->def != NULL && f->type != YAML_FLAGS) {
		if (!setters[f->type](f, f->def, base))
			fatal("yaml: %s: the default does not read", f->name);
	}
}

static int
fill_present(const struct yaml_field *f, const struct yaml_node *n, void *base,
    struct err *e)
{
	switch (f->type) {
	case YAML_MAP:
		if (n->shape != YAML_MAPPING)
			return fail_expected(f, n, e);
		return fill_map(f->map, n, member(base, f->at), e);
	case YAML_LIST:
		return fill_list(f, n, base, e);
	case YAML_FREE:
		return fill_free(f, n, base, e);
	case YAML_FLAGS:
		return fill_flags(f, n, base, e);
	case YAML_TEXT:
	case YAML_BOOL:
	case YAML_UINT:
	case YAML_DURATION:
	case YAML_CHOICE:
	case YAML_PARSED:
		return fill_scalar(f, n, base, e);
	case YAML_RESERVED:
		break;
	}
	fatal("yaml: %s: a reserved key has no value", f->name);
}

static int
fill_field(const struct yaml_field *f, const struct yaml_node *n, void *base,
    struct err *e)
{
	if (n == NULL) {
		fill_default(f, base);
		return 0;
	}
	if (f->type == YAML_TEXT) /* the place of another key of one_of */
		release_field(f, base);
	if (fill_present(f, n, base, e) == -1)
		return -1;
	return f->finish == NULL ? 0 : f->finish(n, base, e);
}

/* ---- the whole file, and its end ---- */

static void
release_items(const struct yaml_field *f, void *base)
{
	size_t i, n = 0, zero = 0;
	char *items, *key, *end = NULL;

	if (f->is_in_place)
		items = member(base, f->at);
	else
		memcpy(&items, member(base, f->at), sizeof(items));
	if (items == NULL)
		return;
	if (f->count_at != YAML_UNCOUNTED)
		memcpy(&n, member(base, f->count_at), sizeof(n));
	else
		while (memcmp(items + n * sizeof(end), &end, sizeof(end)) != 0)
			n++;
	for (i = 0; i < n; i++) {
		release_field(f->item, items + i * f->item_size);
		if (f->type != YAML_FREE)
			continue;
		memcpy(&key, items + i * f->item_size + f->key_at, sizeof(key));
		free(key);
	}
	if (f->count_at != YAML_UNCOUNTED)
		memcpy(member(base, f->count_at), &zero, sizeof(zero));
	if (f->is_in_place)
		return;
	free(items);
	items = NULL;
	memcpy(member(base, f->at), &items, sizeof(items));
}

static void
release_field(const struct yaml_field *f, void *base)
{
	char *text;

	if (f->type == YAML_MAP) {
		yaml_release(f->map, member(base, f->at));
	} else if (f->type == YAML_LIST || f->type == YAML_FREE) {
		release_items(f, base);
	} else if (f->type == YAML_TEXT) {
		memcpy(&text, member(base, f->at), sizeof(text));
		free(text);
		text = NULL;
		memcpy(member(base, f->at), &text, sizeof(text));
	}
}

void
yaml_release(const struct yaml_map *map, void *out)
{
	const struct yaml_field *f;

	for (f = map->fields; f->name != NULL; f++)
		release_field(f, out);
}

static int
read_root(const struct yaml_map *map, const struct yaml_node *root, void *out,
    struct err *e)
{
	const struct yaml_node *version;
	char found[128];

	if (root->shape != YAML_MAPPING)
		return yaml_tree_fail(root, e,
		    "expected keys and values, beginning with version: 1");
	/* First, since the keys of another version are not ours to judge. */
	version = yaml_tree_get(root, "version");
	if (version == NULL)
		return yaml_tree_fail(root, e,
		    "the key \"version\" is "
		    "missing: expected version: 1");
	if (version->shape != YAML_SCALAR || strcmp(version->text, "1") != 0) {
		yaml_words_found(version, found, sizeof(found));
		return yaml_tree_fail(
		    version, e, "version: expected 1, found %s", found);
	}
	return fill_map(map, root, out, e);
}

int
yaml_read(const struct yaml_map *map, const char *text, size_t size,
    const char *file, void *out, struct err *e)
{
	struct yaml_node *root = yaml_tree_parse(text, size, file, e);
	int result;

	if (root == NULL)
		return -1;
	result = read_root(map, root, out, e);
	if (result == -1)
		yaml_release(map, out);
	yaml_tree_free(root);
	yaml_match_forget();
	return result;
}
