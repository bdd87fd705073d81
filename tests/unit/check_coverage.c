/*
 * Coverage over the catalogue that ships: no row is hidden, and what nobody
 * asked is a gap with its reason.
 */
#include "catalogue/coverage.h"
#include "catalogue/coverage_changes.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct catalogue *catalogue;
static struct profile *profile;

static void
load(void)
{
	char where[600];
	struct err e;

	catalogue = catalogue_load("etc/catalogue", NULL, &e);
	ck_assert_msg(
	    catalogue != NULL, "%s", err_format(&e, where, sizeof(where)));
}

static void
unload(void)
{
	catalogue_free(catalogue);
	profile_free(profile);
	profile = NULL;
}

static void
declare(const char *rest)
{
	char text[2000];
	struct err e;

	snprintf(
	    text, sizeof(text), "version: 1\nproduct: {name: Lamp}\n%s", rest);
	profile = profile_parse(text, strlen(text), "profile", &e);
	ck_assert_msg(profile != NULL, "%u: %s", e.line, e.text);
}

static const char *const probed[] = { "NET-01", "NET-02", "LIF-11", "LIF-03",
	"WF-01", "LIF-09", "LIF-06", NULL };

static struct coverage *
make(const struct coverage_said *said, size_t n)
{
	const struct coverage_given given = {
		.catalogue = catalogue,
		.profile = profile,
		.media = 1u << CATALOGUE_MEDIUM_IP,
		.probed = probed,
		.said = said,
		.nsaid = n,
	};

	return coverage_make(&given);
}

static const struct coverage_check *
check(const struct coverage *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->nchecks; i++)
		if (strcmp(c->checks[i].check->id, id) == 0)
			return &c->checks[i];
	ck_abort_msg("%s", id);
	return NULL;
}

static const struct coverage_requirement *
row(const struct coverage *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nrequirements; i++)
		if (strcmp(c->requirements[i].requirement->name, name) == 0)
			return &c->requirements[i];
	ck_abort_msg("%s", name);
	return NULL;
}

#define SAID(check_, verdict_, reason_) \
	{ \
		.sample = "a", .state = "operating", .check = (check_), \
		.verdict = VERDICT_##verdict_, .reason = (reason_), .run = 1, \
		.seq = 7 \
	}

START_TEST(no_row_and_no_check_is_hidden)
{
	struct coverage *c = make(NULL, 0);
	size_t i, rows = 0;

	for (i = 0; i < catalogue_scheme_count(catalogue); i++)
		rows += catalogue_scheme_at(catalogue, i)->nrequirements;
	ck_assert_uint_eq(c->nrequirements, rows);
	ck_assert_uint_eq(c->nchecks, catalogue_check_count(catalogue));
	for (i = 0; i < c->nrequirements; i++)
		ck_assert_int_eq(
		    c->requirements[i].conclusion.word, REQUIREMENT_INCOMPLETE);
	coverage_free(c);
}
END_TEST

START_TEST(what_nobody_asked_has_its_reason)
{
	struct coverage *c;

	declare("");
	c = make(NULL, 0);
	ck_assert_int_eq(check(c, "NET-01")->gap, REQUIREMENT_GAP_NOT_REACHED);
	ck_assert_int_eq(check(c, "NET-11")->gap, REQUIREMENT_GAP_NO_PROBE);
	ck_assert_int_eq(check(c, "WF-01")->gap, REQUIREMENT_GAP_NOT_EQUIPPED);
	/* two samples; an account; the action that cycles its power */
	ck_assert_int_eq(check(c, "LIF-11")->gap, REQUIREMENT_GAP_NOT_DECLARED);
	ck_assert_int_eq(check(c, "LIF-03")->gap, REQUIREMENT_GAP_NOT_DECLARED);
	ck_assert_int_eq(check(c, "LIF-09")->gap, REQUIREMENT_GAP_NOT_DECLARED);
	ck_assert(check(c, "NET-01")->is_possible);
	ck_assert(!check(c, "LIF-09")->is_possible);
	coverage_free(c);
	profile_free(profile);
	declare("actions:\n  power.cycle:\n    by: person\n    prompt: p\n"
		"    limit: 60s\n    check: {kind: reboot}\n");
	c = make(NULL, 0);
	ck_assert_int_eq(check(c, "LIF-09")->gap, REQUIREMENT_GAP_NOT_REACHED);
	ck_assert_int_eq(check(c, "LIF-03")->gap, REQUIREMENT_GAP_NOT_DECLARED);
	coverage_free(c);
	/* with an account, it could be asked */
	profile_free(profile);
	declare("credentials: [{account: a, env: A}]\n"
		"actions:\n  power.cycle:\n    by: person\n    prompt: p\n"
		"    limit: 60s\n    check: {kind: reboot}\n");
	c = make(NULL, 0);
	ck_assert_int_eq(check(c, "LIF-03")->gap, REQUIREMENT_GAP_NOT_REACHED);
	coverage_free(c);
}
END_TEST

