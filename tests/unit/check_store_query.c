/*
 * What the store answers: each query's rows, documents, the registry, and
 * that a question cannot do harm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "daemon/store/store_wire.h"
#include "tests/unit/store_rig.h"

static struct store_rig rig;
static struct maker maker;
static struct appended answer;
static char error[512];

static void
set_up(void)
{
	store_rig_new(&rig);
	memset(&maker, 0, sizeof(maker));
	store_rig_start(&rig);
}

static void
tear_down(void)
{
	store_rig_free(&rig);
}

static void
add(const char *type, json_t *more)
{
	ck_assert_str_eq(store_rig_add(&rig, &maker, type, more, &answer), "");
}

static json_t *
ask(const char *name, json_t *args)
{
	json_t *rows = store_rig_query(&rig, name, args, error, sizeof(error));

	ck_assert_msg(rows != NULL, "%s: %s", name, error);
	return rows;
}

/* Rows must be exactly this JSON (keys in any order). */
static void
expect(const char *name, json_t *args, const char *want)
{
	json_t *rows = ask(name, args), *wanted = json_loads(want, 0, NULL);
	char *got = json_dumps(rows, JSON_COMPACT);

	ck_assert_ptr_nonnull(wanted);
	ck_assert_msg(
	    json_equal(rows, wanted), "%s: %s, not %s", name, got, want);
	free(got);
	json_decref(rows);
	json_decref(wanted);
}

static void
refuse(const char *name, json_t *args, const char *why)
{
	ck_assert_ptr_null(
	    store_rig_query(&rig, name, args, error, sizeof(error)));
	ck_assert_str_eq(error, why);
}

/* A number of the rows, as "1 2 3". */
static void
expect_numbers(
    const char *name, json_t *args, const char *key, const char *want)
{
	json_t *rows = ask(name, args), *row;
	char got[256] = "";
	size_t i, n = 0;

	json_array_foreach (rows, i, row) {
		json_t *seq = json_object_get(row, key);

		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%lld",
		    n > 0 ? " " : "", (long long)json_integer_value(seq));
	}
	ck_assert_str_eq(got, want);
	json_decref(rows);
}

static void
expect_runs(const char *name, json_t *args, const char *want)
{
	expect_numbers(name, args, "run", want);
}

static void
expect_seqs(const char *name, json_t *args, const char *want)
{
	expect_numbers(name, args, "seq", want);
}

static json_t *
device(const char *name)
{
	return json_pack(
	    "{s:s, s:{s:s}}", "device", name, "scenario", "name", "baseline");
}

static json_t *
verdict(const char *value)
{
	return json_pack("{s:s, s:s}", "check", "NET-01", "verdict", value);
}

/* Runs 1 (lock, ended: 1-6), 7 (lamp, open: 7-9), 10 (lock, open: 10). */
static void
three_runs(void)
{
	add("run", device("lock"));
	add("verdict", verdict("pass"));
	add("verdict", verdict("pass"));
	add("verdict", verdict("inconc"));
	add("event", NULL);
	add("manifest", json_pack("{s:s}", "outcome", "done"));
	add("run", device("lamp"));
	add("verdict", verdict("fail"));
	add("event", NULL);
	add("run", device("lock"));
}

START_TEST(last_says_the_newest_record_and_the_newest_manifest)
{
	char want[256], sha256[SHA256_HEX_SIZE];

	expect("last", NULL, "[{\"seq\":0,\"manifest\":null}]");
	add("run", NULL);
	expect("last", json_object(), "[{\"seq\":1,\"manifest\":null}]");
	add("manifest", NULL);
	memcpy(sha256, maker.sha256, sizeof(sha256));
	add("run", NULL);
	snprintf(
	    want, sizeof(want), "[{\"seq\":3,\"manifest\":\"%s\"}]", sha256);
	expect("last", NULL, want);
}
END_TEST

START_TEST(runs_come_newest_first_with_outcome_and_counts)
{
	three_runs();
	expect("runs", NULL,
	    "[{\"run\":10,\"time\":1700000000000000010,\"device\":\"lock\","
	    "\"scenario\":\"baseline\",\"outcome\":null,\"verdicts\":{}},"
	    "{\"run\":7,\"time\":1700000000000000007,\"device\":\"lamp\","
	    "\"scenario\":\"baseline\",\"outcome\":null,"
	    "\"verdicts\":{\"fail\":1}},"
	    "{\"run\":1,\"time\":1700000000000000001,\"device\":\"lock\","
	    "\"scenario\":\"baseline\",\"outcome\":\"done\","
	    "\"verdicts\":{\"pass\":2,\"inconc\":1}}]");
}
END_TEST

