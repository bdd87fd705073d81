/*
 * Signatures, keys and their like: stored once, given back as they came, and
 * never another under the same identity.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "records/record.h"
#include "tests/unit/store_rig.h"

#define H16(c) c c c c c c c c c c c c c c c c
#define KEY H16("0a1b")
#define KEY2 H16("0a1c")
#define SIG H16("00112233")
#define SIG2 H16("00112244")

static struct store_rig rig;
static struct maker m;
static char why[512];

static void
set_up(void)
{
	memset(&m, 0, sizeof(m));
	store_rig_new(&rig);
	store_rig_start(&rig);
}

static void
tear_down(void)
{
	store_rig_free(&rig);
}

/* Adds, waiting; its error ("" durable).  Takes value over. */
static const char *
add(const char *kind, json_t *value)
{
	struct appended a = { .answered = false };

	ck_assert_ptr_nonnull(value);
	store_add(rig.store, kind, value, store_rig_on_durable, &a);
	json_decref(value);
	ck_assert(store_rig_until(&rig, &a.answered));
	snprintf(why, sizeof(why), "%s", a.error);
	return why;
}

/* The rows without their times.  Takes args over. */
static char *
added(json_t *args)
{
	json_t *rows = store_rig_query(&rig, "added", args, why, sizeof(why));
	json_t *row;
	char *text;
	size_t i;

	ck_assert_msg(rows != NULL, "%s", why);
	json_array_foreach (rows, i, row) {
		ck_assert_int_gt(
		    json_integer_value(json_object_get(row, "time")), 0);
		json_object_del(row, "time");
	}
	text = json_dumps(rows, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(rows);
	return text;
}

static void
expect(json_t *args, const char *text)
{
	char *got = added(args);

	ck_assert_str_eq(got, text);
	free(got);
}

static void
one_run(json_t *of_manifest)
{
	struct appended a;

	ck_assert_str_eq(store_rig_add(&rig, &m, "run", NULL, &a), "");
	ck_assert_str_eq(
	    store_rig_add(&rig, &m, "manifest", of_manifest, &a), "");
}

static json_t *
signature(int seq, const char *key, const char *sig)
{
	return json_pack("{s:i, s:s, s:s}", "seq", seq, "key", key, "sig", sig);
}

static json_t *
tombstone(const char *file, const char *sig)
{
	json_t *o = json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:i, s:s, s:i}",
	    "bench", "b", "file", file, "frames", 7, "reason", "age", "sha256",
	    KEY, "size", 9, "time", 5, "type", "tombstone", "v", 1);
	struct err e;
	size_t size;
	char *text = record_encode(o, &size, &e);
	json_t *value = json_pack(
	    "{s:s, s:s, s:s}", "statement", text, "key", KEY, "sig", sig);

	free(text);
	json_decref(o);
	return value;
}

START_TEST(a_signature_is_given_back_by_record_run_and_key)
{
	static const char row[] =
	    "[{\"key\":\"" KEY "\",\"seq\":2,\"sig\":\"" SIG "\"}]";

	one_run(NULL);
	one_run(NULL);
	ck_assert_str_eq(add("signature", signature(2, KEY, SIG)), "");
	expect(json_pack("{s:s, s:i}", "kind", "signature", "seq", 2), row);
	expect(json_pack("{s:s, s:i}", "kind", "signature", "run", 1), row);
	expect(json_pack("{s:s, s:s}", "kind", "signature", "key", KEY), row);
	expect(json_pack("{s:s, s:i}", "kind", "signature", "run", 3), "[]");
	expect(json_pack("{s:s, s:s}", "kind", "signature", "key", KEY2), "[]");
}
END_TEST

START_TEST(the_same_again_is_fine_and_another_is_refused)
{
	one_run(NULL);
	ck_assert_str_eq(add("signature", signature(2, KEY, SIG)), "");
	ck_assert_str_eq(add("signature", signature(2, KEY, SIG)), "");
	ck_assert_str_eq(add("signature", signature(2, KEY, SIG2)),
	    "signature: it is there already, with another value");
	ck_assert_str_eq(add("signature", signature(2, KEY2, SIG2)), "");
}
END_TEST

