/*
 * The store as the engine sees it: a real process, real files.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "base/peer.h"
#include "records/record_chain.h"
#include "tests/unit/store_rig.h"

static struct store_rig rig;
static struct maker maker;
static struct appended answer;

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

/* The whole chain of a run, read past the process. */
static enum record_chain_state
verify_raw(sqlite3 *db, uint64_t run, struct err *e)
{
	struct record_chain c;
	struct record_row row;
	sqlite3_stmt *s;
	bool good = true;

	record_chain_start(&c, run);
	ck_assert_int_eq(sqlite3_prepare_v2(db,
			     "SELECT seq, bytes, sha256 FROM record"
			     " WHERE run = ?1 ORDER BY seq",
			     -1, &s, NULL),
	    SQLITE_OK);
	sqlite3_bind_int64(s, 1, (int64_t)run);
	while (good && sqlite3_step(s) == SQLITE_ROW) {
		row.seq = (uint64_t)sqlite3_column_int64(s, 0);
		row.bytes = sqlite3_column_blob(s, 1);
		row.size = (size_t)sqlite3_column_bytes(s, 1);
		row.sha256 = (const char *)sqlite3_column_text(s, 2);
		good = record_chain_add(&c, &row, e) == 0;
	}
	sqlite3_finalize(s);
	if (!good || c.count == 0)
		return RECORD_CHAIN_BROKEN;
	return c.ended ? RECORD_CHAIN_SEALED : RECORD_CHAIN_OPEN;
}

static int64_t
count_raw(const char *sql)
{
	sqlite3 *db = store_rig_open_raw(&rig);
	sqlite3_stmt *s;
	int64_t n = -1;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

START_TEST(a_run_from_first_record_to_manifest_is_durable_and_whole)
{
	sqlite3 *db;
	struct err e;

	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	ck_assert_uint_eq(answer.seq, 1);
	ck_assert_str_eq(store_rig_add(&rig, &maker, "job", NULL, &answer), "");
	ck_assert_str_eq(
	    store_rig_add(&rig, &maker, "verdict", NULL, &answer), "");
	ck_assert_str_eq(
	    store_rig_add(&rig, &maker, "manifest", NULL, &answer), "");
	ck_assert_int_eq(store_rig_stop(&rig), 0);
	db = store_rig_open_raw(&rig);
	ck_assert_int_eq(verify_raw(db, 1, &e), RECORD_CHAIN_SEALED);
	sqlite3_close(db);
}
END_TEST

#define MANY 700 /* more than the client's window */

static uint64_t order_seen[MANY];
static size_t norder;

static void
on_ordered(void *arg, uint64_t seq, const char *error)
{
	(void)arg;
	ck_assert_msg(error == NULL, "%s", error);
	order_seen[norder++] = seq;
}

START_TEST(answers_come_in_the_order_of_the_appends)
{
	struct made made;
	size_t i;

	norder = 0;
	for (i = 0; i < MANY; i++) {
		made = maker_next(&maker, i % 100 == 0 ? "run" : "event", NULL);
		store_append(rig.store, made.seq, made.bytes, made.size,
		    on_ordered, NULL);
		free(made.bytes);
	}
	ck_assert(store_rig_until_settled(&rig));
	ck_assert_uint_eq(norder, MANY);
	for (i = 0; i < MANY; i++)
		ck_assert_uint_eq(order_seen[i], i + 1);
}
END_TEST

START_TEST(the_same_bytes_again_succeed_and_add_nothing)
{
	struct made made = maker_next(&maker, "run", NULL);

	ck_assert_str_eq(store_rig_append_now(&rig, &made, &answer), "");
	ck_assert_str_eq(store_rig_append_now(&rig, &made, &answer), "");
	free(made.bytes);
	ck_assert_int_eq(count_raw("SELECT count(*) FROM record"), 1);
}
END_TEST

START_TEST(other_bytes_under_an_existing_seq_are_refused)
{
	struct made made = maker_next(&maker, "run", NULL);

	ck_assert_str_eq(store_rig_append_now(&rig, &made, &answer), "");
	free(made.bytes);
	maker.seq = 0;
	made = maker_next(&maker, "run", json_pack("{s:s}", "device", "x"));
	ck_assert_str_eq(store_rig_append_now(&rig, &made, &answer),
	    "record 1: it is there already, with other bytes");
	free(made.bytes);
	ck_assert_int_eq(count_raw("SELECT count(*) FROM record"), 1);
}
END_TEST

START_TEST(a_wrong_prev_is_refused_and_so_is_the_rest_of_the_run)
{
	struct maker stray;

	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	stray = maker;
	memset(stray.sha256, 'a', 64);
	ck_assert_str_eq(store_rig_add(&rig, &stray, "event", NULL, &answer),
	    "record 2: \"prev\" is not the hash of record 1, the one before "
	    "it");
	/* Even what would continue the chain: the engine must know. */
	maker.seq = stray.seq;
	ck_assert(
	    strstr(store_rig_add(&rig, &maker, "event", NULL, &answer),
		"nothing more is taken of this run since: record 2") != NULL);
	/* Another run is not held back. */
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	ck_assert_int_eq(count_raw("SELECT count(*) FROM record"), 2);
}
END_TEST

START_TEST(a_new_engine_may_go_on_from_what_is_durable)
{
	struct maker stray;

	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	stray = maker;
	memset(stray.sha256, 'a', 64);
	ck_assert_str_ne(
	    store_rig_add(&rig, &stray, "event", NULL, &answer), "");
	store_rig_attach(&rig);
	ck_assert_str_eq(
	    store_rig_add(&rig, &maker, "event", NULL, &answer), "");
}
END_TEST

START_TEST(a_record_after_the_manifest_is_refused)
{
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	ck_assert_str_eq(
	    store_rig_add(&rig, &maker, "manifest", NULL, &answer), "");
	ck_assert_str_eq(store_rig_add(&rig, &maker, "event", NULL, &answer),
	    "record 3: a record after the run's manifest");
	/* Nor after a restart. */
	ck_assert_int_eq(store_rig_stop(&rig), 0);
	store_rig_start(&rig);
	ck_assert_str_eq(store_rig_add(&rig, &maker, "event", NULL, &answer),
	    "record 4: a record after the run's manifest");
	ck_assert_int_eq(count_raw("SELECT count(*) FROM record"), 2);
}
END_TEST

START_TEST(a_record_of_a_run_that_never_began_is_refused)
{
	maker.seq = 8;
	maker.run = 7;
	memset(maker.sha256, 'b', 64);
	ck_assert_str_eq(store_rig_add(&rig, &maker, "event", NULL, &answer),
	    "record 9: the run has no first record");
}
END_TEST

START_TEST(bytes_that_are_not_canonical_are_refused)
{
	static const char *const bad[] = { "", "{}", "{ \"v\":1}", "[1]",
		"{\"v\":1.0}", "\xff", "{\"a\":1,\"a\":1}" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&answer, 0, sizeof(answer));
		store_append(rig.store, 5, bad[i], strlen(bad[i]),
		    store_rig_on_durable, &answer);
		ck_assert(store_rig_until(&rig, &answer.answered));
		ck_assert_msg(strncmp(answer.error, "record 5: ", 10) == 0,
		    "%s: %s", bad[i], answer.error);
	}
	ck_assert_int_eq(count_raw("SELECT count(*) FROM record"), 0);
}
END_TEST

