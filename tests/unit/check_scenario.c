/*
 * Scenarios: what a step may say, and that what is not built is refused by
 * name.
 */
#include "scenarios/scenario.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "scenarios/yaml.h"

static struct scenario *
parse(const char *text, struct err *e)
{
	return scenario_parse(text, strlen(text), "s.yaml", e);
}

START_TEST(a_whole_scenario_is_read)
{
	static const char text[] =
	    "version: 1\nname: night\ntitle: All of it\nstate: outage\n"
	    "mode: sealed\nsteps:\n"
	    "  - probe: tcp.ports\n"
	    "    with: {addresses: all, ports: \"1-10\"}\n"
	    "    repeat: 3\n"
	    "    timeout: 10m\n"
	    "    resume: true\n"
	    "  - action: power.cycle\n";
	struct scenario *s;
	char digest[SHA256_HEX_SIZE];
	struct err e;

	s = parse(text, &e);
	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(s->name, "night");
	ck_assert_str_eq(s->title, "All of it");
	ck_assert_int_eq(s->state, STATE_OUTAGE);
	ck_assert_uint_eq(s->nsteps, 2);
	ck_assert_int_eq(s->steps[0].kind, STEP_PROBE);
	ck_assert_str_eq(s->steps[0].name, "tcp.ports");
	ck_assert_uint_eq(s->steps[0].nparams, 2);
	ck_assert_str_eq(s->steps[0].params[1].name, "ports");
	ck_assert_str_eq(s->steps[0].params[1].value, "1-10");
	ck_assert_uint_eq(s->steps[0].params[1].line, 8);
	ck_assert_uint_eq(s->steps[0].params[1].column, 35);
	ck_assert_uint_eq(s->steps[0].repeat, 3);
	ck_assert_uint_eq(s->steps[0].timeout_ms, 600000);
	ck_assert(s->steps[0].resume);
	ck_assert_uint_eq(s->steps[0].line, 7);
	ck_assert_int_eq(s->steps[1].kind, STEP_ACTION);
	ck_assert_str_eq(s->steps[1].name, "power.cycle");
	ck_assert_uint_eq(s->steps[1].repeat, 1);
	ck_assert_str_eq(s->sha256, sha256_hex(text, sizeof(text) - 1, digest));
	scenario_free(s);
}
END_TEST

START_TEST(what_is_not_said_has_its_default)
{
	struct err e;
	struct scenario *s =
	    parse("version: 1\nname: x\nsteps: [{probe: a.b}]\n", &e);

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(s->state, STATE_OPERATING);
	ck_assert_str_eq(s->title, "");
	ck_assert_uint_eq(s->steps[0].timeout_ms, 0);
	ck_assert(!s->steps[0].resume);
	ck_assert_uint_eq(s->steps[0].repeat, 1);
	scenario_free(s);
}
END_TEST

START_TEST(steps_by_hand_and_waits_have_their_times)
{
	struct err e;
	struct scenario *s = parse("version: 1\nname: x\nsteps:\n"
				   "  - manual: read the label\n"
				   "  - manual: press reset\n"
				   "    limit: 90s\n"
				   "    impact: active\n"
				   "  - wait: 2m\n",
	    &e);

	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->nsteps, 3);
	ck_assert_int_eq(s->steps[0].kind, STEP_MANUAL);
	ck_assert_str_eq(s->steps[0].prompt, "read the label");
	ck_assert_uint_eq(s->steps[0].limit_ms, 600000);
	ck_assert_str_eq(s->steps[0].name, "");
	ck_assert_uint_eq(s->steps[1].limit_ms, 90000);
	ck_assert(s->steps[0].is_lasting);
	ck_assert(!s->steps[1].is_lasting);
	ck_assert_int_eq(s->steps[2].kind, STEP_WAIT);
	ck_assert_uint_eq(s->steps[2].wait_ms, 120000);
	ck_assert_uint_eq(s->steps[2].repeat, 1);
	scenario_free(s);
}
END_TEST

