/*
 * tls.certificate against simulated devices: certificates that fit and that do
 * not, made by OpenSSL; ports that show none, that fall silent, that are no
 * TLS.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"

#include "probes/tls_certificate.c"
#include "probes/tls_certificate/interview.c"
#include "probes/tls_certificate/judge.c"
#include "probes/tls_certificate/observe.c"
#include "protocols/packet.h"

#define SECOND 1000000000ull
#define DAY 86400
#define NOW 1700000001 /* by the stamps of fake frames */

enum manner {         /* of a port */
	SHOWS,        /* TLS, with its certificate */
	REFUSES,      /* TLS, with an alert */
	ANONYMOUS,    /* TLS, with no certificate */
	GARBLED,      /* TLS, with bytes that are no certificate */
	CLOSES,       /* in the middle of everything */
	SAYS_NOTHING, /* and keeps the connection */
	LOST,         /* takes none any more */
	GREETS_SSH,
	GREETS_SMTP, /* with STARTTLS */
	ECHOES,
	PRINTS, /* nothing may be said to it */
};

struct service {
	uint16_t port;
	enum manner manner;
};

struct device {
	const struct service *services;
	size_t n;
	bool is_mute, closing_is_bad;
	const char *version, *public_key;
};

static struct device device;
static struct assay_job *job;
static unsigned char *der;
static int nder;

/* What a certificate says; NULL: nothing of it. */
struct words {
	int64_t from, to;
	const char *alternatives, *usage, *purposes, *common;
};
static const struct words good = { NOW - DAY * 400L, NOW + DAY * 400L,
	"DNS:lock.test,IP:10.77.0.10", "critical,digitalSignature",
	"serverAuth", "lock" };

static void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e;

	if (value == NULL)
		return;
	e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	ck_assert_ptr_nonnull(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void
make(const struct words *w)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 5);
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)w->from);
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)w->to);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)w->common, -1, -1, 0);
	X509_set_issuer_name(x, name);
	extend(x, NID_subject_alt_name, w->alternatives);
	extend(x, NID_key_usage, w->usage);
	extend(x, NID_ext_key_usage, w->purposes);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	OPENSSL_free(der);
	der = NULL;
	nder = i2d_X509(x, &der);
	X509_free(x);
	EVP_PKEY_free(key);
}

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

/* What a worker tells of a TLS handshake. */
static void
shake_hands(
    const struct device *d, const struct service *s, struct fake_job_talk *t)
{
	static const uint8_t garbage[] = { 0x30, 0x82, 1, 0, 0x30 };

	ck_assert(t->spec->tls_only);
	t->end =
	    s->manner == SAYS_NOTHING ? ASSAY_TALK_QUIET : ASSAY_TALK_CLOSED;
	if (s->manner == REFUSES)
		t->tls.alert = 40;
	if (s->manner != SHOWS && s->manner != ANONYMOUS &&
	    s->manner != GARBLED)
		return;
	t->end = ASSAY_TALK_ANSWERED;
	t->tls.ready = true;
	t->tls.version = d->version;
	t->tls.keys = "CLIENT_RANDOM 1 2\n";
	if (s->manner == SHOWS) {
		t->tls.certificate = der;
		t->tls.ncertificate = (size_t)nder;
		t->tls.public_key = d->public_key;
	} else if (s->manner == GARBLED) {
		t->tls.certificate = garbage;
		t->tls.ncertificate = sizeof(garbage);
	}
}

