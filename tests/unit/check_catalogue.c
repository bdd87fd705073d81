/*
 * The catalogue: the one that ships holds every row of its sources, and what a
 * person writes wrongly in one is refused where it stands.
 */
#include "catalogue/catalogue.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define SHIPPED "etc/catalogue"

/* ---- the one that ships ---- */

static struct catalogue *
load(const char *dir, const char *overlay)
{
	struct catalogue *c;
	char where[600];
	struct err e;

	c = catalogue_load(dir, overlay, &e);
	ck_assert_msg(c != NULL, "%s", err_format(&e, where, sizeof(where)));
	return c;
}

static const struct catalogue_requirement *
requirement(const struct catalogue *c, const char *name)
{
	const struct catalogue_requirement *r;
	struct err e;

	r = catalogue_requirement(c, name, &e);
	ck_assert_msg(r != NULL, "%s", e.text);
	return r;
}

START_TEST(every_row_of_the_schemes_is_there)
{
	static const struct {
		const char *scheme;
		size_t rows;
	} schemes[] = {
		{ "USCTM", 23 }, /* 22 rows and APP-03 */
		{ "JC-STAR", 16 },
		{ "IR-8425", 26 },
		{ "EN-303645", 71 },
		{ "EN-18031", 48 },
		{ "PSTI", 3 },
	};
	struct catalogue *c = load(SHIPPED, NULL);
	size_t i;

	ck_assert_uint_eq(catalogue_scheme_count(c), 6);
	for (i = 0; i < 6; i++) {
		ck_assert_str_eq(
		    catalogue_scheme_at(c, i)->id, schemes[i].scheme);
		ck_assert_msg(
		    catalogue_scheme_at(c, i)->nrequirements == schemes[i].rows,
		    "%s: %zu", schemes[i].scheme,
		    catalogue_scheme_at(c, i)->nrequirements);
	}
	ck_assert_str_eq(catalogue_scheme(c, "USCTM")->status, "draft");
	catalogue_free(c);
}
END_TEST

START_TEST(each_family_of_checks_is_whole)
{
	static const struct {
		const char *family;
		unsigned count;
	} families[] = { { "NET", 37 }, { "DHC", 4 }, { "DNS", 4 },
		{ "MDN", 1 }, { "AMP", 1 }, { "NTP", 3 }, { "TLS-S", 16 },
		{ "TLS-C", 15 }, { "DTL", 8 }, { "MQ", 18 }, { "CO", 13 },
		{ "HT", 8 }, { "WF", 15 }, { "BL", 12 }, { "ZB", 9 },
		{ "TH", 6 }, { "MT", 13 }, { "ZW", 7 }, { "CE", 7 },
		{ "NF", 6 }, { "LIF", 12 } };
	struct catalogue *c = load(SHIPPED, NULL);
	unsigned total = 0, n;
	char id[16];
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (n = 1; n <= families[i].count; n++, total++) {
			snprintf(id, sizeof(id), "%s%s%02u", families[i].family,
			    strchr(families[i].family, '-') == NULL ? "-" : "",
			    n);
			ck_assert_msg(catalogue_check(c, id) != NULL, "%s", id);
		}
	ck_assert_uint_eq(total, 215);
	ck_assert_uint_eq(catalogue_check_count(c), total);
	catalogue_free(c);
}
END_TEST

/* Titles in both languages for the two schemes that a lab signs for. */
START_TEST(rows_of_the_two_labels_speak_both_languages)
{
	static const char *const labels[] = { "USCTM", "JC-STAR" };
	struct catalogue *c = load(SHIPPED, NULL);
	const struct catalogue_scheme *s;
	size_t i, j;

	for (i = 0; i < 2; i++) {
		s = catalogue_scheme(c, labels[i]);
		for (j = 0; j < s->nrequirements; j++) {
			ck_assert_str_ne(s->requirements[j].title.ja, "");
			ck_assert_str_ne(
			    catalogue_text(&s->requirements[j].title, "ja"),
			    catalogue_text(&s->requirements[j].title, "en"));
		}
	}
	ck_assert_str_eq(
	    catalogue_text(&requirement(c, "USCTM:IAC-02")->title, "ja"),
	    "ネットワークインターフェースのデータ保護");
	catalogue_free(c);
}
END_TEST

