/*
 * check_timestamp: requests and responses against a real authority, the one
 * that comes with OpenSSL (openssl ts -reply).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "signing/timestamp.h"

static char dir[] = "/tmp/check_timestamp.XXXXXX";

/* A command line of the test's own, in dir. */
static int
run(const char *command)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, NULL, NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		argv[2] = xstrdup(command);
		if (chdir(dir) == 0)
			execvp("sh", argv);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
	    ? WEXITSTATUS(status)
	    : -1;
}

static void
write_file(const char *name, const void *p, size_t n)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
	free(path);
}

static size_t
read_file(const char *name, uint8_t *out, size_t size)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "rb");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, size, f);
	fclose(f);
	free(path);
	return n;
}

static const char authority[] =
    "[tsa]\ndefault_tsa=a\n[a]\nserial=./serial\nsigner_cert=./tsa.pem\n"
    "signer_key=./tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n"
    "digests=sha256\naccuracy=secs:1\nordering=no\ntsa_name=no\n"
    "ess_cert_id_chain=no\n";

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_file("tsa.cnf", authority, sizeof(authority) - 1);
	write_file("serial", "01\n", 3);
	ck_assert_int_eq(
	    run("openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key "
		"-out tsa.pem -days 2 -subj /CN=tsa -addext "
		"extendedKeyUsage=critical,timeStamping -addext "
		"keyUsage=critical,digitalSignature >/dev/null 2>&1 && "
		"openssl req -x509 -newkey rsa:2048 -nodes -keyout o.key "
		"-out other.pem -days 2 -subj /CN=other >/dev/null 2>&1"),
	    0);
}

static void
tear_down(void)
{
	run("rm -rf \"$PWD\"");
	memset(strchr(dir, '.') + 1, 'X', 6);
}

static const uint8_t digest[SHA256_SIZE] = { 1, 2, 3, 250 };

/* Asks the authority; the request stays with the caller. */
static size_t
ask(uint8_t **request, size_t *request_size, uint8_t *response, size_t size)
{
	struct err e;

	*request = timestamp_request(digest, request_size, &e);
	ck_assert_ptr_nonnull(*request);
	write_file("q.tsq", *request, *request_size);
	ck_assert_int_eq(run("openssl ts -reply -config tsa.cnf -queryfile "
			     "q.tsq -out r.tsr 2>/dev/null"),
	    0);
	return read_file("r.tsr", response, size);
}

START_TEST(the_authority_reads_our_request)
{
	uint8_t *request, response[8192];
	size_t n;

	ask(&request, &n, response, sizeof(response));
	ck_assert_int_eq(
	    run("openssl ts -query -in q.tsq -text | grep -q sha256"), 0);
	ck_assert_int_eq(run("openssl ts -query -in q.tsq -text | grep -q "
			     "'Certificate required: yes'"),
	    0);
	ck_assert_int_eq(run("openssl ts -verify -queryfile q.tsq -in r.tsr "
			     "-CAfile tsa.pem >/dev/null 2>&1"),
	    0);
	free(request);
}
END_TEST

START_TEST(an_answer_is_good_with_and_without_its_request_and_trust)
{
	char *trust = xasprintf("%s/tsa.pem", dir);
	uint8_t *request, response[8192];
	struct timestamp_question q = { .digest = digest };
	struct err e;
	int64_t when;
	size_t n, size;

	size = ask(&request, &n, response, sizeof(response));
	ck_assert_int_eq(timestamp_check(response, size, &q, &when, &e), 0);
	ck_assert_int_lt(llabs(when - (int64_t)time(NULL)), 60);
	q.request = request;
	q.request_size = n;
	ck_assert_int_eq(timestamp_check(response, size, &q, &when, &e), 0);
	q.trust = trust;
	ck_assert_int_eq(timestamp_check(response, size, &q, &when, &e), 0);
	free(request);
	free(trust);
}
END_TEST

START_TEST(another_authority_is_not_trusted)
{
	char *trust = xasprintf("%s/other.pem", dir);
	uint8_t *request, response[8192];
	struct timestamp_question q = { .digest = digest, .trust = trust };
	struct err e;
	int64_t when;
	size_t n, size;

	size = ask(&request, &n, response, sizeof(response));
	ck_assert_int_eq(timestamp_check(response, size, &q, &when, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "certificate"));
	free(request);
	free(trust);
}
END_TEST

START_TEST(an_answer_over_another_digest_is_refused)
{
	uint8_t *request, response[8192], other[SHA256_SIZE] = { 9 };
	struct timestamp_question q = { .digest = other };
	struct err e;
	int64_t when;
	size_t n, size;

	size = ask(&request, &n, response, sizeof(response));
	ck_assert_int_eq(timestamp_check(response, size, &q, &when, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "another digest"));
	free(request);
}
END_TEST

START_TEST(an_answer_to_another_request_is_refused)
{
	uint8_t *request, *second, response[8192];
	struct timestamp_question q = { .digest = digest };
	struct err e;
	int64_t when;
	size_t n, size;

	size = ask(&request, &n, response, sizeof(response));
	second = timestamp_request(digest, &q.request_size, &e);
	q.request = second;
	ck_assert_int_eq(timestamp_check(response, size, &q, &when, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "nonce"));
	free(request);
	free(second);
}
END_TEST

START_TEST(a_changed_byte_is_found_with_trust)
{
	char *trust = xasprintf("%s/tsa.pem", dir);
	uint8_t *request, response[8192];
	struct timestamp_question q = { .digest = digest, .trust = trust };
	struct err e;
	size_t n, size, at, found = 0;
	int64_t when, good;

	size = ask(&request, &n, response, sizeof(response));
	ck_assert_int_eq(timestamp_check(response, size, &q, &good, &e), 0);
	/* The authority's own certificate comes along unsigned by the token:
	 * what matters is that no other time is ever believed. */
	for (at = 0; at < size; at += 3) {
		response[at] ^= 1;
		if (timestamp_check(response, size, &q, &when, &e) == -1)
			found++;
		else
			ck_assert_int_eq(when, good);
		response[at] ^= 1;
	}
	ck_assert_uint_gt(found, size / 3 / 2);
	free(request);
	free(trust);
}
END_TEST

START_TEST(a_refusal_says_so)
{
	static const uint8_t refusal[] = { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01,
		0x02 };
	struct timestamp_question q = { .digest = digest };
	struct err e;
	int64_t when;

	ck_assert_int_eq(
	    timestamp_check(refusal, sizeof(refusal), &q, &when, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "refused (status 2)"));
}
END_TEST

START_TEST(no_response_at_all_is_an_error)
{
	struct timestamp_question q = { .digest = digest };
	struct err e;
	int64_t when;

	ck_assert_int_eq(
	    timestamp_check((const uint8_t *)"<html>", 6, &q, &when, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "not a time-stamp response"));
	ck_assert_int_eq(
	    timestamp_check((const uint8_t *)"", 0, &q, &when, &e), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("timestamp");
	TCase *t = tcase_create("authority");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_authority_reads_our_request);
	tcase_add_test(
	    t, an_answer_is_good_with_and_without_its_request_and_trust);
	tcase_add_test(t, another_authority_is_not_trusted);
	tcase_add_test(t, an_answer_over_another_digest_is_refused);
	tcase_add_test(t, an_answer_to_another_request_is_refused);
	tcase_add_test(t, a_changed_byte_is_found_with_trust);
	suite_add_tcase(s, t);
	t = tcase_create("alone");
	tcase_add_test(t, a_refusal_says_so);
	tcase_add_test(t, no_response_at_all_is_an_error);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