/* Within clear text. */
static void
answer(const struct service *s, struct fake_job_talk *t)
{
	static const char smtp[] = "220 lock ESMTP\r\n";
	static const char offers[] = "250-lock\r\n250 STARTTLS\r\n";
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 40 };

	t->end = ASSAY_TALK_QUIET;
	if (s->manner == GREETS_SSH)
		say_back(t, "SSH-2.0-lock\r\n", 14);
	if (s->manner == ECHOES && t->spec->nsay > 0)
		say_back(t, t->spec->say, t->spec->nsay);
	if (s->manner == REFUSES && t->spec->nsay > 0)
		say_back(t, alert, sizeof(alert));
	if (s->manner == GREETS_SMTP) {
		say_back(t, smtp, sizeof(smtp) - 1);
		t->said = t->spec->nsay > 0;
		if (t->said && memcmp(t->spec->say, "EHLO", 4) == 0)
			say_back(t, offers, sizeof(offers) - 1);
	}
	if (s->manner == CLOSES)
		t->end = ASSAY_TALK_CLOSED;
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	const struct device *d = arg;
	const struct service *s = service_at(d, t->spec->port);

	(void)j;
	ck_assert_ptr_nonnull(s);
	t->end = ASSAY_TALK_TIMEOUT;
	if (s->manner == PRINTS) {
		t->withheld = true;
		t->said = false;
		t->end = ASSAY_TALK_QUIET;
	} else if (s->manner != LOST && t->spec->tls) {
		shake_hands(d, s, t);
	} else if (s->manner != LOST) {
		answer(s, t);
	}
}

static void
teardown(void)
{
	fake_job_free(job);
	job = NULL;
	OPENSSL_free(der);
	der = NULL;
}

static void
prepare(const struct words *w, const struct service *services, size_t n)
{
	if (job != NULL)
		teardown();
	memset(&device, 0, sizeof(device));
	device.services = services;
	device.n = n;
	device.version = "TLSv1.3";
	device.public_key = "aa11";
	make(w);
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_send(job, on_send, &device);
	fake_job_on_tcp_try(job, on_try, &device);
	fake_job_on_talk(job, on_talk, &device);
}

static const struct service lock[] = { { 22, GREETS_SSH }, { 443, SHOWS },
	{ 7, ECHOES } };

/* A whole lock, whose names and another's key are known. */
static void
prepare_lock(const struct words *w)
{
	prepare(w, lock, 3);
	fake_job_param(job, "names", "other.test lock.test");
	fake_job_param(job, "other_keys", "bb22 cc33");
}

static void
expect(
    enum assay_verdict_value value, const char *reason, const char *problems_)
{
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 7200 * SECOND));
	ck_assert_uint_eq(fake_job_verdict_count(job), 1);
	v = fake_job_find_verdict(job, "TLS-S15", ASSAY_BEHAVIOUR, NULL);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (problems_ != NULL)
		ck_assert_str_eq(
		    fake_job_verdict_value(v, "problems")->string, problems_);
	if (value == ASSAY_FAIL || value == ASSAY_PASS)
		ck_assert_uint_gt(v->nobservations, 0);
}

START_TEST(what_fits_and_is_its_own_passes)
{
	struct words w = good;

	prepare_lock(&w);
	expect(ASSAY_PASS, "certificate.fits", "443 fits");
	ck_assert_str_eq(
	    fake_job_find(job, "certificate.names", NULL)->value.string,
	    "DNS:lock.test IP:10.77.0.10");
	ck_assert_uint_eq(
	    fake_job_find(job, "certificate.key_bits", NULL)->value.u64, 256);
	ck_assert_str_eq(fake_job_find(job, "tls.keys", NULL)->value.string,
	    "CLIENT_RANDOM 1 2;");
	w.usage = w.purposes = NULL; /* no restriction */
	w.alternatives = NULL;
	w.common = "lock.test";
	prepare_lock(&w);
	expect(ASSAY_PASS, "certificate.fits", NULL);
	w.alternatives = "DNS:*.test";
	w.purposes = "anyExtendedKeyUsage";
	prepare_lock(&w);
	expect(ASSAY_PASS, "certificate.fits", NULL);
}
END_TEST

