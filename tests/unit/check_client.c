/*
 * check_client: assayctl as it is typed, against a bench with a script.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>
#include "base/alloc.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "client/args.h"
#include "client/client.h"
#include "tests/unit/client_bench.h"
#include "tests/unit/client_rig.h"

/* ---- runs ---- */

static const struct {
	const char *device;
	int status;
	const char *word, *meaning;
} ends[] = {
	{ "good", 0, "PASS    NET-01 completeness  10.77.0.10",
	    "exit      0: everything planned ran and passed" },
	{ "bad", 1, "FAIL    NET-01 completeness  10.77.0.10",
	    "exit      1: a required check failed" },
	{ "inconc", 2, "INCONC  NET-01 completeness  10.77.0.10",
	    "exit      2: incomplete or inconclusive" },
	{ "torn", 3, "PASS", "exit      3: the bench failed" },
};

START_TEST(a_run_is_watched_to_its_end_and_its_exit_status_is_ours)
{
	char line[64];

	client_rig_write_file("a.yaml", "version: 1\n");
	snprintf(line, sizeof(line), "run %s a.yaml --watch", ends[_i].device);
	ck_assert_int_eq(client_rig_run(line), ends[_i].status);
	client_rig_expect_out(ends[_i].word);
	client_rig_expect_out(ends[_i].meaning);
	client_rig_expect_out(
	    "4 frames in 10/14.pcapng  (assayctl evidence 14 -o "
	    "14.pcapng)");
	client_rig_expect_out("chain     abcd  7 records");
	client_rig_expect_out(
	    "capture   000001.pcapng  131,000 frames, 0 dropped");
	client_rig_expect_plain(client_rig.stdout_text);
	ck_assert_str_eq(client_rig.stderr_text, "");
}
END_TEST

START_TEST(a_lowered_verdict_says_why)
{
	ck_assert_int_eq(client_rig_run("probe inconc tcp.ports"), 2);
	client_rig_expect_out("not pass: link_lost");
}
END_TEST

START_TEST(a_probe_is_started_with_its_parameters_and_watched)
{
	ck_assert_int_eq(
	    client_rig_run("probe good tcp.ports addresses=ipv4 x="), 0);
	client_rig_expect_out("PASS");
	ck_assert_int_eq(client_rig_run("probe good tcp.ports =3"), 64);
	client_rig_expect_err("written name=value");
}
END_TEST

START_TEST(progress_in_a_pipe_is_whole_lines)
{
	ck_assert_int_eq(client_rig_run("probe good tcp.ports"), 0);
	client_rig_expect_out(
	    "step 1/1  tcp.ports  31,000/65,535  ports asked\n");
	ck_assert_ptr_null(strchr(client_rig.stdout_text, '\r'));
	ck_assert_ptr_null(strchr(client_rig.stdout_text, '\x1b'));
}
END_TEST

START_TEST(progress_on_a_terminal_is_redrawn_below_what_stays)
{
	const char *bar, *verdict;

	client_rig_begin_on_terminal("probe good tcp.ports", 100);
	ck_assert_int_eq(client_rig_finish(), 0);
	client_rig_expect_out("\r");
	client_rig_expect_out("█████████░░░░░░░░░░░");
	client_rig_expect_out("\033[32mPASS   \033[0m NET-01");
	bar = strstr(client_rig.stdout_text, "31,000/65,535");
	verdict = strstr(client_rig.stdout_text, "PASS");
	ck_assert_ptr_nonnull(bar);
	ck_assert_ptr_nonnull(verdict);
}
END_TEST

START_TEST(a_narrow_terminal_is_never_wrapped)
{
	const char *line;
	char *drawn;
	size_t n;

	client_rig_begin_on_terminal("probe good tcp.ports", 30);
	ck_assert_int_eq(client_rig_finish(), 0);
	line = strstr(client_rig.stdout_text, "\rstep 1");
	ck_assert_ptr_nonnull(line);
	n = strcspn(line + 1, "\x1b");
	drawn = xasprintf("%.*s", (int)n, line + 1);
	ck_assert_uint_eq(text_width(drawn), 29);
	free(drawn);
}
END_TEST

