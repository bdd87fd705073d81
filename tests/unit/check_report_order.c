/*
 * A report over an order: each sample that came and each state that was asked
 * for has its place, and a check holds on all of them or not at all.
 */
#include "reports/report.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/coverage.h"
#include "reports/html.h"

#define SHA "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HOSTILE "</bdi></td><script>alert(1)</script>"

static struct catalogue *catalogue;
static struct profile *profile;
static struct messages *en, *ja;
static json_t *probes;

static void
load(void)
{
	static const char text[] = "version: 1\nproduct: {name: Lamp}\n";
	struct err e;

	catalogue = catalogue_load("etc/catalogue", NULL, &e);
	ck_assert_msg(catalogue != NULL, "%s", e.text);
	profile = profile_parse(text, strlen(text), "profile", &e);
	ck_assert_msg(profile != NULL, "%u: %s", e.line, e.text);
	en = messages_load("etc/messages", "en", &e);
	ja = messages_load("etc/messages", "ja", &e);
	ck_assert(en != NULL && ja != NULL);
	probes = json_pack("[{s:s, s:i, s:[{s:s, s:s}]}]", "name", "tcp.ports",
	    "method", 2, "claims", "check", "NET-01", "kind", "completeness");
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

/* record is taken over. */
static void
add(struct report *r, json_t *record)
{
	ck_assert_ptr_nonnull(record);
	ck_assert_int_eq(report_add(r, record, SHA), 0);
	json_decref(record);
}

static json_t *
run_record(void)
{
	return json_pack("{s:s, s:i, s:i, s:I, s:s, s:{s:s, s:s}, s:{s:s}}",
	    "type", "run", "run", 1, "seq", 1, "time",
	    (json_int_t)1000000000000000000, "device", "dut", "scenario",
	    "name", "case", "sha256", SHA, "profile", "sha256",
	    profile->sha256);
}

static json_t *
verdict_record(int seq, const char *sample, const char *verdict)
{
	return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:i}",
	    "type", "verdict", "run", 1, "seq", seq, "check", "NET-01", "claim",
	    "completeness", "verdict", verdict, "reason", "tcp.as_declared",
	    "state", "operating", "sample", sample, "probe", "tcp.ports",
	    "method", 2);
}

static json_t *
order_json(void)
{
	json_t *order = json_pack("{s:s, s:s, s:s, s:[s], s:[s]}", "name",
	    "A-7", "status", "open", "customer", HOSTILE, "schemes", "USCTM",
	    "states", "operating");
	json_t *samples =
	    json_pack("[{s:s, s:s}, {s:s, s:s, s:s}]", "name", "S1", "serial",
		"1001", "name", "S2", "serial", "1002", "condition", HOSTILE);
	json_t *devices = json_pack("[{s:s, s:s, s:{s:s}}]", "name", "dut",
	    "mac", "02:00:00:00:00:10", "sample", "serial", "1001");

	return json_pack("{s:o, s:o, s:o}", "order", order, "samples", samples,
	    "devices", devices);
}

/* Two samples came; the first passed, the second said this, or (NULL) nothing.
 */
static json_t *
over_order(const char *second)
{
	static const char *const serials[] = { "1001", "1002" };
	static const char *const states[] = { "operating" };
	json_t *order = order_json(), *o;
	const struct report_given given = {
		.bench = "bench",
		.assay = "1",
		.catalogue = catalogue,
		.profile = profile,
		.probes = probes,
		.en = en,
		.ja = ja,
		.media = 1u << CATALOGUE_MEDIUM_IP,
		.order = order,
		.samples = serials,
		.nsamples = 2,
		.states = states,
		.nstates = 1,
	};
	struct report *r;

	ck_assert_ptr_nonnull(order);
	r = report_new(&given);
	add(r, run_record());
	add(r, verdict_record(5, "1001", "pass"));
	if (second != NULL)
		add(r, verdict_record(6, "1002", second));
	o = report_end(r);
	ck_assert_ptr_nonnull(o);
	report_free(r);
	json_decref(order);
	return o;
}

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

/* The first of a list whose member is this; NULL. */
static const json_t *
row(const json_t *list, const char *key, const char *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (strcmp(text(one, key), value) == 0)
			return one;
	return NULL;
}

START_TEST(a_check_of_an_order_holds_on_every_sample_or_not_at_all)
{
	static const struct {
		const char *second, *verdict;
		size_t shown;
	} cases[] = { { "pass", "pass", 2 }, { NULL, "none", 1 },
		{ "fail", "fail", 2 } };
	json_t *o = over_order(cases[_i].second);
	const json_t *order = json_object_get(o, "order"),
		     *rows = json_object_get(o, "requirements"),
		     *shown = json_object_get(order, "shown"), *check;

	check = row(
	    json_object_get(row(rows, "requirement", "USCTM:IAC-01"), "checks"),
	    "check", "NET-01");
	ck_assert_str_eq(text(check, "verdict"), cases[_i].verdict);
	ck_assert_uint_eq(json_array_size(shown), cases[_i].shown);
	check = row(shown, "sample", "1001");
	ck_assert_str_eq(text(check, "verdict"), "pass");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(order, "serials")), 2);
	/* Only what the order asks for. */
	ck_assert_ptr_null(row(rows, "scheme", "JC-STAR"));
	json_decref(o);
}
END_TEST

START_TEST(a_page_of_an_order_names_each_sample_and_what_is_missing)
{
	json_t *o = over_order(NULL);
	char *html = html_report(o, en, "en");

	ck_assert_ptr_nonnull(strstr(html, "<section id=\"samples\">"));
	ck_assert_ptr_nonnull(strstr(html, "<bdi>1002</bdi><br>operating"));
	ck_assert_ptr_nonnull(strstr(html, "02:00:00:00:00:10"));
	ck_assert_ptr_nonnull(
	    strstr(html, messages_text(en, "report.not_run")));
	ck_assert_ptr_null(strstr(html, "<script"));
	free(html);
	json_decref(o);
	o = over_order("pass");
	html = html_report(o, ja, "ja");
	ck_assert_ptr_nonnull(
	    strstr(html, messages_text(ja, "report.samples")));
	ck_assert_ptr_null(strstr(html, messages_text(ja, "report.not_run")));
	free(html);
	json_decref(o);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("report_order");
	TCase *t = tcase_create("order");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, load, unload);
	tcase_add_loop_test(
	    t, a_check_of_an_order_holds_on_every_sample_or_not_at_all, 0, 3);
	tcase_add_test(
	    t, a_page_of_an_order_names_each_sample_and_what_is_missing);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
