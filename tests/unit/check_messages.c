/*
 * Messages: both languages say the same codes with the same values, and every
 * reason that a built probe may give is among them.
 */
#include "scenarios/messages.h"

#include <check.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

#define TEXT(rest) "version: 1\nlanguage: en\nmessages:\n" rest

static struct messages *
load(const char *lang)
{
	struct messages *m;
	struct err e;

	m = messages_load("etc/messages", lang, &e);
	ck_assert_msg(m != NULL, "%s:%u: %s", e.file, e.line, e.text);
	return m;
}

static struct messages *
parse(const char *text)
{
	struct messages *m;
	struct err e;

	m = messages_parse(text, strlen(text), "m.yaml", &e);
	ck_assert_msg(m != NULL, "%u: %s", e.line, e.text);
	return m;
}

/* takes values over */
static void
assert_format(const struct messages *m, const char *code, json_t *values,
    const char *expected)
{
	char *text = messages_format(m, code, values);

	ck_assert_str_eq(text, expected);
	free(text);
	json_decref(values);
}

START_TEST(a_value_takes_the_place_of_its_name)
{
	struct messages *m = parse(TEXT("  a.b: \"{n} of {list}: {s} {b}\"\n"));

	assert_format(m, "a.b",
	    json_pack("{s:i,s:[s,i],s:s,s:b}", "n", 3, "list", "x", 4, "s",
		"te xt", "b", 1),
	    "3 of x, 4: te xt true");
	messages_free(m);
}
END_TEST

START_TEST(a_missing_value_leaves_its_name)
{
	struct messages *m = parse(TEXT("  a: \"{n} of {m}\"\n"));

	assert_format(m, "a", json_pack("{s:i}", "n", 3), "3 of {m}");
	assert_format(m, "a", NULL, "{n} of {m}");
	messages_free(m);
}
END_TEST

START_TEST(an_unknown_code_is_shown_with_its_values)
{
	struct messages *m = parse(TEXT("  a: x\n"));

	assert_format(m, "tcp.new", json_pack("{s:i}", "n", 3), "tcp.new: n=3");
	assert_format(m, "tcp.new", NULL, "tcp.new");
	assert_format(NULL, "a", NULL, "a");
	messages_free(m);
}
END_TEST

START_TEST(a_brace_that_is_no_name_stays)
{
	struct messages *m = parse(TEXT("  a: \"{ {n\"\n  b: \"}{n}{\"\n"));

	assert_format(m, "a", json_pack("{s:i}", "n", 3), "{ {n");
	assert_format(m, "b", json_pack("{s:i}", "n", 3), "}3{");
	messages_free(m);
}
END_TEST

START_TEST(a_value_is_not_itself_a_sentence)
{
	struct messages *m = parse(TEXT("  a: \"{n}\"\n"));

	assert_format(
	    m, "a", json_pack("{s:s,s:i}", "n", "{m}", "m", 3), "{m}");
	messages_free(m);
}
END_TEST

START_TEST(a_control_character_of_a_device_is_not_shown)
{
	struct messages *m = parse(TEXT("  a: \"x {n}\"\n"));
	json_t *values = json_pack("{s:s}", "n", "\x1b[31m\nred");
	char *text = messages_format(m, "a", values);

	ck_assert_ptr_null(strchr(text, '\x1b'));
	ck_assert_ptr_null(strchr(text, '\n'));
	ck_assert_ptr_nonnull(strstr(text, "[31m"));
	free(text);
	json_decref(values);
	text = messages_format(m, "co\nde", NULL);
	ck_assert_ptr_null(strchr(text, '\n'));
	free(text);
	messages_free(m);
}
END_TEST

static const char *const refused[] = {
	"version: 1\nmessages: {a: b}\n", /* no language */
	"version: 1\nlanguage: english\nmessages: {a: b}\n",
	TEXT("  A: b\n"),
	TEXT("  a: \"\"\n"),
	TEXT("  a: x\n  a: y\n"),
	TEXT("  a: [b]\n"),
};

START_TEST(a_bad_message_file_is_refused)
{
	struct err e;

	ck_assert_ptr_null(
	    messages_parse(refused[_i], strlen(refused[_i]), "m.yaml", &e));
	ck_assert_uint_gt(e.line, 0);
}
END_TEST

START_TEST(a_language_that_is_not_there_is_said)
{
	struct err e;

	ck_assert_ptr_null(messages_load("etc/messages", "xx", &e));
	ck_assert_str_eq(e.file, "etc/messages/xx.yaml");
	ck_assert_ptr_null(messages_load("etc/messages", "../en", &e));
	ck_assert_str_eq(e.text, "no such language");
}
END_TEST

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in braces, sorted, as "a b "; caller frees. */
static char *
placeholders(const char *text)
{
	char *names[32], *out = xcalloc(strlen(text) + 34, 1);
	size_t n = 0, i;
	const char *end;

	for (text = strchr(text, '{'); text != NULL; text = strchr(end, '{')) {
		end = strchr(text, '}');
		ck_assert_ptr_nonnull(end);
		ck_assert_uint_lt(n, 32);
		names[n++] =
		    xasprintf("%.*s ", (int)(end - text - 1), text + 1);
	}
	qsort(names, n, sizeof(names[0]), compare_texts);
	for (i = 0; i < n; i++) {
		memcpy(out + strlen(out), names[i], strlen(names[i]) + 1);
		free(names[i]);
	}
	return out;
}

