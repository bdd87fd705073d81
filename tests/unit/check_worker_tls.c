/*
 * worker_tls against a server of OpenSSL's, over memory: what is said within
 * TLS arrives, the certificate and the secrets are there; a server that wants
 * a certificate, one that ends it, and one that is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "daemon/worker/worker_tls.h"

static SSL_CTX *context;
static SSL *server;
static struct worker_tls *tls;
static enum assay_talk_certificate shows;
static const struct assay_tls_offer *offer;
static bool takes_early, is_over; /* over: what is early */
static char early[64];            /* that the server has heard */
static size_t nearly;

static X509 *
new_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"lock.test", -1, -1, 0);
	X509_set_issuer_name(x, name);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	return x;
}

/* A client that begins as offer says, with the server that there is. */
static void
meet(void)
{
	SSL_free(server);
	worker_tls_free(tls);
	server = SSL_new(context);
	SSL_set_bio(server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(server);
	nearly = 0;
	is_over = !takes_early;
	tls = worker_tls_new(shows, offer);
	ck_assert_ptr_nonnull(tls);
}

/* version 0: whatever both can. */
static void
serve(int version, int verify)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = new_certificate(key);

	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, version);
	SSL_CTX_set_max_proto_version(context, version);
	SSL_CTX_set_verify(context, verify, NULL);
	ck_assert_int_eq(SSL_CTX_use_certificate(context, x), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(x);
	EVP_PKEY_free(key);
	if (takes_early)
		SSL_CTX_set_max_early_data(context, 1000);
	SSL_CTX_set_options(context, SSL_OP_NO_ANTI_REPLAY);
	meet();
}

static void
teardown(void)
{
	worker_tls_free(tls);
	SSL_free(server);
	SSL_CTX_free(context);
	tls = NULL;
	server = NULL;
	context = NULL;
	shows = ASSAY_TALK_NO_CERTIFICATE;
	offer = NULL;
	takes_early = false;
}

/* As far as the server gets with what there is. */
static void
go_on(void)
{
	size_t n = 0;
	int how = SSL_READ_EARLY_DATA_SUCCESS;

	while (!is_over && how == SSL_READ_EARLY_DATA_SUCCESS) {
		how = SSL_read_early_data(server, early, sizeof(early), &n);
		if (how == SSL_READ_EARLY_DATA_SUCCESS)
			nearly = n;
		is_over = how == SSL_READ_EARLY_DATA_FINISH;
	}
	if (!is_over)
		return;
	(void)SSL_do_handshake(server);
}

/* There and back until neither has anything to send.  What take said last. */
static int
pump(void)
{
	uint8_t bytes[16384];
	int taken = 0, n, rounds;
	size_t given;

	for (rounds = 0; rounds < 20; rounds++) {
		given = worker_tls_give(tls, bytes, sizeof(bytes));
		if (given > 0)
			ck_assert_int_eq(
			    BIO_write(SSL_get_rbio(server), bytes, (int)given),
			    (int)given);
		go_on();
		n = BIO_read(SSL_get_wbio(server), bytes, sizeof(bytes));
		if (n > 0)
			taken = worker_tls_take(tls, bytes, (size_t)n);
		if (n <= 0 && given == 0)
			break;
	}
	return taken;
}

START_TEST(what_is_said_arrives_and_can_be_read_by_others)
{
	static const int versions[] = { TLS1_VERSION, TLS1_2_VERSION,
		TLS1_3_VERSION };
	static const char *const names[] = { "TLSv1", "TLSv1.2", "TLSv1.3" };
	char heard[32];
	size_t i, n;

	for (i = 0; i < 3; i++) {
		if (tls != NULL)
			teardown();
		serve(versions[i], SSL_VERIFY_NONE);
		ck_assert_str_eq(worker_tls_version(tls), "");
		ck_assert_int_eq(pump(), 0);
		ck_assert(worker_tls_is_ready(tls));
		ck_assert_str_eq(worker_tls_version(tls), names[i]);
		ck_assert_int_eq(worker_tls_say(tls, "hello", 5), 0);
		(void)pump();
		ck_assert_int_eq(SSL_read(server, heard, sizeof(heard)), 5);
		ck_assert_mem_eq(heard, "hello", 5);
		ck_assert_int_eq(worker_tls_hear(tls, heard, sizeof(heard)), 0);
		ck_assert_int_eq(SSL_write(server, "good day", 8), 8);
		(void)pump();
		ck_assert_int_eq(worker_tls_hear(tls, heard, sizeof(heard)), 8);
		ck_assert_mem_eq(heard, "good day", 8);
		ck_assert_ptr_nonnull(worker_tls_certificate(tls, &n));
		ck_assert_uint_gt(n, 100);
		ck_assert_ptr_nonnull(strstr(worker_tls_keys(tls),
		    i == 2 ? "SERVER_TRAFFIC_SECRET_0 " : "CLIENT_RANDOM "));
		ck_assert(!worker_tls_wants_certificate(tls));
		ck_assert_uint_eq(worker_tls_alert(tls), 0);
		ck_assert_int_eq(SSL_shutdown(server), 0);
		(void)pump();
		ck_assert_int_eq(
		    worker_tls_hear(tls, heard, sizeof(heard)), -1);
	}
}
END_TEST

