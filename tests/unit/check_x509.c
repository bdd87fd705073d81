/*
 * x509 beside OpenSSL: certificates that it makes are read as it made them,
 * and nothing that is cut is.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <check.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "protocols/x509.h"

static X509 *made;
static EVP_PKEY *key;
static unsigned char *der;
static int nder;

static void
extend(int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ck_assert_ptr_nonnull(e);
	X509_add_ext(made, e, -1);
	X509_EXTENSION_free(e);
}

/* Takes k. */
static void
begin(EVP_PKEY *k, const char *from, const char *to)
{
	X509_NAME *name;

	key = k;
	made = X509_new();
	name = X509_get_subject_name(made);
	X509_set_version(made, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(made), 77);
	ck_assert_int_eq(
	    ASN1_TIME_set_string_X509(X509_getm_notBefore(made), from), 1);
	ck_assert_int_eq(
	    ASN1_TIME_set_string_X509(X509_getm_notAfter(made), to), 1);
	X509_set_pubkey(made, key);
	X509_NAME_add_entry_by_txt(
	    name, "O", MBSTRING_ASC, (const unsigned char *)"Locks", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"lock.test", -1, -1, 0);
	X509_set_issuer_name(made, name);
}

static void
finish(const EVP_MD *hash)
{
	ck_assert_int_gt(X509_sign(made, key, hash), 0);
	nder = i2d_X509(made, &der);
	ck_assert_int_gt(nder, 0);
}

static void
teardown(void)
{
	X509_free(made);
	EVP_PKEY_free(key);
	OPENSSL_free(der);
	made = NULL;
	key = NULL;
	der = NULL;
}

static bool
is_name(const struct x509_name *n, enum x509_name_kind kind, const char *value,
    size_t size)
{
	return n->kind == kind && n->value.n == size &&
	    memcmp(n->value.p, value, size) == 0;
}

START_TEST(a_whole_certificate_is_read_as_it_was_made)
{
	struct x509_name name;
	unsigned char *spki = NULL;
	struct tm tm = { 0 };
	struct x509 x;
	size_t at = 0;
	int n;

	begin(EVP_EC_gen("P-256"), "20260102030405Z", "20510630235959Z");
	extend(NID_basic_constraints, "critical,CA:FALSE");
	extend(NID_key_usage,
	    "critical,digitalSignature,keyAgreement,decipherOnly");
	extend(NID_ext_key_usage, "serverAuth,emailProtection");
	extend(NID_subject_alt_name,
	    "email:a@lock.test,DNS:lock.test,IP:10.77.0.10,IP:fd77::1");
	finish(EVP_sha256());
	ck_assert_int_eq(x509_read(&x, der, (size_t)nder), 0);
	ASN1_TIME_to_tm(X509_get0_notBefore(made), &tm);
	ck_assert_int_eq(x.not_before_s, timegm(&tm));
	ASN1_TIME_to_tm(X509_get0_notAfter(made), &tm);
	ck_assert_int_eq(x.not_after_s, timegm(&tm));
	ck_assert_str_eq(x.key, "ec");
	ck_assert_uint_eq(x.key_bits, 256);
	ck_assert_str_eq(x.signature, "ecdsa-sha256");
	ck_assert(!x.signature_is_weak && !x.is_authority);
	ck_assert(x.has_key_usage && x.has_purposes);
	ck_assert_uint_eq(x.key_usage,
	    X509_DIGITAL_SIGNATURE | X509_KEY_AGREEMENT | X509_DECIPHER_ONLY);
	ck_assert_uint_eq(x.purposes, X509_FOR_SERVERS | X509_FOR_OTHER);
	ck_assert_uint_eq(x.issuer.n, x.subject.n);
	ck_assert_mem_eq(x.issuer.p, x.subject.p, x.subject.n);
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(made), &spki);
	ck_assert_uint_eq(x.public_key.n, (size_t)n);
	ck_assert_mem_eq(x.public_key.p, spki, (size_t)n);
	OPENSSL_free(spki);
	ck_assert(x509_next_name(&x, &at, &name));
	ck_assert(is_name(&name, X509_NAME_DNS, "lock.test", 9));
	ck_assert(x509_next_name(&x, &at, &name));
	ck_assert(is_name(&name, X509_NAME_ADDRESS, "\x0a\x4d\x00\x0a", 4));
	ck_assert(x509_next_name(&x, &at, &name));
	ck_assert_uint_eq(name.value.n, 16);
	ck_assert(!x509_next_name(&x, &at, &name));
}
END_TEST

START_TEST(what_is_absent_restricts_nothing)
{
	struct x509_name name;
	struct x509 x;
	size_t at = 0;

	begin(EVP_RSA_gen(1024), "19991231235959Z", "20240229000000Z");
	finish(EVP_sha1());
	ck_assert_int_eq(x509_read(&x, der, (size_t)nder), 0);
	ck_assert(!x.has_key_usage && !x.has_purposes && !x.is_authority);
	ck_assert_int_eq(x.not_before_s, 946684799);
	ck_assert_int_eq(x.not_after_s, 1709164800);
	ck_assert_str_eq(x.key, "rsa");
	ck_assert_uint_eq(x.key_bits, 1024);
	ck_assert_str_eq(x.signature, "rsa-sha1");
	ck_assert(x.signature_is_weak);
	ck_assert(x509_next_name(&x, &at, &name)); /* of the subject, then */
	ck_assert(is_name(&name, X509_NAME_COMMON, "lock.test", 9));
	ck_assert(!x509_next_name(&x, &at, &name));
}
END_TEST

