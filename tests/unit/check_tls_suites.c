/*
 * check_tls_suites: the probe against simulated devices: good, with each fault
 * alone, of which not all is known; and what its observations show.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/fake_tls.h"

#include "probes/tls_suites.c"
#include "probes/tls_suites/judge.c"
#include "protocols/packet.h"

#define SECOND UINT64_C(1000000000)

static const uint16_t good_12[] = { 0xc02b, 0xc02f }, good_13[] = { 0x1301 };

static struct fake_tls tls; /* at 443 */
static uint8_t *certificate;
static int ncertificate;
static bool has_no_certificate, is_filtered, is_withheld, closing_is_bad;
static struct assay_job *job;
static const struct assay_target *target;

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
	return closing_is_bad ? ASSAY_TCP_TIMEOUT : ASSAY_TCP_CONNECTED;
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	bool closed;

	(void)arg;
	(void)j;
	t->withheld = is_withheld;
	t->end = ASSAY_TALK_QUIET;
	if (is_withheld)
		return;
	if (t->spec->tls) {
		t->end = ASSAY_TALK_ANSWERED;
		t->tls.ready = true;
		if (!has_no_certificate) {
			t->tls.certificate = certificate;
			t->tls.ncertificate = (size_t)ncertificate;
		}
		return;
	}
	t->said = true;
	t->end = ASSAY_TALK_QUIET;
	t->nheard = fake_tls_serve(
	    &tls, t->spec->say, t->spec->nsay, t->heard, &closed);
	if (closed)
		t->end = ASSAY_TALK_CLOSED;
	else if (t->nheard > 0)
		t->end = ASSAY_TALK_ANSWERED;
}

