/*
 * A signature is for one digest, one purpose and one key; and it is what
 * RFC 8032 says, not only what we say ourselves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>
#include <openssl/evp.h>

#include "base/alloc.h"
#include "signing/sign_key.h"

static struct err e;
static struct sign_key *key;
static uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];
static char dir[] = "/tmp/assay-sign.XXXXXX";

static void
set_up(void)
{
	memset(&e, 0, sizeof(e));
	snprintf(dir, sizeof(dir), "/tmp/assay-sign.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	key = sign_key_new(&e);
	ck_assert_msg(key != NULL, "%s", e.text);
	sha256("manifest", 8, digest);
	ck_assert_int_eq(sign_digest(key, SIGN_MANIFEST, digest, sig, &e), 0);
}

static void
tear_down(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/key", dir);
	unlink(path);
	rmdir(dir);
	sign_key_free(key);
}

static int
verify(enum sign_purpose purpose)
{
	return sign_verify(key, purpose, digest, sig, &e);
}

START_TEST(what_was_signed_verifies)
{
	ck_assert_msg(verify(SIGN_MANIFEST) == 0, "%s", e.text);
}
END_TEST

START_TEST(every_changed_bit_of_the_digest_is_found)
{
	size_t i;

	for (i = 0; i < 8 * sizeof(digest); i++) {
		digest[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(verify(SIGN_MANIFEST), -1);
		digest[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_int_eq(verify(SIGN_MANIFEST), 0);
}
END_TEST

START_TEST(every_changed_bit_of_the_signature_is_found)
{
	size_t i;

	for (i = 0; i < 8 * sizeof(sig); i++) {
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(verify(SIGN_MANIFEST), -1);
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}
END_TEST

START_TEST(a_signature_for_one_purpose_serves_no_other)
{
	ck_assert_int_eq(verify(SIGN_TOMBSTONE), -1);
	ck_assert_int_eq(verify(SIGN_ROTATION), -1);
	ck_assert_int_eq(verify((enum sign_purpose)0), -1);
	ck_assert_int_eq(verify((enum sign_purpose)99), -1);
	ck_assert_int_eq(
	    sign_digest(key, (enum sign_purpose)99, digest, sig, &e), -1);
}
END_TEST

START_TEST(another_key_has_not_signed_it)
{
	struct sign_key *other = sign_key_new(&e);

	ck_assert_str_ne(sign_key_id(other), sign_key_id(key));
	ck_assert_int_eq(
	    sign_verify(other, SIGN_MANIFEST, digest, sig, &e), -1);
	sign_key_free(other);
}
END_TEST

START_TEST(a_public_key_verifies_and_cannot_sign)
{
	char *pem = sign_key_public_pem(key);
	struct sign_key *public = sign_key_from_public(pem, strlen(pem), &e);

	ck_assert_msg(public != NULL, "%s", e.text);
	ck_assert_str_eq(sign_key_id(public), sign_key_id(key));
	ck_assert_int_eq(
	    sign_verify(public, SIGN_MANIFEST, digest, sig, &e), 0);
	ck_assert_int_eq(
	    sign_digest(public, SIGN_MANIFEST, digest, sig, &e), -1);
	ck_assert_ptr_null(strstr(pem, "PRIVATE"));
	sign_key_free(public);
	free(pem);
}
END_TEST

START_TEST(a_written_key_is_0600_and_reads_back_and_is_not_overwritten)
{
	char path[64];
	struct sign_key *back;
	struct stat st;

	snprintf(path, sizeof(path), "%s/key", dir);
	umask(0);
	ck_assert_msg(sign_key_write_private(key, path, &e) == 0, "%s", e.text);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	back = sign_key_read_private(path, &e);
	ck_assert_msg(back != NULL, "%s", e.text);
	ck_assert_str_eq(sign_key_id(back), sign_key_id(key));
	sign_key_free(back);
	ck_assert_int_eq(sign_key_write_private(key, path, &e), -1);
	ck_assert_str_eq(e.file, path);
}
END_TEST

/* RFC 8410 section 10.3's private key; its id from the DER of 10.1. */
static const char rfc_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
static const char rfc_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";