START_TEST(keys_are_measured)
{
	static const struct {
		const char *curve, *name;
		uint32_t bits;
	} keys[] = { { "P-224", "ec", 224 }, { "P-384", "ec", 384 },
		{ "P-521", "ec", 521 }, { "secp256k1", "ec", 256 },
		{ "brainpoolP384r1", "ec", 384 }, { "prime192v1", "ec", 192 },
		{ "sect283k1", "ec", 288 }, /* not in the table: of its point */
		{ "ED25519", "ed25519", 256 }, { "ED448", "ed448", 456 } };
	struct x509 x;
	bool is_ed;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		teardown();
		is_ed = keys[i].curve[0] == 'E';
		begin(is_ed ? EVP_PKEY_Q_keygen(NULL, NULL, keys[i].curve)
			    : EVP_EC_gen(keys[i].curve),
		    "20260101000000Z", "20270101000000Z");
		finish(is_ed ? NULL : EVP_sha384());
		ck_assert_int_eq(x509_read(&x, der, (size_t)nder), 0);
		ck_assert_str_eq(x.key, keys[i].name);
		ck_assert_uint_eq(x.key_bits, keys[i].bits);
		ck_assert_str_eq(
		    x.signature, is_ed ? keys[i].name : "ecdsa-sha384");
	}
}
END_TEST

START_TEST(an_authority_and_any_purpose_are_seen)
{
	struct x509 x;

	begin(EVP_EC_gen("P-256"), "20260101000000Z", "20270101000000Z");
	extend(NID_basic_constraints, "critical,CA:TRUE");
	extend(NID_ext_key_usage, "anyExtendedKeyUsage,clientAuth");
	extend(NID_subject_alt_name, "email:a@lock.test");
	finish(EVP_sha512());
	ck_assert_int_eq(x509_read(&x, der, (size_t)nder), 0);
	ck_assert(x.is_authority);
	ck_assert_uint_eq(x.purposes, X509_FOR_ANY | X509_FOR_CLIENTS);
}
END_TEST

START_TEST(nothing_cut_is_a_certificate)
{
	struct x509 x;
	uint8_t *cut;
	size_t n;

	begin(EVP_EC_gen("P-256"), "20260101000000Z", "20270101000000Z");
	extend(NID_subject_alt_name, "DNS:lock.test");
	finish(EVP_sha256());
	for (n = 0; n < (size_t)nder; n++) {
		cut = malloc(n + 1); /* so that one byte beyond is seen */
		memcpy(cut, der, n);
		ck_assert_int_eq(x509_read(&x, cut, n), -1);
		free(cut);
	}
}
END_TEST

START_TEST(times_that_are_none_are_refused)
{
	static const char *const bad[] = { "260001000000Z", "261301000000Z",
		"260132000000Z", "260101240000Z", "260101006000Z",
		"2601010000 0Z", "260101000000A" };
	struct x509 x;
	uint8_t *at;
	size_t i;

	begin(EVP_EC_gen("P-256"), "20260101000000Z", "20270101000000Z");
	finish(EVP_sha256());
	at = memmem(der, (size_t)nder, "260101000000Z", 13);
	ck_assert_ptr_nonnull(at);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(at, bad[i], 13);
		ck_assert_int_eq(x509_read(&x, der, (size_t)nder), -1);
	}
}
END_TEST

START_TEST(a_name_covers_one_label_for_a_star)
{
	static const struct {
		const char *presented, *host;
		bool covers;
	} names[] = {
		{ "lock.test", "lock.test", true },
		{ "LOCK.test", "lock.TEST", true },
		{ "*.test", "lock.test", true },
		{ "*.test", "a.lock.test", false },
		{ "*.test", "test", false },
		{ "*.test", ".test", false },
		{ "*", "test", false },
		{ "l*.test", "lock.test", false },
		{ "lock.test", "lock.test.evil", false },
		{ "lock.test.evil", "lock.test", false },
		{ "", "lock.test", false },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(
		    x509_name_covers(names[i].presented, names[i].host),
		    names[i].covers);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("x509");
	TCase *tc = tcase_create("x509");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, a_whole_certificate_is_read_as_it_was_made);
	tcase_add_test(tc, what_is_absent_restricts_nothing);
	tcase_add_test(tc, keys_are_measured);
	tcase_add_test(tc, an_authority_and_any_purpose_are_seen);
	tcase_add_test(tc, nothing_cut_is_a_certificate);
	tcase_add_test(tc, times_that_are_none_are_refused);
	tcase_add_test(tc, a_name_covers_one_label_for_a_star);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