START_TEST(a_server_that_wants_a_certificate_is_known_by_it)
{
	const int verify = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	char heard[8];

	serve(TLS1_2_VERSION, verify);
	ck_assert_int_eq(pump(), -1);
	ck_assert(!worker_tls_is_ready(tls));
	ck_assert(worker_tls_wants_certificate(tls));
	ck_assert_uint_eq(worker_tls_alert(tls), 40);
	teardown();
	serve(TLS1_3_VERSION, verify); /* it says so behind the handshake */
	(void)pump();
	ck_assert(worker_tls_is_ready(tls));
	ck_assert_int_eq(worker_tls_hear(tls, heard, sizeof(heard)), -1);
	ck_assert(worker_tls_wants_certificate(tls));
	ck_assert_uint_eq(worker_tls_alert(tls), 116);
}
END_TEST

static int
on_verify(int is_good, X509_STORE_CTX *store)
{
	(void)is_good;
	(void)store;
	return 1; /* a server that lets anybody in */
}

/* What the server was shown, when it names an authority that it trusts. */
static X509 *
show(enum assay_talk_certificate kind, int version)
{
	STACK_OF(X509_NAME) *trusted = sk_X509_NAME_new_null();
	X509_NAME *authority = X509_NAME_new();

	if (tls != NULL)
		teardown();
	shows = kind;
	serve(version, SSL_VERIFY_NONE);
	X509_NAME_add_entry_by_txt(authority, "CN", MBSTRING_ASC,
	    (const unsigned char *)"trusted", -1, -1, 0);
	sk_X509_NAME_push(trusted, authority);
	SSL_set0_CA_list(server, trusted);
	SSL_set_verify(server,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verify);
	ck_assert_int_eq(pump(), 0);
	ck_assert(worker_tls_is_ready(tls));
	ck_assert(worker_tls_wants_certificate(tls));
	ck_assert(worker_tls_has_shown(tls));
	return SSL_get0_peer_certificate(server);
}

/* RFC 5280 section 6.1.3: it is signed by this key. */
static bool
is_signed_by(X509 *x, EVP_PKEY *key)
{
	return X509_verify(x, key) == 1;
}

START_TEST(each_kind_of_certificate_is_bad_in_its_own_way)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	static const int kinds[] = { ASSAY_TALK_SELF_SIGNED, ASSAY_TALK_EXPIRED,
		ASSAY_TALK_FOR_SERVERS, ASSAY_TALK_FOREIGN };
	enum assay_talk_certificate kind;
	char issuer[64];
	size_t i;
	X509 *x;

	for (i = 0; i < 8; i++) {
		kind = (enum assay_talk_certificate)kinds[i % 4];
		x = show(kind, versions[i / 4]);
		ck_assert_ptr_nonnull(x);
		ck_assert(is_signed_by(x, X509_get0_pubkey(x)));
		X509_NAME_oneline(
		    X509_get_issuer_name(x), issuer, sizeof(issuer));
		ck_assert_str_eq(issuer,
		    kind == ASSAY_TALK_FOREIGN ? "/CN=trusted" : "/CN=assay");
		ck_assert_int_eq(X509_cmp_current_time(X509_get0_notAfter(x)),
		    kind == ASSAY_TALK_EXPIRED ? -1 : 1);
		ck_assert_int_eq(
		    (int)(X509_get_extended_key_usage(x) & XKU_SSL_CLIENT),
		    kind == ASSAY_TALK_FOR_SERVERS ? 0 : XKU_SSL_CLIENT);
	}
}
END_TEST

