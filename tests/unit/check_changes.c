/*
 * What changed between two runs: every pair of words, what is kept apart, what
 * is waived, what is flaky, what belongs together, and the exit status.
 */
#include "catalogue/changes.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "reports/text_changes.h"
#include "scenarios/profile_firmware.h"

#define OLD 0
#define NOW 1
#define MANY 16

static struct changes_said said[2][MANY];
static struct changes_past past[MANY];
static struct changes_given given;
static struct changes *c;

static void
set_up(void)
{
	memset(said, 0, sizeof(said));
	memset(&given, 0, sizeof(given));
	given.before.said = said[OLD];
	given.after.said = said[NOW];
	given.before.firmware = given.after.firmware = "1.0";
	given.past = past;
	c = NULL;
}

static void
tear_down(void)
{
	changes_free(c);
}

/* One more verdict of a run; on the device's IPv4 address unless changed. */
static struct changes_said *
say(int when, const char *check, enum verdict verdict)
{
	struct changes_run *run = when == OLD ? &given.before : &given.after;
	struct changes_said *s = &said[when][run->n++];

	ck_assert_uint_le(run->n, MANY);
	*s = (struct changes_said){
		.check = check,
		.claim = "completeness",
		.state = "operating",
		.scope = "ipv4",
		.subject = when == OLD ? "10.77.0.10" : "10.77.0.11",
		.step = 1,
		.verdict = verdict,
		.reason = verdict == VERDICT_PASS ? "tcp.ports_as_declared"
						  : "tcp.undeclared_open",
		.named = verdict == VERDICT_FAIL ? "23 2323" : "",
		.probe = "tcp.ports",
		.method = 3,
		.catalogue = "",
		.bench = "bench-1",
		.mode = "sealed",
		.profile = "aa",
		.sample = "S1",
		.seq = (uint64_t)(100 * when + (int)run->n),
	};
	return s;
}

static const struct changes_row *
only(void)
{
	changes_free(c);
	c = changes_make(&given);
	ck_assert_uint_eq(c->nrows, 1);
	return &c->rows[0];
}

/* ---- the words ---- */

#define SAME CHANGES_SAME
#define OPEN CHANGES_OPEN
#define PASSED CHANGES_NEWLY_PASSED
#define FIXED CHANGES_FIXED
#define STILL CHANGES_STILL_FAILING
#define UNASKED CHANGES_NOT_ASKED
#define INCONC CHANGES_NEWLY_INCONCLUSIVE
#define BENCH CHANGES_NEW_ERROR
#define FAILED CHANGES_NEW_FAILURE

