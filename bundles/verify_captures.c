/*
 * verify_captures: raw captures, and tombstones of those that were pruned.
 *
 * A capture that is there is what the manifest says, byte for byte, and shows
 * what the verdicts cite of it.  One that is not there was not asked for, or
 * has a tombstone by a key of this bench; what a verdict cites has none.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "bundles/frame_table.h"
#include "bundles/verify_parts.h"

/* The cited entries of one file, against its frames. */
static void
check_cited(struct verify *v, const json_t *cited, const void *data,
    size_t size, const char *name)
{
	struct frame_table *t = NULL;
	struct evidence entry;
	struct err e = { .line = 0 };
	uint8_t mac[6], last[6] = { 0 };
	const json_t *o;
	char seq[32];
	size_t i;

	json_array_foreach (cited, i, o) {
		snprintf(seq, sizeof(seq), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(json_object_get(o, "job")));
		if (frame_table_read_mac(json_object_get(v->jobs, seq), mac) ==
		    -1)
			continue; /* said with the verdict's slice */
		if (t == NULL || memcmp(mac, last, sizeof(mac)) != 0) {
			frame_table_free(t);
			memcpy(last, mac, sizeof(mac));
			t = frame_table_new(data, size, mac, &e);
			if (t == NULL) {
				verify_find_err(
				    v, BUNDLE_BROKEN, "capture", name, &e);
				return;
			}
		}
		if (frame_table_read_entry(
			json_object_get(o, "entry"), &entry, &e) == -1 ||
		    frame_table_check(t, &entry, false, NULL, &e) == -1)
			verify_find_err(v, BUNDLE_BROKEN, "evidence",
			    verify_text(o, "where"), &e);
	}
	frame_table_free(t);
}

/* sealed: the manifest's entry, or NULL when only verdicts name the file. */
static void
check_sealed(struct verify *v, const json_t *sealed, const void *data,
    size_t size, const char *name)
{
	const char *hash = verify_text(sealed, "sha256");
	const json_t *length = json_object_get(sealed, "size");
	char sha256[SHA256_HEX_SIZE];

	if (*hash == '\0')
		verify_find(v, BUNDLE_TRUSTED, "capture", name,
		    "the manifest has no SHA-256 of it: only the frames that "
		    "verdicts cite are shown to be the ones captured");
	else if (strcmp(sha256_hex(data, size, sha256), hash) != 0 ||
	    (json_is_integer(length) &&
		json_integer_value(length) != (json_int_t)size))
		verify_find(v, BUNDLE_BROKEN, "capture", name,
		    "it is not the capture that the manifest names");
}

/* ---- tombstones ---- */

/* The statement when a key of this bench signed it, else NULL. */
static json_t *
read_tombstone(struct verify *v, const json_t *line)
{
	static const char name[] = "tombstones.jsonl";
	const char *text = verify_text(line, "statement");
	const struct sign_key *key =
	    verify_key_of_bench(v, verify_text(line, "key"));
	json_t *o = record_decode(text, strlen(text), NULL);
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];
	struct err e = { .line = 0 };

	sha256(text, strlen(text), digest);
	if (key == NULL) {
		verify_find(v, BUNDLE_TRUSTED, "tombstone", name,
		    "one of %s is by a key that is not this bench's: it does "
		    "not count",
		    verify_text(o, "file"));
	} else if (hex_decode(verify_text(line, "sig"), sig, sizeof(sig)) ==
		-1 ||
	    sign_verify(key, SIGN_TOMBSTONE, digest, sig, &e) == -1) {
		verify_find(v, BUNDLE_BROKEN, "tombstone", name,
		    "one whose signature is not good");
	} else if (strcmp(verify_text(o, "type"), "tombstone") != 0 ||
	    strcmp(verify_text(o, "bench"), v->report->bench) != 0) {
		verify_find(v, BUNDLE_BROKEN, "tombstone", name,
		    "one that is not of this bench");
	} else {
		return o;
	}
	json_decref(o);
	return NULL;
}

static json_t *
read_tombstones(struct verify *v)
{
	static const char name[] = "tombstones.jsonl";
	struct err e = { .line = 0 };
	json_t *lines = bundle_lines(v->bundle, name, &e), *line, *o;
	json_t *good = json_array();
	size_t i;

	verify_account(v, name);
	if (lines == NULL)
		verify_find_err(v, BUNDLE_BROKEN, "tombstone", name, &e);
	json_array_foreach (lines, i, line) {
		o = read_tombstone(v, line);
		if (o != NULL)
			json_array_append_new(good, o);
	}
	json_decref(lines);
	return good;
}

/* A tombstone names "FILE" or "SEGMENT/FILE", and the very bytes. */
static bool
is_tombstone_of(const json_t *tombstone, const json_t *sealed)
{
	const char *named = verify_text(tombstone, "file");
	const char *file = verify_text(sealed, "file");
	const char *hash = verify_text(sealed, "sha256");
	const char *segment = verify_text(sealed, "segment");
	char both[256];

	snprintf(both, sizeof(both), "%s/%s", segment, file);
	if (*file == '\0' ||
	    (strcmp(named, file) != 0 && strcmp(named, both) != 0))
		return false;
	return *hash == '\0' ||
	    strcmp(verify_text(tombstone, "sha256"), hash) == 0;
}

static void
judge_absent(struct verify *v, const json_t *sealed, const json_t *tombstones)
{
	const char *file = verify_text(sealed, "file");
	const json_t *o;
	size_t i;

	json_array_foreach (tombstones, i, o) {
		if (!is_tombstone_of(o, sealed))
			continue;
		if (json_object_get(v->cited, file) != NULL)
			verify_find(v, BUNDLE_BROKEN, "capture", file,
			    "it was pruned although a verdict cites it");
		else
			verify_find(v, BUNDLE_PRUNED, "capture", file,
			    "it was pruned (%s); its tombstone is good",
			    verify_text(o, "reason"));
		return;
	}
	if (v->has_captures)
		verify_find(v, BUNDLE_BROKEN, "capture", file,
		    "it is missing, and has no tombstone");
}

/* ---- all ---- */

static void
check_present(
    struct verify *v, const json_t *sealed, const char *file, const char *name)
{
	struct err e = { .line = 0 };
	const void *data;
	size_t size;

	verify_account(v, name);
	if (bundle_file(v->bundle, name, &data, &size, &e) == -1) {
		verify_find_err(v, BUNDLE_BROKEN, "capture", name, &e);
		return;
	}
	check_sealed(v, sealed, data, size, name);
	check_cited(v, json_object_get(v->cited, file), data, size, name);
	bundle_forget(v->bundle, name);
}

static bool
in_bundle(struct verify *v, const char *file, char name[BUNDLE_NAME_MAX])
{
	return snprintf(name, BUNDLE_NAME_MAX, "captures/%s", file) <
	    BUNDLE_NAME_MAX &&
	    verify_has(v, name);
}

void
verify_captures(struct verify *v)
{
	const json_t *list = json_object_get(v->manifest, "captures"), *o;
	json_t *tombstones = read_tombstones(v), *entries;
	char name[BUNDLE_NAME_MAX];
	const char *file;
	size_t i;

	json_array_foreach (list, i, o) {
		file = verify_text(o, "file");
		if (in_bundle(v, file, name))
			check_present(v, o, file, name);
		else
			judge_absent(v, o, tombstones);
	}
	/* Those that an older manifest does not list. */
	json_object_foreach (v->cited, file, entries)
		if (in_bundle(v, file, name) &&
		    json_object_get(v->known, name) == NULL)
			check_present(v, NULL, file, name);
	json_decref(tombstones);
}
