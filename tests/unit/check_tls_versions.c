/*
 * check_tls_versions: the probe against simulated devices: good, with each old
 * version, without a new one, mute, closing, choking, gone.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/fake_tls.h"

#include "probes/tls_versions.c"
#include "protocols/packet.h"

#define SECOND UINT64_C(1000000000)

static const uint16_t good_12[] = { 0xc02f }, good_13[] = { 0x1301 },
		      weak[] = { 0x002f };

static struct fake_tls tls, other; /* at 443, in turn */
static bool is_balanced, meets_other;
static bool is_open, is_filtered, is_withheld, closing_is_bad;
static struct assay_job *job;
static const struct assay_target *target, *closes_at;

static int
on_send(
    void *arg, struct assay_job *j, const struct assay_buffer *frames, size_t n)
{
	struct packet p;
	size_t i;

	(void)arg;
	for (i = 0; i < n && !is_filtered; i++) {
		ck_assert_int_eq(
		    packet_dissect(&p, frames[i].data, frames[i].size), 0);
		fake_device_answer_syn(
		    j, &p, is_open && p.port_dst == 443, 200000);
	}
	return (int)n;
}

static enum assay_tcp_result
on_try(void *arg, struct assay_job *j, struct fake_job_try *t)
{
	(void)arg;
	(void)j;
	(void)t;
	return closing_is_bad ? ASSAY_TCP_TIMEOUT : ASSAY_TCP_CONNECTED;
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	bool closed;

	(void)arg;
	(void)j;
	t->withheld = is_withheld;
	t->said = !is_withheld;
	t->end = ASSAY_TALK_QUIET;
	if (is_withheld)
		return;
	if (t->spec->target == closes_at) {
		t->end = ASSAY_TALK_CLOSED;
		return;
	}
	meets_other = is_balanced && !meets_other;
	t->nheard = fake_tls_serve(meets_other ? &other : &tls, t->spec->say,
	    t->spec->nsay, t->heard, &closed);
	if (closed)
		t->end = ASSAY_TALK_CLOSED;
	else if (t->nheard > 0)
		t->end = ASSAY_TALK_ANSWERED;
}

static void
setup(void)
{
	memset(&tls, 0, sizeof(tls));
	memset(&other, 0, sizeof(other));
	is_balanced = meets_other = false;
	is_open = true;
	closes_at = NULL;
	is_filtered = is_withheld = closing_is_bad = false;
	job = fake_job_new(&assay_probe);
	target = fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_send(job, on_send, NULL);
	fake_job_on_tcp_try(job, on_try, NULL);
	fake_job_on_talk(job, on_talk, NULL);
}

static void
teardown(void)
{
	fake_job_free(job);
}

/* A row of `crypto`. */
static void
declare(const char *interface, const char *port, const char *versions)
{
	const char *const cells[] = { "interface", interface, "role", "server",
		"port", port, "versions", versions, NULL };

	fake_job_declare_row(job, "crypto", cells);
}

static void
declare_port(uint16_t port, const char *service, bool optional)
{
	const struct assay_declared_port p = { .transport = ASSAY_TCP,
		.first = port,
		.last = port,
		.service = service,
		.optional = optional };

	fake_job_declare(job, &p);
}

static void
expect_declared(enum assay_kind kind, enum assay_verdict_value value,
    const char *reason, const char *said)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "TLS-S02", kind, target);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	ck_assert_uint_gt(v->nobservations, 0);
	ck_assert_str_eq(fake_job_verdict_value(v, "said")->string, said);
}

static const struct assay_verdict *
verdict(const char *check)
{
	return fake_job_find_verdict(job, check,
	    strcmp(check, "TLS-S01") == 0 ? ASSAY_COMPLETENESS
					  : ASSAY_BEHAVIOUR,
	    target);
}

static void
expect(const char *check, enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v = verdict(check);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	ck_assert_uint_gt(v->nobservations, 0);
}

static void
run_it(void)
{
	ck_assert(fake_job_all(job, 4000 * SECOND));
}

START_TEST(good_server_passes)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	run_it();
	expect("TLS-S01", ASSAY_PASS, "tls.old_refused");
	expect("TLS-S02", ASSAY_PASS, "tls.new_taken");
	/* Each of them three times more. */
	ck_assert_uint_eq(tls.hellos, 6 + 3 * 6);
}
END_TEST