START_TEST(a_way_to_update_is_no_image)
{
	struct coverage *c;

	declare("updates: [{way: usb, signature: none}]\n");
	c = make(NULL, 0);
	ck_assert_int_eq(check(c, "LIF-06")->gap, REQUIREMENT_GAP_NOT_DECLARED);
	coverage_free(c);
	profile_free(profile);
	declare("updates: [{way: usb, signature: none, image: /srv/a}]\n");
	c = make(NULL, 0);
	ck_assert_int_eq(check(c, "LIF-06")->gap, REQUIREMENT_GAP_NOT_REACHED);
	coverage_free(c);
}
END_TEST

START_TEST(claims_addresses_and_states_speak_together)
{
	struct coverage_said said[] = { SAID("NET-01", PASS, ""),
		SAID("NET-01", PASS, ""), SAID("NET-02", PASS, ""),
		SAID("NET-02", INCONC, "udp.silent") };
	struct coverage *c = make(said, 4);

	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_PASS);
	ck_assert_int_eq(check(c, "NET-02")->verdict, VERDICT_INCONC);
	ck_assert_int_eq(check(c, "NET-02")->gap, REQUIREMENT_GAP_INCONCLUSIVE);
	ck_assert_uint_eq(row(c, "USCTM:IAC-01")->conclusion.passed, 1);
	ck_assert_uint_eq(row(c, "USCTM:IAC-01")->run, 2);
	coverage_free(c);

	/* The same check, asked in one of two states only. */
	said[1].state = "factory";
	said[1].check = "NET-02";
	c = make(said, 2);
	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_NONE);
	ck_assert_int_eq(check(c, "NET-01")->gap, REQUIREMENT_GAP_NOT_REACHED);
	ck_assert(check(c, "NET-01")->is_run);
	coverage_free(c);
}
END_TEST

START_TEST(what_was_not_allowed_is_said_so)
{
	const struct coverage_said said[] = { SAID(
	    "NET-01", INCONC, "not_allowed.hours") };
	struct coverage *c = make(said, 1);

	ck_assert_int_eq(check(c, "NET-01")->gap, REQUIREMENT_GAP_NOT_ALLOWED);
	coverage_free(c);
}
END_TEST

START_TEST(one_fail_fails_every_requirement_it_is_required_for)
{
	const struct coverage_said said[] = { SAID("NET-01", PASS, ""),
		SAID("NET-01", FAIL, "tcp.undeclared_open"),
		SAID("NET-01", PASS, "") };
	struct coverage *c = make(said, 3);

	ck_assert_int_eq(
	    row(c, "USCTM:IAC-01")->conclusion.word, REQUIREMENT_FAIL);
	ck_assert_int_eq(
	    row(c, "JC-STAR:S1.1-13")->conclusion.word, REQUIREMENT_FAIL);
	ck_assert_int_eq(
	    row(c, "EN-303645:5.6-1")->conclusion.word, REQUIREMENT_FAIL);
	ck_assert_int_eq(
	    row(c, "USCTM:IAC-02")->conclusion.word, REQUIREMENT_INCOMPLETE);
	coverage_free(c);
}
END_TEST

START_TEST(a_technology_that_it_has_not_narrows_and_a_finding_counts)
{
	const struct coverage_said found[] = { SAID("MQ-02", FAIL, "x") };
	struct coverage *c;

	declare("technologies: [tcpip, tls-server, mqqt]\n");
	c = make(NULL, 0);
	ck_assert_int_eq(check(c, "MQ-02")->verdict, VERDICT_NA);
	ck_assert(check(c, "MQ-02")->lacks_technology);
	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_NONE);
	/* of no technology: asked of every product */
	ck_assert_int_eq(check(c, "LIF-09")->verdict, VERDICT_NONE);
	ck_assert_uint_eq(c->nstrangers, 1);
	ck_assert_str_eq(c->strangers[0], "mqqt");
	coverage_free(c);
	c = make(found, 1);
	ck_assert_int_eq(check(c, "MQ-02")->verdict, VERDICT_FAIL);
	ck_assert_int_eq(
	    row(c, "USCTM:IAC-01")->conclusion.word, REQUIREMENT_FAIL);
	coverage_free(c);
}
END_TEST

START_TEST(what_the_profile_calls_not_applicable_narrows)
{
	struct coverage *c;

	declare("not_applicable:\n"
		"  - {check: LIF-10, reason: no log, by: J. Doe, "
		"instead: none}\n");
	c = make(NULL, 0);
	ck_assert_ptr_nonnull(check(c, "LIF-10")->na);
	ck_assert_int_eq(
	    row(c, "USCTM:CSA-01")->conclusion.word, REQUIREMENT_NA);
	coverage_free(c);
}
END_TEST

