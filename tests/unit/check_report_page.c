/*
 * A report says what was sealed, names what was not shown, and lists what was
 * not as usual; as a page it shows whatever others supplied as text and nothing
 * else.
 */
#include "reports/report.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "catalogue/coverage.h"
#include "records/record.h"
#include "records/verdict_algebra.h"
#include "reports/csv.h"
#include "reports/html.h"
#include "reports/jc_star.h"
#include "reports/junit.h"
#include "reports/oscal.h"
#include "reports/report_json.h"
#include "reports/sarif.h"

#define SHA "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
/* As bad as a device, a maker or a lab can write. */
#define HOSTILE \
	"</bdi></td><script>alert(1)</script><img src=x onerror=alert(1)>" \
	"\"' onload=\"x\xe2\x80\xae\x1b[31m\x7f\n&amp;]]>-->"

static struct catalogue *catalogue;
static struct profile *profile;
static struct messages *en, *ja;
static json_t *probes;
static bool is_brief; /* the reports that begin */
static struct report_spool *spool;
static const char *outcome = "complete"; /* of a run */

static void
load(void)
{
	static const char text[] =
	    "version: 1\nproduct: {name: Lamp}\nfirmware: \"1.0\"\n"
	    "ports:\n  - {transport: tcp, port: 22, service: ssh}\n"
	    "  - {transport: tcp, port: 20-21, service: ftp}\n"
	    "not_applicable:\n  - {check: NET-03, reason: no IPv6, by: J. "
	    "Doe, instead: none}\n";
	struct err e;

	catalogue = catalogue_load("etc/catalogue", NULL, &e);
	ck_assert_msg(catalogue != NULL, "%s", e.text);
	profile = profile_parse(text, strlen(text), "profile", &e);
	ck_assert_msg(profile != NULL, "%u: %s", e.line, e.text);
	en = messages_load("etc/messages", "en", &e);
	ja = messages_load("etc/messages", "ja", &e);
	ck_assert(en != NULL && ja != NULL);
	probes = json_pack("[{s:s, s:i, s:s, s:[{s:s, s:s}], s:[{s:s, s:s}]}]",
	    "name", "tcp.ports", "method", 2, "title", "ports", "claims",
	    "check", "NET-01", "kind", "completeness", "params", "name",
	    "addresses", "default", "all");
	ck_assert_ptr_nonnull(probes);
}

static void
unload(void)
{
	catalogue_free(catalogue);
	profile_free(profile);
	messages_free(en);
	messages_free(ja);
	json_decref(probes);
}

static struct report *
begin(const uint64_t *wanted, size_t n, const json_t *lab)
{
	const struct report_given given = {
		.bench = "bench",
		.assay = "1",
		.created = 1000000000000000000,
		.catalogue = catalogue,
		.profile = profile,
		.probes = probes,
		.en = en,
		.ja = ja,
		.media = 1u << CATALOGUE_MEDIUM_IP,
		.lab = lab,
		.wanted = wanted,
		.nwanted = n,
		.is_brief = is_brief,
		.spool = spool,
	};

	return report_new(&given);
}

/* record is taken over; returns what report_add does. */
static int
add(struct report *r, json_t *record)
{
	int status;

	ck_assert_ptr_nonnull(record);
	status = report_add(r, record, SHA);
	json_decref(record);
	return status;
}

static json_t *
run_record(const char *mode, const char *firmware, const char *scenario)
{
	return json_pack("{s:s, s:i, s:i, s:I, s:s, s:s, s:s, s:s, s:s, "
			 "s:{s:s, s:s}, s:{s:s}}",
	    "type", "run", "run", 1, "seq", 1, "time",
	    (json_int_t)1000000000000000000, "device", "dut", "segment", "w0",
	    "state", "operating", "mode", mode, "firmware", firmware,
	    "scenario", "name", scenario, "sha256", SHA, "profile", "sha256",
	    profile->sha256);
}

static json_t *
job_record(const char *addresses)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:I, s:s, s:i, s:{s:s}}", "type",
	    "job", "run", 1, "seq", 2, "job", 2, "time",
	    (json_int_t)1000000001000000000, "probe", "tcp.ports", "method", 2,
	    "params", "addresses", addresses);
}