static const struct {
	enum verdict from, to;
	enum changes_kind kind;
	int status;
} pairs[] = {
	{ VERDICT_NONE, VERDICT_NONE, SAME, 0 },
	{ VERDICT_NONE, VERDICT_NA, SAME, 0 },
	{ VERDICT_NONE, VERDICT_INFO, SAME, 0 },
	{ VERDICT_NONE, VERDICT_PASS, PASSED, 0 },
	{ VERDICT_NONE, VERDICT_INCONC, INCONC, 2 },
	{ VERDICT_NONE, VERDICT_FAIL, FAILED, 1 },
	{ VERDICT_NONE, VERDICT_ERROR, BENCH, 3 },
	{ VERDICT_NA, VERDICT_NONE, SAME, 0 },
	{ VERDICT_NA, VERDICT_NA, SAME, 0 },
	{ VERDICT_NA, VERDICT_INFO, SAME, 0 },
	{ VERDICT_NA, VERDICT_PASS, PASSED, 0 },
	{ VERDICT_NA, VERDICT_INCONC, INCONC, 2 },
	{ VERDICT_NA, VERDICT_FAIL, FAILED, 1 },
	{ VERDICT_NA, VERDICT_ERROR, BENCH, 3 },
	{ VERDICT_INFO, VERDICT_NONE, UNASKED, 2 },
	{ VERDICT_INFO, VERDICT_NA, UNASKED, 2 },
	{ VERDICT_INFO, VERDICT_INFO, SAME, 0 },
	{ VERDICT_INFO, VERDICT_PASS, PASSED, 0 },
	{ VERDICT_INFO, VERDICT_INCONC, INCONC, 2 },
	{ VERDICT_INFO, VERDICT_FAIL, FAILED, 1 },
	{ VERDICT_INFO, VERDICT_ERROR, BENCH, 3 },
	{ VERDICT_PASS, VERDICT_NONE, UNASKED, 2 },
	{ VERDICT_PASS, VERDICT_NA, UNASKED, 2 },
	{ VERDICT_PASS, VERDICT_INFO, INCONC, 2 },
	{ VERDICT_PASS, VERDICT_PASS, SAME, 0 },
	{ VERDICT_PASS, VERDICT_INCONC, INCONC, 2 },
	{ VERDICT_PASS, VERDICT_FAIL, FAILED, 1 },
	{ VERDICT_PASS, VERDICT_ERROR, BENCH, 3 },
	{ VERDICT_INCONC, VERDICT_NONE, OPEN, 0 },
	{ VERDICT_INCONC, VERDICT_NA, OPEN, 0 },
	{ VERDICT_INCONC, VERDICT_INFO, OPEN, 0 },
	{ VERDICT_INCONC, VERDICT_PASS, PASSED, 0 },
	{ VERDICT_INCONC, VERDICT_INCONC, OPEN, 0 },
	{ VERDICT_INCONC, VERDICT_FAIL, FAILED, 1 },
	{ VERDICT_INCONC, VERDICT_ERROR, BENCH, 3 },
	{ VERDICT_FAIL, VERDICT_NONE, UNASKED, 2 },
	{ VERDICT_FAIL, VERDICT_NA, UNASKED, 2 },
	{ VERDICT_FAIL, VERDICT_INFO, INCONC, 2 },
	{ VERDICT_FAIL, VERDICT_PASS, FIXED, 0 },
	{ VERDICT_FAIL, VERDICT_INCONC, INCONC, 2 },
	{ VERDICT_FAIL, VERDICT_FAIL, STILL, 0 },
	{ VERDICT_FAIL, VERDICT_ERROR, BENCH, 3 },
	{ VERDICT_ERROR, VERDICT_NONE, OPEN, 0 },
	{ VERDICT_ERROR, VERDICT_NA, OPEN, 0 },
	{ VERDICT_ERROR, VERDICT_INFO, OPEN, 0 },
	{ VERDICT_ERROR, VERDICT_PASS, PASSED, 0 },
	{ VERDICT_ERROR, VERDICT_INCONC, OPEN, 0 },
	{ VERDICT_ERROR, VERDICT_FAIL, FAILED, 1 },
	{ VERDICT_ERROR, VERDICT_ERROR, OPEN, 0 },
};

#define NPAIRS ((int)(sizeof(pairs) / sizeof(pairs[0])))

START_TEST(each_pair_of_words_is_one_kind_of_change)
{
	ck_assert_int_eq(NPAIRS, VERDICT_COUNT * VERDICT_COUNT);
	ck_assert_int_eq(
	    changes_of_words(pairs[_i].from, pairs[_i].to), pairs[_i].kind);
	say(OLD, "NET-01", pairs[_i].from);
	say(NOW, "NET-01", pairs[_i].to);
	ck_assert_int_eq(only()->kind, pairs[_i].kind);
	ck_assert_int_eq(c->status, pairs[_i].status);
	ck_assert(!c->rows[0].is_apart);
}
END_TEST

/* Said with no verdict at all, where the pair has none. */
START_TEST(what_a_run_does_not_ask_is_not_lost)
{
	if (pairs[_i].from != VERDICT_NONE)
		say(OLD, "NET-01", pairs[_i].from);
	if (pairs[_i].to != VERDICT_NONE)
		say(NOW, "NET-01", pairs[_i].to);
	c = changes_make(&given);
	ck_assert_int_eq(c->status, pairs[_i].status);
	ck_assert_uint_eq(c->nrows,
	    pairs[_i].from != VERDICT_NONE || pairs[_i].to != VERDICT_NONE);
}
END_TEST

