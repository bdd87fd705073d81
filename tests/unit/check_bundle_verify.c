/*
 * check_bundle_verify: a bundle is intact when it is as it was sealed, trusted
 * when somebody we know vouches for its signer, and neither a changed byte nor
 * a signature of somebody else's passes for that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "bundles/bundle_write.h"
#include "signing/rotation.h"
#include "tests/unit/bundle_rig.h"

static struct bundle_rig rig;

static void
begin(void)
{
	bundle_rig_begin(&rig);
}

static void
end(void)
{
	bundle_rig_end(&rig);
}

#define OUTCOME(trust, wanted) \
	ck_assert_str_eq( \
	    bundle_outcome_name(bundle_rig_outcome(&rig, (trust))), (wanted))

/* ---- trust ---- */

START_TEST(a_sealed_bundle_is_trusted_with_its_lab_and_unknown_without)
{
	OUTCOME(rig.lab_file, "trusted");
	OUTCOME(rig.bench_file, "trusted");
	OUTCOME(NULL, "unknown_signer");
	ck_assert_int_eq(bundle_outcome_exit(BUNDLE_TRUSTED), 0);
	ck_assert_int_eq(bundle_outcome_exit(BUNDLE_BROKEN), 1);
	ck_assert_int_eq(bundle_outcome_exit(BUNDLE_UNKNOWN), 2);
	ck_assert_int_eq(bundle_outcome_exit(BUNDLE_UNSEALED), 2);
	ck_assert_int_eq(bundle_outcome_exit(BUNDLE_PRUNED), 2);
}
END_TEST

/* A forger changes a verdict, makes the chain anew, brings a key and a
 * certificate by a lab of the same name along. */
START_TEST(a_bundle_written_anew_with_keys_of_its_own_is_not_trusted)
{
	struct sign_key *lab = sign_key_new(NULL), *key = sign_key_new(NULL);
	char *lab_pem = certificate_make_lab(lab, "Lab 1", 365, NULL);
	char *pem =
	    certificate_make_bench(lab, lab_pem, key, "bench-1", 365, NULL);

	json_object_set_new(
	    json_array_get(rig.records, 3), "verdict", json_string("pass"));
	bundle_rig_seal(&rig, key, key, pem);
	OUTCOME(rig.lab_file, "unknown_signer");
	OUTCOME(rig.bench_file, "unknown_signer");
	OUTCOME(NULL, "unknown_signer");
	/* The true bench's certificate is for another key. */
	bundle_rig_seal(&rig, key, key, rig.bench_pem);
	OUTCOME(rig.lab_file, "unknown_signer");
	free(pem);
	free(lab_pem);
	sign_key_free(lab);
	sign_key_free(key);
}
END_TEST

START_TEST(a_forger_who_names_the_true_signer_is_found_out)
{
	struct sign_key *key = sign_key_new(NULL);

	bundle_rig_seal(&rig, rig.bench, key, rig.bench_pem);
	OUTCOME(rig.lab_file, "broken");
	ck_assert(bundle_rig_says(&rig, rig.lab_file, "signature"));
	sign_key_free(key);
}
END_TEST

START_TEST(a_signature_by_another_key_than_the_named_one_is_broken)
{
	struct sign_key *key = sign_key_new(NULL);
	char *records, *signatures;
	size_t nrecords, nsignatures;

	records = bundle_rig_get(&rig, "records.jsonl", &nrecords);
	bundle_rig_seal(&rig, key, key, NULL);
	signatures = bundle_rig_get(&rig, "signatures.jsonl", &nsignatures);
	bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
	bundle_rig_put(&rig, "records.jsonl", records, nrecords);
	bundle_rig_put(&rig, "signatures.jsonl", signatures, nsignatures);
	OUTCOME(rig.lab_file, "broken");
	ck_assert(bundle_rig_says(&rig, NULL, "another key"));
	free(records);
	free(signatures);
	sign_key_free(key);
}
END_TEST