START_TEST(what_does_not_fit_fails_and_is_named)
{
	static const struct {
		struct words w;
		const char *reason, *problems;
	} bad[] = {
		{ { NOW - 400L * DAY, NOW - 2L * DAY, "DNS:lock.test", NULL,
		      NULL, "lock" },
		    "certificate.expired", "443 expired" },
		{ { NOW + 2L * DAY, NOW + 90L * DAY, "DNS:lock.test", NULL,
		      NULL, "lock" },
		    "certificate.not_yet", "443 not valid yet" },
		{ { NOW - 90L * DAY, NOW + 90L * DAY, "DNS:lock.test", NULL,
		      "clientAuth,emailProtection", "lock" },
		    "certificate.purpose", "443 not for servers" },
		{ { NOW - 90L * DAY, NOW + 90L * DAY, "DNS:lock.test",
		      "keyEncipherment,keyCertSign", NULL, "lock" },
		    "certificate.key_usage", "443 key not for this use" },
		{ { NOW - 90L * DAY, NOW + 90L * DAY, "DNS:a.lock.test", NULL,
		      NULL, "lock.test" }, /* which is looked at no more */
		    "certificate.name", "443 for somebody else" },
		{ { NOW - 90L * DAY, NOW + 90L * DAY, "IP:10.77.0.11", NULL,
		      NULL, "lock" },
		    "certificate.name", "443 for somebody else" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		prepare_lock(&bad[i].w);
		expect(ASSAY_FAIL, bad[i].reason, bad[i].problems);
	}
}
END_TEST

START_TEST(a_fail_stands_though_other_ports_are_not_known)
{
	static const struct service services[] = { { 443, SHOWS },
		{ 444, REFUSES }, { 445, SAYS_NOTHING } };
	struct words w = good;

	w.purposes = "clientAuth";
	prepare(&w, services, 3);
	device.closing_is_bad = true;
	expect(ASSAY_FAIL, "certificate.purpose", "443 not for servers");
}
END_TEST

START_TEST(before_tls_1_3_a_key_that_decrypts_will_do)
{
	struct words w = good;

	w.usage = "keyEncipherment";
	prepare_lock(&w);
	device.version = "TLSv1.2";
	expect(ASSAY_PASS, "certificate.fits", NULL);
	w.usage = "keyCertSign";
	prepare_lock(&w);
	device.version = "TLSv1.2";
	expect(ASSAY_FAIL, "certificate.key_usage", NULL);
}
END_TEST

START_TEST(the_key_of_another_sample_fails)
{
	prepare_lock(&good);
	device.public_key = "cc33";
	expect(
	    ASSAY_FAIL, "certificate.shared_key", "443 another sample's key");
	prepare_lock(&good); /* no beginning of one is one */
	device.public_key = "cc3";
	expect(ASSAY_PASS, "certificate.fits", NULL);
}
END_TEST

START_TEST(what_one_sample_does_not_show_is_no_pass)
{
	prepare_lock(&good);
	fake_job_param(job, "other_keys", "");
	expect(ASSAY_INCONC, "certificate.one_sample", NULL);
}
END_TEST

START_TEST(a_name_is_judged_when_names_are_known)
{
	struct words w = good;

	prepare_lock(&w); /* its own address is known */
	fake_job_param(job, "names", "");
	expect(ASSAY_PASS, "certificate.fits", NULL);
	w.alternatives = "DNS:lock.test";
	prepare_lock(&w);
	fake_job_param(job, "names", "");
	expect(ASSAY_INCONC, "certificate.name_unknown", NULL);
}
END_TEST

/* Those of the profile's crypto count for its port, and for no other. */
START_TEST(names_may_be_declared)
{
	static const char *const ports[] = { "443", "22" };
	const char *cells[] = { "interface", "https", "role", "server", "port",
		ports[_i], "versions", "tls1.2", "names", "a.test lock.test",
		NULL };
	struct words w = good;

	w.alternatives = "DNS:lock.test";
	prepare_lock(&w);
	fake_job_param(job, "names", "");
	fake_job_declare_row(job, "crypto", cells);
	if (_i == 0)
		expect(ASSAY_PASS, "certificate.fits", NULL);
	else
		expect(ASSAY_INCONC, "certificate.name_unknown", NULL);
	w.alternatives = "DNS:cam.test";
	prepare_lock(&w);
	fake_job_param(job, "names", "");
	fake_job_declare_row(job, "crypto", cells);
	if (_i == 0)
		expect(ASSAY_FAIL, "certificate.name", NULL);
	else
		expect(ASSAY_INCONC, "certificate.name_unknown", NULL);
}
END_TEST

/* A server of TLS that is not there showed no certificate. */
START_TEST(a_declared_port_that_is_closed_is_no_pass)
{
	const struct assay_declared_port p = { .transport = ASSAY_TCP,
		.first = 8883,
		.last = 8883,
		.service = "mqtts",
		.optional = _i == 1 };

	prepare_lock(&good);
	fake_job_declare(job, &p);
	if (_i == 0)
		expect(ASSAY_INCONC, "certificate.declared_closed", NULL);
	else
		expect(ASSAY_PASS, "certificate.fits", NULL);
}
END_TEST

START_TEST(so_many_names_that_some_are_left_out_decide_nothing)
{
	char many[4000] = "DNS:lock.tests";
	struct words w = good;
	size_t n = strlen(many);
	int i;

	for (i = 0; i < 100; i++)
		n += (size_t)snprintf(
		    many + n, sizeof(many) - n, ",DNS:lock%03d.example", i);
	w.alternatives = many;
	prepare_lock(&w);
	expect(ASSAY_INCONC, "certificate.name_unknown", NULL);
}
END_TEST

START_TEST(a_date_near_the_clock_decides_nothing)
{
	struct words w = good;
	const int64_t ends[] = { NOW - DAY / 2, NOW + DAY / 2 };
	size_t i;

	for (i = 0; i < 2; i++) {
		w.to = ends[i];
		prepare_lock(&w);
		expect(ASSAY_INCONC, "certificate.clock", NULL);
		prepare_lock(&w); /* a clock that can be trusted */
		fake_job_param(job, "clock_error", "1h");
		expect(i == 0 ? ASSAY_FAIL : ASSAY_PASS,
		    i == 0 ? "certificate.expired" : "certificate.fits", NULL);
	}
	w = good;
	w.from = NOW - 60;
	prepare_lock(&w);
	expect(ASSAY_INCONC, "certificate.clock", NULL);
}
END_TEST

START_TEST(a_port_whose_certificate_was_not_read_is_no_pass)
{
	static const struct {
		enum manner manner;
		const char *reason, *problems;
	} bad[] = {
		{ REFUSES, "certificate.unread", "444 tls unread" },
		{ ANONYMOUS, "certificate.unread", "444 tls unread" },
		{ GARBLED, "certificate.unread", "444 tls unread" },
		{ GREETS_SMTP, "certificate.unread", "444 starttls" },
		{ CLOSES, "certificate.unidentified", "444 silent" },
		{ SAYS_NOTHING, "certificate.unidentified", "444 silent" },
		{ LOST, "certificate.unidentified", "444 lost" },
		{ PRINTS, "certificate.unidentified", "444 unasked" },
	};
	struct service services[] = { { 443, SHOWS }, { 444, SHOWS } };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		services[1].manner = bad[i].manner;
		prepare(&good, services, 2);
		fake_job_param(job, "other_keys", "bb22");
		expect(ASSAY_INCONC, bad[i].reason, bad[i].problems);
	}
}
END_TEST