static const struct {
	const char *rest, *error;
} refused[] = {
	{ "steps: [{manual: ''}]\n",
	    "s.yaml:3:18: manual: expected a text of 1 to 500 bytes, found "
	    "\"\"" },
	{ "steps: [{manual: x, limit: 25h}]\n",
	    "s.yaml:3:28: limit: expected a duration such as 30s, 1s to 24h, "
	    "found \"25h\"" },
	{ "steps: [{manual: x, repeat: 2}]\n",
	    "s.yaml:3:29: repeat: belongs to a probe" },
	{ "steps: [{manual: x, impact: load}]\n",
	    "s.yaml:3:29: impact: expected one of state, active, "
	    "found \"load\"" },
	{ "steps: [{probe: a, impact: state}]\n",
	    "s.yaml:3:28: impact: belongs to a step by hand" },
	{ "steps: [{wait: 0s}]\n",
	    "s.yaml:3:16: wait: expected a duration such as 30s, 1ms to 168h, "
	    "found \"0s\"" },
	{ "steps: [{wait: 3s, limit: 3s}]\n",
	    "s.yaml:3:27: limit: does not go with a wait" },
	{ "steps: [{probe: a, limit: 3s}]\n",
	    "s.yaml:3:27: limit: belongs to a step by hand" },
	{ "steps: [{background: x}]\n",
	    "s.yaml:3:10: step kind \"background\" is reserved and not built "
	    "yet" },
	{ "steps: [{probe: a, wait: 3s}]\n",
	    "s.yaml:3:9: expected one of the keys \"probe\", \"action\", "
	    "\"manual\", \"wait\", found more than one" },
	{ "steps: [{prob: a}]\n",
	    "s.yaml:3:10: unknown key \"prob\", did you mean \"probe\"?" },
	{ "mode: impostor\nsteps: [{probe: a}]\n",
	    "s.yaml:3:7: mode \"impostor\" is reserved and not built yet" },
	{ "mode: open\nsteps: [{probe: a}]\n",
	    "s.yaml:3:7: mode: expected one of sealed, cloud, found \"open\"" },
	{ "state: asleep\nsteps: [{probe: a}]\n",
	    "s.yaml:3:8: state: expected one of factory, onboarding, "
	    "operating, updating, outage, reset, found \"asleep\"" },
	{ "steps: []\n",
	    "s.yaml:3:8: steps: expected 1 to 1000 entries, found 0" },
	{ "", "s.yaml:1:1: the key \"steps\" is missing" },
	{ "steps: [{probe: a, action: b}]\n",
	    "s.yaml:3:9: expected one of the keys \"probe\", \"action\", "
	    "\"manual\", \"wait\", found more than one" },
	{ "steps: [{repeat: 2}]\n",
	    "s.yaml:3:9: expected one of the keys \"probe\", \"action\", "
	    "\"manual\", \"wait\", found none" },
	{ "steps: [{probe: a, repeat: 0}]\n",
	    "s.yaml:3:28: repeat: expected 1 to 100, found \"0\"" },
	{ "steps: [{probe: a, repeat: 101}]\n",
	    "s.yaml:3:28: repeat: expected 1 to 100, found \"101\"" },
	{ "steps: [{probe: a, timeout: 10}]\n",
	    "s.yaml:3:29: timeout: expected a duration such as 30s, 1s to "
	    "168h, found \"10\"" },
	{ "steps: [{probe: ../x}]\n",
	    "s.yaml:3:17: probe: expected a probe's name such as tcp.ports, "
	    "found \"../x\"" },
	{ "steps: [{probe: a, with: {b: [1]}}]\n",
	    "s.yaml:3:30: b: expected a text of 0 to 4096 bytes, found a "
	    "list" },
	{ "steps: [{probe: a, with: {B: 1}}]\n",
	    "s.yaml:3:27: with: expected a parameter's name as a key, found "
	    "\"B\"" },
	{ "steps: [{action: a, with: {b: c}}]\n",
	    "s.yaml:3:27: with: belongs to a probe; the profile says how an "
	    "action is done" },
	{ "steps: [{action: a, repeat: 2}]\n",
	    "s.yaml:3:29: repeat: belongs to a probe; the profile says how an "
	    "action is done" },
	{ "steps: [{action: a, timeout: 2s}]\n",
	    "s.yaml:3:30: timeout: belongs to a probe; the profile says how "
	    "an action is done" },
};

START_TEST(a_bad_scenario_is_refused_with_place_and_cause)
{
	char text[600], found[900];
	struct err e;

	snprintf(
	    text, sizeof(text), "version: 1\nname: x\n%s", refused[_i].rest);
	ck_assert_ptr_null(parse(text, &e));
	ck_assert_str_eq(
	    err_format(&e, found, sizeof(found)), refused[_i].error);
}
END_TEST

static const char *const shipped[] = { "scenarios/baseline.yaml" };

START_TEST(a_scenario_that_ships_is_read)
{
	struct scenario *s;
	struct err e;
	size_t size;
	char *text = yaml_load_text(shipped[_i], &size, &e);

	ck_assert_msg(text != NULL, "%s: %s", e.file, e.text);
	s = scenario_parse(text, size, shipped[_i], &e);
	ck_assert_msg(s != NULL, "%s:%u: %s", e.file, e.line, e.text);
	ck_assert_str_eq(s->name, "baseline");
	ck_assert_int_eq(s->state, STATE_OPERATING);
	ck_assert_uint_eq(s->nsteps, 1);
	ck_assert_str_eq(s->steps[0].name, "tcp.ports");
	scenario_free(s);
	free(text);
}
END_TEST

START_TEST(every_state_has_a_name_and_is_found_by_it)
{
	int i;

	for (i = 0; i < STATE_COUNT; i++)
		ck_assert_int_eq(state_by_name(state_name((enum state)i)), i);
	ck_assert_int_eq(state_by_name("asleep"), -1);
	ck_assert_int_eq(state_by_name(""), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("scenario");
	TCase *tc = tcase_create("scenario");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_whole_scenario_is_read);
	tcase_add_test(tc, what_is_not_said_has_its_default);
	tcase_add_test(tc, steps_by_hand_and_waits_have_their_times);
	tcase_add_loop_test(tc, a_bad_scenario_is_refused_with_place_and_cause,
	    0, (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_loop_test(tc, a_scenario_that_ships_is_read, 0,
	    (int)(sizeof(shipped) / sizeof(shipped[0])));
	tcase_add_test(tc, every_state_has_a_name_and_is_found_by_it);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
