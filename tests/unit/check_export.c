/*
 * check_export: a report as CSV, JUnit XML, SARIF, OSCAL and in the order of
 * JC-STAR: what each requirement becomes, names that stay, and strings of a
 * device that mean harm.
 */
#include <check.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/utf8.h"
#include "reports/csv.h"
#include "reports/jc_star.h"
#include "reports/junit.h"
#include "reports/oscal.h"
#include "reports/sarif.h"

#define HOSTILE \
	"=cmd|' /C calc'!A0\\\"><script>]]>&{0}[x](http://x) ![y](z) " \
	"\\u202e\\u001b[2J\\u007f\\ufffe\\r\\n=1+1,\\\"\\t-->"

/* A device whose strings mean harm; a failed check with two verdicts, a passed
 * one, an error, what nobody asked, what is not asked of it, and a document. */
static const char fixture[] =
    "{'format': 1, 'assay': '9.9', 'bench': 'b', 'created': "
    "1700000000123456789,"
    "'catalogue': {'edition': 'e', 'digest': 'd', 'overlaid': false},"
    "'device': {'name': 'dut', 'product': {'name': @, 'model': @,"
    " 'vendor': 'v'}, 'mac': null, 'firmware': @, 'order': null,"
    " 'sample': null, 'profile': 'p'},"
    "'lab': {'name': @},"
    "'runs': [{'run': 1, 'time': 1700000000000000000,"
    " 'ended': 1700000060000000000, 'exit': 1, 'manifest': 'm',"
    " 'scenario': {'name': @, 'sha256': 's'}}],"
    "'schemes': [{'scheme': 'JC-STAR', 'edition': '1',"
    " 'title': {'en': 'J', 'ja': 'J'}}],"
    "'checks': {'A-01': {'title': {'en': @, 'ja': @}, 'rule': @,"
    " 'reference': 'r', 'impact': 'active', 'mark': 'found'},"
    " 'A-02': {'title': {'en': 'x', 'ja': 'x'}, 'rule': '', 'reference': '',"
    " 'impact': 'active', 'mark': 'found'}},"
    "'requirements': ["
    "{'requirement': 'JC-STAR:S1.1-02', 'id': 'S1.1-02', 'scheme': 'JC-STAR',"
    " 'title': {'en': @, 'ja': @}, 'result': 'fail', 'passed': 1,"
    " 'required': 2, 'lacks_documents': false, 'checks': ["
    "{'check': 'A-01', 'level': 'required', 'verdict': 'fail', 'gap': 'failed',"
    " 'seq': 6}, {'check': 'A-02', 'level': 'required', 'verdict': 'pass',"
    " 'seq': 8}]},"
    "{'requirement': 'JC-STAR:S1.1-01', 'id': 'S1.1-01', 'scheme': 'JC-STAR',"
    " 'title': {'en': 't', 'ja': 't'}, 'result': 'incomplete', 'passed': 0,"
    " 'required': 1, 'lacks_documents': true, 'checks': ["
    "{'check': 'A-03', 'level': 'required', 'verdict': 'none',"
    " 'gap': 'no_probe'}, {'check': 'A-04', 'level': 'required', 'verdict':"
    " 'na', 'na': {'reason': @, 'by': @, 'instead': ''}}]},"
    "{'requirement': 'JC-STAR:S1.1-03', 'id': 'S1.1-03', 'scheme': 'JC-STAR',"
    " 'title': {'en': 't', 'ja': 't'}, 'result': 'pass', 'passed': 1,"
    " 'required': 1, 'lacks_documents': false, 'checks': ["
    "{'check': 'A-02', 'level': 'recommended', 'verdict': 'pass', 'seq': 8}]},"
    "{'requirement': 'JC-STAR:S1.1-04', 'id': 'S1.1-04', 'scheme': 'JC-STAR',"
    " 'title': {'en': 't', 'ja': 't'}, 'result': 'incomplete', 'passed': 0,"
    " 'required': 1, 'lacks_documents': false, 'checks': ["
    "{'check': 'A-05', 'level': 'required', 'verdict': 'error',"
    " 'gap': 'error', 'seq': 9}]},"
    "{'requirement': 'JC-STAR:S1.1-05', 'id': 'S1.1-05', 'scheme': 'JC-STAR',"
    " 'title': {'en': 't', 'ja': 't'}, 'result': 'na', 'passed': 0,"
    " 'required': 0, 'lacks_documents': false, 'checks': []}],"
    "'verdicts': ["
    "{'seq': 6, 'run': 1, 'time': 1700000001000000000, 'check': 'A-01',"
    " 'claim': 'completeness', 'subject': {'addr': @, 'port': 80},"
    " 'verdict': 'fail', 'reason': 'r.x', 'sentence': {'en': @, 'ja': @},"
    " 'frames': 3, 'slice': {'file': '1/4 ü.pcapng', 'size': 9, 'sha256': 'a'},"
    " 'sha256': 'h6'},"
    "{'seq': 7, 'run': 1, 'time': 1700000001000000000, 'check': 'A-01',"
    " 'claim': 'sufficiency', 'subject': null, 'verdict': 'pass',"
    " 'reason': 'r.y', 'sentence': {'en': 'y', 'ja': 'y'}, 'frames': 1,"
    " 'slice': {'file': '1/4-2.pcapng', 'size': 9, 'sha256': 'b'},"
    " 'sha256': 'h7'},"
    "{'seq': 8, 'run': 1, 'time': 1700000001000000000, 'check': 'A-02',"
    " 'claim': 'c', 'subject': null, 'verdict': 'pass', 'reason': 'r.y',"
    " 'sentence': {'en': 'y', 'ja': 'y'}, 'frames': 1,"
    " 'slice': {'file': '1/4-2.pcapng', 'size': 9, 'sha256': 'b'},"
    " 'sha256': 'h8'},"
    "{'seq': 9, 'run': 1, 'time': 1700000001000000000, 'check': 'A-05',"
    " 'claim': 'c', 'subject': null, 'verdict': 'error', 'reason': 'r.z',"
    " 'sentence': {'en': 'z', 'ja': 'z'}, 'frames': 0, 'slice': null,"
    " 'sha256': 'h9'}],"
    "'not_tested': ["
    "{'requirement': 'JC-STAR:S1.1-01', 'check': null, 'gap': 'documents'},"
    "{'requirement': 'JC-STAR:S1.1-01', 'check': 'A-03', 'gap': 'no_probe'},"
    "{'requirement': 'JC-STAR:S1.1-04', 'check': 'A-03', 'gap': 'no_probe'},"
    "{'requirement': 'JC-STAR:S1.1-01', 'check': 'A-04', 'gap': 'narrowed'},"
    "{'requirement': 'JC-STAR:S1.1-04', 'check': 'A-05', 'gap': 'error'}]}";