START_TEST(a_signature_of_no_record_is_refused_and_the_group_goes_on)
{
	struct appended a, refused = { .answered = false };
	struct made made = maker_next(&m, "run", NULL);
	json_t *of_none = signature(9, KEY, SIG);

	store_add(
	    rig.store, "signature", of_none, store_rig_on_durable, &refused);
	json_decref(of_none);
	ck_assert_str_eq(store_rig_append_now(&rig, &made, &a), "");
	ck_assert(refused.answered);
	ck_assert_str_ne(refused.error, "");
	ck_assert_str_eq(add("signature", signature(1, KEY, SIG)), "");
	free(made.bytes);
}
END_TEST

START_TEST(what_is_not_of_its_form_is_refused)
{
	one_run(NULL);
	ck_assert_str_ne(add("signature", signature(2, "short", SIG)), "");
	ck_assert_str_ne(add("signature", signature(2, KEY, "00")), "");
	ck_assert_str_ne(add("signature", signature(0, KEY, SIG)), "");
	ck_assert_str_ne(add("signature", json_pack("{s:i}", "seq", 2)), "");
	ck_assert_str_ne(add("key",
			     json_pack("{s:s, s:s, s:s}", "key", KEY, "public",
				 "P", "more", "x")),
	    "");
	ck_assert_str_ne(
	    add("timestamp", json_pack("{s:i, s:s}", "seq", 2, "token", "")),
	    "");
	ck_assert_str_ne(add("tombstone",
			     json_pack("{s:s, s:s, s:s}", "statement", "{}",
				 "key", KEY, "sig", SIG)),
	    "");
	ck_assert_str_ne(add("tombstone",
			     json_pack("{s:s, s:s, s:s}", "statement", "{ }",
				 "key", KEY, "sig", SIG)),
	    "");
	ck_assert_str_ne(add("rubbish", json_object()), "");
	expect(json_pack("{s:s}", "kind", "signature"), "[]");
	expect(json_pack("{s:s}", "kind", "key"), "[]");
	expect(json_pack("{s:s}", "kind", "tombstone"), "[]");
}
END_TEST

START_TEST(a_key_keeps_its_pem_and_its_newest_certificate_comes_last)
{
	static const char *const certificates[] = { "C1", "C2", "C2", "C1" };
	size_t i;

	ck_assert_str_eq(
	    add("key", json_pack("{s:s, s:s}", "key", KEY, "public", "P")), "");
	ck_assert_str_ne(
	    add("key", json_pack("{s:s, s:s}", "key", KEY, "public", "Q")), "");
	expect(json_pack("{s:s}", "kind", "key"),
	    "[{\"key\":\"" KEY "\",\"public\":\"P\"}]");
	for (i = 0; i < 4; i++)
		ck_assert_str_eq(add("certificate",
				     json_pack("{s:s, s:s}", "key", KEY,
					 "certificate", certificates[i])),
		    "");
	expect(json_pack("{s:s, s:s}", "kind", "certificate", "key", KEY),
	    "[{\"certificate\":\"C1\",\"key\":\"" KEY "\"},"
	    "{\"certificate\":\"C2\",\"key\":\"" KEY "\"},"
	    "{\"certificate\":\"C1\",\"key\":\"" KEY "\"}]");
}
END_TEST

START_TEST(rotations_and_time_stamps_are_given_back)
{
	one_run(NULL);
	ck_assert_str_eq(add("rotation",
			     json_pack("{s:s, s:s, s:s}", "statement", "s",
				 "sig_old", SIG, "sig_new", SIG2)),
	    "");
	expect(json_pack("{s:s}", "kind", "rotation"),
	    "[{\"sig_new\":\"" SIG2 "\",\"sig_old\":\"" SIG
	    "\",\"statement\":\"s\"}]");
	ck_assert_str_eq(
	    add("timestamp",
		json_pack("{s:i, s:s}", "seq", 2, "token", "30ff")),
	    "");
	ck_assert_str_eq(
	    add("timestamp", json_pack("{s:i, s:s}", "seq", 2, "token", "31")),
	    "");
	expect(json_pack("{s:s, s:i}", "kind", "timestamp", "run", 1),
	    "[{\"seq\":2,\"token\":\"30ff\"},{\"seq\":2,\"token\":\"31\"}]");
}
END_TEST

