/*
 * dtls.hello against DTLS servers that ask for a cookie or not, look at it or
 * not, take DTLS 1.0 or not, and what is no DTLS, closed, or silent.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/tls_client_hello.h"
#include "tests/unit/fake_datagrams.h"
#include "tests/unit/fake_job.h"

#include "probes/dtls_hello.c"
#include "probes/dtls_hello/judge.c"

#define SECOND 1000000000ull

static struct device { /* what is at port 5684; all others are closed */
	bool no_cookie, any_cookie, alerts_wrong, takes_old, silent_to_old;
	bool strange, silent, closed, dies;
	uint8_t old_alert; /* 0: protocol_version */
	unsigned times;    /* each answer comes */
	unsigned late;     /* its first cookie comes again with each answer */
	unsigned lost;     /* of so many hellos nothing is heard */
	unsigned hellos, alerts, wrongs;
} device;
static struct assay_job *job;

static void
send_message(
    uint16_t peer, enum tls_message_type type, const uint8_t *body, size_t n)
{
	uint8_t message[256], out[300];
	struct dtls_fragment f = {
		.type = type, .size = (uint32_t)n, .body = { body, n }
	};
	struct dtls_record r = { .type = TLS_HANDSHAKE,
		.version = DTLS_12,
		.body = { message, 0 } };
	unsigned i;

	r.body.n = dtls_fragment_build(&f, message, sizeof(message));
	n = dtls_record_build(&r, out, sizeof(out));
	for (i = 0; i < device.times; i++)
		fake_datagrams_answer(job, peer, out, n);
}

static void
send_alert(uint16_t peer, uint8_t alert)
{
	const uint8_t body[2] = { 2, alert };
	const struct dtls_record r = {
		.type = TLS_ALERT, .version = DTLS_12, .body = { body, 2 }
	};
	uint8_t out[32];
	const size_t n = dtls_record_build(&r, out, sizeof(out));

	fake_datagrams_answer(job, peer, out, n);
}

static void
send_cookie(uint16_t peer)
{
	const uint8_t body[7] = { 0xfe, 0xff, 4, (uint8_t)(peer >> 8),
		(uint8_t)peer, 3, 4 };

	send_message(peer, TLS_HELLO_VERIFY_REQUEST, body, sizeof(body));
}

static void
send_hello(uint16_t peer, uint16_t version, uint16_t suite)
{
	uint8_t body[38] = { 0 };

	put_u16(body, version);
	put_u16(body + 35, suite);
	send_message(peer, TLS_SERVER_HELLO, body, sizeof(body));
}

static void
answer_hello(uint16_t peer, const struct tls_client_hello *h)
{
	const bool old = h->legacy_version == DTLS_10;
	const uint8_t good[4] = { (uint8_t)(peer >> 8), (uint8_t)peer, 3, 4 };
	const bool is_good =
	    h->dtls_cookie.n == 4 && memcmp(h->dtls_cookie.p, good, 4) == 0;

	device.hellos++;
	device.wrongs += h->dtls_cookie.n > 0 && !is_good;
	if (old && device.silent_to_old)
		return;
	if (old && !device.takes_old) {
		send_alert(peer,
		    device.old_alert != 0 ? device.old_alert
					  : TLS_ALERT_PROTOCOL_VERSION);
		device.silent = device.dies;
	} else if (device.no_cookie || is_good ||
	    (device.any_cookie && h->dtls_cookie.n > 0)) {
		if (device.late)
			send_cookie(peer);
		send_hello(peer, h->legacy_version, tls_list_at(h->suites, 0));
	} else if (device.alerts_wrong && h->dtls_cookie.n > 0) {
		send_alert(peer, TLS_ALERT_HANDSHAKE_FAILURE);
	} else {
		send_cookie(peer);
	}
}

static void
hear(uint16_t port, uint16_t peer, const uint8_t *bytes, size_t n)
{
	struct tls_client_hello h;
	struct dtls_fragment f;
	struct dtls_record r;
	size_t at = 0, in = 0;

	if (port != 5684 || device.closed) {
		fake_datagrams_refuse(job, peer);
		return;
	}
	ck_assert_int_eq(dtls_record_next(bytes, n, &at, &r), 1);
	ck_assert_uint_le(n, 1232); /* fits any link */
	if (r.type == TLS_ALERT) {
		device.alerts++;
		return;
	}
	if (device.silent || device.lost > 0) {
		device.lost -= device.lost > 0;
		return;
	}
	if (device.strange) {
		fake_datagrams_answer(job, peer, "hello", 5);
		return;
	}
	ck_assert_int_eq(dtls_fragment_next(r.body, &in, &f), 1);
	ck_assert_int_eq(
	    tls_client_hello_read_datagram(&h, f.body.p, f.body.n), 0);
	answer_hello(peer, &h);
}

