/*
 * services.disclosure against simulated devices: one that says only what is
 * declared, ones that tell more, ones that nobody understands or that fall
 * silent; and the judge alone, on what runs had recorded.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"

#include "probes/services_disclosure.c"
#include "probes/services_disclosure/datagrams.c"
#include "probes/services_disclosure/interview.c"
#include "probes/services_disclosure/judge.c"
#include "protocols/packet.h"

#define SECOND 1000000000ull

struct service {
	uint16_t port;
	const char *greets; /* NULL: says nothing first */
	const char *begins; /* what it answers to begins with this … */
	const char *answers;
	enum assay_talk_end end; /* 0: as it should be */
	bool tls; /* all that is within TLS, and a record in clear to others */
	uint8_t alert; /* it wants a certificate first */
};

struct device {
	const struct service *services;
	size_t n;
	bool is_mute, closing_is_bad;
	uint16_t udp_silent, udp_odd; /* one port that is so; others refuse */
	bool udp_ntp;                 /* 123 follows 192.0.2.7 */
	unsigned spoken_to;           /* times something was said to 9100 */
};

static struct device device;
static struct assay_job *job;

static const struct service *
service_at(const struct device *d, uint16_t port)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->services[i].port == port)
			return &d->services[i];
	return NULL;
}

static int
on_send(
    void *arg, struct assay_job *j, const struct assay_buffer *frames, size_t n)
{
	const struct device *d = arg;
	struct packet p;
	size_t i;

	for (i = 0; i < n && !d->is_mute; i++) {
		ck_assert_int_eq(
		    packet_dissect(&p, frames[i].data, frames[i].size), 0);
		fake_device_answer_syn(
		    j, &p, service_at(d, p.port_dst) != NULL, 200000);
	}
	return (int)n;
}

static enum assay_tcp_result
on_try(void *arg, struct assay_job *j, struct fake_job_try *t)
{
	const struct device *d = arg;

	(void)j;
	(void)t;
	return d->closing_is_bad ? ASSAY_TCP_TIMEOUT : ASSAY_TCP_CONNECTED;
}

static void
say_back(struct fake_job_talk *t, const void *bytes, size_t n)
{
	memcpy(t->heard + t->nheard, bytes, n);
	t->nheard += n;
	t->end = ASSAY_TALK_ANSWERED;
}

static void
answer_datagram(const struct device *d, struct fake_job_talk *t)
{
	static const uint8_t upstream[] = { 192, 0, 2, 7 };
	uint8_t ntp[48] = { 4 << 3 | 4, 2 };

	t->end = ASSAY_TALK_REFUSED;
	if (t->spec->port == d->udp_silent)
		t->end = ASSAY_TALK_QUIET;
	if (t->spec->port == d->udp_odd)
		say_back(t, "hello", 5);
	if (!d->udp_ntp || t->spec->port != 123)
		return;
	t->end = ASSAY_TALK_QUIET;
	if (t->spec->nsay != 48)
		return;
	memcpy(ntp + 12, upstream, 4);
	memcpy(ntp + 24, (const uint8_t *)t->spec->say + 40, 8);
	say_back(t, ntp, sizeof(ntp));
}

static void
in_words(const struct service *s, struct fake_job_talk *t)
{
	if (s->greets != NULL)
		say_back(t, s->greets, strlen(s->greets));
	t->said =
	    t->spec->nsay > 0 && (!t->spec->hear_first || s->greets != NULL);
	if (t->said && s->answers != NULL &&
	    t->spec->nsay >= strlen(s->begins) &&
	    memcmp(t->spec->say, s->begins, strlen(s->begins)) == 0) {
		say_back(t, s->answers, strlen(s->answers));
		t->end = ASSAY_TALK_CLOSED;
	}
}

static void
on_service(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 40 };
	struct device *d = arg;
	const struct service *s = service_at(d, t->spec->port);

	(void)j;
	if (t->spec->transport == ASSAY_UDP) {
		answer_datagram(d, t);
		return;
	}
	ck_assert_ptr_nonnull(s);
	t->end = s->end != 0 ? s->end : ASSAY_TALK_QUIET;
	if (s->end != 0)
		return;
	if (s->tls && !t->spec->tls) {
		if (t->spec->nsay > 0)
			say_back(t, alert, sizeof(alert));
		return;
	}
	ck_assert(s->tls == t->spec->tls);
	t->tls.ready = s->tls;
	t->tls.alert = s->alert;
	t->tls.wants_certificate = s->alert == 116;
	t->tls.version = s->tls ? "TLSv1.3" : "";
	t->tls.keys = s->tls ? "CLIENT_RANDOM 1 2\n" : "";
	if (s->alert != 0) {
		t->end = ASSAY_TALK_CLOSED;
		return;
	}
	in_words(s, t);
	d->spoken_to += t->said && t->spec->port == 9100;
}

