/*
 * record_rows: records as the daemon says a list of them, one after the other.
 */
#include "records/record_rows.h"

#include <string.h>

#define HEX (SHA256_HEX_SIZE - 1)

void
record_rows_start(struct record_rows *r, const char *text, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->begin = text;
	r->at = text;
	r->end = text + size;
}

void
record_rows_free(struct record_rows *r)
{
	record_view_free(&r->view);
}

static bool
take(struct record_rows *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

/* A number that was counted from 1 on. */
static bool
take_seq(struct record_rows *r)
{
	r->seq = 0;
	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		if (r->seq > (uint64_t)INT64_MAX / 10 - 1)
			return false;
		r->seq = r->seq * 10 + (uint64_t)(*r->at - '0');
	}
	return r->seq > 0;
}

static bool
take_hash(struct record_rows *r)
{
	if ((size_t)(r->end - r->at) < HEX)
		return false;
	memcpy(r->sha256, r->at, HEX);
	r->sha256[HEX] = '\0';
	r->at += HEX;
	return strspn(r->sha256, "0123456789abcdef") == HEX;
}

static int
refuse(const struct record_rows *r, struct err *e)
{
	return err_set(e, "no list of records at byte %td", r->at - r->begin);
}

int
record_rows_next(struct record_rows *r, struct err *e)
{
	if (r->at == r->begin) {
		if (!take(r, "{\"records\":["))
			return refuse(r, e);
		if (take(r, "]}"))
			return r->at == r->end ? 0 : refuse(r, e);
	} else if (take(r, "]}")) {
		return r->at == r->end ? 0 : refuse(r, e);
	} else if (!take(r, ",")) {
		return refuse(r, e);
	}
	if (!take(r, "{\"record\":"))
		return refuse(r, e);
	r->bytes = r->at;
	if (record_view_begin(
		&r->view, r->at, (size_t)(r->end - r->at), &r->size, e) == -1)
		return -1;
	r->at += r->size;
	if (!take(r, ",\"seq\":") || !take_seq(r) ||
	    !take(r, ",\"sha256\":\"") || !take_hash(r) || !take(r, "\"}"))
		return refuse(r, e);
	return 1;
}