START_TEST(each_old_version_fails_beside_new_ones)
{
	static const uint16_t versions[] = { TLS_SSL2, TLS_SSL3, TLS_10,
		TLS_11 };
	static const char *const said[] = { "443 SSLv2", "443 SSLv3",
		"443 TLSv1.0", "443 TLSv1.1" };
	const struct assay_observation *o;

	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	if (_i == 0)
		tls.has_ssl2 = true;
	else
		fake_tls_take(&tls, versions[_i], weak, 1);
	run_it();
	expect("TLS-S01", ASSAY_FAIL, "tls.old_taken");
	expect("TLS-S02", ASSAY_PASS, "tls.new_taken");
	ck_assert_str_eq(
	    fake_job_verdict_value(verdict("TLS-S01"), "said")->string,
	    said[_i]);
	/* What shows it is the one connection in which it was taken. */
	o = fake_job_observation(job, verdict("TLS-S01")->observations[0] - 1);
	ck_assert_uint_eq(o->nframes, 1);
	ck_assert_uint_ne(o->frames[0].local_first, 0);
	ck_assert_uint_eq(o->frames[0].local_first, o->frames[0].local_last);
}
END_TEST

START_TEST(without_13_it_passes_and_says_so)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	run_it();
	expect("TLS-S01", ASSAY_PASS, "tls.old_refused");
	expect("TLS-S02", ASSAY_PASS, "tls.new_without_13");
}
END_TEST

START_TEST(old_ones_alone_fail_both)
{
	fake_tls_take(&tls, TLS_10, weak, 1);
	run_it();
	expect("TLS-S01", ASSAY_FAIL, "tls.old_taken");
	expect("TLS-S02", ASSAY_FAIL, "tls.no_new");
}
END_TEST

/* It has had enough of us, and would take TLS 1.0 from anybody else. */
START_TEST(who_tires_of_us_refused_nothing)
{
	fake_tls_take(&tls, TLS_10, weak, 1);
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	tls.tires_after = 2;
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.version_unknown");
	expect("TLS-S02", ASSAY_PASS, "tls.new_taken");
}
END_TEST

/* One who refuses by hanging up is believed, for it still takes the rest. */
START_TEST(who_hangs_up_and_is_still_there_refuses)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	tls.refuses = FAKE_TLS_BY_CLOSING;
	run_it();
	expect("TLS-S01", ASSAY_PASS, "tls.old_refused");
	/* Two of each old version, SSL 2 once, and the control; each of the six
	 * three times more; and so many that ended beside others were asked
	 * again alone. */
	ck_assert_uint_eq(tls.hellos, 2 + 3 * 2 + 1 + 1 + 3 * 6 + 7);
}
END_TEST

/* A balancer: what one of two takes is found, whoever was asked first. */
START_TEST(an_old_server_behind_a_new_one_fails)
{
	is_balanced = true;
	meets_other = _i == 1;
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&other, TLS_12, good_12, 1);
	fake_tls_take(&other, TLS_10, weak, 1);
	run_it();
	expect("TLS-S01", ASSAY_FAIL, "tls.old_taken");
}
END_TEST

/* Two that choose differently refuse nothing for sure. */
START_TEST(servers_of_another_mind_pass_nothing)
{
	static const uint16_t better[] = { 0xc030, 0xc02f };

	is_balanced = true;
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&other, TLS_12, better, 2);
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.answers_differ");
	expect("TLS-S02", ASSAY_INCONC, "tls.answers_differ");
}
END_TEST

/* A long list is answered by silence, so that nothing seems to be taken. */
START_TEST(what_hides_behind_long_lists_is_found)
{
	fake_tls_take(&tls, TLS_10, weak, 1);
	tls.longest = 100;
	tls.choke = (enum fake_tls_refuses)(FAKE_TLS_BY_CLOSING + _i);
	run_it();
	expect("TLS-S01", ASSAY_FAIL, "tls.old_taken");
}
END_TEST

START_TEST(silence_of_a_version_is_inconclusive)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	tls.refuses = FAKE_TLS_BY_SILENCE;
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.version_unknown");
	expect("TLS-S02", ASSAY_PASS, "tls.new_taken");
}
END_TEST

