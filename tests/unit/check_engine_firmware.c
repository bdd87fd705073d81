/*
 * A run is with one firmware: what a service says of it at the beginning and
 * at the end is the same, or nothing of the run stands.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;
static struct msg_out out;

static const char descriptor[] =
    "{\"name\":\"tcp.ports\",\"title\":\"t\",\"method\":1,\"abi\":1,"
    "\"claims\":[{\"check\":\"NET-01\",\"kind\":\"completeness\"}],"
    "\"params\":[],\"observations\":["
    "{\"name\":\"port.open\",\"type\":\"u64\",\"unit\":\"\",\"help\":\"\"},"
    "{\"name\":\"firmware.says\",\"type\":\"string\",\"unit\":\"\","
    "\"help\":\"\"}],"
    "\"reasons\":[{\"code\":\"tcp.ports_as_declared\",\"values\":[]},"
    "{\"code\":\"tcp.undeclared_open\",\"values\":[\"ports\"]}],"
    "\"resources\":[],\"needs\":[\"link\",\"tcp\"],\"medium\":\"ip\","
    "\"impact\":\"active\",\"timeout_ms\":20000,\"filter\":null}";

/* What port 80 and port 81 say in each job; NULL: nothing. */
static const char *says[3][2];
static size_t job;

static void
start(void)
{
	job = 0;
	erig_start_pruning(&r, NULL, descriptor);
}

static void
stop(void)
{
	erig_free(&r);
}

static void
say_words(struct engine_rig *rig, uint32_t id, uint16_t port, const char *words)
{
	static const uint8_t addr[4] = { 10, 77, 0, 10 };

	msg_start(&out, ENGINE_OBSERVATION);
	msg_put_u32(&out, id);
	msg_put_string(&out, "firmware.says");
	msg_put_u8(&out, 4);
	msg_put_bytes(&out, addr, 4);
	msg_put_u16(&out, port);
	msg_put_u8(&out, ASSAY_TYPE_STRING);
	msg_put_string(&out, words);
	msg_put_u8(&out, 0);
	erig_say(rig->worker, &out);
}

static void
say_job(struct engine_rig *rig)
{
	const struct erig_verdict v = { .check = "NET-01",
		.kind = ASSAY_COMPLETENESS,
		.value = rig->says,
		.reason = rig->says == ASSAY_FAIL ? "tcp.undeclared_open"
						  : "tcp.ports_as_declared",
		.observation = 1 };
	uint32_t id = 1;
	size_t i;

	erig_say_observation(rig, 1, "port.open");
	for (i = 0; i < 2; i++)
		if (says[job][i] != NULL)
			say_words(rig, ++id, (uint16_t)(80 + i), says[job][i]);
	erig_say_control(rig, ASSAY_AFTER, true);
	erig_say_word(rig, ENGINE_RUN_OVER);
	erig_say_verdict(rig, &v);
	erig_say_word(rig, ENGINE_DONE);
	job++;
}

static size_t
events(uint64_t run, const char *code)
{
	const json_t *o;
	size_t i, n = 0;

	for (i = 0; (o = erig_record(&r, run, "event", i)) != NULL; i++)
		n += strcmp(erig_text(o, "what"), "firmware") == 0 &&
		    strcmp(erig_text(o, "code"), code) == 0;
	return n;
}

static const struct {
	const char *first[2], *last[2];
	const char *code; /* of the second event; NULL: there is none */
	bool is_void;
} rows[] = {
	{ { "v1", NULL }, { "v1", NULL }, "same", false },
	{ { "v1", "b1" }, { "v1", NULL }, "same", false },
	{ { "v1", NULL }, { "v1", "b1" }, "same", false },
	{ { "v1", NULL }, { "v2", NULL }, "changed", true },
	{ { "v1", "b1" }, { "v1", "b2" }, "changed", true },
	{ { "v1", "b1" }, { NULL, "b2" }, "changed", true },
	/* Nobody knows: another port is another service. */
	{ { "v1", NULL }, { NULL, "v2" }, "silent", false },
	{ { "v1", NULL }, { NULL, NULL }, NULL, false },
	{ { NULL, NULL }, { "v2", NULL }, "seen", false },
};

START_TEST(a_run_in_which_a_service_says_otherwise_is_void)
{
	const json_t *manifest, *v;
	uint64_t run;
	bool fails = _i % 2 == 1; /* nor does a fail stand */

	memcpy(says[0], rows[_i / 2].first, sizeof(says[0]));
	memcpy(says[1], rows[_i / 2].last, sizeof(says[1]));
	r.says = fails ? ASSAY_FAIL : ASSAY_PASS;
	r.job = say_job;
	run = erig_run(&r, PROBE PROBE);
	manifest = erig_manifest(&r, run);
	if (rows[_i / 2].code != NULL)
		ck_assert_uint_eq(events(run, rows[_i / 2].code), 1);
	/* What was sealed before stays in its record. */
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_str_eq(erig_text(v, "verdict"), fails ? "fail" : "pass");
	v = erig_record(&r, run, "verdict", 1);
	if (!rows[_i / 2].is_void) {
		ck_assert_uint_eq(events(run, "changed"), 0);
		ck_assert_str_eq(
		    erig_text(v, "verdict"), fails ? "fail" : "pass");
		ck_assert_str_eq(erig_text(manifest, "outcome"), "complete");
		ck_assert_int_eq(erig_number(manifest, "exit"), fails);
		return;
	}
	ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
	ck_assert_str_eq(erig_text(v, "reason"), "firmware_changed");
	ck_assert_str_eq(erig_text(manifest, "outcome"), "void");
	ck_assert_str_eq(erig_text(manifest, "reason"), "firmware_changed");
	ck_assert_int_eq(erig_number(manifest, "exit"), 2);
	ck_assert_ptr_null(json_object_get(
	    json_object_get(manifest, "verdicts"), fails ? "fail" : "pass"));
}
END_TEST

/* One that is void is so for whoever asks what counts. */
START_TEST(what_a_void_run_has_passed_counts_no_more)
{
	const json_t *list, *one;
	size_t i, n = 0;

	says[0][0] = "v1";
	says[1][0] = "v2";
	r.job = say_job;
	erig_manifest(&r, erig_run(&r, PROBE PROBE));
	list = json_object_get(erig_call(&r, "verdict.newest",
				   json_pack("{s:s}", "device", "lock")),
	    "verdicts");
	json_array_foreach (list, i, one) {
		ck_assert_str_eq(erig_text(one, "verdict"), "inconc");
		ck_assert_str_eq(erig_text(one, "reason"), "firmware_changed");
		n++;
	}
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(what_was_said_before_a_crash_is_remembered)
{
	uint64_t run;

	says[0][0] = "v1";
	r.job = say_job;
	run = erig_run(&r, PROBE PROBE PROBE);
	erig_until_at(&r, AT_OPENING_BARRIER, 1);
	r.hold[AT_OPENING_BARRIER] = true;
	erig_until_at(&r, AT_OPENING_BARRIER, 2);
	erig_kill_engine(&r);
	memset(r.hold, 0, sizeof(r.hold));
	/* What comes is the old one, or another. */
	says[1][0] = says[2][0] = _i == 0 ? "v1" : "v2";
	job = 1;
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	ck_assert_str_eq(erig_text(erig_manifest(&r, run), "outcome"),
	    _i == 0 ? "complete" : "void");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_firmware");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_run_in_which_a_service_says_otherwise_is_void,
	    0, 2 * (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, what_a_void_run_has_passed_counts_no_more);
	tcase_add_loop_test(
	    tc, what_was_said_before_a_crash_is_remembered, 0, 2);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
