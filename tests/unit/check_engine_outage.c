/*
 * check_engine_outage: a device that was away does not void the pass of a probe
 * that heard of it and asks anew, and of no other.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <check.h>

#include "probes/probe.h"
#include "tests/unit/engine_rig.h"

#define PROBE "- probe: tcp.ports\n"

static struct engine_rig r;

static const char bridging[] =
    "{\"name\":\"tcp.ports\",\"title\":\"t\",\"method\":1,\"abi\":1,"
    "\"claims\":[{\"check\":\"NET-01\",\"kind\":\"completeness\"}],"
    "\"params\":[],\"observations\":["
    "{\"name\":\"port.open\",\"type\":\"u64\",\"unit\":\"\",\"help\":\"\"},"
    "{\"name\":\"banner\",\"type\":\"string\",\"unit\":\"\",\"help\":\"\"}],"
    "\"reasons\":[{\"code\":\"tcp.ports_as_declared\",\"values\":[]}],"
    "\"bridges_outages\":true,"
    "\"resources\":[],\"needs\":[\"link\",\"tcp\"],\"medium\":\"ip\","
    "\"impact\":\"active\",\"timeout_ms\":20000,\"filter\":null}";

/* The probe's file is newer than before, so that it is described again. */
static void
renew_probe(const char *descriptor)
{
	char path[128];
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = 1000 } };

	r.descriptor = descriptor;
	times[1].tv_nsec = (long)r.reached[AT_DESCRIBE];
	snprintf(path, sizeof(path), "%s/probes/tcp_ports.so", r.dir);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
start(void)
{
	erig_start(&r);
	renew_probe(bridging);
}

static void
stop(void)
{
	erig_free(&r);
}

static void
blink_link(struct engine_rig *rig)
{
	erig_say_link(rig, false);
	erig_say_link(rig, true);
}

static unsigned blinks;

static void
blink_once(struct engine_rig *rig)
{
	if (blinks == 0)
		return;
	blinks--;
	blink_link(rig);
	erig_say_health(rig, ASSAY_UP);
}

static void
lose_link(struct engine_rig *rig)
{
	erig_say_link(rig, false);
}

static void
go_away(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_DOWN);
	erig_say_health(rig, ASSAY_REBOOTED);
	blink_link(rig);
}

static void
move(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_ADDRESS_CHANGED);
	erig_say_health(rig, ASSAY_UP);
}

static void
go_and_come_back(struct engine_rig *rig)
{
	go_away(rig);
	erig_say_health(rig, ASSAY_UP);
}

static bool
heard_that_it_is_up(const struct engine_rig *rig, const void *arg)
{
	(void)arg;
	return rig->health == ASSAY_UP;
}

static bool
heard_of_anything(const struct engine_rig *rig, const void *arg)
{
	(void)arg;
	return rig->health != 0;
}

/* Of a run in which act happens while the worker is at it. */
static const json_t *
verdict_with(erig_act *act, erig_is *until)
{
	const json_t *v;
	uint64_t run;

	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	act(&r);
	erig_until(&r, until, NULL);
	erig_release(&r, AT_GO);
	erig_manifest(&r, run);
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_ptr_nonnull(v);
	return v;
}

START_TEST(an_outage_that_the_probe_bridges_leaves_its_pass)
{
	ck_assert_str_eq(
	    erig_text(
		verdict_with(go_and_come_back, heard_that_it_is_up), "verdict"),
	    "pass");
}
END_TEST

START_TEST(the_same_under_a_probe_that_does_not_is_inconclusive)
{
	renew_probe(NULL);
	ck_assert_str_eq(
	    erig_text(
		verdict_with(go_and_come_back, heard_that_it_is_up), "reason"),
	    "link_lost");
}
END_TEST

START_TEST(a_device_that_is_not_back_is_inconclusive)
{
	const json_t *v = verdict_with(go_away, heard_of_anything);

	ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
	ck_assert_str_eq(erig_text(v, "reason"), "link_lost");
}
END_TEST

START_TEST(a_device_that_is_back_elsewhere_is_inconclusive)
{
	ck_assert_str_eq(
	    erig_text(verdict_with(move, heard_that_it_is_up), "reason"),
	    "address_lost");
}
END_TEST

/* No worker was there to hear of it. */
static erig_act *const afterwards[] = { go_and_come_back, lose_link };

START_TEST(an_outage_after_the_probe_is_inconclusive)
{
	const json_t *v;
	uint64_t run;

	r.at[AT_CLOSING_CONTROL] = afterwards[_i];
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
	ck_assert_str_eq(erig_text(v, "reason"), "link_lost");
}
END_TEST

/* The end of a reboot that an action brought: over before anything is asked. */
START_TEST(a_link_that_blinks_at_the_opening_is_no_part_of_the_job)
{
	const json_t *v;
	uint64_t run;

	r.at[AT_OPENING_CONTROL] = blink_once;
	blinks = (unsigned)_i + 1;
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_str_eq(erig_text(v, "verdict"), _i == 0 ? "pass" : "inconc");
	ck_assert_str_eq(erig_text(v, "reason"),
	    _i == 0 ? "tcp.ports_as_declared" : "link_lost");
	ck_assert_uint_eq(blinks, 0);
}
END_TEST

/* Asleep when it is asked first, at the opening or at the end; it answers the
 * second time, or does not. */
static unsigned naps;

static void
nap_at_opening(struct engine_rig *rig)
{
	rig->controls[0] = naps == 0;
	if (naps > 0)
		naps--;
}

static void
nap_at_end(struct engine_rig *rig)
{
	rig->controls[1] = naps == 0;
	if (naps > 0)
		naps--;
}

static const struct {
	erig_act *opening, *end;
	unsigned naps;
	const char *verdict, *reason;
} sleeps[] = { { nap_at_opening, NULL, 1, "pass", "tcp.ports_as_declared" },
	{ nap_at_opening, NULL, 2, "inconc", "opening_control_bad" },
	{ NULL, nap_at_end, 1, "pass", "tcp.ports_as_declared" },
	{ NULL, nap_at_end, 2, "inconc", "closing_control_bad" } };

START_TEST(a_control_that_falls_into_a_nap_is_asked_once_more)
{
	const json_t *v;
	uint64_t run;

	naps = sleeps[_i].naps;
	r.at[AT_OPENING_CONTROL] = sleeps[_i].opening;
	r.at[AT_CLOSING_CONTROL] = sleeps[_i].end;
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_str_eq(erig_text(v, "verdict"), sleeps[_i].verdict);
	ck_assert_str_eq(erig_text(v, "reason"), sleeps[_i].reason);
	ck_assert_uint_eq(naps, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_outage");
	TCase *tc = tcase_create("all");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, an_outage_that_the_probe_bridges_leaves_its_pass);
	tcase_add_test(
	    tc, the_same_under_a_probe_that_does_not_is_inconclusive);
	tcase_add_test(tc, a_device_that_is_not_back_is_inconclusive);
	tcase_add_test(tc, a_device_that_is_back_elsewhere_is_inconclusive);
	tcase_add_loop_test(
	    tc, an_outage_after_the_probe_is_inconclusive, 0, 2);
	tcase_add_loop_test(
	    tc, a_link_that_blinks_at_the_opening_is_no_part_of_the_job, 0, 2);
	tcase_add_loop_test(
	    tc, a_control_that_falls_into_a_nap_is_asked_once_more, 0, 4);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
