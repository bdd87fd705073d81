/*
 * check_tls_fallback: the probe against simulated servers: one that notices a
 * fallback, ones that ignore the signal or do not tell of TLS 1.3, one of a
 * single version, one that falls silent.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/fake_tls.h"

#include "probes/tls_fallback.c"
#include "protocols/packet.h"
#include "protocols/tls_client_hello.h"

#define SECOND UINT64_C(1000000000)

static const uint16_t good_12[] = { 0xc02f }, good_13[] = { 0x1301 },
		      weak[] = { 0x002f };

static struct fake_tls tls; /* at 443 */
static uint16_t highest;
static bool ignores_signal, no_sentinel, is_mute_to_signal, says_other_alert,
    goes_away, tires;
static unsigned signals;
static struct assay_job *job;
static const struct assay_target *target;

static int
on_send(
    void *arg, struct assay_job *j, const struct assay_buffer *frames, size_t n)
{
	struct packet p;
	size_t i;

	(void)arg;
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(
		    packet_dissect(&p, frames[i].data, frames[i].size), 0);
		fake_device_answer_syn(j, &p, p.port_dst == 443, 200000);
	}
	return (int)n;
}

static enum assay_tcp_result
on_try(void *arg, struct assay_job *j, struct fake_job_try *t)
{
	(void)arg;
	(void)j;
	(void)t;
	return ASSAY_TCP_CONNECTED;
}

/* RFC 7507: when there was a better version. */
static bool
refuses_signal(const struct assay_talk_spec *spec, uint16_t *version)
{
	const uint8_t *say = spec->say;
	struct tls_client_hello h;

	if ((say[0] & 0x80) != 0)
		return false;
	ck_assert_int_eq(tls_client_hello_read(&h, say + 9, spec->nsay - 9), 0);
	*version = h.best_version;
	if (!tls_client_hello_offers(&h, TLS_SUITE_FALLBACK_SCSV))
		return false;
	signals++;
	return h.best_version < highest && !ignores_signal;
}

/* Where the random of a ServerHello ends: RFC 8446 section 4.1.3. */
static void
put_sentinel(struct fake_job_talk *t, uint16_t version)
{
	if (no_sentinel || highest != TLS_13 || version >= TLS_13 ||
	    version == 0 || t->nheard <= 43 || t->heard[0] != TLS_HANDSHAKE)
		return;
	memcpy(t->heard + 35, "DOWNGRD", 7);
	t->heard[42] = version == TLS_12 ? 1 : 0;
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 86 };
	uint16_t version = 0;
	bool closed = false;

	(void)arg;
	(void)j;
	t->said = true;
	t->end = ASSAY_TALK_QUIET;
	if (refuses_signal(t->spec, &version)) {
		if (is_mute_to_signal)
			return;
		memcpy(t->heard, alert, sizeof(alert));
		t->heard[6] = says_other_alert ? 40 : 86;
		t->nheard = sizeof(alert);
		t->end = ASSAY_TALK_CLOSED;
		return;
	}
	if (tires && signals > 0) {
		t->end = ASSAY_TALK_CLOSED;
		return;
	}
	if (goes_away && tls.hellos >= 6)
		return;
	t->nheard = fake_tls_serve(
	    &tls, t->spec->say, t->spec->nsay, t->heard, &closed);
	put_sentinel(t, version);
	t->end = closed     ? ASSAY_TALK_CLOSED
	    : t->nheard > 0 ? ASSAY_TALK_ANSWERED
			    : ASSAY_TALK_QUIET;
}

