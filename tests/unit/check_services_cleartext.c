/*
 * services.cleartext against simulated devices: protected, in clear text,
 * mute, gone, lying; asked by us, and seen in a capture.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"

#include "probes/services_cleartext.c"
#include "probes/services_cleartext/capture.c"
#include "probes/services_cleartext/judge.c"
#include "protocols/packet.h"

#define SECOND 1000000000ull

struct service {
	uint16_t port;
	const char *greets; /* NULL: says nothing first */
	const char *begins; /* what it answers to begins with this … */
	const char *answers;
	enum assay_talk_end end; /* 0: as it should be */
};

struct device {
	const struct service *services;
	size_t n;
	bool is_mute, closing_is_bad;
	const char *udp; /* what 161 answers to SNMPv1; NULL: ICMP */
	bool udp_silent;
	bool withholds;     /* the host lets nothing go out to 9100 */
	unsigned spoken_to; /* exchanges in which something was said, on 9100 */
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
say_back(struct fake_job_talk *t, const char *text)
{
	memcpy(t->heard + t->nheard, text, strlen(text));
	t->nheard += strlen(text);
}

static void
answer_datagram(const struct device *d, struct fake_job_talk *t)
{
	const uint8_t *say = t->spec->say;

	t->end = d->udp_silent ? ASSAY_TALK_QUIET : ASSAY_TALK_REFUSED;
	if (d->udp == NULL || t->spec->port != 161)
		return;
	t->end = ASSAY_TALK_QUIET;
	if (say[0] != 0x30 || say[4] != 0)
		return;
	t->end = ASSAY_TALK_ANSWERED;
	memcpy(t->heard, say, t->spec->nsay);
	t->heard[13] = (uint8_t)d->udp[0];
	t->nheard = t->spec->nsay;
}

static void
on_service(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	struct device *d = arg;
	const struct service *s = service_at(d, t->spec->port);

	(void)j;
	if (t->spec->transport == ASSAY_UDP) {
		answer_datagram(d, t);
		return;
	}
	ck_assert_ptr_nonnull(s);
	t->end = ASSAY_TALK_QUIET;
	if (s->end != 0) {
		t->end = s->end;
		return;
	}
	if (s->greets != NULL)
		say_back(t, s->greets);
	t->said =
	    t->spec->nsay > 0 && (!t->spec->hear_first || s->greets != NULL);
	t->withheld =
	    d->withholds && t->spec->port == 9100 && t->spec->nsay > 0;
	t->said = t->said && !t->withheld;
	d->spoken_to += t->said && t->spec->port == 9100;
	if (t->said && s->answers != NULL &&
	    t->spec->nsay >= strlen(s->begins) &&
	    memcmp(t->spec->say, s->begins, strlen(s->begins)) == 0)
		say_back(t, s->answers);
	if (t->nheard > 0)
		t->end = ASSAY_TALK_ANSWERED;
}

#define SSH \
	{ \
		22, "SSH-2.0-dropbear\r\n", "", NULL, 0 \
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
expect(enum assay_kind kind, enum assay_verdict_value value, const char *reason,
    const char *services)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "NET-06", kind, NULL);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (services != NULL)
		ck_assert_str_eq(
		    fake_job_verdict_value(v, "services")->string, services);
	if (value == ASSAY_FAIL || value == ASSAY_PASS)
		ck_assert_uint_gt(v->nobservations, 0);
}

static void
expect_tcp(
    enum assay_verdict_value value, const char *reason, const char *services)
{
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_COMPLETENESS, value, reason, services);
}

START_TEST(a_device_that_speaks_ssh_2_alone_passes)
{
	static const struct service services[] = { SSH };

	PREPARE(services);
	expect_tcp(ASSAY_PASS, "cleartext.none", "ssh2 22");
	expect(ASSAY_BEHAVIOUR, ASSAY_INFO, "cleartext.udp_closed", NULL);
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, true), 1);
}
END_TEST

START_TEST(a_device_with_no_open_port_passes)
{
	prepare(NULL, 0);
	expect_tcp(ASSAY_PASS, "cleartext.none", "");
}
END_TEST

START_TEST(telnet_on_any_port_fails_and_is_named)
{
	static const struct service services[] = { SSH,
		{ 443, "\xff\xfd\x01\xff\xfb\x01", "", NULL, 0 } };

	PREPARE(services);
	expect_tcp(ASSAY_FAIL, "cleartext.found", "telnet 443");
}
END_TEST