START_TEST(runs_are_chosen_by_their_arguments)
{
	three_runs();
	expect_runs("runs", json_pack("{s:i}", "limit", 2), "10 7");
	expect_runs("runs", json_pack("{s:i}", "before", 10), "7 1");
	expect_runs("runs", json_pack("{s:s}", "device", "lock"), "10 1");
	expect_runs("runs", json_pack("{s:b}", "open", 1), "10 7");
	expect_runs("runs", json_pack("{s:b}", "open", 0), "1");
	expect_runs("runs",
	    json_pack("{s:s, s:i, s:i, s:b}", "device", "lock", "before", 9,
		"limit", 5, "open", 0),
	    "1");
	expect_runs("runs", json_pack("{s:s}", "device", "nothing"), "");
}
END_TEST

static json_t *
verdict_of(const char *probe, int method, const char *value)
{
	return json_pack("{s:s, s:s, s:i, s:s}", "check", "NET-01", "probe",
	    probe, "method", method, "verdict", value);
}

START_TEST(runs_that_rest_on_a_method_are_found_with_its_verdicts_alone)
{
	add("run", device("lock"));
	add("verdict", verdict_of("tcp.ports", 1, "pass"));
	add("verdict", verdict_of("tcp.ports", 1, "pass"));
	add("verdict", verdict_of("services.cleartext", 1, "fail"));
	add("run", device("lamp"));
	add("verdict", verdict_of("tcp.ports", 2, "fail"));
	add("run", device("lock"));
	add("verdict", verdict_of("tcp.ports", 1, "inconc"));
	expect("affected",
	    json_pack("{s:s, s:i}", "probe", "tcp.ports", "method", 1),
	    "[{\"run\":7,\"time\":1700000000000000007,\"device\":\"lock\","
	    "\"scenario\":\"baseline\",\"outcome\":null,"
	    "\"verdicts\":{\"inconc\":1}},"
	    "{\"run\":1,\"time\":1700000000000000001,\"device\":\"lock\","
	    "\"scenario\":\"baseline\",\"outcome\":null,"
	    "\"verdicts\":{\"pass\":2}}]");
	expect_runs("affected",
	    json_pack("{s:s, s:i, s:i}", "probe", "tcp.ports", "method", 1,
		"limit", 1),
	    "7");
	expect_runs("affected",
	    json_pack("{s:s, s:i, s:i}", "probe", "tcp.ports", "method", 1,
		"before", 7),
	    "1");
	expect_runs("affected",
	    json_pack("{s:s, s:i}", "probe", "tcp.ports", "method", 2), "5");
	expect_runs("affected",
	    json_pack("{s:s, s:i}", "probe", "tcp.ports", "method", 3), "");
	expect_runs("affected",
	    json_pack("{s:s, s:i}", "probe", "' OR 1 --", "method", 1), "");
	refuse("affected", json_pack("{s:s}", "probe", "tcp.ports"),
	    "affected: \"method\" is missing");
}
END_TEST

START_TEST(the_history_is_of_that_many_runs_of_the_device)
{
	json_t *more = verdict_of("tcp.ports", 2, "fail");

	add("run", device("lock"));
	add("verdict", verdict_of("tcp.ports", 1, "pass"));
	add("run", device("lamp"));
	add("verdict", verdict_of("tcp.ports", 1, "fail"));
	add("run", device("lock"));
	json_object_set_new(more, "check", json_string("NET-01"));
	json_object_set_new(more, "claim", json_string("completeness"));
	json_object_set_new(more, "firmware", json_string("1.0"));
	json_object_set_new(more, "state", json_string("operating"));
	add("verdict", more);
	add("event", NULL);
	add("run", device("lock"));
	add("verdict", verdict_of("tcp.ports", 3, "inconc"));
	expect("history",
	    json_pack("{s:s, s:i, s:i}", "device", "lock", "to", 5, "runs", 1),
	    "[{\"run\":5,\"check\":\"NET-01\",\"claim\":\"completeness\","
	    "\"verdict\":\"fail\",\"method\":2,\"firmware\":\"1.0\","
	    "\"state\":\"operating\"}]");
	expect_runs("history",
	    json_pack("{s:s, s:i, s:i}", "device", "lock", "to", 7, "runs", 10),
	    "1 5");
	expect_runs("history",
	    json_pack("{s:s, s:i, s:i}", "device", "lock", "to", 99, "runs", 2),
	    "5 8");
	refuse("history", json_pack("{s:s}", "device", "lock"),
	    "history: \"to\" is missing");
}
END_TEST

