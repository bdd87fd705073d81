/*
 * check_tls_tickets: the probe against simulated servers: good ones, ones that
 * take what they should not, ones that give no tickets or never resume them.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/fake_tls.h"

#include "probes/tls_tickets.c"
#include "probes/tls_tickets/weigh.c"
#include "protocols/packet.h"

#define SECOND UINT64_C(1000000000)
#define PORTS 2 /* 443 and 444 */
#define TICKET 48
#define HEAD 8 /* of a session: what the client knows of it */
#define SESSIONS 512

static const uint16_t suite_12[] = { 0xc02f }, suite_13[] = { 0x1301 },
		      none[] = { 0 };

static struct fake_tls tls[PORTS];
static struct fake_port {
	bool takes_changed, takes_forged, shares_tickets, has_same_key,
	    gives_none, never_resumes, is_mute_to_changed, loses_extended,
	    adds_extended, has_no_extended, wants_extended, is_single_use,
	    refuses_changed, tires, completes_none;
	uint64_t lifetime_s[2]; /* of TLS 1.2, 1.3 */
} at[PORTS];
static bool is_open[PORTS];
static uint8_t given[SESSIONS][HEAD + TICKET]; /* who knows how to speak */
static bool used[SESSIONS];
static size_t ngiven;
static unsigned changed_heard, handshakes;
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
		fake_device_answer_syn(j, &p,
		    p.port_dst >= 443 && p.port_dst < 443 + PORTS &&
			is_open[p.port_dst - 443],
		    200000);
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

/* A session: port, version, whether it has the secret, and its ticket. */
static void
give(struct assay_talk_tls *out, unsigned port, uint16_t version, bool extended)
{
	uint8_t *s = given[ngiven];
	size_t i;

	ck_assert_uint_lt(ngiven, SESSIONS);
	s[0] = (uint8_t)port;
	s[1] = (uint8_t)version;
	s[2] = extended;
	for (i = 0; i < TICKET; i++) /* each its own */
		s[HEAD + i] = (uint8_t)(i < 4 ? 0xaa : ngiven * 7 + i * 31);
	s[HEAD + 4] = (uint8_t)(ngiven >> 8);
	ngiven++;
	out->kept.session = s;
	out->kept.nsession = HEAD + TICKET;
	out->kept.ticket_at = HEAD;
	out->kept.nticket = TICKET;
	out->kept.lifetime_s = at[port].lifetime_s[version == TLS_13];
}

/* The ticket that this is, or was before it was changed; differs: in so many
 * bytes. */
static size_t
find_given(const uint8_t *session, size_t *differs)
{
	size_t i, k, n, best = SESSIONS;

	*differs = TICKET + 1;
	for (i = 0; i < ngiven; i++) {
		for (n = k = 0; k < TICKET; k++)
			n += session[HEAD + k] != given[i][HEAD + k];
		if (n < *differs) {
			*differs = n;
			best = i;
		}
	}
	return best;
}

static bool
resumes(unsigned port, const struct assay_tls_offer *offer, bool *is_mute,
    bool *refuses)
{
	const struct fake_port *p = &at[port];
	const uint8_t *s = offer->session;
	const bool extended = !offer->no_extended_secret && !p->has_no_extended;
	const bool is_below = offer->version != TLS_13;
	size_t differs, which = find_given(s, &differs);

	if (s[0] != port)
		return at[port].shares_tickets;
	ck_assert_uint_eq(s[1], offer->version & 0xff);
	if (differs > 0) {
		changed_heard++;
		*is_mute = p->is_mute_to_changed;
		*refuses = p->refuses_changed;
		return differs == 1 ? p->takes_changed : p->takes_forged;
	}
	/* What the probe promises: none is offered twice. */
	ck_assert(!used[which]);
	used[which] = true;
	if (p->never_resumes || (p->tires && changed_heard > 0))
		return false;
	if (is_below && s[2] && !extended)
		return p->loses_extended;
	if (is_below && !s[2] && extended)
		return p->adds_extended;
	return true;
}