static void
run_with(struct device d, bool declared)
{
	const struct assay_declared_port port = { .transport = ASSAY_UDP,
		.first = 5684,
		.last = 5684,
		.service = "coaps" };

	device = d;
	if (device.times == 0)
		device.times = 1;
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	if (declared)
		fake_job_declare(job, &port);
	fake_datagrams_on_send(hear);
	ck_assert(fake_job_all(job, 600 * SECOND));
	ck_assert_uint_eq(fake_datagrams_count(), 0);
}

static void
expect(const char *check, enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, check, ASSAY_BEHAVIOUR, NULL);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
}

static const struct {
	struct device device;
	enum assay_verdict_value old, cookie;
	const char *why_old, *why_cookie;
} cases[] = {
	{ { .silent = false }, ASSAY_PASS, ASSAY_PASS, "dtls.old_refused",
	    "dtls.cookie" },
	{ { .alerts_wrong = true }, ASSAY_PASS, ASSAY_PASS, "dtls.old_refused",
	    "dtls.cookie" },
	{ { .takes_old = true }, ASSAY_FAIL, ASSAY_PASS, "dtls.old_taken",
	    "dtls.cookie" },
	{ { .no_cookie = true }, ASSAY_PASS, ASSAY_FAIL, "dtls.old_refused",
	    "dtls.no_cookie" },
	{ { .any_cookie = true }, ASSAY_PASS, ASSAY_FAIL, "dtls.old_refused",
	    "dtls.wrong_cookie_taken" },
	/* A late answer to the question before hides no fault. */
	{ { .any_cookie = true, .late = true }, ASSAY_PASS, ASSAY_FAIL,
	    "dtls.old_refused", "dtls.wrong_cookie_taken" },
	{ { .times = 60 }, ASSAY_PASS, ASSAY_FAIL, "dtls.old_refused",
	    "dtls.amplifies" },
	{ { .silent_to_old = true }, ASSAY_INCONC, ASSAY_PASS,
	    "dtls.unanswered", "dtls.cookie" },
	/* internal_error: it says nothing of the version */
	{ { .old_alert = 80 }, ASSAY_INCONC, ASSAY_PASS, "dtls.unanswered",
	    "dtls.cookie" },
	{ { .dies = true }, ASSAY_INCONC, ASSAY_INCONC, "dtls.control_bad",
	    "dtls.control_bad" },
	{ { .silent = true }, ASSAY_INCONC, ASSAY_INCONC,
	    "dtls.declared_silent", "dtls.declared_silent" },
	{ { .closed = true }, ASSAY_INCONC, ASSAY_INCONC,
	    "dtls.declared_silent", "dtls.declared_silent" },
	{ { .lost = 2 }, ASSAY_PASS, ASSAY_PASS, "dtls.old_refused",
	    "dtls.cookie" },
};

START_TEST(each_server_gets_its_verdict)
{
	run_with(cases[_i].device, true);
	expect("DTL-01", cases[_i].old, cases[_i].why_old);
	expect("DTL-02", cases[_i].cookie, cases[_i].why_cookie);
	fake_job_free(job);
}
END_TEST

START_TEST(what_is_begun_is_ended)
{
	run_with((struct device){ .takes_old = true }, true);
	ck_assert_uint_eq(device.alerts, 2); /* of each version */
	ck_assert_uint_eq(device.wrongs, 1);
	fake_job_free(job);
}
END_TEST

START_TEST(no_dtls_is_told_as_such)
{
	run_with((struct device){ .strange = true }, false);
	expect("DTL-01", ASSAY_INFO, "dtls.none");
	fake_job_free(job);
	run_with((struct device){ .closed = true }, false);
	expect("DTL-02", ASSAY_INFO, "dtls.none");
	fake_job_free(job);
	/* Found by asking, declared or not. */
	run_with((struct device){ .takes_old = true }, false);
	expect("DTL-01", ASSAY_FAIL, "dtls.old_taken");
	fake_job_free(job);
}
END_TEST

START_TEST(nobody_asked_is_inconclusive)
{
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_judge(job);
	expect("DTL-01", ASSAY_INCONC, "dtls.not_asked");
	fake_job_free(job);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dtls_hello");
	TCase *c = tcase_create("dtls_hello");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, each_server_gets_its_verdict, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(c, what_is_begun_is_ended);
	tcase_add_test(c, no_dtls_is_told_as_such);
	tcase_add_test(c, nobody_asked_is_inconclusive);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