static void
job_that_took(const char *probe, const char *outcome, json_int_t took_ns)
{
	add("job", json_pack("{s:s}", "probe", probe));
	add("jobend",
	    json_pack("{s:I, s:s, s:I}", "job", (json_int_t)maker.seq,
		"outcome", outcome, "took_ns", took_ns));
}

START_TEST(what_jobs_took_is_of_the_newest_that_were_done)
{
	add("run", device("lock"));
	job_that_took("tcp.ports", "done", 900);
	job_that_took("tcp.ports", "done", 10);
	job_that_took("tcp.isn", "done", 7);
	job_that_took("tcp.ports", "error", 5000);
	job_that_took("tcp.ports", "done", 31);
	expect("took", json_pack("{s:i}", "newest", 4),
	    "[{\"probe\":\"tcp.isn\",\"jobs\":1,\"mean_ns\":7,"
	    "\"longest_ns\":7},"
	    "{\"probe\":\"tcp.ports\",\"jobs\":2,\"mean_ns\":20,"
	    "\"longest_ns\":31}]");
	expect("took", json_pack("{s:i}", "newest", 1),
	    "[{\"probe\":\"tcp.ports\",\"jobs\":1,\"mean_ns\":31,"
	    "\"longest_ns\":31}]");
}
END_TEST

START_TEST(records_are_chosen_by_their_arguments)
{
	three_runs();
	expect_seqs("records", NULL, "1 2 3 4 5 6 7 8 9 10");
	expect_seqs("records", json_pack("{s:i}", "run", 7), "7 8 9");
	expect_seqs("records", json_pack("{s:s}", "type", "event"), "5 9");
	expect_seqs("records", json_pack("{s:s}", "type", "' OR ''='"), "");
	expect_seqs(
	    "records", json_pack("{s:i, s:i}", "from", 3, "to", 5), "3 4 5");
	expect_seqs("records", json_pack("{s:i}", "limit", 2), "1 2");
	expect_seqs("records", json_pack("{s:i, s:b}", "limit", 3, "newest", 1),
	    "8 9 10");
	expect_seqs("records",
	    json_pack("{s:i, s:i, s:b}", "run", 1, "limit", 2, "newest", 1),
	    "5 6");
	expect_seqs("records",
	    json_pack("{s:i, s:s, s:i, s:b}", "run", 1, "type", "verdict",
		"limit", 1, "newest", 1),
	    "4");
	expect_seqs(
	    "records", json_pack("{s:b}", "newest", 1), "1 2 3 4 5 6 7 8 9 10");
	expect_seqs("records", json_pack("{s:i}", "from", 99), "");
	expect_seqs("records", json_pack("{s:i}", "limit", 0), "");
}
END_TEST

/* The first comes whatever its size: or a caller would never get on. */
START_TEST(records_come_as_far_as_the_bytes_go)
{
	size_t first;
	json_t *rows;
	char *text;

	three_runs();
	rows = ask("records", json_pack("{s:i}", "limit", 1));
	text = json_dumps(json_array_get(rows, 0), JSON_COMPACT);
	first = strlen(text);
	free(text);
	json_decref(rows);
	expect_seqs("records", json_pack("{s:i}", "bytes", 0), "1");
	expect_seqs("records", json_pack("{s:i}", "bytes", (int)first), "1");
	expect_seqs("records", json_pack("{s:i}", "bytes", 1 << 20),
	    "1 2 3 4 5 6 7 8 9 10");
	rows = ask("records", json_pack("{s:i}", "bytes", 3 * (int)first));
	ck_assert_uint_gt(json_array_size(rows), 1);
	ck_assert_uint_lt(json_array_size(rows), 10);
	json_decref(rows);
}
END_TEST

