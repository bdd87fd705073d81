/*
 * Any bytes as a record: taken exactly when a parser and an encoder that know
 * nothing of the form's check give the very bytes again; and a chain of one
 * never trusts what the bytes say of themselves.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "records/record_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Is it canonical?  By the encoder's word alone. */
static bool
comes_back(const char *bytes, size_t size)
{
	json_t *o = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
	char *again = NULL;
	struct err e;
	bool same;
	size_t n = 0;

	if (o != NULL)
		again = record_encode(o, &n, &e);
	same = again != NULL && n == size && memcmp(again, bytes, n) == 0;
	free(again);
	json_decref(o);
	return same;
}

/* Every outermost field is what the parser says it is. */
static void
check_view(const char *bytes, size_t size, json_t *o)
{
	struct record_view view = { .fields = NULL };
	const struct record_value *v;
	struct err e;
	void *iter;
	json_t *is;
	char *text;
	size_t n;

	if (record_view_read(&view, bytes, size, &e) == -1 ||
	    view.n != json_object_size(o))
		abort();
	for (iter = json_object_iter(o); iter != NULL;
	     iter = json_object_iter_next(o, iter)) {
		v = record_view_get(&view, json_object_iter_key(iter));
		is = json_object_iter_value(iter);
		if (v == NULL) /* a key with an escape in it */
			continue;
		if (json_is_integer(is) != (v->kind == RECORD_IS_INTEGER) ||
		    json_is_string(is) != (v->kind == RECORD_IS_STRING) ||
		    json_integer_value(is) != v->number)
			abort();
		if (!json_is_string(is))
			continue;
		text = record_value_dup(v, &n);
		if (n != json_string_length(is) ||
		    memcmp(text, json_string_value(is), n) != 0)
			abort();
		free(text);
	}
	record_view_free(&view);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_chain chain;
	struct record_row row = {
		.seq = 1, .bytes = (const char *)data, .size = size
	};
	struct err e;
	json_t *o = record_decode((const char *)data, size, &e);

	if ((o != NULL) != comes_back((const char *)data, size))
		abort();
	if (o != NULL)
		check_view((const char *)data, size, o);
	record_chain_start(&chain, 0);
	if (record_chain_add(&chain, &row, &e) == 0 && o == NULL)
		abort();
	json_decref(o);
	return 0;
}
