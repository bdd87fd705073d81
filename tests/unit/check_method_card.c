/*
 * Cards of methods: every number on them is that of stored runs, none of which
 * is left out; both languages; what is no card is refused with its place.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "catalogue/method_card.h"

#define CARDS "etc/methods"
#define RUNS "tests/replay/runs"

static char names[100][64];
static int nnames;

/* The names in a directory, without a suffix. */
static void
list(const char *path, const char *suffix)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort), i;
	size_t length, end = strlen(suffix);

	ck_assert_int_gt(n, 0);
	nnames = 0;
	for (i = 0; i < n; i++) {
		length = strlen(entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && length >= end &&
		    length < 64 + end &&
		    strcmp(entries[i]->d_name + length - end, suffix) == 0)
			snprintf(names[nnames++], sizeof(names[0]), "%.*s",
			    (int)(length - end), entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static struct method_card *
load(const char *probe)
{
	struct err e;
	struct method_card *card = method_card_load(CARDS, probe, &e);

	ck_assert_msg(
	    card != NULL, "%s: %s:%u: %s", probe, e.file, e.line, e.text);
	return card;
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static FILE *
open_records(const char *run)
{
	char *path = xasprintf(RUNS "/%s/records.jsonl", run);
	FILE *f = fopen(path, "r");

	ck_assert_msg(f != NULL, "%s: there is no such stored run", run);
	free(path);
	return f;
}

/* The worst that a method said in a stored run; VERDICT_NONE: it was not in it.
 */
static enum verdict
worst_in(const char *run, const char *probe, json_int_t method)
{
	enum verdict worst = VERDICT_NONE;
	FILE *f = open_records(run);
	char *line = NULL;
	size_t room = 0;
	json_t *o;
	int v;

	while (getline(&line, &room, f) != -1) {
		o = json_loads(line, 0, NULL);
		v = verdict_by_name(text_of(o, "verdict"));
		if (strcmp(text_of(o, "type"), "verdict") == 0 &&
		    strcmp(text_of(o, "probe"), probe) == 0 &&
		    json_integer_value(json_object_get(o, "method")) ==
			method &&
		    v > (int)worst)
			worst = (enum verdict)v;
		json_decref(o);
	}
	free(line);
	fclose(f);
	return worst;
}

static const struct method_trial *
trial_of(const struct method_card *card, const char *run)
{
	size_t i;

	for (i = 0; i < card->ntrials; i++)
		if (strcmp(card->trials[i].run, run) == 0)
			return &card->trials[i];
	return NULL;
}

static void
numbers_are_of_runs(const struct method_card *card)
{
	const struct method_trial *trial;
	enum verdict worst;
	size_t known = 0;
	int i;

	for (i = 0; i < nnames; i++) {
		worst = worst_in(names[i], card->probe, card->method);
		trial = trial_of(card, names[i]);
		/* Who only informs was neither right nor wrong. */
		ck_assert_msg((trial != NULL) == (worst > VERDICT_INFO),
		    "%s@%u: run %s is %s", card->probe, card->method, names[i],
		    trial == NULL ? "left out" : "not of it");
		if (trial == NULL)
			continue;
		ck_assert_msg(trial->said == worst, "%s@%u: of %s it said %s",
		    card->probe, card->method, names[i], verdict_name(worst));
		known++;
	}
	/* Each row once, and of a run there is. */
	ck_assert_uint_eq(known, card->ntrials);
}

START_TEST(every_number_is_that_of_stored_runs_and_none_is_left_out)
{
	struct method_card *card;
	char probes[100][64];
	int n, i;

	list(CARDS, ".yaml");
	memcpy(probes, names, sizeof(probes));
	n = nnames;
	ck_assert_int_gt(n, 10);
	list(RUNS, "");
	for (i = 0; i < n; i++) {
		card = load(probes[i]);
		numbers_are_of_runs(card);
		method_card_free(card);
	}
}
END_TEST

START_TEST(a_card_is_in_both_languages)
{
	struct method_card *card;
	size_t k;
	int i;

	list(CARDS, ".yaml");
	for (i = 0; i < nnames; i++) {
		card = load(names[i]);
		ck_assert_str_ne(catalogue_text(&card->principle, "en"),
		    catalogue_text(&card->principle, "ja"));
		ck_assert_uint_gt(card->nlimits, 0);
		for (k = 0; k < card->nlimits; k++)
			ck_assert_str_ne(catalogue_text(&card->limits[k], "en"),
			    catalogue_text(&card->limits[k], "ja"));
		method_card_free(card);
	}
}
END_TEST

/* ---- counting, and files that are no card ---- */

static char dir[] = "/tmp/check_method_card.XXXXXX";

static void
make_dir(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/a.b.yaml", dir);
	unlink(path);
	rmdir(dir);
}

static struct method_card *
card_of(const char *text, struct err *e)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "%s/a.b.yaml", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	return method_card_load(dir, "a.b", e);
}

#define HEAD \
	"version: 1\nprobe: a.b\nmethod: 3\nprinciple: {en: e}\n" \
	"limits: [{en: l}]\n"

START_TEST(what_was_missed_is_counted)
{
	struct err e;
	struct method_card *card =
	    card_of(HEAD "trials:\n"
			 "  - {run: a, device: flawed, said: fail}\n"
			 "  - {run: b, device: flawed, said: pass}\n"
			 "  - {run: c, device: flawed, said: inconc}\n"
			 "  - {run: d, device: good, said: pass}\n"
			 "  - {run: e, device: good, said: fail}\n"
			 "  - {run: f, device: disturbed, said: inconc}\n"
			 "  - {run: g, device: disturbed, said: pass}\n",
		&e);
	json_t *o, *counts;

	ck_assert_msg(card != NULL, "%s", e.text);
	o = method_card_json(card);
	counts = json_object_get(o, "flawed");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(counts, "tried")), 3);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(counts, "right")), 1);
	ck_assert_uint_eq(method_card_tried(card, METHOD_GOOD), 2);
	ck_assert_uint_eq(method_card_right(card, METHOD_GOOD), 1);
	ck_assert_uint_eq(method_card_tried(card, METHOD_DISTURBED), 2);
	ck_assert_uint_eq(method_card_right(card, METHOD_DISTURBED), 1);
	json_decref(o);
	method_card_free(card);
}
END_TEST

START_TEST(what_is_no_card_is_refused)
{
	static const char *const bad[] = { "", "version: 1\n",
		HEAD "trials: [{run: a, device: flawed, said: maybe}]\n",
		HEAD "trials: [{run: a, device: odd, said: pass}]\n",
		HEAD "trials: []\nfound: 12\n",
		("version: 1\nprobe: c.d\nmethod: 3\nprinciple: {en: e}\n"
		 "limits: []\ntrials: []\n") };
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_ptr_null(card_of(bad[i], &e));
		ck_assert_str_ne(e.text, "");
	}
	ck_assert_ptr_null(method_card_load(dir, "no.such", &e));
	ck_assert_str_eq(e.text, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("method_card");
	TCase *tc = tcase_create("cards"), *files = tcase_create("files");
	SRunner *sr;
	int failed;

	tcase_add_test(
	    tc, every_number_is_that_of_stored_runs_and_none_is_left_out);
	tcase_add_test(tc, a_card_is_in_both_languages);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(files, make_dir, remove_dir);
	tcase_add_test(files, what_was_missed_is_counted);
	tcase_add_test(files, what_is_no_card_is_refused);
	suite_add_tcase(s, files);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
