/*
 * Only what the lab in the trust file has signed, for this key, valid then, is
 * vouched for; everything that looks like it is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <check.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "signing/certificate.h"
#include "signing/sign_openssl.h"

#define DAY 86400

static struct err e;
static struct sign_key *lab, *other_lab, *bench, *other;
static char *lab_pem, *bench_pem, *by;
static char trust_path[64];
static int64_t now;

static void
set_up(void)
{
	memset(&e, 0, sizeof(e));
	now = (int64_t)time(NULL);
	lab = sign_key_new(&e);
	other_lab = sign_key_new(&e);
	bench = sign_key_new(&e);
	other = sign_key_new(&e);
	lab_pem = certificate_make_lab(lab, "Lab \xe6\x9d\xb1", 3650, &e);
	ck_assert_msg(lab_pem != NULL, "%s", e.text);
	bench_pem =
	    certificate_make_bench(lab, lab_pem, bench, "bench-1", 30, &e);
	ck_assert_msg(bench_pem != NULL, "%s", e.text);
	by = NULL;
	snprintf(trust_path, sizeof(trust_path), "/tmp/assay-trust.XXXXXX");
	close(mkstemp(trust_path));
}

static void
tear_down(void)
{
	unlink(trust_path);
	sign_key_free(lab);
	sign_key_free(other_lab);
	sign_key_free(bench);
	sign_key_free(other);
	free(lab_pem);
	free(bench_pem);
	free(by);
}

static void
write_trust(const char *a, const char *b)
{
	FILE *f = fopen(trust_path, "w");

	fprintf(f, "comment\n%s%s", a, b);
	fclose(f);
}

/* certificate_check() with a trust file of this text. */
static int
check(
    const char *trust, const struct sign_key *k, const char *pem, int64_t when)
{
	struct certificate_trust *t;
	int r;

	write_trust(trust, "");
	t = certificate_trust_read(trust_path, &e);
	if (t == NULL)
		return -2;
	free(by);
	r = certificate_check(t, k, pem, when, &by, &e);
	certificate_trust_free(t);
	return r;
}

START_TEST(a_bench_that_the_lab_certified_is_vouched_for)
{
	ck_assert_msg(check(lab_pem, bench, bench_pem, now) == 0, "%s", e.text);
	ck_assert_str_eq(by, "lab CN=Lab \\E6\\9D\\B1, for bench CN=bench-1");
}
END_TEST

START_TEST(a_public_key_in_the_trust_file_is_its_own_anchor)
{
	char *pem = sign_key_public_pem(bench);

	ck_assert_int_eq(check(pem, bench, NULL, now), 0);
	ck_assert_ptr_nonnull(strstr(by, "public key"));
	/* … and nobody else's, not even when it has signed a certificate */
	ck_assert_int_eq(check(pem, other, NULL, now), -1);
	free(pem);
	pem = sign_key_public_pem(lab);
	ck_assert_int_eq(check(pem, bench, bench_pem, now), -1);
	free(pem);
}
END_TEST

START_TEST(a_key_with_no_certificate_is_not_vouched_for)
{
	ck_assert_int_eq(check(lab_pem, bench, NULL, now), -1);
	ck_assert_ptr_null(by);
}
END_TEST

START_TEST(another_key_cannot_show_the_certificate)
{
	ck_assert_int_eq(check(lab_pem, other, bench_pem, now), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "another key"));
}
END_TEST

START_TEST(it_counts_only_while_it_is_valid)
{
	ck_assert_int_eq(check(lab_pem, bench, bench_pem, now - DAY), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "not valid yet"));
	ck_assert_int_eq(check(lab_pem, bench, bench_pem, now + 29 * DAY), 0);
	ck_assert_int_eq(check(lab_pem, bench, bench_pem, now + 31 * DAY), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "expired"));
}
END_TEST

START_TEST(it_counts_only_while_its_lab_is_valid)
{
	char *brief = certificate_make_lab(lab, "Lab", 2, &e);
	char *pem = certificate_make_bench(lab, brief, bench, "b", 30, &e);

	ck_assert_int_eq(check(brief, bench, pem, now + DAY), 0);
	ck_assert_int_eq(check(brief, bench, pem, now + 3 * DAY), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "lab's certificate had expired"));
	free(brief);
	free(pem);
}
END_TEST

START_TEST(another_lab_of_the_same_name_does_not_count)
{
	char *forged =
	    certificate_make_lab(other_lab, "Lab \xe6\x9d\xb1", 3650, &e);
	char *pem =
	    certificate_make_bench(other_lab, forged, other, "bench-1", 30, &e);

	ck_assert_int_eq(check(forged, other, pem, now), 0);
	ck_assert_int_eq(check(lab_pem, other, pem, now), -1);
	free(forged);
	free(pem);
}
END_TEST

START_TEST(one_of_several_anchors_is_enough)
{
	char *second = certificate_make_lab(other_lab, "Another", 3650, &e);
	struct certificate_trust *t;

	write_trust(second, lab_pem);
	t = certificate_trust_read(trust_path, &e);
	ck_assert_int_eq(
	    certificate_check(t, bench, bench_pem, now, &by, &e), 0);
	certificate_trust_free(t);
	free(second);
}
END_TEST

START_TEST(a_bench_certifies_nobody)
{
	char *pem =
	    certificate_make_bench(bench, bench_pem, other, "evil", 30, &e);

	ck_assert_ptr_null(pem);
	ck_assert_ptr_nonnull(strstr(e.text, "CA:TRUE"));
	/* nor may its certificate stand in a trust file */
	ck_assert_int_eq(check(bench_pem, bench, bench_pem, now), -2);
	ck_assert_ptr_nonnull(strstr(e.text, "PUBLIC KEY"));
}
END_TEST

