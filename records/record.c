/*
 * record: the canonical bytes of everything that a run leaves.
 *
 * Two records are the same exactly when their bytes are: what is decoded is
 * held against the form first (records/record_view.h).
 *
 * The form, beyond RFC 8259: keys sorted by their bytes, no space, integers of
 * 64 bits, UTF-8 unescaped but for '"', '\\' and what is below U+0020 (\b \f
 * \n \r \t, else \u00XX in upper case), no U+0000, nested at most
 * RECORD_DEPTH.
 */
#include "records/record.h"

#include <stdlib.h>
#include <string.h>

#include "records/record_view.h"

static const char *const type_names[RECORD_TYPE_COUNT] = {
	[RECORD_RUN] = "run",
	[RECORD_CANARY] = "canary",
	[RECORD_EVENT] = "event",
	[RECORD_JOB] = "job",
	[RECORD_OBSERVED] = "observed",
	[RECORD_VERDICT] = "verdict",
	[RECORD_JOBEND] = "jobend",
	[RECORD_ATTESTATION] = "attestation",
	[RECORD_MANIFEST] = "manifest",
};

static const char *const verdict_names[VERDICT_COUNT] = {
	[VERDICT_NONE] = "none",
	[VERDICT_NA] = "na",
	[VERDICT_INFO] = "info",
	[VERDICT_PASS] = "pass",
	[VERDICT_INCONC] = "inconc",
	[VERDICT_FAIL] = "fail",
	[VERDICT_ERROR] = "error",
};

static int
index_of(const char *const names[], int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *
record_type_name(enum record_type type)
{
	return (unsigned)type < RECORD_TYPE_COUNT ? type_names[type] : "?";
}

int
record_type_by_name(const char *name)
{
	return index_of(type_names, RECORD_TYPE_COUNT, name);
}

const char *
verdict_name(enum verdict v)
{
	return (unsigned)v < VERDICT_COUNT ? verdict_names[v] : "?";
}

int
verdict_by_name(const char *name)
{
	return index_of(verdict_names, VERDICT_COUNT, name);
}

static int check_value(const json_t *v, unsigned depth, struct err *e);

static int
check_object(const json_t *o, unsigned depth, struct err *e)
{
	/* jansson's iterators ask for a pointer they do not write through. */
	json_t *object = (json_t *)(uintptr_t)o;
	void *iter;

	for (iter = json_object_iter(object); iter != NULL;
	     iter = json_object_iter_next(object, iter)) {
		if (strlen(json_object_iter_key(iter)) !=
		    json_object_iter_key_len(iter))
			return err_set(e, "a key with a NUL in it");
		if (check_value(json_object_iter_value(iter), depth, e) == -1)
			return -1;
	}
	return 0;
}

static int
check_array(const json_t *a, unsigned depth, struct err *e)
{
	size_t i;

	for (i = 0; i < json_array_size(a); i++)
		if (check_value(json_array_get(a, i), depth, e) == -1)
			return -1;
	return 0;
}

/* depth: levels above v. */
static int
check_value(const json_t *v, unsigned depth, struct err *e)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		if (depth == RECORD_DEPTH)
			return err_set(
			    e, "nested deeper than %u", RECORD_DEPTH);
		return json_is_object(v) ? check_object(v, depth + 1, e)
					 : check_array(v, depth + 1, e);
	case JSON_STRING:
		if (strlen(json_string_value(v)) != json_string_length(v))
			return err_set(e, "a string with a NUL in it");
		return 0;
	case JSON_REAL:
		return err_set(e, "a number that is not an integer");
	case JSON_INTEGER:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return 0;
	}
	return err_set(e, "a value of no known type");
}

char *
record_encode(const json_t *o, size_t *size, struct err *e)
{
	char *text;
	size_t n;

	*size = 0;
	if (!json_is_object(o)) {
		err_set(e, "a record is an object");
		return NULL;
	}
	if (check_value(o, 0, e) == -1)
		return NULL;
	text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL) {
		err_set(e, "a string that is not UTF-8");
		return NULL;
	}
	n = strlen(text);
	if (n > RECORD_MAX) {
		free(text);
		err_set(e, "%zu bytes, more than %d", n, RECORD_MAX);
		return NULL;
	}
	*size = n;
	return text;
}

json_t *
record_decode(const char *bytes, size_t size, struct err *e)
{
	struct record_view view = { .fields = NULL };
	json_error_t why;
	json_t *o = NULL;

	/* First: the parser recurses, and forgives what is not canonical. */
	if (record_view_read(&view, bytes, size, e) == 0) {
		o = json_loadb(bytes, size, 0, &why);
		if (o == NULL)
			err_set(e, "not a record: %s", why.text);
	}
	record_view_free(&view);
	return o;
}