START_TEST(what_is_declared_fails_all_the_same)
{
	static const struct service services[] = { { 80, NULL, "GET ",
	    "HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n", 0 } };
	const struct assay_declared_port p = { .transport = ASSAY_TCP,
		.first = 80,
		.last = 80,
		.service = "http" };

	PREPARE(services);
	fake_job_declare(job, &p);
	expect_tcp(ASSAY_FAIL, "cleartext.found", "http 80");
	ck_assert_ptr_nonnull(fake_job_find(job, "service.only_to_tls", NULL));
}
END_TEST

START_TEST(an_offer_of_tls_is_on_record_and_fails)
{
	static const struct service services[] = { { 25, "220 x ESMTP\r\n",
	    "EHLO ", "250-x\r\n250 STARTTLS\r\n", 0 } };

	PREPARE(services);
	expect_tcp(ASSAY_FAIL, "cleartext.found", "smtp 25");
	ck_assert_ptr_nonnull(fake_job_find(job, "service.offers_tls", NULL));
}
END_TEST

START_TEST(a_port_that_says_nothing_is_no_pass)
{
	static const struct service services[] = { SSH,
		{ 4000, NULL, "", NULL, 0 } };

	PREPARE(services);
	expect_tcp(ASSAY_INCONC, "cleartext.unidentified", "silent 4000");
}
END_TEST

START_TEST(a_port_that_cannot_be_understood_is_no_pass)
{
	static const struct service services[] = { { 23, "Hello TCP!\n", "",
	    NULL, 0 } };

	PREPARE(services);
	expect_tcp(ASSAY_INCONC, "cleartext.unidentified", "unidentified 23");
}
END_TEST

START_TEST(a_port_that_was_open_and_is_closed_now_is_no_pass)
{
	static const struct service services[] = { SSH,
		{ 4000, NULL, "", NULL, ASSAY_TALK_REFUSED } };

	PREPARE(services);
	expect_tcp(ASSAY_INCONC, "cleartext.unasked", "lost 4000");
}
END_TEST

START_TEST(our_own_trouble_is_no_pass)
{
	static const struct service services[] = { SSH,
		{ 4000, NULL, "", NULL, ASSAY_TALK_LOCAL } };

	PREPARE(services);
	expect_tcp(ASSAY_INCONC, "cleartext.unasked", "unasked 4000");
	ck_assert_ptr_nonnull(fake_job_note(job, "bench.local_failure"));
}
END_TEST

START_TEST(nothing_is_sent_to_a_printer)
{
	static const struct service services[] = { { 9100, NULL, "", NULL,
	    0 } };

	PREPARE(services);
	expect_tcp(ASSAY_INCONC, "cleartext.unasked", "unasked 9100");
	ck_assert_uint_eq(device.spoken_to, 0);
}
END_TEST

/* The scenario would have it asked; the host does not let it. */
START_TEST(what_the_host_withholds_is_unasked)
{
	static const struct service services[] = { { 9100, NULL, "", NULL,
	    0 } };

	PREPARE(services);
	device.withholds = true;
	fake_job_param(job, "listen_only", "");
	expect_tcp(ASSAY_INCONC, "cleartext.unasked", "unasked 9100");
}
END_TEST

START_TEST(fewer_than_all_ports_are_no_pass)
{
	static const struct service services[] = { SSH };

	PREPARE(services);
	fake_job_param(job, "ports", "1-1024");
	expect_tcp(ASSAY_INCONC, "cleartext.partial", NULL);
}
END_TEST

START_TEST(a_device_that_answers_nothing_is_no_pass)
{
	prepare(NULL, 0);
	device.is_mute = true;
	expect_tcp(ASSAY_INCONC, "cleartext.no_responder", NULL);
}
END_TEST

/* ---- judge alone, on what a run with no open port had recorded ---- */

static void
record(const char *field, struct assay_value value)
{
	const struct assay_observation o = { .field = field,
		.target = assay_target_at(job, 0),
		.value = value };

	fake_job_add_observation(job, &o);
}

static void
judge_recorded(const char *end, uint64_t unsettled)
{
	static const struct assay_ports none;

	prepare(NULL, 0);
	record("sweep.end", ASSAY_STRING(end));
	record("sweep.asked", ASSAY_U64(65535));
	record("sweep.answered", ASSAY_U64(65535 - unsettled));
	record("sweep.unsettled", ASSAY_U64(unsettled));
	record("ports.open", ASSAY_PORTS(&none));
	record("control.after", ASSAY_BOOL(true));
	fake_job_judge(job);
}