START_TEST(verdicts_are_chosen_by_run_and_device)
{
	three_runs();
	expect_seqs("verdicts", NULL, "2 3 4 8");
	expect_seqs("verdicts", json_pack("{s:i}", "run", 7), "8");
	expect_seqs("verdicts", json_pack("{s:s}", "device", "lock"), "2 3 4");
	expect_seqs("verdicts",
	    json_pack("{s:s, s:i}", "device", "lock", "limit", 2), "3 4");
}
END_TEST

START_TEST(a_record_comes_back_as_it_went_in_with_its_hash)
{
	struct made made = maker_next(&maker, "run", device("lock"));
	json_t *rows, *row, *record;

	ck_assert_str_eq(store_rig_append_now(&rig, &made, &answer), "");
	rows = ask("records", NULL);
	row = json_array_get(rows, 0);
	record = json_loads(made.bytes, 0, NULL);
	ck_assert(json_equal(json_object_get(row, "record"), record));
	ck_assert_str_eq(
	    json_string_value(json_object_get(row, "sha256")), made.sha256);
	json_decref(record);
	json_decref(rows);
	free(made.bytes);
}
END_TEST

START_TEST(a_chain_is_the_hashes_of_its_run_in_order)
{
	char want[512], first[SHA256_HEX_SIZE];

	add("run", NULL);
	memcpy(first, maker.sha256, sizeof(first));
	add("event", NULL);
	snprintf(want, sizeof(want),
	    "[{\"seq\":1,\"sha256\":\"%s\"},{\"seq\":2,\"sha256\":\"%s\"}]",
	    first, maker.sha256);
	expect("chain", json_pack("{s:i}", "run", 1), want);
	expect("chain", json_pack("{s:i}", "run", 2), "[]");
}
END_TEST

START_TEST(a_question_that_is_none_is_refused_with_a_reason)
{
	refuse("drop", NULL, "no such query");
	refuse("records", json_pack("{s:i}", "ruin", 1),
	    "records: no such argument");
	refuse("records", json_pack("{s:s}", "run", "1 OR 1"),
	    "records: \"run\" is of another type");
	refuse("records", json_pack("{s:i}", "limit", -1),
	    "records: \"limit\" is of another type");
	refuse("records", json_pack("{s:i}", "newest", 1),
	    "records: \"newest\" is of another type");
	refuse("chain", NULL, "chain: \"run\" is missing");
	refuse("document", NULL, "document: \"sha256\" is missing");
	refuse("registered", json_pack("{s:s}", "kind", "record; DROP TABLE"),
	    "no such registry");
	expect("runs", json_pack("{s:s}", "device", "' OR 1 --"), "[]");
}
END_TEST

/* ---- documents ---- */

static void
put(const void *bytes, size_t size, const char *sha256)
{
	memset(&answer, 0, sizeof(answer));
	store_put_document(
	    rig.store, sha256, bytes, size, store_rig_on_durable, &answer);
	ck_assert(store_rig_until(&rig, &answer.answered));
}

START_TEST(a_document_of_any_size_comes_back_the_same)
{
	static const size_t sizes[] = { 0, 1, STORE_PART_MAX,
		STORE_PART_MAX + 1, STORE_DOCUMENT_MAX };
	size_t size = sizes[_i], i;
	char *text = xcalloc(1, size + 1), sha256[SHA256_HEX_SIZE];
	json_t *rows;

	/* Newlines and quotes: each is two bytes in the row. */
	for (i = 0; i < size; i++)
		text[i] = "ab\n\""[i * 7 % 4];
	sha256_hex(text, size, sha256);
	put(text, size, sha256);
	ck_assert_str_eq(answer.error, "");
	put(text, size, sha256);
	ck_assert_str_eq(answer.error, "");
	rows = ask("document", json_pack("{s:s}", "sha256", sha256));
	ck_assert_uint_eq(json_array_size(rows), 1);
	ck_assert(strcmp(json_string_value(
			     json_object_get(json_array_get(rows, 0), "text")),
		      text) == 0);
	json_decref(rows);
	free(text);
}
END_TEST

START_TEST(a_document_may_be_put_without_asking_for_the_answer)
{
	char sha256[SHA256_HEX_SIZE];

	sha256_hex("abc", 3, sha256);
	store_put_document(rig.store, sha256, "abc", 3, NULL, NULL);
	ck_assert(store_rig_until_settled(&rig));
	expect("document", json_pack("{s:s}", "sha256", sha256),
	    "[{\"text\":\"abc\"}]");
}
END_TEST