static struct messages *en, *ja;
static json_t *report;

static struct export_style
in_english(void)
{
	return (struct export_style){ "en", en };
}

/* ' is a quote there, @ a string that means harm. */
static void
setup(void)
{
	struct text_out o;
	const char *p;
	char *text;
	struct err e;

	text_out_start(&o);
	for (p = fixture; *p != '\0'; p++)
		if (*p == '@')
			text_put_raw(&o, "\"" HOSTILE "\"");
		else
			text_putf(&o, "%c", *p == '\'' ? '"' : *p);
	text = text_out_end(&o);
	report = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(report);
	free(text);
	en = messages_load("etc/messages", "en", &e);
	ja = messages_load("etc/messages", "ja", &e);
	ck_assert_ptr_nonnull(en);
	ck_assert_ptr_nonnull(ja);
}

static void
teardown(void)
{
	json_decref(report);
	messages_free(en);
	messages_free(ja);
}

/* ---- CSV ---- */

/* One cell of RFC 4180, its quotes taken off; *p behind it.  The caller frees.
 */
static char *
read_cell(const char **p)
{
	char *cell = calloc(strlen(*p) + 1, 1);
	size_t n = 0;

	ck_assert_int_eq(**p, '"');
	for ((*p)++; **p != '"' || (*p)[1] == '"'; (*p)++) {
		ck_assert_int_ne(**p, '\0');
		if (**p == '"')
			(*p)++;
		cell[n++] = **p;
	}
	(*p)++;
	return cell;
}

static void
expect_harmless(const char *cell)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b",
		"\xef\xbc\x8d", "\xef\xbc\xa0" };
	size_t i;

	ck_assert_msg(utf8_is_plain(cell, strlen(cell)), "%s", cell);
	ck_assert_msg(strchr("=+-@\t\r", *cell) == NULL || *cell == '\0',
	    "would be computed: %s", cell);
	for (i = 0; i < 4; i++)
		ck_assert_int_ne(strncmp(cell, wide[i], 3), 0);
}