START_TEST(a_certificate_for_another_bench_or_time_vouches_for_nothing)
{
	char *pem = certificate_make_bench(
	    rig.lab, rig.lab_pem, rig.bench, "bench-2", 365, NULL);

	bundle_rig_seal(&rig, rig.bench, rig.bench, pem);
	OUTCOME(rig.lab_file, "unknown_signer");
	ck_assert(bundle_rig_says(&rig, rig.lab_file, "another bench"));
	free(pem);
	rig.when -= 100 * 86400; /* before there was a certificate */
	bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
	OUTCOME(rig.lab_file, "unknown_signer");
	ck_assert(bundle_rig_says(&rig, rig.lab_file, "not valid yet"));
}
END_TEST

static void
put_rotation(const struct sign_key *from, const struct sign_key *to,
    const char *bench, int64_t time_s)
{
	json_t *o =
	    rotation_make(from, to, bench, NULL, time_s * 1000000000, NULL);

	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(
	    bundle_append_line(rig.dir, "rotations.jsonl", o, NULL), 0);
	json_decref(o);
}

static void
put_key(const struct sign_key *key, const char *certificate)
{
	char *pem = sign_key_public_pem(key);
	json_t *o = json_pack("{s:s,s:s,s:s?}", "key", sign_key_id(key),
	    "public", pem, "certificate", certificate);

	ck_assert_int_eq(bundle_append_line(rig.dir, "keys.jsonl", o, NULL), 0);
	json_decref(o);
	free(pem);
}

START_TEST(a_rotated_key_is_trusted_for_the_key_before_it)
{
	struct sign_key *second = sign_key_new(NULL);
	struct sign_key *third = sign_key_new(NULL);

	bundle_rig_seal(&rig, third, third, NULL);
	OUTCOME(rig.lab_file, "unknown_signer");
	put_key(rig.bench, rig.bench_pem);
	OUTCOME(rig.lab_file, "unknown_signer");
	put_rotation(rig.bench, second, "bench-1", rig.when - 20);
	OUTCOME(rig.lab_file, "unknown_signer");
	put_rotation(second, third, "bench-1", rig.when - 10);
	OUTCOME(rig.lab_file, "trusted");
	OUTCOME(rig.bench_file, "trusted");
	OUTCOME(NULL, "unknown_signer");
	sign_key_free(second);
	sign_key_free(third);
}
END_TEST

START_TEST(a_rotation_of_another_bench_or_after_the_run_vouches_for_nothing)
{
	struct sign_key *second = sign_key_new(NULL);

	bundle_rig_seal(&rig, second, second, NULL);
	put_key(rig.bench, rig.bench_pem);
	put_rotation(rig.bench, second, "bench-1", rig.when + 1000);
	OUTCOME(rig.lab_file, "unknown_signer");
	bundle_rig_put(&rig, "rotations.jsonl", NULL, 0);
	put_rotation(rig.bench, second, "bench-2", rig.when - 10);
	OUTCOME(rig.lab_file, "broken");
	/* Nor one that leads the wrong way. */
	bundle_rig_put(&rig, "rotations.jsonl", NULL, 0);
	put_rotation(second, rig.bench, "bench-1", rig.when - 10);
	OUTCOME(rig.lab_file, "unknown_signer");
	sign_key_free(second);
}
END_TEST

START_TEST(a_rotation_that_the_old_key_did_not_sign_is_broken)
{
	struct sign_key *second = sign_key_new(NULL);
	json_t *o = rotation_make(second, second, "bench-1", NULL, 1, NULL);
	json_t *good = rotation_make(rig.bench, second, "bench-1", NULL,
	    (rig.when - 10) * 1000000000, NULL);

	bundle_rig_seal(&rig, second, second, NULL);
	put_key(rig.bench, rig.bench_pem);
	json_object_set(good, "sig_old", json_object_get(good, "sig_new"));
	ck_assert_int_eq(
	    bundle_append_line(rig.dir, "rotations.jsonl", good, NULL), 0);
	OUTCOME(rig.lab_file, "broken");
	json_decref(o);
	json_decref(good);
	sign_key_free(second);
}
END_TEST

