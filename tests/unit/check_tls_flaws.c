/*
 * check_tls_flaws: the probe against the server by hand of tests/devices with
 * each of its flaws and without, against servers by table for what a first
 * flight shows, and against ones that fall silent or answer by chance.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/x509.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/fake_tls.h"

#include "probes/tls_flaws.c"
#include "probes/tls_flaws/asks.c"

#include "probes/tls_flaws/handshake.c"
#include "probes/tls_flaws/robot.c"
#include "protocols/packet.h"

#define main flawed_tls_main
#define put_record flawed_put_record
#define put_message flawed_put_message
int flawed_tls_main(int argc, char **argv);
#include "tests/devices/flawed-tls.c"
#undef main

#define SECOND UINT64_C(1000000000)

static EVP_PKEY *key;
static uint8_t *der;
static int nder;
static const char *how; /* NULL: by table */
static struct fake_tls tls;
static struct flawed device;
static unsigned talks, silent_from, chance;
static bool by_chance;
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

/* One turn of the device: false, it has ended the connection. */
static bool
hears(struct fake_job_talk *t, const uint8_t *say, size_t n)
{
	bool closed = true, goes_on;

	if (how == NULL) {
		if (t->nheard > 0)
			return true;
		t->nheard +=
		    fake_tls_serve(&tls, say, n, t->heard + t->nheard, &closed);
		return !closed;
	}
	device.nout = 0;
	goes_on = flawed_take(&device, say, n);
	memcpy(t->heard + t->nheard, device.out, device.nout);
	t->nheard += device.nout;
	return goes_on;
}

static void
begin_device(void)
{
	memset(&device, 0, sizeof(device));
	device.how = how;
	if (by_chance && chance++ % 3 == 0)
		device.how = "robot";
	device.key = key;
	device.certificate = der;
	device.ncertificate = (size_t)nder;
}

static void
on_talk(void *arg, struct assay_job *j, struct fake_job_talk *t)
{
	const struct assay_talk_spec *spec = t->spec;
	uint8_t say[ASSAY_TALK_SAY_MAX];
	bool goes_on;
	size_t n = 0, before;
	int turns;

	(void)arg;
	(void)j;
	t->said = true;
	t->end = ASSAY_TALK_QUIET;
	talks++;
	if (silent_from != 0 && talks >= silent_from)
		return;
	begin_device();
	goes_on = hears(t, spec->say, spec->nsay);
	for (turns = 0; goes_on && turns < 16; turns++) {
		before = n;
		n = spec->answer == NULL
		    ? 0
		    : spec->answer(spec->arg, t->heard, t->nheard, say);
		if (n == 0 && before == 0 && turns > 0)
			break; /* it has paused, and nothing came of that */
		if (n > 0)
			goes_on = hears(t, say, n);
	}
	t->end = t->nheard > 0 ? ASSAY_TALK_ANSWERED : ASSAY_TALK_QUIET;
	if (!goes_on)
		t->end = ASSAY_TALK_CLOSED;
	/* An alert is all that is waited for. */
	if (t->nheard > 0 && spec->is_enough != NULL &&
	    spec->is_enough(spec->arg, t->heard, t->nheard))
		t->end = ASSAY_TALK_ANSWERED;
}

/* Keys take a while to make: one for all. */
static void
make_key(void)
{
	X509 *x = X509_new();

	key = EVP_RSA_gen(1024);
	ck_assert_ptr_nonnull(key);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	nder = i2d_X509(x, &der);
	ck_assert_int_gt(nder, 0);
	X509_free(x);
}

static void
free_key(void)
{
	EVP_PKEY_free(key);
	OPENSSL_free(der);
}

static void
setup(void)
{
	memset(&tls, 0, sizeof(tls));
	how = NULL;
	talks = silent_from = chance = 0;
	by_chance = false;
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

static const struct assay_verdict *
verdict(void)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "TLS-S13", ASSAY_BEHAVIOUR, target);

	ck_assert_ptr_nonnull(v);
	return v;
}

static const char *
said(void)
{
	return fake_job_verdict_value(verdict(), "said")->string;
}

static void
expect(enum assay_verdict_value value, const char *reason)
{
	ck_assert(fake_job_all(job, 4000 * SECOND));
	ck_assert_str_eq(verdict()->reason, reason);
	ck_assert_int_eq(verdict()->value, value);
	ck_assert_uint_gt(verdict()->nobservations, 0);
}

/* A fault fails whatever else was asked, and a sweep takes its time. */
static void
of_one_port(void)
{
	fake_job_param(job, "ports", "443");
}

#define LUCKY \
	"443 lucky13: TLSv1.2 takes CBC without encrypt-then-MAC, and its " \
	"timing is not measured"

START_TEST(without_a_flaw_there_is_none)
{
	how = "flawless";
	expect(ASSAY_INFO, "flaws.possible");
	ck_assert_str_eq(said(), LUCKY);
	ck_assert_str_eq(
	    fake_job_find(job, "flaw.poodle_tls", target)->value.string,
	    "absent: TLSv1.2 takes the same handshake without a fault; "
	    "TLSv1.2 refuses a Finished whose padding is wrong");
	ck_assert_str_eq(fake_job_find(job, "flaw.robot", target)->value.string,
	    "absent: answers keys of good and bad padding alike, by "
	    "bad_record_mac; answers keys of good and bad padding alike, by "
	    "silence");
}
END_TEST

