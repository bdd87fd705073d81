/*
 * check_worker_alone: assay-worker without a daemon, as any user.  It says what
 * it says under the daemon; one that is broken, hangs or talks too much is an
 * honest error, and leaves no process.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "daemon/shared/address.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_brief.h"
#include "judging/worker_alone.h"

#define LIMIT_MS 10000
#define NOBODY 65534

#ifdef ASSAY_SANITIZED
#define CRASHED "null pointer"
#else
#define CRASHED "signal 11"
#endif

static struct msg_out out;
static struct worker_alone_result said;

/* Tests lie in BUILD/tests/unit. */
static char *
build_path(const char *file)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int up;

	ck_assert_int_gt(n, 0);
	exe[n] = '\0';
	for (up = 0; up < 3; up++)
		*strrchr(exe, '/') = '\0';
	return xasprintf("%s/%s", exe, file);
}

/* name: "bad.hang" is tests/probes/bad_hang.so. */
static struct worker_alone *
start(const char *name, struct err *e)
{
	char *program = build_path("assay-worker"), *file, *probe;
	struct worker_alone *w;

	file = xasprintf("tests/probes/%s.so", name);
	*strchr(file + 13, '.') = '_';
	probe = build_path(file);
	w = worker_alone_start(program, probe, name, e);
	free(program);
	free(file);
	free(probe);
	return w;
}

static struct worker_alone *
started(const char *name)
{
	struct err e = { .text = "" };
	struct worker_alone *w = start(name, &e);

	ck_assert_msg(w != NULL, "%s", e.text);
	return w;
}

static void
send(struct worker_alone *w)
{
	ck_assert_int_eq(worker_alone_send(w, &out), 0);
}

static int
finish(struct worker_alone *w, unsigned limit_ms)
{
	struct err e = { .text = "" };
	int r = worker_alone_finish(w, limit_ms, &said, &e);

	ck_assert_int_eq(r, said.done ? 0 : -1);
	ck_assert(r == 0 || strstr(e.text, said.ended) != NULL);
	/* Nothing is left of it. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	return r;
}

static void
clear(void)
{
	worker_alone_result_clear(&said);
}

static void
send_target(struct worker_alone *w)
{
	struct brief_target t = { .text = "10.77.0.10" };

	ck_assert_int_eq(address_parse(t.text, &t.family, t.addr), 0);
	worker_brief_target(&out, &t);
	send(w);
}

static void
send_recorded(struct worker_alone *w, int id, const char *field, bool answer)
{
	struct err e = { .text = "" };
	json_t *o = json_pack("{s:i,s:s,s:{s:s,s:i},s:b}", "id", id, "field",
	    field, "subject", "addr", "10.77.0.10", "port", 81, "value",
	    (int)answer);
	json_t *c = json_pack("{s:i,s:b,s:i}", "phase", id == 1 ? 1 : 3, "good",
	    1, "observation", id);

	ck_assert_int_eq(worker_brief_recorded(&out, o, "bool", &e), 0);
	send(w);
	ck_assert_int_eq(worker_brief_recorded_control(&out, c, &e), 0);
	send(w);
	json_decref(o);
	json_decref(c);
}

static void
send_type(struct worker_alone *w, enum wire_type type)
{
	msg_start(&out, (uint16_t)type);
	send(w);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static void
judge_sample(bool answer, const char *verdict, const char *reason)
{
	struct worker_alone *w = started("sample.ok");
	const json_t *v;

	worker_brief_param(&out, "port", "81");
	send(w);
	send_target(w);
	send_recorded(w, 1, "answer", answer);
	send_recorded(w, 2, "answer", true);
	send_type(w, WORKER_JUDGE);
	ck_assert_int_eq(finish(w, LIMIT_MS), 0);
	ck_assert_uint_eq(json_array_size(said.verdicts), 1);
	v = json_array_get(said.verdicts, 0);
	ck_assert_str_eq(text_of(v, "check"), "TEST-01");
	ck_assert_str_eq(text_of(v, "claim"), "behaviour");
	ck_assert_str_eq(text_of(v, "verdict"), verdict);
	ck_assert_str_eq(text_of(v, "reason"), reason);
	ck_assert_str_eq(
	    text_of(json_object_get(v, "subject"), "addr"), "10.77.0.10");
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_object_get(v, "subject"), "port")),
	    81);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(v, "observations")), 2);
	ck_assert_uint_eq(json_array_size(said.observations), 0);
}

START_TEST(what_was_recorded_is_judged)
{
	judge_sample(_i == 0, _i == 0 ? "pass" : "fail",
	    _i == 0 ? "sample.good" : "sample.bad");
	ck_assert_ptr_null(said.failed);
	ck_assert_ptr_nonnull(said.sandbox);
	clear();
}
END_TEST

START_TEST(any_user_can_judge_and_has_a_sandbox)
{
	if (geteuid() != 0) {
		puts("skipped: already unprivileged: no other user to be");
		return;
	}
	ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
	ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	judge_sample(true, "pass", "sample.good");
	ck_assert_msg(strstr(said.sandbox, "own user, network") != NULL ||
		strstr(said.sandbox, "no namespaces (") != NULL,
	    "%s", said.sandbox);
#ifndef ASSAY_SANITIZED
	ck_assert_msg(
	    strstr(said.sandbox, "landlock") != NULL, "%s", said.sandbox);
#endif
	clear();
}
END_TEST

START_TEST(probe_describes_itself)
{
	struct worker_alone *w = started("sample.ok");

	send_type(w, WORKER_DESCRIBE);
	ck_assert_int_eq(finish(w, LIMIT_MS), 0);
	ck_assert_str_eq(text_of(said.descriptor, "name"), "sample.ok");
	clear();
}
END_TEST

START_TEST(what_no_longer_fits_is_said)
{
	struct worker_alone *w = started("sample.ok");

	send_recorded(w, 1, "no.such", true);
	send_type(w, WORKER_JUDGE);
	ck_assert_int_eq(finish(w, LIMIT_MS), 0);
	ck_assert_ptr_nonnull(strstr(said.failed, "cannot be judged again"));
	ck_assert_uint_eq(json_array_size(said.verdicts), 0);
	clear();
}
END_TEST

static const struct broken {
	const char *probe;
	bool runs;         /* else it judges */
	const char *ended; /* part of it; NULL: it does */
	unsigned limit_ms;
} broken[] = {
	{ "bad.crash_judge", false, CRASHED, LIMIT_MS },
	{ "bad.crash_constructor", false, CRASHED, LIMIT_MS },
	{ "bad.crash_run", true, CRASHED, LIMIT_MS },
	{ "bad.abort", true, "signal 6", LIMIT_MS },
	{ "bad.silent_exit", true, "without its last word", LIMIT_MS },
	{ "bad.exit_status", true, "exit status", LIMIT_MS },
	{ "bad.hang", true, "in time", 300 },
};

