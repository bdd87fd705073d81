/*
 * yaml: files that people write, read by tables into structs.
 *
 * A table says for each key its type, where its value goes, bounds, default
 * and help.  The same table fills the struct, frees it, words the errors
 * ("port: expected 1 to 65535, found "x"") and becomes the JSON Schema that is
 * published, so none can disagree with another.
 */
#ifndef ASSAY_YAML_H
#define ASSAY_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "scenarios/yaml_tree.h"

enum yaml_type {
	YAML_TEXT,     /* char *, allocated; never NULL after a good read */
	YAML_BOOL,     /* bool: true or false */
	YAML_UINT,     /* unsigned of any width, min to max */
	YAML_DURATION, /* unsigned of 32 bits, in ms; min to max in ms */
	YAML_CHOICE,   /* the choice's value, unsigned or enum of any width */
	YAML_FLAGS,    /* list of choices; uint32_t, bit 1 << value each */
	YAML_PARSED,   /* a scalar for parse() */
	YAML_MAP,      /* a struct within the struct: map, at */
	YAML_LIST,     /* array of items; item, item_size, count_at */
	YAML_FREE, /* map with free keys, as a list; key_at within the item */
	YAML_RESERVED, /* refused: named, and not built yet */
};

struct yaml_choice {
	const char *name; /* NULL ends the table */
	uint64_t value;
	bool is_reserved; /* refused: named, and not built yet */
};

struct yaml_field {
	const char *name; /* NULL ends the table */
	enum yaml_type type;
	bool is_required;
	size_t at, width;  /* YAML_AT, YAML_LIST_AT; width 0: not kept */
	const char *def;   /* as a file writes it; NULL: "", 0, empty */
	uint64_t min, max; /* of the value; TEXT: bytes; LIST, FREE: items.
			      max 0: no bound but the loader's own */
	const struct yaml_choice *choices; /* CHOICE, FLAGS, or of a TEXT */
	const char *pattern; /* POSIX extended and ECMA alike; of a TEXT or
				PARSED, of the keys of a FREE */
	const char *expects; /* what the pattern means: "a name such as x" */
	/* With a pattern: may look like a number to another YAML reader. */
	bool is_numeric;
	/* PARSED.  base: the struct (or list item) which holds the field. */
	bool (*parse)(const char *text, void *base);
	const struct yaml_map *map;    /* MAP */
	const struct yaml_field *item; /* LIST, FREE; its name is not used */
	size_t item_size;              /* bytes of one item */
	size_t count_at;  /* a size_t; YAML_UNCOUNTED: texts, NULL ends them */
	bool is_in_place; /* LIST: an array of max items, not a pointer */
	size_t key_at;    /* FREE: of a char * in the item */
	/* Called when the key was there and its value was good: for what a
	 * table cannot say.  -1 with *e set refuses. */
	int (*finish)(const struct yaml_node *n, void *base, struct err *e);
	const char *help; /* a sentence, for the schema */
};

#define YAML_UNCOUNTED ((size_t)-1)
#define YAML_AT(type, member) \
	.at = offsetof(type, member), .width = sizeof(((type *)0)->member)

/* Of a LIST or FREE, which has no width. */
#define YAML_LIST_AT(type, member) .at = offsetof(type, member)

struct yaml_map {
	const struct yaml_field *fields;
	/* Keys of which exactly one must be there, "a|b"; NULL: none. */
	const char *one_of;
	/* As a field's, when the whole map is read. */
	int (*finish)(const struct yaml_node *n, void *base, struct err *e);
	const char *title, *help; /* of a file's outermost map: the schema's */
};

/* Reads text into *out, which must be zeroed.  The outermost map must have
 * `version: 1`.  -1 with *e set: *out is released again. */
int yaml_read(const struct yaml_map *map, const char *text, size_t size,
    const char *file, void *out, struct err *e);
/* Frees what yaml_read put in. */
void yaml_release(const struct yaml_map *map, void *out);

/* A file's text, for yaml_read: a regular file that not everybody may write,
 * NUL-terminated; more than YAML_SIZE_MAX is cut so that it is refused.  NULL
 * with *e set; *size without the NUL.  Caller frees. */
char *yaml_load_text(const char *path, size_t *size, struct err *e);

/* JSON Schema, draft 2020-12; caller decrefs. */
json_t *yaml_schema(const struct yaml_map *map, const char *id);

/* text matches the whole of an anchored pattern, which is a string literal:
 * where it stands is its name. */
bool yaml_matches(const char *text, const char *pattern);

#endif