/* ---- what is missing ---- */

static void
drop_last_line(const char *name)
{
	size_t size;
	char *data = bundle_rig_get(&rig, name, &size);

	while (size > 1 && data[size - 2] != '\n')
		size--;
	bundle_rig_put(&rig, name, data, size - 1);
	free(data);
}

START_TEST(without_its_manifest_or_signature_a_run_is_unsealed)
{
	bundle_rig_put(&rig, "signatures.jsonl", NULL, 0);
	OUTCOME(rig.lab_file, "unsealed");
	drop_last_line("records.jsonl");
	OUTCOME(rig.lab_file, "unsealed");
}
END_TEST

START_TEST(records_that_are_missing_or_swapped_break_the_chain)
{
	size_t size, a, b;
	char *data = bundle_rig_get(&rig, "records.jsonl", &size), *other;

	a = (size_t)(strchr(data, '\n') - data) + 1;
	b = a + (size_t)(strchr(data + a, '\n') - data - a) + 1;
	other = xmemdup(data, size);
	memmove(other + a, other + b, size - b); /* the second is gone */
	bundle_rig_put(&rig, "records.jsonl", other, size - (b - a));
	OUTCOME(rig.lab_file, "broken");
	memcpy(other, data + a, b - a);
	memcpy(other + (b - a), data, a);
	memcpy(other + b, data + b, size - b);
	bundle_rig_put(&rig, "records.jsonl", other, size);
	OUTCOME(rig.lab_file, "broken");
	bundle_rig_put(&rig, "records.jsonl", "", 0);
	OUTCOME(rig.lab_file, "broken");
	bundle_rig_put(&rig, "records.jsonl", data, size);
	OUTCOME(rig.lab_file, "trusted");
	free(other);
	free(data);
}
END_TEST

START_TEST(a_missing_slice_or_document_is_broken)
{
	size_t size;
	char *data = bundle_rig_get(&rig, "slices/10/13.pcapng", &size);

	bundle_rig_put(&rig, "slices/10/13.pcapng", NULL, 0);
	OUTCOME(rig.lab_file, "broken");
	bundle_rig_put(&rig, "slices/10/13.pcapng", data, size);
	OUTCOME(rig.lab_file, "trusted");
	bundle_rig_put(&rig, "slices/10/99.pcapng", data, size);
	OUTCOME(rig.lab_file, "broken"); /* nobody's */
	free(data);
}
END_TEST

START_TEST(a_verdict_that_claims_without_frames_is_broken)
{
	json_t *fail = json_array_get(rig.records, 3);
	json_t *evidence = json_incref(json_object_get(fail, "evidence"));

	json_object_set_new(fail, "evidence", json_array());
	bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
	OUTCOME(rig.lab_file, "broken");
	json_object_set(fail, "evidence", evidence);
	json_object_set_new(
	    json_array_get(rig.records, 5), "verdict", json_string("pass"));
	bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
	OUTCOME(rig.lab_file, "broken");
	ck_assert(bundle_rig_says(&rig, rig.lab_file, "cites no frame"));
	json_decref(evidence);
}
END_TEST