START_TEST(broken_probe_is_told_from_a_good_one)
{
	const struct broken *b = &broken[_i];
	struct worker_alone *w = started(b->probe);

	if (b->runs)
		worker_brief_go(&out, 1, "operating");
	else
		msg_start(&out, WORKER_JUDGE);
	/* A constructor may be faster than we are. */
	(void)worker_alone_send(w, &out);
	ck_assert_int_eq(finish(w, b->limit_ms), -1);
	ck_assert_msg(strstr(said.ended, b->ended) != NULL, "%s: %s", b->probe,
	    said.ended);
	clear();
}
END_TEST

START_TEST(flood_ends_and_fits)
{
	struct worker_alone *w = started("bad.flood");

	worker_brief_go(&out, 1, "operating");
	send(w);
	ck_assert_int_eq(finish(w, LIMIT_MS), 0);
	ck_assert_ptr_nonnull(said.failed);
	ck_assert_uint_le(json_array_size(said.observations), 4096);
	clear();
}
END_TEST

START_TEST(probe_of_another_abi_is_refused)
{
	struct worker_alone *w = started("bad.abi");

	msg_start(&out, WORKER_DESCRIBE);
	(void)worker_alone_send(w, &out);
	ck_assert_int_eq(finish(w, LIMIT_MS), -1);
	ck_assert_ptr_nonnull(said.failed);
	ck_assert_ptr_nonnull(strstr(said.failed, "abi"));
	ck_assert_ptr_null(said.descriptor);
	clear();
}
END_TEST

START_TEST(what_cannot_be_started_is_named)
{
	struct err e = { .text = "" };
	char *worker = build_path("assay-worker");
	char *file = build_path("tests/probes/sample_ok.so");
	char path[] = "/tmp/check_worker_alone.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_ptr_null(
	    worker_alone_start("/nowhere/at all", file, "sample.ok", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/at all: No such"));
	ck_assert_ptr_null(
	    worker_alone_start(worker, "/nowhere.so", "sample.ok", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "/nowhere.so: No such"));
	ck_assert_ptr_null(worker_alone_start(worker, "/tmp", "sample.ok", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "not a plain file"));
	/* No program at all: the exec fails, and says so. */
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert_ptr_null(worker_alone_start(path, file, "sample.ok", &e));
	ck_assert_msg(
	    strstr(e.text, "exec: Exec format") != NULL, "%s", e.text);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_ptr_null(worker_alone_start(worker, path, "sample.ok", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "anyone may write"));
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	unlink(path);
	free(worker);
	free(file);
}
END_TEST

START_TEST(worker_dies_with_who_started_it)
{
	struct err e;
	int status;
	pid_t pid;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		struct worker_alone *w = start("bad.hang", &e);

		worker_brief_go(&out, 1, "operating");
		if (w == NULL || worker_alone_send(w, &out) == -1)
			_exit(9);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	/* Its worker is ours now, and dead: all of it. */
	while (waitpid(-1, &status, 0) != -1)
		ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("worker_alone");
	TCase *c = tcase_create("worker_alone");

	tcase_set_timeout(c, 30);
	tcase_add_loop_test(c, what_was_recorded_is_judged, 0, 2);
	tcase_add_test(c, any_user_can_judge_and_has_a_sandbox);
	tcase_add_test(c, probe_describes_itself);
	tcase_add_test(c, what_no_longer_fits_is_said);
	tcase_add_loop_test(c, broken_probe_is_told_from_a_good_one, 0,
	    sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(c, flood_ends_and_fits);
	tcase_add_test(c, probe_of_another_abi_is_refused);
	tcase_add_test(c, what_cannot_be_started_is_named);
	tcase_add_test(c, worker_dies_with_who_started_it);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