/* The cell of that row and column, "" when there is none; and each row has
 * as many as the first, each harmless.  The caller frees. */
static char *
cell_of(const char *text, size_t row, size_t column, size_t *rows)
{
	char *cell, *found = strdup("");
	const char *p = text;
	size_t r = 0, c, columns = 0;

	while (*p != '\0') {
		for (c = 0;; c++) {
			cell = read_cell(&p);
			expect_harmless(cell);
			if (r == row && c == column) {
				free(found);
				found = strdup(cell);
			}
			free(cell);
			if (*p != ',')
				break;
			p++;
		}
		if (r == 0)
			columns = c;
		ck_assert_uint_eq(c, columns);
		ck_assert_int_eq(strncmp(p, "\r\n", 2), 0);
		p += 2;
		r++;
	}
	if (rows != NULL)
		*rows = r;
	return found;
}

static void
expect_cell(const char *text, size_t row, const char *column, const char *want)
{
	char *name, *cell;
	size_t c;

	for (c = 0;; c++) {
		name = cell_of(text, 0, c, NULL);
		ck_assert_str_ne(name, "");
		if (strcmp(name, column) == 0)
			break;
		free(name);
	}
	free(name);
	cell = cell_of(text, row, c, NULL);
	ck_assert_msg(
	    strcmp(cell, want) == 0, "row %zu, %s: %s", row, column, cell);
	free(cell);
}

START_TEST(a_cell_that_a_spreadsheet_would_compute_is_text)
{
	static const char *const cells[][2] = { { "=1", "\"'=1\"" },
		{ "+1", "\"'+1\"" }, { "-1", "\"'-1\"" }, { "@A", "\"'@A\"" },
		{ "|cmd", "\"'|cmd\"" }, { "a|b", "\"a|b\"" },
		{ "\t=1", "\"'\t=1\"" }, { "  =1", "\"'  =1\"" },
		{ "\xe3\x80\x80\xef\xbc\x9d"
		  "1",
		    "\"'\xe3\x80\x80\xef\xbc\x9d"
		    "1\"" },
		{ "a=1", "\"a=1\"" }, { "1-2", "\"1-2\"" },
		{ "a\",\"b", "\"a\"\",\"\"b\"" }, { "", "\"\"" } };
	struct text_out o;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		text_out_start(&o);
		csv_put(&o, cells[i][0]);
		text = text_out_end(&o);
		ck_assert_str_eq(text, cells[i][1]);
		free(text);
	}
}
END_TEST

START_TEST(a_row_for_each_requirement_and_check)
{
	char *text = csv_report(report, "en");
	size_t rows;

	free(cell_of(text, 0, 0, &rows));
	ck_assert_uint_eq(rows, 1 + 2 + 2 + 1 + 1 + 1);
	expect_cell(text, 1, "check", "A-01");
	expect_cell(text, 1, "result", "fail");
	expect_cell(text, 1, "verdict", "fail");
	expect_cell(text, 1, "verdicts", "6 7");
	expect_cell(text, 1, "decided_by", "6");
	expect_cell(text, 1, "frames", "3");
	expect_cell(text, 1, "record_sha256", "h6");
	expect_cell(text, 2, "sentence", "y");
	expect_cell(text, 3, "gap", "no_probe");
	expect_cell(text, 3, "verdict", "none");
	expect_cell(text, 3, "decided_by", "");
	expect_cell(text, 7, "requirement", "S1.1-05");
	expect_cell(text, 7, "check", "");
	expect_cell(text, 7, "result", "na");
	free(text);
}
END_TEST

START_TEST(jc_star_has_its_sixteen_criteria_in_order)
{
	char *text = jc_star_report(report, en, ja), *id, *want;
	size_t rows, i;

	free(cell_of(text, 0, 0, &rows));
	ck_assert_uint_eq(rows, 17);
	for (i = 1; i <= 16; i++) {
		id = cell_of(text, i, 0, NULL);
		ck_assert_int_ne(asprintf(&want, "S1.1-%02zu", i), -1);
		ck_assert_str_eq(id, want);
		free(want);
		free(id);
	}
	expect_cell(text, 1, "result", "incomplete");
	expect_cell(text, 2, "result", "fail");
	expect_cell(text, 2, "結果", "不合格");
	expect_cell(text, 3, "result", "pass");
	expect_cell(text, 3, "evidence",
	    "A-02: verdict 8: 1 frames in 1/4-2.pcapng, SHA-256 b");
	expect_cell(text, 9, "result", "incomplete"); /* not in the catalogue */
	expect_cell(text, 9, "evidence", "");
	free(text);
	json_array_clear(json_object_get(report, "schemes"));
	ck_assert_ptr_null(jc_star_report(report, en, ja));
}
END_TEST