#define SSH \
	{ \
		22, "SSH-2.0-lock\r\n", "", NULL, 0, false, 0 \
	}
#define WEB(port, text, tls) \
	{ \
		port, NULL, "GET ", text, 0, tls, 0 \
	}

static void
teardown(void)
{
	fake_job_free(job);
	job = NULL;
}

static void
prepare(const struct service *services, size_t n)
{
	memset(&device, 0, sizeof(device));
	device.services = services;
	device.n = n;
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_send(job, on_send, &device);
	fake_job_on_tcp_try(job, on_try, &device);
	fake_job_on_talk(job, on_service, &device);
}
#define PREPARE(services) \
	prepare(services, sizeof(services) / sizeof((services)[0]))

static void
declare(
    const char *what, const char *service, const char *port, const char *value)
{
	const char *const cells[] = { "what", what, "service", service, "port",
		port, "value", value, NULL };

	fake_job_declare_row(job, "discloses", cells);
}

static void
expect(enum assay_kind kind, enum assay_verdict_value value, const char *reason,
    const char *said)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "NET-07", kind, NULL);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (said != NULL)
		ck_assert_str_eq(
		    fake_job_verdict_value(v, "said")->string, said);
	if (value == ASSAY_FAIL || value == ASSAY_PASS)
		ck_assert_uint_gt(v->nobservations, 0);
}

static void
expect_tcp(enum assay_verdict_value value, const char *reason, const char *said)
{
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_COMPLETENESS, value, reason, said);
}

static const char *
services_named(void)
{
	return fake_job_verdict_value(
	    fake_job_find_verdict(job, "NET-07", ASSAY_COMPLETENESS, NULL),
	    "services")
	    ->string;
}

static const struct service lock[] = { SSH,
	WEB(80, "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n", false) };

START_TEST(what_is_declared_passes)
{
	PREPARE(lock);
	declare("product", "", "", "");
	declare("version", "http", "80", "nginx/1.22");
	expect_tcp(ASSAY_PASS, "disclosure.declared", NULL);
	ck_assert_str_eq(services_named(), "ssh 22, http 80");
	ck_assert_uint_eq(fake_job_verdict_count(job), 2);
	expect(ASSAY_BEHAVIOUR, ASSAY_INFO, "disclosure.udp_closed", NULL);
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, true), 1);
}
END_TEST

START_TEST(a_device_with_no_open_port_passes_undeclared)
{
	prepare(NULL, 0);
	expect_tcp(ASSAY_PASS, "disclosure.declared", "");
}
END_TEST

START_TEST(a_version_that_is_not_declared_fails_and_is_named)
{
	static const struct {
		const char *what, *service, *port, *value;
	} others[] = {
		{ "version", "https", "", "" },
		{ "version", "http", "81", "" },
		{ "version", "http", "80", "nginx/1.2" }, /* it is 1.22 */
		{ "version", "http", "80", "lighttpd" },
		{ "serial", "", "", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		PREPARE(lock);
		declare("product", "", "", "");
		declare(others[i].what, others[i].service, others[i].port,
		    others[i].value);
		expect_tcp(ASSAY_FAIL, "disclosure.undeclared",
		    "version nginx/1.22.1 (http 80)");
		teardown();
	}
	prepare(NULL, 0);
}
END_TEST

START_TEST(a_secret_fails_whatever_is_declared)
{
	static const struct service services[] = { SSH,
		WEB(80, "HTTP/1.1 200 OK\r\n\r\n{\"psk\": \"correct-horse-9\"}",
		    false) };

	PREPARE(services);
	declare("secret", "", "", "");
	declare("product", "", "", "");
	expect_tcp(ASSAY_FAIL, "disclosure.secret",
	    "secret psk (15 characters) (http 80)");
	teardown();
	PREPARE(services); /* nothing is declared at all */
	expect_tcp(ASSAY_FAIL, "disclosure.secret", NULL);
}
END_TEST

START_TEST(what_is_of_little_use_is_no_fail_and_no_pass)
{
	PREPARE(lock);
	declare("version", "", "", "");
	expect_tcp(ASSAY_INCONC, "disclosure.undeclared_harmless",
	    "product lock (ssh 22), product nginx (http 80)");
}
END_TEST

START_TEST(without_a_declaration_nothing_is_judged)
{
	PREPARE(lock);
	expect_tcp(ASSAY_INCONC, "disclosure.not_declared",
	    "version nginx/1.22.1 (http 80)");
	teardown();
	PREPARE(lock); /* [] declares that nothing is said */
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_FAIL, "disclosure.undeclared", NULL);
}
END_TEST

