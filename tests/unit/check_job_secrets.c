/*
 * Secrets go into the slice of the verdict that cites their session, and into
 * no other; whole, and as text that is nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/engine/job_secrets.h"

#define OBSERVATIONS 8

static struct said_observation observations[OBSERVATIONS];
static struct job job;
static uint32_t cited[OBSERVATIONS];
static struct said_verdict verdict;

static void
setup(void)
{
	memset(observations, 0, sizeof(observations));
	memset(&job, 0, sizeof(job));
	memset(&verdict, 0, sizeof(verdict));
	job.observations = observations;
	verdict.observations = cited;
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < job.nobservations; i++)
		json_decref(observations[i].json);
}

/* Of a session between these ports; 0: of any. */
static void
observe(const char *field, const char *value, uint16_t local, uint16_t remote)
{
	struct said_observation *o = &observations[job.nobservations++];

	o->id = (uint32_t)job.nobservations;
	snprintf(o->field, sizeof(o->field), "%s", field);
	o->nframes = 1;
	o->frames[0] = (struct wire_frames){ .proto = 6,
		.family = 4,
		.addr = { 10, 77, 0, 10 },
		.local_first = local,
		.local_last = local,
		.remote_first = remote,
		.remote_last = remote };
	o->json = json_pack("{s:s}", "value", value);
}

static void
cite(uint32_t id)
{
	cited[verdict.nobservations++] = id;
}

static void
expect(const char *text)
{
	char *got = job_secrets(&job, &verdict, 24000);

	ck_assert_str_eq(got, text);
	free(got);
}

START_TEST(those_of_the_sessions_that_are_cited)
{
	observe("impostor.expired", "x", 443, 40000);
	observe("tls.keys", "CLIENT_RANDOM 01 02;", 443, 40000);
	observe("impostor.not_yet", "x", 443, 40001);
	observe("tls.keys", "CLIENT_RANDOM 03 04;SERVER 05 06;", 443, 40001);
	expect("");
	cite(1);
	expect("CLIENT_RANDOM 01 02\n");
	cite(3);
	expect("CLIENT_RANDOM 01 02\nCLIENT_RANDOM 03 04\nSERVER 05 06\n");
}
END_TEST

START_TEST(none_of_what_names_no_one_session)
{
	observe("port.open", "x", 0, 443);
	observe("tls.keys", "CLIENT_RANDOM 01 02;", 0, 443);
	observe("port.open", "x", 0, 0);
	observe("tls.other", "CLIENT_RANDOM 03 04;", 0, 0);
	observe("tls.keys", "CLIENT_RANDOM 05 06;", 443, 40000);
	observations[4].frames[0].remote_last = 40009;
	cite(1);
	cite(3);
	cite(5);
	cite(99); /* there is none */
	expect("");
}
END_TEST

START_TEST(nothing_but_lines_of_a_key_log)
{
	observe("impostor.expired", "x", 443, 40000);
	observe("tls.keys", "CLIENT\nRANDOM", 443, 40000);
	observe("tls.keys", "a\"b", 443, 40000);
	observe("tls.keys", "A 01", 443, 40000);
	cite(1);
	expect("A 01\n");
}
END_TEST

/* Whole or not at all. */
START_TEST(no_more_than_a_message_holds)
{
	static char many[16001];
	char *got;

	memset(many, 'A', sizeof(many) - 1);
	observe("impostor.expired", "x", 443, 40000);
	observe("tls.keys", many, 443, 40000);
	observe("tls.keys", many, 443, 40000);
	observe("tls.keys", "B 01;", 443, 40000);
	cite(1);
	got = job_secrets(&job, &verdict, 24000);
	ck_assert_uint_eq(strlen(got), sizeof(many) - 1 + 1 + 5);
	ck_assert_ptr_nonnull(strstr(got, "\nB 01\n"));
	free(got);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("job secrets");
	TCase *c = tcase_create("secrets");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, those_of_the_sessions_that_are_cited);
	tcase_add_test(c, none_of_what_names_no_one_session);
	tcase_add_test(c, nothing_but_lines_of_a_key_log);
	tcase_add_test(c, no_more_than_a_message_holds);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
