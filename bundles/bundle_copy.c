/*
 * bundle_copy: a bundle made of another: with less in it, never with more.
 *
 * What the records account for is copied; whatever else lay there stays
 * behind.  Redacted, a slice becomes the digests of its frames.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bundles/bundle_unpack.h"
#include "bundles/bundle_write.h"
#include "bundles/frame_table.h"

struct copying {
	struct bundle *from;
	int dir;
	const struct bundle_copying *options;
	json_t *jobs; /* {seq as text: record} */
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static bool
is_there(struct copying *c, const char *name)
{
	const void *data;
	size_t size;

	return bundle_file(c->from, name, &data, &size, NULL) == 0;
}

/* A file as it is. */
static int
copy_file(struct copying *c, const char *name, struct err *e)
{
	const void *data;
	size_t size;
	int r;

	if (bundle_file(c->from, name, &data, &size, e) == -1)
		return -1;
	r = bundle_put(c->dir, name, data, size, e);
	bundle_forget(c->from, name);
	return r;
}

static int
copy_if_there(struct copying *c, const char *name, struct err *e)
{
	return is_there(c, name) ? copy_file(c, name, e) : 0;
}

/* ---- slices ---- */

static int
put_digests_of(struct copying *c, const struct frame_table *t,
    const json_t *entry, const char *name, struct err *e)
{
	struct evidence v;
	uint8_t sum[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	json_t *frames, *line;
	size_t *at, i;
	int r;

	if (frame_table_read_entry(entry, &v, e) == -1)
		return -1;
	if (v.count > frame_table_count(t))
		return err_set(e, "it cites more frames than there are");
	at = xcalloc((size_t)v.count, sizeof(*at));
	r = frame_table_check(t, &v, true, at, e);
	frames = json_array();
	for (i = 0; r == 0 && i < v.count; i++) {
		frame_table_digest(t, at[i], sum);
		json_array_append_new(frames,
		    json_pack("[I,s]", (json_int_t)at[i] + 1,
			hex_encode(sum, sizeof(sum), hex)));
	}
	line = json_pack("{s:o}", "frames", frames);
	if (r == 0)
		r = bundle_append_line(c->dir, name, line, e);
	json_decref(line);
	free(at);
	return r;
}

static int
put_digests(struct copying *c, const json_t *record, const char *slice,
    const char *name, struct err *e)
{
	struct frame_table *t;
	const json_t *entry;
	const void *data;
	uint8_t mac[6];
	char job[32];
	size_t size, i;
	int r;

	snprintf(job, sizeof(job), "%" JSON_INTEGER_FORMAT,
	    json_integer_value(json_object_get(record, "job")));
	if (frame_table_read_mac(json_object_get(c->jobs, job), mac) == -1)
		return err_set(e, "its job names no target's MAC");
	if (bundle_file(c->from, slice, &data, &size, e) == -1)
		return -1;
	t = frame_table_new(data, size, mac, e);
	r = t == NULL ? -1 : bundle_put(c->dir, name, "", 0, e);
	json_array_foreach (json_object_get(record, "evidence"), i, entry)
		if (r == 0)
			r = put_digests_of(c, t, entry, name, e);
	frame_table_free(t);
	bundle_forget(c->from, slice);
	return r;
}

static int
copy_slice(struct copying *c, const json_t *record, struct err *e)
{
	json_int_t run = json_integer_value(json_object_get(record, "run"));
	json_int_t seq = json_integer_value(json_object_get(record, "seq"));
	char slice[BUNDLE_NAME_MAX], digests[BUNDLE_NAME_MAX];
	int r;

	snprintf(slice, sizeof(slice),
	    "slices/%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT ".pcapng",
	    run, seq);
	snprintf(digests, sizeof(digests),
	    "slices/%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT ".digests",
	    run, seq);
	if (!is_there(c, slice))
		return copy_if_there(c, digests, e);
	r = c->options->redacted ? put_digests(c, record, slice, digests, e)
				 : copy_file(c, slice, e);
	return r == 0 ? 0 : err_prefix(e, "verdict %" JSON_INTEGER_FORMAT, seq);
}

/* ---- what records name ---- */

/* Several records may name one document. */
static int
copy_document(struct copying *c, const char *sha256, struct err *e)
{
	char name[BUNDLE_NAME_MAX];
	int fd;

	snprintf(name, sizeof(name), "documents/%s", sha256);
	if (*sha256 == '\0' || !is_there(c, name))
		return 0;
	fd = bundle_open_at(c->dir, name, O_RDONLY);
	if (fd == -1)
		return copy_file(c, name, e);
	close(fd);
	return 0;
}

static int
copy_capture(struct copying *c, const char *file, struct err *e)
{
	char name[BUNDLE_NAME_MAX];
	int fd;

	snprintf(name, sizeof(name), "captures/%s", file);
	if (*file == '\0' || !is_there(c, name))
		return 0;
	fd = bundle_open_at(c->dir, name, O_RDONLY);
	if (fd == -1)
		return copy_file(c, name, e);
	close(fd);
	return 0;
}

static int
copy_captures(struct copying *c, const json_t *list, struct err *e)
{
	const json_t *o;
	size_t i;
	int r = 0;

	if (!c->options->captures)
		return 0;
	json_array_foreach (list, i, o)
		if (r == 0)
			r = copy_capture(c, text_of(o, "file"), e);
	return r;
}

static int
copy_timestamp(struct copying *c, const json_t *record, struct err *e)
{
	char name[BUNDLE_NAME_MAX];

	snprintf(name, sizeof(name), "timestamps/%" JSON_INTEGER_FORMAT ".tsr",
	    json_integer_value(json_object_get(record, "seq")));
	return copy_if_there(c, name, e);
}

/* Whether captures are all there is not to be said of what has none. */
static int
put_label(struct copying *c, const json_t *record, struct err *e)
{
	json_t *lines = bundle_lines(c->from, "bundle.json", NULL);
	struct bundle_copying how = *c->options;

	how.captures = how.captures &&
	    json_is_true(json_object_get(json_array_get(lines, 0), "captures"));
	json_decref(lines);
	return bundle_put_label(c->dir, text_of(record, "bench"),
	    (uint64_t)json_integer_value(json_object_get(record, "run")), &how,
	    e);
}

static int
copy_run(struct copying *c, const json_t *record, struct err *e)
{
	const json_t *scenario = json_object_get(record, "scenario");
	const json_t *profile = json_object_get(record, "profile");

	if (put_label(c, record, e) == -1 ||
	    copy_document(c, text_of(scenario, "sha256"), e) == -1)
		return -1;
	return copy_document(c, text_of(profile, "sha256"), e);
}

static int
copy_verdict(struct copying *c, const json_t *record, struct err *e)
{
	if (copy_document(c, text_of(record, "profile"), e) == -1 ||
	    copy_captures(c, json_object_get(record, "evidence"), e) == -1)
		return -1;
	return copy_slice(c, record, e);
}

static int
copy_of_record(struct copying *c, json_t *record, struct err *e)
{
	const char *type = text_of(record, "type");
	char seq[32];

	if (strcmp(type, "run") == 0)
		return copy_run(c, record, e);
	if (strcmp(type, "verdict") == 0)
		return copy_verdict(c, record, e);
	if (strcmp(type, "attestation") == 0)
		return copy_document(c,
		    text_of(json_object_get(record, "document"), "sha256"), e);
	if (strcmp(type, "job") == 0) {
		snprintf(seq, sizeof(seq), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(json_object_get(record, "seq")));
		json_object_set(c->jobs, seq, record);
	}
	if (strcmp(type, "manifest") != 0)
		return 0;
	if (copy_timestamp(c, record, e) == -1)
		return -1;
	return copy_captures(c, json_object_get(record, "captures"), e);
}

static int
copy_of_records(struct copying *c, struct err *e)
{
	size_t i, n = bundle_record_count(c->from);
	json_t *record;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		record = bundle_record_json(c->from, i, e);
		if (record == NULL)
			return err_prefix(e, "record %zu", i + 1);
		r = copy_of_record(c, record, e);
		json_decref(record);
	}
	return r;
}

int
bundle_copy(struct bundle *from, int dir, const struct bundle_copying *options,
    struct err *e)
{
	static const char *const always[] = { "records.jsonl",
		"signatures.jsonl", "keys.jsonl", "rotations.jsonl",
		"tombstones.jsonl" };
	struct copying c = { .from = from, .dir = dir, .options = options };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(always) / sizeof(always[0]); i++)
		r = copy_if_there(&c, always[i], e);
	c.jobs = json_object();
	if (r == 0)
		r = copy_of_records(&c, e);
	json_decref(c.jobs);
	return r;
}