START_TEST(a_lab_key_itself_is_no_bench)
{
	ck_assert_int_eq(check(lab_pem, lab, lab_pem, now), -1);
}
END_TEST

/* The lab's signature over a certificate with one more extension. */
static char *
with_extension(int nid, const char *value)
{
	BIO *bio = BIO_new_mem_buf(bench_pem, -1), *out = BIO_new(BIO_s_mem());
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	char *data, *pem;
	long n;

	ck_assert_int_eq(X509_add_ext(x, ext, -1), 1);
	ck_assert_int_gt(X509_sign(x, sign_key_pkey(lab), NULL), 0);
	PEM_write_bio_X509(out, x);
	n = BIO_get_mem_data(out, &data);
	pem = xasprintf("%.*s", (int)n, data);
	X509_EXTENSION_free(ext);
	X509_free(x);
	BIO_free(bio);
	BIO_free(out);
	return pem;
}

START_TEST(a_critical_extension_that_we_do_not_know_is_refused)
{
	char *good = with_extension(NID_netscape_comment, "hello");
	char *bad = with_extension(NID_netscape_comment, "critical,hello");

	ck_assert_msg(check(lab_pem, bench, good, now) == 0, "%s", e.text);
	ck_assert_int_eq(check(lab_pem, bench, bad, now), -1);
	free(good);
	free(bad);
}
END_TEST

START_TEST(every_changed_byte_of_a_certificate_is_found)
{
	unsigned char *der = NULL;
	BIO *bio = BIO_new_mem_buf(bench_pem, -1), *out;
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	int i, n = i2d_X509(x, &der);
	char *pem, *data;
	long size;

	ck_assert_int_gt(n, 200);
	for (i = 0; i < n; i++) {
		der[i] ^= 1;
		out = BIO_new(BIO_s_mem());
		PEM_write_bio(out, "CERTIFICATE", "", der, n);
		size = BIO_get_mem_data(out, &data);
		pem = xasprintf("%.*s", (int)size, data);
		ck_assert_msg(check(lab_pem, bench, pem, now) == -1,
		    "byte %d changed and not found", i);
		free(pem);
		BIO_free(out);
		der[i] ^= 1;
	}
	OPENSSL_free(der);
	X509_free(x);
	BIO_free(bio);
}
END_TEST

START_TEST(what_is_no_trust_file_is_refused_with_its_name)
{
	static const char private[] =
	    "-----BEGIN PRIVATE KEY-----\n"
	    "MC4CAQAwBQYDK2VwBCIEINTuctvME1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
	    "-----END PRIVATE KEY-----\n";
	static const char empty[] = "-----BEGIN CERTIFICATE-----\nMC4CAQ==\n"
				    "-----END CERTIFICATE-----\n";
	static const char cut[] = "-----BEGIN CERTIFICATE-----\nMC4CAQ";
	const char *const bad[] = { "", "rubbish", private, empty, cut };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(check(bad[i], bench, bench_pem, now), -2);
		ck_assert_str_eq(e.file, trust_path);
	}
	ck_assert_ptr_null(certificate_trust_read("/nonexistent", &e));
	/* good ones before it do not help */
	write_trust(lab_pem, cut);
	ck_assert_ptr_null(certificate_trust_read(trust_path, &e));
}
END_TEST

START_TEST(names_and_days_have_limits)
{
	char longest[66] = "";

	memset(longest, 'x', 65);
	ck_assert_ptr_null(certificate_make_lab(lab, longest, 1, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "too long"));
	ck_assert_ptr_null(certificate_make_lab(lab, "x", 0, &e));
	ck_assert_ptr_null(certificate_make_lab(lab, "x", 36501, &e));
}
END_TEST

START_TEST(it_names_its_bench_and_its_key)
{
	char *name = certificate_bench(bench_pem, &e);

	ck_assert_str_eq(name, "bench-1");
	ck_assert_int_eq(certificate_is_for(bench_pem, bench, &e), 0);
	ck_assert_int_eq(certificate_is_for(bench_pem, other, &e), -1);
	ck_assert_int_eq(certificate_is_for("rubbish", other, &e), -1);
	ck_assert_ptr_null(certificate_bench("rubbish", &e));
	free(name);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("certificate");
	TCase *t = tcase_create("certificate");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_bench_that_the_lab_certified_is_vouched_for);
	tcase_add_test(t, a_public_key_in_the_trust_file_is_its_own_anchor);
	tcase_add_test(t, a_key_with_no_certificate_is_not_vouched_for);
	tcase_add_test(t, another_key_cannot_show_the_certificate);
	tcase_add_test(t, it_counts_only_while_it_is_valid);
	tcase_add_test(t, it_counts_only_while_its_lab_is_valid);
	tcase_add_test(t, another_lab_of_the_same_name_does_not_count);
	tcase_add_test(t, one_of_several_anchors_is_enough);
	tcase_add_test(t, a_bench_certifies_nobody);
	tcase_add_test(t, a_lab_key_itself_is_no_bench);
	tcase_add_test(t, a_critical_extension_that_we_do_not_know_is_refused);
	tcase_add_test(t, every_changed_byte_of_a_certificate_is_found);
	tcase_add_test(t, what_is_no_trust_file_is_refused_with_its_name);
	tcase_add_test(t, names_and_days_have_limits);
	tcase_add_test(t, it_names_its_bench_and_its_key);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
