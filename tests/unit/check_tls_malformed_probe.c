/*
 * check_tls_malformed_probe: the probe against simulated servers: one that
 * bears all, one that falls by a case, by chance, for ever, one that takes what
 * it must refuse, one that takes no good hello.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/fake_tls.h"

#include "probes/tls_malformed.c"
#include "protocols/packet.h"

#define SECOND UINT64_C(1000000000)
#define KILLER "length.session_id.zero"

static const uint16_t good_12[] = { 0xc02f }, good_13[] = { 0x1301 };

static struct fake_tls tls; /* at 443 */
static const char *killer;  /* a case */
static unsigned deaths;     /* that it still brings about */
static uint64_t down_ns, up_at_ns;
static unsigned dies_at; /* of itself, when so many cases were asked; 0 */
static unsigned dies_again;
static bool takes_all, takes_no_good, is_withheld;
static unsigned cases, controls;
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

static void
refuse(struct fake_job_talk *t)
{
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 50 };

	memcpy(t->heard, alert, sizeof(alert));
	t->nheard = sizeof(alert);
	t->end = ASSAY_TALK_CLOSED;
}

/* The hello of case 0 is whole. */
static void
choose(struct assay_job *j, struct fake_job_talk *t)
{
	static uint8_t good[TLS_MALFORMED_MAX];
	struct tls_malformed is;
	const size_t n = tls_malformed_build(&is, 0, NULL, good, sizeof(good));
	bool closed;

	(void)j;
	t->nheard = fake_tls_serve(&tls, good, n, t->heard, &closed);
	t->end = closed ? ASSAY_TALK_CLOSED : ASSAY_TALK_ANSWERED;
}

static void
hear_case(struct assay_job *j, struct state *s, struct fake_job_talk *t)
{
	cases++;
	if (takes_all || s->is.want == TLS_WANT_TAKEN)
		choose(j, t);
	else if (s->is.want == TLS_WANT_WAITING)
		t->end = ASSAY_TALK_QUIET;
	else
		refuse(t);
	if (killer != NULL && strcmp(s->is.name, killer) == 0 && deaths > 0) {
		deaths--;
		up_at_ns = assay_now_ns(j) + down_ns;
	}
	if (dies_at != 0 && cases == dies_at) {
		up_at_ns = assay_now_ns(j) + down_ns;
		dies_at += dies_again;
	}
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	struct state *s = assay_state(j);
	bool closed;

	(void)arg;
	t->said = true;
	if (s->loop == NULL) { /* what it takes at all */
		t->nheard = fake_tls_serve(
		    &tls, t->spec->say, t->spec->nsay, t->heard, &closed);
		t->end = closed ? ASSAY_TALK_CLOSED : ASSAY_TALK_ANSWERED;
		return;
	}
	if (is_withheld) {
		t->withheld = true;
		t->said = false;
		t->end = ASSAY_TALK_QUIET;
		return;
	}
	if (assay_now_ns(j) < up_at_ns) {
		t->end = ASSAY_TALK_REFUSED;
		return;
	}
	if (!s->is_control) {
		hear_case(j, s, t);
		return;
	}
	controls++;
	if (takes_no_good)
		refuse(t);
	else
		choose(j, t);
}

static void
setup(void)
{
	memset(&tls, 0, sizeof(tls));
	fake_tls_take(&tls, TLS_12, good_12, 1);
	fake_tls_take(&tls, TLS_13, good_13, 1);
	killer = NULL;
	deaths = 1000;
	down_ns = 3 * SECOND;
	up_at_ns = 0;
	dies_at = dies_again = cases = controls = 0;
	takes_all = takes_no_good = is_withheld = false;
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

static const char *
expect(enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 7000 * SECOND));
	v = fake_job_find_verdict(job, "TLS-S14", ASSAY_BEHAVIOUR, target);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	return fake_job_verdict_value(v, "said")->string;
}

START_TEST(who_bears_all_passes)
{
	const char *said = expect(ASSAY_PASS, "malformed.survived");
	char text[64];

	snprintf(text, sizeof(text), "%u of %u cases", tls_malformed_count(),
	    tls_malformed_count());
	ck_assert_ptr_nonnull(strstr(said, text));
	ck_assert_uint_eq(cases, tls_malformed_count());
	ck_assert_uint_ge(cases, 300);
	ck_assert_uint_ge(controls, cases / 16);
}
END_TEST

START_TEST(who_falls_by_a_case_fails_by_its_name)
{
	const char *said;

	killer = KILLER;
	down_ns = _i == 0 ? 3 * SECOND : SECOND / 1000;
	said = expect(ASSAY_FAIL, "malformed.falls");
	ck_assert_ptr_nonnull(strstr(said, KILLER));
	ck_assert_ptr_nonnull(strstr(said, "after 2 of 2"));
}
END_TEST

START_TEST(once_is_not_enough)
{
	killer = KILLER;
	deaths = 1;
	(void)expect(ASSAY_INCONC, "malformed.unknown");
}
END_TEST

START_TEST(who_dies_by_itself_is_not_blamed_on_a_case)
{
	const char *said;

	dies_at = 100;
	said = expect(ASSAY_INCONC, "malformed.unknown");
	ck_assert_ptr_nonnull(strstr(said, "by no case alone"));
}
END_TEST

START_TEST(who_stays_away_has_shown_nothing)
{
	const char *said;

	killer = KILLER;
	down_ns = 5000 * SECOND;
	said = expect(ASSAY_INCONC, "malformed.unknown");
	ck_assert_ptr_nonnull(strstr(said, "did not come back"));
	ck_assert_ptr_nonnull(strstr(said, "behind cases"));
}
END_TEST

START_TEST(who_takes_what_it_must_refuse_is_told_of)
{
	const char *said;

	takes_all = true;
	said = expect(ASSAY_INFO, "malformed.strays");
	ck_assert_ptr_nonnull(strstr(said, "is taken (RFC"));
	ck_assert_ptr_nonnull(strstr(said, "more"));
}
END_TEST

START_TEST(without_a_good_hello_nothing_is_known)
{
	takes_no_good = true;
	(void)expect(ASSAY_INCONC, "malformed.unknown");
	ck_assert_uint_eq(cases, 0);
}
END_TEST

START_TEST(what_may_not_be_written_to_is_not)
{
	is_withheld = true;
	(void)expect(ASSAY_INCONC, "malformed.unknown");
	ck_assert_uint_eq(cases, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_malformed_probe");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, who_bears_all_passes);
	tcase_add_loop_test(tc, who_falls_by_a_case_fails_by_its_name, 0, 2);
	tcase_add_test(tc, once_is_not_enough);
	tcase_add_test(tc, who_dies_by_itself_is_not_blamed_on_a_case);
	tcase_add_test(tc, who_stays_away_has_shown_nothing);
	tcase_add_test(tc, who_takes_what_it_must_refuse_is_told_of);
	tcase_add_test(tc, without_a_good_hello_nothing_is_known);
	tcase_add_test(tc, what_may_not_be_written_to_is_not);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