/* ---- failures ---- */

START_TEST(one_more_port_is_a_new_failure)
{
	struct changes_said *before = say(OLD, "NET-01", VERDICT_FAIL);
	struct changes_said *after = say(NOW, "NET-01", VERDICT_FAIL);

	after->named = "2323,23";
	ck_assert_int_eq(only()->kind, CHANGES_STILL_FAILING);
	after->named = "23";
	ck_assert_int_eq(only()->kind, CHANGES_STILL_FAILING);
	after->named = "23 2323 4444";
	ck_assert_int_eq(only()->kind, CHANGES_NEW_FAILURE);
	after->named = "23 232";
	ck_assert_int_eq(only()->kind, CHANGES_NEW_FAILURE);
	after->named = "23 23234";
	ck_assert_int_eq(only()->kind, CHANGES_NEW_FAILURE);
	after->named = "23 2323";
	before->reason = "tcp.nothing_declared";
	ck_assert_int_eq(only()->kind, CHANGES_NEW_FAILURE);
	ck_assert_int_eq(c->status, 1);
}
END_TEST

/* Another port opens by IPv6 alone; IPv4 failed before, for that port, too. */
START_TEST(an_address_that_newly_fails_is_not_covered_by_another)
{
	say(OLD, "NET-01", VERDICT_FAIL);
	say(OLD, "NET-01", VERDICT_PASS)->scope = "ipv6";
	say(NOW, "NET-01", VERDICT_FAIL);
	say(NOW, "NET-01", VERDICT_FAIL)->scope = "ipv6";
	c = changes_make(&given);
	ck_assert_uint_eq(c->nrows, 2);
	ck_assert_int_eq(c->rows[0].kind, CHANGES_STILL_FAILING);
	ck_assert_int_eq(c->rows[1].kind, CHANGES_NEW_FAILURE);
	ck_assert_int_eq(c->status, 1);
}
END_TEST

START_TEST(one_address_of_a_family_that_fails_is_the_familys_word)
{
	say(OLD, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_FAIL)->subject = "10.77.0.12";
	ck_assert_int_eq(only()->kind, CHANGES_NEW_FAILURE);
	ck_assert_str_eq(c->rows[0].after->subject, "10.77.0.12");
}
END_TEST

START_TEST(a_run_that_came_to_less_than_the_other_is_no_nothing_new)
{
	static const struct {
		enum changes_outcome before, after;
		int status;
	} rows[] = {
		{ CHANGES_COMPLETE, CHANGES_COMPLETE, 0 },
		{ CHANGES_COMPLETE, CHANGES_INCOMPLETE, 2 },
		{ CHANGES_COMPLETE, CHANGES_FAILED, 3 },
		{ CHANGES_INCOMPLETE, CHANGES_COMPLETE, 0 },
		{ CHANGES_INCOMPLETE, CHANGES_INCOMPLETE, 0 },
		{ CHANGES_INCOMPLETE, CHANGES_FAILED, 3 },
		{ CHANGES_FAILED, CHANGES_COMPLETE, 0 },
		{ CHANGES_FAILED, CHANGES_INCOMPLETE, 0 },
		{ CHANGES_FAILED, CHANGES_FAILED, 0 },
	};

	say(OLD, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_PASS);
	given.before.outcome = rows[_i].before;
	given.after.outcome = rows[_i].after;
	only();
	ck_assert_int_eq(c->status, rows[_i].status);
}
END_TEST

/* ---- asked otherwise ---- */

static void
change(struct changes_said *s, int what)
{
	switch (what) {
	case 0:
		s->method = 4;
		break;
	case 1:
		s->catalogue = "bb";
		break;
	case 2:
		s->bench = "bench-2";
		break;
	case 3:
		s->profile = "bb";
		break;
	case 4:
		s->sample = "S2";
		break;
	case 5:
		s->probe = "tcp.other";
		break;
	default:
		s->mode = "cloud";
		break;
	}
}