static json_t *
verdict_record(int seq, const char *verdict, const char *ports)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:I, s:s, s:s, s:s, s:s, s:s, "
			 "s:s, s:i, s:i, s:{s:s, s:i}, s:{s:s}, s:[{s:s, s:s, "
			 "s:i, s:i, s:i, s:s, s:{s:s}}], s:[{s:s, s:i}]}",
	    "type", "verdict", "run", 1, "seq", seq, "job", 2, "time",
	    (json_int_t)1000000002000000000, "check", "NET-01", "claim",
	    "completeness", "verdict", verdict, "reason", "tcp.undeclared_open",
	    "state", "operating", "probe", "tcp.ports", "method", 2, "frames",
	    3, "subject", "addr", "10.0.0.1", "port", 23, "values", "ports",
	    ports, "evidence", "source", "w0", "file", "1.pcapng", "first", 7,
	    "last", 9, "count", 3, "sha256", SHA, "select", "comment", "x",
	    "deviations", "name", "sources.used", "value", 4);
}

static json_t *
manifest_record(int skipped)
{
	return json_pack("{s:s, s:i, s:i, s:I, s:s, s:i, s:i, s:s}", "type",
	    "manifest", "run", 1, "seq", 90, "time",
	    (json_int_t)1000000003000000000, "outcome", outcome, "exit", 1,
	    "skipped", skipped, "head", SHA);
}

static void
seal(struct report *r)
{
	json_t *o = json_pack(
	    "{s:s, s:[{s:s}]}", "signer", "key", "signatures", "key", "key");

	report_add_seal(r, o);
	json_decref(o);
}

static json_t *
whole(const char *verdict, const char *ports, const json_t *lab)
{
	struct report *r = begin(NULL, 0, lab);
	json_t *o;

	ck_assert_int_eq(add(r, run_record("sealed", "1.0", "case")), 0);
	ck_assert_int_eq(add(r, job_record("all")), 0);
	ck_assert_int_eq(add(r, verdict_record(5, verdict, ports)), 0);
	ck_assert_int_eq(add(r, manifest_record(0)), 0);
	seal(r);
	o = report_end(r);
	report_free(r);
	return o;
}

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

/* The row of a list whose members have these texts; key2 may be NULL. */
static const json_t *
row(const json_t *o, const char *list, const char *key, const char *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(o, list), i, one)
		if (strcmp(text(one, key), value) == 0)
			return one;
	return NULL;
}

static bool
is_gap(const json_t *o, const char *check, const char *gap)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(o, "not_tested"), i, one)
		if (strcmp(text(one, "check"), check) == 0 &&
		    strcmp(text(one, "gap"), gap) == 0)
			return true;
	return false;
}

START_TEST(a_verdict_is_told_as_it_was_sealed)
{
	json_t *o = whole("fail", "2323", NULL);
	const json_t *v = row(o, "verdicts", "check", "NET-01");

	ck_assert_str_eq(text(v, "verdict"), "fail");
	ck_assert_int_eq(json_integer_value(json_object_get(v, "frames")), 3);
	ck_assert_str_eq(text(v, "sha256"), SHA);
	ck_assert_ptr_nonnull(
	    strstr(text(json_object_get(v, "sentence"), "en"), "2323"));
	ck_assert_str_eq(
	    text(row(o, "requirements", "requirement", "USCTM:IAC-01"),
		"result"),
	    "fail");
	ck_assert(!is_gap(o, "NET-01", "not_reached"));
	json_decref(o);
}
END_TEST

START_TEST(what_no_test_touched_never_reads_as_tested)
{
	struct report *r = begin(NULL, 0, NULL);
	json_t *o = report_end(r), *one;
	size_t i, rows = 0;

	json_array_foreach (json_object_get(o, "requirements"), i, one)
		ck_assert_str_eq(text(one, "result"), "incomplete");
	for (i = 0; i < catalogue_scheme_count(catalogue); i++)
		rows += catalogue_scheme_at(catalogue, i)->nrequirements;
	ck_assert_uint_eq(
	    json_array_size(json_object_get(o, "requirements")), rows);
	ck_assert(is_gap(o, "NET-01", "not_reached"));
	ck_assert(is_gap(o, "NET-11", "no_probe"));
	ck_assert(is_gap(o, "NET-03", "narrowed"));
	report_free(r);
	json_decref(o);
}
END_TEST

