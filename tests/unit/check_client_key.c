/*
 * assayctl key without a bench: a lab's own files, and certificates that
 * others can read.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "signing/certificate.h"
#include "signing/sign_key.h"
#include "tests/unit/client_rig.h"

static struct err e;

static char *
in_dir(const char *name)
{
	return xasprintf("%s/%s", client_rig.dir, name);
}

static void
tear_down(void)
{
	static const char *const names[] = { "lab.key", "lab.pem", "bench.pem",
		"new.key", "new.pem" };
	char *path;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path = in_dir(names[i]);
		unlink(path);
		free(path);
	}
	client_rig_tear_down();
}

static mode_t
mode_of(const char *name)
{
	char *path = in_dir(name);
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	free(path);
	return st.st_mode & 07777;
}

static void
make_lab(void)
{
	umask(022);
	ck_assert_int_eq(
	    client_rig_run("key lab Lab --key lab.key --cert lab.pem"), 0);
}

START_TEST(a_labs_key_is_for_its_owner_and_never_written_over)
{
	make_lab();
	ck_assert_uint_eq(mode_of("lab.key"), 0600);
	ck_assert_uint_eq(mode_of("lab.pem"), 0644);
	ck_assert_int_eq(
	    client_rig_run("key lab Lab --key lab.key --cert new.pem"), 64);
	client_rig_expect_err("lab.key: File exists");
	ck_assert_int_eq(
	    client_rig_run("key lab Lab --key new.key --cert lab.pem"), 64);
	client_rig_expect_err("lab.pem: it is there already");
	ck_assert_int_eq(client_rig_run("key lab Lab --key new.key"), 64);
	client_rig_expect_err("--cert FILE");
	ck_assert_int_eq(
	    client_rig_run("key lab Lab --key n --cert c --days 0"), 64);
	client_rig_expect_err("--days: 1 to 36500");
}
END_TEST

START_TEST(a_bench_is_certified_by_its_public_key_alone)
{
	struct sign_key *bench = sign_key_new(&e);
	char *pem = sign_key_public_pem(bench), *path;
	struct certificate_trust *trust;
	char *by = NULL;

	make_lab();
	client_rig_write_file("bench.pem", pem);
	ck_assert_int_eq(
	    client_rig_run("key certify --lab lab.key --lab-cert lab.pem "
			   "--public bench.pem --bench bench-9"),
	    0);
	path = in_dir("lab.pem");
	trust = certificate_trust_read(path, &e);
	ck_assert_msg(trust != NULL, "%s", e.text);
	ck_assert_msg(certificate_check(trust, bench, client_rig.stdout_text,
			  (int64_t)time(NULL), &by, &e) == 0,
	    "%s", e.text);
	ck_assert_str_eq(by, "lab CN=Lab, for bench CN=bench-9");
	certificate_trust_free(trust);
	sign_key_free(bench);
	free(path);
	free(pem);
	free(by);
}
END_TEST

START_TEST(what_is_missing_to_certify_is_said)
{
	make_lab();
	client_rig_write_file("bench.pem", "rubbish");
	ck_assert_int_eq(client_rig_run("key certify --lab lab.key"), 64);
	client_rig_expect_err("--lab-cert PEM");
	ck_assert_int_eq(
	    client_rig_run("key certify --lab lab.key --lab-cert lab.pem "
			   "--public bench.pem"),
	    64);
	client_rig_expect_err("--bench NAME");
	ck_assert_int_eq(
	    client_rig_run("key certify --lab lab.key --lab-cert lab.pem "
			   "--public bench.pem --bench b"),
	    64);
	client_rig_expect_err("bench.pem: not a public key");
	ck_assert_int_eq(
	    client_rig_run("key certify --lab none --lab-cert lab.pem "
			   "--public lab.pem --bench b"),
	    64);
	ck_assert_int_eq(client_rig_run("key"), 64);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("client_key");
	TCase *c = tcase_create("key");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, client_rig_set_up, tear_down);
	tcase_add_test(c, a_labs_key_is_for_its_owner_and_never_written_over);
	tcase_add_test(c, a_bench_is_certified_by_its_public_key_alone);
	tcase_add_test(c, what_is_missing_to_certify_is_said);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
