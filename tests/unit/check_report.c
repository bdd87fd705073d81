/*
 * check_report: verdicts and records as text, widths, tables, and strings that
 * mean harm.
 */
#include "reports/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "scenarios/messages.h"

#define HOSTILE \
	"\x1b[2J\x1b]0;t\x07\xc2\x9b" \
	"0m\xe2\x80\xae\xe2\x80\x8f\xe2\x81\xa6\xe2\x80\xa8\x7f\r\n\xff\xc0"

static const struct text_style plain = { .is_utf8 = true };

static void
expect_plain(const char *text)
{
	size_t n;

	while (*text != '\0') {
		n = strcspn(text, "\n");
		ck_assert_msg(
		    utf8_is_plain(text, n), "not plain: %.*s", (int)n, text);
		text += n + (text[n] == '\n' ? 1 : 0);
	}
}

START_TEST(a_quoted_string_has_nothing_that_steers_a_terminal)
{
	char *s = text_quote(HOSTILE);

	ck_assert(utf8_is_plain(s, strlen(s)));
	ck_assert_ptr_nonnull(strstr(s, "\\x1b[2J"));
	ck_assert_ptr_nonnull(strstr(s, "\\xff\\xc0"));
	free(s);
}
END_TEST

START_TEST(a_long_string_is_quoted_whole)
{
	char in[3001], *s;

	memset(in, '\x01', 3000);
	in[3000] = '\0';
	s = text_quote(in);
	ck_assert_uint_eq(strlen(s), 12000);
	free(s);
}
END_TEST

#define KEY_16 "0123456789abcdef"

static void
expect_seal(const char *key, const char *by, const char *text)
{
	json_t *seal = json_pack("{s:s, s:s, s:[{s:s}]}", "manifest", "3f2a",
	    "signer", key, "signatures", "key", by);
	char *line = text_seal(seal);

	ck_assert_str_eq(line, text);
	free(line);
	json_decref(seal);
}

START_TEST(a_seal_names_manifest_and_key_only_if_that_key_has_signed)
{
	expect_seal(KEY_16 "00", KEY_16 "00",
	    "sealed: manifest 3f2a (key " KEY_16 "…)\n");
	expect_seal(KEY_16 "00", KEY_16 "01",
	    "not signed: manifest 3f2a (key " KEY_16
	    "… has no signature there)\n");
}
END_TEST

/* NOLINTBEGIN(misc-misleading-bidirectional) */
START_TEST(a_seal_has_nothing_that_steers_a_terminal)
{
	json_t *seal = json_pack("{s:s, s:s}", "manifest", "\x1b[2J", "signer",
	    "\xe6\x9d\xb1\xe6\x9d\xb1\xe6\x9d\xb1\xe6\x9d\xb1"
	    "\xe6\x9d\xb1\xe6\x9d\xb1\xe6\x9d\xb1\x1b[2J\xe2\x80\xae");
	char *line = text_seal(seal);

	expect_plain(line);
	free(line);
	json_decref(seal);
	line = text_seal(NULL);
	expect_plain(line);
	free(line);
}
END_TEST
/* NOLINTEND(misc-misleading-bidirectional) */

static const struct {
	const char *text;
	size_t width;
} widths[] = {
	{ "", 0 },
	{ "abc", 3 },
	{ "é", 1 },
	{ "e\xcc\x81", 1 }, /* e and a combining acute */
	{ "合格", 4 },
	{ "ポート", 6 },
	{ "か\xe3\x82\x99", 2 }, /* with a combining voiced mark */
	{ "ｶﾅ", 2 },             /* halfwidth */
	{ "😀", 2 },
	{ "\033[1;31mFAIL\033[0m", 4 },
};

START_TEST(widths_are_those_of_a_terminal)
{
	ck_assert_uint_eq(text_width(widths[_i].text), widths[_i].width);
}
END_TEST

static const struct {
	const char *text;
	size_t columns;
	const char *fit;
} fits[] = {
	{ "abc", 5, "abc  " },
	{ "abc", 3, "abc" },
	{ "abcd", 3, "ab…" },
	{ "合格です", 8, "合格です" },
	{ "合格です", 7, "合格で…" },
	{ "合格です", 6, "合格… " }, /* half a character is none */
	{ "合", 1, "…" },
	{ "abc", 0, "" },
};

