/*
 * Two samples are said to share what records show of both, to differ only where
 * both were seen, and never to pass.
 */
#include "judging/compare_samples.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID_1 "2fac1234-31f8-11b4-a222-08002b34c003"
#define UUID_2 "2fac1234-31f8-11b4-a222-08002b34c004"

static json_t *
observed(const char *field, const char *value, const char *source)
{
	return json_pack("{s:s, s:i, s:i, s:[{s:i, s:s, s:s, s:{s:s}, "
			 "s:[{s:s}]}]}",
	    "type", "observed", "run", 3, "seq", 7, "observations", "id", 4,
	    "field", field, "value", value, "subject", "addr", "10.0.0.1",
	    "frames", "comment", source);
}

/* value NULL: nothing was seen. */
static json_t *
sample(const char *serial, const char *field, const char *value,
    const char *source)
{
	json_t *record =
	    value == NULL ? json_object() : observed(field, value, source);
	json_t *o = json_pack("{s:s, s:o}", "serial", serial, "items",
	    compare_samples_items(record, "ab"));

	ck_assert_ptr_nonnull(o);
	json_decref(record);
	return o;
}

static const struct {
	const char *check, *field, *a, *b, *source;
	int good; /* -1: null */
} cases[] = {
	{ "identifier.serial", "discloses.serial", "DL-20417", "DL-20417",
	    "ftp banner", 0 },
	{ "identifier.serial", "discloses.serial", "DL-20417", "DL-20418",
	    "ftp banner", 1 },
	{ "identifier.serial", "discloses.serial", "DL-20417", NULL,
	    "ftp banner", -1 },
	{ "identifier.serial", "discloses.serial", NULL, NULL, "", -1 },
	/* nobody's */
	{ "identifier.serial", "discloses.serial", "unknown", "unknown", "",
	    -1 },
	{ "identifier.serial", "discloses.serial", "4711001", "4711001",
	    "issuer", -1 },
	{ "identifier.uuid", "udp.discloses.id", "uuid:" UUID_1 "::upnp:root",
	    "uuid:" UUID_1, "usn", 0 },
	{ "identifier.uuid", "udp.discloses.id", "uuid:" UUID_1, "uuid:" UUID_2,
	    "usn", 1 },
	{ "identifier.uuid", "udp.discloses.id", "device 260001",
	    "device 260001", "i-am", -1 },
	/* may be the model's, or somebody else's */
	{ "identifier.hostname", "discloses.hostname", "lamp", "lamp", "mdns",
	    -1 },
	{ "identifier.hostname", "discloses.hostname", "lamp-1", "lamp-2",
	    "mdns", 1 },
	{ "identifier.told_mac", "discloses.mac", "02:00:00:00:00:01",
	    "02:00:00:00:00:01", "page", -1 },
	{ "key.tls", "certificate.public_key", "aa11", "AA11", "", 0 },
	{ "key.tls", "certificate.public_key", "aa11", "bb22", "", 1 },
	{ "key.ssh", "ssh.host_key", "0000000b", "0000000b", "host key", 0 },
	{ "key.ssh", "ssh.host_key", "0000000b", "0000000c", "host key", 1 },
	/* a name and a length are no value */
	{ "secret.default", "discloses.secret", "psk (15 characters)",
	    "key (12 characters)", "page", -1 },
};

static const json_t *
row_of(const json_t *rows, const char *check)
{
	const json_t *one;
	size_t i;

	json_array_foreach (rows, i, one)
		if (strcmp(json_string_value(json_object_get(one, "check")),
			check) == 0)
			return one;
	ck_abort_msg("no row %s", check);
	return NULL;
}