/* Even the bench itself cannot cite what the slice does not show. */
START_TEST(evidence_that_the_frames_do_not_show_is_broken)
{
	static const char *const keys[] = { "count", "stamp_first",
		"stamp_last", "sha256" };
	json_t *entry = json_array_get(
	    json_object_get(json_array_get(rig.records, 3), "evidence"), 0);
	json_t *range = json_array_get(
	    json_object_get(json_array_get(rig.records, 4), "evidence"), 0);
	json_t *old, *other;
	size_t i;

	ck_assert_int_gt(
	    json_integer_value(json_object_get(range, "count")), 16);
	for (i = 0; i < 4; i++) {
		other = i < 3 ? json_integer(7)
			      : json_string("0000000000000000000000000000000"
					    "0000000000000000000000000000000"
					    "00");
		old = json_incref(json_object_get(entry, keys[i]));
		json_object_set(entry, keys[i], other);
		bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
		OUTCOME(rig.lab_file, "broken");
		json_object_set_new(entry, keys[i], old);
		old = json_incref(json_object_get(range, keys[i]));
		json_object_set(range, keys[i], other);
		bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
		OUTCOME(rig.lab_file, "broken");
		json_object_set_new(range, keys[i], old);
		json_decref(other);
	}
	bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
	OUTCOME(rig.lab_file, "trusted");
}
END_TEST

/* ---- pruned ---- */

static void
put_tombstone(const struct sign_key *key, const json_t *capture)
{
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];
	char hex[2 * SIGN_SIZE + 1], *text;
	json_t *o = json_pack("{s:i,s:s,s:s,s:O,s:O,s:O,s:s,s:I}", "v", 1,
	    "type", "tombstone", "bench", "bench-1", "file",
	    json_object_get(capture, "file"), "sha256",
	    json_object_get(capture, "sha256"), "size",
	    json_object_get(capture, "size"), "reason", "age", "time",
	    (json_int_t)1);
	size_t size;

	text = record_encode(o, &size, NULL);
	sha256(text, size, digest);
	ck_assert_int_eq(
	    sign_digest(key, SIGN_TOMBSTONE, digest, sig, NULL), 0);
	json_decref(o);
	o = json_pack("{s:s,s:s,s:s}", "statement", text, "key",
	    sign_key_id(key), "sig", hex_encode(sig, sizeof(sig), hex));
	ck_assert_int_eq(
	    bundle_append_line(rig.dir, "tombstones.jsonl", o, NULL), 0);
	json_decref(o);
	free(text);
}

START_TEST(a_pruned_capture_has_a_tombstone_and_no_verdict_cites_it)
{
	size_t n = json_array_size(rig.captures);
	struct sign_key *key = sign_key_new(NULL);

	ck_assert_uint_ge(n, 3);
	bundle_rig_put(&rig, "captures/000009.pcapng", NULL, 0);
	OUTCOME(rig.lab_file, "broken"); /* the label says it is there */
	bundle_rig_put(&rig, "bundle.json", NULL, 0);
	OUTCOME(rig.lab_file, "trusted"); /* only not asked for */
	put_tombstone(key, json_array_get(rig.captures, n - 1));
	OUTCOME(rig.lab_file, "trusted"); /* a stranger's */
	put_tombstone(rig.bench, json_array_get(rig.captures, n - 1));
	OUTCOME(rig.lab_file, "pruned");
	OUTCOME(NULL, "pruned");
	bundle_rig_put(&rig, "captures/000001.pcapng", NULL, 0);
	OUTCOME(rig.lab_file, "pruned");
	put_tombstone(rig.bench, json_array_get(rig.captures, 0));
	OUTCOME(rig.lab_file, "broken");
	ck_assert(bundle_rig_says(&rig, rig.lab_file, "a verdict cites it"));
	sign_key_free(key);
}
END_TEST

START_TEST(a_pruned_bundle_of_a_stranger_is_a_strangers_first)
{
	struct sign_key *key = sign_key_new(NULL);
	size_t n = json_array_size(rig.captures);

	bundle_rig_seal(&rig, key, key, NULL);
	bundle_rig_put(&rig, "captures/000009.pcapng", NULL, 0);
	put_tombstone(key, json_array_get(rig.captures, n - 1));
	OUTCOME(NULL, "pruned");
	OUTCOME(rig.lab_file, "unknown_signer");
	sign_key_free(key);
}
END_TEST

/* ---- redacted, copied, packed ---- */

