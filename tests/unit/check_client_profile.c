/*
 * assayctl profile as it is typed: what comes out is read by our own loader,
 * and no file is ever replaced.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenarios/profile.h"
#include "scenarios/yaml.h"
#include "tests/unit/client_rig.h"

static void
tear_down(void)
{
	client_rig.stdin_path = NULL;
	unlink("answers");
	unlink("given.json");
	unlink("made.yaml");
	client_rig_tear_down();
}

static int
answer(const char *answers, const char *line)
{
	client_rig_write_file("answers", answers);
	client_rig.stdin_path = "answers";
	return client_rig_run(line);
}

static struct profile *
parse(const char *text)
{
	struct err e;
	struct profile *p = profile_parse(text, strlen(text), "made", &e);

	ck_assert_msg(p != NULL, "%u: %s\n%s", e.line, e.text, text);
	return p;
}

static const char *
cell(const struct profile *p, enum profile_table_id id, size_t i,
    const char *name)
{
	ck_assert_uint_lt(i, p->tables[id].n);
	return profile_row_cell(id, &p->tables[id].rows[i], name);
}

START_TEST(answers_from_a_pipe_make_a_profile)
{
	struct profile *p;

	ck_assert_int_eq(
	    answer("Lamp: \"bright\" # 1\n\nExample\n02:00:00:00:00:21\n1.0\n"
		   " tcp/443 https proxy ,udp/5000-5010\n"
		   "api.example.com:443, 2001:db8::1, udp/n.example:123, "
		   "fd00::/8\n"
		   "download ed25519 fw.example.com, usb none\n"
		   "\n"
		   "sounds, moves\n"
		   "hook relay-cycle\nperson\n",
		"profile new"),
	    0);
	ck_assert_str_eq(client_rig.stderr_text, ""); /* nobody is prompted */
	p = parse(client_rig.stdout_text);
	ck_assert_str_eq(p->product_name, "Lamp: \"bright\" # 1");
	ck_assert_str_eq(p->model, "");
	ck_assert_str_eq(p->vendor, "Example");
	ck_assert_uint_eq(p->mac[5], 0x21);
	ck_assert_uint_eq(p->nports, 2);
	ck_assert_str_eq(p->ports[0].service, "https proxy");
	ck_assert_uint_eq(p->ports[1].transport, 17);
	ck_assert_uint_eq(p->ports[1].last, 5010);
	ck_assert_str_eq(cell(p, PROFILE_FLOWS, 0, "port"), "443");
	ck_assert_str_eq(cell(p, PROFILE_FLOWS, 0, "transport"), "tcp");
	ck_assert_str_eq(cell(p, PROFILE_FLOWS, 1, "to"), "2001:db8::1");
	ck_assert_str_eq(cell(p, PROFILE_FLOWS, 1, "transport"), "");
	ck_assert_str_eq(cell(p, PROFILE_FLOWS, 2, "transport"), "udp");
	ck_assert_str_eq(cell(p, PROFILE_FLOWS, 3, "to"), "fd00::/8");
	ck_assert_str_eq(cell(p, PROFILE_UPDATES, 0, "host"), "fw.example.com");
	ck_assert_str_eq(cell(p, PROFILE_UPDATES, 1, "signature"), "none");
	ck_assert_uint_eq(p->recovery_ms, 30000);
	ck_assert_uint_eq(p->nhazards, 2);
	ck_assert_str_eq(profile_action(p, "power.cycle")->hook, "relay-cycle");
	ck_assert_int_eq(
	    profile_action(p, "reset.factory")->by, ACTION_BY_PERSON);
	profile_free(p);
}
END_TEST

START_TEST(none_is_declared_and_an_empty_answer_is_not)
{
	struct profile *p;

	ck_assert_int_eq(answer("Lamp\n", "profile new"), 0);
	p = parse(client_rig.stdout_text);
	ck_assert(!p->has_ports);
	ck_assert(!p->tables[PROFILE_FLOWS].is_said);
	ck_assert_uint_eq(p->nactions, 0);
	profile_free(p);
	ck_assert_int_eq(
	    answer("Lamp\n\n\n\n\nnone\nnone\nnone\n", "profile new"), 0);
	p = parse(client_rig.stdout_text);
	ck_assert(p->has_ports);
	ck_assert_uint_eq(p->nports, 0);
	ck_assert(p->tables[PROFILE_FLOWS].is_said);
	ck_assert(p->tables[PROFILE_UPDATES].is_said);
	profile_free(p);
}
END_TEST

static const struct {
	const char *answers, *error;
} wrong[] = {
	{ "", "Name, as it is sold: an answer is needed" },
	{ "Lamp\n\n\nx\n",
	    "MAC address of the sample: mac: expected a "
	    "device's MAC address" },
	{ "Lamp\n\n\n\n\ntcp/70000\n",
	    "Open ports: port: expected 1 to 65535" },
	{ "Lamp\n\n\n\n\n443\n",
	    "Open ports: the key \"transport\" is missing" },
	{ "Lamp\n\n\n\n\ntcp/,\n", "Open ports: port: expected 1 to 65535" },
	{ "Lamp\n\n\n\n\ntcp/80, tcp/80\n", "Open ports: ports: declared" },
	{ "Lamp\n\n\n\n\n\na b\n", "Whom it calls of itself: to: expected" },
	{ "Lamp\n\n\n\n\n\n\nusb\n", "the key \"signature\" is missing" },
	{ "Lamp\n\n\n\n\n\n\n\n30\n", "recovery: expected a duration" },
	{ "Lamp\n\n\n\n\n\n\n\n\nburns\n", "hazards: expected one of" },
	{ "Lamp\n\n\n\n\n\n\n\n\n\nhook\n", "the key \"hook\" is missing" },
	{ "Lamp\n\n\n\n\n\n\n\n\n\nhook /bin/sh\n", "hook: expected a hook" },
	{ "Lamp\n\n\n\n\n\n\n\n\n\nrobot\n", "by: expected one of" },
	{ "a\x1b[31mb\n", "not a text that can be shown" },
};