START_TEST(without_tls_there_is_nothing_to_judge)
{
	static const struct service services[] = { { 22, GREETS_SSH },
		{ 7, ECHOES } };

	prepare(&good, services, 2);
	expect(ASSAY_INFO, "certificate.no_tls", "");
	prepare(&good, NULL, 0);
	expect(ASSAY_INFO, "certificate.no_tls", "");
}
END_TEST

START_TEST(what_was_not_asked_or_not_answered_is_no_pass)
{
	prepare_lock(&good);
	fake_job_param(job, "ports", "1-1024");
	expect(ASSAY_INCONC, "certificate.partial", "443 fits");
	prepare_lock(&good);
	device.closing_is_bad = true;
	expect(ASSAY_INCONC, "certificate.control_bad", NULL);
	prepare_lock(&good);
	device.is_mute = true;
	expect(ASSAY_INCONC, "certificate.no_responder", NULL);
	prepare_lock(&good);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, SECOND / 100);
	fake_job_cancel(job);
	ck_assert(fake_job_run_until_finished(job, 60 * SECOND));
	fake_job_judge(job);
	ck_assert_int_eq(
	    fake_job_find_verdict(job, "TLS-S15", ASSAY_BEHAVIOUR, NULL)->value,
	    ASSAY_INCONC);
}
END_TEST

