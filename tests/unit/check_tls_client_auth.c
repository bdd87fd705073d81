/*
 * tls.client_auth against simulated servers: who refuses and how, who lets in
 * whom, and everything that shows neither.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"

#include "probes/tls_client_auth.c"
#include "probes/tls_client_auth/judge.c"

#define SECOND 1000000000ull

struct server {
	bool asks;               /* for a certificate */
	uint8_t alert;           /* to each */
	bool alerts_late;        /* behind the handshake, as TLS 1.3 does */
	const char *words;       /* to each, NULL: nothing is said */
	const char *to_forged;   /* instead, to one in its authority's name */
	const char *to_none;     /* instead, to one without a certificate */
	bool cannot_use;         /* ours is of a kind that it does not take */
	enum assay_talk_end end; /* 0: as it should be */
	unsigned dies_after;     /* exchanges; 0: never */
	bool is_abrupt;          /* ends it within the handshake */
	size_t nwords;           /* 0: they end with a NUL */
};

static struct server server;
static struct assay_job *job;
static unsigned asked;

#define OK "HTTP/1.1 200 OK\r\n\r\nhello"
#define REFUSAL \
	"HTTP/1.1 400 Bad Request\r\n\r\nNo required SSL certificate was sent"

static const char *
words_to(const struct server *s, enum assay_talk_certificate who)
{
	if (who == ASSAY_TALK_FOREIGN && s->to_forged != NULL)
		return s->to_forged;
	if (who == ASSAY_TALK_NO_CERTIFICATE && s->to_none != NULL)
		return s->to_none;
	return s->words;
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	const struct server *s = arg;
	const enum assay_talk_certificate who = t->spec->certificate;
	const char *words = words_to(s, who);

	(void)j;
	ck_assert(t->spec->tls);
	ck_assert_uint_gt(t->spec->nsay, 0);
	t->end = s->end;
	if (s->dies_after != 0 && ++asked > s->dies_after)
		t->end = ASSAY_TALK_REFUSED;
	if (t->end > ASSAY_TALK_QUIET)
		return;
	t->tls.wants_certificate = s->asks;
	t->tls.shown =
	    s->asks && who != ASSAY_TALK_NO_CERTIFICATE && !s->cannot_use;
	t->tls.alert = words == NULL ? s->alert : 0;
	t->tls.ready = !s->is_abrupt && (s->alert == 0 || s->alerts_late);
	t->tls.version = t->tls.ready ? "TLSv1.3" : "";
	if (t->end != 0)
		return;
	t->end = s->alert != 0 ? ASSAY_TALK_CLOSED : ASSAY_TALK_QUIET;
	if (words != NULL) {
		t->nheard = s->nwords != 0 ? s->nwords : strlen(words);
		memcpy(t->heard, words, t->nheard);
		t->end = ASSAY_TALK_CLOSED;
	}
}

static void
teardown(void)
{
	fake_job_free(job);
	job = NULL;
}

static void
declare(const char *interface, const char *port, const char *secret)
{
	const char *const cells[] = { "interface", interface, "port", port,
		"factor", "possession", "secret", secret, NULL };

	fake_job_declare_row(job, "authentication", cells);
}

static void
prepare(const struct server *s)
{
	if (job != NULL)
		teardown();
	server = *s;
	asked = 0;
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_talk(job, on_talk, &server);
}

static void
prepare_lock(const struct server *s)
{
	prepare(s);
	declare("https", "443", "certificate");
	declare("https", "444", "password");
}

static const struct assay_verdict *
expect(enum assay_verdict_value value, const char *reason, const char *clients)
{
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 600 * SECOND));
	v = fake_job_find_verdict(job, "TLS-S16", ASSAY_BEHAVIOUR, NULL);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (clients != NULL)
		ck_assert_str_eq(
		    fake_job_verdict_value(v, "clients")->string, clients);
	if (value == ASSAY_FAIL || value == ASSAY_PASS)
		ck_assert_uint_gt(v->nobservations, 0);
	return v;
}

START_TEST(who_refuses_everybody_passes)
{
	static const struct server servers[] = {
		{ .asks = true, .alert = 116, .alerts_late = true },
		{ .asks = true, .alert = 40 },
		{ .asks = true, .alert = 48 },
		{ .asks = true, .words = REFUSAL },
		{ .asks = true, .end = ASSAY_TALK_CLOSED, .is_abrupt = true },
	};
	const struct assay_verdict *v;
	size_t i;

	for (i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		prepare_lock(&servers[i]);
		v = expect(ASSAY_PASS, "client_auth.refused", NULL);
		ck_assert_uint_eq(fake_job_verdict_value(v, "count")->u64, 5);
		ck_assert_uint_eq(
		    fake_job_control_count(job, ASSAY_AFTER, true), 1);
		/* what the lab was not given stays open */
		v = fake_job_find_verdict(
		    job, "TLS-S16", ASSAY_SUFFICIENCY, NULL);
		ck_assert_str_eq(v->reason, "client_auth.no_credentials");
		ck_assert_int_eq(v->value, ASSAY_INCONC);
	}
}
END_TEST

START_TEST(who_lets_one_in_fails_and_it_is_named)
{
	static const struct server any = {
		.asks = true, .words = OK, .to_none = REFUSAL
	};
	static const struct server forged = {
		.asks = true, .words = REFUSAL, .to_forged = OK
	};
	static const struct server nobody = { .words = OK };
	static const struct server optional = {
		.asks = true, .words = REFUSAL, .to_none = OK
	};

	prepare_lock(&any);
	expect(ASSAY_FAIL, "client_auth.accepted",
	    "443 self-signed: accepted, 443 expired: accepted, 443 for "
	    "servers: accepted, 443 forged: accepted");
	prepare_lock(&forged);
	expect(ASSAY_FAIL, "client_auth.accepted", "443 forged: accepted");
	prepare_lock(&nobody);
	expect(ASSAY_FAIL, "client_auth.accepted", NULL);
	prepare_lock(&optional);
	expect(
	    ASSAY_FAIL, "client_auth.accepted", "443 no certificate: accepted");
}
END_TEST