START_TEST(a_fit_is_exactly_as_wide_as_asked)
{
	char *s = text_fit(fits[_i].text, fits[_i].columns);

	ck_assert_str_eq(s, fits[_i].fit);
	ck_assert_uint_eq(text_width(s), fits[_i].columns);
	free(s);
}
END_TEST

START_TEST(a_table_lines_up_with_wide_characters)
{
	static const char *const cells[] = { "A", "B", "合格", "x", "yy", "z" };
	char *s = text_table(cells, 3, 2);

	ck_assert_str_eq(s, "A     B\n合格  x\nyy    z\n");
	free(s);
}
END_TEST

START_TEST(counts_have_commas_and_a_fixed_order)
{
	json_t *o =
	    json_pack("{s:i, s:i, s:i}", "fail", 2, "pass", 1, "error", 0);
	char *s = text_count(1234567);

	ck_assert_str_eq(s, "1,234,567");
	free(s);
	s = text_count(999);
	ck_assert_str_eq(s, "999");
	free(s);
	s = text_counts(o);
	ck_assert_str_eq(s, "1 pass, 2 fail");
	free(s);
	s = text_counts(NULL);
	ck_assert_str_eq(s, "no verdict");
	free(s);
	json_decref(o);
}
END_TEST

static json_t *
verdict(const char *s)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s, s:i},"
			 " s:i, s:{s:s}, s:[s], s:i, s:i}",
	    "type", "verdict", "check", s, "claim", s, "verdict", s, "said", s,
	    "reason", s, "values", "ports", s, "subject", "addr", s, "port", 23,
	    "frames", 1, "slice", "file", s, "lowered", s, "run", 3, "time", 0);
}

START_TEST(a_verdict_is_a_line_and_its_evidence_another)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s, s:i}, s:i,"
			      " s:{s:s}}",
	    "check", "NET-01", "claim", "completeness", "verdict", "fail",
	    "reason", "tcp.undeclared_open", "values", "ports", "2323",
	    "subject", "addr", "10.77.0.10", "port", 0, "frames", 1234, "slice",
	    "file", "12/57.pcapng");
	static const char en[] = "version: 1\nlanguage: en\nmessages:\n"
				 "  tcp.undeclared_open: \"open: {ports}\"\n";
	struct text_style style = plain;
	struct messages *m;
	struct err e;
	char *s;

	m = messages_parse(en, sizeof(en) - 1, "en.yaml", &e);
	ck_assert_ptr_nonnull(m);
	style.messages = m;
	s = text_verdict(&style, 57, o);
	ck_assert_str_eq(s,
	    "FAIL    NET-01 completeness  10.77.0.10  open: 2323\n"
	    "        1,234 frames in 12/57.pcapng  (assayctl evidence 57 -o "
	    "57.pcapng)\n");
	free(s);
	messages_free(m);
	json_decref(o);
}
END_TEST

START_TEST(a_verdict_without_frames_says_so)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "check", "NET-01", "verdict",
	    "error", "reason", "deadline");
	char *s = text_verdict(&plain, 9, o);

	ck_assert_str_eq(
	    s, "ERROR   NET-01 -  device  deadline\n        no frames\n");
	free(s);
	json_decref(o);
}
END_TEST