/* ---- JUnit ---- */

/* What xmllint says of text by the schema that the tests have. */
static int
lint_xml(const char *text)
{
	char path[] = "/tmp/check_export.XXXXXX", program[] = "xmllint",
	     quiet[] = "--noout", offline[] = "--nonet", schema[] = "--schema",
	     xsd[] = "tests/formats/junit.xsd";
	char *argv[] = { program, quiet, offline, schema, xsd, path, NULL };
	int fd = mkstemp(path), status = -1;
	extern char **environ;
	size_t n = strlen(text);
	pid_t pid;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
	close(fd);
	ck_assert_msg(
	    posix_spawnp(&pid, program, NULL, NULL, argv, environ) == 0,
	    "xmllint is not there");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	unlink(path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(junit_is_after_its_schema_whatever_a_device_says)
{
	struct export_style style = in_english();
	char *text = junit_report(report, &style), *bad;

	ck_assert_int_eq(lint_xml(text), 0);
	ck_assert_ptr_null(strstr(text, "<script>"));
	ck_assert_ptr_nonnull(strstr(text, "&lt;script&gt;"));
	/* and the check can fail */
	bad = strstr(text, "<testsuite ");
	bad[strlen("<testsuit")] = 'f';
	ck_assert_int_ne(lint_xml(text), 0);
	free(text);
}
END_TEST

START_TEST(junit_passes_only_what_passed)
{
	struct export_style style = in_english();
	char *text = junit_report(report, &style);
	const char *one;

	ck_assert_ptr_nonnull(strstr(text,
	    "<testsuites name=\"assay\" tests=\"5\" failures=\"1\" "
	    "errors=\"1\">"));
	ck_assert_ptr_nonnull(strstr(text, "skipped=\"2\""));
	one = strstr(text, "name=\"S1.1-01 t\"");
	ck_assert_ptr_nonnull(one);
	one = strstr(one, "<");
	ck_assert_int_eq(strncmp(one,
			     "<skipped message=\"incomplete, 0 of 1 required "
			     "checks passed; no document reviewed; no probe: "
			     "A-03; not applicable: A-04 (",
			     100),
	    0);
	one = strstr(strstr(text, "name=\"S1.1-03 t\""), "<");
	ck_assert_int_eq(strncmp(one, "<system-out>", 12), 0);
	one = strstr(strstr(text, "name=\"S1.1-04 t\""), "<");
	ck_assert_int_eq(strncmp(one, "<error ", 7), 0);
	one = strstr(strstr(text, "name=\"S1.1-05 t\""), "<");
	ck_assert_int_eq(strncmp(one, "<skipped ", 9), 0);
	free(text);
}
END_TEST

START_TEST(junit_takes_an_unknown_result_for_an_error)
{
	struct export_style style = in_english();
	json_t *one =
	    json_array_get(json_object_get(report, "requirements"), 2);
	char *text;

	json_object_set_new(one, "result", json_string("passed"));
	text = junit_report(report, &style);
	ck_assert_ptr_nonnull(strstr(text, "failures=\"1\" errors=\"2\""));
	free(text);
}
END_TEST

/* ---- SARIF ---- */

/* The SARIF log; the caller decrefs. */
static json_t *
sarif(void)
{
	struct export_style style = in_english();
	char *text = sarif_report(report, &style);
	json_t *o = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(o);
	free(text);
	return o;
}

static json_t *
results_of(const json_t *log)
{
	return json_object_get(
	    json_array_get(json_object_get(log, "runs"), 0), "results");
}

static void
expect_result(const json_t *log, size_t at, const char *rule, const char *kind,
    const char *level)
{
	const json_t *one = json_array_get(results_of(log), at);

	ck_assert_str_eq(export_string(one, "ruleId"), rule);
	ck_assert_str_eq(export_string(one, "kind"), kind);
	ck_assert_str_eq(export_string(one, "level"), level);
}

START_TEST(sarif_has_each_verdict_and_what_nobody_asked)
{
	json_t *log = sarif(), *one;

	ck_assert_uint_eq(json_array_size(results_of(log)), 7);
	expect_result(log, 0, "A-01", "fail", "error");
	expect_result(log, 1, "A-01", "pass", "none");
	expect_result(log, 2, "A-02", "pass", "none");
	expect_result(log, 3, "A-05", "open", "none");
	expect_result(log, 4, "documents", "open", "none");
	expect_result(log, 5, "A-03", "open", "none");
	expect_result(log, 6, "A-04", "notApplicable", "none");
	one = json_array_get(results_of(log), 5);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(
		json_object_get(one, "properties"), "requirements")),
	    2);
	ck_assert_str_eq(export_string(json_object_get(one, "message"), "text"),
	    "not tested: no probe");
	json_decref(log);
}
END_TEST