static void
setup(void)
{
	memset(&tls, 0, sizeof(tls));
	ignores_signal = no_sentinel = is_mute_to_signal = false;
	says_other_alert = goes_away = tires = false;
	signals = 0;
	highest = TLS_13;
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

/* All from TLS 1.0 to this one. */
static void
take_to(uint16_t version)
{
	highest = version;
	fake_tls_take(&tls, TLS_10, weak, 1);
	fake_tls_take(&tls, TLS_11, weak, 1);
	if (version >= TLS_12)
		fake_tls_take(&tls, TLS_12, good_12, 1);
	if (version >= TLS_13)
		fake_tls_take(&tls, TLS_13, good_13, 1);
}

static void
expect(enum assay_verdict_value value, const char *reason, const char *said)
{
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 4000 * SECOND));
	v = fake_job_find_verdict(job, "TLS-S12", ASSAY_BEHAVIOUR, target);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	ck_assert_uint_gt(v->nobservations, 0);
	ck_assert_str_eq(fake_job_verdict_value(v, "said")->string, said);
}

START_TEST(who_notices_passes)
{
	take_to(_i == 0 ? TLS_13 : TLS_12);
	expect(ASSAY_PASS, "fallback.noticed",
	    _i == 0 ? "443 signal: TLSv1.2 is refused (inappropriate_fallback);"
		      " TLSv1.1 is refused (inappropriate_fallback);"
		      " TLSv1.0 is refused (inappropriate_fallback),"
		      " 443 sentinel: TLSv1.2 has the sentinel; TLSv1.1 has "
		      "the sentinel; TLSv1.0 has the sentinel"
		    : "443 signal: TLSv1.1 is refused (inappropriate_fallback);"
		      " TLSv1.0 is refused (inappropriate_fallback),"
		      " 443 sentinel: TLSv1.1 is not of TLS 1.3; TLSv1.0 is "
		      "not of TLS 1.3");
	ck_assert_uint_eq(signals, _i == 0 ? 3 : 2);
}
END_TEST

START_TEST(another_alert_refuses_as_well)
{
	take_to(TLS_12);
	says_other_alert = true;
	expect(ASSAY_PASS, "fallback.noticed",
	    "443 signal: TLSv1.1 is refused (handshake_failure); TLSv1.0 is "
	    "refused (handshake_failure), 443 sentinel: TLSv1.1 is not of TLS "
	    "1.3; TLSv1.0 is not of TLS 1.3");
}
END_TEST

START_TEST(who_ignores_the_signal_fails)
{
	const struct assay_verdict *v;
	const struct assay_observation *o;

	take_to(TLS_12);
	ignores_signal = true;
	expect(ASSAY_FAIL, "fallback.unnoticed",
	    "443 signal: TLSv1.1 is taken in spite of the signal; TLSv1.0 is "
	    "taken in spite of the signal");
	/* What shows it are those two connections. */
	v = fake_job_find_verdict(job, "TLS-S12", ASSAY_BEHAVIOUR, target);
	o = fake_job_observation(job, v->observations[0] - 1);
	ck_assert_str_eq(o->field, SIGNAL);
	ck_assert_uint_eq(o->nframes, 2);
	ck_assert_uint_ne(o->frames[0].local_first, 0);
	ck_assert_uint_ne(o->frames[0].local_first, o->frames[1].local_first);
}
END_TEST

START_TEST(of_13_its_sentinel_alone_is_for_a_person)
{
	take_to(TLS_13);
	ignores_signal = true;
	expect(ASSAY_INFO, "fallback.by_sentinel",
	    "443 signal: TLSv1.2 is taken in spite of the signal, but its "
	    "random tells of it; TLSv1.1 is taken in spite of the signal, but "
	    "its random tells of it; TLSv1.0 is taken in spite of the signal, "
	    "but its random tells of it");
}
END_TEST

START_TEST(no_sentinel_of_13_fails)
{
	take_to(TLS_13);
	no_sentinel = true;
	expect(ASSAY_FAIL, "fallback.unnoticed",
	    "443 sentinel: TLSv1.2 has no sentinel in its random; TLSv1.1 has "
	    "no sentinel in its random; TLSv1.0 has no sentinel in its random");
}
END_TEST

START_TEST(one_version_has_nothing_to_fall_back_to)
{
	fake_tls_take(&tls, TLS_12, good_12, 1);
	expect(ASSAY_PASS, "fallback.noticed",
	    "443 signal: TLSv1.2 alone is taken, 443 sentinel: TLSv1.2 alone "
	    "is taken");
	ck_assert_uint_eq(signals, 0);
}
END_TEST