START_TEST(a_sweep_that_was_not_settled_is_no_pass)
{
	judge_recorded("complete", 0);
	expect(ASSAY_COMPLETENESS, ASSAY_PASS, "cleartext.none", NULL);
	teardown();
	judge_recorded("gone", 0);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "cleartext.device_gone", NULL);
	teardown();
	judge_recorded("unsettled", 0);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "cleartext.unsettled", NULL);
	teardown();
	judge_recorded("complete", 1); /* filtered, or lost: nobody can tell */
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "cleartext.unsettled", NULL);
}
END_TEST

START_TEST(a_bad_closing_control_is_no_pass_and_a_fail_stands)
{
	static const struct service good[] = { SSH };
	static const struct service bad[] = { { 21, "220 FTP\r\n", "FEAT",
	    "211 none\r\n", 0 } };

	PREPARE(good);
	device.closing_is_bad = true;
	expect_tcp(ASSAY_INCONC, "cleartext.control_bad", NULL);
	teardown();
	PREPARE(bad);
	device.closing_is_bad = true;
	expect_tcp(ASSAY_FAIL, "cleartext.found", "ftp 21");
}
END_TEST

START_TEST(ssh_that_only_offers_version_1_is_no_pass)
{
	static const struct service services[] = { { 22, "SSH-1.99-x\n", "",
	    NULL, 0 } };

	PREPARE(services);
	expect_tcp(ASSAY_INCONC, "cleartext.ssh_1_99", "ssh 1.99 22");
}
END_TEST

START_TEST(a_cancel_in_mid_interview_is_no_pass)
{
	static const struct service services[] = { SSH,
		{ 4000, NULL, "", NULL, 0 } };
	unsigned n;

	PREPARE(services);
	ck_assert_int_eq(fake_job_start(job), 0);
	for (n = 0;
	     n < 100000 && fake_job_find(job, "ports.open", NULL) == NULL; n++)
		fake_job_advance(job, SECOND / 1000);
	ck_assert_ptr_nonnull(fake_job_find(job, "ports.open", NULL));
	fake_job_cancel(job);
	fake_job_judge(job);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "cleartext.unasked", NULL);
}
END_TEST

START_TEST(snmp_v1_fails_and_silence_shows_nothing)
{
	static const struct service services[] = { SSH };

	PREPARE(services);
	device.udp = "\xa2";
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_FAIL, "cleartext.udp_found", "snmp1 161");
	teardown();
	PREPARE(services);
	device.udp = "\xa0"; /* an echo */
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "cleartext.udp_silent",
	    "unidentified 161");
	teardown();
	PREPARE(services);
	device.udp_silent = true;
	ck_assert(fake_job_all(job, 7200 * SECOND));
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "cleartext.udp_silent",
	    "silent 69, silent 161");
}
END_TEST

/* ---- in a capture ---- */

static struct assay_probe passive;
static const struct assay_target *target4;

static void
prepare_capture(void)
{
	passive = assay_probe;
	passive.run = NULL;
	job = fake_job_new(&passive);
	target4 = fake_job_add_target_text(job, "10.77.0.10");
}

/* A segment to or from the device's port, with text in it. */
static void
segment(bool from_device, uint16_t port, uint32_t seq, uint8_t flags,
    const char *text)
{
	static const uint8_t peer[4] = { 10, 77, 0, 99 };
	const uint8_t *here = target4->addr;
	const struct packet_ends e = { target4->mac, target4->source_mac, 4,
		from_device ? here : peer, from_device ? peer : here };
	uint8_t frame[PACKET_BUILD_MAX + 256];
	size_t size = packet_build_tcp(frame, &e, from_device ? port : 40000,
	    from_device ? 40000 : port, seq, 1, flags, 1000, NULL, 0);

	while (*text != '\0')
		frame[size++] = (uint8_t)*text++;
	frame[16] = (uint8_t)((size - 14) >> 8);
	frame[17] = (uint8_t)(size - 14);
	fake_job_feed(job, frame, size, 1000);
	fake_job_advance(job, 2000);
}

static void
handshake(uint16_t port)
{
	segment(false, port, 100, TCP_SYN, "");
	segment(true, port, 500, TCP_SYN | TCP_ACK, "");
}