START_TEST(a_verdict_that_is_not_wanted_does_not_count)
{
	const uint64_t wanted[] = { 5 };
	struct report *r = begin(wanted, 1, NULL);
	json_t *o;

	add(r, run_record("sealed", "1.0", "case"));
	ck_assert_int_eq(add(r, verdict_record(5, "pass", "")), 0);
	ck_assert_int_eq(add(r, verdict_record(6, "fail", "9")), 0);
	o = report_end(r);
	ck_assert_uint_eq(json_array_size(json_object_get(o, "verdicts")), 1);
	ck_assert_str_ne(
	    text(row(o, "requirements", "requirement", "USCTM:IAC-01"),
		"result"),
	    "fail");
	report_free(r);
	json_decref(o);
}
END_TEST

START_TEST(a_word_that_is_none_of_the_seven_is_refused)
{
	struct report *r = begin(NULL, 0, NULL);

	add(r, run_record("sealed", "1.0", "case"));
	ck_assert_int_eq(add(r, verdict_record(5, "passed", "")), -1);
	report_free(r);
}
END_TEST

START_TEST(what_is_as_usual_is_no_deviation)
{
	json_t *o = whole("pass", "", NULL), *one;
	size_t i;

	json_array_foreach (json_object_get(o, "deviations"), i, one)
		ck_assert_msg(strcmp(text(one, "kind"), "noted") == 0 ||
			strcmp(text(one, "kind"), "not_applicable") == 0,
		    "%s", text(one, "kind"));
	json_decref(o);
}
END_TEST

START_TEST(each_deviation_is_listed)
{
	static const char *const kinds[] = { "parameter", "skipped", "mode",
		"firmware", "noted", "not_applicable", "unsigned" };
	struct report *r = begin(NULL, 0, NULL);
	json_t *o;
	size_t i;

	add(r, run_record("cloud", "2.0", "case"));
	add(r, job_record("ipv4"));
	add(r, verdict_record(5, "fail", "9"));
	add(r, verdict_record(6, "fail", "9"));
	add(r, manifest_record(2));
	o = report_end(r);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		ck_assert_msg(row(o, "deviations", "kind", kinds[i]) != NULL,
		    "%s", kinds[i]);
	/* Two verdicts of a job say the same of it: once. */
	ck_assert_uint_eq(json_array_size(json_object_get(o, "deviations")),
	    sizeof(kinds) / sizeof(kinds[0]));
	ck_assert_str_eq(
	    text(row(o, "deviations", "kind", "parameter"), "value"), "ipv4");
	report_free(r);
	json_decref(o);
}
END_TEST

START_TEST(a_run_without_a_manifest_is_said_to_be_open)
{
	struct report *r = begin(NULL, 0, NULL);
	json_t *o;
	char *html;

	add(r, run_record("sealed", "1.0", "case"));
	o = report_end(r);
	ck_assert_ptr_nonnull(row(o, "deviations", "kind", "open"));
	html = html_report(o, en, "en");
	ck_assert_ptr_nonnull(
	    strstr(html, messages_text(en, "report.open_run")));
	free(html);
	report_free(r);
	json_decref(o);
}
END_TEST

/* ---- as a page ---- */

static json_t *
hostile_lab(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:[s], "
			 "s:[s], s:n, s:n, s:s}",
	    "name", HOSTILE, "address", HOSTILE, "accreditation", HOSTILE,
	    "number", HOSTILE "\"}body{display:none}</style>", "issued",
	    HOSTILE, "customer", "name", HOSTILE, "address", HOSTILE,
	    "decision_rule", HOSTILE, "opinions", HOSTILE, "remarks", HOSTILE,
	    "reviewed", "authorised", "logo", "data:image/png;\"" HOSTILE);
}

