/*
 * What a scenario itself asks of a person, and its waits: nothing checks that
 * it was done, and who does not come leaves the run incomplete, never the
 * device at fault.  And what a reviewer says of a document.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/hex.h"
#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;

static void
start(void)
{
	erig_start(&r);
}

static void
stop(void)
{
	erig_free(&r);
}

struct happening {
	uint64_t run;
	const char *what, *code;
};

static bool
has_happened(const struct engine_rig *rig, const void *arg)
{
	const struct happening *h = arg;
	const json_t *o;
	size_t i;

	for (i = 0; (o = erig_record(rig, h->run, "event", i)) != NULL; i++)
		if (strcmp(erig_text(o, "what"), h->what) == 0 &&
		    strcmp(erig_text(o, "code"), h->code) == 0)
			return true;
	return false;
}

static bool
has_event(uint64_t run, const char *what, const char *code)
{
	const struct happening h = { run, what, code };

	return has_happened(&r, &h);
}

static void
until_event(uint64_t run, const char *what, const char *code)
{
	const struct happening h = { run, what, code };

	erig_until(&r, has_happened, &h);
}

static int
exit_of(uint64_t run)
{
	return (int)erig_number(erig_manifest(&r, run), "exit");
}

static json_t *
confirm_params(uint64_t run, bool done)
{
	return json_pack("{s:I,s:b,s:s}", "run", (json_int_t)run, "done",
	    (int)done, "note", "as asked");
}

START_TEST(a_step_by_hand_goes_on_when_it_is_confirmed)
{
	uint64_t run = erig_run(&r, "  - manual: press reset\n" PROBE);

	until_event(run, "manual", "prompt");
	erig_call(&r, "run.confirm", confirm_params(run, true));
	ck_assert_int_eq(exit_of(run), 0);
	ck_assert(has_event(run, "confirm", "done"));
	ck_assert(has_event(run, "manual", "done"));
	ck_assert(!has_event(run, "action", "done"));
	ck_assert_uint_eq(erig_count(&r, "verdict"), 1);
}
END_TEST

START_TEST(a_step_by_hand_that_nobody_does_leaves_the_run_incomplete)
{
	uint64_t run =
	    erig_run(&r, "  - manual: press reset\n    limit: 1s\n" PROBE);

	ck_assert_int_eq(exit_of(run), 2);
	ck_assert(has_event(run, "manual", "not_confirmed"));
	run = erig_run(&r, "  - manual: press reset\n" PROBE);
	until_event(run, "manual", "prompt");
	erig_call(&r, "run.confirm", confirm_params(run, false));
	ck_assert_int_eq(exit_of(run), 2);
	ck_assert(has_event(run, "confirm", "not_done"));
	ck_assert(has_event(run, "manual", "not_confirmed"));
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
}
END_TEST

START_TEST(a_wait_passes_by_itself_and_takes_no_confirmation)
{
	uint64_t run = erig_run(&r, "  - wait: 5ms\n" PROBE);

	ck_assert_int_eq(exit_of(run), 0);
	ck_assert(has_event(run, "wait", "begin"));
	ck_assert(has_event(run, "wait", "done"));
	ck_assert_uint_eq(erig_count(&r, "verdict"), 1);
	run = erig_run(&r, "  - wait: 1h\n" PROBE);
	until_event(run, "wait", "begin");
	ck_assert_str_eq(
	    erig_refused(&r, "run.confirm", confirm_params(run, true)),
	    "this run waits for nobody");
	erig_call(&r, "run.cancel", json_pack("{s:I}", "run", (json_int_t)run));
	ck_assert_int_eq(exit_of(run), 2);
	ck_assert(has_event(run, "wait", "cancelled"));
	ck_assert(!has_event(run, "wait", "done"));
}
END_TEST

/* ---- documents ---- */

static json_t *
piece(const char *sha256, size_t size, size_t offset, const char *bytes)
{
	unsigned char text[64];

	EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)strlen(bytes));
	return json_pack("{s:s,s:I,s:I,s:s}", "sha256", sha256, "size",
	    (json_int_t)size, "offset", (json_int_t)offset, "data",
	    (const char *)text);
}

static bool
is_stored(json_t *params)
{
	const json_t *stored = json_object_get(
	    erig_call(&r, "attestation.file", params), "stored");

	return json_is_true(stored);
}

START_TEST(a_document_comes_in_whole_or_not_at_all)
{
	char sha256[SHA256_HEX_SIZE];

	sha256_hex("abcdef", 6, sha256);
	ck_assert_str_eq(
	    erig_refused(&r, "attestation.file", piece(sha256, 6, 3, "def")),
	    "a piece out of its order");
	ck_assert_str_eq(
	    erig_refused(&r, "attestation.file", piece(sha256, 6, 4, "def")),
	    "a piece that is not of the document");
	ck_assert_str_eq(
	    erig_refused(&r, "attestation.file", piece("x", 6, 0, "abc")),
	    "sha256: not a hash");
	ck_assert_str_eq(erig_refused(&r, "attestation.file",
			     piece(sha256, (128u << 20) + 1, 0, "abc")),
	    "size: 1 byte to 128 MiB (document_mib of assayd.yaml)");
	ck_assert(!is_stored(piece(sha256, 6, 0, "abc")));
	ck_assert_ptr_nonnull(strstr(
	    erig_refused(&r, "attestation.file", piece(sha256, 6, 3, "xyz")),
	    "its SHA-256 is "));
	/* From its beginning, and it is whole. */
	ck_assert(!is_stored(piece(sha256, 6, 0, "ab")));
	ck_assert(!is_stored(piece(sha256, 6, 0, "abc")));
	ck_assert(is_stored(piece(sha256, 6, 3, "def")));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_hand");
	TCase *tc = tcase_create("hand");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_step_by_hand_goes_on_when_it_is_confirmed);
	tcase_add_test(
	    tc, a_step_by_hand_that_nobody_does_leaves_the_run_incomplete);
	tcase_add_test(tc, a_wait_passes_by_itself_and_takes_no_confirmation);
	tcase_add_test(tc, a_document_comes_in_whole_or_not_at_all);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
