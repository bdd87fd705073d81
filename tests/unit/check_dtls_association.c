/*
 * dtls.association against a CoAP server within OpenSSL's DTLS, as it is and
 * with one fault each.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/ssl.h>

#include "tests/unit/fake_datagrams.h"
#include "tests/unit/fake_job.h"

#include "probes/dtls_association.c"
#include "probes/dtls_association/judge.c"

#define SECOND 1000000000ull
#define PEERS_MAX 32

struct fault {
	bool takes_twice, dies_of_broken, takes_clear, deduplicates;
	bool repeats_numbers, twice_on_wire;
	unsigned gone_after; /* requests; 0: never */
};

struct peer { /* an association, as the device has it */
	uint16_t port;
	SSL *ssl;
	BIO *in, *out;
	bool dead;
	uint8_t first[600]; /* the datagram of its first request */
	size_t nfirst;
	uint16_t first_token;
	bool seen[TOKENS_MAX];
};

static struct fault fault;
static struct peer peers[PEERS_MAX];
static size_t npeers;
static unsigned requests;
static SSL_CTX *context;
static struct assay_job *job;

static const unsigned char secret[] = { 's', 'e', 's', 'a', 'm', 'e' };

static unsigned
on_identity(
    SSL *ssl, const char *identity, unsigned char *key, unsigned max_key)
{
	(void)ssl;
	if (strcmp(identity, "lamp") != 0 || max_key < 6)
		return 0;
	memcpy(key, secret, sizeof(secret));
	return sizeof(secret);
}

static struct peer *
peer_of(uint16_t port)
{
	struct peer *p;
	size_t i;

	for (i = 0; i < npeers; i++)
		if (peers[i].port == port)
			return &peers[i];
	ck_assert_uint_lt(npeers, PEERS_MAX);
	p = &peers[npeers++];
	p->port = port;
	p->ssl = SSL_new(context);
	p->in = BIO_new(BIO_s_mem());
	p->out = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(p->in, -1);
	SSL_set_bio(p->ssl, p->in, p->out);
	SSL_set_mtu(p->ssl, 1200);
	SSL_set_accept_state(p->ssl);
	return p;
}

static void
flush(struct peer *p)
{
	uint8_t out[2000];
	int n;

	while ((n = BIO_read(p->out, out, sizeof(out))) > 0) {
		fake_datagrams_answer(job, p->port, out, (size_t)n);
		if (fault.twice_on_wire)
			fake_datagrams_answer(job, p->port, out, (size_t)n);
		if (!fault.repeats_numbers || out[0] != TLS_APPLICATION_DATA)
			continue;
		out[n - 1] ^= 1; /* another one with its number */
		fake_datagrams_answer(job, p->port, out, (size_t)n);
	}
}

static void
respond(struct peer *p, uint16_t token)
{
	uint8_t out[6] = { 0x62, 0x45 };

	put_u16(out + 2, token);
	put_u16(out + 4, token);
	ck_assert_int_eq(SSL_write(p->ssl, out, sizeof(out)), sizeof(out));
}

/* True: there was a request in it. */
static bool
serve(struct peer *p, const uint8_t *bytes, size_t n)
{
	uint8_t request[100];
	uint16_t token;

	if (SSL_read(p->ssl, request, sizeof(request)) < 6)
		return false;
	token = (uint16_t)(request[4] << 8 | request[5]);
	if (p->nfirst == 0 && n <= sizeof(p->first)) {
		memcpy(p->first, bytes, n);
		p->nfirst = n;
		p->first_token = token;
	}
	requests++;
	if (!fault.deduplicates || !p->seen[token])
		respond(p, token);
	p->seen[token] = true;
	return true;
}

static void
hear(uint16_t port, uint16_t peer_port, const uint8_t *bytes, size_t n)
{
	struct peer *p = peer_of(peer_port);

	if (port != 5684) {
		fake_datagrams_refuse(job, peer_port);
		return;
	}
	if (p->dead || (fault.gone_after != 0 && requests >= fault.gone_after))
		return;
	ck_assert_int_eq(BIO_write(p->in, bytes, (int)n), (int)n);
	if (!SSL_is_init_finished(p->ssl)) {
		(void)SSL_accept(p->ssl);
	} else if (fault.takes_clear && bytes[0] == TLS_APPLICATION_DATA &&
	    bytes[4] == 0 && bytes[3] == 0) {
		(void)serve(p, bytes, n);
		respond(p, (uint16_t)(bytes[17] << 8 | bytes[18]));
	} else if (!serve(p, bytes, n) && bytes[0] != TLS_ALERT) {
		if (fault.takes_twice && n == p->nfirst &&
		    memcmp(bytes, p->first, n) == 0)
			respond(p, p->first_token);
		p->dead = fault.dies_of_broken;
	}
	flush(p);
}