START_TEST(a_key_id_is_the_sha256_of_its_spki)
{
	/* the same base64, decoded by other means */
	static const uint8_t spki[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
		0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0x19, 0xbf, 0x44, 0x09,
		0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc,
		0x3b, 0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb,
		0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1 };
	char id[SHA256_HEX_SIZE], *pem;
	struct sign_key *k = sign_key_from_private(
	    rfc_private, strlen(rfc_private), "rfc8410", &e);

	ck_assert_msg(k != NULL, "%s", e.text);
	pem = sign_key_public_pem(k);
	ck_assert_str_eq(pem, rfc_public);
	ck_assert_str_eq(sign_key_id(k), sha256_hex(spki, sizeof(spki), id));
	free(pem);
	sign_key_free(k);
}
END_TEST

START_TEST(the_message_is_as_the_header_says)
{
	static const char prefix[] = "assay 1 manifest"; /* with its NUL */
	uint8_t message[sizeof(prefix) + SHA256_SIZE];
	char *pem = sign_key_public_pem(key);
	struct sign_key *k = sign_key_from_public(pem, strlen(pem), &e);
	uint8_t raw[32], der[64];
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char body[128];

	/* The raw key is the last 32 of the 44 bytes. */
	ck_assert_int_eq(
	    sscanf(pem, "-----BEGIN PUBLIC KEY-----\n%127s", body), 1);
	ck_assert_int_eq(EVP_DecodeBlock(der, (uint8_t *)body, 60), 45);
	memcpy(raw, der + 12, sizeof(raw));
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, 32);
	memcpy(message, prefix, sizeof(prefix));
	memcpy(message + sizeof(prefix), digest, SHA256_SIZE);
	ck_assert_int_eq(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey), 1);
	ck_assert_int_eq(
	    EVP_DigestVerify(ctx, sig, sizeof(sig), message, sizeof(message)),
	    1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	sign_key_free(k);
	free(pem);
}
END_TEST

START_TEST(what_is_no_ed25519_key_is_refused)
{
	static const char encrypted[] =
	    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n";
	/* P-256 */
	static const char ec[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
	    "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
	    "-----END PUBLIC KEY-----\n";

	ck_assert_ptr_null(sign_key_from_public("", 0, &e));
	ck_assert_ptr_null(sign_key_from_public("rubbish", 7, &e));
	ck_assert_ptr_null(sign_key_from_public(ec, strlen(ec), &e));
	ck_assert_str_eq(e.text, "not an Ed25519 key");
	ck_assert_ptr_null(
	    sign_key_from_public(rfc_private, strlen(rfc_private), &e));
	ck_assert_ptr_null(
	    sign_key_from_private(rfc_public, strlen(rfc_public), "file", &e));
	ck_assert_ptr_null(
	    sign_key_from_private(encrypted, strlen(encrypted), "file", &e));
	ck_assert_str_eq(e.file, "file");
	ck_assert_ptr_null(sign_key_read_private("/nonexistent", &e));
	ck_assert_str_eq(e.file, "/nonexistent");
	ck_assert_ptr_null(sign_key_read_private("/dev/zero", &e));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sign_key");
	TCase *t = tcase_create("sign_key");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_was_signed_verifies);
	tcase_add_test(t, every_changed_bit_of_the_digest_is_found);
	tcase_add_test(t, every_changed_bit_of_the_signature_is_found);
	tcase_add_test(t, a_signature_for_one_purpose_serves_no_other);
	tcase_add_test(t, another_key_has_not_signed_it);
	tcase_add_test(t, a_public_key_verifies_and_cannot_sign);
	tcase_add_test(
	    t, a_written_key_is_0600_and_reads_back_and_is_not_overwritten);
	tcase_add_test(t, a_key_id_is_the_sha256_of_its_spki);
	tcase_add_test(t, the_message_is_as_the_header_says);
	tcase_add_test(t, what_is_no_ed25519_key_is_refused);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