static void
complete(unsigned port, struct fake_job_talk *t, bool is_below, bool extended)
{
	t->end = ASSAY_TALK_ANSWERED;
	t->tls.ready = true;
	t->tls.version = is_below ? "TLSv1.2" : "TLSv1.3";
	t->tls.keys = "CLIENT_RANDOM 00 11\n";
	t->tls.public_key = port == 0 || at[port].has_same_key ? "aa" : "bb";
	t->tls.kept.has_extended_secret = extended;
	if (!at[port].gives_none &&
	    !(at[port].is_single_use && t->tls.kept.resumed))
		give(&t->tls, port, t->spec->offer->version, extended);
}

static void
shake_hands(unsigned port, struct fake_job_talk *t)
{
	const struct assay_tls_offer *offer = t->spec->offer;
	const bool is_below = offer->version != TLS_13;
	const bool extended =
	    is_below && !offer->no_extended_secret && !at[port].has_no_extended;
	bool is_mute = false, refuses = false;

	handshakes++;
	ck_assert(t->spec->tls_only && offer->keeps);
	if (offer->session != NULL)
		t->tls.kept.resumed = resumes(port, offer, &is_mute, &refuses);
	if (is_mute) {
		t->end = ASSAY_TALK_QUIET;
		return;
	}
	if (refuses || at[port].completes_none ||
	    (is_below && !extended && at[port].wants_extended)) {
		t->end = ASSAY_TALK_CLOSED;
		t->tls.alert = 40;
		return;
	}
	complete(port, t, is_below, extended);
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	const unsigned port = t->spec->port - 443U;
	bool closed = false;

	(void)arg;
	(void)j;
	t->said = true;
	t->end = ASSAY_TALK_QUIET;
	ck_assert_uint_lt(port, PORTS);
	if (t->spec->tls) {
		shake_hands(port, t);
		return;
	}
	t->nheard = fake_tls_serve(
	    &tls[port], t->spec->say, t->spec->nsay, t->heard, &closed);
	t->end = closed     ? ASSAY_TALK_CLOSED
	    : t->nheard > 0 ? ASSAY_TALK_ANSWERED
			    : ASSAY_TALK_QUIET;
}

