/*
 * permit: what a profile's consents, hours and budgets let be begun.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/engine/permit.h"
#include "daemon/engine/run_used.h"
#include "probes/probe.h"

#define HEAD "version: 1\nproduct: {name: X}\n"
#define NOON (12 * 60)

static struct profile *profile;
static struct permit_used used;
static struct permit_now now;
static char text[64];

static void
setup(void)
{
	memset(&used, 0, sizeof(used));
	now = (struct permit_now){ NOON, "2026-11-23", false };
	profile = NULL;
}

static void
teardown(void)
{
	profile_free(profile);
}

static void
read_profile(const char *rest)
{
	char all[1000];
	struct err e;

	profile_free(profile);
	snprintf(all, sizeof(all), HEAD "%s", rest);
	profile = profile_parse(all, strlen(all), "p.yaml", &e);
	ck_assert_msg(profile != NULL, "%s", e.text);
}

static const char *
probe(enum assay_impact impact)
{
	const struct permit_step step = { .impact = impact };
	const char *code =
	    permit_refuses(profile, &step, &used, &now, text, sizeof(text));

	return code == NULL ? "" : code;
}

static const char *
action(const char *name)
{
	static char hook[] = "h", other[] = "wake";
	struct conf_hook hooks[] = { { .name = hook, .is_lasting = 1 },
		{ .name = other } };
	const struct conf conf = { .hooks = hooks, .nhooks = 2 };
	const struct profile_action *what = profile_action(profile, name);
	struct permit_step step;
	const char *code;

	ck_assert_ptr_nonnull(what);
	step = permit_step_of(what, &conf);
	code = permit_refuses(profile, &step, &used, &now, text, sizeof(text));
	if (code == NULL)
		permit_count(&used, &step);
	return code == NULL ? "" : code;
}

START_TEST(a_profile_that_says_nothing_allows_everything)
{
	int impact;

	read_profile("");
	for (impact = ASSAY_PASSIVE; impact <= ASSAY_STATE; impact++)
		ck_assert_str_eq(probe((enum assay_impact)impact), "");
}
END_TEST

START_TEST(hours_go_over_midnight_or_not)
{
	static const struct {
		const char *hours;
		unsigned minute;
		bool allowed;
	} cases[] = {
		{ "22:00-06:00", 22 * 60, true },
		{ "22:00-06:00", 0, true },
		{ "22:00-06:00", 6 * 60 - 1, true },
		{ "22:00-06:00", 6 * 60, false },
		{ "22:00-06:00", 22 * 60 - 1, false },
		{ "09:00-17:30", 9 * 60, true },
		{ "09:00-17:30", 17 * 60 + 29, true },
		{ "09:00-17:30", 17 * 60 + 30, false },
		{ "09:00-17:30", 9 * 60 - 1, false },
		{ "00:00-00:01", 0, true },
		{ "00:00-00:01", 1, false },
	};
	char yaml[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(yaml, sizeof(yaml), "hours: \"%s\"\n", cases[i].hours);
		read_profile(yaml);
		now.minute = cases[i].minute;
		ck_assert_str_eq(probe(ASSAY_ACTIVE),
		    cases[i].allowed ? "" : "not_allowed.hours");
		if (!cases[i].allowed)
			ck_assert_str_eq(text, cases[i].hours);
		ck_assert_str_eq(probe(ASSAY_PASSIVE), "");
	}
}
END_TEST

START_TEST(hours_that_are_none_are_refused)
{
	const char *const bad[] = { "22:00-22:00", "24:00-06:00", "2-4",
		"22:00-06:60", "22:00 - 06:00" };
	struct err e;
	char all[200];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(all, sizeof(all), HEAD "hours: \"%s\"\n", bad[i]);
		ck_assert_msg(profile_parse(all, strlen(all), "p", &e) == NULL,
		    "%s", bad[i]);
	}
}
END_TEST

START_TEST(what_drives_the_device_wants_a_consent_to_every_hazard)
{
	read_profile("hazards: [sounds, unlocks]\n"
		     "consents: [{hazard: sounds, by: J. Doe}]\n");
	ck_assert_str_eq(probe(ASSAY_LOAD), "");
	ck_assert_str_eq(probe(ASSAY_STATE), "not_allowed.consent");
	ck_assert_str_eq(text, "unlocks");
	read_profile("hazards: [sounds, unlocks]\n"
		     "consents:\n"
		     "  - {hazard: unlocks, by: J. Doe, until: 2026-11-23}\n"
		     "  - {hazard: sounds, by: J. Doe}\n");
	ck_assert_str_eq(probe(ASSAY_STATE), "");
	memcpy(now.today, "2026-11-24", 11);
	ck_assert_str_eq(probe(ASSAY_STATE), "not_allowed.consent");
}
END_TEST

#define ACTION \
	"actions: {open: {by: person, prompt: x, check: {kind: up}, " \
	"hazards: [unlocks]}, " \
	"cycle: {by: hook, hook: h, check: {kind: reboot}}}\n"

START_TEST(an_action_wants_a_consent_to_its_own_hazards)
{
	read_profile("hazards: [sounds, unlocks]\n" ACTION);
	ck_assert_str_eq(action("open"), "not_allowed.consent");
	ck_assert_str_eq(text, "unlocks");
	ck_assert_str_eq(action("cycle"), "");
	read_profile("consents: [{hazard: unlocks, by: J. Doe}]\n" ACTION);
	ck_assert_str_eq(action("open"), "");
}
END_TEST

START_TEST(an_action_keeps_to_the_hours)
{
	read_profile("hours: \"22:00-06:00\"\n" ACTION);
	ck_assert_str_eq(action("cycle"), "not_allowed.hours");
}
END_TEST

START_TEST(budgets_are_used_up)
{
	read_profile("budgets: {restarts: 2, load: 1, frames: 100}\n" ACTION
		     "consents: [{hazard: unlocks, by: J. Doe}]\n");
	ck_assert_str_eq(action("cycle"), "");
	ck_assert_str_eq(action("cycle"), "");
	ck_assert_str_eq(action("cycle"), "not_allowed.budget");
	ck_assert_str_eq(text, "restarts 2");
	ck_assert_str_eq(action("open"), "");
	ck_assert_str_eq(probe(ASSAY_LOAD), "");
	used.load = 1;
	ck_assert_str_eq(probe(ASSAY_LOAD), "not_allowed.budget");
	ck_assert_str_eq(text, "load 1");
	ck_assert_str_eq(probe(ASSAY_STATE), ""); /* not said: no limit */
	used.frames = 99;
	ck_assert_str_eq(probe(ASSAY_ACTIVE), "");
	used.frames = 100;
	ck_assert_str_eq(probe(ASSAY_ACTIVE), "not_allowed.budget");
	ck_assert_str_eq(text, "frames 100");
	ck_assert_str_eq(probe(ASSAY_PASSIVE), "");
	ck_assert_str_eq(action("open"), ""); /* it sends none */
}
END_TEST