START_TEST(what_shows_neither_is_no_pass)
{
	static const struct server servers[] = {
		{ .asks = true }, /* it says nothing */
		{ .asks = true, .alert = 80, .alerts_late = true },
		{ .asks = true, .words = "HTTP/1.1 403 Forbidden\r\n\r\nno" },
		{ .asks = true, .words = "HTTP/1.1 302 Found\r\n\r\n" },
		{ .asks = true, .words = "what?" },
		{ .asks = true, .alert = 48, .cannot_use = true },
		{ .words = "HTTP/1.1 401 Unauthorized\r\n\r\ncertificate" },
		{ .alert = 40 },
		{ .end = ASSAY_TALK_TIMEOUT },
		{ .end = ASSAY_TALK_LOCAL },
	};
	size_t i;

	for (i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		prepare_lock(&servers[i]);
		expect(ASSAY_INCONC, "client_auth.undecided", NULL);
	}
}
END_TEST

/* Behind the handshake it may be our words that it did not like. */
START_TEST(a_close_refuses_only_within_the_handshake)
{
	static const struct server late = { .asks = true,
		.end = ASSAY_TALK_CLOSED };

	prepare_lock(&late);
	expect(ASSAY_INCONC, "client_auth.undecided", NULL);
	ck_assert_str_eq(
	    fake_job_find(job, "client.none", NULL)->value.string, "unclear");
}
END_TEST

START_TEST(a_port_that_goes_away_midway_is_no_pass)
{
	static const struct server dies = {
		.asks = true, .alert = 48, .dies_after = 3
	};
	static const struct server dies_last = {
		.asks = true, .alert = 48, .dies_after = 5
	};

	prepare_lock(&dies);
	expect(ASSAY_INCONC, "client_auth.undecided",
	    "443 for servers: lost, 443 forged: lost");
	prepare_lock(&dies_last);
	expect(ASSAY_INCONC, "client_auth.control_bad", NULL);
}
END_TEST

START_TEST(mqtt_is_asked_in_its_own_words)
{
	static const struct {
		const char *words;
		enum assay_verdict_value value;
		const char *reason;
	} answers[] = {
		{ "\x20\x02\x00\x00", ASSAY_FAIL, "client_auth.accepted" },
		/* not authorised: by whose word is not said */
		{ "\x20\x02\x00\x05", ASSAY_INCONC, "client_auth.undecided" },
	};
	const struct assay_declared_port port = { ASSAY_TCP, 8883, 8883, 0,
		"mqtts", false };
	struct server broker = { .asks = true, .nwords = 4 };
	size_t i;

	for (i = 0; i < 2; i++) {
		broker.words = answers[i].words;
		prepare(&broker);
		fake_job_declare(job, &port);
		declare("mqtts", "", "certificate");
		expect(answers[i].value, answers[i].reason, NULL);
		ck_assert_uint_eq(
		    fake_job_find(job, "client.none", NULL)->port, 8883);
	}
}
END_TEST

START_TEST(without_a_declaration_nothing_is_asked)
{
	static const struct server s = { .asks = true, .words = OK };

	prepare(&s);
	expect(ASSAY_INCONC, "client_auth.not_declared", NULL);
	prepare(&s);
	fake_job_declares_table(job, "authentication");
	expect(ASSAY_INFO, "client_auth.none_declared", NULL);
	prepare(&s);
	declare("https", "443", "password");
	expect(ASSAY_INFO, "client_auth.none_declared", NULL);
}
END_TEST

START_TEST(what_was_broken_off_is_no_pass)
{
	static const struct server s = { .asks = true, .alert = 48 };

	prepare_lock(&s);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, 300000); /* after the first answer */
	fake_job_cancel(job);
	fake_job_judge(job);
	ck_assert_str_eq(
	    fake_job_find_verdict(job, "TLS-S16", ASSAY_BEHAVIOUR, NULL)
		->reason,
	    "client_auth.partial");
	prepare_lock(&s); /* before any */
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_cancel(job);
	fake_job_judge(job);
	ck_assert_str_eq(
	    fake_job_find_verdict(job, "TLS-S16", ASSAY_BEHAVIOUR, NULL)
		->reason,
	    "client_auth.not_asked");
}
END_TEST

START_TEST(a_range_of_ports_is_asked_in_part_and_said_so)
{
	static const struct server s = { .asks = true, .alert = 48 };
	const struct assay_declared_port ports = { ASSAY_TCP, 7000, 7099, 0,
		"locks", false };

	prepare(&s);
	fake_job_declare(job, &ports);
	declare("locks", "", "certificate");
	expect(ASSAY_INCONC, "client_auth.partial", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tls.client_auth");
	TCase *tc = tcase_create("tls.client_auth");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, who_refuses_everybody_passes);
	tcase_add_test(tc, who_lets_one_in_fails_and_it_is_named);
	tcase_add_test(tc, what_shows_neither_is_no_pass);
	tcase_add_test(tc, a_close_refuses_only_within_the_handshake);
	tcase_add_test(tc, a_port_that_goes_away_midway_is_no_pass);
	tcase_add_test(tc, mqtt_is_asked_in_its_own_words);
	tcase_add_test(tc, without_a_declaration_nothing_is_asked);
	tcase_add_test(tc, what_was_broken_off_is_no_pass);
	tcase_add_test(tc, a_range_of_ports_is_asked_in_part_and_said_so);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