START_TEST(who_takes_nothing_shows_nothing)
{
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.takes_nothing");
	expect("TLS-S02", ASSAY_INCONC, "tls.takes_nothing");
}
END_TEST

START_TEST(another_protocol_is_none)
{
	tls.speaks_text = true;
	run_it();
	expect("TLS-S01", ASSAY_INFO, "tls.none");
	expect("TLS-S02", ASSAY_INFO, "tls.none");
}
END_TEST

START_TEST(who_closes_at_each_hello_speaks_no_tls)
{
	tls.refuses = FAKE_TLS_BY_CLOSING;
	run_it();
	expect("TLS-S01", ASSAY_INFO, "tls.none");
}
END_TEST

/* But one that is declared to, by its service or by `crypto`, may only not like
 * us; one that is optional, or of a service in clear, need not speak it. */
START_TEST(who_should_speak_tls_and_closes_is_inconclusive)
{
	tls.refuses = FAKE_TLS_BY_CLOSING;
	if (_i == 0)
		declare_port(443, "https", false);
	else if (_i == 1)
		declare("lock", "443", "tls1.2");
	else if (_i == 2)
		declare_port(443, "https", true);
	else
		declare_port(443, "mqtt", false);
	run_it();
	expect("TLS-S01", _i < 2 ? ASSAY_INCONC : ASSAY_INFO,
	    _i < 2 ? "tls.declared_closes" : "tls.none");
	expect("TLS-S02", _i < 2 ? ASSAY_INCONC : ASSAY_INFO,
	    _i < 2 ? "tls.declared_closes" : "tls.none");
}
END_TEST

START_TEST(who_should_speak_tls_and_is_closed_is_inconclusive)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	declare_port(443, "https", false);
	declare_port(8883, "mqtts", _i == 0);
	run_it();
	expect("TLS-S01", _i == 0 ? ASSAY_PASS : ASSAY_INCONC,
	    _i == 0 ? "tls.old_refused" : "tls.declared_closes");
}
END_TEST

/* The same port speaks it at the other address. */
START_TEST(who_closes_at_one_address_alone_is_inconclusive)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	closes_at = fake_job_add_target_text(job, "fe80::10");
	run_it();
	expect("TLS-S01", ASSAY_PASS, "tls.old_refused");
	target = closes_at;
	expect("TLS-S01", ASSAY_INCONC, "tls.declared_closes");
}
END_TEST

START_TEST(versions_are_held_against_what_is_declared)
{
	static const struct {
		const char *interface, *port, *versions;
		enum assay_verdict_value alone, all;
		const char *why_alone, *why_all, *beyond, *said;
	} cases[] = {
		{ "https", "", "tls1.2 tls1.3", ASSAY_PASS, ASSAY_PASS,
		    "tls.declared_alone", "tls.declared_taken", "",
		    "443 tls1.2, 443 tls1.3" },
		{ "lock", "443", "tls1.3", ASSAY_FAIL, ASSAY_PASS,
		    "tls.undeclared_taken", "tls.declared_taken", "443 tls1.2",
		    "443 tls1.3" },
		{ "https", "", "tls1.1 tls1.2 tls1.3", ASSAY_PASS, ASSAY_FAIL,
		    "tls.declared_alone", "tls.declared_refused", "",
		    "443 tls1.1" },
		/* the port that is declared is another */
		{ "lock", "444", "tls1.2", ASSAY_FAIL, ASSAY_INCONC,
		    "tls.undeclared_taken", "tls.declared_unknown",
		    "443 tls1.2, 443 tls1.3", "444 tls1.2" },
	};

	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	declare_port(443, "https", false);
	declare(cases[_i].interface, cases[_i].port, cases[_i].versions);
	run_it();
	expect_declared(ASSAY_COMPLETENESS, cases[_i].alone,
	    cases[_i].why_alone, cases[_i].beyond);
	expect_declared(ASSAY_SUFFICIENCY, cases[_i].all, cases[_i].why_all,
	    cases[_i].said);
}
END_TEST