/* What a run with this clock would have left. */
static void
left(const char *field, uint16_t port, struct assay_value value)
{
	const struct assay_observation o = { .field = field,
		.target = assay_target_at(job, 0),
		.port = port,
		.value = value };

	fake_job_add_observation(job, &o);
}

START_TEST(a_clock_that_was_never_set_decides_nothing)
{
	struct assay_ports open = { { 0 } };
	const struct assay_value then = { .type = ASSAY_TYPE_I64, .i64 = 1000 };
	const struct assay_value from = { .type = ASSAY_TYPE_I64, .i64 = NOW };
	const struct assay_value to = { .type = ASSAY_TYPE_I64,
		.i64 = NOW + 400L * DAY };

	prepare_lock(&good);
	assay_ports_add(&open, 443, 443);
	left("sweep.end", 0, ASSAY_STRING("complete"));
	left("sweep.asked", 0, ASSAY_U64(65535));
	left("sweep.answered", 0, ASSAY_U64(65535));
	left("ports.open", 0, ASSAY_PORTS(&open));
	left("clock.now", 0, then);
	left("tls.version", 443, ASSAY_STRING("TLSv1.3"));
	left("certificate.not_before", 443, from);
	left("certificate.not_after", 443, to);
	left("certificate.names", 443, ASSAY_STRING("DNS:lock.test"));
	left("certificate.key_usage", 443, ASSAY_STRING("unrestricted"));
	left("certificate.purposes", 443, ASSAY_STRING("servers"));
	left("certificate.public_key", 443, ASSAY_STRING("aa11"));
	left("service", 443, ASSAY_STRING("tls"));
	left("control.after", 0, ASSAY_BOOL(true));
	fake_job_add_control(job, ASSAY_AFTER, true);
	fake_job_judge(job);
	ck_assert_str_eq(fake_job_verdict(job, 0)->reason, "certificate.clock");
	ck_assert_int_eq(fake_job_verdict(job, 0)->value, ASSAY_INCONC);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tls.certificate");
	TCase *tc = tcase_create("tls.certificate");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_fits_and_is_its_own_passes);
	tcase_add_test(tc, what_does_not_fit_fails_and_is_named);
	tcase_add_test(tc, a_fail_stands_though_other_ports_are_not_known);
	tcase_add_test(tc, before_tls_1_3_a_key_that_decrypts_will_do);
	tcase_add_test(tc, the_key_of_another_sample_fails);
	tcase_add_test(tc, what_one_sample_does_not_show_is_no_pass);
	tcase_add_test(tc, a_name_is_judged_when_names_are_known);
	tcase_add_loop_test(tc, names_may_be_declared, 0, 2);
	tcase_add_loop_test(
	    tc, a_declared_port_that_is_closed_is_no_pass, 0, 2);
	tcase_add_test(tc, so_many_names_that_some_are_left_out_decide_nothing);
	tcase_add_test(tc, a_date_near_the_clock_decides_nothing);
	tcase_add_test(tc, a_port_whose_certificate_was_not_read_is_no_pass);
	tcase_add_test(tc, without_tls_there_is_nothing_to_judge);
	tcase_add_test(tc, what_was_not_asked_or_not_answered_is_no_pass);
	tcase_add_test(tc, a_clock_that_was_never_set_decides_nothing);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
