/*
 * tls.client against simulated devices: who believes whom, who refuses and how,
 * and everything that shows neither.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/tls_hello.h"
#include "probes/tls_client.c"
#include "probes/tls_client/clear.c"
#include "probes/tls_client/judge.c"
#include "probes/tls_client/offer.c"

#include "tests/unit/client_device.h"

static bool
is_unusual(size_t check)
{
	return strcmp(checks[check].id, "TLS-C12") == 0;
}

static void
expect_all(enum assay_verdict_value value, const char *reason)
{
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!is_unusual(i))
			expect(checks[i].id, value, reason);
}

START_TEST(a_device_that_looks_at_everything_passes)
{
	struct device d = good();
	unsigned i;

	run_device(&d);
	expect_all(ASSAY_PASS, "refused");
	expect("TLS-C10", ASSAY_PASS, "offers");
	expect("TLS-C13", ASSAY_PASS, "by_tls_alone");
	ck_assert_str_eq(
	    attempts("TLS-C13"), "host0.example.com:443 reset, cut off");
	ck_assert_str_eq(
	    attempts("TLS-C10"), "host0.example.com:443 TLSv1.3 TLSv1.2");
	ck_assert_str_eq(attempts("TLS-C01"),
	    "host0.example.com:443 self-signed: refused unknown_ca TLSv1.3");
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_BEFORE, true), 1);
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, true), 1);
	ck_assert_uint_eq(played[0], 2);
	for (i = 1; i < ASSAY_IMPOSTOR_FAULTS; i++)
		ck_assert_uint_eq(played[i], 1);
	fake_job_free(job);
}
END_TEST

START_TEST(each_fault_that_is_believed_fails_its_check_alone)
{
	const enum assay_impostor_fault fault =
	    (enum assay_impostor_fault)(_i + 1);
	struct device d = good();
	size_t i, k;
	bool is_its;

	d.believes |= 1u << fault;
	d.offers_old = true;
	begin(&d);
	fake_job_param(job, "strict", "true");
	go();
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		is_its = false;
		for (k = 0; checks[i].faults[k] != ASSAY_IMPOSTOR_NOTHING; k++)
			is_its |= checks[i].faults[k] == fault;
		if (is_unusual(i)) /* believed or not: it is right */
			expect(checks[i].id, ASSAY_PASS, "took");
		else if (is_its)
			expect(checks[i].id, ASSAY_FAIL, "accepted");
		else
			expect(checks[i].id, ASSAY_PASS, "refused");
	}
	fake_job_free(job);
}
END_TEST