START_TEST(an_unconfirmed_reference_weighs_nothing)
{
	struct catalogue *c = load(SHIPPED, NULL);
	const struct catalogue_check *check;
	size_t i, j, unconfirmed = 0;

	for (i = 0; i < catalogue_check_count(c); i++) {
		check = catalogue_check_at(c, i);
		if (check->mark != CATALOGUE_UNCONFIRMED)
			continue;
		unconfirmed++;
		for (j = 0; j < check->nlinks; j++)
			ck_assert_int_eq(check->links[j].level, CATALOGUE_INFO);
	}
	ck_assert_uint_eq(unconfirmed, 8);
	catalogue_free(c);
}
END_TEST

static bool
says(
    const struct catalogue_requirement *r, const char *check, const char *topic)
{
	size_t i;

	for (i = 0; i < r->nsaid; i++)
		if (strcmp(r->said[i].check->id, check) == 0)
			return (r->said[i].link->topic == NULL) ==
			    (topic == NULL) &&
			    (topic == NULL ||
				strcmp(r->said[i].link->topic, topic) == 0);
	return false;
}

START_TEST(a_check_speaks_to_requirements_and_through_its_topic)
{
	struct catalogue *c = load(SHIPPED, NULL);

	ck_assert(says(requirement(c, "USCTM:IAC-01"), "NET-01", NULL));
	ck_assert(says(requirement(c, "S1.1-13"), "NET-01", NULL));
	ck_assert(says(requirement(c, "5.6-1"), "NET-01", "interfaces"));
	ck_assert(
	    says(requirement(c, "IR-8425:IAC-1"), "NET-01", "interfaces"));
	/* Its own links to a scheme leave the topic's out. */
	ck_assert(!says(requirement(c, "USCTM:IAC-02"), "NET-01", NULL));
	ck_assert(says(requirement(c, "EN-18031:SCM-4"), "MQ-15", "replay"));
	ck_assert(says(requirement(c, "USCTM:CSA-01"), "LIF-10", NULL));
	catalogue_free(c);
}
END_TEST

START_TEST(a_requirement_is_found_by_its_short_name_when_one_has_it)
{
	struct catalogue *c = load(SHIPPED, NULL);
	struct err e;

	ck_assert_str_eq(requirement(c, "IAC-02")->name, "USCTM:IAC-02");
	ck_assert_ptr_null(catalogue_requirement(c, "IAC-99", &e));
	ck_assert_str_eq(e.text, "the catalogue has no requirement \"IAC-99\"");
	catalogue_free(c);
}
END_TEST

START_TEST(no_requirement_that_the_device_decides_is_without_a_check)
{
	static const char *const labels[] = { "USCTM", "JC-STAR", "PSTI" };
	struct catalogue *c = load(SHIPPED, NULL);
	const struct catalogue_scheme *s;
	size_t i, j;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		s = catalogue_scheme(c, labels[i]);
		for (j = 0; j < s->nrequirements; j++)
			ck_assert_msg(
			    s->requirements[j].decides != CATALOGUE_BY_DEVICE ||
				s->requirements[j].nsaid > 0,
			    "%s", s->requirements[j].name);
	}
	catalogue_free(c);
}
END_TEST

/* ---- one that a person writes ---- */

static char *ground;