START_TEST(what_was_asked_otherwise_is_kept_apart)
{
	static const unsigned bits[] = { CHANGES_METHOD, CHANGES_CATALOGUE,
		CHANGES_BENCH, CHANGES_PROFILE, CHANGES_SAMPLE, CHANGES_METHOD,
		CHANGES_BENCH };
	struct changes_said *after;

	say(OLD, "NET-01", VERDICT_PASS);
	after = say(NOW, "NET-01", VERDICT_FAIL);
	change(after, _i);
	ck_assert(only()->is_apart);
	ck_assert_uint_eq(c->rows[0].basis, bits[_i]);
	ck_assert_int_eq(c->rows[0].kind, CHANGES_NEW_FAILURE);
	/* Nobody knows whose doing it is; it is not nothing. */
	ck_assert_int_eq(c->status, 2);
	after->verdict = VERDICT_PASS;
	ck_assert(!only()->is_apart);
	ck_assert_int_eq(c->status, 0);
	after->verdict = VERDICT_ERROR;
	ck_assert(!only()->is_apart);
	ck_assert_int_eq(c->status, 3);
}
END_TEST

START_TEST(a_fail_that_stays_is_no_change_whatever_asked)
{
	say(OLD, "NET-01", VERDICT_FAIL);
	change(say(NOW, "NET-01", VERDICT_FAIL), _i);
	ck_assert(!only()->is_apart);
	ck_assert_int_eq(c->rows[0].kind, CHANGES_STILL_FAILING);
	ck_assert_uint_ne(c->rows[0].basis, 0);
}
END_TEST

/* A claim that a method's new version adds, of a check that was asked. */
START_TEST(a_new_claim_of_a_new_method_is_kept_apart)
{
	say(OLD, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_PASS)->method = 4;
	said[NOW][0].claim = "behaviour";
	c = changes_make(&given);
	ck_assert_uint_eq(c->nrows, 2);
	ck_assert(c->rows[0].is_apart && c->rows[1].is_apart);
	ck_assert_int_eq(c->rows[0].kind, CHANGES_NEWLY_PASSED);
	ck_assert_int_eq(c->rows[1].kind, CHANGES_NOT_ASKED);
	ck_assert_int_eq(c->status, 2);
}
END_TEST

START_TEST(a_profile_with_another_firmware_alone_is_the_same)
{
	say(OLD, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_FAIL)->profile = "bb";
	given.same_profile = true;
	ck_assert(!only()->is_apart);
	ck_assert_int_eq(c->status, 1);
}
END_TEST

START_TEST(profiles_are_compared_but_for_the_firmwares_line)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "", "", true },
		{ "a: 1\n", "a: 1\n", true },
		{ "a: 1\n", "a: 2\n", false },
		{ "a: 1\n", "a: 1\nb: 2\n", false },
		{ "a: 1\nfirmware: \"1\"\nb: 2\n",
		    "a: 1\nfirmware: \"1.1\"\nb: 2\n", true },
		{ "firmware: 1\nb: 2\n", "b: 2\n", true },
		{ "b: 2\nfirmware: 1", "b: 2\n", true },
		{ "firmware: 1\nb: 2\n", "firmware: 1\nb: 3\n", false },
		/* Another key, and one that is deeper. */
		{ "firmware_url: 1\n", "firmware_url: 2\n", false },
		{ "a:\n  firmware: 1\n", "a:\n  firmware: 2\n", false },
		/* A value that goes on is more than its line. */
		{ "firmware: >\n  1\n", "firmware: >\n  2\n", false },
	};

	ck_assert(profile_is_same_but_firmware(rows[_i].a, rows[_i].b) ==
	    rows[_i].same);
	ck_assert(profile_is_same_but_firmware(rows[_i].b, rows[_i].a) ==
	    rows[_i].same);
}
END_TEST

/* ---- waivers ---- */