START_TEST(a_tombstone_comes_with_its_signature_or_not_at_all)
{
	char *rows;

	ck_assert_str_eq(add("tombstone", tombstone("f", SIG)), "");
	ck_assert_str_eq(add("tombstone", tombstone("f", SIG)), "");
	ck_assert_str_ne(add("tombstone", tombstone("f", SIG2)), "");
	rows = added(json_pack("{s:s, s:s}", "kind", "tombstone", "file", "f"));
	ck_assert_ptr_nonnull(strstr(rows, "\"file\":\"f\""));
	ck_assert_ptr_nonnull(strstr(rows, "\\\"reason\\\":\\\"age\\\""));
	free(rows);
	/* One that somebody left without a signature stays alone. */
	ck_assert_int_eq(
	    store_rig_raw(&rig,
		"INSERT INTO tombstone(file, sha256, size, frames, reason,"
		" time) VALUES('g', '" KEY "', 1, 1, 'x', 1)"),
	    SQLITE_OK);
	ck_assert_str_ne(add("tombstone", tombstone("g", SIG)), "");
	expect(json_pack("{s:s, s:s}", "kind", "tombstone", "file", "g"), "[]");
}
END_TEST

START_TEST(only_manifests_that_wait_for_their_signature_are_unsigned)
{
	json_t *rows;

	one_run(json_pack("{s:n}", "signer"));
	one_run(json_pack("{s:s}", "signer", KEY));
	one_run(json_pack("{s:s}", "signer", KEY));
	ck_assert_str_eq(add("signature", signature(4, KEY, SIG)), "");
	rows = store_rig_query(&rig, "unsigned", NULL, why, sizeof(why));
	ck_assert_msg(rows != NULL, "%s", why);
	ck_assert_uint_eq(json_array_size(rows), 1);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_array_get(rows, 0), "seq")),
	    6);
	json_decref(rows);
}
END_TEST

START_TEST(a_store_that_died_gets_it_again)
{
	struct appended a = { .answered = false };
	json_t *v = signature(2, KEY, SIG);

	one_run(NULL);
	store_rig_kill(&rig);
	store_add(rig.store, "signature", v, store_rig_on_durable, &a);
	json_decref(v);
	store_rig_start(&rig);
	ck_assert(store_rig_until(&rig, &a.answered));
	ck_assert_str_eq(a.error, "");
}
END_TEST

START_TEST(a_question_of_no_kind_is_refused)
{
	ck_assert_ptr_null(
	    store_rig_query(&rig, "added", NULL, why, sizeof(why)));
	ck_assert_ptr_null(store_rig_query(
	    &rig, "added", json_pack("{s:s}", "kind", "x"), why, sizeof(why)));
	ck_assert_ptr_null(store_rig_query(&rig, "added",
	    json_pack("{s:s, s:s}", "kind", "rotation", "file", "x"), why,
	    sizeof(why)));
}
END_TEST

/* The newest checkpoint of a key, as "run bytes"; "" when there is none. */
static const char *
kept(const char *key, json_int_t since)
{
	static char text[64];
	json_t *rows = store_rig_query(&rig, "checkpoint",
	    json_pack("{s:s, s:I}", "key", key, "since", since), why,
	    sizeof(why));
	const json_t *row = json_array_get(rows, 0);

	ck_assert_msg(rows != NULL, "%s", why);
	ck_assert_uint_le(json_array_size(rows), 1);
	text[0] = '\0';
	if (row != NULL)
		snprintf(text, sizeof(text), "%lld %s",
		    (long long)json_integer_value(json_object_get(row, "run")),
		    json_string_value(json_object_get(row, "bytes")));
	json_decref(rows);
	return text;
}

static json_t *
checkpoint(const char *key, int run, const char *bytes)
{
	return json_pack(
	    "{s:s, s:i, s:s}", "key", key, "run", run, "bytes", bytes);
}

START_TEST(a_checkpoint_is_replaced_and_goes)
{
	ck_assert_str_eq(kept(KEY, 0), "");
	ck_assert_str_eq(add("checkpoint", checkpoint(KEY, 3, "0102")), "");
	ck_assert_str_eq(add("checkpoint", checkpoint(KEY, 3, "0102")), "");
	ck_assert_str_eq(kept(KEY, 0), "3 0102");
	ck_assert_str_eq(add("checkpoint", checkpoint(KEY, 4, "ff")), "");
	ck_assert_str_eq(add("checkpoint", checkpoint(KEY2, 5, "aa")), "");
	ck_assert_str_eq(kept(KEY, 0), "4 ff");
	ck_assert_str_eq(
	    add("checkpoint_over", json_pack("{s:s}", "key", KEY)), "");
	ck_assert_str_eq(
	    add("checkpoint_over", json_pack("{s:s}", "key", KEY)), "");
	ck_assert_str_eq(kept(KEY, 0), "");
	ck_assert_str_eq(kept(KEY2, 0), "5 aa");
	ck_assert_str_eq(kept(KEY2, INT64_MAX), ""); /* it is too old */
	ck_assert_str_ne(add("checkpoint", checkpoint(KEY, 3, "")), "");
	ck_assert_str_ne(add("checkpoint", checkpoint("no", 3, "00")), "");
}
END_TEST

