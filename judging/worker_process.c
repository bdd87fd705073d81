/*
 * worker_process: the process of a worker without a daemon.
 *
 * Root's way and everybody's differ in one thing: root can make namespaces
 * without a user namespace, and must give itself up; another user needs a user
 * namespace, in which it then is nobody at all, and which the kernel may
 * refuse.
 */
#include "judging/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH_FD 64    /* above every number that it is given */
#define NOBODY 65534u /* root becomes it */
#define OWN (CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

struct report { /* what it says when it cannot go on */
	int error;
	char step[44];
};

static void __attribute__((noreturn)) give_up(int report_fd, const char *step)
{
	struct report r = { .error = errno };

	snprintf(r.step, sizeof(r.step), "%s", step);
	if (write(report_fd, &r, sizeof(r)) == -1)
		_exit(126); /* the parent is gone: nobody wants to know */
	_exit(127);
}

static void
reset_signals(void)
{
	struct sigaction sa;
	sigset_t none;
	int i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	for (i = 1; i < NSIG; i++)
		(void)sigaction(i, &sa, NULL); /* some cannot be set */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns the program's descriptor, right above the given ones; the report's
 * is above that; both close at exec. */
static int
place_fds(const struct worker_process *p, int program, int *report_fd)
{
	int high[WORKER_PROCESS_FDS], i, null;

	*report_fd = fcntl(*report_fd, F_DUPFD_CLOEXEC, HIGH_FD);
	program = fcntl(program, F_DUPFD_CLOEXEC, HIGH_FD);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (program == -1 || null == -1)
		give_up(*report_fd, "/dev/null");
	for (i = 0; i < WORKER_PROCESS_FDS; i++) {
		high[i] = p->fds[i] == -1 ? null : p->fds[i];
		high[i] = fcntl(high[i], F_DUPFD_CLOEXEC, HIGH_FD);
		if (high[i] == -1)
			give_up(*report_fd, "descriptors");
	}
	for (i = 0; i < WORKER_PROCESS_FDS; i++)
		if (dup2(high[i], i) == -1)
			give_up(*report_fd, "descriptors");
	if (dup3(program, i, O_CLOEXEC) == -1 ||
	    dup3(*report_fd, i + 1, O_CLOEXEC) == -1 ||
	    close_range((unsigned)i + 2, ~0u, 0) == -1)
		give_up(*report_fd, "descriptors");
	*report_fd = i + 1;
	return i;
}

static void
give_up_root(int report_fd)
{
	if (setgroups(0, NULL) == -1 || setresgid(NOBODY, NOBODY, NOBODY) == -1)
		give_up(report_fd, "group");
	if (setresuid(NOBODY, NOBODY, NOBODY) == -1)
		give_up(report_fd, "user");
	errno = EPERM;
	if (getuid() != NOBODY || setuid(0) == 0)
		give_up(report_fd, "giving up root");
}

/* From here until exec it dies when we do.  If we died before that, nobody
 * reads the report any more. */
static void
die_with_parent(int report_fd)
{
	struct pollfd p = { report_fd, 0, 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		give_up(report_fd, "death signal");
	if (poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0)
		_exit(126);
}

static void __attribute__((noreturn))
become(const struct worker_process *p, int program, int report_fd, bool is_root)
{
	static char *const environment[] = { NULL };
	static char name[] = "assay-worker";
	char *const argv[] = { name, (char *)(uintptr_t)p->probe, NULL };

	reset_signals();
	program = place_fds(p, program, &report_fd);
	if (chdir("/") == -1)
		give_up(report_fd, "directory");
	if (is_root)
		give_up_root(report_fd);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		give_up(report_fd, "no new privileges");
	die_with_parent(report_fd);
	/* By descriptor: nobody need be able to walk to where it lies. */
	syscall(SYS_execveat, program, "", argv, environment, AT_EMPTY_PATH);
	give_up(report_fd, "exec");
}

/* A fork with namespaces of its own: what glibc has no name for. */
static pid_t
fork_into(unsigned long namespaces)
{
	return (pid_t)syscall(
	    SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* 0 once it runs; else -1 with *e. */
static int
read_report(int fd, struct err *e)
{
	struct report r;
	ssize_t n;

	do
		n = read(fd, &r, sizeof(r));
	while (n == -1 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(r))
		return err_set(e, "it did not start");
	r.step[sizeof(r.step) - 1] = '\0';
	return err_set(e, "%s: %s", r.step, strerror(r.error));
}

static pid_t
start_in(const struct worker_process *p, unsigned long namespaces, int program,
    struct err *e)
{
	bool is_root = geteuid() == 0 && (namespaces & CLONE_NEWUSER) == 0;
	int report[2];
	sigset_t all, old;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) == -1)
		return err_set(e, "pipe: %s", strerror(errno));
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork_into(namespaces);
	if (pid == 0) {
		close(report[0]);
		become(p, program, report[1], is_root);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(report[1]);
	if (pid == -1)
		err_set(e, "fork: %s", strerror(errno));
	else if (read_report(report[0], e) == -1) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
		pid = -1;
	}
	close(report[0]);
	return pid;
}

/* The first of these that the kernel gives. */
static pid_t
start_somehow(const struct worker_process *p, int program, char *got,
    size_t size, struct err *e)
{
	static const struct {
		unsigned long namespaces;
		bool for_root;
		const char *text;
	} ways[] = {
		{ OWN, true, "own network, processes and ipc" },
		{ OWN | CLONE_NEWUSER, false,
		    "own user, network, processes and ipc" },
	};
	char why[sizeof(e->text)] = "";
	struct err refused;
	pid_t pid;
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (ways[i].for_root && geteuid() != 0)
			continue;
		pid = start_in(p, ways[i].namespaces, program, &refused);
		if (pid != -1) {
			snprintf(got, size, "%s", ways[i].text);
			return pid;
		}
		snprintf(why, sizeof(why), "%s", refused.text);
	}
	pid = start_in(p, 0, program, e);
	snprintf(got, size, "no namespaces (%.80s)", why);
	return pid;
}

pid_t
worker_process_start(const struct worker_process *p, int *pidfd, char *got,
    size_t size, struct err *e)
{
	int program = open(p->program, O_RDONLY | O_CLOEXEC);
	pid_t pid;

	if (program == -1)
		return err_set(e, "%s: %s", p->program, strerror(errno));
	pid = start_somehow(p, program, got, size, e);
	close(program);
	if (pid == -1)
		return err_prefix(e, "%s", p->program);
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (*pidfd != -1)
		return pid;
	err_set(e, "%s: pidfd: %s", p->program, strerror(errno));
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	return -1;
}
