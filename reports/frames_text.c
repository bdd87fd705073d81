/*
 * frames_text: the frames that show a verdict, in a line for people.
 */
#include "reports/frames_text.h"

#include <inttypes.h>
#include <string.h>

#define RANGES_MAX 24

void
frames_text_start(struct frames_text *f)
{
	memset(f, 0, sizeof(*f));
	text_out_start(&f->out);
}

static bool
is_whole(const struct frames_entry *e)
{
	return e->last - e->first + 1 == e->count;
}

static bool
is_same_file(const struct frames_entry *a, const struct frames_entry *b)
{
	return a->file_size == b->file_size &&
	    memcmp(a->file, b->file, a->file_size) == 0;
}

/* next goes on where f's open range ends, each without a gap in itself. */
static bool
joins(struct frames_text *f, const struct frames_entry *next)
{
	struct frames_entry *open = &f->open;

	if (f->ranges == 0 || !is_whole(open) || !is_whole(next) ||
	    !is_same_file(open, next) || next->first != open->last + 1)
		return false;
	open->last = next->last;
	open->count += next->count;
	return true;
}

static void
put_open(struct frames_text *f)
{
	const struct frames_entry *e = &f->open;

	if (f->ranges == 0 || f->ranges > RANGES_MAX)
		return;
	text_putf(&f->out, "%" PRId64, e->first);
	if (e->first != e->last)
		text_putf(&f->out, "–%" PRId64, e->last);
	if (!is_whole(e))
		text_putf(&f->out, " (%" PRId64 ")", e->count);
}

void
frames_text_add(struct frames_text *f, const struct frames_entry *entry)
{
	bool is_same;

	if (joins(f, entry))
		return;
	put_open(f);
	is_same = f->ranges > 0 && is_same_file(&f->open, entry);
	f->open = *entry;
	if (f->ranges++ >= RANGES_MAX)
		return;
	if (is_same) {
		text_put_raw(&f->out, ", ");
		return;
	}
	text_put_raw(&f->out, f->ranges == 1 ? "" : "; ");
	text_put_bytes(&f->out, entry->source, entry->source_size);
	text_put_raw(&f->out, "/");
	text_put_bytes(&f->out, entry->file, entry->file_size);
	text_put_raw(&f->out, ": ");
}

char *
frames_text_end(struct frames_text *f, bool *more)
{
	put_open(f);
	*more = f->ranges > RANGES_MAX;
	return text_out_end(&f->out);
}

static const char *
text_of(const json_t *o, const char *key, size_t *size)
{
	const json_t *value = json_object_get(o, key);

	*size = json_string_length(value);
	return json_is_string(value) ? json_string_value(value) : "";
}

char *
frames_text_of(const json_t *evidence, bool *more)
{
	struct frames_text f;
	struct frames_entry e;
	const json_t *one;
	size_t i;

	frames_text_start(&f);
	json_array_foreach (evidence, i, one) {
		e.source = text_of(one, "source", &e.source_size);
		e.file = text_of(one, "file", &e.file_size);
		e.first = json_integer_value(json_object_get(one, "first"));
		e.last = json_integer_value(json_object_get(one, "last"));
		e.count = json_integer_value(json_object_get(one, "count"));
		frames_text_add(&f, &e);
	}
	return frames_text_end(&f, more);
}