static void
begin(struct fault f)
{
	const struct assay_declared_port port = { .transport = ASSAY_UDP,
		.first = 5684,
		.last = 5684,
		.service = "coaps" };

	fault = f;
	requests = 0;
	context = SSL_CTX_new(DTLS_server_method());
	SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU);
	SSL_CTX_set_cipher_list(context, "PSK:@SECLEVEL=0");
	SSL_CTX_set_psk_server_callback(context, on_identity);
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_declare(job, &port);
	fake_datagrams_on_send(hear);
}

static void
run_with(const char *identity, const char *key)
{
	size_t i;

	fake_job_param(job, "identity", identity);
	fake_job_param(job, "key", key);
	ck_assert(fake_job_all(job, 600 * SECOND));
	ck_assert_uint_eq(fake_datagrams_count(), 0);
	for (i = 0; i < npeers; i++)
		SSL_free(peers[i].ssl);
	memset(peers, 0, sizeof(peers));
	npeers = 0;
	SSL_CTX_free(context);
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

#define GOOD_REPLAY ASSAY_PASS, "association.replays_dropped"
#define GOOD_NUMBERS ASSAY_PASS, "association.numbers_differ"
#define GOOD_BROKEN ASSAY_PASS, "association.broken_dropped"
#define BAD_CONTROL ASSAY_INCONC, "association.control_bad"

static const struct {
	struct fault fault;
	struct {
		enum assay_verdict_value value;
		const char *reason;
	} of[3]; /* DTL-03, DTL-04, DTL-05 */
} cases[] = {
	{ { .gone_after = 0 },
	    { { GOOD_REPLAY }, { GOOD_NUMBERS }, { GOOD_BROKEN } } },
	{ { .takes_twice = true },
	    { { ASSAY_FAIL, "association.replay_taken" }, { GOOD_NUMBERS },
		{ GOOD_BROKEN } } },
	{ { .takes_clear = true },
	    { { GOOD_REPLAY }, { GOOD_NUMBERS },
		{ ASSAY_FAIL, "association.broken_taken" } } },
	{ { .repeats_numbers = true },
	    { { GOOD_REPLAY }, { ASSAY_FAIL, "association.numbers_repeated" },
		{ GOOD_BROKEN } } },
	/* The network's doubles are not the device's. */
	{ { .twice_on_wire = true },
	    { { GOOD_REPLAY }, { GOOD_NUMBERS }, { GOOD_BROKEN } } },
	{ { .deduplicates = true },
	    { { ASSAY_INCONC, "association.effect_unseen" }, { GOOD_NUMBERS },
		{ GOOD_BROKEN } } },
	{ { .gone_after = 30 },
	    { { BAD_CONTROL }, { BAD_CONTROL }, { BAD_CONTROL } } },
};

START_TEST(each_server_gets_its_verdict)
{
	begin(cases[_i].fault);
	run_with("lamp", "sesame");
	expect("DTL-03", cases[_i].of[0].value, cases[_i].of[0].reason);
	expect("DTL-04", cases[_i].of[1].value, cases[_i].of[1].reason);
	expect("DTL-05", cases[_i].of[2].value, cases[_i].of[2].reason);
	fake_job_free(job);
}
END_TEST

START_TEST(an_association_that_dies_fails)
{
	begin((struct fault){ .dies_of_broken = true });
	run_with("lamp", "sesame");
	expect("DTL-05", ASSAY_FAIL, "association.ended");
	fake_job_free(job);
}
END_TEST

START_TEST(without_a_key_nothing_is_known)
{
	begin((struct fault){ .gone_after = 0 });
	run_with("lamp", "");
	expect("DTL-03", ASSAY_INCONC, "association.no_key");
	ck_assert_uint_eq(requests, 0);
	fake_job_free(job);
	begin((struct fault){ .gone_after = 0 });
	run_with("lamp", "mustard");
	expect("DTL-05", ASSAY_INCONC, "association.none");
	fake_job_free(job);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dtls_association");
	TCase *c = tcase_create("dtls_association");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, each_server_gets_its_verdict, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(c, an_association_that_dies_fails);
	tcase_add_test(c, without_a_key_nothing_is_known);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