static size_t
count(const char *where, const char *what)
{
	size_t n = 0;

	for (where = strstr(where, what); where != NULL;
	     where = strstr(where + 1, what))
		n++;
	return n;
}

START_TEST(nothing_that_others_supplied_becomes_markup)
{
	/* right-to-left override */
	static const char rlo[] = { (char)0xe2, (char)0x80, (char)0xae, 0 };
	static const char *const never[] = { "<script", "<img src=x",
		" onload=\"", "display:none}</style>", "\x1b", "\x7f", rlo,
		"-->", "http://", "https://" };
	const char *lang = _i == 0 ? "en" : "ja";
	json_t *lab = hostile_lab(), *o;
	struct report *r = begin(NULL, 0, lab);
	char *html, *plain;
	size_t i;

	add(r, run_record(HOSTILE, HOSTILE, HOSTILE));
	add(r, job_record(HOSTILE));
	add(r, verdict_record(5, "fail", HOSTILE));
	o = report_end(r);
	html = html_report(o, _i == 0 ? en : ja, lang);
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		ck_assert_msg(strstr(html, never[i]) == NULL, "%s", never[i]);
	/* Yet it is there to be read. */
	ck_assert_uint_gt(count(html, "&lt;script&gt;alert(1)"), 8);
	/* The same tags as of a lab that is not hostile. */
	plain = html;
	ck_assert_uint_eq(count(plain, "<section"), count(plain, "</section>"));
	ck_assert_uint_eq(count(plain, "<table"), count(plain, "</table>"));
	ck_assert_uint_eq(count(plain, "<tr"), count(plain, "</tr>"));
	ck_assert_uint_eq(count(plain, "<bdi>"), count(plain, "</bdi>"));
	ck_assert_uint_eq(count(plain, "</style>"), 1);
	free(html);
	report_free(r);
	json_decref(o);
	json_decref(lab);
}
END_TEST

START_TEST(a_fail_is_shown_with_its_frames_and_what_to_do)
{
	json_t *o = whole("fail", "2323", NULL);
	char *html = html_report(o, en, "en");

	ck_assert_ptr_nonnull(strstr(html, "w0/1.pcapng: 7–9"));
	ck_assert_ptr_nonnull(
	    strstr(html, messages_text(en, "advice.tcp.undeclared_open")));
	ck_assert_ptr_nonnull(strstr(html, "<tr id=\"v5\">"));
	ck_assert_ptr_nonnull(strstr(html, messages_text(en, "report.draft")));
	ck_assert_ptr_null(
	    strstr(html, messages_text(en, "report.no_findings")));
	free(html);
	json_decref(o);
	o = whole("pass", "", NULL);
	html = html_report(o, en, "en");
	ck_assert_ptr_nonnull(
	    strstr(html, messages_text(en, "report.no_findings")));
	free(html);
	json_decref(o);
}
END_TEST

static json_t *
ports_record(void)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:s, s:[{s:s, s:{s:s}, s:s}]}",
	    "type", "observed", "run", 1, "seq", 3, "job", 2, "state",
	    "operating", "observations", "field", "ports.open", "subject",
	    "addr", "10.0.0.1", "value", "20-23,443");
}

START_TEST(only_the_ports_that_nobody_declared_are_marked)
{
	struct report *r = begin(NULL, 0, NULL);
	json_t *o;
	char *html;

	add(r, run_record("sealed", "1.0", "case"));
	add(r, job_record("all"));
	add(r, ports_record());
	o = report_end(r);
	html = html_report(o, en, "en");
	ck_assert_ptr_nonnull(strstr(html, "<span class=\"w w-pass\">20–22<"));
	ck_assert_ptr_nonnull(
	    strstr(html, "<span class=\"w w-fail\">23 not declared<"));
	ck_assert_ptr_nonnull(
	    strstr(html, "<span class=\"w w-fail\">443 not declared<"));
	free(html);
	report_free(r);
	json_decref(o);
}
END_TEST

