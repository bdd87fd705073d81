/*
 * A process has exactly what it was given.  The child is this very program,
 * started with -x, which prints what it finds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "daemon/warden/spawn.h"
#include "own_netns.h"

#define TEST_UID 61701

/* ---- the child ---- */

static void
print_status(void)
{
	static const char *const wanted[] = { "Uid:", "Gid:", "Groups:",
		"CapPrm:", "CapEff:", "CapInh:", "CapBnd:", "CapAmb:",
		"NoNewPrivs:", "SigBlk:", "SigIgn:" };
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	size_t i;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				fputs(line, stdout);
	if (f != NULL)
		fclose(f);
}

static void
print_facts(void)
{
	extern char **environ;
	char where[256];
	int i, death = 0;

	for (i = 0; i < 256; i++)
		if (fcntl(i, F_GETFD) != -1)
			printf("fd:%d\n", i);
	print_status();
	prctl(PR_GET_PDEATHSIG, &death);
	printf("death:%d\n", death);
	printf("environment:%s\n", environ[0] == NULL ? "empty" : environ[0]);
	printf("cwd:%s\n", getcwd(where, sizeof(where)));
	printf("pid:%d\n", (int)getpid());
	fflush(stdout);
}

static int
child(const char *what)
{
	if (strcmp(what, "facts") == 0) {
		print_facts();
		return 0;
	}
	if (strcmp(what, "wait") == 0)
		for (;;)
			pause();
	if (strcmp(what, "warden") == 0) { /* a parent that will be killed */
		char program[] = "x", flag[] = "-x", name[] = "wait";
		char *argv[] = { program, flag, name, NULL };
		const int fds[] = { SPAWN_NULL, 1, 2 };
		struct spawn s;

		memset(&s, 0, sizeof(s));
		s.argv = argv;
		s.netns = -1;
		s.namespaces = CLONE_NEWPID;
		s.uid = TEST_UID;
		s.gid = TEST_UID;
		s.fds = fds;
		s.nfds = 3;
		printf("%d\n", (int)spawn_process(&s, NULL));
		fflush(stdout);
		for (;;)
			pause();
	}
	return 3;
}

/* ---- the tests ---- */

static char facts[8192];

static void
fill(struct spawn *s, char **argv, const int *fds, size_t nfds)
{
	memset(s, 0, sizeof(*s));
	s->argv = argv;
	s->netns = -1;
	s->uid = TEST_UID;
	s->gid = TEST_UID + 1;
	s->fds = fds;
	s->nfds = nfds;
}

static void
read_facts(int fd)
{
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, facts + used, sizeof(facts) - used - 1)) > 0)
		used += (size_t)n;
	facts[used] = '\0';
	close(fd);
}