/* A certificate of this key, which is freed, signed with md. */
static void
certify(EVP_PKEY *key, const EVP_MD *md)
{
	X509 *x = X509_new();

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	    (const unsigned char *)"a", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	ck_assert_int_gt(X509_sign(x, key, md), 0);
	OPENSSL_free(certificate);
	certificate = NULL;
	ncertificate = i2d_X509(x, &certificate);
	ck_assert_int_gt(ncertificate, 0);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void
setup(void)
{
	memset(&tls, 0, sizeof(tls));
	has_no_certificate = is_filtered = is_withheld = false;
	closing_is_bad = false;
	certify(EVP_EC_gen("P-256"), EVP_sha256());
	fake_tls_take(&tls, TLS_12, good_12, 2);
	fake_tls_take(&tls, TLS_13, good_13, 1);
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
	OPENSSL_free(certificate);
	certificate = NULL;
}

static const struct assay_verdict *
verdict(const char *check)
{
	size_t i;

	for (i = 0; i < fake_job_verdict_count(job); i++)
		if (strcmp(fake_job_verdict(job, i)->check, check) == 0)
			return fake_job_verdict(job, i);
	ck_abort_msg("no verdict on %s", check);
}

static void
expect(const char *check, enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v = verdict(check);

	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	ck_assert_uint_gt(v->nobservations, 0);
}

static const char *
said(const char *check)
{
	return fake_job_verdict_value(verdict(check), "said")->string;
}

static void
run_it(void)
{
	ck_assert(fake_job_all(job, 4000 * SECOND));
}

/* All but these are as of a good device; "" for none. */
static void
expect_good_but(const char *check, const char *other)
{
	static const struct {
		const char *check, *reason;
		enum assay_verdict_value value;
	} good[] = {
		{ "TLS-S03", "suites.none_bad", ASSAY_PASS },
		{ "TLS-S04", "suites.none_weak", ASSAY_PASS },
		{ "TLS-S05", "suites.good", ASSAY_PASS },
		{ "TLS-S06", "suites.keys_fit", ASSAY_PASS },
		{ "TLS-S07", "suites.no_compression", ASSAY_PASS },
		{ "TLS-S08", "suites.renegotiation_indicated", ASSAY_INFO },
		{ "TLS-S09", "suites.extended_secret", ASSAY_PASS },
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (strcmp(good[i].check, check) != 0 &&
		    strcmp(good[i].check, other) != 0)
			expect(good[i].check, good[i].value, good[i].reason);
}

START_TEST(good_server_passes)
{
	run_it();
	expect_good_but("", "");
	ck_assert_ptr_nonnull(strstr(said("TLS-S06"), "443 ec 256"));
	ck_assert_ptr_nonnull(strstr(said("TLS-S06"), "443 x25519 255"));
}
END_TEST

START_TEST(each_bad_suite_fails)
{
	static const uint16_t bad[] = { 0x0002, 0x0034, 0x0003, 0x0005, 0x0009,
		0xc010 };
	const struct assay_observation *o;
	struct tls_suite suite;

	tls.takes[4][2] = bad[_i];
	run_it();
	(void)tls_suite_of(bad[_i], &suite);
	expect("TLS-S03", ASSAY_FAIL, "suites.bad");
	ck_assert_ptr_nonnull(strstr(said("TLS-S03"), suite.name));
	/* shown by the one connection in which it was taken */
	o = fake_job_observation(job, verdict("TLS-S03")->observations[0] - 1);
	ck_assert_str_eq(o->field, "suite");
	ck_assert_uint_eq(o->nframes, 1);
	ck_assert_uint_ne(o->frames[0].local_first, 0);
	expect_good_but("TLS-S03", "TLS-S04");
}
END_TEST

START_TEST(each_weak_suite_is_told_and_fails_when_strict)
{
	static const uint16_t weak[] = { 0x009c, 0xc023, 0x009e, 0xc012 };

	tls.takes[4][2] = weak[_i % 4];
	if (_i >= 4)
		fake_job_param(job, "strict", "true");
	run_it();
	expect("TLS-S04", _i >= 4 ? ASSAY_FAIL : ASSAY_INFO, "suites.weak");
	expect_good_but("TLS-S04", "");
}
END_TEST

START_TEST(without_a_good_suite_it_fails)
{
	memset(tls.takes, 0, sizeof(tls.takes));
	tls.takes[4][0] = 0xc023; /* ECDHE with CBC */
	certify(EVP_EC_gen("P-256"), EVP_sha256());
	run_it();
	expect("TLS-S05", ASSAY_FAIL, "suites.no_good");
}
END_TEST

START_TEST(short_keys_and_weak_signatures_fail)
{
	static const char *const shown[] = { "key exchange of 1024 bits",
		"secp192r1 192", "ecdsa_sha1 weak", "rsa 1024",
		"ecdsa-sha1 weak" };

	if (_i == 0) {
		tls.takes[4][2] = 0x009e;
		tls.dh_bits = 1024;
	} else if (_i == 1) {
		tls.group = 19;
	} else if (_i == 2) {
		tls.signature = 0x0203;
	} else if (_i == 3) {
		certify(EVP_RSA_gen(1024), EVP_sha256());
	} else {
		certify(EVP_EC_gen("P-256"), EVP_sha1());
	}
	run_it();
	expect("TLS-S06", ASSAY_FAIL, "suites.short_key");
	ck_assert_ptr_nonnull(strstr(said("TLS-S06"), shown[_i]));
	expect_good_but("TLS-S06", _i == 0 ? "TLS-S04" : "");
}
END_TEST

START_TEST(an_unseen_certificate_is_inconclusive)
{
	has_no_certificate = true;
	run_it();
	expect("TLS-S06", ASSAY_INCONC, "suites.key_unknown");
	expect_good_but("TLS-S06", "");
}
END_TEST

START_TEST(each_option_fails_alone)
{
	static const char *const checks[] = { "TLS-S07", "TLS-S08", "TLS-S09" };
	static const char *const reasons_[] = { "suites.compression",
		"suites.renegotiation_unsafe", "suites.no_extended_secret" };

	tls.compression = _i == 0 ? 1 : 0;
	tls.no_renegotiation_info = _i == 1;
	tls.no_ems = _i == 2;
	run_it();
	expect(checks[_i], ASSAY_FAIL, reasons_[_i]);
	expect_good_but(checks[_i], "");
}
END_TEST

START_TEST(tls_13_alone_knows_no_renegotiation)
{
	memset(tls.takes[4], 0, sizeof(tls.takes[4]));
	run_it();
	expect("TLS-S08", ASSAY_PASS, "suites.no_renegotiation");
	expect_good_but("TLS-S08", "");
}
END_TEST

/* A fault is one whatever else is unknown; nothing else passes. */
START_TEST(what_is_known_in_part_passes_nothing)
{
	size_t i;

	tls.refuses = FAKE_TLS_BY_SILENCE;
	tls.takes[4][2] = 0x0005;
	run_it();
	expect("TLS-S03", ASSAY_FAIL, "suites.bad");
	for (i = 0; i < fake_job_verdict_count(job); i++)
		ck_assert_int_ne(fake_job_verdict(job, i)->value, ASSAY_PASS);
	expect("TLS-S09", ASSAY_INCONC, "tls.version_unknown");
}
END_TEST

START_TEST(another_protocol_is_none)
{
	tls.speaks_text = true;
	run_it();
	expect("TLS-S03", ASSAY_INFO, "tls.none");
	expect("TLS-S09", ASSAY_INFO, "tls.none");
}
END_TEST

START_TEST(all_filtered_is_inconclusive)
{
	is_filtered = true;
	run_it();
	expect("TLS-S03", ASSAY_INCONC, "tls.no_responder");
	expect("TLS-S06", ASSAY_INCONC, "tls.no_responder");
}
END_TEST

START_TEST(mute_is_inconclusive)
{
	memset(tls.takes, 0, sizeof(tls.takes));
	tls.refuses = FAKE_TLS_BY_SILENCE;
	run_it();
	expect("TLS-S05", ASSAY_INCONC, "tls.silent");
}
END_TEST

START_TEST(a_port_that_prints_is_not_asked)
{
	is_withheld = true;
	run_it();
	expect("TLS-S03", ASSAY_INCONC, "tls.unasked");
	expect("TLS-S05", ASSAY_INCONC, "tls.unasked");
	ck_assert_uint_eq(tls.hellos, 0);
}
END_TEST

START_TEST(a_bad_closing_control_is_inconclusive)
{
	closing_is_bad = true;
	run_it();
	expect("TLS-S03", ASSAY_INCONC, "tls.control_bad");
	expect("TLS-S09", ASSAY_INCONC, "tls.control_bad");
}
END_TEST

#define GCM_EC "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
#define GCM_RSA "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
#define GCM_13 "TLS_AES_128_GCM_SHA256"
#define CCM "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"

static void
expect_declared(enum assay_kind kind, enum assay_verdict_value value,
    const char *reason, const char *said)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "TLS-S05", kind, target);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	ck_assert_uint_gt(v->nobservations, 0);
	ck_assert_str_eq(fake_job_verdict_value(v, "said")->string, said);
}