START_TEST(a_document_that_cannot_be_is_refused)
{
	static char large[STORE_DOCUMENT_MAX + 1];
	char sha256[SHA256_HEX_SIZE], want[128];

	sha256_hex("abc", 3, sha256);
	snprintf(want, sizeof(want), "the document's SHA-256 is %s", sha256);
	put("abc", 3,
	    "0000000000000000000000000000000000000000000000000000000"
	    "000000000");
	ck_assert_str_eq(answer.error, want);
	put("abc", 3, "abc");
	ck_assert_str_eq(answer.error, "not a SHA-256 in hexadecimal");
	sha256_hex(large, sizeof(large), sha256);
	put(large, sizeof(large), sha256);
	ck_assert_str_eq(answer.error, "the document is larger than 4 MiB");
	expect("document", json_pack("{s:s}", "sha256", sha256), "[]");
}
END_TEST

START_TEST(a_document_that_is_not_text_is_kept_but_not_shown)
{
	char sha256[SHA256_HEX_SIZE];

	sha256_hex("a\0b", 3, sha256);
	put("a\0b", 3, sha256);
	ck_assert_str_eq(answer.error, "");
	refuse("document", json_pack("{s:s}", "sha256", sha256),
	    "the document is not text");
	sha256_hex("\xff", 1, sha256);
	put("\xff", 1, sha256);
	refuse("document", json_pack("{s:s}", "sha256", sha256),
	    "a stored text is not UTF-8");
}
END_TEST

/* ---- registry ---- */

static void
enter(const char *kind, const char *name, json_t *value, const char *want)
{
	memset(&answer, 0, sizeof(answer));
	store_register(
	    rig.store, kind, name, value, store_rig_on_durable, &answer);
	json_decref(value);
	ck_assert(store_rig_until(&rig, &answer.answered));
	ck_assert_str_eq(answer.error, want);
}

START_TEST(the_newest_version_of_a_name_is_the_current_one)
{
	static const char *const kinds[] = { "order", "product", "sample",
		"device", "baseline", "waiver" };
	const char *kind = kinds[_i];
	json_t *rows, *row;

	enter(kind, "b", json_pack("{s:i}", "x", 1), "");
	enter(kind, "a", json_pack("{s:i}", "x", 2), "");
	enter(kind, "b", json_pack("{s:i}", "x", 3), "");
	enter(kind, "b", json_pack("{s:i}", "x", 3), "");
	rows = ask("registered", json_pack("{s:s}", "kind", kind));
	ck_assert_uint_eq(json_array_size(rows), 2);
	row = json_array_get(rows, 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "name")), "a");
	row = json_array_get(rows, 1);
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_object_get(row, "value"), "x")),
	    3);
	ck_assert_int_gt(json_integer_value(json_object_get(row, "time")), 0);
	json_decref(rows);
	rows = ask(
	    "registered", json_pack("{s:s, s:s}", "kind", kind, "name", "a"));
	ck_assert_uint_eq(json_array_size(rows), 1);
	json_decref(rows);
	/* Nothing was overwritten, and the same again added nothing. */
	if (_i == 3) {
		sqlite3 *db = store_rig_open_raw(&rig);
		sqlite3_stmt *s;

		sqlite3_prepare_v2(
		    db, "SELECT count(*) FROM device", -1, &s, NULL);
		ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
		ck_assert_int_eq(sqlite3_column_int(s, 0), 3);
		sqlite3_finalize(s);
		sqlite3_close(db);
	}
}
END_TEST

START_TEST(what_cannot_be_registered_is_refused)
{
	char name[300];

	enter("planet", "x", json_object(), "no such registry");
	enter("device", "", json_object(), "not a name");
	enter("device", "a\x1b[31m", json_object(), "not a name");
	enter("device", "x", json_array(), "x: a record is an object");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	enter("device", name, json_object(), "the name is too long");
}
END_TEST

/* ---- many ---- */

#define MANY 3000

static size_t nrows, nends;
static uint64_t last_row[4];
static bool all_ended;