static void
make_ground(void)
{
	ground = xstrdup("/tmp/check_catalogue.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(ground));
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
remove_ground(void)
{
	ck_assert_int_eq(
	    nftw(ground, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(ground);
}

static void
put(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", ground, name), *slash;
	FILE *f;

	slash = strrchr(path, '/');
	*slash = '\0';
	mkdir(path, 0755);
	*slash = '/';
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	free(path);
}

#define SCHEME \
	"version: 1\nscheme: LAB\ntitle: {en: Ours}\nedition: one\n" \
	"requirements:\n" \
	"  - {id: A-1, title: {en: First}, decides: device}\n" \
	"  - {id: A-2, title: {en: Second}, decides: both}\n"
#define CHECK(id, rest) \
	"version: 1\nchecks:\n" \
	"  - id: " id "\n    title: t\n    stimulus: s\n    rule: r\n" \
	"    mark: known\n    impact: active\n    medium: ip\n" rest

static void
assert_refused(
    const char *overlay, const char *file, unsigned line, const char *text)
{
	struct err e;
	struct catalogue *c = catalogue_load(SHIPPED, overlay, &e);

	ck_assert_ptr_null(c);
	ck_assert_str_eq(e.text, text);
	ck_assert_msg(strstr(e.file, file) != NULL, "%s", e.file);
	ck_assert_uint_eq(e.line, line);
	if (line != 0)
		ck_assert_uint_gt(e.column, 0);
}

START_TEST(an_overlay_adds_and_is_in_the_digest)
{
	struct catalogue *plain = load(SHIPPED, NULL), *c;

	put("schemes/lab.yaml", SCHEME);
	put("checks/lab.yaml",
	    CHECK(
		"LAB-01", "    links: [{to: \"LAB:A-1\", level: required}]\n"));
	put("texts/jc-star.yaml",
	    "version: 1\ntexts:\n"
	    "  - {requirement: \"JC-STAR:S1.1-06\", text: ours}\n");
	c = load(SHIPPED, ground);
	ck_assert(catalogue_is_overlaid(c));
	ck_assert(!catalogue_is_overlaid(plain));
	ck_assert_str_ne(catalogue_digest(c), catalogue_digest(plain));
	ck_assert_str_eq(catalogue_edition(c), catalogue_edition(plain));
	ck_assert(says(requirement(c, "LAB:A-1"), "LAB-01", NULL));
	ck_assert_str_eq(requirement(c, "S1.1-06")->licensed, "ours");
	catalogue_free(c);
	catalogue_free(plain);
}
END_TEST

START_TEST(an_overlay_that_is_not_there_adds_nothing)
{
	struct catalogue *plain = load(SHIPPED, NULL),
			 *c = load(SHIPPED, "/nowhere/catalogue.d");

	ck_assert_str_eq(catalogue_digest(c), catalogue_digest(plain));
	catalogue_free(c);
	catalogue_free(plain);
}
END_TEST

START_TEST(a_confirmation_gives_a_check_its_weight)
{
	const struct catalogue_check *check;
	struct catalogue *c;
	size_t i;

	put("confirmations/ours.yaml",
	    "version: 1\nconfirmations:\n"
	    "  - {check: ZB-04, by: J. Doe, clause: \"core 4.3.1\", "
	    "level: required}\n");
	c = load(SHIPPED, ground);
	check = catalogue_check(c, "ZB-04");
	ck_assert_str_eq(check->confirmed_by, "J. Doe");
	ck_assert_str_eq(check->clause, "core 4.3.1");
	for (i = 0; i < check->nlinks; i++)
		ck_assert_int_eq(check->links[i].level, CATALOGUE_REQUIRED);
	catalogue_free(c);
}
END_TEST

START_TEST(an_id_that_nothing_defines_is_refused_where_it_stands)
{
	put("checks/lab.yaml",
	    CHECK("LAB-01",
		"    links:\n"
		"      - {to: \"USCTM:IAC-77\", level: required}\n"));
	assert_refused(ground, "checks/lab.yaml", 11,
	    "requirement USCTM:IAC-77 is nowhere defined");
	put("checks/lab.yaml", CHECK("LAB-01", "    topic: luck\n"));
	assert_refused(ground, "checks/lab.yaml", 3,
	    "topic luck is not in the cross-walk");
	put("checks/lab.yaml", CHECK("LAB-01", ""));
	put("crosswalk.yaml",
	    "version: 1\ntopics:\n  - topic: ours\n    title: t\n"
	    "    mark: known\n    requirements:\n"
	    "      - {scheme: USCTM, ids: [IAC-88]}\n");
	assert_refused(ground, "crosswalk.yaml", 3,
	    "requirement USCTM:IAC-88 is nowhere defined");
}
END_TEST

START_TEST(an_id_that_two_rows_define_is_refused)
{
	put("checks/lab.yaml", CHECK("NET-01", ""));
	assert_refused(
	    ground, "checks/lab.yaml", 3, "check NET-01 is there already");
	put("checks/lab.yaml", CHECK("LAB-01", ""));
	put("schemes/lab.yaml",
	    "version: 1\nscheme: USCTM\ntitle: {en: Ours}\nedition: one\n"
	    "requirements: []\n");
	assert_refused(
	    ground, "schemes/lab.yaml", 1, "scheme USCTM is there already");
	put("schemes/lab.yaml",
	    SCHEME "  - {id: A-1, title: {en: Again}, decides: device}\n");
	assert_refused(
	    ground, "schemes/lab.yaml", 8, "requirement A-1 is there already");
}
END_TEST

START_TEST(what_needs_no_confirmation_takes_none)
{
	put("confirmations/ours.yaml",
	    "version: 1\nconfirmations:\n"
	    "  - {check: NET-01, by: J. Doe, clause: x, level: info}\n");
	assert_refused(ground, "confirmations/ours.yaml", 3,
	    "check NET-01 needs no confirmation");
}
END_TEST

START_TEST(weight_without_a_confirmation_is_refused)
{
	put("checks/lab.yaml",
	    "version: 1\nchecks:\n"
	    "  - id: LAB-01\n    title: t\n    stimulus: s\n    rule: r\n"
	    "    mark: unconfirmed\n    impact: active\n    medium: ip\n"
	    "    links: [{to: \"USCTM:IAC-01\", level: required}]\n");
	assert_refused(ground, "checks/lab.yaml", 3,
	    "LAB-01: its reference is unconfirmed, so each of its links is of "
	    "level info");
}
END_TEST

START_TEST(a_file_that_would_do_nothing_is_refused)
{
	put("chekcs/lab.yaml", CHECK("LAB-01", ""));
	assert_refused(
	    ground, ground, 0, "chekcs: nothing of an overlay has this name");
}
END_TEST

START_TEST(a_file_that_is_no_yaml_is_refused)
{
	put("checks/lab.yml", CHECK("LAB-01", ""));
	assert_refused(ground, "checks", 0, "lab.yml: not a .yaml file");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("catalogue");
	TCase *shipped = tcase_create("shipped"), *own = tcase_create("own");
	SRunner *r;
	int failed;

	tcase_add_test(shipped, every_row_of_the_schemes_is_there);
	tcase_add_test(shipped, each_family_of_checks_is_whole);
	tcase_add_test(shipped, rows_of_the_two_labels_speak_both_languages);
	tcase_add_test(shipped, an_unconfirmed_reference_weighs_nothing);
	tcase_add_test(
	    shipped, a_check_speaks_to_requirements_and_through_its_topic);
	tcase_add_test(
	    shipped, a_requirement_is_found_by_its_short_name_when_one_has_it);
	tcase_add_test(
	    shipped, no_requirement_that_the_device_decides_is_without_a_check);
	suite_add_tcase(s, shipped);
	tcase_add_checked_fixture(own, make_ground, remove_ground);
	tcase_add_test(own, an_overlay_adds_and_is_in_the_digest);
	tcase_add_test(own, an_overlay_that_is_not_there_adds_nothing);
	tcase_add_test(own, a_confirmation_gives_a_check_its_weight);
	tcase_add_test(
	    own, an_id_that_nothing_defines_is_refused_where_it_stands);
	tcase_add_test(own, an_id_that_two_rows_define_is_refused);
	tcase_add_test(own, what_needs_no_confirmation_takes_none);
	tcase_add_test(own, weight_without_a_confirmation_is_refused);
	tcase_add_test(own, a_file_that_would_do_nothing_is_refused);
	tcase_add_test(own, a_file_that_is_no_yaml_is_refused);
	suite_add_tcase(s, own);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