/* Every type, with a hostile string or a wrong type in every field. */
START_TEST(no_record_can_steer_a_terminal_or_break_us)
{
	static const char *const types[] = { "run", "canary", "event", "job",
		"observed", "verdict", "jobend", "manifest", "?" };
	/* As valid UTF-8: JSON has no other. */
	static const char bad[] = "\x1b[2J\xc2\x9b\xe2\x80\xae\x7f\r\n";
	static const char *const fields[] = { "device", "segment", "scenario",
		"steps", "good", "what", "code", "detail", "values", "step",
		"probe", "targets", "observations", "check", "claim", "verdict",
		"said", "reason", "subject", "frames", "slice", "lowered",
		"job", "outcome", "last_words", "verdicts", "head", "records",
		"captures", "run", "time" };
	json_t *all[4], *record, *list;
	size_t i, k, n;
	char *s;

	all[0] = json_string(bad);
	all[1] = json_pack(
	    "[{s:s, s:s, s:s}, s]", "addr", bad, "file", bad, "code", bad, bad);
	all[2] = json_pack("{s:s, s:s, s:s, s:s}", "name", bad, "file", bad,
	    "addr", bad, "port", bad);
	all[3] = json_integer(-7);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (k = 0; k < 4; k++) {
			record = json_pack("{s:s}", "type", types[i]);
			for (n = 0; n < sizeof(fields) / sizeof(fields[0]); n++)
				json_object_set(record, fields[n], all[k]);
			s = text_record(&plain, 1, record);
			expect_plain(s);
			free(s);
			s = text_gist(&plain, record);
			expect_plain(s);
			free(s);
			s = text_verdict(&plain, 1, record);
			expect_plain(s);
			free(s);
			list = json_pack(
			    "[{s:i, s:O}]", "seq", 1, "record", record);
			s = text_summary(&plain, list, record, 2);
			expect_plain(s);
			free(s);
			json_decref(list);
			json_decref(record);
		}
	}
	for (k = 0; k < 4; k++)
		json_decref(all[k]);
	record = verdict(bad);
	s = text_verdict(&plain, 1, record);
	expect_plain(s);
	free(s);
	json_decref(record);
}
END_TEST

START_TEST(a_record_that_is_no_object_is_a_line_all_the_same)
{
	char *s = text_record(&plain, 4, NULL);

	expect_plain(s);
	ck_assert_ptr_nonnull(strchr(s, '\n'));
	free(s);
}
END_TEST

START_TEST(a_bar_is_full_only_at_the_end)
{
	static const struct text_style ascii = { .is_utf8 = false };
	char *s = text_bar(&ascii, 99, 100, 10);

	ck_assert_str_eq(s, "#########-");
	free(s);
	s = text_bar(&ascii, 200, 100, 10);
	ck_assert_str_eq(s, "##########");
	free(s);
	s = text_bar(&ascii, 1, 0, 4);
	ck_assert_str_eq(s, "----");
	free(s);
	s = text_bar(&plain, 1, 2, 4);
	ck_assert_str_eq(s, "██░░");
	free(s);
}
END_TEST

START_TEST(verdict_words_are_coloured_only_when_asked)
{
	static const struct text_style color = { .has_color = true };
	char *s = text_verdict_word(&color, "pass");

	ck_assert_str_eq(s, "\033[32mPASS   \033[0m");
	free(s);
	s = text_verdict_word(&plain, "inconc");
	ck_assert_str_eq(s, "INCONC ");
	free(s);
	/* What is no verdict is never shown as one. */
	s = text_verdict_word(&plain, "PASS");
	ck_assert_str_eq(s, "?PASS  ");
	free(s);
	s = text_verdict_word(&plain, NULL);
	ck_assert_str_eq(s, "?-     ");
	free(s);
}
END_TEST

static Suite *
report_suite(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	tcase_add_test(t, a_quoted_string_has_nothing_that_steers_a_terminal);
	tcase_add_test(t, a_long_string_is_quoted_whole);
	tcase_add_test(
	    t, a_seal_names_manifest_and_key_only_if_that_key_has_signed);
	tcase_add_test(t, a_seal_has_nothing_that_steers_a_terminal);
	tcase_add_loop_test(t, widths_are_those_of_a_terminal, 0,
	    (int)(sizeof(widths) / sizeof(widths[0])));
	tcase_add_loop_test(t, a_fit_is_exactly_as_wide_as_asked, 0,
	    (int)(sizeof(fits) / sizeof(fits[0])));
	tcase_add_test(t, a_table_lines_up_with_wide_characters);
	tcase_add_test(t, counts_have_commas_and_a_fixed_order);
	tcase_add_test(t, a_verdict_is_a_line_and_its_evidence_another);
	tcase_add_test(t, a_verdict_without_frames_says_so);
	tcase_add_test(t, no_record_can_steer_a_terminal_or_break_us);
	tcase_add_test(t, a_record_that_is_no_object_is_a_line_all_the_same);
	tcase_add_test(t, a_bar_is_full_only_at_the_end);
	tcase_add_test(t, verdict_words_are_coloured_only_when_asked);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(report_suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
