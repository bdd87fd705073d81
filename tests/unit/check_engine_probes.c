/*
 * What a probe says of itself comes from a worker: none of it is believed
 * unseen, and none that is never said holds anything up.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;

static void
start(void)
{
	erig_start(&r);
}

static void
stop(void)
{
	erig_free(&r);
}

static void
next_run_passes(void)
{
	r.exit_how = 0; /* of the one that was killed */
	r.exit_status = 0;
	ck_assert_int_eq(erig_number(erig_run_to_end(&r, PROBE), "exit"), 0);
}

static const char *const bad_descriptors[] = {
	"",
	"[]",
	"{\"name\":\"tcp.ports\"",
	"{\"name\":\"udp.ports\",\"method\":1,\"abi\":1,\"claims\":[],"
	"\"observations\":[],\"reasons\":[],\"needs\":[],\"timeout_ms\":1000}",
	"{\"name\":\"tcp.ports\",\"method\":1,\"abi\":1,"
	"\"claims\":[{\"kind\":\"completeness\"}],"
	"\"observations\":[],\"reasons\":[],\"needs\":[],\"timeout_ms\":1000}",
	"{\"name\":\"tcp.ports\",\"method\":1,\"abi\":1,\"claims\":[7],"
	"\"observations\":[],\"reasons\":[],\"needs\":[],\"timeout_ms\":1000}",
	"{\"name\":\"tcp.ports\",\"method\":1,\"abi\":1,\"claims\":[],"
	"\"observations\":[],\"reasons\":[],\"needs\":[3],\"timeout_ms\":1000}",
	"{\"name\":\"tcp.ports\",\"method\":1,\"abi\":1,\"claims\":[],"
	"\"observations\":[{\"name\":\"port.open\"}],\"reasons\":[],"
	"\"needs\":[],\"timeout_ms\":1000}",
	"{\"name\":\"tcp.ports\",\"method\":1,\"abi\":1,\"claims\":[],"
	"\"observations\":[],\"reasons\":[],\"needs\":[],\"timeout_ms\":0}",
	"{\"name\":\"tcp.ports\",\"method\":1,\"abi\":1,\"claims\":[],"
	"\"observations\":[],\"reasons\":[],\"needs\":[],"
	"\"timeout_ms\":5000000000}",
};

/* The probe's file is newer than before, so that it is described again. */
static void
renew_probe(void)
{
	char path[128];
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = 1000 } };

	times[1].tv_nsec = (long)r.reached[AT_DESCRIBE];
	snprintf(path, sizeof(path), "%s/probes/tcp_ports.so", r.dir);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

START_TEST(a_probe_that_describes_itself_badly_is_not_run)
{
	const json_t *o;

	erig_call(&r, "probe.list", NULL);
	r.descriptor = bad_descriptors[_i];
	renew_probe();
	o = erig_run_to_end(&r, PROBE);
	ck_assert_int_eq(erig_number(o, "exit"), 3);
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
	ck_assert_uint_eq(r.reached[AT_SPAWN], 0);
	r.descriptor = NULL;
	renew_probe();
	next_run_passes();
}
END_TEST

START_TEST(a_probe_that_never_describes_itself_holds_nothing_up)
{
	erig_call(&r, "probe.list", NULL);
	r.describer_stays = true;
	renew_probe();
	ck_assert_int_eq(erig_number(erig_run_to_end(&r, PROBE), "exit"), 3);
	ck_assert_uint_ne(r.killed, 0);
	r.describer_stays = false;
	renew_probe();
	next_run_passes();
}
END_TEST

START_TEST(a_parameter_that_is_no_text_is_refused)
{
	ck_assert_ptr_nonnull(erig_refused(&r, "probe.start",
	    json_pack("{s:s,s:s,s:{s:i}}", "device", "lock", "probe",
		"tcp.ports", "params", "ports", 80)));
	ck_assert_uint_eq(r.reached[AT_CANARY], 0);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("engine_probes");
	TCase *tc = tcase_create("probes");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_probe_that_describes_itself_badly_is_not_run,
	    0, COUNT(bad_descriptors));
	tcase_add_test(
	    tc, a_probe_that_never_describes_itself_holds_nothing_up);
	tcase_add_test(tc, a_parameter_that_is_no_text_is_refused);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
