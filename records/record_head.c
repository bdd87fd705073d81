/*
 * record_head: the fields that every record has, checked and in C's terms.
 */
#include "records/record_head.h"

#include <string.h>

static int
read_count(const json_t *record, const char *key, uint64_t *v, struct err *e)
{
	const json_t *field = json_object_get(record, key);

	if (!json_is_integer(field) || json_integer_value(field) < 0)
		return err_set(e, "\"%s\" is not a number from 0", key);
	*v = (uint64_t)json_integer_value(field);
	return 0;
}

static int
read_number(const json_t *record, const char *key, uint64_t *v, struct err *e)
{
	if (read_count(record, key, v, e) == -1 || *v == 0)
		return err_set(e, "\"%s\" is not a number from 1", key);
	return 0;
}

static int
read_hash(const json_t *record, const char *key, char out[SHA256_HEX_SIZE],
    struct err *e)
{
	const json_t *field = json_object_get(record, key);
	const char *text = json_string_value(field);

	/* Lower case alone: one hash, one spelling. */
	if (text == NULL || strlen(text) != SHA256_HEX_SIZE - 1 ||
	    strspn(text, "0123456789abcdef") != SHA256_HEX_SIZE - 1)
		return err_set(
		    e, "\"%s\" is not a SHA-256 in hexadecimal", key);
	memcpy(out, text, SHA256_HEX_SIZE);
	return 0;
}

static int
read_type(struct record_head *h, const json_t *record, struct err *e)
{
	const json_t *v = json_object_get(record, "v");
	const char *name;
	int type;

	if (!json_is_integer(v) || json_integer_value(v) != RECORD_FORMAT)
		return err_set(e, "\"v\" is not %d", RECORD_FORMAT);
	name = json_string_value(json_object_get(record, "type"));
	type = name == NULL ? -1 : record_type_by_name(name);
	if (type == -1)
		return err_set(e, "\"type\" is not one of a record");
	h->type = (enum record_type)type;
	return 0;
}

/* The first record of a run is the run's number, and nothing precedes it. */
static int
read_place(struct record_head *h, const json_t *record, struct err *e)
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
	if (!json_is_null(json_object_get(record, "prev")))
		return err_set(e, "\"prev\" of a run is not null");
	return 0;
}

int
record_head_read(struct record_head *h, const json_t *record, struct err *e)
{
	const json_t *time;

	memset(h, 0, sizeof(*h));
	if (read_type(h, record, e) == -1 || read_place(h, record, e) == -1)
		return -1;
	time = json_object_get(record, "time");
	if (!json_is_integer(time))
		return err_set(e, "\"time\" is not a number");
	h->time = json_integer_value(time);
	if (json_string_length(json_object_get(record, "bench")) == 0)
		return err_set(e, "\"bench\" is not a name");
	if (h->type != RECORD_MANIFEST)
		return 0;
	if (read_hash(record, "head", h->head, e) == -1)
		return -1;
	return read_count(record, "records", &h->records, e);
}