START_TEST(no_color_is_heeded)
{
	if (_i == 0)
		setenv("NO_COLOR", "1", 1);
	client_rig_begin_on_terminal(_i == 0
		? "probe good tcp.ports"
		: "probe good tcp.ports --no-color",
	    100);
	ck_assert_int_eq(client_rig_finish(), 0);
	client_rig_expect_out("PASS    NET-01");
	ck_assert_ptr_null(strstr(client_rig.stdout_text, "\033[32m"));
}
END_TEST

START_TEST(json_gives_the_result_and_every_notification)
{
	char *save = NULL, *line;
	unsigned records = 0, words = 0, results = 0;
	json_t *o;

	ck_assert_int_eq(client_rig_run("probe bad tcp.ports --json"), 1);
	for (line = strtok_r(client_rig.stdout_text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		o = json_loads(line, 0, NULL);
		ck_assert_msg(o != NULL, "%s", line);
		if (json_object_get(o, "run") != NULL)
			results++;
		else if (strcmp(json_string_value(json_object_get(o, "method")),
			     "record") == 0)
			records++;
		else
			words++;
		json_decref(o);
	}
	ck_assert_uint_eq(results, 1);
	ck_assert_uint_eq(records, 8);
	ck_assert_uint_eq(words, 2);
}
END_TEST

START_TEST(a_run_asks_a_person)
{
	ck_assert_int_eq(client_rig_run("probe person tcp.ports"), 0);
	client_rig_expect_out("PLEASE  run 10: power.cycle: press the button");
	client_rig_expect_out("within 60 s, then: assayctl confirm 10");
	ck_assert_int_eq(client_rig_run("confirm 10 --note ok"), 0);
	client_rig_expect_out("run 10 has your word: done");
	ck_assert_int_eq(client_rig_run("confirm 10 --not-done"), 0);
	client_rig_expect_out("run 10 has your word: not done");
	ck_assert_int_eq(client_rig_run("cancel 10"), 0);
	client_rig_expect_out("run 10 is cancelled");
}
END_TEST

START_TEST(an_interrupt_says_that_the_run_goes_on)
{
	client_rig_begin("probe endless tcp.ports");
	ck_assert(client_rig_read_until("device_down"));
	kill(client_rig.pid, SIGINT);
	ck_assert_int_eq(client_rig_finish(), 2);
	client_rig_expect_err("run 10 goes on without you");
	client_rig_expect_err("assayctl cancel 10");
}
END_TEST

START_TEST(a_daemon_that_comes_back_is_followed_without_loss)
{
	ck_assert_int_eq(client_rig_run("probe cut tcp.ports --json"), 0);
	client_rig_expect_err("connecting again");
	ck_assert_ptr_nonnull(strstr(client_rig.stdout_text, "\"manifest\""));
	{
		/* Eight records, each once. */
		const char *p = client_rig.stdout_text;
		unsigned n = 0;

		while ((p = strstr(p, "\"method\":\"record\"")) != NULL) {
			n++;
			p++;
		}
		ck_assert_uint_eq(n, 8);
	}
}
END_TEST

START_TEST(a_run_that_is_not_watched_says_how_to_see_it)
{
	client_rig_write_file("a.yaml", "version: 1\n");
	ck_assert_int_eq(client_rig_run("run good a.yaml"), 0);
	client_rig_expect_out(
	    "run 10 is queued: `assayctl watch --run 10` shows it");
	ck_assert_int_eq(client_rig_run("watch --run 10"), 0);
	client_rig_expect_out("  run 10  verdict ");
	client_rig_expect_out("ends: complete, 1 pass");
	ck_assert_int_eq(client_rig_run("watch --run 10 --from 14"), 0);
	ck_assert_ptr_null(strstr(client_rig.stdout_text, "begins"));
	client_rig_expect_out("verdict");
}
END_TEST

START_TEST(what_is_refused_says_why_and_whose_fault_it_is)
{
	client_rig_write_file("a.yaml", "version: 1\n");
	ck_assert_int_eq(client_rig_run("run nobody a.yaml"), 64);
	client_rig_expect_err("assayctl: there is no device nobody\n");
	ck_assert_int_eq(client_rig_run("run wrong a.yaml"), 64);
	client_rig_expect_err(":4:9: unknown key");
	client_rig_expect_plain(client_rig.stderr_text);
	ck_assert_int_eq(client_rig_run("run busy a.yaml"), 3);
	client_rig_expect_err("assayctl: segment is down\n");
	ck_assert_int_eq(client_rig_run("run good no-such-suite"), 64);
	client_rig_expect_err("there is no scenario \"no-such-suite\"");
}
END_TEST

/* ---- hostile words ---- */

static const char *const hostile_lines[] = {
	"run hostile a.yaml --watch",
	"run hostile a.yaml --watch --json",
	"device list",
	"device list --json",
	"device show x",
	"device show x --json",
	"device add x --profile a.yaml",
	"runs",
	"runs --json",
	"verdicts",
	"verdicts --json",
	"probes",
	"probes x",
	"probes x --json",
	"status",
	"status --json",
};

START_TEST(no_control_character_of_others_is_printed)
{
	client_rig_write_file("a.yaml", "version: 1\n");
	client_rig_run(hostile_lines[_i]);
	ck_assert_uint_gt(client_rig.nout, 40);
	ck_assert_str_eq(client_rig.stderr_text, "");
	client_rig_expect_plain(client_rig.stdout_text);
	client_rig_expect_out(strstr(hostile_lines[_i], "json") == NULL
		? "\\x1b[2J"
		: "\\u001B[2J");
}
END_TEST

START_TEST(no_control_character_of_others_reaches_a_terminal)
{
	static const unsigned char override[] = { 0xe2, 0x80, 0xae };
	const char *p;

	client_rig_begin_on_terminal("probe hostile tcp.ports", 200);
	ck_assert_int_eq(client_rig_finish(), 0);
	ck_assert_ptr_null(strstr(client_rig.stdout_text, "\033[2J"));
	ck_assert_ptr_null(strstr(client_rig.stdout_text, "\033]"));
	ck_assert_ptr_null(strstr(client_rig.stdout_text, "\xc2\x9b"));
	ck_assert_ptr_null(memmem(client_rig.stdout_text, client_rig.nout,
	    override, sizeof(override)));
	ck_assert_ptr_null(strchr(client_rig.stdout_text, '\x07'));
	ck_assert_ptr_null(strchr(client_rig.stdout_text, '\x7f'));
	/* What escapes there are: colours and "erase to the end". */
	for (p = strchr(client_rig.stdout_text, '\x1b'); p != NULL;
	     p = strchr(p + 1, '\x1b')) {
		ck_assert_int_eq(p[1], '[');
		ck_assert_ptr_nonnull(
		    strchr("mK", p[2 + strspn(p + 2, "0123456789;")]));
	}
}
END_TEST

START_TEST(what_was_typed_is_quoted_too)
{
	ck_assert_int_eq(client_rig_run("no\x1b[2Jsuch"), 64);
	client_rig_expect_plain(client_rig.stderr_text);
	client_rig_expect_err("\\x1b[2J");
}
END_TEST

/* ---- evidence ---- */

static void
expect_no_file(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(name, &st), -1);
}