static bool
holds(const char *name, const char *needle, size_t n)
{
	size_t size;
	char *data = bundle_rig_get(&rig, name, &size);
	bool found = memmem(data, size, needle, n) != NULL;

	free(data);
	return found;
}

/* rig then is the copy. */
static void
copy(bool redacted, bool captures)
{
	const struct bundle_copying how = { redacted, captures };
	char *path =
	    xasprintf("%s/%s", rig.home.path, redacted ? "redacted" : "copied");
	struct err e = { .line = 0 };
	struct bundle *b = bundle_open(rig.path, &e);
	int dir;

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_msg(bundle_copy(b, dir, &how, &e) == 0, "%s", e.text);
	bundle_close(b);
	snprintf(rig.path, sizeof(rig.path), "%s", path);
	close(rig.dir);
	rig.dir = dir;
	free(path);
}

START_TEST(a_redacted_bundle_verifies_and_holds_no_frame_and_no_key)
{
	const char mac[] = { 2, 0, 0, 0, 0, 0x10 };
	struct err e = { .line = 0 };
	struct bundle *b;
	json_t *names, *o;
	size_t i;

	ck_assert(holds("slices/10/13.pcapng", mac, 6));
	ck_assert(holds("slices/10/13.pcapng", "5ec2e7", 6));
	copy(true, false);
	OUTCOME(rig.lab_file, "trusted");
	b = bundle_open(rig.path, &e);
	names = bundle_names(b, &e);
	ck_assert_uint_eq(json_array_size(names), 7);
	json_array_foreach (names, i, o) {
		ck_assert(!holds(json_string_value(o), mac, 6));
		ck_assert(!holds(json_string_value(o), "5ec2e7", 6));
	}
	json_decref(names);
	bundle_close(b);
	copy(false, false); /* of what is redacted already */
	OUTCOME(rig.lab_file, "trusted");
}
END_TEST

START_TEST(digests_that_are_not_the_frames_are_broken)
{
	size_t size, i, tried = 0;
	char *data;

	copy(true, false);
	data = bundle_rig_get(&rig, "slices/10/13.digests", &size);
	for (i = 0; i < size; i += 7) {
		if (strchr("0123456789abcdef", data[i]) == NULL)
			continue;
		data[i] = data[i] == '0' ? '1' : '0';
		bundle_rig_put(&rig, "slices/10/13.digests", data, size);
		/* A frame's number in the slice is no part of what is
		 * sealed. */
		if (bundle_rig_outcome(&rig, NULL) == BUNDLE_BROKEN)
			tried++;
		free(data);
		copy(false, false);
		break;
	}
	ck_assert_uint_eq(tried, 1);
}
END_TEST

START_TEST(a_copy_has_what_the_records_account_for_and_nothing_else)
{
	bundle_rig_put(&rig, "notes.txt", "x", 1);
	OUTCOME(rig.lab_file, "trusted"); /* with a remark */
	ck_assert(bundle_rig_says(&rig, rig.lab_file, "notes.txt"));
	copy(false, true);
	OUTCOME(rig.lab_file, "trusted");
	ck_assert_int_eq(faccessat(rig.dir, "notes.txt", F_OK, 0), -1);
	ck_assert_int_eq(
	    faccessat(rig.dir, "captures/000009.pcapng", F_OK, 0), 0);
}
END_TEST

START_TEST(an_archive_of_it_verifies_and_is_the_same_bytes_again)
{
	const char *kind = _i == 0 ? "tar" : "zip";
	char *one = xasprintf("%s/one.%s", rig.home.path, kind);
	char *two = xasprintf("%s/two.%s", rig.home.path, kind);
	struct err e = { .line = 0 };

	ck_assert_int_eq(bundle_write_archive(rig.dir, one, &e), 0);
	copy(false, true);
	ck_assert_int_eq(bundle_write_archive(rig.dir, two, &e), 0);
	ck_assert_int_eq(bundle_write_archive(rig.dir, two, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "is there already"));
	{
		const char *const argv[] = { "cmp", one, two, NULL };
		char out[256];

		ck_assert_msg(
		    ground_run(argv, out, sizeof(out)) == 0, "%s", out);
	}
	snprintf(rig.path, sizeof(rig.path), "%s", one);
	OUTCOME(rig.lab_file, "trusted");
	free(one);
	free(two);
}
END_TEST