static void
draw(const char *record)
{
	json_t *o = json_loads(record, 0, NULL);

	ck_assert_ptr_nonnull(o);
	run_used_draw(&used, profile, o);
	json_decref(o);
}

START_TEST(what_other_runs_drew_counts_and_what_was_refused_does_not)
{
	read_profile("budgets: {over: 90m, load: 1, restarts: 1}\n" ACTION);
	draw("{\"type\":\"job\",\"impact\":\"load\"}");
	draw("{\"type\":\"jobend\",\"reason\":\"not_allowed.hours\","
	     "\"frames\":0}");
	ck_assert_uint_eq(used.load, 0);
	draw("{\"type\":\"job\",\"impact\":\"state\"}");
	draw("{\"type\":\"jobend\",\"reason\":null,\"frames\":7}");
	draw("{\"type\":\"job\",\"impact\":\"load\"}"); /* cut off */
	draw("{\"type\":\"event\",\"what\":\"action\",\"code\":\"begin\","
	     "\"detail\":\"cycle\"}");
	draw("{\"type\":\"event\",\"what\":\"action\",\"code\":\"begin\","
	     "\"detail\":\"unknown\"}");
	ck_assert_uint_eq(used.load, 1);
	ck_assert_uint_eq(used.state, 1);
	ck_assert_uint_eq(used.frames, 7);
	ck_assert_uint_eq(used.restarts, 1);
	ck_assert_str_eq(probe(ASSAY_LOAD), "not_allowed.budget");
	ck_assert_str_eq(text, "load 1 in 90 min");
	ck_assert_str_eq(action("cycle"), "not_allowed.budget");
}
END_TEST

START_TEST(a_budget_of_none_allows_none)
{
	read_profile("budgets: {state: 0}\n");
	ck_assert_str_eq(probe(ASSAY_STATE), "not_allowed.budget");
	ck_assert_str_eq(text, "state 0");
	ck_assert_str_eq(probe(ASSAY_LOAD), "");
}
END_TEST

