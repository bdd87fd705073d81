/*
 * record_view: a record's fields, where they lie in its canonical bytes.
 *
 * One pass over the bytes holds them against the form (records/record.h) and
 * notes the outermost fields; nothing is built from them.  So reading is also
 * the proof that the bytes are the only ones that this record can have.
 */
#ifndef ASSAY_RECORD_VIEW_H
#define ASSAY_RECORD_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum record_kind {
	RECORD_IS_NULL,
	RECORD_IS_FALSE,
	RECORD_IS_TRUE,
	RECORD_IS_INTEGER,
	RECORD_IS_STRING,
	RECORD_IS_ARRAY,
	RECORD_IS_OBJECT,
};

struct record_value {
	enum record_kind kind;
	bool escaped;     /* a string with a '\\' in it */
	const char *text; /* its bytes; of a string: between the quotes */
	size_t size;
	int64_t number; /* of an integer, else 0 */
};

struct record_field {
	struct record_value key;
	struct record_value value;
};

/* Begins as zeroes; may be read into again and again. */
struct record_view {
	struct record_field *fields; /* sorted by key */
	size_t n, room;
};

/* 0, or -1 with *e: not an object in canonical form, or larger than
 * RECORD_MAX.  The view points into bytes. */
int record_view_read(
    struct record_view *v, const char *bytes, size_t size, struct err *e);
/* Of an object that begins at bytes, whatever follows it: *used is its size. */
int record_view_begin(struct record_view *v, const char *bytes, size_t size,
    size_t *used, struct err *e);
void record_view_free(struct record_view *v);

/* NULL when there is no such field.  One whose key has an escape in it is not
 * found. */
const struct record_value *record_view_get(
    const struct record_view *v, const char *key);

/* A string's text, without escapes, NUL-terminated; caller frees.  *size may
 * be NULL. */
char *record_value_dup(const struct record_value *v, size_t *size);

#endif