static char *
fingerprint_of(size_t at)
{
	json_t *log = sarif();
	char *s = strdup(
	    export_string(json_object_get(json_array_get(results_of(log), at),
			      "partialFingerprints"),
		"assayFinding/v1"));

	ck_assert_uint_eq(strlen(s), 64);
	json_decref(log);
	return s;
}

/* Sets a member of the first verdict, or of the product. */
static void
expect_fingerprint(json_t *o, const char *key, json_t *value, bool is_same)
{
	char *before = fingerprint_of(0), *after;

	json_object_set_new(o, key, value);
	after = fingerprint_of(0);
	ck_assert_msg((strcmp(before, after) == 0) == is_same, "%s", key);
	free(before);
	free(after);
}

START_TEST(a_finding_keeps_its_fingerprint_from_run_to_run)
{
	json_t *v = json_array_get(json_object_get(report, "verdicts"), 0);
	json_t *product =
	    json_object_get(json_object_get(report, "device"), "product");

	expect_fingerprint(v, "seq", json_integer(60), true);
	expect_fingerprint(v, "run", json_integer(50), true);
	expect_fingerprint(v, "sha256", json_string("h60"), true);
	expect_fingerprint(v, "sentence", json_object(), true);
	expect_fingerprint(v, "claim", json_string("other"), false);
	expect_fingerprint(v, "check", json_string("A-02"), false);
	expect_fingerprint(
	    v, "subject", json_pack("{s:s}", "addr", "10.0.0.1"), false);
	expect_fingerprint(v, "sample", json_string("other"), false);
	expect_fingerprint(product, "model", json_string("other"), false);
}
END_TEST

START_TEST(a_device_sets_no_link_in_a_message)
{
	json_t *log = sarif();
	const char *text = export_string(
	    json_object_get(json_array_get(results_of(log), 0), "message"),
	    "text");

	ck_assert_ptr_nonnull(strstr(text, "{{0}}\\[x\\](http://x)"));
	ck_assert(utf8_is_plain(text, strlen(text)));
	json_decref(log);
}
END_TEST

/* ---- OSCAL ---- */

/* The one result of the assessment results; the caller decrefs *whole. */
static json_t *
oscal(json_t **whole)
{
	struct export_style style = in_english();
	char *text = oscal_report(report, &style);

	*whole = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(*whole);
	free(text);
	return json_array_get(
	    json_object_get(
		json_object_get(*whole, "assessment-results"), "results"),
	    0);
}

static void
expect_state(const json_t *result, size_t at, const char *id, const char *state,
    const char *reason)
{
	const json_t *target = json_object_get(
	    json_array_get(json_object_get(result, "findings"), at), "target");
	const json_t *status = json_object_get(target, "status");

	ck_assert_str_eq(export_string(target, "target-id"), id);
	ck_assert_str_eq(export_string(status, "state"), state);
	ck_assert_str_eq(export_string(status, "reason"), reason);
}

START_TEST(oscal_is_satisfied_only_by_what_passed)
{
	json_t *whole, *result = oscal(&whole);

	expect_state(result, 0, "JC-STAR_S1.1-02", "not-satisfied", "fail");
	expect_state(result, 1, "JC-STAR_S1.1-01", "not-satisfied", "other");
	expect_state(result, 2, "JC-STAR_S1.1-03", "satisfied", "pass");
	expect_state(result, 3, "JC-STAR_S1.1-04", "not-satisfied", "other");
	expect_state(result, 4, "JC-STAR_S1.1-05", "not-satisfied", "other");
	ck_assert_str_eq(
	    export_string(result, "start"), "2023-11-14T22:13:20Z");
	ck_assert_str_eq(export_string(result, "end"), "2023-11-14T22:14:20Z");
	json_decref(whole);
}
END_TEST