static void
on_row(void *arg, const json_t *row, const char *why)
{
	size_t which = *(const size_t *)arg;
	uint64_t seq;

	ck_assert_msg(why == NULL, "%s", why);
	if (row == NULL) {
		all_ended = ++nends == 4;
		return;
	}
	seq = (uint64_t)json_integer_value(json_object_get(row, "seq"));
	ck_assert_uint_eq(seq, last_row[which] + 1);
	last_row[which] = seq;
	nrows++;
}

START_TEST(four_long_answers_at_once_are_each_complete_and_in_order)
{
	static const size_t which[] = { 0, 1, 2, 3 };
	size_t i;

	for (i = 0; i < MANY; i++) {
		struct made made =
		    maker_next(&maker, i == 0 ? "run" : "event", NULL);

		store_append(rig.store, made.seq, made.bytes, made.size,
		    store_rig_on_durable, &answer);
		free(made.bytes);
	}
	ck_assert(store_rig_until_settled(&rig));
	for (i = 0; i < 4; i++)
		store_query(rig.store, "records", NULL, on_row,
		    (void *)(uintptr_t)&which[i]);
	/* Changes get their turn meanwhile. */
	add("event", NULL);
	ck_assert(store_rig_until(&rig, &all_ended));
	ck_assert_uint_ge(nrows, 4 * MANY);
}
END_TEST

static size_t nrefused, nserved;
static bool hundred_ended;

static void
on_hundred(void *arg, const json_t *row, const char *why)
{
	(void)arg;
	if (row != NULL)
		return;
	if (why == NULL)
		nserved++;
	else {
		ck_assert_str_eq(why, "too many queries at once");
		nrefused++;
	}
	hundred_ended = nserved + nrefused == 100;
}

START_TEST(more_questions_than_the_limit_are_refused_not_queued)
{
	int i;

	add("run", NULL);
	for (i = 0; i < 100; i++)
		store_query(rig.store, "records", NULL, on_hundred, NULL);
	ck_assert(store_rig_until(&rig, &hundred_ended));
	ck_assert_uint_ge(nserved, STORE_QUERIES_MAX);
	ck_assert_uint_eq(nserved + nrefused, 100);
}
END_TEST

static bool lost;

static void
on_lost(void *arg, const json_t *row, const char *why)
{
	(void)arg;
	if (row != NULL)
		return;
	ck_assert_str_eq(why, "the store was lost");
	lost = true;
}

START_TEST(a_question_under_way_ends_with_an_error_when_the_store_dies)
{
	add("run", NULL);
	store_query(rig.store, "records", NULL, on_lost, NULL);
	store_rig_kill(&rig);
	ck_assert(lost);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_query");
	TCase *c = tcase_create("queries");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, last_says_the_newest_record_and_the_newest_manifest);
	tcase_add_test(c, runs_come_newest_first_with_outcome_and_counts);
	tcase_add_test(c, runs_are_chosen_by_their_arguments);
	tcase_add_test(
	    c, runs_that_rest_on_a_method_are_found_with_its_verdicts_alone);
	tcase_add_test(c, the_history_is_of_that_many_runs_of_the_device);
	tcase_add_test(c, what_jobs_took_is_of_the_newest_that_were_done);
	tcase_add_test(c, records_are_chosen_by_their_arguments);
	tcase_add_test(c, records_come_as_far_as_the_bytes_go);
	tcase_add_test(c, verdicts_are_chosen_by_run_and_device);
	tcase_add_test(c, a_record_comes_back_as_it_went_in_with_its_hash);
	tcase_add_test(c, a_chain_is_the_hashes_of_its_run_in_order);
	tcase_add_test(c, a_question_that_is_none_is_refused_with_a_reason);
	tcase_add_loop_test(
	    c, a_document_of_any_size_comes_back_the_same, 0, 5);
	tcase_add_test(c, a_document_may_be_put_without_asking_for_the_answer);
	tcase_add_test(c, a_document_that_cannot_be_is_refused);
	tcase_add_test(c, a_document_that_is_not_text_is_kept_but_not_shown);
	tcase_add_loop_test(
	    c, the_newest_version_of_a_name_is_the_current_one, 0, 6);
	tcase_add_test(c, what_cannot_be_registered_is_refused);
	tcase_add_test(
	    c, four_long_answers_at_once_are_each_complete_and_in_order);
	tcase_add_test(c, more_questions_than_the_limit_are_refused_not_queued);
	tcase_add_test(
	    c, a_question_under_way_ends_with_an_error_when_the_store_dies);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