START_TEST(a_record_too_large_is_refused_in_its_turn)
{
	char *large = xcalloc(1, RECORD_MAX + 2);
	struct made made = maker_next(&maker, "run", NULL);
	struct appended first, second;

	memset(large, ' ', RECORD_MAX + 1);
	memset(&second, 0, sizeof(second));
	store_rig_append(&rig, &made, &first);
	store_append(
	    rig.store, 2, large, RECORD_MAX + 1, store_rig_on_durable, &second);
	ck_assert(store_rig_until(&rig, &second.answered));
	ck_assert(first.answered);
	ck_assert_str_eq(first.error, "");
	ck_assert_str_eq(second.error, "record 2: larger than 49152");
	ck_assert_uint_eq(store_pending(rig.store), 0);
	free(large);
	free(made.bytes);
}
END_TEST

START_TEST(the_largest_record_goes_in_and_comes_out)
{
	struct maker again;
	struct made made;
	char error[512], *text = xcalloc(1, RECORD_MAX);
	json_t *rows;

	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	again = maker;
	made = maker_next(&again, "event", json_pack("{s:s}", "detail", ""));
	memset(text, 'x', RECORD_MAX - made.size);
	free(made.bytes);
	made = maker_next(&maker, "event", json_pack("{s:s}", "detail", text));
	ck_assert_uint_eq(made.size, RECORD_MAX);
	ck_assert_str_eq(store_rig_append_now(&rig, &made, &answer), "");
	rows = store_rig_query(&rig, "records", json_pack("{s:i}", "from", 2),
	    error, sizeof(error));
	ck_assert_msg(rows != NULL, "%s", error);
	ck_assert_uint_eq(json_array_size(rows), 1);
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_array_get(rows, 0), "sha256")),
	    made.sha256);
	json_decref(rows);
	free(made.bytes);
	free(text);
}
END_TEST

/* ---- killed ---- */

#define ROUNDS 20
#define PER_ROUND 120

static struct made sent[ROUNDS * PER_ROUND + 1];
static bool acked[ROUNDS * PER_ROUND + 1];
static size_t nacked, kill_at;

static void
on_acked(void *arg, uint64_t seq, const char *error)
{
	(void)arg;
	ck_assert_msg(
	    error == NULL, "record %llu: %s", (unsigned long long)seq, error);
	ck_assert(!acked[seq]);
	acked[seq] = true;
	nacked++;
	if (nacked == kill_at)
		kill(rig.pid, SIGKILL);
}

