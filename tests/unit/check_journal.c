/*
 * The one way to the stream: numbered, chained, and shown when it is durable.
 *
 * The store is the test's own: it keeps what it is given and answers when it
 * is told to.
 */
#include "daemon/engine/journal.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/record_chain.h"
#include "daemon/store/store.h"

#define KEPT_MAX 16

static struct kept {
	uint64_t seq;
	char *bytes;
	size_t size;
	store_on_durable *on_durable;
	void *arg;
} kept[KEPT_MAX];
static size_t nkept, nanswered;

static struct {
	size_t records, refusals;
	uint64_t seqs[KEPT_MAX], runs[KEPT_MAX], refused_run;
	char sha256[KEPT_MAX][SHA256_HEX_SIZE], error[64];
} shown;

static struct journal *j;

/* In place of daemon/store/store_client.c. */
void
store_append(struct store *s, uint64_t seq, const char *bytes, size_t size,
    store_on_durable *on_durable, void *arg)
{
	ck_assert_ptr_null(s);
	ck_assert_uint_lt(nkept, KEPT_MAX);
	kept[nkept].seq = seq;
	kept[nkept].bytes = calloc(1, size + 1);
	memcpy(kept[nkept].bytes, bytes, size);
	kept[nkept].size = size;
	kept[nkept].on_durable = on_durable;
	kept[nkept++].arg = arg;
}

static void
answer(const char *error)
{
	struct kept *k = &kept[nanswered++];

	ck_assert_uint_le(nanswered, nkept);
	k->on_durable(k->arg, k->seq, error);
}

static void
on_record(void *arg, uint64_t seq, uint64_t run, const char *sha256,
    const json_t *record)
{
	ck_assert_ptr_eq(arg, &shown);
	ck_assert_uint_eq(
	    seq, (uint64_t)json_integer_value(json_object_get(record, "seq")));
	shown.seqs[shown.records] = seq;
	shown.runs[shown.records] = run;
	snprintf(shown.sha256[shown.records++], SHA256_HEX_SIZE, "%s", sha256);
}

static void
on_refused(void *arg, uint64_t run, const char *error)
{
	ck_assert_ptr_eq(arg, &shown);
	shown.refusals++;
	shown.refused_run = run;
	snprintf(shown.error, sizeof(shown.error), "%s", error);
}

static void
setup(void)
{
	static const struct journal_hooks hooks = { on_record, on_refused };

	memset(&shown, 0, sizeof(shown));
	nkept = nanswered = 0;
	j = journal_new(NULL, "b1", &hooks, &shown);
}

static void
teardown(void)
{
	while (nanswered < nkept)
		answer(NULL);
	while (nkept > 0)
		free(kept[--nkept].bytes);
	journal_free(j);
}

static json_t *
stored(size_t i)
{
	struct err e;
	json_t *o = record_decode(kept[i].bytes, kept[i].size, &e);

	ck_assert_msg(o != NULL, "%s", e.text);
	return o;
}

static void
text_is(size_t i, const char *name, const char *want)
{
	json_t *o = stored(i);
	const char *s = json_string_value(json_object_get(o, name));

	if (want == NULL)
		ck_assert(json_is_null(json_object_get(o, name)));
	else
		ck_assert_str_eq(s == NULL ? "(none)" : s, want);
	json_decref(o);
}

START_TEST(the_records_of_a_run_are_one_chain)
{
	struct chain c = { 0 };
	struct record_row rows[4];
	uint64_t broken;
	struct err e;
	size_t i;

	ck_assert_uint_eq(journal_add(j, &c, RECORD_RUN, json_object()), 1);
	ck_assert_uint_eq(c.run, 1);
	ck_assert_uint_eq(journal_add(j, &c, RECORD_CANARY, json_object()), 2);
	ck_assert_uint_eq(journal_add(j, &c, RECORD_EVENT, json_object()), 3);
	ck_assert_uint_eq(journal_close(j, &c, json_object()), 4);
	memset(rows, 0, sizeof(rows));
	for (i = 0; i < 4; i++) {
		rows[i].seq = kept[i].seq;
		rows[i].bytes = kept[i].bytes;
		rows[i].size = kept[i].size;
	}
	ck_assert_msg(
	    record_chain_verify(rows, 4, 1, &broken, &e) == RECORD_CHAIN_SEALED,
	    "%llu: %s", (unsigned long long)broken, e.text);
	text_is(0, "prev", NULL);
}
END_TEST

START_TEST(nothing_is_shown_before_it_is_durable)
{
	struct chain c = { 0 };

	journal_add(j, &c, RECORD_RUN, json_object());
	journal_add(j, &c, RECORD_CANARY, json_object());
	ck_assert_uint_eq(shown.records, 0);
	answer(NULL);
	ck_assert_uint_eq(shown.records, 1);
	ck_assert_uint_eq(shown.seqs[0], 1);
	answer(NULL);
	ck_assert_uint_eq(shown.records, 2);
	ck_assert_uint_eq(shown.seqs[1], 2);
	ck_assert_uint_eq(shown.runs[1], 1);
	text_is(1, "prev", shown.sha256[0]);
}
END_TEST

START_TEST(what_the_store_refuses_is_not_shown_and_its_run_is_told)
{
	struct chain c = { 0 };

	journal_add(j, &c, RECORD_RUN, json_object());
	answer(NULL);
	journal_add(j, &c, RECORD_CANARY, json_object());
	answer("disk full");
	ck_assert_uint_eq(shown.records, 1);
	ck_assert_uint_eq(shown.refusals, 1);
	ck_assert_uint_eq(shown.refused_run, 1);
	ck_assert_str_eq(shown.error, "disk full");
	c.broken = true; /* as the run then sets it */
	ck_assert_uint_eq(journal_add(j, &c, RECORD_EVENT, json_object()), 0);
	ck_assert_uint_eq(journal_close(j, &c, json_object()), 0);
	ck_assert_uint_eq(nkept, 2);
}
END_TEST

