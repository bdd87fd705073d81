/*
 * check_engine_prune: what a run reads of the recording stays while it is under
 * way, since its verdict may cite any of it, whenever the look began.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"
#define FILES 5
#define TRIES 500

static struct engine_rig r;

/* It reads what is stored, so far back. */
static const char stored[] =
    "{\"name\":\"tcp.ports\",\"title\":\"t\",\"method\":1,\"abi\":1,"
    "\"claims\":[{\"check\":\"NET-01\",\"kind\":\"completeness\"}],"
    "\"params\":[{\"name\":\"over\",\"type\":\"duration\",\"default\":"
    "\"24h\",\"min\":0,\"max\":0,\"choices\":null,\"help\":\"\"}],"
    "\"observations\":[{\"name\":\"port.open\",\"type\":\"u64\","
    "\"unit\":\"\",\"help\":\"\"},{\"name\":\"banner\",\"type\":"
    "\"string\",\"unit\":\"\",\"help\":\"\"}],\"reasons\":[{\"code\":"
    "\"tcp.ports_as_declared\",\"values\":[]}],\"resources\":[],"
    "\"needs\":[],\"medium\":\"ip\",\"impact\":\"passive\","
    "\"timeout_ms\":20000,\"filter\":null}";

static void
start(void)
{
	erig_start_pruning(&r, "{after: 1h}", stored);
	r.files.is_stored = true;
}

static void
stop(void)
{
	erig_free(&r);
}

/* How many files the look would let go, or did; *why of the first. */
static size_t
look(const char **why)
{
	const json_t *report = erig_call(&r, "prune", NULL), *f;
	size_t i, goes = 0;

	json_array_foreach (json_object_get(report, "files"), i, f) {
		if (i == 0)
			*why = erig_text(f, "why");
		goes += json_is_true(json_object_get(f, "goes"));
	}
	return goes;
}

/* The run is over, and is out of the queue a little later; then they go, but
 * for the newest. */
static void
check_that_they_go(uint64_t run)
{
	const char *why = "";
	unsigned tries = 0;

	r.hold[AT_SIGN] = false;
	(void)erig_manifest(&r, run);
	while (look(&why) == 0)
		ck_assert_uint_lt(++tries, TRIES);
	ck_assert_str_eq(why, "age");
	ck_assert_uint_eq(r.files.unlinked, FILES - 1);
}

START_TEST(what_a_run_reads_stays_while_it_is_under_way)
{
	const char *why = "";
	uint64_t run;

	r.files.count = FILES;
	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	ck_assert_uint_eq(look(&why), 0);
	ck_assert_str_eq(why, "in_use");
	ck_assert_uint_eq(r.files.unlinked, 0);
	erig_release(&r, AT_GO);
	check_that_they_go(run);
}
END_TEST

START_TEST(a_run_that_reads_no_earlier_file_keeps_none)
{
	const char *why = "";
	uint64_t run;

	erig_free(&r);
	erig_start_pruning(&r, "{after: 1h}", NULL);
	r.files.count = FILES;
	r.capture_file = FILES; /* its own come behind them */
	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	ck_assert_uint_gt(look(&why), 0);
	ck_assert_str_eq(why, "age");
	erig_release(&r, AT_GO);
	(void)erig_manifest(&r, run);
}
END_TEST

/* The tombstone of the first file is about to be signed when a run begins to
 * read. */
START_TEST(a_look_under_way_ends_when_a_run_begins_to_read)
{
	const char *why = "";
	uint64_t run;

	r.files.count = FILES;
	r.hold[AT_SIGN] = true;
	erig_ask(&r, "prune", NULL);
	erig_until_at(&r, AT_SIGN, 1);
	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_release(&r, AT_SIGN);
	ck_assert_uint_eq(look(&why), 0); /* behind the other */
	ck_assert_uint_eq(r.files.unlinked, 0);
	erig_release(&r, AT_GO);
	check_that_they_go(run);
}
END_TEST

/* It is signed, and on its way to the store, which is slow. */
START_TEST(a_tombstone_on_its_way_takes_no_file_that_is_read_meanwhile)
{
	const char *why = "";
	uint64_t run;

	r.hold[AT_SPAWN] = r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_SPAWN, 1);
	r.files.count = FILES;
	r.capture_file = FILES;
	r.hold[AT_SIGN] = true;
	erig_ask(&r, "prune", NULL);
	erig_until_at(&r, AT_SIGN, 1);
	ck_assert_int_eq(kill(r.store, SIGSTOP), 0);
	erig_release(&r, AT_SIGN);
	erig_release(&r, AT_SPAWN);
	erig_until_at(&r, AT_GO, 1);
	ck_assert_int_eq(kill(r.store, SIGCONT), 0);
	ck_assert_uint_eq(look(&why), 0);
	ck_assert_uint_eq(r.files.unlinked, 0);
	erig_release(&r, AT_GO);
	(void)erig_manifest(&r, run);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_prune");
	TCase *t = tcase_create("prune");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_a_run_reads_stays_while_it_is_under_way);
	tcase_add_test(t, a_run_that_reads_no_earlier_file_keeps_none);
	tcase_add_test(t, a_look_under_way_ends_when_a_run_begins_to_read);
	tcase_add_test(
	    t, a_tombstone_on_its_way_takes_no_file_that_is_read_meanwhile);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