/* Runs the child with changes made to *s and reads what it found. */
static void
collect(uint64_t capabilities, unsigned long namespaces)
{
	char program[] = "x", flag[] = "-x", name[] = "facts";
	char *argv[] = { program, flag, name, NULL };
	int pipes[2], status, fds[6];
	struct sigaction sa;
	struct spawn s;
	struct err e;
	pid_t pid;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN; /* as the warden has it */
	sigaction(SIGPIPE, &sa, NULL);
	memset(&e, 0, sizeof(e));
	ck_assert_int_eq(pipe(pipes), 0); /* not close-on-exec, on purpose */
	ck_assert_int_ge(open("/etc/passwd", O_RDONLY), 0); /* nor this */
	setenv("SECRET", "x", 1);
	fds[0] = SPAWN_NULL;
	fds[1] = pipes[1];
	fds[2] = STDERR_FILENO;
	fds[3] = pipes[1];
	fds[4] = SPAWN_CLOSED;
	fds[5] = 0; /* crossed with 0 on purpose */
	fill(&s, argv, fds, 6);
	s.capabilities = capabilities;
	s.namespaces = namespaces;
	pid = spawn_process(&s, &e);
	ck_assert_msg(pid > 0, "%s", e.text);
	close(pipes[1]);
	read_facts(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static void
assert_fact(const char *fact)
{
	ck_assert_msg(
	    strstr(facts, fact) != NULL, "no '%s' in:\n%s", fact, facts);
}

static void
assert_no_fact(const char *fact)
{
	ck_assert_msg(strstr(facts, fact) == NULL, "'%s' in:\n%s", fact, facts);
}

START_TEST(a_child_has_the_descriptors_it_was_given_and_no_other)
{
	collect(0, 0);
	ck_assert_int_eq(
	    strncmp(facts, "fd:0\nfd:1\nfd:2\nfd:3\nfd:5\nUid", 25), 0);
	assert_no_fact("fd:4\n");
	assert_no_fact("fd:6\n");
	assert_no_fact("fd:7\n");
}
END_TEST

START_TEST(a_child_has_no_right_left)
{
	collect(0, 0);
	assert_fact("Uid:\t61701\t61701\t61701\t61701\n");
	assert_fact("Gid:\t61702\t61702\t61702\t61702\n");
	assert_fact("Groups:\t \n");
	assert_fact("CapInh:\t0000000000000000\n");
	assert_fact("CapPrm:\t0000000000000000\n");
	assert_fact("CapEff:\t0000000000000000\n");
	assert_fact("CapBnd:\t0000000000000000\n");
	assert_fact("CapAmb:\t0000000000000000\n");
	assert_fact("NoNewPrivs:\t1\n");
	assert_fact("SigBlk:\t0000000000000000\n");
	assert_fact("SigIgn:\t0000000000000000\n");
	assert_fact("death:9\n");
	assert_fact("environment:empty\n");
	assert_fact("cwd:/\n");
}
END_TEST

START_TEST(a_child_keeps_the_capabilities_named_and_no_other)
{
	collect(1ull << 10 | 1ull << 13, 0);
	assert_fact("Uid:\t61701\t61701\t61701\t61701\n");
	assert_fact("CapPrm:\t0000000000002400\n");
	assert_fact("CapEff:\t0000000000002400\n");
	assert_fact("CapBnd:\t0000000000002400\n");
	assert_fact("CapAmb:\t0000000000002400\n");
	assert_fact("NoNewPrivs:\t1\n");
}
END_TEST

START_TEST(a_child_may_be_the_first_of_its_own_processes)
{
	collect(0, CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET);
	assert_fact("pid:1\n");
	assert_fact("death:9\n");
}
END_TEST

START_TEST(what_cannot_be_started_is_told_and_leaves_nothing)
{
	char program[] = "x";
	char *argv[] = { program, NULL };
	const int fds[] = { SPAWN_NULL };
	struct spawn s;
	struct err e;

	fill(&s, argv, fds, 1);
	s.path = "/no/such/program";
	ck_assert_int_eq(spawn_process(&s, &e), -1);
	ck_assert_str_eq(e.text, "exec: No such file or directory");
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	s.path = NULL;
	s.netns = open("/dev/null", O_RDONLY);
	ck_assert_int_eq(spawn_process(&s, &e), -1);
	ck_assert_str_eq(e.text, "network namespace: Invalid argument");
}
END_TEST

static bool
is_dead(void *arg)
{
	char path[64], line[256];
	FILE *f;
	bool dead = true;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(int *)arg);
	f = fopen(path, "r");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		dead = strstr(line, ") Z") != NULL;
	if (f != NULL)
		fclose(f);
	return dead;
}

START_TEST(a_child_dies_with_its_parent_even_by_kill_9)
{
	char program[] = "x", flag[] = "-x", name[] = "warden", line[32];
	char *argv[] = { program, flag, name, NULL };
	int pipes[2], grandchild, fds[3];
	struct spawn s;
	pid_t pid;
	ssize_t n;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	fds[0] = SPAWN_NULL;
	fds[1] = pipes[1];
	fds[2] = STDERR_FILENO;
	fill(&s, argv, fds, 3);
	s.keeps_user = true;
	pid = spawn_process(&s, NULL);
	ck_assert_int_gt(pid, 0);
	close(pipes[1]);
	n = read(pipes[0], line, sizeof(line) - 1);
	ck_assert_int_gt(n, 0);
	line[n] = '\0';
	grandchild = (int)strtol(line, NULL, 10);
	ck_assert_int_gt(grandchild, 0);
	ck_assert(!is_dead(&grandchild));
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(own_netns_wait(is_dead, &grandchild));
}
END_TEST

static int
work_well(void *arg, int *fds, struct err *e)
{
	(void)e;
	(void)arg;
	fds[2] = open("/proc/self/ns/net", O_RDONLY);
	return 0;
}

static int
work_badly(void *arg, int *fds, struct err *e)
{
	(void)arg;
	(void)fds;
	return err_set(e, "the moon is in the way");
}

static int
work_and_die(void *arg, int *fds, struct err *e)
{
	(void)arg;
	(void)fds;
	(void)e;
	raise(SIGKILL);
	return 0;
}

START_TEST(work_inside_sends_back_descriptors_or_why_not)
{
	char mine[64], theirs[64], path[64];
	int fds[SPAWN_INSIDE_FDS_MAX];
	struct err e;

	ck_assert_int_eq(spawn_inside(-1, work_well, NULL, fds, &e), 0);
	ck_assert_int_eq(fds[0], -1);
	ck_assert_int_ge(fds[2], 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[2]);
	memset(mine, 0, sizeof(mine));
	memset(theirs, 0, sizeof(theirs));
	ck_assert_int_gt(
	    readlink("/proc/self/ns/net", mine, sizeof(mine) - 1), 0);
	ck_assert_int_gt(readlink(path, theirs, sizeof(theirs) - 1), 0);
	ck_assert_str_ne(mine, theirs); /* and we stayed where we were */
	ck_assert_int_eq(spawn_inside(-1, work_badly, NULL, fds, &e), -1);
	ck_assert_str_eq(e.text, "the moon is in the way");
	ck_assert_int_eq(spawn_inside(-1, work_and_die, NULL, fds, &e), -1);
	ck_assert_str_eq(e.text, "the helper in the namespace died");
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite;
	TCase *c;
	SRunner *runner;
	int failed;

	if (argc == 3 && strcmp(argv[1], "-x") == 0)
		return child(argv[2]);
	if (!own_netns_can())
		return EXIT_SUCCESS;
	suite = suite_create("spawn");
	c = tcase_create("spawn");
	tcase_set_timeout(c, 30);
	tcase_add_test(
	    c, a_child_has_the_descriptors_it_was_given_and_no_other);
	tcase_add_test(c, a_child_has_no_right_left);
	tcase_add_test(c, a_child_keeps_the_capabilities_named_and_no_other);
	tcase_add_test(c, a_child_may_be_the_first_of_its_own_processes);
	tcase_add_test(c, what_cannot_be_started_is_told_and_leaves_nothing);
	tcase_add_test(c, a_child_dies_with_its_parent_even_by_kill_9);
	tcase_add_test(c, work_inside_sends_back_descriptors_or_why_not);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