START_TEST(a_page_is_in_its_language)
{
	json_t *o = whole("fail", "2323", NULL);
	char *html = html_report(o, ja, "ja");

	ck_assert_ptr_nonnull(strstr(html, "<html lang=\"ja\">"));
	ck_assert_ptr_nonnull(strstr(html, messages_text(ja, "report.title")));
	ck_assert_ptr_null(strstr(html, messages_text(en, "report.summary")));
	ck_assert_ptr_null(
	    strstr(html, messages_text(en, "report.decision_rule_own")));
	free(html);
	json_decref(o);
}
END_TEST

START_TEST(the_json_has_no_control_character)
{
	json_t *lab = hostile_lab(), *o = whole("fail", HOSTILE, lab), *again;
	char *json = report_json(o);
	const char *p;

	for (p = json; *p != '\0'; p++)
		ck_assert(*p == '\n' || (*p >= ' ' && *p < 0x7f));
	again = json_loads(json, 0, NULL);
	ck_assert(json_equal(again, o));
	json_decref(again);
	json_decref(o);
	json_decref(lab);
	free(json);
}
END_TEST

/* ---- in brief ---- */

/* The same records, as JSON or (in brief) as they lie in a list. */
static void
add_either(struct report *r, json_t *record)
{
	struct record_rows rows;
	struct err e;
	size_t size;
	char *bytes, *list;

	if (!is_brief) {
		ck_assert_int_eq(add(r, record), 0);
		return;
	}
	bytes = record_encode(record, &size, &e);
	ck_assert_msg(bytes != NULL, "%s", e.text);
	list = xasprintf("{\"records\":[{\"record\":%s,\"seq\":1,\"sha256\":"
			 "\"" SHA "\"}]}",
	    bytes);
	record_rows_start(&rows, list, strlen(list));
	ck_assert_int_eq(record_rows_next(&rows, &e), 1);
	ck_assert_int_eq(report_add_row(r, &rows), 0);
	record_rows_free(&rows);
	free(bytes);
	free(list);
	json_decref(record);
}

/* entries: {first, last, count}…, ends with 0; every eighth is of another
 * file. */
static json_t *
shown_by(json_t *record, int (*entries)[3])
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; entries[i][0] != 0; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:{s:s}}",
			"source", "w0", "file", i / 8 % 2 == 0 ? "1" : "2",
			"first", entries[i][0], "last", entries[i][1], "count",
			entries[i][2], "sha256", SHA, "select", "comment",
			HOSTILE));
	json_object_set_new(record, "evidence", list);
	json_object_set_new(record, "controls", json_pack("{s:b}", "good", 1));
	return record;
}

static json_t *
report_of_many(void)
{
	int few[][3] = { { 1, 1, 1 }, { 2, 2, 1 }, { 3, 9, 7 }, { 11, 11, 1 },
		{ 12, 20, 4 }, { 21, 21, 1 }, { 22, 22, 1 }, { 23, 23, 1 },
		{ 24, 24, 1 }, { 30, 31, 2 }, { 0, 0, 0 } };
	int many[41][3];
	struct report *r = begin(NULL, 0, NULL);
	json_t *o;
	int i;

	for (i = 0; i < 40; i++)
		memcpy(many[i], (int[]){ 10 * i + 10, 10 * i + 10, 1 },
		    sizeof(many[i]));
	many[40][0] = 0;
	add_either(r, run_record("sealed", "1.0", "case"));
	add_either(r, job_record("ipv4"));
	add_either(r, shown_by(verdict_record(5, "fail", HOSTILE), few));
	add_either(r, verdict_record(6, "pass", "22"));
	add_either(r, shown_by(verdict_record(7, "inconc", "1"), many));
	add_either(r, manifest_record(0));
	seal(r);
	o = report_end(r);
	report_free(r);
	return o;
}

static void
same_text(char *a, char *b)
{
	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(a, b);
	free(a);
	free(b);
}