START_TEST(steps_are_counted_by_what_they_do)
{
	struct permit_step step = { .impact = ASSAY_LOAD };

	permit_count(&used, &step);
	step.impact = ASSAY_STATE;
	permit_count(&used, &step);
	permit_count(&used, &step);
	step.impact = ASSAY_ACTIVE;
	permit_count(&used, &step);
	ck_assert_uint_eq(used.load, 1);
	ck_assert_uint_eq(used.state, 2);
	ck_assert_uint_eq(used.restarts, 0);
}
END_TEST

START_TEST(an_open_fence_lets_nothing_worse_than_active)
{
	read_profile(ACTION);
	now.fence_is_open = true;
	ck_assert_str_eq(probe(ASSAY_ACTIVE), "");
	ck_assert_str_eq(probe(ASSAY_MALFORMED), "not_allowed.fence");
	ck_assert_str_eq(text, "malformed");
	ck_assert_str_eq(probe(ASSAY_LOAD), "not_allowed.fence");
	ck_assert_str_eq(probe(ASSAY_STATE), "not_allowed.fence");
}
END_TEST

START_TEST(an_open_fence_lets_no_action_that_changes_the_device)
{
	read_profile("actions:\n"
		     "  cycle: {by: hook, hook: h, check: {kind: reboot}}\n"
		     "  wake: {by: hook, hook: wake, check: {kind: up}}\n"
		     "  gone: {by: hook, hook: unknown, check: {kind: up}}\n"
		     "  reset: {by: person, prompt: x, check: {kind: up}}\n"
		     "  ring: {by: person, prompt: x, check: {kind: up}, "
		     "impact: active}\n");
	ck_assert_str_eq(action("cycle"), "");
	ck_assert_str_eq(action("reset"), "");
	now.fence_is_open = true;
	ck_assert_str_eq(action("cycle"), "not_allowed.fence");
	ck_assert_str_eq(text, "state");
	ck_assert_str_eq(action("reset"), "not_allowed.fence");
	ck_assert_str_eq(action("gone"), "not_allowed.fence");
	ck_assert_str_eq(action("wake"), "");
	ck_assert_str_eq(action("ring"), "");
}
END_TEST

START_TEST(a_profile_cannot_say_what_a_hook_of_root_does)
{
	static const char all[] =
	    HEAD "actions: {cycle: {by: hook, hook: h, impact: active, "
		 "check: {kind: up}}}\n";
	struct err e;

	ck_assert_ptr_null(profile_parse(all, strlen(all), "p", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "assayd.yaml"));
}
END_TEST

START_TEST(an_unknown_impact_is_the_worst)
{
	ck_assert_uint_eq(permit_impact("load"), ASSAY_LOAD);
	ck_assert_uint_eq(permit_impact("passive"), ASSAY_PASSIVE);
	ck_assert_uint_eq(permit_impact("state"), ASSAY_STATE);
	ck_assert_uint_eq(permit_impact("gentle"), ASSAY_STATE);
	ck_assert_uint_eq(permit_impact(NULL), ASSAY_STATE);
	ck_assert(permit_is_code("not_allowed.hours"));
	ck_assert(!permit_is_code("no_address"));
}
END_TEST

START_TEST(the_clock_says_a_day_and_a_minute)
{
	struct permit_now read;

	permit_read_clock(&read);
	ck_assert_uint_lt(read.minute, 24 * 60);
	ck_assert_uint_eq(strlen(read.today), 10);
	ck_assert(!read.fence_is_open);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("permit");
	TCase *t = tcase_create("permit");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_profile_that_says_nothing_allows_everything);
	tcase_add_test(t, hours_go_over_midnight_or_not);
	tcase_add_test(t, hours_that_are_none_are_refused);
	tcase_add_test(
	    t, what_drives_the_device_wants_a_consent_to_every_hazard);
	tcase_add_test(t, an_action_wants_a_consent_to_its_own_hazards);
	tcase_add_test(t, an_action_keeps_to_the_hours);
	tcase_add_test(t, budgets_are_used_up);
	tcase_add_test(
	    t, what_other_runs_drew_counts_and_what_was_refused_does_not);
	tcase_add_test(t, a_budget_of_none_allows_none);
	tcase_add_test(t, steps_are_counted_by_what_they_do);
	tcase_add_test(t, an_open_fence_lets_nothing_worse_than_active);
	tcase_add_test(t, an_open_fence_lets_no_action_that_changes_the_device);
	tcase_add_test(t, a_profile_cannot_say_what_a_hook_of_root_does);
	tcase_add_test(t, an_unknown_impact_is_the_worst);
	tcase_add_test(t, the_clock_says_a_day_and_a_minute);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
