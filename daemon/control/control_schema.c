/*
 * control_schema: the JSON Schema of the requests, from the method table.
 *
 * Generated, so that what is published and what is checked are one thing.
 */
#include "daemon/control/control.h"

#include <string.h>

#include "base/log.h"

static const char *
type_name(enum control_type type)
{
	switch (type) {
	case CONTROL_STRING:
		return "string";
	case CONTROL_INT:
		return "integer";
	case CONTROL_BOOL:
		return "boolean";
	case CONTROL_OBJECT:
		return "object";
	}
	fatal("control: parameter type %d", (int)type);
}

static json_t *
describe_param(const struct control_param *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", json_string(type_name(p->type)));
	if (p->type == CONTROL_INT)
		json_object_set_new(o, "minimum", json_integer(0));
	if (p->help != NULL)
		json_object_set_new(o, "description", json_string(p->help));
	return o;
}

static json_t *
describe_params(const struct control_param *table, json_t *required)
{
	json_t *o = json_object(), *properties = json_object();
	const struct control_param *p;

	for (p = table; p != NULL && p->name != NULL; p++) {
		json_object_set_new(properties, p->name, describe_param(p));
		if (p->required)
			json_array_append_new(required, json_string(p->name));
	}
	json_object_set_new(o, "type", json_string("object"));
	json_object_set_new(o, "properties", properties);
	json_object_set_new(o, "additionalProperties", json_false());
	if (json_array_size(required) > 0)
		json_object_set(o, "required", required);
	return o;
}

static json_t *
describe_method(const struct control_method *m)
{
	json_t *o = json_object(), *properties = json_object();
	json_t *required = json_array(), *name = json_object();

	json_object_set_new(name, "const", json_string(m->name));
	json_object_set_new(properties, "method", name);
	json_object_set_new(
	    properties, "params", describe_params(m->params, required));
	if (m->help != NULL)
		json_object_set_new(o, "description", json_string(m->help));
	json_object_set_new(o, "x-right",
	    json_string(m->right == CONTROL_RUN ? "run" : "view"));
	json_object_set_new(o, "properties", properties);
	if (json_array_size(required) > 0)
		json_object_set_new(o, "required", json_pack("[s]", "params"));
	json_decref(required);
	return o;
}

json_t *
control_schema(const struct control_method *methods)
{
	json_t *one_of = json_array();
	const struct control_method *m;

	for (m = methods; m->name != NULL; m++)
		json_array_append_new(one_of, describe_method(m));
	return json_pack("{s:s, s:s, s:s, s:{s:{s:s}, s:{s:s}, s:{s:[s,s,s]},"
			 " s:{s:s}}, s:[s,s], s:b, s:o}",
	    "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
	    "A request on assay's control socket", "type", "object",
	    "properties", "jsonrpc", "const", "2.0", "method", "type", "string",
	    "id", "type", "string", "number", "null", "params", "type",
	    "object", "required", "jsonrpc", "method", "additionalProperties",
	    0, "oneOf", one_of);
}
