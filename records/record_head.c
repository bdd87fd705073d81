/*
 * record_head: the fields that every record has, checked and in C's terms.
 */
#include "records/record_head.h"

#include <string.h>

/* NULL: there is no such field, or it is of another kind. */
static const struct record_value *
get(const struct record_view *record, const char *key, enum record_kind kind)
{
	const struct record_value *v = record_view_get(record, key);

	return v != NULL && v->kind == kind ? v : NULL;
}

static int
read_count(const struct record_view *record, const char *key, uint64_t *v,
    struct err *e)
{
	const struct record_value *field = get(record, key, RECORD_IS_INTEGER);

	if (field == NULL || field->number < 0)
		return err_set(e, "\"%s\" is not a number from 0", key);
	*v = (uint64_t)field->number;
	return 0;
}

static int
read_number(const struct record_view *record, const char *key, uint64_t *v,
    struct err *e)
{
	if (read_count(record, key, v, e) == -1 || *v == 0)
		return err_set(e, "\"%s\" is not a number from 1", key);
	return 0;
}

static bool
is_hash(const struct record_value *v)
{
	size_t i;

	if (v->size != SHA256_HEX_SIZE - 1)
		return false;
	/* Lower case alone: one hash, one spelling. */
	for (i = 0; i < v->size; i++)
		if (!(v->text[i] >= '0' && v->text[i] <= '9') &&
		    !(v->text[i] >= 'a' && v->text[i] <= 'f'))
			return false;
	return true;
}

static int
read_hash(const struct record_view *record, const char *key,
    char out[SHA256_HEX_SIZE], struct err *e)
{
	const struct record_value *field = get(record, key, RECORD_IS_STRING);

	if (field == NULL || !is_hash(field))
		return err_set(
		    e, "\"%s\" is not a SHA-256 in hexadecimal", key);
	memcpy(out, field->text, field->size);
	out[field->size] = '\0';
	return 0;
}

static int
read_type(
    struct record_head *h, const struct record_view *record, struct err *e)
{
	const struct record_value *v = get(record, "v", RECORD_IS_INTEGER);
	char name[16] = "";
	int type;

	if (v == NULL || v->number != RECORD_FORMAT)
		return err_set(e, "\"v\" is not %d", RECORD_FORMAT);
	v = get(record, "type", RECORD_IS_STRING);
	if (v != NULL && v->size < sizeof(name))
		memcpy(name, v->text, v->size);
	type = record_type_by_name(name);
	if (type == -1)
		return err_set(e, "\"type\" is not one of a record");
	h->type = (enum record_type)type;
	return 0;
}

/* The first record of a run is the run's number, and nothing precedes it. */
static int
read_place(
    struct record_head *h, const struct record_view *record, struct err *e)
{
	bool first = h->type == RECORD_RUN;

	if (read_number(record, "seq", &h->seq, e) == -1 ||
	    read_number(record, "run", &h->run, e) == -1)
		return -1;
	if (first && h->run != h->seq)
		return err_set(e, "\"run\" of a run is not its own seq");
	if (!first && h->run >= h->seq)
		return err_set(e, "\"run\" is not an earlier seq");
	if (!first)
		return read_hash(record, "prev", h->prev, e);
	if (get(record, "prev", RECORD_IS_NULL) == NULL)
		return err_set(e, "\"prev\" of a run is not null");
	return 0;
}

int
record_head_read(
    struct record_head *h, const struct record_view *record, struct err *e)
{
	const struct record_value *v;

	memset(h, 0, sizeof(*h));
	if (read_type(h, record, e) == -1 || read_place(h, record, e) == -1)
		return -1;
	v = get(record, "time", RECORD_IS_INTEGER);
	if (v == NULL)
		return err_set(e, "\"time\" is not a number");
	h->time = v->number;
	v = get(record, "bench", RECORD_IS_STRING);
	if (v == NULL || v->size == 0)
		return err_set(e, "\"bench\" is not a name");
	if (h->type != RECORD_MANIFEST)
		return 0;
	if (read_hash(record, "head", h->head, e) == -1)
		return -1;
	return read_count(record, "records", &h->records, e);
}