static void
setup(void)
{
	size_t i;

	memset(tls, 0, sizeof(tls));
	memset(at, 0, sizeof(at));
	memset(used, 0, sizeof(used));
	memset(is_open, 0, sizeof(is_open));
	ngiven = 0;
	changed_heard = handshakes = 0;
	is_open[0] = true;
	for (i = 0; i < PORTS; i++) {
		at[i].lifetime_s[0] = at[i].lifetime_s[1] = 7200;
		fake_tls_take(&tls[i], TLS_12, suite_12, 1);
		fake_tls_take(&tls[i], TLS_13, suite_13, 1);
	}
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

/* said: what of it must be there; what a pass says is long. */
static void
expect(enum assay_verdict_value value, const char *reason, const char *said)
{
	const struct assay_verdict *v;
	const char *text;

	ck_assert(fake_job_all(job, 4000 * SECOND));
	v = fake_job_find_verdict(job, "TLS-S10", ASSAY_BEHAVIOUR, target);
	ck_assert_ptr_nonnull(v);
	text = fake_job_verdict_value(v, "said")->string;
	ck_assert_msg(
	    strcmp(v->reason, reason) == 0, "%s: %s", v->reason, text);
	ck_assert_int_eq(v->value, value);
	ck_assert_uint_gt(v->nobservations, 0);
	ck_assert_msg(strstr(text, said) != NULL, "%s", text);
}

START_TEST(a_good_server_passes)
{
	at[0].is_single_use = _i == 1;
	at[0].refuses_changed = _i == 2;
	at[0].wants_extended = _i == 3;
	is_open[1] = true;
	expect(ASSAY_PASS, "tickets.good",
	    "443 control: TLSv1.3 an unchanged one resumes; TLSv1.3 and again "
	    "at the end; TLSv1.2 an unchanged one resumes; TLSv1.2 and again "
	    "at the end, 443 lifetime: TLSv1.3 lives for 7200 s; TLSv1.2 lives "
	    "for 7200 s, 443 changed: TLSv1.3 7 of 7 changed ones do not "
	    "resume; TLSv1.2 7 of 7 changed ones do not resume, 443 foreign: "
	    "there is no ticket of another port");
	ck_assert_uint_eq(changed_heard, 2 * 2 * (PLACES + 1));
}
END_TEST

START_TEST(those_of_others_are_tried)
{
	is_open[1] = true;
	expect(ASSAY_PASS, "tickets.good",
	    "444 foreign: TLSv1.3 those of 1 other ports do not resume; "
	    "TLSv1.2 those of 1 other ports do not resume");
}
END_TEST

/* The frames are those of the connections in which it was taken. */
START_TEST(a_changed_one_that_resumes_fails)
{
	const struct assay_verdict *v;
	const struct assay_observation *o;

	at[0].takes_changed = true;
	fake_tls_take(&tls[0], TLS_13, none, 1);
	expect(ASSAY_FAIL, "tickets.taken",
	    "443 changed: TLSv1.2 place 1 of 6: resumes with a bit changed; "
	    "TLSv1.2 place 2 of 6: resumes with a bit changed");
	v = fake_job_find_verdict(job, "TLS-S10", ASSAY_BEHAVIOUR, target);
	o = fake_job_observation(job, v->observations[0] - 1);
	ck_assert_str_eq(o->field, "tickets.changed");
	ck_assert_uint_eq(o->nframes, PLACES);
	ck_assert_str_eq(o->frames[0].comment, "a ticket with a bit changed");
}
END_TEST

START_TEST(a_forged_one_that_resumes_fails)
{
	at[0].takes_forged = true;
	expect(ASSAY_FAIL, "tickets.taken",
	    "443 changed: TLSv1.3 a forged one resumes; TLSv1.2 a forged one "
	    "resumes");
}
END_TEST

START_TEST(a_ticket_of_another_port_fails_or_is_to_be_weighed)
{
	is_open[1] = true;
	at[1].shares_tickets = true;
	at[1].has_same_key = _i == 1;
	if (_i == 0)
		expect(ASSAY_FAIL, "tickets.taken",
		    "444 foreign: TLSv1.3 that of port 443 resumes, which has "
		    "another key; TLSv1.2 that of port 443 resumes, which has "
		    "another key");
	else
		expect(ASSAY_INFO, "tickets.to_weigh",
		    "444 foreign: TLSv1.3 that of port 443 resumes, which has "
		    "the same key");
}
END_TEST

START_TEST(ten_years_are_too_long)
{
	at[0].lifetime_s[_i] = 315360000;
	if (_i == 1)
		expect(ASSAY_FAIL, "tickets.taken",
		    "443 lifetime: TLSv1.3 lives for 315360000 s, over a week");
	else
		expect(ASSAY_INFO, "tickets.to_weigh",
		    "TLSv1.2 lives for 315360000 s, over a week");
}
END_TEST

START_TEST(a_week_is_not)
{
	at[0].lifetime_s[0] = 0;
	at[0].lifetime_s[1] = 604800;
	expect(ASSAY_PASS, "tickets.good",
	    "443 lifetime: TLSv1.3 lives for 604800 s; TLSv1.2 says no "
	    "lifetime");
}
END_TEST

START_TEST(the_extended_secret_must_stay)
{
	at[0].loses_extended = _i == 0;
	at[0].adds_extended = _i == 1;
	expect(ASSAY_FAIL, "tickets.taken",
	    _i == 0 ? "443 extended_secret: TLSv1.2 a session with it, in a "
		      "hello without extended master secret: resumes"
		    : "TLSv1.2 a session without it, in "
		      "a hello with extended master secret: resumes");
}
END_TEST

/* TLS-S09 fails on that. */
START_TEST(without_the_secret_there_is_none_to_be_lost)
{
	at[0].has_no_extended = true;
	expect(ASSAY_PASS, "tickets.good",
	    "443 extended_secret: TLSv1.2 has no extended master secret");
}
END_TEST

START_TEST(who_gives_none_has_none_to_be_changed)
{
	at[0].gives_none = true;
	expect(ASSAY_PASS, "tickets.good",
	    "443 control: TLSv1.3 gives no ticket; TLSv1.2 gives no ticket, "
	    "443 lifetime: there is no ticket, 443 changed: there is no "
	    "ticket");
	ck_assert_uint_eq(handshakes, 2);
}
END_TEST

START_TEST(of_who_never_resumes_nothing_is_told)
{
	at[0].never_resumes = true;
	expect(ASSAY_INCONC, "tickets.unknown",
	    "443 control: TLSv1.3 not even an unchanged one resumes; TLSv1.2 "
	    "not even an unchanged one resumes");
}
END_TEST

START_TEST(who_no_longer_resumes_at_the_end_has_refused_nothing)
{
	at[0].tires = true;
	expect(ASSAY_INCONC, "tickets.unknown",
	    "TLSv1.3 an unchanged one no longer resumes at the end");
}
END_TEST

START_TEST(silence_to_a_changed_one_is_inconclusive)
{
	at[0].is_mute_to_changed = true;
	expect(ASSAY_INCONC, "tickets.unknown",
	    "443 changed: TLSv1.3 place 1 of 6: no answer");
	ck_assert_uint_eq(changed_heard, 2 * 2 * (PLACES + 1));
}
END_TEST

START_TEST(who_completes_no_handshake_is_inconclusive)
{
	at[0].completes_none = true;
	expect(ASSAY_INCONC, "tickets.unknown",
	    "443 control: TLSv1.3 no handshake is completed; TLSv1.2 no "
	    "handshake is completed");
}
END_TEST

START_TEST(no_tls_is_none)
{
	tls[0].speaks_text = true;
	expect(ASSAY_INFO, "tls.none", "");
}
END_TEST

START_TEST(fewer_ports_never_pass)
{
	fake_job_param(job, "ports", "443");
	expect(ASSAY_INCONC, "tls.partial", "");
}
END_TEST

START_TEST(a_cancel_is_no_pass)
{
	fake_job_start(job);
	fake_job_advance(job, 1000000);
	fake_job_cancel(job);
	ck_assert(fake_job_run_until_finished(job, 100 * SECOND));
	fake_job_judge(job);
	ck_assert_int_eq(
	    fake_job_find_verdict(job, "TLS-S10", ASSAY_BEHAVIOUR, target)
		->value,
	    ASSAY_INCONC);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_tickets");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_good_server_passes, 0, 4);
	tcase_add_test(tc, those_of_others_are_tried);
	tcase_add_test(tc, a_changed_one_that_resumes_fails);
	tcase_add_test(tc, a_forged_one_that_resumes_fails);
	tcase_add_loop_test(
	    tc, a_ticket_of_another_port_fails_or_is_to_be_weighed, 0, 2);
	tcase_add_loop_test(tc, ten_years_are_too_long, 0, 2);
	tcase_add_test(tc, a_week_is_not);
	tcase_add_loop_test(tc, the_extended_secret_must_stay, 0, 2);
	tcase_add_test(tc, without_the_secret_there_is_none_to_be_lost);
	tcase_add_test(tc, who_gives_none_has_none_to_be_changed);
	tcase_add_test(tc, of_who_never_resumes_nothing_is_told);
	tcase_add_test(
	    tc, who_no_longer_resumes_at_the_end_has_refused_nothing);
	tcase_add_test(tc, silence_to_a_changed_one_is_inconclusive);
	tcase_add_test(tc, who_completes_no_handshake_is_inconclusive);
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