START_TEST(suites_are_held_against_what_is_declared)
{
	static const struct {
		const char *suites;
		enum assay_verdict_value alone, all;
		const char *why_alone, *why_all, *beyond, *said;
	} cases[] = {
		{ GCM_13 " " GCM_EC " " GCM_RSA, ASSAY_PASS, ASSAY_PASS,
		    "suites.declared_alone", "suites.declared_taken", "",
		    "443 " GCM_13 ", 443 " GCM_EC ", 443 " GCM_RSA },
		{ GCM_13 " " GCM_EC, ASSAY_FAIL, ASSAY_PASS,
		    "suites.undeclared_taken", "suites.declared_taken",
		    "443 " GCM_RSA, "443 " GCM_13 ", 443 " GCM_EC },
		{ GCM_13 " " GCM_EC " " GCM_RSA " " CCM, ASSAY_PASS, ASSAY_FAIL,
		    "suites.declared_alone", "suites.declared_refused", "",
		    "443 " CCM },
	};
	const char *const cells[] = { "interface", "https", "role", "server",
		"port", "443", "versions", "tls1.2 tls1.3", "suites",
		cases[_i].suites, NULL };

	fake_job_declare_row(job, "crypto", cells);
	run_it();
	expect_declared(ASSAY_COMPLETENESS, cases[_i].alone,
	    cases[_i].why_alone, cases[_i].beyond);
	expect_declared(ASSAY_SUFFICIENCY, cases[_i].all, cases[_i].why_all,
	    cases[_i].said);
}
END_TEST