static void
compare_languages(const struct messages *a, const struct messages *b)
{
	const char *code, *other;
	char *here, *there;
	size_t i;

	ck_assert_uint_gt(messages_count(a), 60);
	for (i = 0; i < messages_count(a); i++) {
		code = messages_code_at(a, i);
		other = messages_text(b, code);
		ck_assert_msg(other != NULL, "%s is in one language", code);
		here = placeholders(messages_text(a, code));
		there = placeholders(other);
		ck_assert_msg(strcmp(here, there) == 0,
		    "%s: values \"%s\" and \"%s\"", code, here, there);
		free(here);
		free(there);
	}
}

START_TEST(both_languages_have_the_same_codes_and_values)
{
	struct messages *en = load("en"), *ja = load("ja");

	compare_languages(en, ja);
	compare_languages(ja, en);
	messages_free(en);
	messages_free(ja);
}
END_TEST

static const char *const runtime_codes[] = { "lost_frames", "capture_died",
	"capture_hole", "source_taken", "budget_unknown", "bench_late",
	"link_lost", "address_lost", "device_down", "closing_control_bad",
	"opening_control_bad", "deadline", "daemon_restarted", "crashed",
	"exit_status", "said_nothing", "no_evidence", "foreign_evidence",
	"uncovered_check", "cancelled", "bench_failed", "isolation_void",
	"canary_bad", "firmware_changed", "action_failed", "not_confirmed",
	"probe_unknown", "not_allowed.consent", "not_allowed.hours",
	"not_allowed.budget", "not_allowed.fence", "no_address", "refused",
	"malformed_message", "store_refused", "verdict.none", "verdict.na",
	"verdict.info", "verdict.pass", "verdict.inconc", "verdict.fail",
	"verdict.error", "kind.completeness", "kind.sufficiency",
	"kind.behaviour", "phase.before", "phase.during", "phase.after",
	"state.factory", "state.onboarding", "state.operating",
	"state.updating", "state.outage", "state.reset" };

START_TEST(every_code_of_the_runtime_has_a_sentence)
{
	struct messages *m = load("en");

	ck_assert_msg(messages_text(m, runtime_codes[_i]) != NULL, "%s",
	    runtime_codes[_i]);
	messages_free(m);
}
END_TEST

/* ---- the probes that are built beside this program ---- */

static json_t *
describe(const char *worker, const char *probe)
{
	int fds[2], status;
	json_error_t error;
	json_t *o;
	FILE *f;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl(worker, worker, "--describe", probe, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	o = json_loadf(f, JSON_DISABLE_EOF_CHECK, &error);
	fclose(f);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(o != NULL && status == 0, "%s --describe %s: status %d",
	    worker, probe, status);
	return o;
}

static bool
has_text(const json_t *list, const char *text)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), text) ==
		    0)
			return true;
	return false;
}

static void
assert_reason(const struct messages *m, const json_t *reason, const char *probe)
{
	const char *code = json_string_value(json_object_get(reason, "code"));
	const char *text = messages_text(m, code);
	char *used, *name, *save;

	ck_assert_msg(text != NULL, "%s: no sentence for %s", probe, code);
	used = placeholders(text);
	for (name = strtok_r(used, " ", &save); name != NULL;
	     name = strtok_r(NULL, " ", &save))
		ck_assert_msg(has_text(json_object_get(reason, "values"), name),
		    "%s: %s has no value %s", probe, code, name);
	free(used);
}

/* The folder of the build that this program is part of. */
static char *
build_folder(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int i;

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	for (i = 0; i < 3; i++)
		*strrchr(path, '/') = '\0';
	return xstrdup(path);
}

START_TEST(every_reason_of_a_built_probe_has_sentences)
{
	struct messages *en = load("en"), *ja = load("ja");
	char *folder = build_folder(),
	     *worker = xasprintf("%s/assay-worker", folder),
	     *pattern = xasprintf("%s/probes/*.so", folder);
	json_t *o, *reason;
	glob_t found;
	size_t i, j;

	if (access(worker, X_OK) == -1 || glob(pattern, 0, NULL, &found) != 0) {
		printf("skipped: no probes are built in %s\n", folder);
		found.gl_pathc = 0;
	}
	for (i = 0; i < found.gl_pathc; i++) {
		o = describe(worker, found.gl_pathv[i]);
		ck_assert_uint_gt(
		    json_array_size(json_object_get(o, "reasons")), 0);
		json_array_foreach (json_object_get(o, "reasons"), j, reason) {
			assert_reason(en, reason, found.gl_pathv[i]);
			assert_reason(ja, reason, found.gl_pathv[i]);
		}
		json_decref(o);
	}
	if (found.gl_pathc > 0)
		globfree(&found);
	free(pattern);
	free(worker);
	free(folder);
	messages_free(en);
	messages_free(ja);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("messages");
	TCase *tc = tcase_create("messages");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_value_takes_the_place_of_its_name);
	tcase_add_test(tc, a_missing_value_leaves_its_name);
	tcase_add_test(tc, an_unknown_code_is_shown_with_its_values);
	tcase_add_test(tc, a_brace_that_is_no_name_stays);
	tcase_add_test(tc, a_value_is_not_itself_a_sentence);
	tcase_add_test(tc, a_control_character_of_a_device_is_not_shown);
	tcase_add_loop_test(tc, a_bad_message_file_is_refused, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, a_language_that_is_not_there_is_said);
	tcase_add_test(tc, both_languages_have_the_same_codes_and_values);
	tcase_add_loop_test(tc, every_code_of_the_runtime_has_a_sentence, 0,
	    (int)(sizeof(runtime_codes) / sizeof(runtime_codes[0])));
	tcase_add_test(tc, every_reason_of_a_built_probe_has_sentences);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