/* ---- old manifests ---- */

START_TEST(a_capture_without_a_hash_is_still_held_to_what_is_cited)
{
	size_t size;
	char *data;
	json_t *o;
	size_t i;

	json_array_foreach (rig.captures, i, o) {
		json_object_del(o, "sha256");
		json_object_del(o, "size");
	}
	json_array_remove(rig.captures, 0); /* older ones list the last */
	bundle_rig_seal(&rig, rig.bench, rig.bench, rig.bench_pem);
	OUTCOME(rig.lab_file, "trusted");
	ck_assert(bundle_rig_says(&rig, rig.lab_file, "no SHA-256 of it"));
	data = bundle_rig_get(&rig, "captures/000001.pcapng", &size);
	data[size / 2] ^= 1;
	bundle_rig_put(&rig, "captures/000001.pcapng", data, size);
	OUTCOME(rig.lab_file, "broken");
	free(data);
}
END_TEST

/* ---- the label ---- */

START_TEST(a_label_that_tells_another_tale_is_broken)
{
	static const char other[] =
	    "{\"v\":1,\"bench\":\"bench-1\",\"run\":11,\"redacted\":false}\n";

	bundle_rig_put(&rig, "bundle.json", other, sizeof(other) - 1);
	OUTCOME(rig.lab_file, "broken");
	bundle_rig_put(&rig, "bundle.json", NULL, 0);
	OUTCOME(rig.lab_file, "trusted");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bundle_verify");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(
	    t, a_sealed_bundle_is_trusted_with_its_lab_and_unknown_without);
	tcase_add_test(
	    t, a_bundle_written_anew_with_keys_of_its_own_is_not_trusted);
	tcase_add_test(t, a_forger_who_names_the_true_signer_is_found_out);
	tcase_add_test(
	    t, a_signature_by_another_key_than_the_named_one_is_broken);
	tcase_add_test(
	    t, a_certificate_for_another_bench_or_time_vouches_for_nothing);
	tcase_add_test(t, a_rotated_key_is_trusted_for_the_key_before_it);
	tcase_add_test(t,
	    a_rotation_of_another_bench_or_after_the_run_vouches_for_nothing);
	tcase_add_test(t, a_rotation_that_the_old_key_did_not_sign_is_broken);
	tcase_add_test(t, without_its_manifest_or_signature_a_run_is_unsealed);
	tcase_add_test(t, records_that_are_missing_or_swapped_break_the_chain);
	tcase_add_test(t, a_missing_slice_or_document_is_broken);
	tcase_add_test(t, a_verdict_that_claims_without_frames_is_broken);
	tcase_add_test(t, evidence_that_the_frames_do_not_show_is_broken);
	tcase_add_test(
	    t, a_pruned_capture_has_a_tombstone_and_no_verdict_cites_it);
	tcase_add_test(t, a_pruned_bundle_of_a_stranger_is_a_strangers_first);
	tcase_add_test(
	    t, a_redacted_bundle_verifies_and_holds_no_frame_and_no_key);
	tcase_add_test(t, digests_that_are_not_the_frames_are_broken);
	tcase_add_test(
	    t, a_copy_has_what_the_records_account_for_and_nothing_else);
	tcase_add_loop_test(
	    t, an_archive_of_it_verifies_and_is_the_same_bytes_again, 0, 2);
	tcase_add_test(
	    t, a_capture_without_a_hash_is_still_held_to_what_is_cited);
	tcase_add_test(t, a_label_that_tells_another_tale_is_broken);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
