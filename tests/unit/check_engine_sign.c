/*
 * A manifest is shown behind its signature, in its place among the others;
 * what keeps the signature away costs the signature and not the run; and a
 * kill between the two is made good at the next start.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "engine_rig.h"
#include "signing/certificate.h"
#include "signing/rotation.h"
#include "signing/sign_key.h"

#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;
static struct err e;

static void
start(void)
{
	erig_start(&r);
	/* The warden says it before anything else. */
	erig_kill_engine(&r);
	erig_use_key(&r, sign_key_new(&e));
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
}

static void
stop(void)
{
	erig_free(&r);
}

static json_t *
seal_of(uint64_t run)
{
	return erig_call(
	    &r, "run.seal", json_pack("{s:I}", "run", (json_int_t)run));
}

/* The key of now has signed the run's manifest. */
static void
check_signed(uint64_t run)
{
	const json_t *seal = seal_of(run), *one;
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];

	ck_assert_str_eq(erig_text(seal, "signer"), sign_key_id(r.key));
	one = json_array_get(json_object_get(seal, "signatures"), 0);
	ck_assert_str_eq(erig_text(one, "key"), sign_key_id(r.key));
	ck_assert_int_eq(
	    hex_decode(erig_text(seal, "manifest"), digest, sizeof(digest)), 0);
	ck_assert_int_eq(
	    hex_decode(erig_text(one, "sig"), sig, sizeof(sig)), 0);
	ck_assert_int_eq(sign_verify(r.key, SIGN_MANIFEST, digest, sig, &e), 0);
}

static void
check_unsigned(uint64_t run)
{
	ck_assert_uint_eq(
	    json_array_size(json_object_get(seal_of(run), "signatures")), 0);
}

static bool
has_manifests(const struct engine_rig *rig, const void *arg)
{
	return erig_count(rig, "manifest") >= *(const size_t *)arg;
}

START_TEST(a_run_ends_signed_by_the_key_that_its_manifest_names)
{
	uint64_t run = erig_run(&r, PROBE);
	const json_t *manifest = erig_manifest(&r, run);

	ck_assert_str_eq(erig_text(manifest, "signer"), sign_key_id(r.key));
	check_signed(run);
}
END_TEST

/* The run after it does not get beyond its job. */
static void
hold_next_job(struct engine_rig *rig)
{
	rig->at[AT_RESOLVE] = NULL;
	rig->hold[AT_GO] = true;
}

START_TEST(a_manifest_waits_for_its_signature_and_the_rest_behind_it)
{
	uint64_t first, second, last = 0, seq;
	size_t i, two = 2;

	r.hold[AT_SIGN] = true;
	r.at[AT_RESOLVE] = hold_next_job;
	first = erig_run(&r, PROBE);
	second = erig_run(&r, PROBE);
	erig_until_at(&r, AT_SIGN, 1);
	/* The second goes on meanwhile. */
	erig_until_at(&r, AT_GO, 2);
	ck_assert_uint_eq(erig_stored(&r, first, "manifest"), 1);
	ck_assert_uint_eq(erig_count(&r, "manifest"), 0);
	ck_assert_ptr_null(erig_record(&r, second, "job", 0));
	erig_release(&r, AT_SIGN);
	erig_release(&r, AT_GO);
	erig_until(&r, has_manifests, &two);
	for (i = 0; i < json_array_size(r.records); i++) {
		seq =
		    (uint64_t)erig_number(json_array_get(r.records, i), "seq");
		ck_assert_uint_gt(seq, last);
		last = seq;
	}
	check_signed(first);
	check_signed(second);
}
END_TEST

START_TEST(a_run_whose_signature_is_refused_ends_all_the_same)
{
	uint64_t run;

	r.refuse_sign = "not today";
	run = erig_run(&r, PROBE);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 0);
	check_unsigned(run);
	/* The next start tries again. */
	r.refuse_sign = NULL;
	erig_kill_engine(&r);
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	check_signed(run);
}
END_TEST

static void
change_key(struct engine_rig *rig)
{
	rig->at[AT_SIGN] = NULL;
	sign_key_free(rig->key);
	rig->key = sign_key_new(&e);
}

START_TEST(a_signature_by_another_key_than_the_named_one_is_not_kept)
{
	uint64_t run;

	r.at[AT_SIGN] = change_key;
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	check_unsigned(run);
}
END_TEST

