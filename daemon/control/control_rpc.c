/*
 * control_rpc: one line of JSON-RPC 2.0, taken apart and put together.
 *
 * The line is a client's, so nothing in it is believed: duplicate keys,
 * control characters in a method's name and unknown parameters are refused.
 */
#include "daemon/control/control_rpc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

#define QUOTE_SIZE 80

static const char *
quote(const char *s, char out[QUOTE_SIZE])
{
	return log_quote(s, strlen(s), out, QUOTE_SIZE);
}

static int
refuse(struct err *e, int code, const char *text)
{
	err_set(e, "%s", text);
	return code;
}

static int
take_envelope(struct control_request *r, struct err *e)
{
	const char *key, *version;
	json_t *value;

	value = json_object_get(r->root, "id");
	if (value != NULL && !json_is_string(value) && !json_is_number(value) &&
	    !json_is_null(value))
		return refuse(e, CONTROL_RPC_INVALID,
		    "id must be a string, a number or null");
	r->id = value;
	version = json_string_value(json_object_get(r->root, "jsonrpc"));
	if (version == NULL || strcmp(version, "2.0") != 0)
		return refuse(
		    e, CONTROL_RPC_INVALID, "jsonrpc must be \"2.0\"");
	r->method = json_string_value(json_object_get(r->root, "method"));
	if (r->method == NULL)
		return refuse(
		    e, CONTROL_RPC_INVALID, "method must be a string");
	json_object_foreach (r->root, key, value) {
		char name[QUOTE_SIZE];

		if (strcmp(key, "jsonrpc") == 0 || strcmp(key, "id") == 0 ||
		    strcmp(key, "method") == 0 || strcmp(key, "params") == 0)
			continue;
		err_set(e, "unknown member %s of a request", quote(key, name));
		return CONTROL_RPC_INVALID;
	}
	r->params = json_object_get(r->root, "params");
	if (r->params != NULL && !json_is_object(r->params))
		return refuse(e, CONTROL_INVALID_PARAMS,
		    "params must be an object with names");
	return 0;
}

int
control_rpc_parse(
    struct control_request *r, const char *line, size_t size, struct err *e)
{
	json_error_t why;

	memset(r, 0, sizeof(*r));
	r->root = json_loadb(
	    line, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (r->root == NULL) {
		char text[JSON_ERROR_TEXT_LENGTH];

		log_quote(why.text, strlen(why.text), text, sizeof(text));
		err_set(e, "not JSON: %s (byte %d)", text, why.position);
		return CONTROL_RPC_PARSE;
	}
	if (json_is_array(r->root))
		return refuse(e, CONTROL_RPC_INVALID,
		    "batches are not taken: send one object a line");
	if (!json_is_object(r->root))
		return refuse(e, CONTROL_RPC_INVALID, "a request is an object");
	return take_envelope(r, e);
}

void
control_rpc_free(struct control_request *r)
{
	json_decref(r->root);
	memset(r, 0, sizeof(*r));
}

const struct control_method *
control_rpc_find(const struct control_method *methods, const char *name)
{
	const struct control_method *m;

	for (m = methods; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static const struct control_param *
find_param(const struct control_param *table, const char *name)
{
	const struct control_param *p;

	for (p = table; p != NULL && p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* NULL when the value is of the type, else what was expected. */
static const char *
wrong_type(enum control_type type, const json_t *value)
{
	switch (type) {
	case CONTROL_STRING:
		return json_is_string(value) ? NULL : "a string";
	case CONTROL_INT:
		if (!json_is_integer(value))
			return "an integer";
		/* Numbers here are counts, limits and record numbers. */
		return json_integer_value(value) >= 0 ? NULL : "0 or more";
	case CONTROL_BOOL:
		return json_is_boolean(value) ? NULL : "true or false";
	case CONTROL_OBJECT:
		return json_is_object(value) ? NULL : "an object";
	}
	fatal("control: parameter type %d", (int)type);
}

int
control_rpc_check(
    const struct control_param *table, json_t *params, struct err *e)
{
	const struct control_param *p;
	char name[QUOTE_SIZE];
	const char *key, *expected;
	json_t *value;

	json_object_foreach (params, key, value) {
		p = find_param(table, key);
		if (p == NULL) {
			err_set(e, "unknown parameter %s", quote(key, name));
			return CONTROL_INVALID_PARAMS;
		}
		expected = wrong_type(p->type, value);
		if (expected != NULL) {
			err_set(
			    e, "parameter %s must be %s", p->name, expected);
			return CONTROL_INVALID_PARAMS;
		}
	}
	for (p = table; p != NULL && p->name != NULL; p++) {
		if (p->required && json_object_get(params, p->name) == NULL) {
			err_set(e, "parameter %s is missing", p->name);
			return CONTROL_INVALID_PARAMS;
		}
	}
	return 0;
}

/* JSON of any value; "null" for NULL. Caller frees. */
static char *
dump(const json_t *value)
{
	char *text;

	if (value == NULL)
		return xstrdup("null");
	text =
	    json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	return text == NULL ? xstrdup("null") : text;
}

char *
control_rpc_result_text(const json_t *id, const char *result)
{
	char *id_text = dump(id), *line;

	line = xasprintf(
	    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}", id_text, result);
	free(id_text);
	return line;
}

char *
control_rpc_result(const json_t *id, const json_t *result)
{
	char *text = dump(result), *line = control_rpc_result_text(id, text);

	free(text);
	return line;
}

char *
control_rpc_error(const json_t *id, int code, const struct err *e)
{
	json_t *error = json_object(), *data;
	char quoted[4 * sizeof(e->text)], *id_text, *text, *line;

	json_object_set_new(error, "code", json_integer(code));
	/* A text may quote what is not UTF-8. */
	log_quote(e->text, strlen(e->text), quoted, sizeof(quoted));
	json_object_set_new(error, "message", json_string(quoted));
	if (e->file[0] != '\0' || e->line != 0) {
		data = json_object();
		log_quote(e->file, strlen(e->file), quoted, sizeof(quoted));
		json_object_set_new(data, "file", json_string(quoted));
		json_object_set_new(data, "line", json_integer(e->line));
		json_object_set_new(data, "column", json_integer(e->column));
		json_object_set_new(error, "data", data);
	}
	id_text = dump(id);
	text = dump(error);
	line = xasprintf(
	    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":%s}", id_text, text);
	json_decref(error);
	free(id_text);
	free(text);
	return line;
}

char *
control_rpc_notification(const char *method, const json_t *params)
{
	char *text = dump(params), *line;

	line =
	    xasprintf("{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":%s}",
		method, text);
	free(text);
	return line;
}

char *
control_rpc_record(uint64_t seq, const char *sha256, const json_t *record)
{
	char *text = dump(record), *line;

	line = xasprintf("{\"jsonrpc\":\"2.0\",\"method\":\"record\","
			 "\"params\":{\"record\":%s,\"seq\":%" PRIu64
			 ",\"sha256\":\"%s\"}}",
	    text, seq, sha256);
	free(text);
	return line;
}
