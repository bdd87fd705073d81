/*
 * verify_evidence: does each verdict still have the frames that it stands on?
 *
 * The slice's bytes are those of the sealed record, and its frames give every
 * digest that the record says.  Of a redacted bundle the frames' digests alone
 * are left: they give the same sum, so they are the digests of those frames.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "bundles/frame_table.h"
#include "bundles/verify_parts.h"
#include "captures/digest.h"

struct showing { /* one verdict and what it stands on */
	struct verify *v;
	const json_t *record, *evidence;
	char slice[BUNDLE_NAME_MAX], digests[BUNDLE_NAME_MAX];
	char where[48]; /* "verdict 57" */
	bool claims;    /* pass or fail: nothing of it may be missing */
};

static void
broken(const struct showing *s, const char *what, const struct err *e)
{
	verify_find_err(s->v, BUNDLE_BROKEN, what, s->where, e);
}

/* Whose frames these are: the job's record says it. */
static int
read_mac(const struct showing *s, uint8_t mac[6])
{
	char seq[32];

	snprintf(seq, sizeof(seq), "%" JSON_INTEGER_FORMAT,
	    json_integer_value(json_object_get(s->record, "job")));
	return frame_table_read_mac(json_object_get(s->v->jobs, seq), mac);
}

/* ---- the slice ---- */

static void
check_entries(const struct showing *s, const struct frame_table *t)
{
	struct evidence entry;
	struct err e = { .line = 0 };
	const json_t *o;
	size_t i;

	json_array_foreach (s->evidence, i, o) {
		if (frame_table_read_entry(o, &entry, &e) == -1 ||
		    frame_table_check(t, &entry, true, NULL, &e) == -1) {
			broken(s, "evidence", &e);
			return;
		}
	}
}

static void
check_frames(const struct showing *s, const void *data, size_t size)
{
	json_int_t frames =
	    json_integer_value(json_object_get(s->record, "frames"));
	struct err e = { .line = 0 };
	struct frame_table *t;
	uint8_t mac[6];

	if (read_mac(s, mac) == -1) {
		err_set(&e, "the record of its job names no target's MAC");
		broken(s, "evidence", &e);
		return;
	}
	t = frame_table_new(data, size, mac, &e);
	if (t == NULL) {
		broken(s, "slice", &e);
		return;
	}
	if (frames < 0 || (size_t)frames != frame_table_count(t)) {
		err_set(&e,
		    "%s has %zu frames, the record says %" JSON_INTEGER_FORMAT,
		    s->slice, frame_table_count(t), frames);
		broken(s, "slice", &e);
	}
	check_entries(s, t);
	s->v->report->frames += frame_table_count(t);
	frame_table_free(t);
}

/* Its bytes, then its frames. */
static void
check_slice(const struct showing *s)
{
	const json_t *slice = json_object_get(s->record, "slice");
	char sha256[SHA256_HEX_SIZE];
	struct err e = { .line = 0 };
	const void *data;
	size_t size;

	verify_account(s->v, s->slice);
	if (bundle_file(s->v->bundle, s->slice, &data, &size, &e) == -1) {
		broken(s, "slice", &e);
		return;
	}
	if (json_integer_value(json_object_get(slice, "size")) !=
		(json_int_t)size ||
	    strcmp(sha256_hex(data, size, sha256),
		verify_text(slice, "sha256")) != 0) {
		err_set(&e, "%s is not the slice that was sealed", s->slice);
		broken(s, "slice", &e);
	} else {
		check_frames(s, data, size);
	}
	bundle_forget(s->v->bundle, s->slice);
}

/* ---- digests that stand for a slice ---- */

/* {"frames":[[number,"sha256"],…]} against one entry. */
static int
check_digests_entry(
    const json_t *line, const struct evidence *entry, struct err *e)
{
	const json_t *frames = json_object_get(line, "frames");
	struct digest *range = digest_new();
	uint8_t sum[SHA256_SIZE] = { 0 };
	const json_t *frame;
	const char *hex;
	int r = 0;
	size_t i;

	digest_restart(range);
	json_array_foreach (frames, i, frame) {
		hex = json_string_value(json_array_get(frame, 1));
		if (hex == NULL || hex_decode(hex, sum, SHA256_SIZE) == -1)
			r = err_set(e, "not a digest in hexadecimal");
		digest_add(range, sum, sizeof(sum));
	}
	if (json_array_size(frames) > 1)
		digest_end(range, sum);
	digest_free(range);
	if (r == -1)
		return -1;
	if (json_array_size(frames) != entry->count ||
	    memcmp(sum, entry->sha256, SHA256_SIZE) != 0)
		return err_set(e,
		    "the digests of frames %" PRIu64 " to %" PRIu64
		    " of %s are not what the record says",
		    entry->first, entry->last, entry->file);
	return 0;
}