START_TEST(a_kill_between_manifest_and_signature_is_made_good)
{
	uint64_t run;

	r.hold[AT_SIGN] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_SIGN, 1);
	ck_assert_uint_eq(erig_count(&r, "manifest"), 0);
	check_unsigned(run);
	erig_kill_engine(&r);
	r.hold[AT_SIGN] = false;
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	erig_manifest(&r, run);
	ck_assert_uint_eq(r.reached[AT_SIGN], 2);
	check_signed(run);
}
END_TEST

START_TEST(a_bench_without_a_key_names_no_signer)
{
	uint64_t run;

	erig_kill_engine(&r);
	sign_key_free(r.key);
	r.key = NULL;
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	run = erig_run(&r, PROBE);
	ck_assert(
	    json_is_null(json_object_get(erig_manifest(&r, run), "signer")));
	ck_assert_uint_eq(r.reached[AT_SIGN], 0);
	erig_refused(&r, "key.show", NULL);
}
END_TEST

START_TEST(a_new_key_signs_the_next_run_and_its_rotation_is_kept)
{
	char *pem = sign_key_public_pem(r.key);
	struct sign_key *old_key = sign_key_from_public(pem, strlen(pem), &e),
			*key;
	const json_t *shown;
	uint64_t run;

	erig_call(&r, "key.show", NULL); /* behind it, nothing is pending */
	erig_call(&r, "key.rotate", NULL);
	shown = erig_call(&r, "key.show", NULL);
	ck_assert_str_eq(erig_text(shown, "key"), sign_key_id(r.key));
	ck_assert_str_ne(sign_key_id(r.key), sign_key_id(old_key));
	key = rotation_check(
	    json_array_get(json_object_get(shown, "rotations"), 0), old_key,
	    &e);
	ck_assert_msg(key != NULL, "%s", e.text);
	ck_assert_str_eq(sign_key_id(key), sign_key_id(r.key));
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	check_signed(run);
	sign_key_free(key);
	sign_key_free(old_key);
	free(pem);
}
END_TEST

START_TEST(no_new_key_while_a_run_is_there_and_no_run_while_a_key_comes)
{
	uint64_t run;

	r.hold[AT_CANARY] = true;
	run = erig_run(&r, PROBE);
	ck_assert_ptr_nonnull(
	    strstr(erig_refused(&r, "key.rotate", NULL), "under way"));
	r.hold[AT_CANARY] = false;
	erig_until_at(&r, AT_CANARY, 1);
	erig_release(&r, AT_CANARY);
	erig_manifest(&r, run);
	check_signed(run);
}
END_TEST

START_TEST(only_a_certificate_for_this_bench_and_key_is_kept)
{
	struct sign_key *lab = sign_key_new(&e), *other = sign_key_new(&e);
	char *lab_pem = certificate_make_lab(lab, "Lab", 9, &e);
	const char *bench = erig_text(erig_call(&r, "hello", NULL), "bench");
	char *good = certificate_make_bench(lab, lab_pem, r.key, bench, 9, &e);
	char *of_other =
	    certificate_make_bench(lab, lab_pem, other, bench, 9, &e);
	char *elsewhere =
	    certificate_make_bench(lab, lab_pem, r.key, "elsewhere", 9, &e);
	const char *const bad[] = { of_other, elsewhere, lab_pem, "rubbish" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		erig_refused(&r, "key.certify",
		    json_pack("{s:s}", "certificate", bad[i]));
	ck_assert(json_is_null(
	    json_object_get(erig_call(&r, "key.show", NULL), "certificate")));
	erig_call(&r, "key.certify", json_pack("{s:s}", "certificate", good));
	ck_assert_str_eq(
	    erig_text(erig_call(&r, "key.show", NULL), "certificate"), good);
	sign_key_free(lab);
	sign_key_free(other);
	free(lab_pem);
	free(good);
	free(of_other);
	free(elsewhere);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_sign");
	TCase *c = tcase_create("sign");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, a_run_ends_signed_by_the_key_that_its_manifest_names);
	tcase_add_test(
	    c, a_manifest_waits_for_its_signature_and_the_rest_behind_it);
	tcase_add_test(c, a_run_whose_signature_is_refused_ends_all_the_same);
	tcase_add_test(
	    c, a_signature_by_another_key_than_the_named_one_is_not_kept);
	tcase_add_test(c, a_kill_between_manifest_and_signature_is_made_good);
	tcase_add_test(c, a_bench_without_a_key_names_no_signer);
	tcase_add_test(
	    c, a_new_key_signs_the_next_run_and_its_rotation_is_kept);
	tcase_add_test(
	    c, no_new_key_while_a_run_is_there_and_no_run_while_a_key_comes);
	tcase_add_test(c, only_a_certificate_for_this_bench_and_key_is_kept);
	suite_add_tcase(s, c);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