START_TEST(a_service_that_says_nothing_needs_a_declaration_too)
{
	static const struct service services[] = { WEB(
	    80, "HTTP/1.1 200 OK\r\n\r\n", false) };

	PREPARE(services);
	expect_tcp(ASSAY_INCONC, "disclosure.not_declared", "");
	teardown();
	PREPARE(services);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_PASS, "disclosure.declared", "");
}
END_TEST

START_TEST(what_is_said_within_tls_is_heard)
{
	static const struct service services[] = { WEB(
	    443, "HTTP/1.1 200 OK\r\nServer: lighttpd/1.4.69\r\n\r\n", true) };
	const struct assay_observation *o;

	PREPARE(services);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_FAIL, "disclosure.undeclared",
	    "version lighttpd/1.4.69 (https 443)");
	/* and whoever doubts it can read the frames */
	o = fake_job_find(job, "tls.keys", NULL);
	ck_assert_ptr_nonnull(o);
	ck_assert_str_eq(o->value.string, "CLIENT_RANDOM 1 2;");
	ck_assert_str_eq(
	    fake_job_find(job, "tls.version", NULL)->value.string, "TLSv1.3");
}
END_TEST

START_TEST(a_server_that_wants_a_certificate_says_nothing_before)
{
	static const struct service services[] = { { 443, NULL, "", NULL, 0,
	    true, 116 } };

	PREPARE(services);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_PASS, "disclosure.declared", "");
	ck_assert_str_eq(services_named(), "tls 443");
}
END_TEST

START_TEST(tls_with_nobody_behind_is_no_pass)
{
	static const struct service silent[] = { { 443, NULL, "", NULL, 0, true,
	    0 } };
	static const struct service odd[] = { { 443, "what?\r\n", "", NULL, 0,
	    true, 0 } };
	static const struct service refusing[] = { { 443, NULL, "", NULL, 0,
	    true, 40 } }; /* of what it cannot do, not of who asks */

	PREPARE(silent);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_INCONC, "disclosure.unidentified", "");
	ck_assert_str_eq(services_named(), "tls silent 443");
	teardown();
	PREPARE(odd);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_INCONC, "disclosure.unidentified", NULL);
	ck_assert_str_eq(services_named(), "tls unidentified 443");
	teardown();
	PREPARE(refusing);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_INCONC, "disclosure.unidentified", NULL);
}
END_TEST

START_TEST(a_port_that_cannot_be_understood_is_no_pass)
{
	static const struct service mute[] = { { 4000, NULL, "", NULL, 0, false,
	    0 } };
	static const struct service odd[] = { { 4000, "ahoy, fw=1.2.3\r\n", "",
	    NULL, 0, false, 0 } };

	PREPARE(mute);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_INCONC, "disclosure.unidentified", "");
	ck_assert_str_eq(services_named(), "silent 4000");
	teardown();
	PREPARE(odd); /* but what it lets slip counts */
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_FAIL, "disclosure.undeclared",
	    "version 1.2.3 (unidentified 4000)");
}
END_TEST

START_TEST(modbus_is_asked_of_what_says_nothing)
{
	static const struct service services[] = { { 502, NULL, "\x77\x88", "x",
	    0, false, 0 } };

	/* Its bytes hold NUL: the codec's test has them.  Here, that it is
	 * asked at all, and that a wrong answer is believed by nobody. */
	PREPARE(services);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_INCONC, "disclosure.unidentified", NULL);
	ck_assert_int_eq(
	    ((struct disclosure_state *)assay_state(job))->ports[0].step,
	    DISCLOSURE_MODBUS);
}
END_TEST