static const struct {
	const char *how, *said;
} flawed[] = {
	{ "heartbleed",
	    "443 heartbleed: TLSv1.2 answers a heartbeat of 16 bytes by one of "
	    "80" },
	{ "early-ccs",
	    "443 early_ccs: TLSv1.2 takes ChangeCipherSpec before there are "
	    "keys" },
	{ "robot",
	    "443 robot: answers a key of good padding by bad_record_mac, one "
	    "of bad by decrypt_error; answers a key of good padding by "
	    "silence, one of bad by decrypt_error" },
	{ "poodle",
	    "443 poodle_tls: TLSv1.2 takes the same handshake without a fault; "
	    "TLSv1.2 takes a Finished whose padding is wrong" },
	{ "ticketbleed",
	    "443 ticketbleed: TLSv1.2 answers an identifier of 16 bytes by a "
	    "longer one that begins like it" },
	{ "logjam",
	    "443 logjam: TLSv1.2 takes TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA; "
	    "TLSv1.2 is refused" },
};

START_TEST(each_flaw_fails_and_nothing_else_does)
{
	const struct assay_observation *o;

	how = flawed[_i].how;
	of_one_port();
	expect(ASSAY_FAIL, "flaws.present");
	ck_assert_str_eq(said(), flawed[_i].said);
	o = fake_job_observation(job, verdict()->observations[0] - 1);
	ck_assert_uint_gt(o->nframes, 0);
	ck_assert_uint_ne(o->frames[0].local_first, 0);
}
END_TEST

START_TEST(a_key_of_dh_for_all_is_told)
{
	how = "raccoon";
	expect(ASSAY_INFO, "flaws.possible");
	ck_assert_str_eq(said(),
	    "443 raccoon: TLSv1.2 uses a key of Diffie-Hellman again, " LUCKY);
}
END_TEST

START_TEST(answers_by_chance_are_no_oracle)
{
	how = "flawless";
	by_chance = true;
	expect(ASSAY_INCONC, "flaws.unknown");
	ck_assert_ptr_nonnull(
	    strstr(said(), "443 robot: answers keys otherwise each time"));
}
END_TEST

/* What a first flight shows, of servers that know no second one. */
static const struct {
	uint16_t version, suite, bits;
	const char *said;
} tables[] = {
	{ TLS_SSL3, 0x002f, 0,
	    "443 poodle_ssl: SSLv3 takes TLS_RSA_WITH_AES_128_CBC_SHA" },
	{ TLS_12, 0x0003, 0,
	    "443 freak: TLSv1.2 takes TLS_RSA_EXPORT_WITH_RC4_40_MD5" },
	{ TLS_10, 0x000a, 0,
	    "443 sweet32: TLSv1.0 takes TLS_RSA_WITH_3DES_EDE_CBC_SHA" },
	{ TLS_11, 0x0033, 768,
	    "443 logjam: TLSv1.1 is refused; TLSv1.1 takes a prime of 768 "
	    "bits" },
};

START_TEST(each_bad_suite_fails)
{
	fake_tls_take(&tls, tables[_i].version, &tables[_i].suite, 1);
	tls.dh_bits = tables[_i].bits;
	of_one_port();
	expect(ASSAY_FAIL, "flaws.present");
	ck_assert_str_eq(said(), tables[_i].said);
}
END_TEST

START_TEST(ssl2_fails)
{
	tls.has_ssl2 = true;
	of_one_port();
	expect(ASSAY_FAIL, "flaws.present");
	ck_assert_str_eq(said(), "443 drown: takes SSLv2");
}
END_TEST

START_TEST(tls_13_alone_has_none_of_them)
{
	static const uint16_t suite = 0x1301;

	fake_tls_take(&tls, TLS_13, &suite, 1);
	expect(ASSAY_PASS, "flaws.absent");
}
END_TEST

/* Our handshake speaks no ChaCha20: that is no refusal of a flaw. */
START_TEST(what_our_handshake_cannot_reach_is_inconclusive)
{
	static const uint16_t suite = 0xcca8;

	fake_tls_take(&tls, TLS_12, &suite, 1);
	expect(ASSAY_INCONC, "flaws.unknown");
	ck_assert_ptr_nonnull(strstr(said(),
	    "443 ticketbleed: TLSv1.2 takes nothing that a handshake of ours"));
}
END_TEST

START_TEST(a_server_that_falls_silent_passes_nothing)
{
	how = "flawless";
	silent_from = 11 + 9 * (unsigned)_i; /* the versions are known */
	expect(ASSAY_INCONC, "flaws.unknown");
	ck_assert_ptr_nonnull(
	    strstr(said(), "control: TLSv1.2 no answer to the hello"));
}
END_TEST

START_TEST(no_tls_is_none)
{
	tls.speaks_text = true;
	expect(ASSAY_INFO, "tls.none");
}
END_TEST

START_TEST(fewer_ports_never_pass)
{
	static const uint16_t suite = 0x1301;

	fake_tls_take(&tls, TLS_13, &suite, 1);
	fake_job_param(job, "ports", "443");
	expect(ASSAY_INCONC, "tls.partial");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_flaws");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tc, make_key, free_key);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, without_a_flaw_there_is_none);
	tcase_add_loop_test(tc, each_flaw_fails_and_nothing_else_does, 0,
	    sizeof(flawed) / sizeof(flawed[0]));
	tcase_add_test(tc, a_key_of_dh_for_all_is_told);
	tcase_add_test(tc, answers_by_chance_are_no_oracle);
	tcase_add_loop_test(
	    tc, each_bad_suite_fails, 0, sizeof(tables) / sizeof(tables[0]));
	tcase_add_test(tc, ssl2_fails);
	tcase_add_test(tc, tls_13_alone_has_none_of_them);
	tcase_add_test(tc, what_our_handshake_cannot_reach_is_inconclusive);
	tcase_add_loop_test(
	    tc, a_server_that_falls_silent_passes_nothing, 0, 2);
	tcase_add_test(tc, no_tls_is_none);
	tcase_add_test(tc, fewer_ports_never_pass);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
