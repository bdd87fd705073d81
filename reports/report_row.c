/*
 * report_row: a record, as it lies in a list, into the report.
 *
 * Of a verdict's record most is evidence: entry after entry, of which a reader
 * is shown which frames they are.  Where no more is wanted, what stands there
 * is never built: what is made of the report is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/frames_text.h"
#include "reports/report_parts.h"
#include "reports/report_spool.h"
#include "reports/text_out.h"

static bool
is_text(const struct record_value *v, const char *text)
{
	return v != NULL && v->kind == RECORD_IS_STRING && !v->escaped &&
	    v->size == strlen(text) && memcmp(v->text, text, v->size) == 0;
}

/* ---- frames ---- */

static void
take_text(const struct record_view *v, const char *key, const char **text,
    size_t *size)
{
	const struct record_value *value = record_view_get(v, key);
	bool is_there = value != NULL && value->kind == RECORD_IS_STRING;

	*text = is_there ? value->text : "";
	*size = is_there ? value->size : 0;
}

static int64_t
number_in(const struct record_view *v, const char *key)
{
	const struct record_value *value = record_view_get(v, key);

	return value == NULL ? 0 : value->number;
}

/* list: a canonical array, since the record was read. */
static char *
frames_of(const struct record_value *list, bool *more)
{
	const char *at = list->text + 1, *end = list->text + list->size;
	struct record_view view = { .n = 0 };
	struct frames_text frames;
	struct frames_entry entry;
	struct err e;
	size_t used;

	frames_text_start(&frames);
	while (at < end && *at == '{') {
		if (record_view_begin(
			&view, at, (size_t)(end - at), &used, &e) == -1)
			break;
		take_text(&view, "source", &entry.source, &entry.source_size);
		take_text(&view, "file", &entry.file, &entry.file_size);
		entry.first = number_in(&view, "first");
		entry.last = number_in(&view, "last");
		entry.count = number_in(&view, "count");
		frames_text_add(&frames, &entry);
		at += used;
		at += *at == ',';
	}
	record_view_free(&view);
	return frames_text_end(&frames, more);
}

/* ---- a record ---- */

/* Its bytes, with quotes. */
static void
put_value(struct text_out *o, const struct record_value *v)
{
	bool quoted = v->kind == RECORD_IS_STRING;

	text_put_bytes(o, v->text - quoted, v->size + (quoted ? 2 : 0));
}

static bool
is_left_out(const struct record_value *key)
{
	static const char *const names[] = { "evidence", "observations", "pace",
		"span", "controls", "said_values" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_text(key, names[i]))
			return true;
	return false;
}

/* A verdict's record in brief. */
static json_t *
verdict_of(const struct record_view *view)
{
	const struct record_value *evidence = record_view_get(view, "evidence");
	const struct record_field *f;
	struct text_out o;
	json_t *record;
	bool more = false;
	char *text;
	size_t i;

	text_out_start(&o);
	for (i = 0; i < view->n; i++) {
		f = &view->fields[i];
		if (is_left_out(&f->key))
			continue;
		text_put_raw(&o, o.size == 0 ? "{" : ",");
		put_value(&o, &f->key);
		text_put_raw(&o, ":");
		put_value(&o, &f->value);
	}
	text_put_raw(&o, "}");
	text = text_out_end(&o);
	record = json_loads(text, 0, NULL);
	free(text);
	if (record == NULL || evidence == NULL ||
	    evidence->kind != RECORD_IS_ARRAY)
		return record;
	text = frames_of(evidence, &more);
	json_object_set_new(record, "evidence", json_string(text));
	if (more)
		json_object_set_new(record, "evidence_more", json_integer(1));
	free(text);
	return record;
}

/* The verdict that was just taken, at length. */
static int
spool(struct report *r, const struct record_rows *row)
{
	json_t *record = json_loadb(row->bytes, row->size, 0, NULL), *verdict;

	if (record == NULL)
		return -1;
	verdict = report_verdict(r, record, row->sha256, false);
	report_spool_add(r->given.spool, verdict);
	json_decref(verdict);
	json_decref(record);
	return 0;
}

int
report_add_row(struct report *r, const struct record_rows *row)
{
	const struct record_value *type = record_view_get(&row->view, "type");
	size_t before = json_array_size(r->verdicts);
	json_t *record;
	int status;

	if (r->given.is_brief && is_text(type, "verdict"))
		record = verdict_of(&row->view);
	else
		record = json_loadb(row->bytes, row->size, 0, NULL);
	if (record == NULL)
		return -1;
	status = report_add(r, record, row->sha256);
	json_decref(record);
	if (status == 0 && r->given.spool != NULL &&
	    json_array_size(r->verdicts) > before)
		status = spool(r, row);
	return status;
}