static int
check_digests_lines(const struct showing *s, const json_t *lines, struct err *e)
{
	struct evidence entry;
	size_t i, n = json_array_size(s->evidence);

	if (json_array_size(lines) != n)
		return err_set(e,
		    "%zu entries of digests, the record has %zu of evidence",
		    json_array_size(lines), n);
	for (i = 0; i < n; i++) {
		if (frame_table_read_entry(
			json_array_get(s->evidence, i), &entry, e) == -1 ||
		    check_digests_entry(json_array_get(lines, i), &entry, e) ==
			-1)
			return -1;
	}
	return 0;
}

static void
check_digests(const struct showing *s)
{
	struct err e = { .line = 0 };
	json_t *lines = bundle_lines(s->v->bundle, s->digests, &e);

	verify_account(s->v, s->digests);
	if (lines == NULL || check_digests_lines(s, lines, &e) == -1)
		broken(s, "evidence", &e);
	else if (!verify_has(s->v, s->slice)) /* of two entries, yet one */
		s->v->report->frames += (size_t)json_integer_value(
		    json_object_get(s->record, "frames"));
	json_decref(lines);
	bundle_forget(s->v->bundle, s->digests);
}

/* ---- one verdict ---- */

/* Raw captures that are there are looked at later, file by file. */
static void
note_captures(const struct showing *s)
{
	const char *file;
	json_t *list, *o;
	size_t i;

	json_array_foreach (s->evidence, i, o) {
		file = verify_text(o, "file");
		list = json_object_get(s->v->cited, file);
		if (list == NULL) {
			list = json_array();
			json_object_set_new(s->v->cited, file, list);
		}
		json_array_append_new(list,
		    json_pack("{s:O,s:O?,s:s}", "entry", o, "job",
			json_object_get(s->record, "job"), "where", s->where));
	}
}

static void
check_claim(const struct showing *s)
{
	if (json_array_size(s->evidence) == 0)
		verify_find(s->v, BUNDLE_BROKEN, "evidence", s->where,
		    "it says %s and cites no frame",
		    verify_text(s->record, "verdict"));
	else if (!json_is_object(json_object_get(s->record, "slice")))
		verify_find(s->v, BUNDLE_BROKEN, "slice", s->where,
		    "it says %s and has no slice",
		    verify_text(s->record, "verdict"));
}

void
verify_verdict(struct verify *v, const json_t *record)
{
	json_int_t seq = json_integer_value(json_object_get(record, "seq"));
	struct showing s = { .v = v, .record = record };
	int verdict = verdict_by_name(verify_text(record, "verdict"));

	s.evidence = json_object_get(record, "evidence");
	snprintf(
	    s.where, sizeof(s.where), "verdict %" JSON_INTEGER_FORMAT, seq);
	snprintf(s.slice, sizeof(s.slice),
	    "slices/%" PRIu64 "/%" JSON_INTEGER_FORMAT ".pcapng", v->chain.run,
	    seq);
	snprintf(s.digests, sizeof(s.digests),
	    "slices/%" PRIu64 "/%" JSON_INTEGER_FORMAT ".digests", v->chain.run,
	    seq);
	if (verdict == -1)
		verify_find(v, BUNDLE_BROKEN, "record", s.where,
		    "a verdict that there is not");
	if (verdict == VERDICT_PASS || verdict == VERDICT_FAIL)
		check_claim(&s);
	note_captures(&s);
	if (!json_is_object(json_object_get(record, "slice")))
		return;
	if (verify_has(v, s.slice))
		check_slice(&s);
	else if (!verify_has(v, s.digests))
		verify_find(v, BUNDLE_BROKEN, "slice", s.where, "%s is missing",
		    s.slice);
	if (verify_has(v, s.digests))
		check_digests(&s);
}