START_TEST(a_requirement_that_is_not_applicable_fails_when_something_is_found)
{
	const struct coverage_said said[] = { SAID("NET-01", FAIL, "x") };
	struct coverage *c;

	declare("not_applicable:\n"
		"  - {requirement: \"USCTM:IAC-01\", reason: r, by: J. Doe}\n"
		"  - {technology: mqtt, reason: no broker, by: J. Doe}\n");
	c = make(NULL, 0);
	ck_assert_str_eq(row(c, "USCTM:IAC-01")->na->reason, "r");
	ck_assert_int_eq(
	    row(c, "USCTM:IAC-01")->conclusion.word, REQUIREMENT_NA);
	ck_assert_ptr_null(row(c, "USCTM:IAC-02")->na);
	ck_assert_int_eq(
	    row(c, "USCTM:IAC-02")->conclusion.word, REQUIREMENT_INCOMPLETE);
	ck_assert_int_eq(check(c, "MQ-02")->verdict, VERDICT_NA);
	ck_assert_str_eq(check(c, "MQ-02")->na->reason, "no broker");
	coverage_free(c);
	c = make(said, 1);
	ck_assert_int_eq(
	    row(c, "USCTM:IAC-01")->conclusion.word, REQUIREMENT_FAIL);
	coverage_free(c);
}
END_TEST

START_TEST(documents_decide_where_the_scheme_says_so)
{
	const struct coverage_reviewed reviewed[] = {
		{ "USCTM:DOC-1F", REQUIREMENT_DOCUMENTS_INSUFFICIENT },
		{ "USCTM:DOC-1F", REQUIREMENT_DOCUMENTS_CONFORM },
		{ "USCTM:DOC-1G", REQUIREMENT_DOCUMENTS_DO_NOT_CONFORM },
	};
	const struct coverage_given given = {
		.catalogue = catalogue, .reviewed = reviewed, .nreviewed = 3
	};
	struct coverage *c = coverage_make(&given);

	/* the last word counts */
	ck_assert_int_eq(
	    row(c, "USCTM:DOC-1F")->conclusion.word, REQUIREMENT_CONFORMS);
	ck_assert_int_eq(row(c, "USCTM:DOC-1G")->conclusion.word,
	    REQUIREMENT_DOES_NOT_CONFORM);
	ck_assert(row(c, "USCTM:DOC-1D")->conclusion.lacks_documents);
	coverage_free(c);
}
END_TEST

static struct coverage *
make_order(const struct coverage_said *said, size_t n, const char *exempt,
    const char *day)
{
	static const char *const samples[] = { "a", "b" };
	static const char *const states[] = { "operating" };
	const struct coverage_given given = {
		.catalogue = catalogue,
		.media = 1u << CATALOGUE_MEDIUM_IP,
		.probed = probed,
		.said = said,
		.nsaid = n,
		.samples = samples,
		.nsamples = 2,
		.states = states,
		.nstates = 1,
		.exempt = exempt,
		.day = day,
	};

	return coverage_make(&given);
}

START_TEST(an_order_asks_for_every_sample)
{
	struct coverage_said said[] = { SAID("NET-01", PASS, ""),
		SAID("NET-01", PASS, "") };
	struct coverage *c = make_order(said, 1, NULL, NULL);

	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_NONE);
	ck_assert_int_eq(check(c, "NET-01")->gap, REQUIREMENT_GAP_NOT_REACHED);
	coverage_free(c);
	said[1].sample = "b";
	c = make_order(said, 2, NULL, NULL);
	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_PASS);
	coverage_free(c);
	/* Two samples are what this one asks for. */
	c = make_order(NULL, 0, NULL, NULL);
	ck_assert_int_eq(check(c, "LIF-11")->gap, REQUIREMENT_GAP_NOT_REACHED);
	coverage_free(c);
}
END_TEST

START_TEST(what_failed_where_nobody_asked_still_failed)
{
	struct coverage_said said[] = { SAID("NET-01", PASS, ""),
		SAID("NET-01", PASS, ""), SAID("NET-01", FAIL, "x") };
	struct coverage *c;

	said[1].sample = "b";
	said[2].sample = "c";
	said[2].seq = 9;
	c = make_order(said, 3, NULL, NULL);
	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_FAIL);
	ck_assert_int_eq(check(c, "NET-01")->gap, REQUIREMENT_GAP_FAILED);
	ck_assert_uint_eq(check(c, "NET-01")->seq, 9);
	ck_assert_int_eq(
	    row(c, "USCTM:IAC-01")->conclusion.word, REQUIREMENT_FAIL);
	coverage_free(c);
	/* On a sample of the order, in a state that it does not ask for. */
	said[2].sample = "a";
	said[2].state = "factory";
	c = make_order(said, 3, NULL, NULL);
	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_FAIL);
	coverage_free(c);
	/* What passed there shows nothing of the order. */
	said[2].verdict = VERDICT_PASS;
	c = make_order(said + 2, 1, NULL, NULL);
	ck_assert_int_eq(check(c, "NET-01")->verdict, VERDICT_NONE);
	coverage_free(c);
}
END_TEST

