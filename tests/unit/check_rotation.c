/*
 * A rotation stands only with both signatures, from the key it names, over
 * exactly the statement that was made.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "records/record.h"
#include "signing/rotation.h"

#define MANIFEST \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct err e;
static struct sign_key *old_key, *new_key, *other;
static json_t *rotation;

static void
set_up(void)
{
	memset(&e, 0, sizeof(e));
	old_key = sign_key_new(&e);
	new_key = sign_key_new(&e);
	other = sign_key_new(&e);
	rotation = rotation_make(
	    old_key, new_key, "bench-1", MANIFEST, 1700000000000000000, &e);
	ck_assert_msg(rotation != NULL, "%s", e.text);
}

static void
tear_down(void)
{
	json_decref(rotation);
	sign_key_free(old_key);
	sign_key_free(new_key);
	sign_key_free(other);
}

static bool
stands(const json_t *r, const struct sign_key *from)
{
	struct sign_key *k = rotation_check(r, from, &e);
	bool good = k != NULL;

	if (good)
		ck_assert_str_eq(sign_key_id(k), sign_key_id(new_key));
	sign_key_free(k);
	return good;
}

START_TEST(the_old_key_hands_over_to_the_new)
{
	ck_assert_msg(stands(rotation, old_key), "%s", e.text);
}
END_TEST

START_TEST(the_first_manifest_need_not_be_there)
{
	json_t *r = rotation_make(old_key, new_key, "bench-1", NULL, 1, &e);

	ck_assert(stands(r, old_key));
	json_decref(r);
}
END_TEST

START_TEST(it_is_from_the_key_it_names_alone)
{
	ck_assert(!stands(rotation, other));
	ck_assert(!stands(rotation, new_key));
}
END_TEST

START_TEST(a_name_that_is_not_utf8_makes_no_rotation)
{
	ck_assert_ptr_null(
	    rotation_make(old_key, new_key, "\xff", NULL, 1, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "UTF-8"));
}
END_TEST

START_TEST(every_changed_byte_of_the_statement_is_found)
{
	char *text =
	    xstrdup(json_string_value(json_object_get(rotation, "statement")));
	size_t i, n = strlen(text);

	for (i = 0; i < n; i++) {
		text[i] ^= 1;
		json_object_set_new(
		    rotation, "statement", json_stringn_nocheck(text, n));
		ck_assert_msg(
		    !stands(rotation, old_key), "byte %zu not found", i);
		text[i] ^= 1;
	}
	json_object_set_new(rotation, "statement", json_string(text));
	ck_assert(stands(rotation, old_key));
	free(text);
}
END_TEST

static void
sign(const struct sign_key *k, const char *text, const char *field)
{
	uint8_t digest[SHA256_SIZE], sig[SIGN_SIZE];
	char hex[2 * SIGN_SIZE + 1];

	sha256(text, strlen(text), digest);
	sign_digest(k, SIGN_ROTATION, digest, sig, &e);
	json_object_set_new(
	    rotation, field, json_string(hex_encode(sig, sizeof(sig), hex)));
}

START_TEST(neither_signature_can_be_missing_or_by_another)
{
	static const char *const fields[] = { "sig_old", "sig_new" };
	const char *text =
	    json_string_value(json_object_get(rotation, "statement"));
	json_t *was;
	size_t i;

	for (i = 0; i < 2; i++) {
		was = json_incref(json_object_get(rotation, fields[i]));
		sign(other, text, fields[i]);
		ck_assert(!stands(rotation, old_key));
		json_object_set_new(rotation, fields[i], json_string("00"));
		ck_assert(!stands(rotation, old_key));
		json_object_del(rotation, fields[i]);
		ck_assert(!stands(rotation, old_key));
		json_object_set_new(rotation, fields[i], was);
		ck_assert(stands(rotation, old_key));
	}
}
END_TEST

/* The statement with one field changed (NULL: gone), well signed by both. */
static bool
stands_with(const char *field, json_t *value)
{
	json_t *o = json_loads(
	    json_string_value(json_object_get(rotation, "statement")), 0, NULL);
	size_t size;
	char *text;

	if (value == NULL)
		json_object_del(o, field);
	else
		json_object_set_new(o, field, value);
	text = record_encode(o, &size, &e);
	json_object_set_new(rotation, "statement", json_string(text));
	sign(old_key, text, "sig_old");
	sign(new_key, text, "sig_new");
	json_decref(o);
	free(text);
	return stands(rotation, old_key);
}

START_TEST(a_well_signed_statement_of_another_form_is_refused)
{
	ck_assert(stands_with("bench", json_string("bench-2")));
	ck_assert(!stands_with("more", json_integer(1)));
	ck_assert(stands_with("more", NULL));
	ck_assert(!stands_with("v", json_integer(2)));
	ck_assert(stands_with("v", json_integer(1)));
	ck_assert(!stands_with("type", json_string("manifest")));
	ck_assert(stands_with("type", json_string("rotation")));
	ck_assert(!stands_with("new_key", json_string(sign_key_id(other))));
	ck_assert(stands_with("new_key", json_string(sign_key_id(new_key))));
	ck_assert(!stands_with("prev_manifest", json_string("short")));
	ck_assert(!stands_with("prev_manifest", NULL));
}
END_TEST

START_TEST(what_is_no_rotation_is_refused)
{
	json_t *o = json_object();

	ck_assert(!stands(o, old_key));
	json_object_set_new(o, "statement", json_integer(7));
	ck_assert(!stands(o, old_key));
	json_object_set_new(o, "statement", json_string("{}"));
	ck_assert(!stands(o, old_key));
	ck_assert(!stands(NULL, old_key));
	json_decref(o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rotation");
	TCase *t = tcase_create("rotation");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_old_key_hands_over_to_the_new);
	tcase_add_test(t, the_first_manifest_need_not_be_there);
	tcase_add_test(t, it_is_from_the_key_it_names_alone);
	tcase_add_test(t, a_name_that_is_not_utf8_makes_no_rotation);
	tcase_add_test(t, every_changed_byte_of_the_statement_is_found);
	tcase_add_test(t, neither_signature_can_be_missing_or_by_another);
	tcase_add_test(t, a_well_signed_statement_of_another_form_is_refused);
	tcase_add_test(t, what_is_no_rotation_is_refused);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