START_TEST(what_nobody_asks_for_is_not_shown)
{
	char rsa[] = "RSA+SHA256"; /* its macro casts the const away */

	shows = ASSAY_TALK_SELF_SIGNED;
	serve(0, SSL_VERIFY_NONE);
	ck_assert_int_eq(pump(), 0);
	ck_assert(worker_tls_is_ready(tls));
	ck_assert(!worker_tls_has_shown(tls));
	teardown();
	serve(TLS1_3_VERSION, SSL_VERIFY_PEER); /* asked, but we have none */
	ck_assert_int_eq(pump(), 0);
	ck_assert(worker_tls_wants_certificate(tls));
	ck_assert(!worker_tls_has_shown(tls));
	teardown(); /* we have one, of a kind that it does not take */
	shows = ASSAY_TALK_SELF_SIGNED;
	serve(TLS1_2_VERSION, SSL_VERIFY_PEER);
	ck_assert_int_eq(SSL_set1_client_sigalgs_list(server, rsa), 1);
	(void)pump();
	ck_assert(worker_tls_wants_certificate(tls));
	ck_assert(!worker_tls_has_shown(tls));
}
END_TEST

START_TEST(the_key_is_known_by_its_hash)
{
	unsigned char *spki = NULL, hash[32];
	char text[65];
	int n, i;

	serve(0, SSL_VERIFY_NONE);
	ck_assert_str_eq(worker_tls_public_key(tls), "");
	ck_assert_int_eq(pump(), 0);
	n = i2d_PUBKEY(
	    X509_get0_pubkey(SSL_CTX_get0_certificate(context)), &spki);
	EVP_Digest(spki, (size_t)n, hash, NULL, EVP_sha256(), NULL);
	OPENSSL_free(spki);
	for (i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	ck_assert_str_eq(worker_tls_public_key(tls), text);
}
END_TEST

struct kept { /* a copy, for after the session */
	uint8_t session[ASSAY_TLS_SESSION_MAX];
	struct assay_tls_offer offer;
	size_t at, n;
};

static struct assay_tls_kept
complete(void)
{
	char heard[32];

	ck_assert_int_eq(pump(), 0);
	ck_assert(worker_tls_is_ready(tls));
	ck_assert_int_eq(worker_tls_hear(tls, heard, sizeof(heard)), 0);
	return worker_tls_kept(tls);
}

/* The session of a whole handshake, as one may offer it. */
static void
get(struct kept *out)
{
	const struct assay_tls_kept k = complete();

	ck_assert(!k.resumed);
	ck_assert(worker_tls_has_kept(tls));
	ck_assert_uint_gt(k.nticket, 16);
	ck_assert_uint_ge(k.nsession, k.ticket_at + k.nticket);
	memcpy(out->session, k.session, k.nsession);
	memset(&out->offer, 0, sizeof(out->offer));
	out->offer.session = out->session;
	out->offer.nsession = k.nsession;
	out->at = k.ticket_at;
	out->n = k.nticket;
	offer = &out->offer;
}

START_TEST(an_unchanged_ticket_resumes_and_a_changed_one_does_not)
{
	static const int versions[] = { TLS1_VERSION, TLS1_2_VERSION,
		TLS1_3_VERSION };
	struct kept kept;

	serve(versions[_i], SSL_VERIFY_NONE);
	SSL_CTX_set_timeout(context, 7000);
	meet();
	get(&kept);
	ck_assert_uint_eq(worker_tls_kept(tls).lifetime_s, 7000);
	meet();
	ck_assert(complete().resumed);
	ck_assert_uint_eq(worker_tls_kept(tls).has_extended_secret, _i < 2);
	kept.session[kept.at + 20] ^= 1;
	meet();
	ck_assert(!complete().resumed);
}
END_TEST

/* RFC 7627 section 5.3: OpenSSL ends the handshake, or begins it anew. */
START_TEST(the_extended_secret_may_be_left_out)
{
	struct assay_tls_offer without = { .no_extended_secret = true };
	struct kept kept;

	offer = &without;
	serve(TLS1_2_VERSION, SSL_VERIFY_NONE);
	get(&kept);
	ck_assert(!worker_tls_kept(tls).has_extended_secret);
	meet();
	ck_assert(!complete().resumed);
	ck_assert(worker_tls_kept(tls).has_extended_secret);
	offer = NULL;
	meet();
	get(&kept);
	kept.offer.no_extended_secret = true;
	meet();
	ck_assert_int_eq(pump(), -1);
	ck_assert(!worker_tls_kept(tls).resumed);
	ck_assert_uint_eq(worker_tls_alert(tls), SSL_AD_HANDSHAKE_FAILURE);
}
END_TEST

/* What would be sent again is what was sent, and brings the same once more. */
START_TEST(early_data_goes_with_the_first_flight)
{
	uint8_t flight[ASSAY_TALK_SAY_MAX];
	struct assay_tls_kept k;
	struct kept kept;
	size_t n = 0;

	takes_early = true;
	serve(TLS1_3_VERSION, SSL_VERIFY_NONE);
	get(&kept);
	ck_assert_uint_eq(worker_tls_kept(tls).early_max, 1000);
	kept.offer.early = "unlock";
	kept.offer.nearly = 6;
	meet();
	k = complete();
	ck_assert(k.resumed);
	ck_assert_int_eq(k.early, ASSAY_TLS_EARLY_ACCEPTED);
	ck_assert_uint_eq(nearly, 6);
	ck_assert_mem_eq(early, "unlock", 6);
	ck_assert_uint_le(k.nflight, sizeof(flight));
	memcpy(flight, k.flight, k.nflight);
	n = k.nflight;
	meet();
	ck_assert_int_eq(
	    BIO_write(SSL_get_rbio(server), flight, (int)n), (int)n);
	go_on();
	ck_assert_uint_eq(nearly, 6);
	meet(); /* a server that has changed its mind */
	SSL_set_max_early_data(server, 0);
	k = complete();
	ck_assert_int_eq(k.early, ASSAY_TLS_EARLY_REJECTED);
	ck_assert_uint_eq(nearly, 0);
}
END_TEST

START_TEST(what_cannot_be_offered_is_our_trouble)
{
	struct assay_tls_offer junk = { .session = "junk", .nsession = 4 };
	struct kept kept;

	ck_assert_ptr_null(worker_tls_new(ASSAY_TALK_NO_CERTIFICATE, &junk));
	serve(TLS1_3_VERSION, SSL_VERIFY_NONE);
	get(&kept);
	kept.offer.early = "unlock"; /* the session does not allow it */
	kept.offer.nearly = 6;
	ck_assert_ptr_null(
	    worker_tls_new(ASSAY_TALK_NO_CERTIFICATE, &kept.offer));
}
END_TEST

START_TEST(what_is_no_tls_ends_it)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	uint8_t bytes[64];
	unsigned seed, i;

	for (seed = 0; seed < 64; seed++) {
		if (tls != NULL)
			teardown();
		serve(0, SSL_VERIFY_NONE);
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] =
			    (uint8_t)((seed * 2654435761u + i * 40503u) >>
				(i % 8));
		(void)worker_tls_take(tls, bytes, sizeof(bytes));
		ck_assert(!worker_tls_is_ready(tls));
	}
	teardown();
	serve(0, SSL_VERIFY_NONE);
	ck_assert_int_eq(worker_tls_take(tls, text, sizeof(text) - 1), -1);
	ck_assert(!worker_tls_is_ready(tls));
	ck_assert_str_eq(worker_tls_version(tls), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker tls");
	TCase *c = tcase_create("tls");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, NULL, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, what_is_said_arrives_and_can_be_read_by_others);
	tcase_add_test(c, a_server_that_wants_a_certificate_is_known_by_it);
	tcase_add_test(c, each_kind_of_certificate_is_bad_in_its_own_way);
	tcase_add_test(c, what_nobody_asks_for_is_not_shown);
	tcase_add_test(c, the_key_is_known_by_its_hash);
	tcase_add_loop_test(
	    c, an_unchanged_ticket_resumes_and_a_changed_one_does_not, 0, 3);
	tcase_add_test(c, the_extended_secret_may_be_left_out);
	tcase_add_test(c, early_data_goes_with_the_first_flight);
	tcase_add_test(c, what_cannot_be_offered_is_our_trouble);
	tcase_add_test(c, what_is_no_tls_ends_it);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