START_TEST(a_telnet_login_in_a_capture_fails)
{
	prepare_capture();
	ck_assert_int_eq(fake_job_start(job), 0);
	handshake(4023);
	segment(true, 4023, 501, TCP_ACK, "\xff\xfd\x18\xff\xfb\x01");
	segment(true, 4023, 507, TCP_ACK, "box login: ");
	fake_job_judge(job);
	expect(
	    ASSAY_COMPLETENESS, ASSAY_FAIL, "cleartext.found", "telnet 4023");
	ck_assert_uint_eq(
	    fake_job_find(job, "service", NULL)->frames[0].local_first, 40000);
}
END_TEST

/* The device is the client of a telnet server elsewhere: not its service. */
START_TEST(what_the_device_asks_elsewhere_is_not_its_service)
{
	prepare_capture();
	ck_assert_int_eq(fake_job_start(job), 0);
	segment(true, 5000, 100, TCP_SYN, "");
	segment(false, 5000, 500, TCP_SYN | TCP_ACK, "");
	segment(false, 5000, 501, TCP_ACK, "\xff\xfd\x18\xff\xfb\x01");
	fake_job_judge(job);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "cleartext.only_seen", NULL);
}
END_TEST

START_TEST(http_is_put_together_and_seen_without_its_beginning)
{
	prepare_capture();
	ck_assert_int_eq(fake_job_start(job), 0);
	handshake(8000);
	segment(false, 8000, 101, TCP_ACK, "GET / HTTP/1.1\r\n\r\n");
	segment(true, 8000, 501, TCP_ACK, "HTTP/1");
	segment(true, 8000, 501, TCP_ACK, "HTTP/1"); /* once more */
	segment(true, 8000, 507, TCP_ACK, ".1 200 OK\r\n\r\n");
	segment(true, 8001, 900, TCP_ACK, "HTTP/1.1 200 OK\r\n\r\n");
	fake_job_judge(job);
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "cleartext.found",
	    "http 8000, http 8001");
}
END_TEST

START_TEST(tls_alone_in_a_capture_is_neither_fail_nor_pass)
{
	prepare_capture();
	ck_assert_int_eq(fake_job_start(job), 0);
	handshake(443);
	segment(false, 443, 101, TCP_ACK, "\x16\x03\x01 hello");
	segment(true, 443, 501, TCP_ACK,
	    "\x15\x03\x03\x01\x01\x01\x01 not a hello");
	fake_job_judge(job);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "cleartext.only_seen", NULL);
	expect(ASSAY_BEHAVIOUR, ASSAY_INCONC, "cleartext.only_seen", NULL);
}
END_TEST

static TCase *
asked(void)
{
	TCase *c = tcase_create("asked");

	tcase_add_checked_fixture(c, NULL, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_device_that_speaks_ssh_2_alone_passes);
	tcase_add_test(c, a_device_with_no_open_port_passes);
	tcase_add_test(c, telnet_on_any_port_fails_and_is_named);
	tcase_add_test(c, what_is_declared_fails_all_the_same);
	tcase_add_test(c, an_offer_of_tls_is_on_record_and_fails);
	tcase_add_test(c, a_port_that_says_nothing_is_no_pass);
	tcase_add_test(c, a_port_that_cannot_be_understood_is_no_pass);
	tcase_add_test(c, a_port_that_was_open_and_is_closed_now_is_no_pass);
	tcase_add_test(c, our_own_trouble_is_no_pass);
	tcase_add_test(c, nothing_is_sent_to_a_printer);
	tcase_add_test(c, what_the_host_withholds_is_unasked);
	tcase_add_test(c, fewer_than_all_ports_are_no_pass);
	tcase_add_test(c, a_device_that_answers_nothing_is_no_pass);
	tcase_add_test(c, a_sweep_that_was_not_settled_is_no_pass);
	tcase_add_test(c, a_bad_closing_control_is_no_pass_and_a_fail_stands);
	tcase_add_test(c, ssh_that_only_offers_version_1_is_no_pass);
	tcase_add_test(c, a_cancel_in_mid_interview_is_no_pass);
	tcase_add_test(c, snmp_v1_fails_and_silence_shows_nothing);
	return c;
}

int
main(void)
{
	Suite *s = suite_create("services.cleartext");
	TCase *c = tcase_create("in a capture");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, NULL, teardown);
	tcase_add_test(c, a_telnet_login_in_a_capture_fails);
	tcase_add_test(c, what_the_device_asks_elsewhere_is_not_its_service);
	tcase_add_test(c, http_is_put_together_and_seen_without_its_beginning);
	tcase_add_test(c, tls_alone_in_a_capture_is_neither_fail_nor_pass);
	suite_add_tcase(s, asked());
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