START_TEST(a_record_that_cannot_be_made_takes_no_number)
{
	struct chain c = { 0 };
	char *text = malloc(RECORD_MAX + 1), prev[SHA256_HEX_SIZE];

	memset(text, 'x', RECORD_MAX);
	text[RECORD_MAX] = '\0';
	journal_add(j, &c, RECORD_RUN, json_object());
	memcpy(prev, c.prev, sizeof(prev));
	ck_assert_uint_eq(journal_add(j, &c, RECORD_EVENT,
			      json_pack("{s:s}", "detail", text)),
	    0);
	ck_assert_uint_eq(
	    journal_add(j, &c, RECORD_EVENT, json_pack("{s:f}", "detail", 1.5)),
	    0);
	ck_assert_uint_eq(nkept, 1);
	ck_assert_uint_eq(c.records, 1);
	ck_assert(!c.broken);
	ck_assert_uint_eq(journal_add(j, &c, RECORD_EVENT, json_object()), 2);
	text_is(1, "prev", prev);
	free(text);
}
END_TEST

START_TEST(two_runs_have_two_chains_and_one_order)
{
	struct chain a = { 0 }, b = { 0 };
	json_t *o;

	journal_add(j, &a, RECORD_RUN, json_object());
	journal_add(j, &b, RECORD_RUN, json_object());
	ck_assert_uint_eq(journal_add(j, &a, RECORD_CANARY, json_object()), 3);
	while (nanswered < nkept)
		answer(NULL);
	ck_assert_uint_eq(shown.runs[0], 1);
	ck_assert_uint_eq(shown.runs[1], 2);
	ck_assert_uint_eq(shown.runs[2], 1);
	text_is(1, "prev", NULL);
	text_is(2, "prev", shown.sha256[0]);
	o = stored(2);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "run")), 1);
	json_decref(o);
	ck_assert_uint_eq(journal_last(j), 3);
}
END_TEST

START_TEST(a_manifest_cites_the_one_before_it)
{
	struct chain a = { 0 }, b = { 0 };
	char first[SHA256_HEX_SIZE];

	journal_add(j, &a, RECORD_RUN, json_object());
	journal_close(j, &a, json_object());
	while (nanswered < nkept)
		answer(NULL);
	memcpy(first, shown.sha256[1], sizeof(first));
	journal_add(j, &b, RECORD_RUN, json_object());
	journal_close(j, &b, json_object());
	text_is(1, "prev_manifest", NULL);
	text_is(3, "prev_manifest", first);
}
END_TEST

START_TEST(a_manifest_that_was_refused_is_cited_by_none)
{
	struct chain a = { 0 }, b = { 0 }, c = { 0 };
	char first[SHA256_HEX_SIZE];

	journal_add(j, &a, RECORD_RUN, json_object());
	journal_close(j, &a, json_object());
	while (nanswered < nkept)
		answer(NULL);
	memcpy(first, shown.sha256[1], sizeof(first));
	journal_add(j, &b, RECORD_RUN, json_object());
	journal_close(j, &b, json_object());
	answer(NULL);
	answer("disk full");
	journal_add(j, &c, RECORD_RUN, json_object());
	journal_close(j, &c, json_object());
	text_is(5, "prev_manifest", first);
}
END_TEST

START_TEST(a_new_life_goes_on_where_the_last_ended)
{
	char manifest[SHA256_HEX_SIZE];
	struct chain c = { 0 };

	memset(manifest, 'a', sizeof(manifest) - 1);
	manifest[sizeof(manifest) - 1] = '\0';
	journal_resume(j, 41, manifest);
	ck_assert_uint_eq(journal_add(j, &c, RECORD_RUN, json_object()), 42);
	/* What was read too early takes no number back. */
	journal_resume(j, 41, "");
	ck_assert_uint_eq(journal_close(j, &c, json_object()), 43);
	text_is(1, "prev_manifest", manifest);
}
END_TEST

START_TEST(what_all_records_of_a_run_say_is_filled_in)
{
	struct chain c = { 0 };

	c.common = json_pack("{s:s,s:s}", "sample", "s1", "state", "factory");
	journal_add(
	    j, &c, RECORD_RUN, json_pack("{s:s}", "state", "operating"));
	text_is(0, "sample", "s1");
	text_is(0, "state", "operating"); /* a record's own word counts */
	text_is(0, "order", NULL);
	text_is(0, "bench", "b1");
	json_decref(c.common);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("journal");
	TCase *tc = tcase_create("journal");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_records_of_a_run_are_one_chain);
	tcase_add_test(tc, nothing_is_shown_before_it_is_durable);
	tcase_add_test(
	    tc, what_the_store_refuses_is_not_shown_and_its_run_is_told);
	tcase_add_test(tc, a_record_that_cannot_be_made_takes_no_number);
	tcase_add_test(tc, two_runs_have_two_chains_and_one_order);
	tcase_add_test(tc, a_manifest_cites_the_one_before_it);
	tcase_add_test(tc, a_manifest_that_was_refused_is_cited_by_none);
	tcase_add_test(tc, a_new_life_goes_on_where_the_last_ended);
	tcase_add_test(tc, what_all_records_of_a_run_say_is_filled_in);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