START_TEST(a_name_in_the_subject_alone_counts_when_it_is_asked_for)
{
	struct device d = good();

	d.believes |= FAULT(COMMON_NAME);
	run_device(&d);
	expect("TLS-C03", ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

START_TEST(who_stays_behind_the_handshake_has_believed)
{
	struct device d = good();

	d.believes = ALL;
	d.holds = FAULT(EXPIRED);
	run_device(&d);
	expect("TLS-C04", ASSAY_FAIL, "accepted");
	fake_job_free(job);
}
END_TEST

/* It may look at the certificate behind the handshake. */
START_TEST(who_goes_without_a_word_shows_nothing)
{
	struct device d = good();

	d.believes |= FAULT(EXPIRED) | FAULT(SELF_SIGNED);
	d.leaves = FAULT(EXPIRED) | FAULT(SELF_SIGNED);
	run_device(&d);
	expect("TLS-C04", ASSAY_INCONC, "undecided");
	expect("TLS-C01", ASSAY_INCONC, "undecided");
	expect("TLS-C02", ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

START_TEST(without_trust_a_refusal_speaks_of_the_authority_alone)
{
	struct device d = good();

	d.believes = 0;
	d.offers_old = true;
	run_device(&d);
	expect("TLS-C01", ASSAY_PASS, "refused");
	expect("TLS-C02", ASSAY_PASS, "refused");
	expect("TLS-C03", ASSAY_INCONC, "no_trust");
	expect("TLS-C04", ASSAY_INCONC, "no_trust");
	expect("TLS-C05", ASSAY_INCONC, "no_trust");
	expect("TLS-C07", ASSAY_INCONC, "no_trust");
	expect("TLS-C08", ASSAY_INCONC, "no_trust");
	expect("TLS-C11", ASSAY_INCONC, "no_trust");
	expect("TLS-C12", ASSAY_INCONC, "no_trust");
	expect("TLS-C09", ASSAY_INCONC, "no_trust"); /* of the downgrade */
	fake_job_free(job);
	d.alert_downgrade = ILLEGAL_PARAMETER;
	run_device(&d);
	expect("TLS-C09", ASSAY_PASS, "refused"); /* it says protocol_version */
	fake_job_free(job);
	d.alert_old = UNKNOWN_CA;
	run_device(&d);
	expect("TLS-C09", ASSAY_INCONC, "no_trust");
	expect("TLS-C10", ASSAY_FAIL, "offers_weak");
	fake_job_free(job);
}
END_TEST

START_TEST(without_trust_an_end_without_a_word_says_nothing)
{
	struct device d = good();

	d.believes = 0;
	d.alert = 0;
	run_device(&d);
	expect("TLS-C01", ASSAY_INCONC, "no_trust");
	expect("TLS-C02", ASSAY_INCONC, "no_trust");
	fake_job_free(job);
	d.believes = CONTROL; /* and with it, it does */
	run_device(&d);
	expect("TLS-C01", ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

START_TEST(trust_that_was_lost_on_the_way_is_none)
{
	struct device d = good();

	d.forgets = true;
	run_device(&d);
	expect("TLS-C04", ASSAY_INCONC, "no_trust");
	expect("TLS-C03", ASSAY_INCONC, "no_trust");
	fake_job_free(job);
}
END_TEST

START_TEST(who_never_calls_is_waited_for)
{
	struct device d = good();

	begin(&d);
	ck_assert_int_eq(fake_job_start(job), 0);
	ck_assert(fake_job_run_until_finished(job, 4000 * SECOND));
	fake_job_judge(job);
	expect_all(ASSAY_INCONC, "never_called");
	expect("TLS-C10", ASSAY_INCONC, "never_called");
	expect("TLS-C13", ASSAY_INCONC, "never_called");
	ck_assert_uint_ge(
	    fake_job_verdict_value(verdict("TLS-C01"), "waited")->u64,
	    300 * SECOND);
	fake_job_free(job);
}
END_TEST

START_TEST(who_speaks_no_tls_is_no_client_of_it)
{
	struct device d = good();

	d.is_plain = true;
	d.ncalls = 3;
	run_device(&d);
	expect_all(ASSAY_INCONC, "no_tls");
	expect("TLS-C13", ASSAY_INCONC, "no_tls");
	fake_job_free(job);
}
END_TEST

START_TEST(who_stops_calling_leaves_it_open)
{
	struct device d = good();

	d.ncalls = CLIENT_STEPS - 1; /* all but the last control */
	run_device(&d);
	expect_all(ASSAY_INCONC, "partial");
	expect("TLS-C10", ASSAY_INCONC, "partial");
	expect("TLS-C13", ASSAY_INCONC, "partial");
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, true), 0);
	fake_job_free(job);
	d.ncalls = 2; /* and what was believed, was */
	d.believes = ALL;
	run_device(&d);
	expect("TLS-C01", ASSAY_FAIL, "accepted");
	expect("TLS-C02", ASSAY_INCONC, "partial");
	fake_job_free(job);
}
END_TEST

START_TEST(what_shows_nothing_is_played_again)
{
	struct device d = good();

	d.is_silent = FAULT(EXPIRED);
	run_device(&d);
	ck_assert_uint_eq(played[ASSAY_IMPOSTOR_EXPIRED], 3);
	expect("TLS-C04", ASSAY_INCONC, "undecided");
	expect("TLS-C05", ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

START_TEST(what_is_unusual_and_never_answered_fails)
{
	struct device d = good();

	d.is_silent = FAULT(TINY);
	run_device(&d);
	ck_assert_uint_eq(played[ASSAY_IMPOSTOR_TINY], 3);
	expect("TLS-C12", ASSAY_FAIL, "hung");
	expect_all(ASSAY_PASS, "refused");
	fake_job_free(job);
	d.believes = 0; /* nor is it said that it would take what is usual */
	run_device(&d);
	expect("TLS-C12", ASSAY_INCONC, "no_trust");
	fake_job_free(job);
}
END_TEST

START_TEST(who_takes_a_version_below_the_best_fails)
{
	struct device d = good();

	d.goes_on = FAULT(DOWNGRADE);
	run_device(&d);
	expect("TLS-C09", ASSAY_FAIL, "accepted");
	ck_assert_str_eq(attempts("TLS-C09"),
	    "host0.example.com:443 downgrade to TLS 1.2: went_on TLSv1.2");
	expect("TLS-C11", ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

/* Who does not ask whether it was revoked is told nothing. */
START_TEST(who_never_asks_is_known_for_it)
{
	struct device d = good();

	d.never_asks = true;
	d.believes |= FAULT(REVOKED) | FAULT(NO_STAPLE);
	run_device(&d);
	expect("TLS-C07", ASSAY_INFO, "never_asks");
	expect("TLS-C08", ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

START_TEST(each_whom_it_calls_is_tried)
{
	struct device d = good();

	d.nhosts = 3;
	d.weak = "host1.example.com";
	run_device(&d);
	expect_all(ASSAY_FAIL, "accepted");
	ck_assert_str_eq(attempts("TLS-C01"),
	    "host1.example.com:443 self-signed: accepted TLSv1.3");
	ck_assert_uint_eq(played[ASSAY_IMPOSTOR_EXPIRED], 3);
	fake_job_free(job);
}
END_TEST

START_TEST(more_than_can_be_tried_is_no_pass)
{
	struct device d = good();

	d.nhosts = CLIENT_PLACES_MAX + 1;
	run_device(&d);
	expect_all(ASSAY_INCONC, "elsewhere");
	expect("TLS-C10", ASSAY_INCONC, "elsewhere");
	expect("TLS-C13", ASSAY_INCONC, "elsewhere");
	fake_job_free(job);
}
END_TEST

/* Until the first control is over, nobody is to be believed. */
START_TEST(calls_at_once_wait_for_their_turn)
{
	struct device d = good();

	d.at_once = 4;
	run_device(&d);
	expect_all(ASSAY_PASS, "refused");
	ck_assert_uint_eq(played[0], 2);
	ck_assert_uint_ge(played[ASSAY_IMPOSTOR_UNTRUSTED], 4);
	fake_job_free(job);
}
END_TEST

START_TEST(weak_suites_on_offer_fail)
{
	static const uint16_t suites[] = { 0xc02b, 0x0005 /* RC4 */,
		0x0018 /* anonymous */, 0x000a /* 3DES, which may be */ };
	struct device d = good();

	begin(&d);
	call.nhello = make_hello(suites, 4, false);
	go();
	expect("TLS-C10", ASSAY_FAIL, "offers_weak");
	ck_assert_str_eq(attempts("TLS-C10"),
	    "host0.example.com:443 TLS_RSA_WITH_RC4_128_SHA "
	    "TLS_DH_anon_WITH_RC4_128_MD5");
	expect_all(ASSAY_PASS, "refused");
	fake_job_free(job);
}
END_TEST

START_TEST(a_cancelled_job_says_what_it_saw)
{
	struct device d = good();

	d.believes = ALL;
	begin(&d);
	ck_assert_int_eq(fake_job_start(job), 0);
	call_next(SECOND);
	fake_job_advance(job, 4 * SECOND);
	fake_job_cancel(job);
	fake_job_judge(job);
	expect("TLS-C01", ASSAY_FAIL, "accepted");
	expect("TLS-C08", ASSAY_INCONC, "partial");
	fake_job_free(job);
}
END_TEST

/* A record that somebody else wrote. */
START_TEST(odd_observations_never_pass)
{
	static const char *const values[] = { "", " ", "h:443", "h:443 refused",
		"h:443 refused ", "h:443 refusedunknown_ca", "refused",
		"h:443 closed" };
	struct assay_observation o = { .value = ASSAY_STRING("") };
	size_t i, k;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		job = fake_job_new(&assay_probe);
		for (k = 0; k < CLIENT_STEPS; k++) {
			o.field = client_fields[k];
			o.value = ASSAY_STRING(values[i]);
			fake_job_add_observation(job, &o);
		}
		fake_job_judge(job);
		for (k = 0; k < fake_job_verdict_count(job); k++)
			ck_assert_int_eq(
			    fake_job_verdict(job, k)->value, ASSAY_INCONC);
		ck_assert_uint_eq(fake_job_verdict_count(job), 12);
		fake_job_free(job);
	}
}
END_TEST

static TCase *
make_case(void)
{
	TCase *c = tcase_create("tls.client");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_device_that_looks_at_everything_passes);
	tcase_add_loop_test(c,
	    each_fault_that_is_believed_fails_its_check_alone, 0,
	    ASSAY_IMPOSTOR_FAULTS - 1);
	tcase_add_test(
	    c, a_name_in_the_subject_alone_counts_when_it_is_asked_for);
	tcase_add_test(c, who_stays_behind_the_handshake_has_believed);
	tcase_add_test(c, who_goes_without_a_word_shows_nothing);
	tcase_add_test(
	    c, without_trust_a_refusal_speaks_of_the_authority_alone);
	tcase_add_test(c, without_trust_an_end_without_a_word_says_nothing);
	tcase_add_test(c, trust_that_was_lost_on_the_way_is_none);
	tcase_add_test(c, who_never_calls_is_waited_for);
	tcase_add_test(c, who_speaks_no_tls_is_no_client_of_it);
	tcase_add_test(c, who_stops_calling_leaves_it_open);
	tcase_add_test(c, what_shows_nothing_is_played_again);
	tcase_add_test(c, what_is_unusual_and_never_answered_fails);
	tcase_add_test(c, who_takes_a_version_below_the_best_fails);
	tcase_add_test(c, who_never_asks_is_known_for_it);
	tcase_add_test(c, each_whom_it_calls_is_tried);
	tcase_add_test(c, more_than_can_be_tried_is_no_pass);
	tcase_add_test(c, calls_at_once_wait_for_their_turn);
	tcase_add_test(c, weak_suites_on_offer_fail);
	tcase_add_test(c, a_cancelled_job_says_what_it_saw);
	tcase_add_test(c, odd_observations_never_pass);
	return c;
}

int
main(void)
{
	Suite *suite = suite_create("tls.client");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, make_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
