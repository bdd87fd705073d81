/*
 * What a lab says of itself in its reports, and what of it is refused.
 */
#include "reports/report_lab.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static json_t *
read_lab(const char *yaml, const char *logo, size_t size, struct err *e)
{
	char directory[] = "/tmp/assay-check-XXXXXX", path[64], image[64];
	json_t *lab;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/lab.yaml", directory);
	snprintf(image, sizeof(image), "%s/logo", directory);
	f = fopen(path, "w");
	ck_assert(f != NULL && fputs(yaml, f) != EOF && fclose(f) == 0);
	f = fopen(image, "w");
	ck_assert(f != NULL && fwrite(logo, 1, size, f) == size);
	ck_assert_int_eq(fclose(f), 0);
	lab = report_lab_read(path, e);
	unlink(path);
	unlink(image);
	rmdir(directory);
	return lab;
}

#define LAB "version: 1\nname: Lab\nlogo: logo\n"

START_TEST(a_lab_says_who_it_is)
{
	struct err e;
	json_t *lab = read_lab(LAB "customer: {name: C}\nopinions: [one, two]\n"
				   "authorised: {by: B, date: 2026-11-23}\n",
	    "\x89PNG\r\n", 6, &e);

	ck_assert_msg(lab != NULL, "%s", e.text);
	ck_assert_str_eq(text(lab, "name"), "Lab");
	ck_assert_str_eq(text(lab, "logo"), "data:image/png;base64,iVBORw0K");
	ck_assert_str_eq(text(json_object_get(lab, "authorised"), "by"), "B");
	ck_assert(json_is_null(json_object_get(lab, "reviewed")));
	ck_assert_uint_eq(json_array_size(json_object_get(lab, "opinions")), 2);
	json_decref(lab);
}
END_TEST

START_TEST(a_logo_that_is_no_image_is_refused)
{
	struct err e;

	ck_assert_ptr_null(read_lab(LAB, "<html>", 6, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "neither png"));
}
END_TEST

START_TEST(a_word_that_no_template_has_is_refused_with_its_place)
{
	struct err e;

	ck_assert_ptr_null(
	    read_lab("version: 1\nname: Lab\nlog: x\n", "", 0, &e));
	ck_assert_uint_eq(e.line, 3);
	ck_assert_ptr_null(
	    read_lab("version: 1\nname: Lab\nauthorised: {by: B, date: soon}\n",
		"", 0, &e));
	ck_assert_uint_eq(e.line, 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("report_lab");
	TCase *lab = tcase_create("lab");
	SRunner *r;
	int failed;

	tcase_add_test(lab, a_lab_says_who_it_is);
	tcase_add_test(lab, a_logo_that_is_no_image_is_refused);
	tcase_add_test(
	    lab, a_word_that_no_template_has_is_refused_with_its_place);
	suite_add_tcase(s, lab);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
