/*
 * The published schemas are the loader's own tables: regenerated here and
 * compared with the files that ship.
 *
 * After a table has changed, ASSAY_WRITE_SCHEMAS=1 in the environment of this
 * program writes etc/schemas anew.
 */
#include "scenarios/schema.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue_tables.h"
#include "catalogue/method_card.h"
#include "reports/report_lab.h"
#include "scenarios/conf_table.h"

static const struct {
	const char *kind, *path;
} shipped[] = {
	{ "scenario", "etc/schemas/scenario.schema.json" },
	{ "profile", "etc/schemas/profile.schema.json" },
	{ "messages", "etc/schemas/messages.schema.json" },
	{ "assayd", "etc/schemas/assayd.schema.json" },
	{ "lab", "etc/schemas/lab.schema.json" },
	{ "catalogue-edition", "etc/schemas/catalogue-edition.schema.json" },
	{ "catalogue-scheme", "etc/schemas/catalogue-scheme.schema.json" },
	{ "catalogue-checks", "etc/schemas/catalogue-checks.schema.json" },
	{ "catalogue-topics", "etc/schemas/catalogue-topics.schema.json" },
	{ "catalogue-confirmations",
	    "etc/schemas/catalogue-confirmations.schema.json" },
	{ "catalogue-texts", "etc/schemas/catalogue-texts.schema.json" },
	{ "method-card", "etc/schemas/method-card.schema.json" },
};

/* Those of other rooms than scenarios/. */
static const struct {
	const char *kind;
	const struct yaml_map *map;
} others[] = {
	{ "assayd", &conf_table },
	{ "lab", &report_lab_table },
	{ "catalogue-edition", &catalogue_edition_table },
	{ "catalogue-scheme", &catalogue_scheme_table },
	{ "catalogue-checks", &catalogue_checks_table },
	{ "catalogue-topics", &catalogue_topics_table },
	{ "catalogue-confirmations", &catalogue_confirmations_table },
	{ "catalogue-texts", &catalogue_texts_table },
	{ "method-card", &method_card_table },
};

static json_t *
schema_of(const char *kind)
{
	json_t *o = NULL;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].kind, kind) == 0)
			o = yaml_schema(others[i].map, kind);
	if (o == NULL)
		o = scenarios_schema(kind);
	ck_assert_ptr_nonnull(o);
	return o;
}

START_TEST(a_shipped_schema_is_the_one_of_the_table)
{
	json_t *made = schema_of(shipped[_i].kind), *found;
	json_error_t error;

	if (getenv("ASSAY_WRITE_SCHEMAS") != NULL) {
		FILE *f = fopen(shipped[_i].path, "w");

		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(json_dumpf(made, f, JSON_INDENT(2)), 0);
		fputc('\n', f);
		ck_assert_int_eq(fclose(f), 0);
	}
	found =
	    json_load_file(shipped[_i].path, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(found != NULL, "%s:%d: %s", shipped[_i].path, error.line,
	    error.text);
	ck_assert_msg(json_equal(made, found),
	    "%s is not what the table gives: see the head of this file",
	    shipped[_i].path);
	json_decref(found);
	json_decref(made);
}
END_TEST

/* Of every object: nothing unknown passes, and what is required exists. */
static void
check_object(const json_t *o)
{
	const json_t *keys = json_object_get(o, "properties"), *v;
	size_t i;

	if (keys == NULL)
		return;
	ck_assert(json_is_false(json_object_get(o, "additionalProperties")));
	v = json_object_get(o, "required");
	for (i = 0; i < json_array_size(v); i++)
		ck_assert_ptr_nonnull(json_object_get(
		    keys, json_string_value(json_array_get(v, i))));
}

/* Walks objects and arrays alike; returns how many keys were described. */
static size_t
walk(json_t *o)
{
	const char *key;
	size_t i, n = 0;
	json_t *v;

	check_object(o);
	json_array_foreach (o, i, v)
		n += walk(v);
	json_object_foreach (o, key, v) {
		n += strcmp(key, "description") == 0 && json_is_string(v);
		n += walk(v);
	}
	return n;
}

START_TEST(every_object_of_a_schema_is_closed)
{
	json_t *o = schema_of(shipped[_i].kind);

	ck_assert_uint_gt(walk(o), 3);
	ck_assert_str_eq(json_string_value(json_object_get(o, "$schema")),
	    "https://json-schema.org/draft/2020-12/schema");
	json_decref(o);
}
END_TEST

START_TEST(every_key_of_a_schema_has_a_help)
{
	json_t *o = schema_of(shipped[_i].kind), *keys, *v;
	const char *key;

	keys = json_object_get(o, "properties");
	json_object_foreach (keys, key, v)
		ck_assert_msg(json_is_string(json_object_get(v, "description")),
		    "%s has no help", key);
	json_decref(o);
}
END_TEST

START_TEST(what_is_reserved_is_not_offered)
{
	json_t *o = scenarios_schema("scenario");
	char *text = json_dumps(o, 0);

	ck_assert_ptr_nonnull(strstr(text, "\"probe\""));
	ck_assert_ptr_null(strstr(text, "background"));
	ck_assert_ptr_null(strstr(text, "impostor"));
	free(text);
	json_decref(o);
}
END_TEST

START_TEST(an_unknown_kind_has_no_schema)
{
	ck_assert_ptr_null(scenarios_schema("catalog"));
	ck_assert_ptr_null(scenarios_schema(""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("yaml_schema");
	TCase *tc = tcase_create("yaml_schema");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, a_shipped_schema_is_the_one_of_the_table, 0,
	    (int)(sizeof(shipped) / sizeof(shipped[0])));
	tcase_add_loop_test(tc, every_object_of_a_schema_is_closed, 0,
	    (int)(sizeof(shipped) / sizeof(shipped[0])));
	tcase_add_loop_test(tc, every_key_of_a_schema_has_a_help, 0,
	    (int)(sizeof(shipped) / sizeof(shipped[0])));
	tcase_add_test(tc, what_is_reserved_is_not_offered);
	tcase_add_test(tc, an_unknown_kind_has_no_schema);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