START_TEST(silence_to_the_signal_is_inconclusive)
{
	take_to(TLS_12);
	is_mute_to_signal = true;
	expect(ASSAY_INCONC, "fallback.unknown",
	    "443 signal: TLSv1.1 with the signal: no answer; TLSv1.0 with the "
	    "signal: no answer");
	ck_assert_uint_eq(signals, 4); /* asked again */
}
END_TEST

/* From the first signal on it closes at whatever it is asked. */
START_TEST(who_then_refuses_the_same_without_the_signal_has_noticed_nothing)
{
	take_to(TLS_12);
	tires = true;
	expect(ASSAY_INCONC, "fallback.unknown",
	    "443 signal: TLSv1.1 is refused with the signal, and then without "
	    "it; TLSv1.0 is not taken again, 443 sentinel: TLSv1.1 is not of "
	    "TLS 1.3; TLSv1.0 is not taken again");
}
END_TEST

/* It is declared for TLS, and closes at each hello. */
START_TEST(a_declared_port_that_closes_at_each_hello_is_no_pass)
{
	const struct assay_declared_port port = { .transport = ASSAY_TCP,
		.first = 443,
		.last = 443,
		.service = "https" };
	const struct assay_verdict *v;

	fake_job_declare(job, &port);
	ck_assert(fake_job_all(job, 4000 * SECOND));
	v = fake_job_find_verdict(job, "TLS-S12", ASSAY_BEHAVIOUR, target);
	ck_assert_ptr_nonnull(v);
	ck_assert_int_eq(v->value, ASSAY_INCONC);
}
END_TEST

START_TEST(who_refuses_the_control_too_is_inconclusive)
{
	take_to(TLS_12);
	goes_away = true;
	expect(ASSAY_INCONC, "fallback.unknown",
	    "443 signal: TLSv1.1 is not taken again; TLSv1.0 is not taken "
	    "again, 443 sentinel: TLSv1.1 is not taken again; TLSv1.0 is not "
	    "taken again");
}
END_TEST

START_TEST(no_tls_is_none)
{
	tls.speaks_text = true;
	expect(ASSAY_INFO, "tls.none", "");
}
END_TEST

START_TEST(fewer_ports_never_pass)
{
	take_to(TLS_12);
	fake_job_param(job, "ports", "443");
	expect(ASSAY_INCONC, "tls.partial", "");
}
END_TEST

START_TEST(a_cancel_is_no_pass)
{
	take_to(TLS_12);
	fake_job_start(job);
	fake_job_advance(job, 1000000);
	fake_job_cancel(job);
	ck_assert(fake_job_run_until_finished(job, 100 * SECOND));
	fake_job_judge(job);
	ck_assert_int_eq(
	    fake_job_find_verdict(job, "TLS-S12", ASSAY_BEHAVIOUR, target)
		->value,
	    ASSAY_INCONC);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_fallback");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, who_notices_passes, 0, 2);
	tcase_add_test(tc, another_alert_refuses_as_well);
	tcase_add_test(tc, who_ignores_the_signal_fails);
	tcase_add_test(tc, of_13_its_sentinel_alone_is_for_a_person);
	tcase_add_test(tc, no_sentinel_of_13_fails);
	tcase_add_test(tc, one_version_has_nothing_to_fall_back_to);
	tcase_add_test(tc, silence_to_the_signal_is_inconclusive);
	tcase_add_test(tc, who_refuses_the_control_too_is_inconclusive);
	tcase_add_test(tc,
	    who_then_refuses_the_same_without_the_signal_has_noticed_nothing);
	tcase_add_test(
	    tc, a_declared_port_that_closes_at_each_hello_is_no_pass);
	tcase_add_test(tc, no_tls_is_none);
	tcase_add_test(tc, fewer_ports_never_pass);
	tcase_add_test(tc, a_cancel_is_no_pass);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