/* Neither is known where a version was answered by silence. */
START_TEST(silence_is_neither_taken_nor_refused)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	tls.refuses = FAKE_TLS_BY_SILENCE;
	declare("https", "443", "tls1.1 tls1.2 tls1.3");
	run_it();
	expect_declared(
	    ASSAY_COMPLETENESS, ASSAY_INCONC, "tls.version_unknown", "");
	expect_declared(ASSAY_SUFFICIENCY, ASSAY_INCONC, "tls.declared_unknown",
	    "443 tls1.1");
}
END_TEST

START_TEST(where_no_crypto_is_declared_nothing_is_held_against_it)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	run_it();
	expect_declared(
	    ASSAY_COMPLETENESS, ASSAY_INCONC, "tls.nothing_declared", "");
	ck_assert_ptr_null(
	    fake_job_find_verdict(job, "TLS-S02", ASSAY_SUFFICIENCY, target));
}
END_TEST

START_TEST(a_mute_port_is_inconclusive)
{
	tls.refuses = FAKE_TLS_BY_SILENCE;
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.silent");
	expect("TLS-S02", ASSAY_INCONC, "tls.silent");
}
END_TEST

START_TEST(a_port_that_prints_is_not_asked)
{
	is_withheld = true;
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.unasked");
	ck_assert_uint_eq(tls.hellos, 0);
}
END_TEST

START_TEST(all_ports_closed_is_none)
{
	is_open = false;
	run_it();
	expect("TLS-S01", ASSAY_INFO, "tls.none");
}
END_TEST

START_TEST(all_filtered_is_inconclusive)
{
	is_filtered = true;
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.no_responder");
}
END_TEST

START_TEST(fewer_ports_never_pass)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_job_param(job, "ports", "443");
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.partial");
	expect("TLS-S02", ASSAY_INCONC, "tls.partial");
}
END_TEST

START_TEST(a_bad_closing_control_is_inconclusive)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	closing_is_bad = true;
	run_it();
	expect("TLS-S01", ASSAY_INCONC, "tls.control_bad");
}
END_TEST

START_TEST(a_cancel_is_no_pass)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_job_start(job);
	fake_job_advance(job, 1000000);
	fake_job_cancel(job);
	ck_assert(fake_job_run_until_finished(job, 100 * SECOND));
	fake_job_judge(job);
	ck_assert(verdict("TLS-S01") == NULL ||
	    verdict("TLS-S01")->value == ASSAY_INCONC);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_versions");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, good_server_passes);
	tcase_add_loop_test(tc, each_old_version_fails_beside_new_ones, 0, 4);
	tcase_add_test(tc, without_13_it_passes_and_says_so);
	tcase_add_test(tc, old_ones_alone_fail_both);
	tcase_add_loop_test(tc, what_hides_behind_long_lists_is_found, 0, 2);
	tcase_add_test(tc, who_tires_of_us_refused_nothing);
	tcase_add_test(tc, who_hangs_up_and_is_still_there_refuses);
	tcase_add_loop_test(tc, an_old_server_behind_a_new_one_fails, 0, 2);
	tcase_add_test(tc, servers_of_another_mind_pass_nothing);
	tcase_add_test(tc, silence_of_a_version_is_inconclusive);
	tcase_add_test(tc, who_takes_nothing_shows_nothing);
	tcase_add_test(tc, another_protocol_is_none);
	tcase_add_test(tc, who_closes_at_each_hello_speaks_no_tls);
	tcase_add_loop_test(
	    tc, who_should_speak_tls_and_closes_is_inconclusive, 0, 4);
	tcase_add_loop_test(
	    tc, who_should_speak_tls_and_is_closed_is_inconclusive, 0, 2);
	tcase_add_test(tc, who_closes_at_one_address_alone_is_inconclusive);
	tcase_add_loop_test(
	    tc, versions_are_held_against_what_is_declared, 0, 4);
	tcase_add_test(tc, silence_is_neither_taken_nor_refused);
	tcase_add_test(
	    tc, where_no_crypto_is_declared_nothing_is_held_against_it);
	tcase_add_test(tc, a_mute_port_is_inconclusive);
	tcase_add_test(tc, a_port_that_prints_is_not_asked);
	tcase_add_test(tc, all_ports_closed_is_none);
	tcase_add_test(tc, all_filtered_is_inconclusive);
	tcase_add_test(tc, fewer_ports_never_pass);
	tcase_add_test(tc, a_bad_closing_control_is_inconclusive);
	tcase_add_test(tc, a_cancel_is_no_pass);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