START_TEST(a_wrong_answer_from_a_pipe_leaves_nothing)
{
	ck_assert_int_eq(
	    answer(wrong[_i].answers, "profile new -o made.yaml"), 64);
	client_rig_expect_err(wrong[_i].error);
	ck_assert_str_eq(client_rig.stdout_text, "");
	ck_assert_int_ne(access("made.yaml", F_OK), 0);
}
END_TEST

START_TEST(a_line_without_end_is_refused)
{
	char text[6000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(answer(text, "profile new"), 64);
	client_rig_expect_err("longer than");
}
END_TEST

static void
type(const char *text)
{
	ck_assert_int_eq(
	    write(client_rig.out, text, strlen(text)), (ssize_t)strlen(text));
}

/* A wrong answer is said and asked for again; then a terminal goes away. */
START_TEST(a_person_is_asked_again)
{
	client_rig_begin_on_terminal("profile new -o made.yaml", 200);
	ck_assert(client_rig_read_until("Name, as it is sold: "));
	type("\n");
	ck_assert(client_rig_read_until("an answer is needed"));
	type("Lamp\n\n\n02:00\n");
	ck_assert(client_rig_read_until("found \"02:00\""));
	type("02:00:00:00:00:21\n\ntcp/80 http\n\n\n\n\n\n\n");
	ck_assert_int_eq(client_rig_finish(), 0);
	ck_assert_int_eq(access("made.yaml", F_OK), 0);
	ck_assert_int_eq(client_rig_run("validate made.yaml"), 0);
	client_rig_expect_out("made.yaml: a good profile");
}
END_TEST

START_TEST(who_goes_away_leaves_nothing)
{
	client_rig_begin_on_terminal("profile new -o made.yaml", 200);
	ck_assert(client_rig_read_until("Name, as it is sold: "));
	type("Lamp\n\x04");
	ck_assert_int_eq(client_rig_finish(), 64);
	ck_assert_ptr_nonnull(
	    strstr(client_rig.stdout_text, "nothing is written"));
	ck_assert_int_ne(access("made.yaml", F_OK), 0);
}
END_TEST

START_TEST(no_file_is_replaced)
{
	struct err e;
	size_t size;
	char *text;

	client_rig_write_file("made.yaml", "precious\n");
	client_rig_write_file("given.json", "{\"mac_addr\": \"\"}");
	ck_assert_int_eq(answer("Lamp\n", "profile new -o made.yaml"), 64);
	client_rig_expect_err("made.yaml: is there already");
	ck_assert_int_eq(
	    client_rig_run("profile import given.json -o made.yaml"), 64);
	client_rig_expect_err("made.yaml: is there already");
	text = yaml_load_text("made.yaml", &size, &e);
	ck_assert_str_eq(text, "precious\n");
	free(text);
	unlink("made.yaml");
	/* Nor what a link leads to. */
	ck_assert_int_eq(symlink("given.json", "made.yaml"), 0);
	ck_assert_int_eq(
	    client_rig_run("profile import given.json -o made.yaml"), 64);
}
END_TEST

#define GIVEN \
	"{\"mac_addr\": \"02:00:00:00:00:21\", \"model\": \"L\", " \
	"\"type\": \"a\\u001b[31m\"}"

START_TEST(an_import_says_what_it_leaves_out)
{
	struct profile *p;

	client_rig_write_file("given.json", GIVEN);
	ck_assert_int_eq(client_rig_run("profile import given.json"), 0);
	client_rig_expect_err("not carried over: type: \"a");
	client_rig_expect_plain(client_rig.stderr_text);
	p = parse(client_rig.stdout_text);
	ck_assert_str_eq(p->product_name, "L");
	profile_free(p);
	ck_assert_int_eq(client_rig_run("--json profile import given.json"), 0);
	client_rig_expect_out("\"kind\":\"testrun\"");
	client_rig_expect_out("\"profile\":\"# Drafted from testrun's");
	client_rig_expect_out("has no place in a profile");
	ck_assert_int_eq(
	    client_rig_run("profile import given.json -o made.yaml"), 0);
	ck_assert_str_eq(client_rig.stdout_text, "");
	ck_assert_int_eq(client_rig_run("validate made.yaml"), 0);
	client_rig_write_file("given.json", "{\"mac_addr\":\n x}");
	ck_assert_int_eq(client_rig_run("profile import given.json"), 64);
	client_rig_expect_err("given.json:2:2: not JSON");
	ck_assert_int_eq(client_rig_run("profile import none.json"), 64);
	ck_assert_int_eq(client_rig_run("profile"), 64);
	client_rig_expect_err("profile what? One of: new, import");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("client profile");
	TCase *c = tcase_create("client profile");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, client_rig_set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, answers_from_a_pipe_make_a_profile);
	tcase_add_test(c, none_is_declared_and_an_empty_answer_is_not);
	tcase_add_loop_test(c, a_wrong_answer_from_a_pipe_leaves_nothing, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(c, a_line_without_end_is_refused);
	tcase_add_test(c, a_person_is_asked_again);
	tcase_add_test(c, who_goes_away_leaves_nothing);
	tcase_add_test(c, no_file_is_replaced);
	tcase_add_test(c, an_import_says_what_it_leaves_out);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