START_TEST(a_page_that_does_not_end_is_no_pass)
{
	static const struct service services[] = { WEB(
	    80, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", false) };

	PREPARE(services);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_INCONC, "disclosure.cut", "");
}
END_TEST

START_TEST(a_port_that_was_open_and_is_closed_now_is_no_pass)
{
	static const struct service refused[] = { SSH,
		{ 4000, NULL, "", NULL, ASSAY_TALK_REFUSED, false, 0 } };
	static const struct service ours[] = { SSH,
		{ 4000, NULL, "", NULL, ASSAY_TALK_LOCAL, false, 0 } };

	PREPARE(refused);
	declare("product", "", "", "");
	expect_tcp(ASSAY_INCONC, "disclosure.unasked", NULL);
	ck_assert_str_eq(services_named(), "lost 4000");
	teardown();
	PREPARE(ours);
	declare("product", "", "", "");
	expect_tcp(ASSAY_INCONC, "disclosure.unasked", NULL);
	ck_assert_ptr_nonnull(fake_job_note(job, "bench.local_failure"));
}
END_TEST

START_TEST(nothing_is_sent_to_a_printer)
{
	static const struct service services[] = { { 9100, NULL, "", NULL, 0,
	    false, 0 } };

	PREPARE(services);
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_INCONC, "disclosure.unasked", NULL);
	ck_assert_uint_eq(device.spoken_to, 0);
}
END_TEST

START_TEST(fewer_than_all_ports_are_no_pass)
{
	prepare(NULL, 0);
	fake_job_param(job, "ports", "1-1024");
	expect_tcp(ASSAY_INCONC, "disclosure.partial", NULL);
}
END_TEST

START_TEST(a_device_that_answers_nothing_is_no_pass)
{
	prepare(NULL, 0);
	device.is_mute = true;
	expect_tcp(ASSAY_INCONC, "disclosure.no_responder", NULL);
}
END_TEST

START_TEST(a_bad_closing_control_is_no_pass_and_a_fail_stands)
{
	PREPARE(lock);
	device.closing_is_bad = true;
	declare("product", "", "", "");
	declare("version", "", "", "");
	expect_tcp(ASSAY_INCONC, "disclosure.control_bad", NULL);
	teardown();
	PREPARE(lock);
	device.closing_is_bad = true;
	fake_job_declares_table(job, "discloses");
	expect_tcp(ASSAY_FAIL, "disclosure.undeclared", NULL);
}
END_TEST

START_TEST(a_cancel_in_mid_interview_is_no_pass)
{
	unsigned n;

	PREPARE(lock);
	declare("product", "", "", "");
	declare("version", "", "", "");
	ck_assert_int_eq(fake_job_start(job), 0);
	for (n = 0;
	     n < 100000 && fake_job_find(job, "ports.open", NULL) == NULL; n++)
		fake_job_advance(job, SECOND / 1000);
	ck_assert_ptr_nonnull(fake_job_find(job, "ports.open", NULL));
	fake_job_cancel(job);
	fake_job_judge(job);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "disclosure.unasked", NULL);
}
END_TEST

START_TEST(udp_never_passes)
{
	prepare(NULL, 0);
	device.udp_ntp = true;
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "disclosure.not_declared",
	    "address 192.0.2.7 (ntp 123)");
	teardown();
	prepare(NULL, 0);
	device.udp_ntp = true;
	fake_job_declares_table(job, "discloses");
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "disclosure.undeclared_harmless",
	    NULL);
	teardown();
	prepare(NULL, 0);
	device.udp_ntp = true;
	declare("address", "ntp", "123", "192.0.2.");
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INFO, "disclosure.udp_declared",
	    "address 192.0.2.7 (ntp 123)");
	teardown();
	prepare(NULL, 0);
	device.udp_silent = 161;
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "disclosure.udp_silent", NULL);
	teardown();
	prepare(NULL, 0);
	device.udp_odd = 161;
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "disclosure.unidentified", NULL);
	teardown();
	prepare(NULL, 0);
	fake_job_param(job, "udp_ports", "1000");
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "disclosure.udp_unasked", NULL);
}
END_TEST

/* ---- judge alone ---- */

static void
record(const char *field, uint16_t port, struct assay_value value)
{
	const struct assay_observation o = { .field = field,
		.target = assay_target_at(job, 0),
		.port = port,
		.value = value };

	fake_job_add_observation(job, &o);
}