/* Written as it goes, with what waits in the spool. */
static char *
spooled(void)
{
	struct err e;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *o;

	spool = report_spool_new(&e);
	ck_assert_ptr_nonnull(spool);
	is_brief = true;
	o = report_of_many();
	ck_assert_int_eq(report_json_write(out, o, spool, &e), 0);
	fclose(out);
	ck_assert_ptr_null(report_spool_next(spool, &e)); /* its end */
	report_spool_free(spool);
	json_decref(o);
	spool = NULL;
	is_brief = false;
	return text;
}

START_TEST(json_says_all_of_a_verdict_though_nobody_holds_it)
{
	const char *const outcomes[] = { "complete", VERDICT_VOID_OUTCOME };
	json_t *o;
	char *text;
	size_t i;

	for (i = 0; i < 2; i++) {
		outcome = outcomes[i];
		o = report_of_many();
		text = json_dumps(
		    o, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
		ck_assert_ptr_nonnull(strstr(text, "\"controls\": {"));
		ck_assert((strstr(text, VERDICT_VOID_REASON) != NULL) == i);
		free(text);
		same_text(report_json(o), spooled());
		json_decref(o);
	}
	outcome = "complete";
}
END_TEST

START_TEST(in_brief_every_page_and_table_says_the_same)
{
	const struct export_style style = { "en", en };
	json_t *at_length, *brief;

	is_brief = false;
	at_length = report_of_many();
	is_brief = true;
	brief = report_of_many();
	is_brief = false;
	same_text(
	    html_report(at_length, en, "en"), html_report(brief, en, "en"));
	same_text(
	    html_report(at_length, ja, "ja"), html_report(brief, ja, "ja"));
	same_text(csv_report(at_length, "en"), csv_report(brief, "en"));
	same_text(junit_report(at_length, &style), junit_report(brief, &style));
	same_text(sarif_report(at_length, &style), sarif_report(brief, &style));
	same_text(oscal_report(at_length, &style), oscal_report(brief, &style));
	same_text(
	    jc_star_report(at_length, en, ja), jc_star_report(brief, en, ja));
	json_decref(at_length);
	json_decref(brief);
}
END_TEST

START_TEST(frames_that_follow_each_other_are_one_range)
{
	json_t *o = report_of_many();
	char *page = html_report(o, en, "en");

	ck_assert_ptr_nonnull(strstr(
	    page, "w0/1: 1–9, 11, 12–20 (4), 21–23; w0/2: 24, 30–31</span>"));
	ck_assert_ptr_nonnull(strstr(page,
	    "w0/1: 10, 20, 30, 40, 50, 60, 70, "
	    "80; w0/2: 90, 100"));
	ck_assert_ptr_nonnull(strstr(page, "240; "));
	ck_assert_ptr_null(strstr(page, "250"));
	free(page);
	json_decref(o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("report_page");
	TCase *t = tcase_create("value"), *page = tcase_create("page"),
	      *brief = tcase_create("brief");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, load, unload);
	tcase_add_test(t, a_verdict_is_told_as_it_was_sealed);
	tcase_add_test(t, what_no_test_touched_never_reads_as_tested);
	tcase_add_test(t, a_verdict_that_is_not_wanted_does_not_count);
	tcase_add_test(t, a_word_that_is_none_of_the_seven_is_refused);
	tcase_add_test(t, what_is_as_usual_is_no_deviation);
	tcase_add_test(t, each_deviation_is_listed);
	tcase_add_test(t, a_run_without_a_manifest_is_said_to_be_open);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(page, load, unload);
	tcase_add_loop_test(
	    page, nothing_that_others_supplied_becomes_markup, 0, 2);
	tcase_add_test(page, a_fail_is_shown_with_its_frames_and_what_to_do);
	tcase_add_test(page, only_the_ports_that_nobody_declared_are_marked);
	tcase_add_test(page, a_page_is_in_its_language);
	tcase_add_test(page, the_json_has_no_control_character);
	suite_add_tcase(s, page);
	tcase_add_checked_fixture(brief, load, unload);
	tcase_add_test(
	    brief, json_says_all_of_a_verdict_though_nobody_holds_it);
	tcase_add_test(brief, in_brief_every_page_and_table_says_the_same);
	tcase_add_test(brief, frames_that_follow_each_other_are_one_range);
	suite_add_tcase(s, brief);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