START_TEST(evidence_is_the_sealed_bytes_and_is_not_overwritten)
{
	unsigned char bytes[300000];
	size_t i;
	FILE *f;

	ck_assert_int_eq(client_rig_run("evidence 14"), 0);
	client_rig_expect_out(
	    "14.pcapng: 300000 bytes, as sealed in verdict 14");
	f = fopen("14.pcapng", "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(bytes, 1, sizeof(bytes), f), sizeof(bytes));
	ck_assert_int_eq(fgetc(f), EOF);
	fclose(f);
	for (i = 0; i < sizeof(bytes); i++)
		ck_assert_uint_eq(bytes[i], (unsigned char)(i * 7 + i / 251));
	client_rig_write_file("14.pcapng", "mine");
	ck_assert_int_eq(client_rig_run("evidence 14 -o 14.pcapng"), 64);
	client_rig_expect_err("is there already");
	ck_assert_int_eq(client_rig_run("evidence 14 -o 14.pcapng --force"), 0);
	f = fopen("14.pcapng", "r");
	ck_assert_int_ne(fgetc(f), 'm');
	fclose(f);
}
END_TEST

START_TEST(evidence_that_is_not_what_was_sealed_is_refused)
{
	ck_assert_int_eq(client_rig_run("evidence 15 -o e.pcapng"), 3);
	client_rig_expect_err("not what was sealed: its SHA-256");
	expect_no_file("e.pcapng");
	ck_assert_int_eq(client_rig_run("evidence 16 -o e.pcapng"), 3);
	client_rig_expect_err("it ends early");
	expect_no_file("e.pcapng");
	ck_assert_int_eq(client_rig_run("evidence 99 -o e.pcapng"), 64);
	expect_no_file("e.pcapng");
}
END_TEST

/* ---- the way there ---- */

START_TEST(a_bench_that_cannot_be_reached_is_explained)
{
	ck_assert_int_eq(client_rig_run("status --socket nowhere"), 3);
	client_rig_expect_err("nowhere: there is no such socket");
	client_bench_stop(client_rig.bench);
	ck_assert_int_eq(client_rig_run("status"), 3);
	client_rig_expect_err("nobody listens there");
	client_rig.bench = client_bench_start(client_rig.path);
}
END_TEST

START_TEST(a_bench_elsewhere_is_reached_over_ssh)
{
	/* What sshd would do, without it: the relay of this very program. */
	client_rig_begin("--stdio");
	ck_assert_int_eq(
	    client_rig_finish(), 0); /* stdin is empty: ends at once */
	client_rig_write_file("ssh",
	    "#!/bin/sh\n"
	    "printf '%s\\n' \"$@\" > args\n"
	    "echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"run\":7}}'\n"
	    "cat > /dev/null\n");
	ck_assert_int_eq(chmod("ssh", 0755), 0);
	setenv("ASSAY_SSH", "./ssh", 1);
	ck_assert_int_eq(
	    client_rig_run("-H bench7 cancel 7 --socket /r/it's"), 0);
	client_rig_expect_out("run 7 is cancelled");
	{
		char text[200];
		FILE *f = fopen("args", "r");
		size_t n = fread(text, 1, sizeof(text) - 1, f);

		text[n] = '\0';
		fclose(f);
		ck_assert_str_eq(text,
		    "-T\n--\nbench7\nassayctl\n--stdio\n--socket\n"
		    "'/r/it'\\''s'\n");
	}
	ck_assert_int_eq(client_rig_run("-H -oProxyCommand=x status"), 3);
	client_rig_expect_err("is not a host");
}
END_TEST

START_TEST(the_relay_carries_calls_and_answers)
{
	static const char call[] =
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"run.cancel\","
	    "\"params\":{\"run\":5}}\n";
	int in[2], out[2], status;
	char text[200];
	ssize_t n;

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	client_rig.pid = fork();
	if (client_rig.pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		client_rig_run_child("--stdio");
	}
	close(in[0]);
	close(out[1]);
	ck_assert_int_eq(
	    write(in[1], call, strlen(call)), (ssize_t)strlen(call));
	close(in[1]);
	n = read(out[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "\"result\":{\"run\":5}"));
	ck_assert_int_eq(read(out[0], text, sizeof(text)), 0);
	ck_assert_int_eq(waitpid(client_rig.pid, &status, 0), client_rig.pid);
	ck_assert_int_eq(status, 0);
	close(out[0]);
}
END_TEST

/* ---- command lines ---- */

static const struct {
	const char *line, *complaint;
} mistakes[] = {
	{ "run", "usage: assayctl run DEVICE SCENARIO" },
	{ "run a b c", "usage: assayctl run" },
	{ "frob", "there is no command \"frob\"" },
	{ "device", "device what? One of: add, list, show" },
	{ "device frob", "device what? One of: add, list, show" },
	{ "status --frob", "unknown option --frob" },
	{ "status -q", "unknown option -q" },
	{ "status --json=1", "--json takes no value" },
	{ "status --socket", "--socket wants PATH" },
	{ "status --json --json", "--json is given twice" },
	{ "status --lang fr", "--lang fr: en or ja" },
	{ "cancel seven", "RUN must be a number" },
	{ "cancel 7x", "RUN must be a number" },
	{ "cancel 99999999999999999999", "RUN must be a number" },
	{ "watch --from -1", "unknown option -1" },
	{ "watch --from=-1", "--from must be a number" },
	{ "device add x", "--profile FILE" },
	{ "device add x --profile nowhere.yaml", "nowhere.yaml: No such" },
	{ "validate nowhere.yaml", "nowhere.yaml: No such" },
	{ "schema frob", "there is no schema" },
};

START_TEST(a_mistyped_line_is_explained_and_exits_64)
{
	if (strcmp(mistakes[_i].line, "watch --from -1") == 0) {
		/* An option's value may begin with a dash. */
		ck_assert_int_eq(client_rig_run(mistakes[_i].line), 64);
		client_rig_expect_err("--from must be a number");
		return;
	}
	ck_assert_int_eq(client_rig_run(mistakes[_i].line), 64);
	client_rig_expect_err(mistakes[_i].complaint);
	ck_assert_str_eq(client_rig.stdout_text, "");
}
END_TEST

START_TEST(options_may_stand_anywhere)
{
	ck_assert_int_eq(client_rig_run("--json cancel 7"), 0);
	client_rig_expect_out("{\"run\":7}\n");
	ck_assert_int_eq(client_rig_run("cancel --json 7"), 0);
	client_rig_expect_out("{\"run\":7}\n");
	ck_assert_int_eq(client_rig_run("--socket sock -j cancel -- 7"), 0);
	client_rig_expect_out("{\"run\":7}\n");
}
END_TEST

START_TEST(help_lists_every_command_and_explains_each)
{
	const struct client_command *m;
	char line[64];

	ck_assert_int_eq(client_rig_run("help"), 0);
	for (m = client_commands; m->name != NULL; m++)
		client_rig_expect_out(m->name);
	for (m = client_commands; m->name != NULL; m++) {
		snprintf(line, sizeof(line), "help %s", m->name);
		ck_assert_int_eq(client_rig_run(line), 0);
		client_rig_expect_out(m->summary);
	}
	ck_assert_int_eq(client_rig_run("run --help"), 0);
	client_rig_expect_out("--scenario-dir");
}
END_TEST

START_TEST(sentences_come_in_the_language_asked_for)
{
	client_rig_write_file("en.yaml",
	    "version: 1\nlanguage: en\nmessages:\n"
	    "  tcp.undeclared_open: \"undeclared ports: {ports}\"\n");
	client_rig_write_file("ja.yaml",
	    "version: 1\nlanguage: ja\nmessages:\n"
	    "  tcp.undeclared_open: \"申告されていないポート: {ports}\"\n");
	ck_assert_int_eq(
	    client_rig_run("probe bad tcp.ports --message-dir ."), 1);
	client_rig_expect_out("10.77.0.10  undeclared ports: 2323\n");
	ck_assert_int_eq(
	    client_rig_run("probe bad tcp.ports --message-dir . --lang ja"), 1);
	client_rig_expect_out("10.77.0.10  申告されていないポート: 2323\n");
}
END_TEST

START_TEST(validate_tells_good_from_bad_with_the_place)
{
	client_rig_write_file("a.yaml",
	    "version: 1\nname: x\ntitle: y\nsteps:\n"
	    "  - probe: tcp.ports\n");
	ck_assert_int_eq(client_rig_run("validate a.yaml"), 0);
	client_rig_expect_out("a.yaml: a good scenario");
	client_rig_write_file(
	    "a.yaml", "version: 1\nname: x\nsteps:\n  - frob: 1\n");
	ck_assert_int_eq(client_rig_run("validate a.yaml"), 64);
	client_rig_expect_err("assayctl: a.yaml:4:");
	ck_assert_int_eq(client_rig_run("validate a.yaml --kind profile"), 64);
	client_rig_expect_err("a.yaml:");
	client_rig_write_file("a.yaml", "version: 1\nbench: b\nsegments: []\n");
	ck_assert_int_eq(client_rig_run("validate a.yaml"), 0);
	client_rig_expect_out("a.yaml: a good configuration");
	client_rig_write_file("a.yaml", "version: 1\nbench: b\nsegments: 7\n");
	ck_assert_int_eq(client_rig_run("validate a.yaml"), 64);
	client_rig_expect_err("a.yaml:3:");
	client_rig_write_file("a.yaml", "x: 1\n");
	ck_assert_int_eq(client_rig_run("validate a.yaml"), 64);
	client_rig_expect_err("neither a scenario");
}
END_TEST

static Suite *
client_suite(void)
{
	Suite *s = suite_create("client");
	TCase *c = tcase_create("client");

	tcase_add_checked_fixture(c, client_rig_set_up, client_rig_tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_loop_test(
	    c, a_run_is_watched_to_its_end_and_its_exit_status_is_ours, 0, 4);
	tcase_add_test(c, a_lowered_verdict_says_why);
	tcase_add_test(c, a_probe_is_started_with_its_parameters_and_watched);
	tcase_add_test(c, progress_in_a_pipe_is_whole_lines);
	tcase_add_test(c, progress_on_a_terminal_is_redrawn_below_what_stays);
	tcase_add_test(c, a_narrow_terminal_is_never_wrapped);
	tcase_add_loop_test(c, no_color_is_heeded, 0, 2);
	tcase_add_test(c, json_gives_the_result_and_every_notification);
	tcase_add_test(c, a_run_asks_a_person);
	tcase_add_test(c, an_interrupt_says_that_the_run_goes_on);
	tcase_add_test(c, a_daemon_that_comes_back_is_followed_without_loss);
	tcase_add_test(c, a_run_that_is_not_watched_says_how_to_see_it);
	tcase_add_test(c, what_is_refused_says_why_and_whose_fault_it_is);
	tcase_add_loop_test(c, no_control_character_of_others_is_printed, 0,
	    (int)(sizeof(hostile_lines) / sizeof(hostile_lines[0])));
	tcase_add_test(c, no_control_character_of_others_reaches_a_terminal);
	tcase_add_test(c, what_was_typed_is_quoted_too);
	tcase_add_test(c, evidence_is_the_sealed_bytes_and_is_not_overwritten);
	tcase_add_test(c, evidence_that_is_not_what_was_sealed_is_refused);
	tcase_add_test(c, a_bench_that_cannot_be_reached_is_explained);
	tcase_add_test(c, a_bench_elsewhere_is_reached_over_ssh);
	tcase_add_test(c, the_relay_carries_calls_and_answers);
	tcase_add_loop_test(c, a_mistyped_line_is_explained_and_exits_64, 0,
	    (int)(sizeof(mistakes) / sizeof(mistakes[0])));
	tcase_add_test(c, options_may_stand_anywhere);
	tcase_add_test(c, help_lists_every_command_and_explains_each);
	tcase_add_test(c, sentences_come_in_the_language_asked_for);
	tcase_add_test(c, validate_tells_good_from_bad_with_the_place);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(client_suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