START_TEST(another_scheme_s_word_is_taken_where_and_since_it_is_said)
{
	struct coverage_said fails[] = { SAID("NET-01", FAIL, "x") };
	struct coverage *c = make_order(NULL, 0, "UK PSTI", "2026-11-23");
	const struct coverage_requirement *r = row(c, "JC-STAR:S1.1-02");
	size_t i, n = 0;

	ck_assert_int_eq(r->conclusion.word, REQUIREMENT_NA);
	ck_assert_str_eq(r->exemption->by, "UK PSTI");
	ck_assert(!r->conclusion.lacks_documents);
	for (i = 0; i < c->nrequirements; i++)
		n += c->requirements[i].exemption != NULL;
	ck_assert_uint_eq(n, 3);
	coverage_free(c);
	c = make_order(NULL, 0, "UK PSTI", "2025-12-31"); /* not yet */
	ck_assert_int_eq(
	    row(c, "JC-STAR:S1.1-02")->conclusion.word, REQUIREMENT_INCOMPLETE);
	coverage_free(c);
	c = make_order(NULL, 0, NULL, "2026-11-23"); /* nobody's word */
	ck_assert_ptr_null(row(c, "JC-STAR:S1.1-02")->exemption);
	coverage_free(c);
	c = make_order(fails, 1, "UK PSTI", "2026-11-23");
	ck_assert_int_eq(
	    row(c, "JC-STAR:S1.1-13")->conclusion.word, REQUIREMENT_FAIL);
	coverage_free(c);
}
END_TEST

START_TEST(only_what_says_something_else_has_changed)
{
	struct coverage_said said[] = { SAID("NET-01", FAIL, "x") };
	struct coverage *before = make(NULL, 0), *after = make(said, 1);
	struct coverage_change *changes;
	size_t n, i, failed = 0;

	changes = coverage_changes(before, before, &n);
	ck_assert_uint_eq(n, 0);
	free(changes);
	changes = coverage_changes(before, after, &n);
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, before->nrequirements);
	for (i = 0; i < n; i++) {
		ck_assert_ptr_nonnull(changes[i].before);
		ck_assert_ptr_nonnull(changes[i].after);
		ck_assert(!changes[i].is_asked_otherwise);
		failed += strcmp(changes[i].requirement, "USCTM:IAC-01") == 0 &&
		    changes[i].after->conclusion.word == REQUIREMENT_FAIL;
	}
	ck_assert_uint_eq(failed, 1);
	free(changes);
	coverage_free(before);
	coverage_free(after);
}
END_TEST

START_TEST(a_requirement_that_came_or_went_has_changed)
{
	struct coverage *before = make(NULL, 0), *after = make(NULL, 0);
	struct coverage_change *changes;
	size_t n;

	/* The last one is of the first catalogue alone. */
	after->nrequirements--;
	changes = coverage_changes(before, after, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_null(changes[0].after);
	free(changes);
	changes = coverage_changes(after, before, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_null(changes[0].before);
	free(changes);
	after->nrequirements++;
	coverage_free(before);
	coverage_free(after);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("coverage");
	TCase *t = tcase_create("coverage");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, load, unload);
	tcase_add_test(t, no_row_and_no_check_is_hidden);
	tcase_add_test(t, a_way_to_update_is_no_image);
	tcase_add_test(t,
	    a_requirement_that_is_not_applicable_fails_when_something_is_found);
	tcase_add_test(t, what_nobody_asked_has_its_reason);
	tcase_add_test(t, an_order_asks_for_every_sample);
	tcase_add_test(t, only_what_says_something_else_has_changed);
	tcase_add_test(t, a_requirement_that_came_or_went_has_changed);
	tcase_add_test(t, what_failed_where_nobody_asked_still_failed);
	tcase_add_test(
	    t, another_scheme_s_word_is_taken_where_and_since_it_is_said);
	tcase_add_test(t, claims_addresses_and_states_speak_together);
	tcase_add_test(t, what_was_not_allowed_is_said_so);
	tcase_add_test(t, one_fail_fails_every_requirement_it_is_required_for);
	tcase_add_test(
	    t, a_technology_that_it_has_not_narrows_and_a_finding_counts);
	tcase_add_test(t, what_the_profile_calls_not_applicable_narrows);
	tcase_add_test(t, documents_decide_where_the_scheme_says_so);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