static void
record_sweep(const char *end, uint64_t unsettled)
{
	static const struct assay_ports none;

	prepare(NULL, 0);
	record("sweep.end", 0, ASSAY_STRING(end));
	record("sweep.asked", 0, ASSAY_U64(65535));
	record("sweep.answered", 0, ASSAY_U64(65535 - unsettled));
	record("sweep.unsettled", 0, ASSAY_U64(unsettled));
	record("ports.open", 0, ASSAY_PORTS(&none));
	record("control.after", 0, ASSAY_BOOL(true));
}

START_TEST(a_sweep_that_was_not_settled_is_no_pass)
{
	static const struct {
		const char *end;
		uint64_t unsettled;
		const char *reason;
	} cases[] = {
		{ "complete", 0, "disclosure.declared" },
		{ "gone", 0, "disclosure.device_gone" },
		{ "unsettled", 0, "disclosure.unsettled" },
		{ "complete", 1, "disclosure.unsettled" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (job != NULL)
			teardown();
		record_sweep(cases[i].end, cases[i].unsettled);
		fake_job_judge(job);
		expect(ASSAY_COMPLETENESS, i == 0 ? ASSAY_PASS : ASSAY_INCONC,
		    cases[i].reason, NULL);
	}
}
END_TEST

START_TEST(udp_fails_as_well)
{
	record_sweep("complete", 0);
	record("udp.service", 161, ASSAY_STRING("snmp"));
	record("udp.discloses.serial", 161, ASSAY_STRING("A1"));
	fake_job_declares_table(job, "discloses");
	fake_job_judge(job);
	expect(ASSAY_BEHAVIOUR, ASSAY_FAIL, "disclosure.undeclared",
	    "serial A1 (snmp 161)");
	expect(ASSAY_COMPLETENESS, ASSAY_PASS, "disclosure.declared", "");
	teardown();
	record_sweep("complete", 0);
	record("udp.service", 161, ASSAY_STRING("snmp"));
	record("udp.cut", 161, ASSAY_BOOL(true));
	fake_job_judge(job);
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "disclosure.cut", NULL);
}
END_TEST

START_TEST(a_capture_asks_nothing)
{
	prepare(NULL, 0);
	fake_job_judge(job);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "disclosure.not_asked", NULL);
}
END_TEST

static TCase *
asked(void)
{
	TCase *c = tcase_create("asked");

	tcase_add_checked_fixture(c, NULL, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, what_is_declared_passes);
	tcase_add_test(c, a_device_with_no_open_port_passes_undeclared);
	tcase_add_test(c, a_version_that_is_not_declared_fails_and_is_named);
	tcase_add_test(c, a_secret_fails_whatever_is_declared);
	tcase_add_test(c, what_is_of_little_use_is_no_fail_and_no_pass);
	tcase_add_test(c, without_a_declaration_nothing_is_judged);
	tcase_add_test(c, a_service_that_says_nothing_needs_a_declaration_too);
	tcase_add_test(c, what_is_said_within_tls_is_heard);
	tcase_add_test(
	    c, a_server_that_wants_a_certificate_says_nothing_before);
	tcase_add_test(c, tls_with_nobody_behind_is_no_pass);
	tcase_add_test(c, a_port_that_cannot_be_understood_is_no_pass);
	tcase_add_test(c, modbus_is_asked_of_what_says_nothing);
	tcase_add_test(c, a_page_that_does_not_end_is_no_pass);
	tcase_add_test(c, a_port_that_was_open_and_is_closed_now_is_no_pass);
	tcase_add_test(c, nothing_is_sent_to_a_printer);
	tcase_add_test(c, fewer_than_all_ports_are_no_pass);
	tcase_add_test(c, a_device_that_answers_nothing_is_no_pass);
	tcase_add_test(c, a_bad_closing_control_is_no_pass_and_a_fail_stands);
	tcase_add_test(c, a_cancel_in_mid_interview_is_no_pass);
	tcase_add_test(c, udp_never_passes);
	return c;
}

int
main(void)
{
	Suite *s = suite_create("services.disclosure");
	TCase *c = tcase_create("judge");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, NULL, teardown);
	tcase_add_test(c, a_sweep_that_was_not_settled_is_no_pass);
	tcase_add_test(c, udp_fails_as_well);
	tcase_add_test(c, a_capture_asks_nothing);
	suite_add_tcase(s, asked());
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