START_TEST(without_suites_a_declaration_allows_any)
{
	const char *const cells[] = { "interface", "https", "role", "server",
		"port", "443", "versions", "tls1.2 tls1.3", NULL };

	fake_job_declare_row(job, "crypto", cells);
	run_it();
	expect_declared(
	    ASSAY_COMPLETENESS, ASSAY_INFO, "suites.nothing_required", "");
	ck_assert_ptr_null(
	    fake_job_find_verdict(job, "TLS-S05", ASSAY_SUFFICIENCY, target));
}
END_TEST

/* A server that tires may take what it refused, and may take more. */
START_TEST(who_tires_of_us_is_known_in_part)
{
	const char *const cells[] = { "interface", "https", "role", "server",
		"port", "443", "versions", "tls1.2 tls1.3", "suites",
		GCM_13 " " GCM_EC " " GCM_RSA, NULL };

	tls.tires_after = 2;
	fake_job_declare_row(job, "crypto", cells);
	run_it();
	expect("TLS-S03", ASSAY_INCONC, "tls.version_unknown");
	expect_declared(ASSAY_SUFFICIENCY, ASSAY_INCONC,
	    "suites.declared_unknown", "443 " GCM_13);
}
END_TEST

/* A broker that should speak TLS and hangs up has not shown what it takes. */
START_TEST(who_should_speak_tls_and_closes_is_inconclusive)
{
	const struct assay_declared_port p = { .transport = ASSAY_TCP,
		.first = 443,
		.last = 443,
		.service = "mqtts" };

	memset(tls.takes, 0, sizeof(tls.takes));
	tls.refuses = FAKE_TLS_BY_CLOSING;
	if (_i == 0)
		fake_job_declare(job, &p);
	run_it();
	expect("TLS-S03", _i == 0 ? ASSAY_INCONC : ASSAY_INFO,
	    _i == 0 ? "tls.declared_closes" : "tls.none");
	expect("TLS-S09", _i == 0 ? ASSAY_INCONC : ASSAY_INFO,
	    _i == 0 ? "tls.declared_closes" : "tls.none");
}
END_TEST

START_TEST(every_pair_is_observed_once)
{
	size_t i, n = 0;

	fake_tls_take_many(&tls, TLS_10, 23);
	fake_tls_take_many(&tls, TLS_12, 77);
	run_it();
	for (i = 0; i < assay_observation_count(job); i++)
		n += strcmp(assay_observation_at(job, i)->field, "suite") == 0;
	ck_assert_uint_eq(n, 23 + 77 + 1);
	ck_assert_str_eq(fake_job_find(job, "order", target)->value.string,
	    "TLSv1.2 server");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_suites");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, good_server_passes);
	tcase_add_loop_test(tc, each_bad_suite_fails, 0, 6);
	tcase_add_loop_test(
	    tc, each_weak_suite_is_told_and_fails_when_strict, 0, 8);
	tcase_add_test(tc, without_a_good_suite_it_fails);
	tcase_add_loop_test(tc, short_keys_and_weak_signatures_fail, 0, 5);
	tcase_add_test(tc, an_unseen_certificate_is_inconclusive);
	tcase_add_loop_test(tc, each_option_fails_alone, 0, 3);
	tcase_add_test(tc, tls_13_alone_knows_no_renegotiation);
	tcase_add_test(tc, what_is_known_in_part_passes_nothing);
	tcase_add_test(tc, another_protocol_is_none);
	tcase_add_test(tc, all_filtered_is_inconclusive);
	tcase_add_test(tc, mute_is_inconclusive);
	tcase_add_test(tc, a_port_that_prints_is_not_asked);
	tcase_add_test(tc, a_bad_closing_control_is_inconclusive);
	tcase_add_loop_test(tc, suites_are_held_against_what_is_declared, 0, 3);
	tcase_add_test(tc, without_suites_a_declaration_allows_any);
	tcase_add_test(tc, who_tires_of_us_is_known_in_part);
	tcase_add_loop_test(
	    tc, who_should_speak_tls_and_closes_is_inconclusive, 0, 2);
	tcase_add_test(tc, every_pair_is_observed_once);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