START_TEST(what_is_the_same_is_shared_and_what_was_not_seen_is_open)
{
	json_t *a = sample("1", cases[_i].field, cases[_i].a, cases[_i].source),
	       *b = sample("2", cases[_i].field, cases[_i].b, cases[_i].source),
	       *rows = compare_samples(a, b);
	const json_t *good =
	    json_object_get(row_of(rows, cases[_i].check), "good");

	ck_assert_int_eq(
	    json_is_null(good) ? -1 : json_is_true(good), cases[_i].good);
	ck_assert_int_eq(compare_samples_failed(rows), cases[_i].good == 0);
	/* Never a pass of the whole. */
	ck_assert(json_is_null(
	    json_object_get(row_of(rows, "secret.default"), "good")));
	json_decref(rows);
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(what_is_shared_names_both_records)
{
	json_t *a = sample("1", "discloses.serial", "DL-20417", "x"),
	       *b = sample("2", "discloses.serial", "DL-20417", "x"),
	       *rows = compare_samples(a, b);

	ck_assert_str_eq(json_string_value(json_object_get(
			     row_of(rows, "identifier.serial"), "detail")),
	    "samples.shared DL-20417 (3/7, 3/7)");
	json_decref(rows);
	json_decref(a);
	json_decref(b);
}
END_TEST

/* As they are sealed. */
static json_t *
checks_of(const json_t *rows)
{
	json_t *o = json_object();
	const json_t *one;
	size_t i;

	json_array_foreach (rows, i, one)
		json_object_set_new(o,
		    json_string_value(json_object_get(one, "check")),
		    json_pack("{s:O, s:O}", "good",
			json_object_get(one, "good"), "detail",
			json_object_get(one, "detail")));
	return o;
}

START_TEST(what_was_sealed_otherwise_is_told_apart)
{
	json_t *a = sample("1", "discloses.serial", "DL-20417", "x"),
	       *b = sample("2", "discloses.serial", "DL-20417", "x"),
	       *c = sample("2", "discloses.serial", "DL-20418", "x"),
	       *rows = compare_samples(a, b), *others = compare_samples(a, c),
	       *checks = checks_of(rows);

	ck_assert(compare_samples_are(rows, checks));
	ck_assert(!compare_samples_are(others, checks));
	json_object_set_new(checks, "one.more", json_object());
	ck_assert(!compare_samples_are(rows, checks));
	ck_assert(!compare_samples_are(rows, NULL));
	json_decref(checks);
	json_decref(others);
	json_decref(rows);
	json_decref(c);
	json_decref(b);
	json_decref(a);
}
END_TEST

START_TEST(the_address_that_was_tested_is_an_item)
{
	json_t *record =
	    json_pack("{s:s, s:i, s:i, s:[{s:s}, {s:n}]}", "type", "job", "run",
		3, "seq", 5, "targets", "mac", "02:00:00:00:00:10", "mac");
	json_t *items = compare_samples_items(record, "ab");

	ck_assert_uint_eq(json_array_size(items), 1);
	json_decref(items);
	json_decref(record);
}
END_TEST

START_TEST(what_is_too_much_to_be_told_is_shared_all_the_same)
{
	json_t *a = json_pack("{s:s, s:[]}", "serial", "1", "items"), *record,
	       *rows, *items;
	const json_t *row;
	char value[32];
	int i;

	for (i = 0; i < 40; i++) {
		snprintf(value, sizeof(value), "SERIAL-%06d", i);
		record = observed("discloses.serial", value, "x");
		items = compare_samples_items(record, "ab");
		json_array_extend(json_object_get(a, "items"), items);
		json_decref(items);
		json_decref(record);
	}
	rows = compare_samples(a, a);
	row = row_of(rows, "identifier.serial");
	ck_assert(json_is_false(json_object_get(row, "good")));
	ck_assert_uint_le(
	    json_string_length(json_object_get(row, "detail")), 600);
	json_decref(rows);
	json_decref(a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare_samples");
	TCase *t = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(t,
	    what_is_the_same_is_shared_and_what_was_not_seen_is_open, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, what_is_shared_names_both_records);
	tcase_add_test(t, the_address_that_was_tested_is_an_item);
	tcase_add_test(t, what_was_sealed_otherwise_is_told_apart);
	tcase_add_test(t, what_is_too_much_to_be_told_is_shared_all_the_same);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