/* A document that becomes durable. */
static void
put(const char *text, char sha256[SHA256_HEX_SIZE])
{
	struct appended a = { .answered = false };

	sha256_hex(text, strlen(text), sha256);
	store_put_document(
	    rig.store, sha256, text, strlen(text), store_rig_on_durable, &a);
	ck_assert(store_rig_until(&rig, &a.answered));
	ck_assert_str_eq(a.error, "");
}

static const char *
add_large(const char *sha256, const char *parts)
{
	return add("large_document",
	    json_pack("{s:s, s:s}", "sha256", sha256, "parts", parts));
}

/* "SIZE BYTES"; "": nothing there. */
static void
expect_piece(const char *sha256, int offset, int length, const char *want)
{
	json_t *rows = store_rig_query(&rig, "piece",
	    json_pack("{s:s, s:i, s:i}", "sha256", sha256, "offset", offset,
		"length", length),
	    why, sizeof(why));
	const json_t *row = json_array_get(rows, 0);
	char got[80] = "";

	ck_assert_msg(rows != NULL, "%s", why);
	ck_assert_uint_le(json_array_size(rows), 1);
	if (row != NULL)
		snprintf(got, sizeof(got), "%lld %s",
		    (long long)json_integer_value(json_object_get(row, "size")),
		    json_string_value(json_object_get(row, "bytes")));
	ck_assert_str_eq(got, want);
	json_decref(rows);
}

START_TEST(a_large_document_is_the_list_of_its_parts)
{
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE], whole[SHA256_HEX_SIZE];
	char parts[2 * SHA256_HEX_SIZE], turned[2 * SHA256_HEX_SIZE];

	put("abcd", a);
	sha256_hex("ef", 2, b);
	sha256_hex("abcdef", 6, whole);
	snprintf(parts, sizeof(parts), "%s,%s", a, b);
	snprintf(turned, sizeof(turned), "%s,%s", b, a);
	ck_assert_str_eq(add_large(whole, parts), "a part of it is not stored");
	put("ef", b);
	ck_assert_str_eq(add_large(whole, a),
	    "not a document's SHA-256 and those of its parts");
	parts[SHA256_HEX_SIZE - 1] = ';';
	ck_assert_str_eq(
	    add_large(whole, parts), "a part is not named by its SHA-256");
	parts[SHA256_HEX_SIZE - 1] = ',';
	ck_assert_ptr_eq(
	    strstr(add_large(whole, turned), "the document's SHA-256 is "),
	    why);
	expect_piece(whole, 0, 9, "");
	ck_assert_str_eq(add_large(whole, parts), "");
	ck_assert_str_eq(add_large(whole, parts), "");
	/* Of one part at a time, and nothing behind the end. */
	expect_piece(whole, 0, 0, "6 ");
	expect_piece(whole, 1, 9, "6 626364");
	expect_piece(whole, 4, 1, "6 65");
	expect_piece(whole, 5, 9, "6 66");
	expect_piece(whole, 6, 9, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_add");
	TCase *c = tcase_create("store_add");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_signature_is_given_back_by_record_run_and_key);
	tcase_add_test(c, the_same_again_is_fine_and_another_is_refused);
	tcase_add_test(
	    c, a_signature_of_no_record_is_refused_and_the_group_goes_on);
	tcase_add_test(c, what_is_not_of_its_form_is_refused);
	tcase_add_test(
	    c, a_key_keeps_its_pem_and_its_newest_certificate_comes_last);
	tcase_add_test(c, rotations_and_time_stamps_are_given_back);
	tcase_add_test(c, a_tombstone_comes_with_its_signature_or_not_at_all);
	tcase_add_test(
	    c, only_manifests_that_wait_for_their_signature_are_unsigned);
	tcase_add_test(c, a_store_that_died_gets_it_again);
	tcase_add_test(c, a_question_of_no_kind_is_refused);
	tcase_add_test(c, a_checkpoint_is_replaced_and_goes);
	tcase_add_test(c, a_large_document_is_the_list_of_its_parts);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