static void
check_acked_are_there(void)
{
	sqlite3 *db = store_rig_open_raw(&rig);
	sqlite3_stmt *s;
	struct err e;
	size_t i, there = 0;

	ck_assert_int_eq(
	    sqlite3_prepare_v2(
		db, "SELECT bytes FROM record WHERE seq = ?1", -1, &s, NULL),
	    SQLITE_OK);
	for (i = 1; i <= ROUNDS * PER_ROUND; i++) {
		if (!acked[i])
			continue;
		sqlite3_bind_int64(s, 1, (int64_t)i);
		ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
		ck_assert_uint_eq(
		    (size_t)sqlite3_column_bytes(s, 0), sent[i].size);
		ck_assert_int_eq(memcmp(sqlite3_column_blob(s, 0),
				     sent[i].bytes, sent[i].size),
		    0);
		sqlite3_reset(s);
		there++;
	}
	sqlite3_finalize(s);
	ck_assert_uint_eq(there, nacked);
	if (nacked > 0)
		ck_assert_msg(
		    verify_raw(db, 1, &e) != RECORD_CHAIN_BROKEN, "%s", e.text);
	sqlite3_close(db);
}

START_TEST(killed_in_mid_stream_twenty_times_nothing_acknowledged_is_lost)
{
	size_t round, i, killed = 0;

	nacked = 0;
	for (round = 0; round < ROUNDS; round++) {
		if (round > 0)
			store_rig_start(&rig);
		for (i = 0; i < PER_ROUND; i++) {
			struct made made = maker_next(
			    &maker, maker.seq == 0 ? "run" : "event", NULL);

			sent[made.seq] = made;
			store_append(rig.store, made.seq, made.bytes, made.size,
			    on_acked, NULL);
		}
		/* At another place of the stream each time. */
		kill_at = nacked + 1 + round * 5;
		while (nacked < kill_at)
			event_base_loop(rig.base, EVLOOP_ONCE);
		killed += store_rig_wait_end(&rig) == 128 + SIGKILL;
		check_acked_are_there();
	}
	ck_assert_uint_eq(killed, ROUNDS);
	kill_at = 0;
	store_rig_start(&rig);
	ck_assert(store_rig_until_settled(&rig));
	ck_assert_uint_eq(nacked, ROUNDS * PER_ROUND);
	check_acked_are_there();
	for (i = 1; i <= ROUNDS * PER_ROUND; i++)
		free(sent[i].bytes);
}
END_TEST

START_TEST(what_was_appended_while_detached_is_sent_on_attach)
{
	struct made made = maker_next(&maker, "run", NULL);

	ck_assert_int_eq(store_rig_stop(&rig), 0);
	store_rig_append(&rig, &made, &answer);
	ck_assert_uint_eq(store_pending(rig.store), 1);
	store_rig_start(&rig);
	ck_assert(store_rig_until(&rig, &answer.answered));
	ck_assert_str_eq(answer.error, "");
	free(made.bytes);
}
END_TEST

START_TEST(a_query_without_a_store_fails_and_does_not_hang)
{
	char error[512];

	store_rig_kill(&rig);
	ck_assert_ptr_null(
	    store_rig_query(&rig, "last", NULL, error, sizeof(error)));
	ck_assert_str_eq(error, "the store is not there");
}
END_TEST

START_TEST(the_process_ends_in_good_order_when_the_warden_goes)
{
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	peer_free(rig.parent);
	rig.parent = NULL;
	ck_assert_int_eq(store_rig_wait_end(&rig), 0);
	ck_assert_int_eq(count_raw("SELECT count(*) FROM record"), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store");
	TCase *c = tcase_create("process");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(
	    c, a_run_from_first_record_to_manifest_is_durable_and_whole);
	tcase_add_test(c, answers_come_in_the_order_of_the_appends);
	tcase_add_test(c, the_same_bytes_again_succeed_and_add_nothing);
	tcase_add_test(c, other_bytes_under_an_existing_seq_are_refused);
	tcase_add_test(
	    c, a_wrong_prev_is_refused_and_so_is_the_rest_of_the_run);
	tcase_add_test(c, a_new_engine_may_go_on_from_what_is_durable);
	tcase_add_test(c, a_record_after_the_manifest_is_refused);
	tcase_add_test(c, a_record_of_a_run_that_never_began_is_refused);
	tcase_add_test(c, bytes_that_are_not_canonical_are_refused);
	tcase_add_test(c, a_record_too_large_is_refused_in_its_turn);
	tcase_add_test(c, the_largest_record_goes_in_and_comes_out);
	tcase_add_test(
	    c, killed_in_mid_stream_twenty_times_nothing_acknowledged_is_lost);
	tcase_add_test(c, what_was_appended_while_detached_is_sent_on_attach);
	tcase_add_test(c, a_query_without_a_store_fails_and_does_not_hang);
	tcase_add_test(c, the_process_ends_in_good_order_when_the_warden_goes);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