START_TEST(a_waived_failure_stays_one_and_says_who_waived_it)
{
	static const struct changes_waiver waivers[] = {
		{ "NET-02", "2027-01-31", "T-1", "" },
		{ "NET-01", "2027-02-28", "T-7", "Ann" },
	};

	given.waivers = waivers;
	given.nwaivers = 2;
	say(OLD, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_FAIL);
	ck_assert_ptr_eq(only()->waiver, &waivers[1]);
	ck_assert_int_eq(c->rows[0].kind, CHANGES_NEW_FAILURE);
	ck_assert_int_eq(c->rows[0].to, VERDICT_FAIL);
	ck_assert_int_eq(c->status, 0);
	given.nwaivers = 1;
	ck_assert_ptr_null(only()->waiver);
	ck_assert_int_eq(c->status, 1);
	/* It is about failures: nothing else is let be. */
	given.nwaivers = 2;
	said[NOW][0].verdict = VERDICT_INCONC;
	ck_assert_ptr_null(only()->waiver);
	ck_assert_int_eq(c->status, 2);
}
END_TEST

/* ---- flaky ---- */

START_TEST(repeats_that_disagree_are_flaky_and_no_pass)
{
	say(OLD, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_FAIL);
	ck_assert(only()->is_flaky);
	ck_assert_int_eq(c->rows[0].to, VERDICT_INCONC);
	ck_assert_int_eq(c->rows[0].after->verdict, VERDICT_FAIL);
	ck_assert_int_eq(c->status, 2);
	/* Another step is no repeat: what failed once has failed. */
	said[NOW][1].step = 2;
	ck_assert(!only()->is_flaky);
	ck_assert_int_eq(c->rows[0].to, VERDICT_FAIL);
	ck_assert_int_eq(c->status, 1);
}
END_TEST

/* One letter a run: p, f, i; a digit: the firmware changes to it; '+': the
 * next is another address in the same run; 'm': of another method. */
START_TEST(earlier_runs_that_go_to_and_fro_are_flaky)
{
	static const struct {
		const char *runs;
		bool is_flaky;
	} rows[] = { { "", false }, { "pppp", false }, { "ppff", false },
		{ "ffpp", false }, { "ppfp", true }, { "fpf", true },
		{ "fifp", false }, { "pifip", true }, { "0fpf1p", false },
		{ "0fp1fpf", true }, { "fp+f", false }, { "pp+fpp", true },
		{ "pmfp", false } };
	static const char *const firmware[] = { "0", "1.0" };
	const char *p;
	uint64_t run = 0, method = 3;
	int which = 1;

	say(OLD, "NET-01", VERDICT_FAIL);
	say(NOW, "NET-01", VERDICT_FAIL);
	for (p = rows[_i].runs; *p != '\0'; p++) {
		if (*p == '0' || *p == '1')
			which = *p - '0';
		else if (*p == '+')
			run--;
		else if (*p == 'm')
			method = 2;
		else {
			past[given.npast++] = (struct changes_past){
				.run = ++run,
				.check = "NET-01",
				.claim = "completeness",
				.state = "operating",
				.firmware = firmware[which],
				.method = method,
				.verdict = *p == 'p' ? VERDICT_PASS
				    : *p == 'f'      ? VERDICT_FAIL
						     : VERDICT_INCONC,
			};
			method = 3;
		}
	}
	ck_assert(only()->is_flaky == rows[_i].is_flaky);
}
END_TEST

/* ---- findings ---- */

START_TEST(one_cause_over_addresses_and_claims_is_one_finding)
{
	struct changes_said *s;

	say(NOW, "NET-01", VERDICT_FAIL);
	say(NOW, "NET-01", VERDICT_FAIL)->scope = "ipv6";
	say(NOW, "NET-01", VERDICT_FAIL)->claim = "behaviour";
	s = say(NOW, "NET-01", VERDICT_FAIL);
	s->scope = "ipv6-link-local";
	s->reason = "tcp.nothing_declared";
	say(NOW, "NET-02", VERDICT_FAIL);
	c = changes_make(&given);
	ck_assert_uint_eq(c->nrows, 5);
	ck_assert_uint_eq(c->nfindings, 3);
	ck_assert_str_eq(changes_finding(c, 2)->after->check, "NET-02");
}
END_TEST

