/*
 * yaml_schema: a loader's table as JSON Schema, draft 2020-12.
 *
 * For editors and other programs.  It accepts whatever the loader accepts;
 * what a table cannot say (two entries that want the same port) only the
 * loader refuses.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "scenarios/yaml.h"
#include "scenarios/yaml_words.h"

#define DURATION_PATTERN "^[0-9]+(ms|s|m|h)$"

static json_t *schema_of_map(const struct yaml_map *map);
static json_t *schema_of_field(const struct yaml_field *f);

static void
put(json_t *o, const char *key, json_t *v)
{
	if (v == NULL || json_object_set_new(o, key, v) == -1)
		fatal("yaml: cannot make a schema");
}

static json_t *
names_of(const struct yaml_choice *c)
{
	json_t *list = json_array();

	for (; c->name != NULL; c++)
		if (!c->is_reserved)
			json_array_append_new(list, json_string(c->name));
	return list;
}

static void
put_bounds(
    json_t *o, const struct yaml_field *f, const char *min, const char *max)
{
	if (f->min != 0)
		put(o, min, json_integer((json_int_t)f->min));
	if (f->max != 0)
		put(o, max, json_integer((json_int_t)f->max));
}

static void
put_text(json_t *o, const struct yaml_field *f)
{
	if (f->choices != NULL) {
		put(o, "enum", names_of(f->choices));
		return;
	}
	/* 1.4 without quotes is a number to a YAML reader, a text to us. */
	if (f->pattern == NULL || f->is_numeric)
		put(o, "type",
		    json_pack("[sss]", "string", "number", "boolean"));
	else
		put(o, "type", json_string("string"));
	if (f->pattern != NULL)
		put(o, "pattern", json_string(f->pattern));
	/* Bytes to the loader, characters here: the upper bound is the same
	 * or looser. */
	if (f->type == YAML_TEXT)
		put_bounds(o, f, "minLength", "maxLength");
}

static void
put_free(json_t *o, const struct yaml_field *f)
{
	put(o, "type", json_string("object"));
	put(o, "propertyNames", json_pack("{ss}", "pattern", f->pattern));
	put(o, "additionalProperties", schema_of_field(f->item));
	put_bounds(o, f, "minProperties", "maxProperties");
}

static void
put_flags(json_t *o, const struct yaml_field *f)
{
	put(o, "type", json_string("array"));
	put(o, "items", json_pack("{so}", "enum", names_of(f->choices)));
	put(o, "minItems", json_integer(1));
}

static void
put_list(json_t *o, const struct yaml_field *f)
{
	put(o, "type", json_string("array"));
	put(o, "items", schema_of_field(f->item));
	put_bounds(o, f, "minItems", "maxItems");
}

static void
put_type(json_t *o, const struct yaml_field *f)
{
	switch (f->type) {
	case YAML_TEXT:
	case YAML_PARSED:
		put_text(o, f);
		break;
	case YAML_BOOL:
		put(o, "type", json_string("boolean"));
		break;
	case YAML_UINT:
		put(o, "type", json_string("integer"));
		put(o, "minimum", json_integer((json_int_t)f->min));
		if (f->max != 0)
			put(o, "maximum", json_integer((json_int_t)f->max));
		break;
	case YAML_DURATION:
		put(o, "type", json_string("string"));
		put(o, "pattern", json_string(DURATION_PATTERN));
		break;
	case YAML_CHOICE:
		put(o, "enum", names_of(f->choices));
		break;
	case YAML_FLAGS:
		put_flags(o, f);
		break;
	case YAML_LIST:
		put_list(o, f);
		break;
	case YAML_FREE:
		put_free(o, f);
		break;
	case YAML_MAP:
	case YAML_RESERVED:
		break;
	}
}

static json_t *
default_of(const struct yaml_field *f)
{
	if (f->type == YAML_UINT)
		return json_integer(strtoll(f->def, NULL, 10));
	if (f->type == YAML_BOOL)
		return json_boolean(strcmp(f->def, "true") == 0);
	return json_string(f->def);
}

static json_t *
schema_of_field(const struct yaml_field *f)
{
	json_t *o = f->type == YAML_MAP ? schema_of_map(f->map) : json_object();

	put_type(o, f);
	if (f->def != NULL)
		put(o, "default", default_of(f));
	if (f->help != NULL)
		put(o, "description", json_string(f->help));
	return o;
}

static json_t *
one_of(const char *names)
{
	json_t *list = json_array();
	char name[64];

	while (*names != '\0') {
		names = yaml_words_next(names, name, sizeof(name));
		json_array_append_new(
		    list, json_pack("{s[s]}", "required", name));
	}
	return list;
}

static json_t *
schema_of_map(const struct yaml_map *map)
{
	json_t *o = json_object(), *keys = json_object(), *needed;
	const struct yaml_field *f;

	needed = json_array();
	for (f = map->fields; f->name != NULL; f++) {
		if (f->type == YAML_RESERVED)
			continue;
		put(keys, f->name, schema_of_field(f));
		if (f->is_required)
			json_array_append_new(needed, json_string(f->name));
	}
	put(o, "type", json_string("object"));
	put(o, "properties", keys);
	put(o, "required", needed);
	put(o, "additionalProperties", json_false());
	if (map->one_of != NULL)
		put(o, "oneOf", one_of(map->one_of));
	return o;
}

json_t *
yaml_schema(const struct yaml_map *map, const char *id)
{
	json_t *o = json_object(), *body = schema_of_map(map);

	put(o, "$schema",
	    json_string("https://json-schema.org/draft/2020-12/schema"));
	put(o, "$id", json_sprintf("urn:assay:schema:%s:1", id));
	put(o, "title", json_string(map->title));
	put(o, "description", json_string(map->help));
	json_object_update(o, body);
	json_decref(body);
	return o;
}