/* Gathers every "uuid" of o into seen, each there once, of version 5. */
static void
gather_uuids(json_t *o, json_t *seen)
{
	const char *key, *uuid;
	json_t *value;
	size_t i;

	if (json_is_array(o))
		json_array_foreach (o, i, value)
			gather_uuids(value, seen);
	uuid = json_string_value(json_object_get(o, "uuid"));
	if (uuid != NULL) {
		ck_assert_uint_eq(strlen(uuid), 36);
		ck_assert_int_eq(uuid[14], '5');
		ck_assert_ptr_nonnull(strchr("89ab", uuid[19]));
		ck_assert_msg(json_object_get(seen, uuid) == NULL,
		    "two things are %s", uuid);
		json_object_set_new(seen, uuid, json_true());
	}
	json_object_foreach (o, key, value)
		gather_uuids(value, seen);
}

START_TEST(oscal_names_each_thing_once_and_the_same_again)
{
	struct export_style style = in_english();
	char *first = oscal_report(report, &style);
	char *second = oscal_report(report, &style);
	json_t *whole, *result = oscal(&whole), *seen = json_object(), *one;
	size_t i;

	ck_assert_str_eq(first, second);
	gather_uuids(whole, seen);
	json_array_foreach (
	    json_object_get(
		json_array_get(json_object_get(result, "findings"), 0),
		"related-observations"),
	    i, one)
		ck_assert_ptr_nonnull(json_object_get(
		    seen, export_string(one, "observation-uuid")));
	ck_assert_uint_eq(i, 3);
	free(first);
	free(second);
	json_decref(seen);
	json_decref(whole);
}
END_TEST

START_TEST(a_uuid_is_of_version_5_and_of_its_name)
{
	json_t *a = export_uuid(json_string("a"));
	json_t *again = export_uuid(json_string("a"));
	json_t *b = export_uuid(json_string("b"));

	/* uuid5(UUID("5b0c1f3e-9d46-4c0b-8a52-7f1d6e2c4a90"), '"a"') */
	ck_assert_str_eq(
	    json_string_value(a), "ffa65be9-996e-5f11-b261-7f8e47010ad2");
	ck_assert(json_equal(a, again));
	ck_assert(!json_equal(a, b));
	json_decref(a);
	json_decref(again);
	json_decref(b);
}
END_TEST

START_TEST(markup_of_a_device_is_text_in_oscal)
{
	json_t *whole, *result = oscal(&whole);
	const char *text = export_string(
	    json_array_get(json_object_get(result, "observations"), 0),
	    "description");

	ck_assert_ptr_nonnull(strstr(text, "\\<script\\>"));
	ck_assert_ptr_nonnull(strstr(text, "\\!\\[y\\](z)"));
	ck_assert(utf8_is_plain(text, strlen(text)));
	json_decref(whole);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("export");
	TCase *t = tcase_create("export");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60); /* with sanitizers */
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_cell_that_a_spreadsheet_would_compute_is_text);
	tcase_add_test(t, a_row_for_each_requirement_and_check);
	tcase_add_test(t, jc_star_has_its_sixteen_criteria_in_order);
	tcase_add_test(t, junit_is_after_its_schema_whatever_a_device_says);
	tcase_add_test(t, junit_passes_only_what_passed);
	tcase_add_test(t, junit_takes_an_unknown_result_for_an_error);
	tcase_add_test(t, sarif_has_each_verdict_and_what_nobody_asked);
	tcase_add_test(t, a_finding_keeps_its_fingerprint_from_run_to_run);
	tcase_add_test(t, a_device_sets_no_link_in_a_message);
	tcase_add_test(t, oscal_is_satisfied_only_by_what_passed);
	tcase_add_test(t, oscal_names_each_thing_once_and_the_same_again);
	tcase_add_test(t, a_uuid_is_of_version_5_and_of_its_name);
	tcase_add_test(t, markup_of_a_device_is_text_in_oscal);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