START_TEST(as_a_value_it_says_what_changed_and_counts_the_rest)
{
	static const struct changes_waiver waiver = { "NET-03", "2027-02-28",
		"T-7", "Ann" };
	const json_t *list, *first;
	json_t *o;

	given.waivers = &waiver;
	given.nwaivers = 1;
	say(OLD, "NET-01", VERDICT_PASS);
	say(OLD, "NET-02", VERDICT_PASS);
	say(NOW, "NET-01", VERDICT_PASS);
	say(NOW, "NET-02", VERDICT_FAIL);
	say(NOW, "NET-03", VERDICT_FAIL);
	c = changes_make(&given);
	o = text_changes_json(c);
	list = json_object_get(o, "findings");
	ck_assert_uint_eq(json_array_size(list), 2);
	first = json_array_get(list, 0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(first, "is")), "new_failure");
	ck_assert_str_eq(
	    json_string_value(json_object_get(first, "check")), "NET-02");
	ck_assert_str_eq(
	    json_string_value(json_object_get(json_array_get(list, 1), "is")),
	    "waived");
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_object_get(o, "counts"), "same")),
	    1);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "status")), 1);
	json_decref(o);
}
END_TEST

START_TEST(a_text_of_somebody_elses_reaches_no_terminal)
{
	static const struct changes_waiver waiver = { "NET-01", "2027-02-28",
		"T\x1b[31m", "\x1b]0;x\a" };
	static const struct text_style style = { .messages = NULL };
	char *text;

	given.waivers = &waiver;
	given.nwaivers = 1;
	say(NOW, "NET-01", VERDICT_FAIL)->subject = "\x1b[2J";
	c = changes_make(&given);
	text = text_changes(&style, c);
	ck_assert_ptr_null(strchr(text, '\x1b'));
	ck_assert_ptr_null(strchr(text, '\a'));
	ck_assert_ptr_nonnull(strstr(text, "2027-02-28"));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("changes");
	TCase *t = tcase_create("changes");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(
	    t, each_pair_of_words_is_one_kind_of_change, 0, NPAIRS);
	tcase_add_loop_test(t, what_a_run_does_not_ask_is_not_lost, 0, NPAIRS);
	tcase_add_test(t, one_more_port_is_a_new_failure);
	tcase_add_test(
	    t, an_address_that_newly_fails_is_not_covered_by_another);
	tcase_add_test(
	    t, one_address_of_a_family_that_fails_is_the_familys_word);
	tcase_add_loop_test(
	    t, a_run_that_came_to_less_than_the_other_is_no_nothing_new, 0, 9);
	tcase_add_loop_test(t, what_was_asked_otherwise_is_kept_apart, 0, 7);
	tcase_add_loop_test(
	    t, a_fail_that_stays_is_no_change_whatever_asked, 0, 7);
	tcase_add_test(t, a_new_claim_of_a_new_method_is_kept_apart);
	tcase_add_test(t, a_profile_with_another_firmware_alone_is_the_same);
	tcase_add_loop_test(
	    t, profiles_are_compared_but_for_the_firmwares_line, 0, 11);
	tcase_add_test(t, a_waived_failure_stays_one_and_says_who_waived_it);
	tcase_add_test(t, repeats_that_disagree_are_flaky_and_no_pass);
	tcase_add_loop_test(
	    t, earlier_runs_that_go_to_and_fro_are_flaky, 0, 13);
	tcase_add_test(t, one_cause_over_addresses_and_claims_is_one_finding);
	tcase_add_test(t, as_a_value_it_says_what_changed_and_counts_the_rest);
	tcase_add_test(t, a_text_of_somebody_elses_reaches_no_terminal);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
